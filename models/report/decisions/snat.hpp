// The decision call `snat`: who reaches whom under AWS_VPC_K8S_CNI_EXTERNALSNAT, and when the ports of the translated
// address run out (IPAM-165 to IPAM-167).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"external_snat": true, "subnet": "private"}; without a subnet, for private and public ones.
nlohmann::ordered_json snat_call(const nlohmann::ordered_json& arguments);

}  // namespace eks

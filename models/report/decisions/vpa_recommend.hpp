// The decision call vpa_recommend: what a VerticalPodAutoscaler recommends after a history of samples (VPA-1 to
// VPA-12).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"containers": [{"name", "memory_requests_bytes", "samples"}, …]} to {name: {"target", "lower_bound",
// "upper_bound"}}.
nlohmann::ordered_json vpa_recommend_call(const nlohmann::ordered_json& arguments);

}  // namespace eks

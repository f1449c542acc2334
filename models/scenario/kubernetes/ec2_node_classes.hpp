// An EC2NodeClass of Karpenter's AWS provider: in which of the scenario's subnets its nodes are launched, and what its
// instances are set up with. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/karpenter_settings.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eks {

struct NodeClass {
    std::string name;
    bool is_windows = false;
    bool is_bottlerocket = false;
    std::string image_family;             // "al2023"; empty: not said
    std::vector<NamedSubnet> subnets;     // by zone
    std::optional<Reader> kubelet;        // its KubeletConfiguration
    std::int64_t volume_gib = 20;         // KARP-23
    bool disk_is_instance_store = false;  // instanceStorePolicy RAID0, where a type has one
    std::string made_of;                  // all but its subnets: what a node drifts by (KARP-60)
};

// Those of the scenario. Complains where a class names subnets that are not there.
std::vector<NodeClass> read_node_classes(const KubernetesObjects& objects, ScenarioBuilder& builder);

}  // namespace eks

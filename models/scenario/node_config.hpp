// What eksctl's overrideBootstrapCommand tells a node's kubelet: nodeadm's NodeConfig (AL2023), whose text the document
// holds as a map, or the flags in a script that calls /etc/eks/bootstrap.sh (AL2). Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eks {

struct BootstrapSettings {
    std::optional<Reader> kubelet_config;  // a KubeletConfiguration
    std::optional<std::int64_t> max_pods;  // flags lie over it
    std::map<std::string, std::string> labels;
    std::vector<Taint> taints;
};

// Kubelet's flags that nobody reads are warned of.
BootstrapSettings read_bootstrap(const Reader& command);

// "key=value:NoSchedule", as in --register-with-taints and in eksctl's older form of taints behind its key. Nothing if
// it does not end in an effect.
std::optional<Taint> taint_of_text(std::string_view text);

}  // namespace eks

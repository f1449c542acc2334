// Cluster Autoscaler's flags, by name: those that the model reads, each with what it sets, and those that it knows and
// passes over. After cluster-autoscaler 1.36 config/flags/flags.go.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"

#include <string>
#include <vector>

namespace eks {

struct AutoscalerFlags {
    ClusterAutoscaler settings;
    ScaleDownOptions scale_down;
    std::string name_space;                     // of its ConfigMaps
    std::vector<ContainerFlag> nodes;           // --nodes
    std::vector<ContainerFlag> auto_discovery;  // --node-group-auto-discovery
};

// `minor`: of its version, on which defaults depend (GEN-1). Complains of bad values, warns of unknown flags, and lists
// those that are passed over.
AutoscalerFlags read_autoscaler_flags(const std::vector<ContainerFlag>& flags, std::int32_t minor,
                                      const std::string& title, ScenarioBuilder& builder);

}  // namespace eks

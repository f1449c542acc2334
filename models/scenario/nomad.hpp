// cluster.orchestrator, cluster.nomad and cluster.nomadAutoscaler: Nomad in the place of Kubernetes (NOM-1 to NOM-7).
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>

namespace eks {

// Whether it runs decides which objects EKS installs: read before the objects.
void read_orchestrator(const Reader& cluster, ScenarioBuilder& builder);

// What the manifests and node groups are under Nomad: called once all of them have been read.
void turn_into_nomad(const Reader& cluster, const std::optional<Reader>& assume, ScenarioBuilder& builder);

}  // namespace eks

// How large a cluster-proportional vertical autoscaler makes the containers of its target (CPVPA-1). Source:
// kubernetes-sigs/cluster-proportional-vertical-autoscaler 0.8, pkg/autoscaler/autoscaler_server.go.
#pragma once

#include "models/systems/autoscaling/proportional.hpp"
#include "models/systems/turn.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// The part of cores, or of nodes: where no number of them is set, the base.
constexpr std::int64_t proportional_amount(const ProportionalAmount& law, std::int64_t count, std::int64_t per_step) {
    const std::int64_t steps = per_step == 0 ? 0 : (count + per_step - 1) / per_step;
    const std::int64_t amount = law.base + law.step * steps;
    return law.most > 0 ? std::min(amount, law.most) : amount;
}

constexpr std::int64_t proportional_amount(const ProportionalAmount& law, const ClusterSize& size) {
    return std::max(proportional_amount(law, size.cores, law.cores_per_step),
                    proportional_amount(law, size.nodes, law.nodes_per_step));
}

ClusterSize cluster_size(const Spec& spec, const World& world);

// A look of each at the cluster. There may be another Spec in force afterwards.
void size_proportionally(const Spec& spec, World& world, Turn& turn);
// What they have made of their targets in a cluster of this size before the run begins: its pods are not there yet.
// There may be another Spec in force afterwards.
void settle_proportional_sizes(const Spec& spec, World& world, const ClusterSize& size);

}  // namespace eks

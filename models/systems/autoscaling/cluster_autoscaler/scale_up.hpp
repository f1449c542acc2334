// The scale-up decision of one loop (CA-8 to CA-19): which node groups could help the pending pods, how many nodes of
// each it would take, and which one is grown.
#pragma once

#include "models/systems/autoscaling/cluster_autoscaler/cluster_state.hpp"
#include "models/systems/autoscaling/cluster_autoscaler/pending.hpp"

namespace eks::cluster_autoscaler {

enum class ScaleUpResult : std::uint8_t {
    not_needed,
    in_cooldown,  // the pods are too new
    no_option,
    done,
};

ScaleUpResult scale_up(const Spec& spec, World& world, Turn& turn, const Snapshot& snapshot, const Pending& pending,
                       const ClusterCounts& counts);

}  // namespace eks::cluster_autoscaler

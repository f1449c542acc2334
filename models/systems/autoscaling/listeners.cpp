// What happens in the cluster, told to every autoscaler that acts on it.
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/autoscaling/managed_scaling.hpp"
#include "models/systems/autoscaling/proportional.hpp"
#include "models/systems/signals.hpp"

namespace eks {

void cluster_size_changes(const Spec& spec, World& world, Turn& turn) {
    managed_size_changes(spec, world, turn);
    proportional_size_changes(spec, world, turn);
    karpenter::cluster_changes(spec, world, turn);
}

void pod_found_no_node(const Spec& spec, World& world, Turn& turn, PodId pod) {
    karpenter::pod_found_no_node(spec, world, turn, pod);
}

void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId node) {
    karpenter::node_load_changes(spec, world, turn, node);
}

void spot_interruption_noticed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    karpenter::spot_interruption_noticed(spec, world, turn, node);
}

}  // namespace eks

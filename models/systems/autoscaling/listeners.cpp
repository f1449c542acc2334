// What happens in the cluster, told to every autoscaler that acts on it.
#include "models/systems/autoscaling/managed_scaling.hpp"
#include "models/systems/autoscaling/proportional.hpp"
#include "models/systems/signals.hpp"

namespace eks {

void cluster_size_changes(const Spec& spec, World& world, Turn& turn) {
    managed_size_changes(spec, world, turn);
    proportional_size_changes(spec, world, turn);
}

void pod_found_no_node(const Spec&, World&, Turn&, PodId) {}
void node_load_changes(const Spec&, World&, Turn&, NodeId) {}
void spot_interruption_noticed(const Spec&, World&, Turn&, NodeId) {}

}  // namespace eks

// What happens in the cluster, told to every autoscaler that acts on it.
#include "models/systems/autoscaling/cluster_autoscaler/loop.hpp"
#include "models/systems/autoscaling/descheduler/descheduler.hpp"
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/autoscaling/managed_scaling.hpp"
#include "models/systems/autoscaling/nomad/cluster_scaling.hpp"
#include "models/systems/autoscaling/proportional.hpp"
#include "models/systems/autoscaling/vpa/resize.hpp"
#include "models/systems/signals.hpp"

namespace eks {

void cluster_size_changes(const Spec& spec, World& world, Turn& turn) {
    managed_size_changes(spec, world, turn);
    proportional_size_changes(spec, world, turn);
    karpenter::cluster_changes(spec, world, turn);
    cluster_autoscaler::sees_change(spec, world, turn);
    descheduler_changes(spec, world, turn);
    nomad::cluster_changes(spec, world, turn);
}

void pod_found_no_node(const Spec& spec, World& world, Turn& turn, PodId pod) {
    karpenter::pod_found_no_node(spec, world, turn, pod);
    cluster_autoscaler::sees_unschedulable_pod(spec, world, turn, pod);
}

void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId node) {
    karpenter::node_load_changes(spec, world, turn, node);
    cluster_autoscaler::sees_change(spec, world, turn);
    nomad::node_load_changes(spec, world, turn, node);
    try_deferred_resizes(spec, world, turn, node);
}

void job_pod_runs(const Spec& spec, World& world, Turn& turn, PodId pod) {
    descheduler_sees_job_pod(spec, world, turn, pod);
}

void waiting_pod_gone(const Spec& spec, World& world, Turn& turn) {
    cluster_autoscaler::sees_change(spec, world, turn);
}

void spot_interruption_noticed(const Spec& spec, World& world, Turn& turn, NodeId node) {
    karpenter::spot_interruption_noticed(spec, world, turn, node);
}

}  // namespace eks

// A kubelet that is told that its machine shuts down stops its pods in order: the ordinary ones first, then those that
// the node itself needs (NODE-7).
#include "models/systems/nodes/bootstrap.hpp"
#include "models/systems/nodes/kubelet.hpp"
#include "models/systems/nodes/own_end.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr sim::Duration for_all_pods = sim::Duration::microseconds(150'000'000);      // NODE-7
constexpr sim::Duration for_critical_pods = sim::Duration::microseconds(30'000'000);  // of which
constexpr std::int32_t system_critical_priority = 2'000'000'000;                      // PRIO-1

bool is_critical(const Spec& spec, const Pod& pod) {
    return spec[pod.pod_template].priority >= system_critical_priority;
}

bool is_stopped_by_shutdown(const Pod& pod) {
    return !pod.terminating && pod.stage != PodStage::binding && pod.stage != PodStage::finished &&
           pod.stage != PodStage::lost && pod.stage != PodStage::stopping;
}

// Stops them from `begins` on. Answers when the last of them has ended.
sim::Time stop_pods(const Spec& spec, World& world, Turn& turn, NodeId node, bool critical, sim::Time begins,
                    sim::Duration most) {
    std::vector<PodId> pods;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        if (is_critical(spec, world.pods[id]) == critical && is_stopped_by_shutdown(world.pods[id])) pods.push_back(id);
    }
    sim::Time last = begins;
    for (const PodId id : pods) {
        Pod& pod = world.pods[id];
        const sim::Duration grace = std::min(spec[pod.pod_template].termination_grace, most);
        const bool runs = begin_stopping(spec, world, turn, id, begins, grace);
        const sim::Time ends =
            runs ? relist_after(spec, world, node, begins + stop_duration(spec, turn, pod, grace)) : begins;
        pod.failed = true;
        mark_disrupted(world, turn, id, Disruption::termination_by_kubelet);
        pod.finished = ends;
        turn.at(ends, ContainerExitSeen{id, pod.epoch});
        last = std::max(last, ends);
    }
    return last;
}

}  // namespace

sim::Time shut_down_node(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (!spec.kubernetes.shuts_nodes_down_gracefully() || !node.health.acts() || node.state == NodeState::launching)
        return turn.now();
    node.health.is_shutting_down = true;
    if (node.state == NodeState::ready) set_node_state(spec, world, turn, id, NodeState::registered);
    const sim::Time ordinary = stop_pods(spec, world, turn, id, false, turn.now(), for_all_pods - for_critical_pods);
    const sim::Time critical = stop_pods(spec, world, turn, id, true, ordinary, for_critical_pods);
    return critical + spec.latencies.sandbox_stop + spec.latencies.api_write;
}

}  // namespace eks

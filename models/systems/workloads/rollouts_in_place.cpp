// StatefulSets and DaemonSets whose template was changed in the run: their pods are deleted a few at a time, and what
// follows them has the new template (STS-2, DS-4).
#include "models/systems/signals.hpp"
#include "models/systems/workloads/controllers.hpp"
#include "models/systems/workloads/rollouts.hpp"
#include "models/world/sizing.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

// The controller looks again when a pod that is ready has been so for as long as it has to be.
void await_availability(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, const Pod& pod) {
    const sim::Duration min_ready = spec[ix].rollout.min_ready;
    if (pod.stage == PodStage::ready && !pod.terminating && !is_available(pod, min_ready, turn.now()))
        sync_at(world, turn, ix, pod.cause_since + min_ready);
}

void delete_pod(const Spec& spec, World& world, Turn& turn, PodId id, Controller controller) {
    request_delete(world, turn, id, write_call(spec, world, turn, controller, turn.now()).seen);
}

// The pods of a DaemonSet on one node that nobody has told to go.
struct DaemonsOfNode {
    bool has_any = false;  // terminating ones too
    PodId old;
    PodId fresh;
};

}  // namespace

TemplateIx template_of_place(const Spec& spec, const World& world, WorkloadIx ix, std::uint32_t place) {
    const Rollout* rollout = rollout_of(world, ix);
    const bool stays = rollout != nullptr && place < static_cast<std::uint32_t>(spec[ix].rollout.partition);
    return stays ? rollout->before : TemplateIx::none();
}

void update_stateful(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, const std::vector<PodId>& holders) {
    const Rollout* rollout = rollout_of(world, ix);
    // One that is complete goes on when its partition is lowered.
    if (rollout == nullptr || spec[ix].rollout.on_delete) return;
    const sim::Duration min_ready = spec[ix].rollout.min_ready;
    for (std::size_t place = holders.size(); place > static_cast<std::size_t>(spec[ix].rollout.partition); --place) {
        const PodId id = holders[place - 1];
        const Pod& pod = world.pods[id];
        if (as_written(world, pod.pod_template) != spec[ix].pod_template && !pod.terminating)
            return delete_pod(spec, world, turn, id, Controller::stateful_set);
        if (!is_available(pod, min_ready, turn.now())) return await_availability(spec, world, turn, ix, pod);
    }
    complete_rollout(world, turn, ix);
}

void update_daemons(const Spec& spec, World& world, Turn& turn, WorkloadIx ix, std::vector<NodeId>& surge) {
    const Rollout* rollout = rollout_of(world, ix);
    if (rollout == nullptr || rollout->is_complete || spec[ix].rollout.on_delete) return;
    const TemplateIx present = spec[ix].pod_template;
    const sim::Duration min_ready = spec[ix].rollout.min_ready;
    std::vector<DaemonsOfNode> daemons(world.nodes.capacity_slots());
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (!pod.pinned.valid()) continue;
        DaemonsOfNode& on_node = daemons[pod.pinned.slot];
        on_node.has_any = true;
        if (pod.terminating) continue;
        (as_written(world, pod.pod_template) == present ? on_node.fresh : on_node.old) = id;
        await_availability(spec, world, turn, ix, pod);
    }
    const auto is_up = [&](PodId id) { return id.valid() && is_available(world.pods[id], min_ready, turn.now()); };
    // DS-4: shares are of the nodes that should have a pod, and rounded up.
    const std::int32_t nodes = world[ix].desired;
    const std::int32_t most_extra = pods_of(spec[ix].rollout.max_surge, nodes, Rounding::up);
    std::int32_t most_away = pods_of(spec[ix].rollout.max_unavailable, nodes, Rounding::up);
    if (most_extra == 0) most_away = std::max(most_away, 1);

    std::int32_t away = 0;
    std::int32_t extra = 0;
    bool is_done = true;
    std::vector<PodId> going;       // whatever the others do
    std::vector<PodId> candidates;  // as far as the bound allows
    std::vector<NodeId> nodes_for_extra;
    for (const NodeId node : world.node_order) {
        const DaemonsOfNode& on_node = daemons[node.slot];
        if (!on_node.has_any) continue;
        is_done = is_done && !on_node.old.valid() && is_up(on_node.fresh);
        if (most_extra == 0) {
            const bool is_old = on_node.old.valid() && !on_node.fresh.valid();
            if (is_old && is_up(on_node.old)) {
                candidates.push_back(on_node.old);
            } else if (is_old) {
                going.push_back(on_node.old);
                ++away;
            } else if (!is_up(on_node.fresh) || on_node.old.valid()) {
                ++away;
            }
        } else if (on_node.old.valid() && !on_node.fresh.valid()) {
            if (is_up(on_node.old))
                nodes_for_extra.push_back(node);
            else
                surge.push_back(node);
        } else if (on_node.old.valid()) {
            if (is_up(on_node.fresh))
                going.push_back(on_node.old);
            else
                ++extra;
        }
    }
    for (std::size_t i = 0; i < candidates.size() && away + static_cast<std::int32_t>(i) < most_away; ++i)
        going.push_back(candidates[i]);
    for (std::size_t i = 0; i < nodes_for_extra.size() && extra + static_cast<std::int32_t>(i) < most_extra; ++i)
        surge.push_back(nodes_for_extra[i]);
    for (const PodId id : going) delete_pod(spec, world, turn, id, Controller::daemon_set);
    if (is_done && surge.empty()) complete_rollout(world, turn, ix);
}

}  // namespace eks

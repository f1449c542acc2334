// How Nomad drains a node that its autoscaler takes out (NOM-6, NOM-7): allocations of a service move a few at a time,
// as the migrate block of their group says; those of batch jobs may end by themselves; those of system jobs stay. At
// the deadline the instance goes with whatever is left.
#include "models/systems/autoscaling/nomad/cluster_scaling.hpp"
#include "models/systems/autoscaling/nomad/scale_in.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks::nomad {

namespace {

constexpr sim::Duration drain_look_period = sim::Duration::seconds(1);

void look_at_drains(World& world, Turn& turn, sim::Time at) {
    if (world.nomad.drains_look_at <= at) return;
    world.nomad.drains_look_at = at;
    turn.at(at, NomadDrainLook{});
}

// NOM-7: a disruption budget becomes the max_parallel of the migrate block, which is 1 where nothing is said. There is
// no such thing as a group of which none may ever move.
std::int64_t max_parallel(const Spec& spec, const Pod& pod, std::int32_t count) {
    for (const DisruptionBudget& budget : spec.budgets) {
        if (!budget.selects(pod.pod_template)) continue;
        const std::int32_t stated = pods_of(budget.amount, count, Rounding::up);
        if (budget.bound == BudgetBound::max_unavailable) return std::max(1, stated);
        if (budget.bound == BudgetBound::min_available) return std::max(1, count - stated);
    }
    return 1;
}

std::int64_t healthy(const World& world, WorkloadIx ix) {
    std::int64_t count = 0;
    for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        if (counts_as_ready(world.pods[id]) && !world.pods[id].terminating) ++count;
    }
    return count;
}

bool may_move(const Spec& spec, const World& world, const Pod& pod) {
    const std::int32_t count = world[pod.workload].desired;
    return may_migrate(count, healthy(world, pod.workload), max_parallel(spec, pod, count)) > 0;
}

// True if nothing is left to wait for.
bool drain(const Spec& spec, World& world, Turn& turn, NodeId node) {
    const sim::Time seen = turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery;
    bool is_drained = true;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        const WorkloadKind kind = spec[pod.workload].kind;
        if (kind == WorkloadKind::daemon_set || pod.stage == PodStage::finished) continue;
        is_drained = false;
        const bool is_batch = kind == WorkloadKind::job || kind == WorkloadKind::cron_job;
        if (!pod.terminating && !is_batch && may_move(spec, world, pod)) request_delete(world, turn, id, seen);
    }
    return is_drained;
}

}  // namespace

void begin_drain(const Spec& spec, World& world, Turn& turn, std::uint32_t policy, NodeId node) {
    world.nomad.drains.push_back({node, policy, turn.now() + spec.nomad.policies[policy].drain_deadline});
    set_cordoned(spec, world, turn, node, true);
    look_at_drains(world, turn, turn.now() + spec.latencies.api_write);
}

}  // namespace eks::nomad

namespace eks {

void on(const Spec& spec, World& world, Turn& turn, const NomadDrainLook&) {
    NomadState& state = world.nomad;
    if (state.drains_look_at != turn.now()) return;
    state.drains_look_at = sim::Time::never();
    std::vector<NomadDrain> left;
    for (const NomadDrain& each : std::vector<NomadDrain>(state.drains)) {
        const Node* node = world.nodes.find(each.node);
        if (node == nullptr || !node->has_instance() || node->exit == NodeExit::shutting_down) continue;
        if (nomad::drain(spec, world, turn, each.node) || turn.now() >= each.deadline)
            terminate_in_group(spec, world, turn, each.node);
        else
            left.push_back(each);
    }
    state.drains = std::move(left);
    for (std::uint32_t i = 0; i < state.policies.size(); ++i) {
        const bool is_done = std::ranges::find(state.drains, i, &NomadDrain::policy) == state.drains.end();
        if (state.policies[i].step == NomadStep::draining && is_done) nomad::drains_done(spec, world, turn, i);
    }
    if (!state.drains.empty()) nomad::look_at_drains(world, turn, turn.now() + nomad::drain_look_period);
}

}  // namespace eks

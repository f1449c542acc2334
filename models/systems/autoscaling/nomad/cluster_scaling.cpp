#include "models/systems/autoscaling/nomad/cluster_scaling.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/nomad/scale_in.hpp"
#include "models/systems/autoscaling/nomad/target_value.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks::nomad {

namespace {

constexpr sim::Duration group_look_period = sim::Duration::seconds(10);  // NOM-6
constexpr std::int32_t group_looks_most = 15;
constexpr double ppm = 1'000'000;

void look_at_policy(World& world, Turn& turn, std::uint32_t ix, sim::Time at) {
    world.nomad.policies[ix].looks_at = at;
    turn.at(at, NomadPolicyLook{ix});
}

// Its next evaluation is due, unless it acts or one is scheduled anyway.
void wake_policy(const Spec& spec, World& world, Turn& turn, std::uint32_t ix) {
    const NomadPolicyState& state = world.nomad.policies[ix];
    if (state.step != NomadStep::idle || state.looks_at != sim::Time::never()) return;
    const NomadPolicy& policy = spec.nomad.policies[ix];
    const double unit = sim::draw_unit(turn.key(), {stream::nomad_phase, spec[policy.group].stable_key, 0, 0});
    const auto phase = sim::Duration::microseconds(
        static_cast<std::int64_t>(unit * static_cast<double>(policy.evaluation_interval.us())));
    look_at_policy(world, turn, ix,
                   sim::next_tick_after(std::max(turn.now(), state.rests_until), phase, policy.evaluation_interval));
}

void rest(const Spec& spec, World& world, Turn& turn, std::uint32_t ix, Direction direction) {
    const NomadPolicy& policy = spec.nomad.policies[ix];
    NomadPolicyState& state = world.nomad.policies[ix];
    state.step = NomadStep::idle;
    state.rests_until = turn.now() + cooldown_after({policy.cooldown, policy.cooldown_on_scale_up}, direction);
    wake_policy(spec, world, turn, ix);
}

// The clients of the group that take allocations, as the nodes came.
std::vector<NodeId> clients_of(const Spec& spec, const World& world, NodeGroupIx group) {
    std::vector<NodeId> clients;
    for (const NodeId id : world.node_order) {
        const Node& node = world.nodes[id];
        if (spec[node.shape].group == group && node.state == NodeState::ready && !node.cordoned) clients.push_back(id);
    }
    return clients;
}

ClientLoad load_of(const Spec& spec, const World& world, NodeId id) {
    const Node& node = world.nodes[id];
    const Resources& room = spec[node.shape].allocatable;
    return {node.requested.cpu_milli, room.cpu_milli, node.requested.memory_bytes, room.memory_bytes};
}

std::int32_t instances_of(const Spec& spec, const World& world, NodeGroupIx group) {
    std::int32_t count = 0;
    for (const auto& [id, node] : world.nodes) {
        const bool ends = node.exit == NodeExit::shutting_down || node.exit == NodeExit::terminating;
        if (node.has_instance() && !ends && spec[node.shape].group == group) ++count;
    }
    return count;
}

// Without a client there is nothing to measure, and nothing is proposed.
Proposal evaluate(const Spec& spec, const World& world, const NomadPolicy& policy) {
    const std::int32_t count = world.groups[policy.group.value].desired;
    ClientLoad sum;
    for (const NodeId id : clients_of(spec, world, policy.group)) {
        const ClientLoad load = load_of(spec, world, id);
        sum.cpu += load.cpu;
        sum.cpu_total += load.cpu_total;
        sum.memory += load.memory;
        sum.memory_total += load.memory_total;
    }
    if (sum.cpu_total == 0 || sum.memory_total == 0) return {Direction::none, count};
    std::vector<Proposal> proposals;
    for (const NomadCheck& check : policy.checks) {
        const bool is_cpu = check.metric == NomadMetric::cpu_allocated;
        TargetValue strategy;
        strategy.target = static_cast<double>(check.target_ppm) / ppm;
        if (policy.max_scale_up > 0) strategy.max_scale_up = policy.max_scale_up;
        if (policy.max_scale_down > 0) strategy.max_scale_down = policy.max_scale_down;
        proposals.push_back(propose(strategy, count,
                                    static_cast<double>(is_cpu ? sum.cpu : sum.memory) /
                                        static_cast<double>(is_cpu ? sum.cpu_total : sum.memory_total)));
    }
    return bounded(winner(proposals), count, policy.minimum, policy.maximum);
}

void grow(const Spec& spec, World& world, Turn& turn, std::uint32_t ix, std::int32_t count) {
    const NodeGroupIx group = spec.nomad.policies[ix].group;
    turn.note(NomadScaledFact{group, count - world.groups[group.value].desired});
    set_group_size(spec, world, turn, group, count);
    world.nomad.policies[ix].step = NomadStep::growing;
    world.nomad.policies[ix].tries = 0;
    look_at_policy(world, turn, ix, turn.now() + group_look_period);
}

void shrink(const Spec& spec, World& world, Turn& turn, std::uint32_t ix, std::int32_t count) {
    const NodeGroupIx group = spec.nomad.policies[ix].group;
    const std::vector<NodeId> clients = clients_of(spec, world, group);
    std::vector<ClientLoad> loads;
    for (const NodeId id : clients) loads.push_back(load_of(spec, world, id));
    const auto wanted = static_cast<std::size_t>(world.groups[group.value].desired - count);
    const std::vector<std::size_t> chosen = least_busy(loads, wanted);
    if (chosen.empty()) return;
    turn.note(NomadScaledFact{group, -static_cast<std::int32_t>(chosen.size())});
    world.nomad.policies[ix].step = NomadStep::draining;
    for (const std::size_t place : chosen) begin_drain(spec, world, turn, ix, clients[place]);
}

}  // namespace

void cluster_changes(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t i = 0; i < spec.nomad.policies.size(); ++i) wake_policy(spec, world, turn, i);
}

void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const Node* node = world.nodes.find(id);
    if (node == nullptr) return;
    for (std::uint32_t i = 0; i < spec.nomad.policies.size(); ++i) {
        if (spec.nomad.policies[i].group == spec[node->shape].group) wake_policy(spec, world, turn, i);
    }
}

void drains_done(const Spec& spec, World& world, Turn& turn, std::uint32_t policy) {
    rest(spec, world, turn, policy, Direction::down);
}

}  // namespace eks::nomad

namespace eks {

void open_nomad_scaling(const Spec& spec, World& world, Turn& turn) { nomad::cluster_changes(spec, world, turn); }

void on(const Spec& spec, World& world, Turn& turn, const NomadPolicyLook& event) {
    NomadPolicyState& state = world.nomad.policies[event.policy];
    if (state.looks_at != turn.now()) return;
    state.looks_at = sim::Time::never();
    const NomadPolicy& policy = spec.nomad.policies[event.policy];
    const NodeGroupState& group = world.groups[policy.group.value];
    if (state.step == NomadStep::growing) {
        const bool is_there = nomad::instances_of(spec, world, policy.group) >= group.desired;
        if (is_there || ++state.tries >= nomad::group_looks_most)
            return nomad::rest(spec, world, turn, event.policy, nomad::Direction::up);
        return nomad::look_at_policy(world, turn, event.policy, turn.now() + nomad::group_look_period);
    }
    // Not while the group replaces its instances (NOM-6): then its nodes change, which wakes the policy again.
    if (state.step != NomadStep::idle || group.phase != GroupPhase::steady) return;
    const nomad::Proposal proposal = nomad::evaluate(spec, world, policy);
    const auto count = static_cast<std::int32_t>(proposal.count);
    if (proposal.direction == nomad::Direction::up) nomad::grow(spec, world, turn, event.policy, count);
    if (proposal.direction == nomad::Direction::down) nomad::shrink(spec, world, turn, event.policy, count);
}

}  // namespace eks

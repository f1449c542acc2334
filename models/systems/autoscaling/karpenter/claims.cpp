// The life of a NodeClaim that has an instance (KARP-35): it registers, is initialised, may expire (KARP-61), and is
// gone with its instance.
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/handlers.hpp"

#include <algorithm>

namespace eks {

namespace karpenter {

namespace {

constexpr sim::Duration events_are_one = sim::Duration::microseconds(10'000'000);  // KARP-42

// KARP-35: Ready, and all that keeps pods away while a node comes up is gone.
bool is_up(const Node& node) {
    return node.state == NodeState::ready && node.condition_taints == 0 && !node.cilium.is_tainted;
}

// KARP-20: what its nodes really have is known from the first one on.
void measure(const Spec& spec, World& world, const PoolNode& node) {
    std::vector<std::uint8_t>& measured = world.karpenter.measured;
    const NodePoolType& type = spec.karpenter.types[node.type];
    const NodeShape& shape = spec[world.nodes[node.node].shape];
    if (type.capacity == shape.capacity && type.allocatable == shape.allocatable) return;
    measured.resize(spec.karpenter.types.size());
    measured[node.type] = 1;
}

void initialise_those_up(const Spec& spec, World& world, Turn& turn) {
    KarpenterState& state = world.karpenter;
    const std::vector<NodeId> coming = state.coming;
    for (const NodeId id : coming) {
        PoolNode* node = state.find(id);
        const Node* row = world.nodes.find(id);
        if (node == nullptr || row == nullptr || !is_up(*row)) continue;
        node->initialized = turn.now();
        measure(spec, world, *node);
        std::erase(state.coming, id);
        wake_disruption(spec, world, turn);
    }
}

void forget_lost(const Spec& spec, World& world, Turn& turn) {
    KarpenterState& state = world.karpenter;
    for (PoolNode& node : state.nodes) {
        if (!node.node.valid()) continue;
        const Node* row = world.nodes.find(node.node);
        if (row != nullptr && row->has_instance()) continue;
        const PoolNode gone = node;
        node = PoolNode{};
        std::erase(state.coming, gone.node);
        turn.note(NodeClaimTerminatedFact{gone.pool});
        if (gone.drifted != sim::Time::never()) turn.note(NodesOutdatedFact{spec.karpenter.pools[gone.pool].group, -1});
        wake_disruption(spec, world, turn);
    }
}

}  // namespace

void cluster_changes(const Spec& spec, World& world, Turn& turn) {
    if (!spec.karpenter.is_there()) return;
    forget_lost(spec, world, turn);
    initialise_those_up(spec, world, turn);
    commands_go_on(spec, world, turn);
    ask_again(spec, world, turn);
    wake_disruption(spec, world, turn);
}

void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId id) {
    if (!spec.karpenter.is_there()) return;
    PoolNode* node = world.karpenter.find(id);
    if (node == nullptr) return wake_disruption(spec, world, turn);  // a place for others may be free
    if (node->last_pod_event == sim::Time::never() || node->last_pod_event + events_are_one <= turn.now())
        node->last_pod_event = turn.now();
    if (node->is_deleted())
        drain_at(world, turn, id, turn.now());
    else
        wake_disruption(spec, world, turn);
}

// KARP-62: drained at once, and nothing is launched beforehand.
void spot_interruption_noticed(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const PoolNode* node = world.karpenter.find(id);
    if (node == nullptr || !acts(spec, world)) return;
    note_unavailable(spec, world, world.nodes[id].shape, turn.now());
    if (node->is_deleted()) return;
    turn.note(NodeClaimDisruptedFact{node->pool, DisruptedFor::spot_interrupted});
    delete_claim(spec, world, turn, id);
}

}  // namespace karpenter

// Without Karpenter nobody deletes a claim; it is when Karpenter is back.
void on(const Spec& spec, World& world, Turn& turn, const NodeClaimDue& event) {
    const PoolNode* node = world.karpenter.find(event.node);
    if (node == nullptr || node->is_deleted()) return;
    const bool has_expired = node->expires <= turn.now();
    const bool is_late = node->created + karpenter::registers_within <= turn.now() &&
                         world.nodes[event.node].state == NodeState::launching;
    if (!has_expired && !is_late) return;
    if (!karpenter::acts(spec, world)) {
        constexpr sim::Duration later = sim::Duration::microseconds(10'000'000);
        turn.after(later, NodeClaimDue{event.node});
        return;
    }
    turn.note(NodeClaimDisruptedFact{node->pool, is_late ? DisruptedFor::liveness : DisruptedFor::expired});
    karpenter::delete_claim(spec, world, turn, event.node);
}

void node_pools_change(const Spec& before, const Spec& after, World& world, Turn& turn) {
    if (!after.karpenter.is_there() || before.karpenter == after.karpenter) return;
    // KARP-60: what is another one for Karpenter from now on, and what the pool would not launch any more.
    for (PoolNode& node : world.karpenter.nodes) {
        if (!node.node.valid()) continue;
        const NodePool& pool = after.karpenter.pools[node.pool];
        const bool is_as_asked =
            node.made_of == pool.made_of && std::ranges::any_of(pool.offers, [&](const NodePoolOffer& offer) {
                return is_of_offer(offer, world.nodes[node.node].shape);
            });
        const bool was_as_asked = node.drifted == sim::Time::never();
        if (is_as_asked == was_as_asked) continue;
        node.drifted = is_as_asked ? sim::Time::never() : turn.now();
        turn.note(NodesOutdatedFact{pool.group, is_as_asked ? -1 : +1});
    }
    karpenter::trigger_round(after, world, turn, karpenter::Trigger::new_object);
    karpenter::wake_disruption(after, world, turn);
}

}  // namespace eks

#include "models/systems/faults/node_faults.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/signals.hpp"
#include "models/world/active_faults.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

constexpr std::int64_t whole_ppm = 1'000'000;

bool interrupts(FaultKind kind) { return kind == FaultKind::spot_interruption || kind == FaultKind::spot_storm; }

// An outage of a zone takes machines that are on their way too; what strikes kubelets needs one.
bool can_be_struck(const Spec& spec, const Fault& fault, const Node& node) {
    const bool is_about_instances = fault.kind == FaultKind::zone_outage || interrupts(fault.kind);
    if (!node.has_instance() || (node.state == NodeState::launching && !is_about_instances)) return false;
    if (!interrupts(fault.kind)) return true;
    // One that has its notice gets no second one.
    return strikes_shape(spec, fault, node.shape) && node.interrupted_at == sim::Time::never() &&
           node.exit != NodeExit::shutting_down;
}

// So many of them, drawn one after the other.
std::vector<NodeId> drawn(Turn& turn, const Fault& fault, std::vector<NodeId> from, std::size_t count) {
    std::vector<NodeId> chosen;
    while (chosen.size() < count && !from.empty()) {
        const std::uint64_t pick = sim::draw_below(
            turn.key(), {stream::struck_node, fault.occurrence, 0, static_cast<std::uint32_t>(chosen.size())},
            from.size());
        chosen.push_back(from[pick]);
        from.erase(from.begin() + static_cast<std::ptrdiff_t>(pick));
    }
    return chosen;
}

// A share is rounded to the next whole node, but strikes one at least.
std::vector<NodeId> nodes_to_strike(const Spec& spec, const World& world, Turn& turn, const Fault& fault) {
    std::vector<NodeId> in_scope;
    for (const auto& [id, node] : world.nodes) {
        if (can_be_struck(spec, fault, node) && strikes(spec, fault, node)) in_scope.push_back(id);
    }
    if (fault.count > 0) return drawn(turn, fault, in_scope, static_cast<std::size_t>(fault.count));
    if (fault.share_ppm == whole_ppm) return in_scope;
    const auto all = static_cast<std::int64_t>(in_scope.size());
    const std::int64_t share = (all * fault.share_ppm + whole_ppm / 2) / whole_ppm;
    return drawn(turn, fault, in_scope, static_cast<std::size_t>(std::max<std::int64_t>(share, 1)));
}

void strike(const Spec& spec, World& world, Turn& turn, const Fault& fault, NodeId node) {
    switch (fault.kind) {
        case FaultKind::node_down:
        case FaultKind::zone_outage: return stop_machine(spec, world, turn, node);
        case FaultKind::runtime_freeze: return freeze_runtime(spec, world, turn, node);
        case FaultKind::kubelet_restart: return stop_kubelet(spec, world, turn, node);
        case FaultKind::spot_interruption: return notify_interruption(spec, world, turn, node);
        case FaultKind::data_path_migration: return migrate_data_path(spec, world, turn, node, fault.migration);
        default: return;
    }
}

// The notices of a storm come at times of their own.
void notify_in_storm(Turn& turn, const Fault& fault, NodeId node, std::uint32_t n) {
    const std::uint64_t at = sim::draw_below(turn.key(), {stream::storm, fault.occurrence, 0, n},
                                             static_cast<std::uint64_t>(fault.spread_us));
    turn.after(sim::Duration::microseconds(static_cast<std::int64_t>(at)), InterruptionNotice{node});
}

void release(const Spec& spec, World& world, Turn& turn, FaultKind kind, NodeId node) {
    switch (kind) {
        case FaultKind::node_down:
        case FaultKind::zone_outage: return start_machine(spec, world, turn, node);
        case FaultKind::runtime_freeze: return thaw_runtime(spec, world, turn, node);
        case FaultKind::kubelet_restart: return start_kubelet(spec, world, turn, node);
        case FaultKind::data_path_migration:
            return migrate_data_path(spec, world, turn, node, datapath::MigrationState::kube_proxy_live);
        default: return;
    }
}

bool stops_machines(FaultKind kind) { return kind == FaultKind::node_down || kind == FaultKind::zone_outage; }

// Another fault has the same hold on it.
bool is_held_by_another(const World& world, const Spec& spec, std::uint32_t action, NodeId node) {
    const FaultKind kind = spec.timeline[action].fault.kind;
    return std::ranges::any_of(world.struck_nodes, [&](const StruckNode& struck) {
        if (struck.node != node || struck.action == action) return false;
        const FaultKind other = spec.timeline[struck.action].fault.kind;
        return other == kind || (stops_machines(other) && stops_machines(kind));
    });
}

}  // namespace

void strike_nodes(const Spec& spec, World& world, Turn& turn, std::uint32_t action) {
    const Fault& fault = spec.timeline[action].fault;
    std::uint32_t n = 0;
    for (const NodeId node : nodes_to_strike(spec, world, turn, fault)) {
        turn.note(NodeStruckFact{node, fault.occurrence});
        if (fault.kind == FaultKind::spot_storm) {
            notify_in_storm(turn, fault, node, n++);
            continue;
        }
        if (!interrupts(fault.kind)) world.struck_nodes.push_back({node, action});
        strike(spec, world, turn, fault, node);
        if (fault.out_of_service_us >= 0)
            turn.after(sim::Duration::microseconds(fault.out_of_service_us),
                       OutOfService{node, world.nodes[node].health.outage});
    }
}

void release_nodes(const Spec& spec, World& world, Turn& turn, std::uint32_t action) {
    std::vector<NodeId> free;
    for (const StruckNode& struck : world.struck_nodes) {
        if (struck.action == action && world.nodes.contains(struck.node) &&
            !is_held_by_another(world, spec, action, struck.node))
            free.push_back(struck.node);
    }
    std::erase_if(world.struck_nodes, [&](const StruckNode& struck) { return struck.action == action; });
    for (const NodeId node : free) release(spec, world, turn, spec.timeline[action].fault.kind, node);
}

}  // namespace eks

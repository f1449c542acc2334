// Who handles Services on each node, and in what state that is: kube-proxy's pod, its rules alone, Cilium's agent, or
// nobody (DPC-1, DPC-54, DPC-55).
#include "models/systems/datapath/dns_race.hpp"
#include "models/systems/datapath/migration.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/datapath/table_fill.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks::datapath {

namespace {

struct Handling {
    DataPath path;
    bool works = false;
    bool is_frozen = false;
};

KubeProxyRules rules_on(const ServiceRules& rules) {
    if (rules.are_kept) return KubeProxyRules::live;
    return rules.are_written ? KubeProxyRules::frozen : KubeProxyRules::absent;
}

Mode rules_mode(const Spec& spec, NodeShapeIx shape) {
    switch (spec.data_paths.kube_proxy.mode) {
        case KubeProxySettings::Mode::nftables: return Mode::nftables;
        case KubeProxySettings::Mode::ipvs: return Mode::ipvs;
        case KubeProxySettings::Mode::iptables: break;
    }
    const auto& front_ends = spec.data_paths.front_ends;
    return shape.value < front_ends.size() ? front_ends[shape.value] : Mode::iptables_legacy;
}

// Cilium's own, which takes Services over; what kube-proxy has left is walked all the same.
DataPath cilium_path(const Spec& spec, NodeShapeIx shape, KubeProxyRules left) {
    const CiliumPath& cilium = spec.data_paths.cilium;
    DataPath path = plain_data_path(cilium.has_host_routing ? Mode::ebpf_host_routing : Mode::ebpf_legacy);
    if (!cilium.is_there) return path;
    path.socket_lb = cilium.has_socket_lb;
    path.chained = cilium.is_chained;
    path.hubble = cilium.hubble;
    path.masquerade = cilium.masquerade;
    path.kube_proxy_rules = left;
    path.rules_kind = rules_mode(spec, shape);
    return path;
}

// kube-proxy's, with Cilium's programs beside it where its agent leaves Services alone.
DataPath path_beside_cilium(const Spec& spec, NodeShapeIx shape, KubeProxyRules rules) {
    if (!spec.data_paths.cilium.is_there) {
        DataPath path = kube_proxy_path(spec, shape);
        path.kube_proxy_rules = rules;
        return path;
    }
    DataPath path = cilium_path(spec, shape, rules);
    path.mode = Mode::ebpf_legacy;
    path.socket_lb = false;
    path.replaces_kube_proxy = false;
    return path;
}

Handling handling_of(const Spec& spec, const Node& node, MigrationState migration) {
    const KubeProxyRules rules = rules_on(node.services);
    const bool has_rules = rules != KubeProxyRules::absent;
    const DataPath replaced = cilium_path(spec, node.shape, rules);
    switch (migration) {
        case MigrationState::kube_proxy_live:
        case MigrationState::both_on_fresh_node: break;
        case MigrationState::rules_left:
            return {path_beside_cilium(spec, node.shape, KubeProxyRules::frozen), has_rules, true};
        case MigrationState::rules_flushed:
        case MigrationState::flushed_and_rebooted:
            return {path_beside_cilium(spec, node.shape, KubeProxyRules::absent), false, false};
        case MigrationState::replaced_over_live: return {replaced, true, false};
        case MigrationState::agent_without_api:
            return {cilium_path(spec, node.shape, KubeProxyRules::absent), true, false};
        case MigrationState::agent_without_api_restarted:
            return {cilium_path(spec, node.shape, KubeProxyRules::absent), true, true};
        case MigrationState::no_replacement_in_agent:
            return {path_beside_cilium(spec, node.shape, KubeProxyRules::absent), true, false};
    }
    if (spec.data_paths.forced) {
        if (!spec.dns.kube_proxy.valid() || spec.data_paths.forced->is_ebpf())
            return {*spec.data_paths.forced, true, false};
        return {*spec.data_paths.forced, has_rules, rules == KubeProxyRules::frozen};
    }
    if (node.services.are_replaced) return {replaced, true, false};
    // Who asks for no kube-proxy does not ask how Services work.
    if (!spec.dns.kube_proxy.valid()) return {path_beside_cilium(spec, node.shape, KubeProxyRules::live), true, false};
    return {path_beside_cilium(spec, node.shape, rules), has_rules, rules == KubeProxyRules::frozen};
}

std::uint32_t add_group(World& world, RuleGroup group) {
    DataPathState& state = world.data_path;
    for (ClassDataPath& one : state.classes) one.is_judged = false;
    // One of those that nobody has any more takes its place: nodes come and go all the time.
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        const auto has_it = [&](const NodeDataPath& row) { return row.node.valid() && row.group == g; };
        if (!state.groups[g].is_frozen || std::ranges::any_of(state.nodes, has_it)) continue;
        state.groups[g] = std::move(group);
        return g;
    }
    world.data_path.groups.push_back(std::move(group));
    return static_cast<std::uint32_t>(world.data_path.groups.size() - 1);
}

std::uint32_t live_group(World& world, const DataPath& path, sim::Time now) {
    const auto& groups = world.data_path.groups;
    const auto is_it = [&](const RuleGroup& group) {
        return !group.is_frozen && !group.is_of_balancers && group.path == path;
    };
    const auto found = std::ranges::find_if(groups, is_it);
    if (found != groups.end()) return static_cast<std::uint32_t>(found - groups.begin());
    RuleGroup group;
    group.path = path;
    group.kernel = world.data_path.written;
    group.full_at = now;
    return add_group(world, std::move(group));
}

// The rules of a group as they are at this moment, from now on kept by nobody.
std::uint32_t frozen_group(World& world, const DataPath& path, std::uint32_t source) {
    const auto& groups = world.data_path.groups;
    const std::uint32_t origin = groups[source].is_frozen ? groups[source].source : source;
    const std::uint32_t version = groups[source].version;
    const auto is_it = [&](const RuleGroup& group) {
        return group.is_frozen && group.source == origin && group.version == version && group.path == path;
    };
    const auto found = std::ranges::find_if(groups, is_it);
    if (found != groups.end()) return static_cast<std::uint32_t>(found - groups.begin());
    RuleGroup group;
    group.path = path;
    group.is_frozen = true;
    group.source = origin;
    group.version = version;
    group.kernel = groups[source].kernel;
    return add_group(world, std::move(group));
}

void set_limits(const Spec& spec, const Node& node, NodeDataPath& row, const DataPath& path) {
    const NodeShape& shape = spec[node.shape];
    const auto limit = [&](NodeTable table) -> double& { return row.tables[static_cast<std::size_t>(table)].limit; };
    limit(NodeTable::conntrack) = path.tracks_connections() ? conntrack_entries(spec, shape) : 0;
    limit(NodeTable::bpf) = path.is_ebpf() ? bpf_map_entries(spec, shape) : 0;
    row.tables[static_cast<std::size_t>(NodeTable::bpf)].gives_way = true;
    limit(NodeTable::ec2) = spec.data_paths.allowances.tracked_connections.value_or(0);
}

// `is_joining`: what works from now on has to be written first.
void settle(const Spec& spec, World& world, Turn& turn, NodeId id, bool is_joining) {
    NodeDataPath& row = world.data_path.nodes[id.slot];
    const Handling is = handling_of(spec, world.nodes[id], row.migration);
    const ServicePath was = row.services;
    row.is_due = true;
    if (!is.works) {
        row.services = ServicePath::none;
        row.group = live_group(world, is.path, turn.now());
        row.works_at = sim::Time::never();
    } else if (is.is_frozen) {
        // What has never been written is not there.
        row.services = was == ServicePath::rules ? ServicePath::rules : ServicePath::none;
        row.group = frozen_group(world, is.path, row.group);
        row.works_at = sim::Time::never();
    } else {
        row.group = live_group(world, is.path, turn.now());
        if (was == ServicePath::none && is_joining) {
            row.services = ServicePath::coming;
            row.works_at = turn.now() + first_sync(spec, world, is.path);
        } else if (was != ServicePath::coming) {
            row.services = ServicePath::rules;
        }
    }
    set_limits(spec, world.nodes[id], row, world.data_path.groups[row.group].path);
    row.racing_lookups = race_share(world.data_path.groups[row.group].path,
                                    {.has_node_cache = spec.dns.node_cache.valid()}, spec.data_paths.coefficients);
    for (const ClassShare& share : row.shares) world.data_path.classes[share.of_class].is_judged = false;
}

}  // namespace

double conntrack_entries(const Spec& spec, const NodeShape& shape) {
    const KubeProxySettings& proxy = spec.data_paths.kube_proxy;
    return std::max(proxy.conntrack_min, proxy.conntrack_max_per_core * shape.vcpus);
}

double bpf_map_entries(const Spec& spec, const NodeShape& shape) {
    const CiliumPath& cilium = spec.data_paths.cilium;
    constexpr double gib = 1024.0 * 1024 * 1024;
    constexpr double usual_ratio = 0.0025;  // of the node's memory, for which bpf_map_limit() holds (DPD-18)
    const double memory =
        static_cast<double>(shape.capacity.memory_bytes) / gib * cilium.dynamic_size_ratio / usual_ratio;
    return cilium.tcp_entries.value_or(bpf_map_limit(memory));
}

DataPath kube_proxy_path(const Spec& spec, NodeShapeIx shape) {
    DataPath path = plain_data_path(rules_mode(spec, shape));
    path.masquerades_all = spec.data_paths.kube_proxy.masquerades_all;
    return path;
}

bool has_row(const World& world, NodeId node) {
    const auto& rows = world.data_path.nodes;
    return node.slot < rows.size() && rows[node.slot].node == node;
}

NodeDataPath& row_of(const Spec& spec, World& world, Turn& turn, NodeId node, bool is_joining) {
    auto& rows = world.data_path.nodes;
    if (!has_row(world, node)) {
        if (rows.size() <= node.slot) rows.resize(node.slot + std::size_t{1});
        retire_row(world, turn, rows[node.slot]);
        rows[node.slot].node = node;
        settle(spec, world, turn, node, is_joining);
    }
    return rows[node.slot];
}

}  // namespace eks::datapath

namespace eks {

void open_data_paths(const Spec& spec, World& world, Turn& turn) {
    if (!spec.data_paths.are_used) return;
    DataPathState& state = world.data_path;
    state.is_open = true;
    state.classes.resize(datapath::class_count(spec));
    state.services.resize(spec.services.size());
    state.written.resize(spec.services.size());
    for (std::size_t i = 0; i < spec.services.size(); ++i) {
        const auto ready = static_cast<std::uint32_t>(world.services[i].ready);
        state.services[i].added = state.written[i].added = ready;
    }
    state.groups.push_back({.is_of_balancers = true, .kernel = state.written});
    state.other_services = datapath::other_services_at(spec, turn.now());
    for (const NodeId id : world.node_order) datapath::row_of(spec, world, turn, id, false);
    data_path_steps_at(world, turn, datapath::other_services_change_after(spec, turn.now()));
}

void service_handling_changes(const Spec& spec, World& world, Turn& turn, NodeId node) {
    // Its instance may be gone, and its kernel with it.
    if (!world.data_path.is_open || !world.nodes[node].has_instance()) return;
    // A run begins with what works.
    const bool is_joining = turn.now() > sim::Time::origin();
    if (!datapath::has_row(world, node)) {
        datapath::row_of(spec, world, turn, node, is_joining);
    } else {
        NodeDataPath& row = world.data_path.nodes[node.slot];
        const auto is_by_rules = [&] {
            return row.services == ServicePath::rules && !world.data_path.groups[row.group].path.translates_by_ebpf();
        };
        const bool was_by_rules = is_by_rules();
        datapath::settle(spec, world, turn, node, is_joining);
        // DPS-13: what the new path picks up of the old one's connections breaks.
        if (was_by_rules && row.services == ServicePath::rules && !is_by_rules())
            datapath::reset_connections(spec, world, turn, row, spec.data_paths.picked_up_share);
    }
    data_path_steps_at(world, turn, world.data_path.nodes[node.slot].works_at);
    requests_change(world, turn);
}

void kernel_is_lost(const Spec& spec, World& world, Turn& turn, NodeId node) {
    if (!world.data_path.is_open) return;
    world.nodes[node].services = {};
    NodeDataPath& row = datapath::row_of(spec, world, turn, node);
    datapath::machine_is_gone(spec, world, turn.now(), row);
    datapath::reset_connections(spec, world, turn, row, 1);
    for (TableFill& table : row.tables) table = {.limit = table.limit, .gives_way = table.gives_way};
    datapath::settle(spec, world, turn, node, true);
    requests_change(world, turn);
}

void kernel_is_back(World& world, Turn& turn, NodeId node) {
    if (!world.data_path.is_open) return;
    for (ClassDataPath& one : world.data_path.classes)
        std::erase_if(one.stale, [&](const StaleFlows& flows) { return flows.machine == node; });
    requests_change(world, turn);
}

void migrate_data_path(const Spec& spec, World& world, Turn& turn, NodeId node, datapath::MigrationState state) {
    using datapath::MigrationState;
    const datapath::MigrationEffect effect = datapath::effect_of(state);
    NodeDataPath& row = datapath::row_of(spec, world, turn, node, false);
    const datapath::MigrationEffect before = datapath::effect_of(row.migration);
    if (before.pods_can_start && !effect.pods_can_start) stop_cni(spec, world, turn, node);
    if (!before.pods_can_start && effect.pods_can_start) run_cni(spec, world, turn, node);
    row.migration = state;
    datapath::settle(spec, world, turn, node, false);
    if (effect.open == datapath::OpenConnections::reset)
        datapath::reset_connections(spec, world, turn, row, 1);
    else if (effect.open == datapath::OpenConnections::break_where_picked_up)
        datapath::reset_connections(spec, world, turn, row, spec.data_paths.picked_up_share);
    dns_changes(spec, world, turn);
    requests_change(world, turn);
}

}  // namespace eks

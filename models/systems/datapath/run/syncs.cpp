// How long kernels lag behind the cluster (DPC-50 to DPC-54). All nodes of a group hear of a change at the same moment
// and take as long to write it, so that they are one: what differs between them by chance is left out.
#include "models/systems/datapath/port_pool.hpp"
#include "models/systems/datapath/rule_sync.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"
#include "models/world/service_path.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

namespace {

sim::Duration of_seconds(double seconds) {
    return sim::Duration::microseconds(static_cast<std::int64_t>(std::ceil(seconds * 1e6)));
}

bool is_written_by_kube_proxy(const RuleGroup& group) {
    return !group.is_of_balancers && !group.path.translates_by_ebpf();
}

// Whose rules a change has to reach: eBPF's maps, or kube-proxy's rules.
Mode writer_of(const DataPath& path) { return path.translates_by_ebpf() ? path.mode : path.rules(); }

// DPD-13, DPC-50: what kube-proxy lists of nftables before it changes something.
NftListing listing_of(const Spec& spec) {
    constexpr int lists_all_from = 36;
    return spec.kubernetes.minor >= lists_all_from ? NftListing::whole_table : NftListing::none;
}

double period_of(const Spec& spec, const RuleGroup& group) {
    return is_written_by_kube_proxy(group) ? spec.data_paths.kube_proxy.min_sync_period.in_seconds() : 0;
}

double sync_seconds(const Spec& spec, const World& world, const RuleGroup& group, double changed) {
    if (group.is_of_balancers) return spec.data_paths.target_lag.in_seconds();
    return changed_sync_seconds(writer_of(group.path), table_of(spec, world), changed, listing_of(spec),
                                spec.data_paths.coefficients);
}

// Services that the scenario does not list change all the time: syncs then follow each other, and ours takes the next.
sim::Time after_the_others(const Spec& spec, const World& world, const RuleGroup& group, sim::Time at) {
    const double changes = spec.data_paths.others.changes_per_second;
    if (changes <= 0 || world.data_path.other_services <= 0 || group.is_of_balancers) return at;
    const double period = std::max(period_of(spec, group), 1 / changes);
    const double cycle = std::max(period, sync_seconds(spec, world, group, std::max(1.0, changes * period)));
    const std::int64_t cycle_us = std::max<std::int64_t>(of_seconds(cycle).us(), 1);
    const std::int64_t since = (at - sim::Time::origin()).us();
    return sim::Time::origin() + sim::Duration::microseconds((since + cycle_us - 1) / cycle_us * cycle_us);
}

bool has_nodes(const DataPathState& state, std::uint32_t group) {
    return std::ranges::any_of(state.nodes, [&](const NodeDataPath& row) {
        return row.node.valid() && row.group == group && row.services != ServicePath::none;
    });
}

void judge_anew(const Spec& spec, World& world, std::uint32_t service);
void forget_ends(DataPathState& state, std::uint32_t service);

void start(const Spec& spec, World& world, RuleGroup& group, sim::Time now) {
    group.in_hand.swap(group.changed);
    group.changed.clear();
    group.writes.clear();
    for (const std::uint32_t service : group.in_hand) group.writes.push_back(world.data_path.written[service]);
    group.in_hand_since = group.changed_at;
    group.changed_at = sim::Time::never();
    group.starts_at = sim::Time::never();
    const double changes = world.data_path.other_services > 0 ? spec.data_paths.others.changes_per_second : 0;
    const double since = (now - group.started).in_seconds();
    const double others = changes * std::min(since, std::max(period_of(spec, group), changes > 0 ? 1 / changes : 0));
    double takes = sync_seconds(spec, world, group, static_cast<double>(group.in_hand.size()) + others);
    // DPD-6: now and then kube-proxy writes everything.
    const bool is_full =
        is_written_by_kube_proxy(group) && now - group.full_at >= spec.data_paths.kube_proxy.full_sync_period;
    if (is_full) {
        takes = full_sync_seconds(writer_of(group.path), table_of(spec, world), false, listing_of(spec),
                                  spec.data_paths.coefficients);
        group.full_at = now;
    }
    group.started = now;
    group.ends_at = now + of_seconds(takes);
}

void finish(const Spec& spec, World& world, Turn& turn, std::uint32_t g) {
    RuleGroup& group = world.data_path.groups[g];
    for (std::size_t i = 0; i < group.in_hand.size(); ++i) {
        const std::uint32_t service = group.in_hand[i];
        group.kernel[service] = group.writes[i];
        judge_anew(spec, world, service);
        forget_ends(world.data_path, service);
    }
    ++group.version;
    if (has_nodes(world.data_path, g))
        turn.note(RulesWrittenFact{g, static_cast<std::int32_t>(group.in_hand.size()), turn.now() - group.in_hand_since,
                                   turn.now() - group.started});
    group.in_hand.clear();
    group.writes.clear();
    group.ends_at = sim::Time::never();
    if (group.changed.empty()) return;
    group.starts_at = std::max(group.starts_at, turn.now());
}

// How long an address that a pod has left is nobody's (DPS-17): the VPC CNI's cool-down.
sim::Duration rest_of_addresses(const Spec& spec) {
    if (spec.cni_kind == CniKind::vpc_cni) return spec.cni.cooldown;
    return of_seconds(spec.data_paths.coefficients[Coefficient::address_rest]);
}

// All Services together are other ones: where comments come or go, or another number finds no room in eBPF's map, every
// connection costs something else (DPD-4, DPC-38).
void rules_differ(const Spec& spec, World& world, const RuleTable& before) {
    const RuleTable now = table_of(spec, world);
    const auto dead = [&](const RuleTable& table) {
        return dead_services(table.services, table.endpoints, spec.data_paths.cilium.lb_map_entries);
    };
    if (before.has_comments == now.has_comments && dead(before) == dead(now)) return;
    for (RuleGroup& group : world.data_path.groups) group.work.clear();
    for (NodeDataPath& row : world.data_path.nodes) row.is_due = true;
    for (ClassDataPath& one : world.data_path.classes) one.is_judged = false;
}

// Ends that no kernel has as endpoints any more are of no interest.
void forget_ends(DataPathState& state, std::uint32_t service) {
    EndpointCounts& counts = state.services[service];
    if (counts.ends.empty()) return;
    std::uint32_t oldest = counts.removed;
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        const RuleGroup& group = state.groups[g];
        if (group.is_of_balancers || has_nodes(state, g)) oldest = std::min(oldest, group.kernel[service].removed);
    }
    std::erase_if(counts.ends, [&](const EndedEndpoint& end) { return end.number <= oldest; });
}

// The next address that may be given out again while some kernel has it as an endpoint.
sim::Time next_rested(const Spec& spec, const DataPathState& state, sim::Time now) {
    sim::Time next = sim::Time::never();
    for (const EndpointCounts& counts : state.services) {
        for (const EndedEndpoint& end : counts.ends) {
            if (end.at + rest_of_addresses(spec) <= now) continue;
            next = std::min(next, end.at + rest_of_addresses(spec));
            break;
        }
    }
    return next;
}

sim::Time next_step(const RuleGroup& group) {
    if (group.is_frozen) return sim::Time::never();
    return group.ends_at == sim::Time::never() ? group.starts_at : group.ends_at;
}

// The open connections to an endpoint end with it.
void end_connections_to_one(const Spec& spec, World& world, std::uint32_t service, sim::Time now) {
    const EndpointCounts& counts = world.data_path.services[service];
    const double before =
        static_cast<double>(counts.added - counts.removed) + static_cast<double>(counts.answering.size()) + 1;
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        if (spec.traffic.classes[k].service != static_cast<std::int32_t>(service)) continue;
        PooledShare& pooled = world.data_path.classes[k].pooled;
        if (pooled.seconds <= 0) continue;
        pooled.share = pooled_at(world.data_path.classes[k], now) * (1 - 1 / std::max(1.0, before));
        pooled.as_of = now;
    }
}

void judge_anew(const Spec& spec, World& world, std::uint32_t service) {
    for (std::size_t k = 0; k < spec.traffic.classes.size(); ++k) {
        if (spec.traffic.classes[k].service == static_cast<std::int32_t>(service))
            world.data_path.classes[k].is_judged = false;
    }
}

}  // namespace

RuleTable table_of(const Spec& spec, const World& world) {
    const OtherServices& others = spec.data_paths.others;
    RuleTable table;
    double listed = 0;
    for (const Service& service : spec.services) listed += service.ports;
    table.services = world.data_path.other_services + listed;
    double endpoints = world.data_path.other_services * others.endpoints;
    for (std::size_t i = 0; i < world.data_path.written.size(); ++i)
        endpoints += static_cast<double>(world.data_path.written[i].endpoints()) * spec.services[i].ports;
    table.endpoints = table.services > 0 ? endpoints / table.services : 0;
    table.has_comments = keeps_comments(table.services, table.endpoints);
    return table;
}

double other_services_at(const Spec& spec, sim::Time now) {
    double count = 0;
    for (const OtherServices::Point& point : spec.data_paths.others.points) {
        if (sim::Time::at(point.at) <= now) count = point.count;
    }
    return count;
}

sim::Time other_services_change_after(const Spec& spec, sim::Time now) {
    for (const OtherServices::Point& point : spec.data_paths.others.points) {
        if (sim::Time::at(point.at) > now) return sim::Time::at(point.at);
    }
    return sim::Time::never();
}

sim::Duration first_sync(const Spec& spec, const World& world, const DataPath& path) {
    return of_seconds(full_sync_seconds(writer_of(path), table_of(spec, world), true, listing_of(spec),
                                        spec.data_paths.coefficients));
}

double wrong_pod_share(const Spec& spec, const World& world, const RuleGroup& group, std::uint32_t service,
                       sim::Time now) {
    const EndpointCounts& counts = world.data_path.services[service];
    const KernelVersion& kernel = group.kernel[service];
    if (kernel.endpoints() == 0) return 0;
    const auto may_be_anothers = [&](const EndedEndpoint& end) {
        return end.number > kernel.removed && end.at + rest_of_addresses(spec) <= now;
    };
    const auto strangers = static_cast<double>(std::ranges::count_if(counts.ends, may_be_anothers));
    return std::min(1.0, strangers / kernel.endpoints());
}

}  // namespace eks::datapath

namespace eks {

void data_path_steps_at(World& world, Turn& turn, sim::Time at) {
    DataPathState& state = world.data_path;
    if (at >= state.steps_at) return;
    state.steps_at = at;
    turn.at(std::max(at, turn.now()), DataPathStep{++state.steps});
}

void endpoint_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, EndpointChange change) {
    if (!world.data_path.is_open || spec.services_of.empty()) return;
    for (const std::uint32_t service : spec.services_of[workload.value]) {
        EndpointCounts& counts = world.data_path.services[service];
        std::uint32_t ended = 0;
        switch (change) {
            case EndpointChange::added: ++counts.added; break;
            case EndpointChange::removed_answering: counts.answering.push_back(++counts.removed); break;
            case EndpointChange::removed_dead: ended = ++counts.removed; break;
            // Those that go on answering are taken to end in the order in which they were removed.
            case EndpointChange::ended:
                if (counts.answering.empty()) break;
                ended = counts.answering.front();
                counts.answering.erase(counts.answering.begin());
                break;
        }
        if (ended == 0) continue;
        counts.ends.push_back({ended, turn.now()});
        datapath::forget_ends(world.data_path, service);
        if (!counts.ends.empty()) data_path_steps_at(world, turn, turn.now() + datapath::rest_of_addresses(spec));
        datapath::end_connections_to_one(spec, world, service, turn.now());
        datapath::judge_anew(spec, world, service);
        if (spec.services[service].to == spec.dns.servers) dns_changes(spec, world, turn);
        requests_change(world, turn);
    }
}

void on(const Spec& spec, World& world, Turn& turn, const EndpointEnds& event) {
    endpoint_changes(spec, world, turn, event.workload, EndpointChange::ended);
}

void service_written(const Spec& spec, World& world, Turn& turn, std::uint32_t service, sim::Time since,
                     sim::Time seen) {
    DataPathState& state = world.data_path;
    if (!state.is_open) return;
    const EndpointCounts& counts = state.services[service];
    const datapath::RuleTable before = datapath::table_of(spec, world);
    state.written[service] = {counts.added, counts.removed};
    datapath::rules_differ(spec, world, before);
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        RuleGroup& group = state.groups[g];
        if (group.is_frozen) continue;
        if (!group.is_of_balancers && !datapath::has_nodes(state, g)) {
            // Nobody writes anything; whoever joins finds it as it is.
            group.kernel[service] = state.written[service];
            ++group.version;
            continue;
        }
        const auto place = std::ranges::lower_bound(group.changed, service);
        if (place == group.changed.end() || *place != service) group.changed.insert(place, service);
        group.changed_at = std::min(group.changed_at, since);
        if (group.starts_at != sim::Time::never()) continue;
        const double busy_until =
            group.ends_at == sim::Time::never() ? 0 : (group.ends_at - sim::Time::origin()).in_seconds();
        const double at = datapath::sync_start((seen - sim::Time::origin()).in_seconds(),
                                               (group.started - sim::Time::origin()).in_seconds(), busy_until,
                                               datapath::period_of(spec, group));
        group.starts_at =
            datapath::after_the_others(spec, world, group, sim::Time::origin() + datapath::of_seconds(at));
        data_path_steps_at(world, turn, group.starts_at);
    }
}

void on(const Spec& spec, World& world, Turn& turn, const DataPathStep& event) {
    DataPathState& state = world.data_path;
    if (event.serial != state.steps) return;
    const sim::Time now = turn.now();
    state.steps_at = sim::Time::never();
    sim::Time next = datapath::other_services_change_after(spec, now);
    const double others = datapath::other_services_at(spec, now);
    if (others != state.other_services) {
        state.other_services = others;
        for (RuleGroup& group : state.groups) group.work.clear();
        for (NodeDataPath& row : state.nodes) row.is_due = true;
        for (ClassDataPath& one : state.classes) one.is_judged = false;
    }
    for (std::uint32_t g = 0; g < state.groups.size(); ++g) {
        RuleGroup& group = state.groups[g];
        if (group.ends_at <= now) datapath::finish(spec, world, turn, g);
        if (group.ends_at == sim::Time::never() && group.starts_at <= now) datapath::start(spec, world, group, now);
        next = std::min(next, datapath::next_step(group));
    }
    for (std::uint32_t service = 0; service < state.services.size(); ++service) {
        const auto& ends = state.services[service].ends;
        const bool may_be_reused = !ends.empty() && ends.front().at + datapath::rest_of_addresses(spec) <= now;
        if (may_be_reused) datapath::judge_anew(spec, world, service);
    }
    next = std::min(next, datapath::next_rested(spec, state, now));
    for (NodeDataPath& row : state.nodes) {
        if (row.services != ServicePath::coming) continue;
        if (row.works_at <= now) {
            row.services = ServicePath::rules;
            row.works_at = sim::Time::never();
            row.is_due = true;
            for (const ClassShare& share : row.shares) state.classes[share.of_class].is_judged = false;
        }
        next = std::min(next, row.works_at);
    }
    data_path_steps_at(world, turn, next);
    dns_changes(spec, world, turn);
    requests_change(world, turn);
}

}  // namespace eks

// How long kernels lag behind the cluster (DPC-50 to DPC-54). All nodes of a group hear of a change at the same moment
// and take as long to write it, so that they are one: what differs between them by chance is left out.
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
    if (group.is_of_balancers) return false;
    return !group.path.is_ebpf() || group.path.rules() != Mode::none;
}

// Whose rules a change has to reach: eBPF's maps, or kube-proxy's rules.
Mode writer_of(const DataPath& path) {
    if (path.is_ebpf() && (path.socket_lb || path.rules() == Mode::none)) return path.mode;
    return path.rules();
}

// DPD-13, DPC-50: what kube-proxy lists of nftables before it changes something.
NftListing listing_of(const Spec& spec) {
    constexpr int lists_all_from = 36;
    return spec.kubernetes.minor >= lists_all_from ? NftListing::whole_table : NftListing::none;
}

double period_of(const Spec& spec, const RuleGroup& group) {
    if (group.is_of_balancers) return 0;
    const bool waits = !group.path.is_ebpf() || !group.path.socket_lb;
    return waits && is_written_by_kube_proxy(group) ? spec.data_paths.kube_proxy.min_sync_period.in_seconds() : 0;
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

void start(const Spec& spec, World& world, RuleGroup& group, sim::Time now) {
    group.in_hand.swap(group.changed);
    group.changed.clear();
    group.writes.clear();
    group.ended.clear();
    for (const std::uint32_t service : group.in_hand) {
        group.writes.push_back(world.data_path.written[service]);
        group.ended.push_back(world.data_path.services[service].ended);
    }
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

void finish(World& world, Turn& turn, std::uint32_t g) {
    RuleGroup& group = world.data_path.groups[g];
    for (std::size_t i = 0; i < group.in_hand.size(); ++i) group.kernel[group.in_hand[i]] = group.writes[i];
    ++group.version;
    if (!group.is_of_balancers)
        turn.note(RulesWrittenFact{g, static_cast<std::int32_t>(group.in_hand.size()), turn.now() - group.in_hand_since,
                                   turn.now() - group.started});
    group.in_hand.clear();
    group.writes.clear();
    group.ended.clear();
    group.ends_at = sim::Time::never();
    if (group.changed.empty()) return;
    group.starts_at = std::max(group.starts_at, turn.now());
}

// A sync that takes longer than an address rests: from then on it may be another pod's (DPS-17).
sim::Time rest_is_over(const Spec& spec, const RuleGroup& group) {
    return group.started + of_seconds(spec.data_paths.coefficients[Coefficient::address_rest]);
}

sim::Time next_step(const Spec& spec, const RuleGroup& group, sim::Time now) {
    if (group.is_frozen) return sim::Time::never();
    if (group.ends_at == sim::Time::never()) return group.starts_at;
    const sim::Time rests = rest_is_over(spec, group);
    return rests > now ? std::min(rests, group.ends_at) : group.ends_at;
}

// The open connections to an endpoint end with it.
void end_connections_to_one(const Spec& spec, World& world, std::uint32_t service, sim::Time now) {
    const EndpointCounts& counts = world.data_path.services[service];
    const double before = static_cast<double>(counts.added - counts.ended) + 1;
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

double wrong_pod_share(const Spec& spec, const RuleGroup& group, std::uint32_t service, sim::Time now) {
    if (group.ends_at == sim::Time::never() || now < rest_is_over(spec, group)) return 0;
    const auto place = std::ranges::lower_bound(group.in_hand, service);
    if (place == group.in_hand.end() || *place != service) return 0;
    const std::uint32_t ended = group.ended[static_cast<std::size_t>(place - group.in_hand.begin())];
    const KernelVersion& kernel = group.kernel[service];
    if (ended <= kernel.removed || kernel.endpoints() == 0) return 0;
    return std::min(1.0, static_cast<double>(ended - kernel.removed) / kernel.endpoints());
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
        switch (change) {
            case EndpointChange::added: ++counts.added; break;
            case EndpointChange::removed: ++counts.removed; break;
            case EndpointChange::ended: ++counts.ended; break;
        }
        if (change != EndpointChange::ended) continue;
        datapath::end_connections_to_one(spec, world, service, turn.now());
        datapath::judge_anew(spec, world, service);
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
    state.written[service] = {counts.added, counts.removed};
    for (RuleGroup& group : state.groups) {
        if (group.is_frozen) continue;
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
        for (const std::uint32_t service : group.in_hand) datapath::judge_anew(spec, world, service);
        if (group.ends_at <= now) datapath::finish(world, turn, g);
        if (group.ends_at == sim::Time::never() && group.starts_at <= now) datapath::start(spec, world, group, now);
        next = std::min(next, datapath::next_step(spec, group, now));
    }
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

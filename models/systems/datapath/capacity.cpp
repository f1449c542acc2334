#include "models/systems/datapath/capacity.hpp"

#include "models/systems/datapath/latency.hpp"
#include "models/systems/datapath/port_pool.hpp"
#include "models/systems/datapath/ramps.hpp"

#include <map>
#include <utility>

namespace eks::datapath {

namespace {

using enum Coefficient;

Call call_of(const NodeClass& one) {
    Call call;
    switch (one.role) {
        case Role::client: call.route = Route::cross_node; break;
        case Role::server: call.route = one.is_targeted ? Route::ip_target : Route::cross_node; break;
        case Role::both: call.route = Route::same_node; break;
        case Role::entry: call.route = Route::instance_target; break;
        case Role::egress: call.route = Route::egress; break;
    }
    call.is_to_service = one.is_to_service;
    call.endpoints = one.endpoints;
    call.local_share = one.local_share;
    call.layer7 = one.layer7;
    call.proxy = one.proxy;
    return call;
}

// What crosses the node's interface in a second, and how often each connection does so.
struct Crossing {
    double bytes_in = 0;
    double bytes_out = 0;
    double times = 1;
};
Crossing crossing_of(const NodeClass& one) {
    const double requests = one.connections_per_second * one.flow.requests;
    const double asked = requests * one.flow.request_bytes;
    const double answered = requests * one.flow.answer_bytes;
    switch (one.role) {
        case Role::client:
        case Role::egress: return {answered, asked, 1};
        case Role::server: return {asked, answered, 1};
        case Role::both: return {0, 0, 0};
        case Role::entry: {
            const double passed_on = 1 - one.local_share;
            return {asked + passed_on * answered, answered + passed_on * asked, 1 + passed_on};
        }
    }
    return {};
}

// A table as it fills with traffic: each class's entries grow with it until its sources and ports are used up.
Limit table_limit(LimitKind kind, double cap, const std::vector<Newcomers>& newcomers) {
    Limit limit{kind, occupancy(newcomers), cap, {}};
    std::vector<Ramp> ramps;
    constexpr double without_end = 1e300;
    for (const Newcomers& one : newcomers) {
        const double entries = one.per_second * one.hold_seconds;
        if (entries > 0) ramps.push_back({entries, one.entries_most ? *one.entries_most / entries : without_end});
    }
    limit.multiple = reaches_at(0, ramps, cap);
    return limit;
}

Limit rate_limit(LimitKind kind, double used, double cap) {
    Limit limit{kind, used, cap, {}};
    if (used > 0) limit.multiple = cap / used;
    return limit;
}

std::vector<Newcomers> newcomers_of(ConnectionTable table, const DataPath& path, const NodeDemand& demand,
                                    const Coefficients& c) {
    std::vector<Newcomers> all;
    for (const NodeClass& one : demand.classes) {
        double entries = 1;
        if (table == ConnectionTable::bpf && visit_of(path, demand.rules, one).is_translated) entries = c[bpf_entries];
        if ((table == ConnectionTable::ec2 || table == ConnectionTable::ec2_nitro6) && one.role == Role::both) continue;
        Newcomers some{
            one.connections_per_second * entries, one.flow.life_seconds + closing_seconds(table, one.ending, c), {}};
        if (one.entries_most) some.entries_most = *one.entries_most * entries;
        all.push_back(some);
    }
    return all;
}

void add_ports(const DataPath& path, const NodeDemand& demand, const Coefficients& c, const NodeLimits& node,
               std::vector<Limit>& limits) {
    if (path.masquerade == Masquerade::none) return;
    const auto table = path.masquerade == Masquerade::ebpf ? ConnectionTable::bpf : ConnectionTable::conntrack;
    std::map<std::pair<std::int32_t, Protocol>, double> wanted;  // DPC-36

    for (const NodeClass& one : demand.classes) {
        if (one.role != Role::egress) continue;
        wanted[{one.destination, one.flow.protocol}] +=
            one.connections_per_second * (one.flow.life_seconds + closing_seconds(table, one.ending, c));
    }
    for (const auto& [pool, ports] : wanted) {
        const double cap =
            path.masquerade == Masquerade::ebpf ? node.ports_of_programs.value_or(c[ports_node]) : c[ports_node];
        Limit limit = rate_limit(LimitKind::source_ports, ports, cap);
        limit.destination = pool.first;
        limit.protocol = pool.second;
        limits.push_back(limit);
    }
}

}  // namespace

std::string_view text_of(LimitKind kind) {
    switch (kind) {
        case LimitKind::cores: return "cores";
        case LimitKind::conntrack: return "conntrack";
        case LimitKind::bpf_map: return "bpf_map";
        case LimitKind::lb_map: return "lb_map";
        case LimitKind::source_ports: return "source_ports";
        case LimitKind::ec2_tracking: return "ec2_tracking";
        case LimitKind::bytes_in: return "bytes_in";
        case LimitKind::bytes_out: return "bytes_out";
        case LimitKind::packets: return "packets";
        case LimitKind::resolver: return "resolver";
    }
    return "";
}

Visit visit_of(const DataPath& path, const RuleTable& rules, const NodeClass& one) {
    const double position = one.position.value_or(mean_position(rules.services));
    const std::vector<Visit> visits = path_of(path, rules, call_of(one), position);
    return one.role == Role::server ? visits.back() : visits.front();
}

Capacity capacity_of(const DataPath& path, const Coefficients& c, const NodeDemand& demand, const NodeLimits& limits) {
    Capacity capacity;
    Crossing crossing;
    double packets = 0;
    for (const NodeClass& one : demand.classes) {
        const Visit visit = visit_of(path, demand.rules, one);
        capacity.cores += one.connections_per_second * 1e-6 * whole_work(path, c, demand.rules, one.flow, visit);
        const Crossing own = crossing_of(one);
        crossing.bytes_in += own.bytes_in;
        crossing.bytes_out += own.bytes_out;
        // EC2's allowance counts what crosses the wire; what leaves the VPC goes in small packets.
        const double segment = c[one.role == Role::egress ? tcp_segment_internet : tcp_segment_vpc];
        packets += own.times * one.connections_per_second * packets_on_the_wire(one.flow, segment);
    }
    const double cores = capacity.cores.total() + demand.application_cores;
    capacity.load = load_of(capacity.cores.total(), demand.application_cores, limits.cores);

    std::vector<Limit>& list = capacity.limits;
    list.push_back(rate_limit(LimitKind::cores, cores, limits.cores));
    if (limits.conntrack && path.tracks_connections())
        list.push_back(table_limit(LimitKind::conntrack, *limits.conntrack,
                                   newcomers_of(ConnectionTable::conntrack, path, demand, c)));
    if (limits.bpf_map && path.is_ebpf())
        list.push_back(
            table_limit(LimitKind::bpf_map, *limits.bpf_map, newcomers_of(ConnectionTable::bpf, path, demand, c)));
    if (limits.lb_map && path.is_ebpf()) {
        // It fills with Services, not with traffic.
        Limit map{LimitKind::lb_map, lb_entries(demand.rules.services, demand.rules.endpoints), *limits.lb_map, {}};
        if (map.used > map.cap) map.multiple = 0;
        list.push_back(map);
    }
    add_ports(path, demand, c, limits, list);
    if (limits.ec2_tracking) {
        const auto table = limits.has_nitro_6 ? ConnectionTable::ec2_nitro6 : ConnectionTable::ec2;
        list.push_back(
            table_limit(LimitKind::ec2_tracking, *limits.ec2_tracking, newcomers_of(table, path, demand, c)));
    }
    if (limits.bytes_in_per_second)
        list.push_back(rate_limit(LimitKind::bytes_in, crossing.bytes_in, *limits.bytes_in_per_second));
    if (limits.bytes_out_per_second)
        list.push_back(rate_limit(LimitKind::bytes_out, crossing.bytes_out, *limits.bytes_out_per_second));
    if (limits.packets_per_second) list.push_back(rate_limit(LimitKind::packets, packets, *limits.packets_per_second));
    if (demand.resolver_packets_per_second > 0)
        list.push_back(rate_limit(LimitKind::resolver, demand.resolver_packets_per_second, c[resolver_packets]));

    for (std::size_t i = 1; i < list.size(); ++i) {
        const auto& best = list[capacity.first].multiple;
        if (list[i].multiple && (!best || *list[i].multiple < *best)) capacity.first = i;
    }
    return capacity;
}

std::vector<ModeCapacity> capacity_by_mode(const DataPath& now, const Coefficients& c, const NodeDemand& demand,
                                           const NodeLimits& limits) {
    const double today = capacity_of(now, c, demand, limits).cores.total();
    std::vector<ModeCapacity> modes;
    for (const Mode mode : all_modes) {
        if (mode == Mode::none) continue;  // no Service would work
        DataPath path = plain_data_path(mode);
        path.hubble = path.is_ebpf() ? now.hubble : Hubble::off;
        if (now.masquerade == Masquerade::none) path.masquerade = Masquerade::none;
        ModeCapacity one{mode, capacity_of(path, c, demand, limits), 0};
        if (today > 0) one.avoided_share = 1 - one.capacity.cores.total() / today;
        modes.push_back(std::move(one));
    }
    return modes;
}

}  // namespace eks::datapath

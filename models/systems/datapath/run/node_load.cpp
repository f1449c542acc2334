// What a node's network does at the rates of now: cores at work, tables, allowances (DPC-13 to DPC-16, DPC-30 to
// DPC-40). It costs as much as there are classes on the node (DPC-62).
#include "models/systems/datapath/fill.hpp"
#include "models/systems/datapath/latency.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/datapath/table_fill.hpp"
#include "models/systems/datapath/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace eks::datapath {

namespace {

constexpr double micro = 1e-6;
constexpr std::array connection_tables{ConnectionTable::conntrack, ConnectionTable::bpf, ConnectionTable::ec2};
static_assert(connection_tables.size() == node_table_count);

// Entries that connections ask for a second, and how long each stays.
struct Entries {
    double per_second = 0;
    double seconds = 0;  // summed over them
};

struct NodeSums {
    Work us;
    double connections = 0;
    double packets = 0;
    double bytes_in = 0;
    double bytes_out = 0;
    std::array<Entries, node_table_count> entries;
};

void add_class(const Spec& spec, const DataPath& path, const ClassShare& share, const ClassDataPath& one,
               const ClassWork& work, NodeSums& sums) {
    const double attempts = one.attempts;
    const double reaching = one.reaching;
    const Coefficients& c = spec.data_paths.coefficients;
    const ClassView view = class_view(spec, share.of_class);
    const bool is_udp = view.traffic != nullptr && view.traffic->connections.protocol == Protocol::udp;
    const Ending ending = is_udp ? Ending::udp : Ending::closed;
    const double life = hold_seconds(spec, share.of_class);
    for (std::size_t r = 0; r < node_role_count; ++r) {
        const double per_second = attempts * share.roles[r] * (r == ix(NodeRole::server) ? reaching : 1);
        if (per_second <= 0) continue;
        sums.connections += per_second;
        for (std::size_t part = 0; part < part_count; ++part)
            sums.us.parts[part] += per_second * work.roles[r].parts_us[part];
        // What stays on the node meets no network card; what comes in for another node meets it twice.
        const double cards = r == ix(NodeRole::both) ? 0 : r == ix(NodeRole::entry) ? 2 : 1;
        sums.packets += cards * per_second * work.roles[r].packets;
        for (std::size_t t = 0; t < node_table_count; ++t) {
            double each = 1;
            // A connection whose address the programs replace per packet has two entries (DPC-35).
            const bool asks_service = r != ix(NodeRole::server) && !(r == ix(NodeRole::client) && view.is_sent_round());
            const bool is_translated = asks_service && view.is_to_service() && !path.socket_lb;
            if (connection_tables[t] == ConnectionTable::bpf && is_translated) each = c[Coefficient::bpf_entries];
            if (connection_tables[t] == ConnectionTable::ec2 && cards == 0) continue;
            sums.entries[t].per_second += per_second * each;
            sums.entries[t].seconds += per_second * each * (life + closing_seconds(connection_tables[t], ending, c));
        }
    }
    if (view.traffic == nullptr) return;
    const RequestCost& request = view.traffic->request;
    const double requests = attempts * view.traffic->connections.requests;
    const double asked = requests * static_cast<double>(request.bytes_in);
    const double answered = requests * static_cast<double>(request.bytes_out);
    const double client = share.roles[ix(NodeRole::client)];
    const double server = share.roles[ix(NodeRole::server)] * reaching;
    const double entry = share.roles[ix(NodeRole::entry)];
    sums.bytes_out += client * asked + server * answered + entry * (asked + answered);
    sums.bytes_in += client * answered + server * asked + entry * (asked + answered);
}

// Cores that pods which answer requests use here.
double application_cores(const Spec& spec, const World& world, NodeId node) {
    double cores = 0;
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        const UsageIx usage = spec[pod.pod_template].usage;
        if (!usage.valid() || !spec.usages[usage.value].follows_traffic || pod.stage != PodStage::ready) continue;
        cores += world.traffic.servers[spec.usages[usage.value].server].cores;
    }
    return cores;
}

// DPC-39: the lost share of what goes one way, and the credit that is left for it.
double lost_one_way(const Spec& spec, const NodeShape& shape, double demand, BandwidthCredit& credit, sim::Time now) {
    const auto baseline = static_cast<double>(shape.network_baseline_bytes_per_second);
    const auto sold_with = static_cast<double>(shape.network_bytes_per_second);
    if (baseline <= 0) return 0;
    const NetworkAllowances& allowances = spec.data_paths.allowances;
    const double burst = std::max(baseline, allowances.burst_bytes_per_second.value_or(sold_with));
    TokenBucket bucket = bandwidth_bucket(baseline, burst, allowances.credit_minutes);
    // A node begins with all of its credit.
    if (credit.as_of != sim::Time::never())
        bucket.level =
            std::clamp(credit.level + credit.change * (now - credit.as_of).in_seconds(), 0.0, bucket.capacity);
    // What is left for less than a microsecond is nothing: time goes in those.
    if (bucket.level < burst * micro) bucket.level = 0;
    const double served = served_per_second(bucket, demand);
    credit = {bucket.level, baseline - served, now};
    return excess_of(demand, served, spec.data_paths.coefficients).lost_share;
}

sim::Time spent_at(const BandwidthCredit& credit) {
    if (credit.as_of == sim::Time::never() || credit.change >= 0 || credit.level <= 0) return sim::Time::never();
    const double seconds = credit.level / -credit.change;
    constexpr double most = 1e12;
    const auto us = static_cast<std::int64_t>(std::ceil(std::min(seconds, most) / micro));
    return credit.as_of + sim::Duration::microseconds(us);
}

}  // namespace

void load_node(const Spec& spec, World& world, sim::Time now, NodeDataPath& row) {
    const DataPathState& state = world.data_path;
    const RuleGroup& group = state.groups[row.group];
    const NodeShape& shape = spec[world.nodes[row.node].shape];
    const Coefficients& c = spec.data_paths.coefficients;
    NodeSums sums;
    for (const ClassShare& share : row.shares)
        add_class(spec, group.path, share, state.classes[share.of_class], group.work[share.of_class], sums);

    const double cores = std::max(1, shape.vcpus);
    for (std::size_t part = 0; part < part_count; ++part) row.cores[part] = sums.us.parts[part] * micro;
    row.application_cores = application_cores(spec, world, row.node);
    row.load = load_of(sums.us.total() * micro, row.application_cores, cores);
    row.queue_factor = queue_factor(row.load, cores, c);
    row.time_factor = work_factor(row.load, c) * row.queue_factor;
    row.new_connections = sums.connections;
    row.packets = sums.packets;
    row.bytes_in = sums.bytes_in;
    row.bytes_out = sums.bytes_out;
    for (std::size_t t = 0; t < node_table_count; ++t) {
        const Entries& entries = sums.entries[t];
        const double hold = entries.per_second > 0 ? entries.seconds / entries.per_second : row.tables[t].hold_seconds;
        ask(row.tables[t], now, entries.per_second, hold);
    }
    const double arrives = 1 - lost_one_way(spec, shape, row.bytes_in, row.credit_in, now);
    const double leaves = 1 - lost_one_way(spec, shape, row.bytes_out, row.credit_out, now);
    const double packets = spec.data_paths.allowances.packets_per_second.value_or(row.packets);
    const double passes = 1 - excess_of(row.packets, std::min(row.packets, packets), c).lost_share;
    row.lost_share = 1 - arrives * leaves * passes;
    count_entries(row, now);
    row.is_due = false;
}

void count_entries(NodeDataPath& row, sim::Time now) {
    for (std::size_t t = 0; t < node_table_count; ++t)
        row.told_entries[t] = static_cast<std::int64_t>(entries_at(row.tables[t], now) + 0.5);
}

bool is_moving(const NodeDataPath& row, sim::Time now) {
    constexpr double hardly_any = 0.01;  // of the limit
    return std::ranges::any_of(row.tables, [&](const TableFill& table) {
        if (table.limit <= 0 || table.phase != TableFill::Phase::open) return false;
        if (std::max(entries_at(table, now), table.asked * table.hold_seconds) < hardly_any * table.limit) return false;
        return !is_steady(table, now);
    });
}

sim::Time next_change(const NodeDataPath& row) {
    sim::Time next = std::min(spent_at(row.credit_in), spent_at(row.credit_out));
    for (const TableFill& table : row.tables) next = std::min(next, next_change(table));
    return next;
}

}  // namespace eks::datapath

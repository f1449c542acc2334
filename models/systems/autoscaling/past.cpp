#include "models/systems/autoscaling/past.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace eks {

namespace {

constexpr double micros_a_second = 1e6;

double seconds_from(sim::Time begin, std::int64_t at_us) {
    return static_cast<double>(at_us - begin.us()) / micros_a_second;
}

ServerPast grown_to(ServerPast row, std::int64_t at_us) {
    const double seconds = seconds_from(row.at, at_us);
    row.core_seconds += row.cores * seconds;
    row.requests += row.per_second * seconds;
    row.requests_of_pod += row.per_second_of_pod * seconds;
    return row;
}

// The row that holds at an instant; the first one before that.
template <class Row>
const Row& row_at(const std::vector<Row>& rows, std::int64_t at_us) {
    const auto later = std::ranges::upper_bound(rows, at_us, {}, [](const Row& row) { return row.at.us(); });
    return later == rows.begin() ? rows.front() : *std::prev(later);
}

// Nobody looks behind the last row that was in force at `from`.
template <class Row>
void forget(std::vector<Row>& rows, sim::Time from) {
    const auto later = std::ranges::upper_bound(rows, from, {}, &Row::at);
    if (later != rows.begin()) rows.erase(rows.begin(), std::prev(later));
}

template <class Row>
void keep(std::vector<Row>& rows, const Row& row, sim::Time forget_before) {
    if (!rows.empty() && rows.back().at == row.at)
        rows.back() = row;
    else
        rows.push_back(row);
    forget(rows, forget_before);
}

bool same_rates(const ServerPast& a, const ServerPast& b) {
    return a.cores == b.cores && a.per_second == b.per_second && a.per_second_of_pod == b.per_second_of_pod &&
           a.memory == b.memory;
}

ServerPast server_now(const TrafficServerState& state, const std::vector<ServerPast>& rows, sim::Time now) {
    ServerPast row;
    if (!rows.empty()) row = grown_to(rows.back(), now.us());
    row.at = now;
    row.core_seconds = state.core_seconds_at(now);
    row.cores = state.cores;
    row.per_second = state.per_second;
    row.per_second_of_pod = state.pods > 0 ? state.per_second / static_cast<double>(state.pods) : 0;
    row.memory = state.memory;
    return row;
}

QueuePast queue_now(const MessageQueue& queue, const MessageQueueState& state, sim::Time now) {
    const double growth = state.comes - state.goes;
    return {now, state.length_at(now), state.length > 0 || growth > 0 ? growth : 0,
            state.goes * queue.work.in_seconds()};
}

}  // namespace

bool note_past(const Spec& spec, World& world, sim::Time now) {
    PodScalingState& past = world.pod_scaling;
    past.servers.resize(spec.traffic.servers.size());
    past.queues.resize(spec.traffic.queues.size());
    const sim::Time forget_before = now - spec.pod_scaling.horizon;
    bool any = false;
    for (std::size_t i = 0; i < past.servers.size(); ++i) {
        const ServerPast row = server_now(world.traffic.servers[i], past.servers[i], now);
        if (!past.servers[i].empty() && same_rates(past.servers[i].back(), row)) continue;
        keep(past.servers[i], row, forget_before);
        any = true;
    }
    for (std::size_t q = 0; q < past.queues.size(); ++q) {
        const QueuePast row = queue_now(spec.traffic.queues[q], world.traffic.queues[q], now);
        const bool is_same = !past.queues[q].empty() && past.queues[q].back().growth == row.growth &&
                             past.queues[q].back().in_flight == row.in_flight &&
                             (row.growth != 0 || past.queues[q].back().length == row.length);
        if (is_same) continue;
        keep(past.queues[q], row, forget_before);
        any = true;
    }
    return any;
}

ServerPast server_at(const World& world, std::uint32_t server, std::int64_t at_us) {
    const auto& rows = world.pod_scaling.servers;
    if (server >= rows.size() || rows[server].empty()) return {};
    return grown_to(row_at(rows[server], at_us), at_us);
}

QueuePast queue_at(const World& world, std::uint32_t queue, std::int64_t at_us) {
    const auto& rows = world.pod_scaling.queues;
    if (queue >= rows.size() || rows[queue].empty()) return {};
    QueuePast row = row_at(rows[queue], at_us);
    // Before the run it was as long as at its beginning.
    row.length = std::max(row.length + row.growth * std::max(seconds_from(row.at, at_us), 0.0), 0.0);
    return row;
}

bool queue_moves_since(const World& world, std::uint32_t queue, std::int64_t at_us) {
    const auto& rows = world.pod_scaling.queues;
    if (queue >= rows.size() || rows[queue].empty()) return false;
    const auto& of_queue = rows[queue];
    return of_queue.back().at.us() > at_us || of_queue.back().growth != 0;
}

}  // namespace eks

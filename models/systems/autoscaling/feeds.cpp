#include "models/systems/autoscaling/feeds.hpp"

#include "models/systems/autoscaling/keda/scalers.hpp"
#include "models/systems/autoscaling/metric_chain.hpp"
#include "models/systems/autoscaling/metrics_server.hpp"
#include "models/systems/autoscaling/past.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace eks {

namespace {

constexpr double thousandths = 1e3;
constexpr double micros = 1e6;

// The mean rate of a counter over the feed's window up to an instant.
template <class CounterAt, class RateAt>
double rate_at(const Feed& feed, std::int64_t at_us, const CounterAt& counter_at, const RateAt& rate_at_instant) {
    const std::int64_t window = feed.window.us();
    if (window == 0) return rate_at_instant(at_us);
    return (counter_at(at_us) - counter_at(at_us - window)) * micros / static_cast<double>(window);
}

double requests_of(const World& world, const Feed& feed, std::int64_t at_us) {
    double sum = 0;
    for (const std::uint32_t server : feed.servers) {
        sum += rate_at(
            feed, at_us, [&](std::int64_t at) { return server_at(world, server, at).requests; },
            [&](std::int64_t at) { return server_at(world, server, at).per_second; });
    }
    return sum;
}

// Whole messages, as a queue counts them.
std::int64_t whole(double messages) { return static_cast<std::int64_t>(std::floor(messages + 0.5)); }

double messages_of(const World& world, const ScalerMetric& metric, std::int64_t at_us) {
    const Feed& feed = metric.feed;
    const QueuePast queue = queue_at(world, feed.queue, at_us);
    if (feed.partitions > 0) {
        // KEDA-9: messages spread over the partitions evenly.
        std::vector<std::int64_t> lags(static_cast<std::size_t>(feed.partitions));
        const std::int64_t all = whole(queue.length);
        for (std::size_t i = 0; i < lags.size(); ++i) {
            const auto count = static_cast<std::int64_t>(lags.size());
            lags[i] = all / count + (static_cast<std::int64_t>(i) < all % count ? 1 : 0);
        }
        keda::KafkaSettings settings;
        settings.lag_threshold = std::max<std::int64_t>(metric.metric.target / 1000, 1);
        settings.allows_idle_consumers = feed.allows_idle_consumers;
        settings.is_limited_to_partitions_with_lag = feed.is_limited_to_partitions_with_lag;
        return static_cast<double>(keda::kafka_lag(lags, settings));
    }
    keda::SqsSettings settings;
    settings.counts_in_flight = feed.counts_in_flight;
    return static_cast<double>(keda::sqs_queue_length({whole(queue.length), whole(queue.in_flight), 0}, settings));
}

std::int64_t unix_micros(const Spec& spec, sim::Time now) { return spec.start_unix_seconds * 1'000'000 + now.us(); }

const TimeZone& zone_of(const Spec& spec, const CronWindow& window) {
    static const TimeZone utc;
    return window.zone < 0 ? utc : spec.time_zones[static_cast<std::size_t>(window.zone)];
}

// The latest instant at or before this one at which it fires, within four years.
std::optional<std::int64_t> last_activation(const CronSchedule& schedule, const TimeZone& zone, std::int64_t at_us) {
    constexpr std::int64_t hour = 3'600'000'000;
    for (const std::int64_t back : {hour, 24 * hour, 24 * 32 * hour, 24 * 366 * hour, 24 * 1'461 * hour}) {
        std::optional<std::int64_t> last;
        for (auto next = next_activation(schedule, zone, at_us - back); next && *next <= at_us;
             next = next_activation(schedule, zone, *next))
            last = next;
        if (last) return last;
    }
    return std::nullopt;
}

}  // namespace

bool is_within(const Spec& spec, const CronWindow& window, sim::Time now) {
    const TimeZone& zone = zone_of(spec, window);
    const std::int64_t at = unix_micros(spec, now);
    return keda::is_within_cron(last_activation(window.start, zone, at), last_activation(window.end, zone, at));
}

sim::Time next_change_of(const Spec& spec, const CronWindow& window, sim::Time now) {
    const TimeZone& zone = zone_of(spec, window);
    const std::int64_t at = unix_micros(spec, now);
    sim::Time next = sim::Time::never();
    for (const CronSchedule* schedule : {&window.start, &window.end}) {
        if (const auto due = next_activation(*schedule, zone, at))
            next = std::min(next, now + sim::Duration::microseconds(*due - at));
    }
    return next;
}

std::optional<std::int64_t> value_of_feed(const Spec& spec, const World& world, const ScalerMetric& metric,
                                          sim::Time now) {
    const auto seen = seen_at(spec, world, metric.feed, now);
    if (!seen) return std::nullopt;
    const std::int64_t at_us = *seen;
    switch (metric.feed.kind) {
        case FeedKind::nothing:
        case FeedKind::usage:
        case FeedKind::formula: break;  // the adapter answers it, see keda/adapter.hpp
        case FeedKind::requests: return keda::metric_milli(requests_of(world, metric.feed, at_us));
        case FeedKind::queue: return keda::metric_milli(messages_of(world, metric, at_us));
        case FeedKind::cron:
            // Outside of its time KEDA's scaler asks for one.
            return (is_within(spec, metric.feed.cron, now) ? metric.feed.cron.replicas : 1) * 1000;
    }
    return std::nullopt;
}

std::optional<std::int64_t> activity_of_feed(const Spec& spec, const World& world, const ScalerMetric& metric,
                                             sim::Time now) {
    if (metric.feed.kind == FeedKind::cron) return is_within(spec, metric.feed.cron, now) ? 1000 : 0;
    ScalerMetric whole_lag = metric;
    whole_lag.feed.partitions = 0;
    return value_of_feed(spec, world, whole_lag, now);
}

std::optional<std::int64_t> value_of_pod(const Spec& spec, const World& world, const Feed& feed, PodId id,
                                         sim::Time now) {
    if (feed.kind != FeedKind::requests || feed.servers.empty()) return std::nullopt;
    const auto seen = seen_at(spec, world, feed, now);
    if (!seen) return std::nullopt;
    const Pod& pod = world.pods[id];
    const std::int64_t until = *seen;
    const std::int64_t started = is_from_before(spec, pod) ? long_ago_us : pod.started.us();
    if (!containers_run(pod) || started > until) return std::nullopt;
    if (!counts_as_ready(pod)) return std::int64_t{0};
    const std::int64_t ready = ready_since_us(spec, world, id);
    if (ready >= until) return std::int64_t{0};
    const std::uint32_t server = feed.servers.front();
    const std::int64_t from = std::max(ready, until - feed.window.us());
    const double rate =
        from == until
            ? server_at(world, server, until).per_second_of_pod
            : (server_at(world, server, until).requests_of_pod - server_at(world, server, from).requests_of_pod) *
                  micros / static_cast<double>(until - from);
    // Prometheus' adapter cuts off what is below a thousandth; the rest is our arithmetic's.
    constexpr double rounding = 1e-6;
    return static_cast<std::int64_t>(std::floor(rate * thousandths + rounding));
}

bool feed_moves(const Spec& spec, const World& world, const Feed& feed, sim::Time now) {
    return feed.kind == FeedKind::queue &&
           queue_moves_since(world, feed.queue, (now - longest_delay(spec.pod_scaling, feed)).us());
}

}  // namespace eks

#include "models/systems/autoscaling/metrics_server.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/past.hpp"
#include "models/systems/autoscaling/scrapes.hpp"

#include <algorithm>

namespace eks {

namespace {

// Between two instants; `until_us` is not before `from_us`.
double core_seconds_of_trace(const Usage& usage, std::int64_t from_us, std::int64_t until_us) {
    constexpr double milli_micros_a_core_second = 1e9;
    double milli_micros = 0;
    for (std::size_t i = 0; i < usage.points.size(); ++i) {
        const std::int64_t begin = i == 0 ? from_us : std::max(usage.points[i].at.us(), from_us);
        const std::int64_t end =
            i + 1 < usage.points.size() ? std::min(usage.points[i + 1].at.us(), until_us) : until_us;
        if (end > begin)
            milli_micros += static_cast<double>(usage.points[i].cpu_milli) * static_cast<double>(end - begin);
    }
    return milli_micros / milli_micros_a_core_second;
}

const UsagePoint& point_at(const Usage& usage, std::int64_t at_us) {
    std::size_t i = 0;
    while (i + 1 < usage.points.size() && usage.points[i + 1].at.us() <= at_us) ++i;
    return usage.points[i];
}

// Pods get requests while they are ready: of a span, the part of it.
SampleSpan ready_part(const Spec& spec, const World& world, PodId id, SampleSpan span) {
    const std::int64_t since = ready_since_us(spec, world, id);
    if (counts_as_ready(world.pods[id])) return {std::clamp(since, span.from_us, span.to_us), span.to_us};
    return {span.from_us, std::clamp(since, span.from_us, span.to_us)};
}

PodUse used_within(const Spec& spec, const World& world, PodId id, const Usage& usage, SampleSpan span) {
    if (!usage.follows_traffic)
        return {core_seconds_of_trace(usage, span.from_us, span.to_us), point_at(usage, span.to_us).memory_bytes};
    const SampleSpan ready = ready_part(spec, world, id, span);
    const bool was_ever_ready = counts_as_ready(world.pods[id]) || world.pods[id].was_ready;
    const ServerPast at_last = server_at(world, usage.server, span.to_us);
    PodUse used;
    if (was_ever_ready && ready.window_us() > 0) {
        const double until = ready.to_us == span.to_us ? at_last.core_seconds
                                                       : server_at(world, usage.server, ready.to_us).core_seconds;
        used.core_seconds = until - server_at(world, usage.server, ready.from_us).core_seconds;
    }
    used.memory =
        ready.to_us == span.to_us && ready.window_us() > 0 ? at_last.memory : usage.points.front().memory_bytes;
    return used;
}

// When a node is read within a scrape.
std::int64_t offset_us(const Spec& spec, const sim::DrawSource& key, const Node& node, std::int64_t scrape,
                       std::int64_t spread_us) {
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key;
    const double share = sim::draw_unit(key, {stream::scrape, owner, node.ordinal, static_cast<std::uint32_t>(scrape)});
    return static_cast<std::int64_t>(share * static_cast<double>(spread_us));
}

bool is_answering(const Node& node) { return !node.health.is_silent() && node.has_instance(); }

std::int64_t start_in_readings(const Spec& spec, const Pod& pod) {
    return is_from_before(spec, pod) ? long_ago_us : pod.started.us();
}

PodSample sample_within(const Spec& spec, const World& world, PodId id, const Usage& usage, SampleSpan span) {
    const PodUse used = used_within(spec, world, id, usage, span);
    return {cpu_milli(used.core_seconds, span.window_us()), used.memory, span.to_us, span.window_us()};
}

std::int64_t start_of_first(const Spec& spec, const World& world, sim::Time now) {
    sim::Time first = now;
    for (const WorkloadIx ix : spec.pod_scaling.metrics_server.pods) {
        for (PodId id = world[ix].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            if (counts_as_ready(world.pods[id])) first = std::min(first, world.pods[id].started);
        }
    }
    return first.us();
}

}  // namespace

bool is_from_before(const Spec& spec, const Pod& pod) {
    return spec.opening == Opening::settled && pod.created == sim::Time::origin() && pod.restarts == 0 &&
           pod.started == sim::Time::origin() && pod.was_ready;
}

std::int64_t ready_since_us(const Spec& spec, const World& world, PodId id) {
    const Pod& pod = world.pods[id];
    const auto& rows = world.pod_scaling.ready_since;
    const sim::Time since = id.slot < rows.size() ? rows[id.slot] : sim::Time::origin();
    if (since == sim::Time::origin() && is_from_before(spec, pod)) return long_ago_us;
    // The slot may have been another pod's, whose times are earlier than this one's.
    return std::max(since, pod.scheduled).us();
}

std::optional<PodSample> sample_of_pod(const Spec& spec, const World& world, const sim::DrawSource& key, PodId id,
                                       sim::Time now) {
    const Pod& pod = world.pods[id];
    const Usage* usage = spec.usage_of(pod.workload);
    const LastScrape scrape(spec, world, now);
    if (!scrape.is_in() || usage == nullptr || !containers_run(pod) || !is_answering(world.nodes[pod.node]))
        return std::nullopt;
    const NodeReadings readings = scrape.readings_of(spec, key, world.nodes[pod.node]);
    const auto span =
        sample_span(start_in_readings(spec, pod), readings.before_us, readings.last_us, scrape.resolution_us());
    return span ? std::optional(sample_within(spec, world, id, *usage, *span)) : std::nullopt;
}

LastScrape::LastScrape(const Spec& spec, const World& world, sim::Time now)
    : first_us_(world.pod_scaling.metrics_server.first_us),
      resolution_us_(spec.pod_scaling.metrics_server.resolution.us()),
      spread_us_(scrape_spread_us(static_cast<std::int64_t>(world.node_order.size()))) {
    if (world.pod_scaling.metrics_server.serves) number_ = last_scrape(first_us_, resolution_us_, spread_us_, now.us());
}

NodeReadings LastScrape::readings_of(const Spec& spec, const sim::DrawSource& key, const Node& node) const {
    const auto at = [&](std::int64_t scrape) {
        return first_us_ + scrape * resolution_us_ + offset_us(spec, key, node, scrape, spread_us_);
    };
    return {number_ > 0 ? std::optional(at(number_ - 1)) : std::nullopt, at(number_)};
}

PodSampler::PodSampler(const Spec& spec, const World& world, const sim::DrawSource& key, sim::Time now)
    : spec_(spec), world_(world), key_(key), scrape_(spec, world, now), place_of_slot_(world.nodes.capacity_slots()) {}

PodSampler::OfNode& PodSampler::of_node(NodeId id) {
    std::uint32_t& place = place_of_slot_[id.slot];
    if (place == 0) {
        const Node& node = world_.nodes[id];
        OfNode& added = nodes_.emplace_back();
        place = static_cast<std::uint32_t>(nodes_.size());
        added.answers = is_answering(node);
        if (added.answers) added.readings = scrape_.readings_of(spec_, key_, node);
    }
    return nodes_[place - 1];
}

std::optional<PodSample> PodSampler::sample_of(PodId id) {
    const Pod& pod = world_.pods[id];
    const Usage* usage = spec_.usage_of(pod.workload);
    if (!scrape_.is_in() || usage == nullptr || !containers_run(pod)) return std::nullopt;
    OfNode& node = of_node(pod.node);
    if (!node.answers) return std::nullopt;
    const auto span = sample_span(start_in_readings(spec_, pod), node.readings.before_us, node.readings.last_us,
                                  scrape_.resolution_us());
    if (!span) return std::nullopt;
    const bool was_up_all_the_time =
        span->from_us == node.readings.before_us &&
        (!usage->follows_traffic ||
         (counts_as_ready(pod) && ready_since_us(spec_, world_, id) <= *node.readings.before_us));
    if (!was_up_all_the_time) return sample_within(spec_, world_, id, *usage, *span);
    if (node.usage != usage) {
        node.usage = usage;
        node.sample = sample_within(spec_, world_, id, *usage, *span);
    }
    return node.sample;
}

PodUse use_of_pod(const Spec& spec, const World& world, PodId pod, std::int64_t from_us, std::int64_t to_us) {
    return used_within(spec, world, pod, *spec.usage_of(world.pods[pod].workload), {from_us, to_us});
}

void open_metrics_server(const Spec& spec, World& world, const sim::DrawSource& key) {
    MetricsServerState& state = world.pod_scaling.metrics_server;
    const auto is_ready = [&](WorkloadIx ix) { return world[ix].ready > 0; };
    state.serves = std::ranges::any_of(spec.pod_scaling.metrics_server.pods, is_ready);
    if (!state.serves) return;
    // It has scraped for long, at a phase of its own.
    constexpr std::int64_t scrapes_before = 3;
    const std::int64_t resolution = spec.pod_scaling.metrics_server.resolution.us();
    const std::uint64_t owner = spec[spec.pod_scaling.metrics_server.pods.front()].stable_key;
    state.first_us = static_cast<std::int64_t>(sim::draw_unit(key, {stream::scrape_phase, owner, 0, 0}) *
                                               static_cast<double>(resolution)) -
                     scrapes_before * resolution;
}

void metrics_server_changes(const Spec& spec, World& world, sim::Time now) {
    MetricsServerState& state = world.pod_scaling.metrics_server;
    const auto is_ready = [&](WorkloadIx ix) { return world[ix].ready > 0; };
    const bool serves = std::ranges::any_of(spec.pod_scaling.metrics_server.pods, is_ready);
    // It scrapes from its start on. Other replicas do so on their own; the one that is asked is taken to be the first.
    if (serves && !state.serves) state.first_us = start_of_first(spec, world, now);
    state.serves = serves;
}

}  // namespace eks

// One look of the controller at a HorizontalPodAutoscaler: what it reads, what the decision makes of it, and what
// becomes of that.
#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/feeds.hpp"
#include "models/systems/autoscaling/hpa/loop.hpp"
#include "models/systems/autoscaling/hpa/policy.hpp"
#include "models/systems/autoscaling/hpa/readings.hpp"
#include "models/systems/autoscaling/hpa/reconcile.hpp"
#include "models/systems/autoscaling/keda/adapter.hpp"
#include "models/systems/autoscaling/metric_chain.hpp"
#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <optional>

namespace eks {

namespace {

// --- what is shown of it

void show_level(Turn& turn, std::uint32_t scaler, ScalerLevel level, std::int64_t change) {
    if (change != 0) turn.note(ScalerFact{scaler, level, static_cast<std::int32_t>(change)});
}

void show_condition(Turn& turn, std::uint32_t scaler, Shown& was, Shown is, ScalerLevel if_true, ScalerLevel if_false) {
    if (was == is) return;
    const auto count = [&](Shown shown, std::int64_t change) {
        if (shown != Shown::unset) show_level(turn, scaler, shown == Shown::is_true ? if_true : if_false, change);
    };
    count(was, -1);
    count(is, +1);
    was = is;
}

Shown shown(const std::optional<hpa::Condition>& condition, Shown before) {
    if (!condition) return before;
    return condition->is_true ? Shown::is_true : Shown::is_false;
}

void show_status(Turn& turn, std::uint32_t scaler, HorizontalScalerState& state, std::int32_t current,
                 std::int32_t desired) {
    show_level(turn, scaler, ScalerLevel::current_replicas, current - state.current);
    show_level(turn, scaler, ScalerLevel::desired_replicas, desired - state.desired);
    state.current = current;
    state.desired = desired;
}

void show_conditions(Turn& turn, std::uint32_t scaler, HorizontalScalerState& state, const hpa::Conditions& set) {
    using enum ScalerLevel;
    show_condition(turn, scaler, state.able_to_scale, shown(set.able_to_scale, state.able_to_scale), able_to_scale,
                   unable_to_scale);
    show_condition(turn, scaler, state.scaling_active, shown(set.scaling_active, state.scaling_active), scaling_active,
                   scaling_inactive);
    show_condition(turn, scaler, state.scaling_limited, shown(set.scaling_limited, state.scaling_limited),
                   scaling_limited, scaling_unlimited);
}

// --- one look

// The oldest of what was read; none: nothing was, or it is of no time.
std::optional<sim::Duration> age_of(const Spec& spec, const World& world, const ScalerMetric& metric,
                                    const hpa::Reading& reading, sim::Time now) {
    if (reading.has_failed) return std::nullopt;
    std::optional<std::int64_t> oldest;
    for (const auto& sample : reading.samples) {
        if (sample) oldest = std::min(oldest.value_or(sample->at_us), sample->at_us);
    }
    const bool is_of_feed = metric.feed.kind == FeedKind::requests || metric.feed.kind == FeedKind::queue;
    if (!oldest && is_of_feed && reading.samples.empty()) oldest = seen_at(spec, world, metric.feed, now);
    if (!oldest) return std::nullopt;
    return sim::Duration::microseconds(now.us() - *oldest);
}

std::vector<hpa::Proposal> proposals_of(const Spec& spec, World& world, Turn& turn, std::uint32_t ix) {
    const HorizontalScaler& scaler = spec.pod_scaling.horizontal[ix];
    const hpa::ScaledPods pods = hpa::pods_of(spec, world, scaler.target);
    const hpa::Scale scale{world[scaler.target].desired, world[scaler.target].active};
    std::vector<hpa::Proposal> proposals;
    for (const ScalerMetric& metric : scaler.metrics) {
        hpa::Reading reading = hpa::reading_of(spec, world, turn.key(), metric, pods, turn.now());
        keda::answer(spec, world, scaler, metric, pods, turn.now(), reading);
        if (const auto age = age_of(spec, world, metric, reading, turn.now())) turn.note(MetricAgeFact{ix, *age});
        proposals.push_back(
            hpa::proposal_of(metric.metric, reading, pods.views, scale, scaler.tolerances, {}, turn.now().us()));
    }
    return proposals;
}

// True if it has set another size.
bool look_at_target(const Spec& spec, World& world, Turn& turn, std::uint32_t ix) {
    const HorizontalScaler& scaler = spec.pod_scaling.horizontal[ix];
    HorizontalScalerState& state = world.pod_scaling.horizontal[ix];
    const std::int32_t replicas = world[scaler.target].desired;
    const hpa::Circumstances circumstances{replicas, state.was_scaled_to_zero, scaler.is_ambiguous, turn.now().us()};
    std::vector<hpa::Proposal> proposals;
    if (!scaler.is_ambiguous && hpa::goes_by_metrics(scaler.autoscaler, circumstances))
        proposals = proposals_of(spec, world, turn, ix);
    hpa::Outcome outcome = proposals.empty() || !state.policy.is_there()
                               ? hpa::reconcile(scaler.autoscaler, circumstances, proposals, std::move(state.memory))
                               : hpa::decided_by(state.policy, hpa::view_of(world, scaler, proposals, turn.now()),
                                                 std::move(state.memory));
    state.memory = std::move(outcome.memory);
    if (outcome.conditions.scaled_to_zero) state.was_scaled_to_zero = outcome.conditions.scaled_to_zero->is_true;
    show_status(turn, ix, state, world[scaler.target].active, outcome.replicas);
    show_conditions(turn, ix, state, outcome.conditions);
    if (!outcome.is_rescaled) return false;
    turn.note(RescaledFact{ix, outcome.replicas - replicas});
    set_desired(world, turn, scaler.target, outcome.replicas);
    sync_at(world, turn, scaler.target, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
    return true;
}

// What stands behind its metrics: with a formula of KEDA, all that the formula is made of.
const std::vector<ScalerMetric>& sources_of(const Spec& spec, const HorizontalScaler& scaler) {
    if (scaler.scaled_object < 0) return scaler.metrics;
    return spec.pod_scaling.objects[static_cast<std::size_t>(scaler.scaled_object)].triggers;
}

bool has_moving_feed(const Spec& spec, const World& world, const HorizontalScaler& scaler, sim::Time now) {
    return std::ranges::any_of(sources_of(spec, scaler),
                               [&](const ScalerMetric& metric) { return feed_moves(spec, world, metric.feed, now); });
}

sim::Time next_change_by_the_clock(const Spec& spec, const HorizontalScaler& scaler, sim::Time now) {
    sim::Time next = sim::Time::never();
    for (const ScalerMetric& metric : sources_of(spec, scaler)) {
        if (metric.feed.kind == FeedKind::cron) next = std::min(next, next_change_of(spec, metric.feed.cron, now));
    }
    return next;
}

}  // namespace

void open_horizontal_scalers(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t i = 0; i < spec.pod_scaling.horizontal.size(); ++i) {
        const HorizontalScaler& scaler = spec.pod_scaling.horizontal[i];
        HorizontalScalerState& state = world.pod_scaling.horizontal[i];
        show_level(turn, i, ScalerLevel::min_replicas, scaler.autoscaler.least);
        show_level(turn, i, ScalerLevel::max_replicas, scaler.autoscaler.most);
        const sim::Duration period = hpa::period_of(spec, turn.key(), scaler);
        const double share = sim::draw_unit(turn.key(), {stream::scaler_phase, scaler.stable_key, 0, 0});
        const auto phase =
            sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(period.us())));
        // A new object is put into the queue like one that has been worked on (HPA-1).
        const sim::Duration first =
            spec.kubernetes.looks_at_new_scalers_at_once() ? sim::Duration::zero() : hpa::sync_period;
        turn.after(spec.opening == Opening::settled ? phase : first, HorizontalSync{i, ++state.serial});
    }
}

void on(const Spec& spec, World& world, Turn& turn, const HorizontalSync& event) {
    HorizontalScalerState& state = world.pod_scaling.horizontal[event.scaler];
    if (event.serial != state.serial) return;
    const HorizontalScaler& scaler = spec.pod_scaling.horizontal[event.scaler];
    state.last_sync = turn.now();
    if (world[scaler.target].deleted) {
        show_condition(turn, event.scaler, state.able_to_scale, Shown::is_false, ScalerLevel::able_to_scale,
                       ScalerLevel::unable_to_scale);
    } else if (look_at_target(spec, world, turn, event.scaler)) {
        state.changed_at = turn.now();
    }
    // A policy may go by the clock or by how often it was asked: it is asked at every look.
    if (state.policy.is_there() || has_moving_feed(spec, world, scaler, turn.now())) state.changed_at = turn.now();
    const sim::Duration period = hpa::period_of(spec, turn.key(), scaler);
    if (turn.now() - state.changed_at <= hpa::settles_within(spec, scaler)) {
        turn.after(period, HorizontalSync{event.scaler, ++state.serial});
        return;
    }
    state.sleeps = true;
    ++state.serial;
    const sim::Time change = next_change_by_the_clock(spec, scaler, turn.now());
    if (change != sim::Time::never()) turn.at(change, HorizontalWake{event.scaler, state.serial});
}

void on(const Spec& spec, World& world, Turn& turn, const HorizontalWake& event) {
    const HorizontalScalerState& state = world.pod_scaling.horizontal[event.scaler];
    if (event.serial == state.serial && state.sleeps) hpa::wake(spec, world, turn, event.scaler);
}

}  // namespace eks

#include "models/systems/autoscaling/keda/poll.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/autoscaling/feeds.hpp"
#include "models/systems/autoscaling/keda/adapter.hpp"
#include "models/systems/autoscaling/keda/formula.hpp"
#include "models/systems/autoscaling/keda/job_poll.hpp"
#include "models/systems/autoscaling/keda/scaled_object.hpp"
#include "models/systems/autoscaling/metrics_server.hpp"
#include "models/systems/autoscaling/pod_scaling.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

using keda::TriggerReading;

TriggerReading reading_of_trigger(const Spec& spec, const World& world, const ScalerMetric& trigger, sim::Time now) {
    TriggerReading reading;
    reading.is_of_resource = trigger.feed.kind == FeedKind::usage;
    reading.activation_milli = trigger.activation_milli;
    if (reading.is_of_resource) return reading;
    const auto value = activity_of_feed(spec, world, trigger, now);
    reading.has_failed = !value;
    reading.value_milli = value.value_or(0);
    return reading;
}

bool is_active(const TriggerReading& reading) {
    return !reading.is_of_resource && !reading.has_failed && reading.value_milli > reading.activation_milli;
}

std::int64_t whole_of(std::int64_t milli) { return (milli + 500) / 1000; }

// What the scalers said, for the HPA and the metrics. True if it is not what they said before.
bool note_readings(const Spec& spec, World& world, Turn& turn, std::uint32_t ix,
                   const std::vector<TriggerReading>& readings) {
    const Scaled& scaled = spec.pod_scaling.objects[ix];
    ScaledState& state = world.pod_scaling.objects[ix];
    if (state.values_milli.empty()) state.values_milli.assign(scaled.triggers.size(), 0);  // nothing is cached before
    bool any = false;
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const std::int64_t value = value_of_feed(spec, world, scaled.triggers[i], turn.now()).value_or(0);
        const std::uint8_t active = is_active(readings[i]) ? 1 : 0;
        if (value == state.values_milli[i] && active == state.are_active[i]) continue;
        turn.note(KedaTriggerFact{scaled.first_trigger + static_cast<std::uint32_t>(i), active - state.are_active[i],
                                  whole_of(value) - whole_of(state.values_milli[i])});
        state.values_milli[i] = value;
        state.are_active[i] = active;
        any = true;
    }
    return any;
}

// KEDA-2
keda::Activity activity_in(const keda::ScaledObject& object, const ScaledState& state,
                           const std::vector<TriggerReading>& readings) {
    if (!object.composite) return keda::activity_of(readings);
    return keda::activity_of_composite(readings, keda::composite_milli(object.composite->formula, state.values_milli),
                                       object.composite->activation_milli);
}

// KEDA-3, KEDA-4. True if it has changed something, or waits for its cooldown to be over.
bool scale_object(const Spec& spec, World& world, Turn& turn, std::uint32_t ix,
                  const std::vector<TriggerReading>& readings) {
    const Scaled& scaled = spec.pod_scaling.objects[ix];
    ScaledState& state = world.pod_scaling.objects[ix];
    keda::ScaledObject object = scaled.object;
    if (spec.opening == Opening::settled) object.created_us = long_ago_us;
    const std::int32_t replicas = world[scaled.target].desired;
    const keda::Activity activity = activity_in(object, state, readings);
    const keda::Poll poll = keda::poll_of(object, activity, replicas, state.last_active_us, turn.now().us());
    state.last_active_us = poll.last_active_us;
    const bool is_above_rest = (object.idle && replicas > *object.idle) || (replicas > 0 && object.least == 0);
    if (poll.replicas == replicas) return !activity.is_active && is_above_rest;
    set_desired(world, turn, scaled.target, poll.replicas);
    sync_at(world, turn, scaled.target, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery);
    scaled_pods_change(spec, world, turn, scaled.target);
    return true;
}

bool is_moved(const Spec& spec, const World& world, const Scaled& scaled, sim::Time now) {
    return std::ranges::any_of(scaled.triggers,
                               [&](const ScalerMetric& trigger) { return feed_moves(spec, world, trigger.feed, now); });
}

void schedule_poll(const Spec& spec, World& world, Turn& turn, std::uint32_t ix) {
    const Scaled& scaled = spec.pod_scaling.objects[ix];
    ScaledState& state = world.pod_scaling.objects[ix];
    const sim::Time next = turn.now() + scaled.polling_interval;
    const bool is_settled = turn.now() - state.changed_at > spec.pod_scaling.horizon + 2 * scaled.polling_interval;
    if (!is_settled) return turn.at(next, KedaPoll{ix, ++state.serial});
    // The time of day may change what a trigger says: it asks next at the first poll after that.
    sim::Time change = sim::Time::never();
    for (const ScalerMetric& trigger : scaled.triggers) {
        if (trigger.feed.kind == FeedKind::cron)
            change = std::min(change, next_change_of(spec, trigger.feed.cron, turn.now()));
    }
    state.sleeps = true;
    ++state.serial;
    if (change == sim::Time::never()) return;
    const sim::Duration until = change - turn.now();
    const std::int64_t polls =
        std::max<std::int64_t>((until.us() + scaled.polling_interval.us() - 1) / scaled.polling_interval.us(), 1);
    turn.at(turn.now() + polls * scaled.polling_interval, KedaPoll{ix, state.serial});
}

// What it would have done in the polls that it has slept through: only note that the object was active (KEDA-3).
void catch_up(const Spec& spec, World& world, std::uint32_t ix, sim::Time last_poll) {
    const Scaled& scaled = spec.pod_scaling.objects[ix];
    ScaledState& state = world.pod_scaling.objects[ix];
    const auto& composite = scaled.object.composite;
    // Nothing has changed since, so that the formula still says what it did. With a failing trigger it did not count.
    const bool was_active =
        composite ? keda::composite_milli(composite->formula, state.values_milli) > composite->activation_milli
                  : std::ranges::any_of(state.are_active, [](std::uint8_t one) { return one != 0; });
    if (was_active && world[scaled.target].desired > 0 && state.last_active_us && last_poll > state.last_poll)
        state.last_active_us = last_poll.us();
}

}  // namespace

namespace keda {

void wake_poll(const Spec& spec, World& world, Turn& turn, std::uint32_t ix) {
    ScaledState& state = world.pod_scaling.objects[ix];
    state.changed_at = turn.now();
    if (!state.sleeps) return;
    const sim::Duration period = spec.pod_scaling.objects[ix].polling_interval;
    const std::int64_t polls = (turn.now() - state.last_poll) / period;
    catch_up(spec, world, ix, state.last_poll + polls * period);
    state.sleeps = false;
    turn.at(state.last_poll + (polls + 1) * period, KedaPoll{ix, ++state.serial});
}

}  // namespace keda

void open_keda(const Spec& spec, World& world, Turn& turn) {
    for (std::uint32_t i = 0; i < spec.pod_scaling.objects.size(); ++i) {
        const Scaled& scaled = spec.pod_scaling.objects[i];
        ScaledState& state = world.pod_scaling.objects[i];
        state.are_active.assign(scaled.triggers.size(), 0);
        state.failures.assign(scaled.triggers.size(), 0);
        // KEDA-1: the loop of a new object begins at once; one that is there already has a phase of its own.
        const double share = spec.opening == Opening::settled
                                 ? sim::draw_unit(turn.key(), {stream::keda_phase, scaled.stable_key, 0, 0})
                                 : 0.0;
        const auto phase = static_cast<std::int64_t>(share * static_cast<double>(scaled.polling_interval.us()));
        turn.at(turn.now() + sim::Duration::microseconds(phase), KedaPoll{i, ++state.serial});
    }
}

void on(const Spec& spec, World& world, Turn& turn, const KedaPoll& event) {
    ScaledState& state = world.pod_scaling.objects[event.scaled];
    if (event.serial != state.serial) return;
    const Scaled& scaled = spec.pod_scaling.objects[event.scaled];
    if (state.sleeps) {
        catch_up(spec, world, event.scaled, turn.now() - scaled.polling_interval);
        state.sleeps = false;
    }
    state.last_poll = turn.now();
    if (world[scaled.target].deleted || !keda::operator_runs(spec, world)) {
        turn.after(scaled.polling_interval, KedaPoll{event.scaled, ++state.serial});
        return;
    }
    std::vector<TriggerReading> readings;
    for (const ScalerMetric& trigger : scaled.triggers)
        readings.push_back(reading_of_trigger(spec, world, trigger, turn.now()));
    bool is_new = note_readings(spec, world, turn, event.scaled, readings);
    if (scaled.makes_jobs)
        is_new = keda::make_jobs(spec, world, turn, event.scaled, readings) || is_new;
    else
        is_new = scale_object(spec, world, turn, event.scaled, readings) || is_new;
    if (is_new || is_moved(spec, world, scaled, turn.now())) state.changed_at = turn.now();
    schedule_poll(spec, world, turn, event.scaled);
}

}  // namespace eks

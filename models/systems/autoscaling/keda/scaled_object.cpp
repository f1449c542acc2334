#include "models/systems/autoscaling/keda/scaled_object.hpp"

#include "models/systems/autoscaling/keda/scalers.hpp"

#include <algorithm>

namespace eks::keda {

namespace {

bool is_any(std::span<const TriggerReading> triggers, bool TriggerReading::* member) {
    return std::ranges::any_of(triggers, member);
}

// KEDA-3
Poll activated(const ScaledObject& object, std::int32_t replicas, std::optional<std::int64_t> last_active_us,
               bool has_failure, std::int64_t now_us) {
    const bool is_at_rest = replicas == 0 || (object.idle && replicas < object.least);
    if (is_at_rest) {
        if (object.pauses.scale_out) return {replicas, last_active_us};
        return {std::max(object.least, 1), now_us};
    }
    // With one of the triggers failing the time stays as it was.
    if (has_failure) return {replicas, last_active_us};
    return {replicas, now_us};
}

// KEDA-4
Poll deactivated(const ScaledObject& object, std::int32_t replicas, std::optional<std::int64_t> last_active_us,
                 std::int64_t now_us) {
    const bool is_above_rest = (object.idle && replicas > *object.idle) || (replicas > 0 && object.least == 0);
    if (!is_above_rest) {
        const bool is_below_least = !object.idle && replicas < object.least;
        return {is_below_least ? object.least : replicas, last_active_us};
    }
    if (object.pauses.scale_in) return {replicas, last_active_us};
    const std::int64_t since_us =
        last_active_us ? *last_active_us + object.cooldown_us : object.created_us + object.initial_cooldown_us;
    return {since_us < now_us ? object.idle.value_or(object.least) : replicas, last_active_us};
}

double fallback_replicas(const Fallback& fallback, std::int32_t replicas) {
    switch (fallback.behavior) {
        case FallbackBehavior::fixed_replicas: break;
        case FallbackBehavior::current_replicas: return replicas;
        case FallbackBehavior::current_replicas_if_higher: return std::max(replicas, fallback.replicas);
        case FallbackBehavior::current_replicas_if_lower: return std::min(replicas, fallback.replicas);
    }
    return fallback.replicas;
}

}  // namespace

Activity activity_of(std::span<const TriggerReading> triggers) {
    Activity activity;
    activity.has_failure = is_any(triggers, &TriggerReading::has_failed);
    activity.is_active = std::ranges::any_of(triggers, [](const TriggerReading& trigger) {
        return !trigger.is_of_resource && !trigger.has_failed && trigger.value_milli > trigger.activation_milli;
    });
    // From zero they would never see anything again.
    const bool is_all_resources = std::ranges::all_of(triggers, &TriggerReading::is_of_resource);
    if (is_all_resources && !activity.has_failure) activity.is_active = true;
    return activity;
}

Activity activity_of_composite(std::span<const TriggerReading> triggers, std::int64_t value_milli,
                               std::int64_t activation_milli) {
    const bool has_failure = is_any(triggers, &TriggerReading::has_failed);
    return {!has_failure && value_milli > activation_milli, has_failure};
}

Poll poll_of(const ScaledObject& object, const Activity& activity, std::int32_t replicas,
             std::optional<std::int64_t> last_active_us, std::int64_t now_us) {
    const Pauses& pauses = object.pauses;
    if (pauses.is_paused || pauses.at_replicas) return {pauses.at_replicas.value_or(replicas), last_active_us};
    if (activity.is_active || pauses.is_forced_active)
        return activated(object, replicas, last_active_us, activity.has_failure, now_us);
    // What is failing may be what would say that pods are needed: nothing is taken away, and the HPA goes to the
    // fallback (KEDA-8). A fallback to zero holds nothing.
    const bool is_held = activity.has_failure && (!object.fallback || object.fallback->replicas != 0);
    if (is_held) return {replicas, last_active_us};
    return deactivated(object, replicas, last_active_us, now_us);
}

hpa::Autoscaler autoscaler_of(const ScaledObject& object) {
    hpa::Autoscaler autoscaler;
    autoscaler.least = object.least > 0 ? object.least : 1;
    autoscaler.most = object.most;
    autoscaler.behavior = object.behavior;
    if (!object.pauses.scale_in && !object.pauses.scale_out) return autoscaler;
    // A pause makes a behavior where there was none, with all its defaults (HPA-2).
    if (!autoscaler.behavior) autoscaler.behavior = {hpa::default_rules_up(), hpa::default_rules_down()};
    if (object.pauses.scale_in) autoscaler.behavior->down.select = hpa::PolicySelect::disabled;
    if (object.pauses.scale_out) autoscaler.behavior->up.select = hpa::PolicySelect::disabled;
    return autoscaler;
}

std::optional<std::int64_t> fallback_milli(const Fallback& fallback, const FallbackCase& failed) {
    if (failed.failures <= fallback.failure_threshold) return std::nullopt;
    double replicas = fallback_replicas(fallback, failed.replicas);
    if (failed.is_value_in_all) {
        if (failed.ready_pods == 0) return std::nullopt;
        replicas /= failed.ready_pods;
    }
    // In KEDA's steps: a number of the target first, which is then cut to thousandths.
    return static_cast<std::int64_t>(number_of(failed.target_milli) * 1000 * replicas);
}

}  // namespace eks::keda

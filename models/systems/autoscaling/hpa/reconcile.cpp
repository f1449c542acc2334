#include "models/systems/autoscaling/hpa/reconcile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace eks::hpa {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr auto largest = std::numeric_limits<std::int32_t>::max();
constexpr auto smallest = std::numeric_limits<std::int32_t>::min();

std::int32_t held_in_range(double replicas) {
    return static_cast<std::int32_t>(std::clamp(replicas, static_cast<double>(smallest), static_cast<double>(largest)));
}

bool has_object_or_external(const Autoscaler& autoscaler) {
    return std::ranges::any_of(autoscaler.metrics, [](MetricSource source) {
        return source == MetricSource::object || source == MetricSource::external;
    });
}

// --- what is stored

// Over the last entry that nobody looks at any more, whichever is the oldest.
template <class Entry, class IsExpired>
void store(std::vector<Entry>& entries, const Entry& entry, IsExpired is_expired) {
    for (auto slot = entries.rbegin(); slot != entries.rend(); ++slot) {
        if (!is_expired(*slot)) continue;
        *slot = entry;
        return;
    }
    entries.push_back(entry);
}

void store_scale_event(const Behavior& behavior, Memory& memory, std::int32_t from, std::int32_t to,
                       std::int64_t now_us) {
    const bool is_up = to > from;
    std::int64_t longest_us = 0;
    for (const Policy& policy : (is_up ? behavior.up : behavior.down).policies)
        longest_us = std::max(longest_us, policy.period_us);
    store(is_up ? memory.up : memory.down, ScaleEvent{is_up ? to - from : from - to, now_us},
          [&](const ScaleEvent& event) { return event.at_us < now_us - longest_us; });
}

// --- stabilisation

struct Stabilized {
    std::int32_t replicas = 0;
    Reason reason = Reason::ready_for_new_scale;
};

// HPA-14
Stabilized stabilized_by_flag(const Autoscaler& autoscaler, std::int32_t wanted, std::vector<Recommendation>& entries,
                              std::int64_t now_us) {
    const std::int64_t cut_us = now_us - autoscaler.downscale_window_us;
    std::int32_t best = wanted;
    for (const Recommendation& entry : entries)
        if (entry.at_us >= cut_us) best = std::max(best, entry.replicas);
    store(entries, {wanted, now_us}, [&](const Recommendation& entry) { return entry.at_us < cut_us; });
    return {best, best != wanted ? Reason::scale_down_stabilized : Reason::ready_for_new_scale};
}

// HPA-15
Stabilized stabilized_by_behavior(const Autoscaler& autoscaler, std::int32_t current, std::int32_t wanted,
                                  std::vector<Recommendation>& entries, std::int64_t now_us) {
    const Behavior& behavior = *autoscaler.behavior;
    const std::int64_t up_cut_us = now_us - behavior.up.window_us.value_or(0);
    const std::int64_t down_cut_us = now_us - behavior.down.window_us.value_or(autoscaler.downscale_window_us);
    std::int32_t up = wanted;
    std::int32_t down = wanted;
    for (const Recommendation& entry : entries) {
        if (entry.at_us > up_cut_us) up = std::min(up, entry.replicas);
        if (entry.at_us > down_cut_us) down = std::max(down, entry.replicas);
    }
    std::int32_t replicas = std::max(current, up);
    replicas = std::min(replicas, down);
    store(entries, {wanted, now_us},
          [&](const Recommendation& entry) { return entry.at_us < up_cut_us && entry.at_us < down_cut_us; });
    if (replicas == wanted) return {replicas, Reason::ready_for_new_scale};
    return {replicas, wanted >= current ? Reason::scale_up_stabilized : Reason::scale_down_stabilized};
}

// --- limits

struct Limited {
    std::int32_t replicas = 0;
    Reason reason = Reason::desired_within_range;
};

// HPA-14: at most doubling, or to four.
Limited limited_without_behavior(const Autoscaler& autoscaler, std::int32_t current, std::int32_t wanted) {
    const auto limit = static_cast<std::int32_t>(std::clamp<std::int64_t>(std::int64_t{2} * current, 4, largest));
    const bool is_rate = autoscaler.most > limit;
    const std::int32_t most = is_rate ? limit : autoscaler.most;
    if (wanted < autoscaler.least) return {autoscaler.least, Reason::too_few_replicas};
    if (wanted > most) return {most, is_rate ? Reason::scale_up_limit : Reason::too_many_replicas};
    return {wanted, Reason::desired_within_range};
}

std::int32_t change_within(const std::vector<ScaleEvent>& events, std::int64_t period_us, std::int64_t now_us) {
    std::int32_t change = 0;
    for (const ScaleEvent& event : events)
        if (event.at_us > now_us - period_us) change += event.change;
    return change;
}

std::int32_t replicas_at_start_of(const Policy& policy, std::int32_t current, const Memory& memory,
                                  std::int64_t now_us) {
    return current - change_within(memory.up, policy.period_us, now_us) +
           change_within(memory.down, policy.period_us, now_us);
}

std::int32_t most_by(const Policy& policy, std::int32_t start) {
    if (!policy.is_percent) return held_in_range(static_cast<double>(start) + policy.value);
    return held_in_range(std::ceil(static_cast<double>(start) * (1 + static_cast<double>(policy.value) / 100)));
}

std::int32_t least_by(const Policy& policy, std::int32_t start) {
    if (!policy.is_percent) return held_in_range(static_cast<double>(start) - policy.value);
    return held_in_range(std::trunc(static_cast<double>(start) * (1 - static_cast<double>(policy.value) / 100)));
}

// HPA-16. The policy of the largest change is the one with the largest size on the way up, the smallest on the way
// down.
std::int32_t limit_up(const ScalingRules& rules, std::int32_t current, const Memory& memory, std::int64_t now_us) {
    if (rules.select == PolicySelect::disabled) return current;
    const bool takes_largest = rules.select == PolicySelect::max;
    std::int32_t limit = takes_largest ? smallest : largest;
    for (const Policy& policy : rules.policies) {
        const std::int32_t size = most_by(policy, replicas_at_start_of(policy, current, memory, now_us));
        limit = takes_largest ? std::max(limit, size) : std::min(limit, size);
    }
    return std::max(limit, current);
}

std::int32_t limit_down(const ScalingRules& rules, std::int32_t current, const Memory& memory, std::int64_t now_us) {
    if (rules.select == PolicySelect::disabled) return current;
    const bool takes_smallest = rules.select == PolicySelect::max;
    std::int32_t limit = takes_smallest ? largest : smallest;
    for (const Policy& policy : rules.policies) {
        const std::int32_t size = least_by(policy, replicas_at_start_of(policy, current, memory, now_us));
        limit = takes_smallest ? std::min(limit, size) : std::max(limit, size);
    }
    return std::min(limit, current);
}

Limited limited_by_behavior(const Autoscaler& autoscaler, std::int32_t current, std::int32_t wanted,
                            const Memory& memory, std::int64_t now_us) {
    if (wanted > current) {
        const std::int32_t limit = limit_up(autoscaler.behavior->up, current, memory, now_us);
        const bool is_rate = autoscaler.most > limit;
        const std::int32_t most = is_rate ? limit : autoscaler.most;
        if (wanted > most) return {most, is_rate ? Reason::scale_up_limit : Reason::too_many_replicas};
    }
    if (wanted < current) {
        const std::int32_t limit = limit_down(autoscaler.behavior->down, current, memory, now_us);
        const bool is_rate = autoscaler.least < limit;
        const std::int32_t least = is_rate ? limit : autoscaler.least;
        if (wanted < least) return {least, is_rate ? Reason::scale_down_limit : Reason::too_few_replicas};
    }
    return {wanted, Reason::desired_within_range};
}

// --- the metrics together

struct Combined {
    std::int32_t replicas = 0;
    bool may_scale = true;
    Fault fault = Fault::none;
    MetricSource failed_source = MetricSource::resource;
};

// HPA-13: the largest proposal; with one of them missing, only the way up is open.
Combined combined(const Autoscaler& autoscaler, std::span<const Proposal> proposals, std::int32_t current) {
    Combined all;
    bool any_is_valid = false;
    for (std::size_t i = 0; i < proposals.size(); ++i) {
        if (proposals[i].fault == Fault::none) {
            if (!any_is_valid || proposals[i].replicas > all.replicas) all.replicas = proposals[i].replicas;
            any_is_valid = true;
        } else if (all.fault == Fault::none) {
            all.fault = proposals[i].fault;
            all.failed_source = autoscaler.metrics[i];
        }
    }
    all.may_scale = any_is_valid && (all.fault == Fault::none || all.replicas >= current);
    all.replicas = std::max(all.replicas, 0);
    return all;
}

void set_rescaled(const Autoscaler& autoscaler, std::int32_t current, std::int64_t now_us, Outcome& outcome) {
    outcome.is_rescaled = true;
    outcome.conditions.able_to_scale = {true, Reason::succeeded_rescale};
    const bool is_to_zero =
        current > 0 && outcome.replicas == 0 && autoscaler.least == 0 && has_object_or_external(autoscaler);
    outcome.conditions.scaled_to_zero = {is_to_zero, is_to_zero ? Reason::scaled_to_zero : Reason::not_scaled_to_zero};
    if (autoscaler.behavior) store_scale_event(*autoscaler.behavior, outcome.memory, current, outcome.replicas, now_us);
}

// HPA-13 to HPA-16.
void go_by_metrics(const Autoscaler& autoscaler, const Circumstances& circumstances,
                   std::span<const Proposal> proposals, Outcome& outcome) {
    const std::int32_t current = circumstances.replicas;
    const std::int64_t now_us = circumstances.now_us;
    const Combined all = combined(autoscaler, proposals, current);
    outcome.fault = all.fault;
    outcome.failed_source = all.failed_source;
    if (!all.may_scale) {
        outcome.conditions.scaling_active = {false, Reason::failed_get_metric};
        return;
    }
    outcome.conditions.scaling_active = {true, Reason::valid_metric_found};

    auto& entries = *outcome.memory.recommendations;
    const Stabilized stable = autoscaler.behavior
                                  ? stabilized_by_behavior(autoscaler, current, all.replicas, entries, now_us)
                                  : stabilized_by_flag(autoscaler, all.replicas, entries, now_us);
    outcome.conditions.able_to_scale = {true, stable.reason};
    const Limited limited = autoscaler.behavior
                                ? limited_by_behavior(autoscaler, current, stable.replicas, outcome.memory, now_us)
                                : limited_without_behavior(autoscaler, current, stable.replicas);
    outcome.conditions.scaling_limited = {limited.replicas != stable.replicas, limited.reason};
    outcome.replicas = limited.replicas;
    // Back from the zero to which it went itself.
    if (current == 0) outcome.replicas = std::max(outcome.replicas, autoscaler.least);
    if (outcome.replicas != current) set_rescaled(autoscaler, current, now_us, outcome);
}

}  // namespace

bool goes_by_metrics(const Autoscaler& autoscaler, const Circumstances& circumstances) {
    if (circumstances.replicas == 0)
        return circumstances.was_scaled_to_zero && (autoscaler.least != 0 || has_object_or_external(autoscaler));
    return circumstances.replicas >= autoscaler.least && circumstances.replicas <= autoscaler.most;
}

Outcome reconcile(const Autoscaler& autoscaler, const Circumstances& circumstances, std::span<const Proposal> proposals,
                  Memory memory) {
    const std::int32_t current = circumstances.replicas;
    Outcome outcome;
    outcome.memory = std::move(memory);
    outcome.replicas = current;
    outcome.conditions.able_to_scale = {true, Reason::succeeded_get_scale};
    // HPA-4
    if (!outcome.memory.recommendations) outcome.memory.recommendations = {{current, circumstances.now_us}};

    if (goes_by_metrics(autoscaler, circumstances)) {
        outcome.is_ambiguous = circumstances.is_ambiguous;
        if (outcome.is_ambiguous)
            outcome.conditions.scaling_active = {false, Reason::ambiguous_selector};
        else
            go_by_metrics(autoscaler, circumstances, proposals, outcome);
    } else if (current == 0) {
        outcome.conditions.scaling_active = {false, Reason::scaling_disabled};
    } else {
        outcome.replicas = current > autoscaler.most ? autoscaler.most : autoscaler.least;
        set_rescaled(autoscaler, current, circumstances.now_us, outcome);
    }
    return outcome;
}

}  // namespace eks::hpa

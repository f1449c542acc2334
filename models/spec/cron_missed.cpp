#include "models/spec/cron_missed.hpp"

#include <algorithm>

namespace eks {
namespace {

constexpr std::int64_t micros_per_second_of_cron = 1'000'000;

// Starts that the real controllers count before they speak of too many.
constexpr std::int64_t missed_starts_limit = 100;

std::int64_t earliest_start_us(const CronClock& clock) {
    const std::int64_t since = clock.last_schedule_us.value_or(clock.created_us);
    if (!clock.starting_deadline_seconds) return since;
    std::int64_t deadline_us = 0;
    std::int64_t window_start_us = 0;
    // A deadline that reaches back beyond all calendars bounds nothing.
    if (__builtin_mul_overflow(*clock.starting_deadline_seconds, micros_per_second_of_cron, &deadline_us) ||
        __builtin_sub_overflow(clock.now_us, deadline_us, &window_start_us)) {
        return since;
    }
    return std::max(since, window_start_us);
}

}  // namespace

DueStart due_start(const CronSchedule& schedule, const TimeZone& zone, const CronClock& clock) {
    DueStart due;
    due.earliest_us = earliest_start_us(clock);
    const std::optional<std::int64_t> first = next_activation(schedule, zone, due.earliest_us);
    if (first && clock.now_us < *first) return due;
    const std::optional<std::int64_t> second = first ? next_activation(schedule, zone, *first) : std::nullopt;
    if (second && clock.now_us < *second) {
        due.most_recent_us = first;
        return due;
    }
    // Activations are whole seconds, so their distance needs no rounding. One that never comes counts as long past.
    const std::int64_t between_seconds = second ? (*second - *first) / micros_per_second_of_cron : 0;
    if (between_seconds < 1) {
        due.is_error = true;
        return due;
    }
    const std::int64_t passed_seconds = (clock.now_us - *first) / micros_per_second_of_cron;
    const std::int64_t estimate = passed_seconds / between_seconds + 1;
    const std::int64_t search_from_us = *first + (estimate - 2) * between_seconds * micros_per_second_of_cron;
    std::optional<std::int64_t> candidate = next_activation(schedule, zone, search_from_us);
    while (candidate && *candidate <= clock.now_us) {
        due.most_recent_us = candidate;
        candidate = next_activation(schedule, zone, *candidate);
    }
    due.missed = estimate > missed_starts_limit ? MissedStarts::many : MissedStarts::few;
    return due;
}

std::optional<std::int64_t> next_cron_sync(const CronSchedule& schedule, const TimeZone& zone, const CronClock& clock) {
    constexpr std::int64_t slack_us = 100'000;
    CronClock without_deadline = clock;
    without_deadline.starting_deadline_seconds.reset();
    const DueStart due = due_start(schedule, zone, without_deadline);
    std::int64_t base_us = clock.now_us;
    if (!due.is_error) {
        if (due.most_recent_us) {
            base_us = *due.most_recent_us;
        } else if (due.missed == MissedStarts::none) {
            base_us = due.earliest_us;
        }
    }
    const std::optional<std::int64_t> next = next_activation(schedule, zone, base_us);
    if (!next) return std::nullopt;
    return *next + slack_us;
}

UnmetStarts unmet_starts_of_polling_controller(const CronSchedule& schedule, const TimeZone& zone,
                                               const CronClock& clock) {
    UnmetStarts unmet;
    std::optional<std::int64_t> start = next_activation(schedule, zone, earliest_start_us(clock));
    while (start && *start <= clock.now_us) {
        unmet.most_recent_us = start;
        if (++unmet.count > missed_starts_limit) {
            unmet.too_many = true;
            unmet.most_recent_us.reset();
            return unmet;
        }
        start = next_activation(schedule, zone, *start);
    }
    unmet.next_us = start;
    return unmet;
}

}  // namespace eks

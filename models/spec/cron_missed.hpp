// What a CronJob controller owes at a moment: the start that is due now, whether some were missed, and when to look
// again. Two controllers: today's (CRON-5, CRON-7) and the polling one of 2018. Pure functions of plain values,
// shared by the simulation and the decision call `cron_missed`. All instants are microseconds since 1970.
#pragma once

#include "models/spec/cron_schedule.hpp"

#include <cstdint>
#include <optional>

namespace eks {

struct CronClock {
    std::int64_t created_us = 0;
    std::optional<std::int64_t> last_schedule_us;  // when the last Job was scheduled, if one was
    std::int64_t now_us = 0;
    std::optional<std::int64_t> starting_deadline_seconds;
};

enum class MissedStarts : std::uint8_t { none, few, many };  // `none` also when exactly one start is due

// CRON-5: which start is due.
struct DueStart {
    std::int64_t earliest_us = 0;
    std::optional<std::int64_t> most_recent_us;
    MissedStarts missed = MissedStarts::none;
    bool is_error = false;  // two activations less than a second apart, or none at all: nothing starts
    friend bool operator==(const DueStart&, const DueStart&) = default;
};

DueStart due_start(const CronSchedule& schedule, const TimeZone& zone, const CronClock& clock);

// CRON-7: when the controller looks at this CronJob again, 100 ms after the activation it waits for. The starting
// deadline plays no part in it. None: it never looks again by itself.
std::optional<std::int64_t> next_cron_sync(const CronSchedule& schedule, const TimeZone& zone, const CronClock& clock);

// the polling controller walks all starts since the last one. More than 100 of them and it gives up for good.
struct UnmetStarts {
    std::int32_t count = 0;                      // at most 101
    std::optional<std::int64_t> most_recent_us;  // the only one that starts
    std::optional<std::int64_t> next_us;         // the first one after now; none if there are too many
    bool too_many = false;
    friend bool operator==(const UnmetStarts&, const UnmetStarts&) = default;
};

UnmetStarts unmet_starts_of_polling_controller(const CronSchedule& schedule, const TimeZone& zone,
                                               const CronClock& clock);

}  // namespace eks

// A cron schedule and the instants at which it fires, as the Kubernetes CronJob controller reads it (CRON-1 to CRON-4).
// Pure functions of plain values: the simulation and the decision calls `cron_next` and `cron_missed` share them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace eks {

// A schedule is a set of minutes, hours and days kept as bits, or a fixed interval (`@every 90s`).
struct CronSchedule {
    std::uint64_t minutes = 0;
    std::uint64_t hours = 0;
    std::uint64_t days_of_month = 0;
    std::uint64_t months = 0;
    std::uint64_t days_of_week = 0;
    bool day_of_month_is_star = false;  // CRON-2
    bool day_of_week_is_star = false;
    std::int64_t every_seconds = 0;  // > 0: `@every`, and nothing above counts
    friend bool operator==(const CronSchedule&, const CronSchedule&) = default;
};

// The offsets of a time zone from UTC, as a list of the instants at which they change. UTC is the empty list.
struct ZoneTransition {
    std::int64_t unix_seconds = 0;    // from this instant on
    std::int32_t offset_seconds = 0;  // local time minus UTC
    friend bool operator==(const ZoneTransition&, const ZoneTransition&) = default;
};

struct TimeZone {
    std::int32_t first_offset_seconds = 0;    // before the first transition
    std::vector<ZoneTransition> transitions;  // ascending
    friend bool operator==(const TimeZone&, const TimeZone&) = default;

    std::int32_t offset_at(std::int64_t unix_seconds) const;
};

enum class CronFault : std::uint8_t {
    none,
    wrong_field_count,
    not_a_number,
    out_of_range,
    start_after_end,
    zero_step,
    too_many_parts,
    unknown_descriptor,
    bad_duration,
};

struct ParsedCron {
    CronSchedule schedule;
    CronFault fault = CronFault::none;
    std::string_view field;  // the part at fault, within the text given
    constexpr bool ok() const { return fault == CronFault::none; }
};

// Reads the five fields or a descriptor; a `TZ=` prefix is the caller's to take off.
ParsedCron parse_cron(std::string_view text);

// One sentence of advice for a complaint.
std::string_view advice(CronFault fault);

// A schedule may open with the zone it is meant in: `TZ=Europe/London 30 6 * * *`, also `CRON_TZ=` (CRON-1).
struct ZonedScheduleText {
    bool has_zone = false;
    bool ok = true;  // false: the prefix is there but no schedule follows it
    std::string_view zone;
    std::string_view rest;  // what parse_cron() reads
};

ZonedScheduleText take_zone_prefix(std::string_view text);

// The first instant strictly after `unix_micros` at which the schedule fires, in microseconds since 1970, or none
// within the next five years (CRON-3).
std::optional<std::int64_t> next_activation(const CronSchedule& schedule, const TimeZone& zone,
                                            std::int64_t unix_micros);

// The same without the short cut within an hour: what next_activation must equal, for the tests.
std::optional<std::int64_t> next_activation_by_search(const CronSchedule& schedule, const TimeZone& zone,
                                                      std::int64_t unix_micros);

}  // namespace eks

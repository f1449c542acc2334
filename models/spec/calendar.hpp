// The calendar: days since 1970 and years, months and days of the Gregorian calendar, without end in both directions,
// and instants as texts (RFC 3339). Schedules, scenario files and decision calls read and write dates through it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eks {

inline constexpr std::int64_t seconds_per_day = 86'400;

// Rounded toward minus infinity, so that what lies before 1970 falls into the right day; b is positive.
constexpr std::int64_t floored_quotient(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct CivilTime {
    std::int64_t year = 1970;
    std::int32_t month = 1;
    std::int32_t day = 1;
    std::int32_t hour = 0;
    std::int32_t minute = 0;
    std::int32_t second = 0;
    std::int32_t weekday = 4;  // 0 is Sunday; 1970 began on a Thursday
};

// A month outside 1 to 12 runs over into other years.
std::int64_t days_since_1970(std::int64_t year, std::int64_t month, std::int64_t day);
CivilTime civil_time_of(std::int64_t seconds_since_1970);

// "2026-11-02T08:00:00Z" or with an offset such as +01:00, and with or without a fraction of a second: microseconds
// since 1970. What is below a microsecond is cut off; dates that do not exist and years before 1970 are no instants.
std::optional<std::int64_t> parse_instant_us(std::string_view text);
// In UTC with Z; a fraction only where it is not zero, without trailing zeros.
std::string instant_text(std::int64_t us_since_1970);

}  // namespace eks

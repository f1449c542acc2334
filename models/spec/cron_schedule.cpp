#include "models/spec/cron_schedule.hpp"

#include "models/spec/calendar.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string>

namespace eks {
namespace {

// --- reading a schedule

struct CronField {
    std::int32_t lowest;
    std::int32_t highest;
    const std::string_view* names;  // of lowest, lowest + 1, …
    std::size_t name_count;
};

constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

constexpr std::array<CronField, 5> cron_fields{{
    {0, 59, nullptr, 0},
    {0, 23, nullptr, 0},
    {1, 31, nullptr, 0},
    {1, 12, month_names.data(), month_names.size()},
    {0, 6, weekday_names.data(), weekday_names.size()},
}};

constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool equal_ignoring_case(std::string_view a, std::string_view lower_case) {
    return std::ranges::equal(a, lower_case, [](char x, char y) {
        const char lowered = x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x;
        return lowered == y;
    });
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string_view> split_at_blanks(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t i = 0; i < text.size();) {
        if (is_blank(text[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < text.size() && !is_blank(text[end])) ++end;
        parts.push_back(text.substr(i, end - i));
        i = end;
    }
    return parts;
}

// A number with its fault. Values above every range are cut at 10^9, which no range reaches and every step may exceed.
struct CronNumber {
    std::int32_t value = 0;
    CronFault fault = CronFault::none;
};

CronNumber read_number(std::string_view text) {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    if (text.empty()) return {0, CronFault::not_a_number};
    constexpr std::int64_t ceiling = 1'000'000'000;
    std::int64_t value = 0;
    std::size_t significant_digits = 0;
    for (const char c : text) {
        if (!is_digit(c)) return {0, CronFault::not_a_number};
        if (significant_digits > 0 || c != '0') ++significant_digits;
        value = std::min(ceiling, value * 10 + (c - '0'));
    }
    if (significant_digits > 19) return {0, CronFault::out_of_range};
    return {static_cast<std::int32_t>(value), CronFault::none};
}

CronNumber read_number_or_name(std::string_view text, const CronField& field) {
    for (std::size_t i = 0; i < field.name_count; ++i) {
        if (equal_ignoring_case(text, field.names[i]))
            return {field.lowest + static_cast<std::int32_t>(i), CronFault::none};
    }
    return read_number(text);
}

struct CronMember {
    std::uint64_t bits = 0;
    bool is_star = false;
    CronFault fault = CronFault::none;
};

CronMember failed(CronFault fault) { return {0, false, fault}; }

// One member of a field's list: `a`, `a-b`, `*`, `?`, each with or without `/step`.
CronMember read_member(std::string_view text, const CronField& field) {
    const std::vector<std::string_view> around_slash = split_at(text, '/');
    if (around_slash.size() > 2) return failed(CronFault::too_many_parts);
    const std::vector<std::string_view> around_hyphen = split_at(around_slash[0], '-');
    const bool is_single = around_hyphen.size() == 1;

    bool is_star = around_hyphen[0] == "*" || around_hyphen[0] == "?";
    std::int32_t first = field.lowest;
    std::int32_t last = field.highest;
    if (!is_star) {  // what follows a star's hyphen is not looked at, CRON-1
        if (around_hyphen.size() > 2) return failed(CronFault::too_many_parts);
        const CronNumber low = read_number_or_name(around_hyphen[0], field);
        if (low.fault != CronFault::none) return failed(low.fault);
        const CronNumber high = is_single ? low : read_number_or_name(around_hyphen[1], field);
        if (high.fault != CronFault::none) return failed(high.fault);
        first = low.value;
        last = high.value;
    }

    std::int32_t step = 1;
    if (around_slash.size() == 2) {
        const CronNumber parsed = read_number(around_slash[1]);
        if (parsed.fault != CronFault::none) return failed(parsed.fault);
        step = parsed.value;
        if (is_single) last = field.highest;  // `a/step` runs to the end of the range
        if (step > 1) is_star = false;        // CRON-2
    }
    if (first < field.lowest || last > field.highest) return failed(CronFault::out_of_range);
    if (first > last) return failed(around_hyphen.size() == 1 ? CronFault::out_of_range : CronFault::start_after_end);
    if (step == 0) return failed(CronFault::zero_step);

    CronMember member{0, is_star, CronFault::none};
    for (std::int64_t value = first; value <= last; value += step) member.bits |= std::uint64_t{1} << value;
    return member;
}

// Go's duration: a sign, then numbers with a unit each; here in whole seconds, rounded down.
std::optional<std::int64_t> read_go_duration_seconds(std::string_view text) {
    bool is_negative = false;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        is_negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text == "0") return 0;
    if (text.empty()) return std::nullopt;

    struct Unit {
        std::string_view name;
        std::int64_t nanoseconds;
    };
    // The longer name first where one begins with another.
    constexpr std::array<Unit, 8> units{{{"ns", 1},
                                         {"us", 1'000},
                                         {"\xC2\xB5s", 1'000},
                                         {"\xCE\xBCs", 1'000},
                                         {"ms", 1'000'000},
                                         {"s", 1'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"h", 3'600'000'000'000}}};
    constexpr std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    std::int64_t total_ns = 0;
    while (!text.empty()) {
        std::int64_t whole = 0;
        std::int64_t fraction = 0;  // the digits behind the point, as many as tell nanoseconds of an hour apart
        std::int64_t fraction_scale = 1;
        bool has_digits = false;
        std::size_t i = 0;
        for (; i < text.size() && is_digit(text[i]); ++i) {
            has_digits = true;
            if (whole > (limit - 9) / 10) return std::nullopt;
            whole = whole * 10 + (text[i] - '0');
        }
        if (i < text.size() && text[i] == '.') {
            for (++i; i < text.size() && is_digit(text[i]); ++i) {
                has_digits = true;
                if (fraction_scale > 10'000'000'000'000) continue;
                fraction = fraction * 10 + (text[i] - '0');
                fraction_scale *= 10;
            }
        }
        if (!has_digits) return std::nullopt;
        text.remove_prefix(i);

        // A unit ends where the next number begins, so `5mx` is an unknown unit, not minutes and a rest.
        std::size_t end = 0;
        while (end < text.size() && text[end] != '.' && !is_digit(text[end])) ++end;
        const auto* unit = std::ranges::find(units, text.substr(0, end), &Unit::name);
        if (unit == units.end()) return std::nullopt;
        text.remove_prefix(end);

        if (whole > limit / unit->nanoseconds) return std::nullopt;
        // fraction < 10^14 and a unit is below 4 * 10^12 ns, so the product needs the wider type.
        __extension__ using Wide = __int128;
        const auto part = static_cast<std::int64_t>(static_cast<Wide>(fraction) * unit->nanoseconds / fraction_scale);
        std::int64_t sum = 0;
        if (__builtin_add_overflow(whole * unit->nanoseconds, part, &sum)) return std::nullopt;
        if (__builtin_add_overflow(total_ns, sum, &total_ns)) return std::nullopt;
    }
    return is_negative ? 0 : total_ns / 1'000'000'000;
}

ParsedCron read_descriptor(std::string_view text) {
    struct Descriptor {
        std::string_view name;
        std::string_view means;
    };
    constexpr std::array<Descriptor, 7> descriptors{{{"@yearly", "0 0 1 1 *"},
                                                     {"@annually", "0 0 1 1 *"},
                                                     {"@monthly", "0 0 1 * *"},
                                                     {"@weekly", "0 0 * * 0"},
                                                     {"@daily", "0 0 * * *"},
                                                     {"@midnight", "0 0 * * *"},
                                                     {"@hourly", "0 * * * *"}}};
    for (const Descriptor& descriptor : descriptors) {
        if (text == descriptor.name) return parse_cron(descriptor.means);
    }
    constexpr std::string_view every = "@every ";
    if (!text.starts_with(every)) return {{}, CronFault::unknown_descriptor, text};
    const std::string_view length = text.substr(every.size());
    const std::optional<std::int64_t> seconds = read_go_duration_seconds(length);
    if (!seconds) return {{}, CronFault::bad_duration, length};
    ParsedCron parsed;
    parsed.schedule.every_seconds = std::max<std::int64_t>(1, *seconds);
    return parsed;
}

// The number of transitions at or before an instant: the interval of constant offset that the instant lies in.
std::size_t interval_at(const TimeZone& zone, std::int64_t unix_seconds) {
    const auto after = std::ranges::upper_bound(zone.transitions, unix_seconds, {}, &ZoneTransition::unix_seconds);
    return static_cast<std::size_t>(after - zone.transitions.begin());
}

std::int32_t offset_in(const TimeZone& zone, std::size_t interval) {
    return interval == 0 ? zone.first_offset_seconds : zone.transitions[interval - 1].offset_seconds;
}

CivilTime local_time(const TimeZone& zone, std::int64_t unix_seconds) {
    return civil_time_of(unix_seconds + zone.offset_at(unix_seconds));
}

// The instant of a local time, also of one that the clocks skip or show twice, as decisions-addresses, section 5, lays
// down. Months and days may run over the end of their year and month.
std::int64_t instant_of(const TimeZone& zone, std::int64_t year, std::int64_t month, std::int64_t day,
                        std::int64_t hour, std::int64_t minute, std::int64_t second) {
    const std::int64_t as_utc = days_since_1970(year, month, 1) * seconds_per_day + (day - 1) * seconds_per_day +
                                hour * 3'600 + minute * 60 + second;
    const std::size_t interval = interval_at(zone, as_utc);
    const std::int64_t instant = as_utc - offset_in(zone, interval);
    if (interval_at(zone, instant) == interval) return instant;
    return as_utc - zone.offset_at(instant);
}

constexpr bool has_bit(std::uint64_t bits, std::int32_t position) { return (bits >> position & 1) != 0; }

bool day_matches(const CronSchedule& schedule, const CivilTime& local) {
    const bool month_day = has_bit(schedule.days_of_month, local.day);
    const bool week_day = has_bit(schedule.days_of_week, local.weekday);
    const bool both_must = schedule.day_of_month_is_star || schedule.day_of_week_is_star;
    return both_must ? month_day && week_day : month_day || week_day;  // CRON-2
}

constexpr std::uint64_t bits_between(int first, int last) {
    return ((std::uint64_t{2} << last) - 1) & ~((std::uint64_t{1} << first) - 1);
}

// Whether the schedule fires on all days, so that no date has to be computed.
bool fires_on_all_days(const CronSchedule& schedule) {
    constexpr std::uint64_t all_months = bits_between(1, 12);
    constexpr std::uint64_t all_days_of_month = bits_between(1, 31);
    constexpr std::uint64_t all_days_of_week = bits_between(0, 6);
    return (schedule.months & all_months) == all_months &&
           (schedule.days_of_month & all_days_of_month) == all_days_of_month &&
           (schedule.days_of_week & all_days_of_week) == all_days_of_week;
}

// What search() finds if that lies in the hour in which it starts and no clock is changed before, else none. A schedule
// of every few minutes is asked about by the million, and nearly always this is the answer.
std::optional<std::int64_t> search_in_same_hour(const CronSchedule& schedule, const TimeZone& zone,
                                                std::int64_t after_seconds) {
    const std::int64_t t = after_seconds + 1;
    const std::size_t interval = interval_at(zone, t);
    const std::int64_t offset = offset_in(zone, interval);
    if (offset % 60 != 0) return std::nullopt;
    const std::int64_t local = t + offset;
    const std::int64_t second_of_day = local - floored_quotient(local, seconds_per_day) * seconds_per_day;
    const auto hour = static_cast<std::int32_t>(second_of_day / 3'600);
    if (!has_bit(schedule.hours, hour)) return std::nullopt;
    if (!fires_on_all_days(schedule)) {
        const CivilTime date = civil_time_of(local);
        if (!has_bit(schedule.months, date.month) || !day_matches(schedule, date)) return std::nullopt;
    }
    const std::int64_t second_of_hour = second_of_day - hour * std::int64_t{3'600};
    const std::int64_t first_minute = (second_of_hour + 59) / 60;
    if (first_minute > 59) return std::nullopt;
    const std::uint64_t minutes = schedule.minutes >> first_minute;
    if (minutes == 0) return std::nullopt;
    const std::int64_t found = t - second_of_hour + (first_minute + std::countr_zero(minutes)) * 60;
    if (interval_at(zone, found) != interval) return std::nullopt;
    return found;
}

// The search of decisions-addresses, section 5, its steps in their order. A step that leaves its unit (the month search
// reaching January, the day search the 1st, …) starts over, because the coarser fields have to match again.
std::optional<std::int64_t> search(const CronSchedule& schedule, const TimeZone& zone, std::int64_t after_seconds) {
    constexpr std::int64_t years_searched = 5;
    std::int64_t t = after_seconds + 1;
    CivilTime local = local_time(zone, t);
    const std::int64_t last_year = local.year + years_searched;
    bool moved = false;

    const auto move_to = [&](std::int64_t instant) {
        t = instant;
        local = local_time(zone, t);
    };

    while (local.year <= last_year) {
        bool starts_over = false;

        while (!starts_over && !has_bit(schedule.months, local.month)) {
            if (!moved) move_to(instant_of(zone, local.year, local.month, 1, 0, 0, 0));
            moved = true;
            move_to(instant_of(zone, local.year, local.month + 1, local.day, local.hour, local.minute, local.second));
            starts_over = local.month == 1;
        }
        while (!starts_over && !day_matches(schedule, local)) {
            if (!moved) move_to(instant_of(zone, local.year, local.month, local.day, 0, 0, 0));
            moved = true;
            const std::int64_t day_before = t;
            move_to(instant_of(zone, local.year, local.month, local.day + 1, local.hour, local.minute, local.second));
            // Midnight may not exist, or exist twice: go to the nearest one in elapsed hours.
            if (local.hour > 12) {
                move_to(t + (24 - local.hour) * std::int64_t{3'600});
            } else if (local.hour != 0) {
                move_to(t - local.hour * std::int64_t{3'600});
            }
            // Islands that crossed the date line have left a whole day out, and its midnight leads back to where the
            // step began. robfig/cron v3.0.1 goes round in this circle for ever; here the search goes on behind the
            // day.
            if (t <= day_before) move_to(day_before + seconds_per_day);
            starts_over = local.day == 1;
        }
        while (!starts_over && !has_bit(schedule.hours, local.hour)) {
            if (!moved) move_to(instant_of(zone, local.year, local.month, local.day, local.hour, 0, 0));
            moved = true;
            move_to(t + 3'600);
            starts_over = local.hour == 0;
        }
        while (!starts_over && !has_bit(schedule.minutes, local.minute)) {
            if (!moved) move_to(floored_quotient(t, 60) * 60);
            moved = true;
            move_to(t + 60);
            starts_over = local.minute == 0;
        }
        while (!starts_over && local.second != 0) {
            moved = true;
            // Second by second, or at once where no change of the clock lies between.
            const std::int64_t whole_minute = t + 60 - local.second;
            move_to(interval_at(zone, t) == interval_at(zone, whole_minute) ? whole_minute : t + 1);
            starts_over = local.second == 0;
        }
        if (!starts_over) return t;
    }
    return std::nullopt;
}

// From microseconds to microseconds around a search in whole seconds.
template <class Search>
std::optional<std::int64_t> first_activation(const CronSchedule& schedule, std::int64_t unix_micros, Search&& find) {
    constexpr std::int64_t micros_per_second = 1'000'000;
    const std::int64_t unix_seconds = floored_quotient(unix_micros, micros_per_second);
    std::int64_t next_seconds = 0;
    if (schedule.every_seconds > 0) {
        if (__builtin_add_overflow(unix_seconds, schedule.every_seconds, &next_seconds)) return std::nullopt;
    } else {
        // A field that is only `,` matches nothing; nobody needs five years of minutes to find that out.
        if (schedule.minutes == 0 || schedule.hours == 0 || schedule.months == 0) return std::nullopt;
        const std::optional<std::int64_t> found = find(unix_seconds);
        if (!found) return std::nullopt;
        next_seconds = *found;
    }
    std::int64_t next_micros = 0;
    if (__builtin_mul_overflow(next_seconds, micros_per_second, &next_micros)) return std::nullopt;
    return next_micros;
}

}  // namespace

std::int32_t TimeZone::offset_at(std::int64_t unix_seconds) const {
    return offset_in(*this, interval_at(*this, unix_seconds));
}

std::string_view advice(CronFault fault) {
    switch (fault) {
        case CronFault::none: return "";
        case CronFault::wrong_field_count:
            return "a schedule has five fields (minute, hour, day of month, month, day of week) or is a descriptor "
                   "such as @hourly";
        case CronFault::not_a_number:
            return "write a number, a range `1-5`, a list `1,15`, `*`, or a step `*/10`; months and weekdays also by "
                   "name, JAN or MON";
        case CronFault::out_of_range:
            return "minutes are 0 to 59, hours 0 to 23, days of the month 1 to 31, months 1 to 12, days of the week 0 "
                   "(Sunday) to 6";
        case CronFault::start_after_end:
            return "a range runs from the smaller number to the larger; write one that wraps around as two: "
                   "`22-23,0-4`";
        case CronFault::zero_step: return "the step after `/` is at least 1";
        case CronFault::too_many_parts: return "a member of a list has at most one `-` and one `/`";
        case CronFault::unknown_descriptor:
            return "the descriptors are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and `@every "
                   "90s`, in lower case";
        case CronFault::bad_duration: return "@every takes hours, minutes and seconds, such as `1h30m` or `90s`";
    }
    return "";
}

ParsedCron parse_cron(std::string_view text) {
    if (text.starts_with('@')) return read_descriptor(text);
    const std::vector<std::string_view> fields = split_at_blanks(text);
    if (fields.size() != cron_fields.size()) return {{}, CronFault::wrong_field_count, text};

    std::array<std::uint64_t, cron_fields.size()> bits{};
    std::array<bool, cron_fields.size()> is_star{};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        for (const std::string_view member_text : split_at(fields[i], ',')) {
            if (member_text.empty()) continue;  // `1,,2` is valid, CRON-1
            const CronMember member = read_member(member_text, cron_fields[i]);
            if (member.fault != CronFault::none) return {{}, member.fault, member_text};
            bits[i] |= member.bits;
            is_star[i] = is_star[i] || member.is_star;
        }
    }
    ParsedCron parsed;
    parsed.schedule = {bits[0], bits[1], bits[2], bits[3], bits[4], is_star[2], is_star[4], 0};
    return parsed;
}

ZonedScheduleText take_zone_prefix(std::string_view text) {
    ZonedScheduleText result;
    result.rest = text;
    if (!text.starts_with("TZ=") && !text.starts_with("CRON_TZ=")) return result;
    result.has_zone = true;
    const std::size_t equals = text.find('=');
    const std::size_t blank = text.find(' ');
    result.zone = text.substr(equals + 1, blank == std::string_view::npos ? blank : blank - equals - 1);
    result.ok = blank != std::string_view::npos;
    result.rest = result.ok ? text.substr(blank) : std::string_view{};
    while (!result.rest.empty() && is_blank(result.rest.front())) result.rest.remove_prefix(1);
    while (!result.rest.empty() && is_blank(result.rest.back())) result.rest.remove_suffix(1);
    return result;
}

std::optional<std::int64_t> next_activation(const CronSchedule& schedule, const TimeZone& zone,
                                            std::int64_t unix_micros) {
    return first_activation(schedule, unix_micros, [&](std::int64_t after_seconds) {
        const std::optional<std::int64_t> soon = search_in_same_hour(schedule, zone, after_seconds);
        return soon ? soon : search(schedule, zone, after_seconds);
    });
}

std::optional<std::int64_t> next_activation_by_search(const CronSchedule& schedule, const TimeZone& zone,
                                                      std::int64_t unix_micros) {
    return first_activation(schedule, unix_micros,
                            [&](std::int64_t after_seconds) { return search(schedule, zone, after_seconds); });
}

}  // namespace eks

#include "models/spec/calendar.hpp"

#include <fmt/format.h>

namespace eks {

namespace {

constexpr std::int64_t us_per_second = 1'000'000;

std::optional<std::int64_t> digits_of(std::string_view text, std::size_t at, std::size_t count) {
    if (text.size() < at + count) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

bool is_date(std::int64_t year, std::int64_t month, std::int64_t day) {
    if (year < 1970 || month < 1 || month > 12 || day < 1) return false;
    return days_since_1970(year, month, day) < days_since_1970(year, month + 1, 1);
}

// "Z" or "+01:00": seconds east of UTC.
std::optional<std::int64_t> seconds_east(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const auto hours = digits_of(text, 1, 2);
    const auto minutes = digits_of(text, 4, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::int64_t seconds = *hours * 3600 + *minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

// Months count from March, so that the leap day is the last of its year; eras are the 400 years after which it all
// repeats.
std::int64_t days_since_1970(std::int64_t year, std::int64_t month, std::int64_t day) {
    year += floored_quotient(month - 1, 12);
    month -= floored_quotient(month - 1, 12) * 12;
    const std::int64_t march_year = month <= 2 ? year - 1 : year;
    const std::int64_t march_month = month <= 2 ? month + 9 : month - 3;
    const std::int64_t era = floored_quotient(march_year, 400);
    const std::int64_t year_of_era = march_year - era * 400;
    const std::int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146'097 + day_of_era - 719'468;
}

CivilTime civil_time_of(std::int64_t seconds_since_1970) {
    const std::int64_t days = floored_quotient(seconds_since_1970, seconds_per_day);
    const auto second_of_day = static_cast<std::int32_t>(seconds_since_1970 - days * seconds_per_day);
    const std::int64_t shifted = days + 719'468;
    const std::int64_t era = floored_quotient(shifted, 146'097);
    const std::int64_t day_of_era = shifted - era * 146'097;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t march_month = (5 * day_of_year + 2) / 153;

    CivilTime civil;
    civil.day = static_cast<std::int32_t>(day_of_year - (153 * march_month + 2) / 5 + 1);
    civil.month = static_cast<std::int32_t>(march_month < 10 ? march_month + 3 : march_month - 9);
    civil.year = era * 400 + year_of_era + (civil.month <= 2 ? 1 : 0);
    civil.hour = second_of_day / 3'600;
    civil.minute = second_of_day / 60 % 60;
    civil.second = second_of_day % 60;
    civil.weekday = static_cast<std::int32_t>(days + 4 - floored_quotient(days + 4, 7) * 7);
    return civil;
}

std::optional<std::int64_t> parse_instant_us(std::string_view text) {
    const auto year = digits_of(text, 0, 4);
    const auto month = digits_of(text, 5, 2);
    const auto day = digits_of(text, 8, 2);
    const auto hour = digits_of(text, 11, 2);
    const auto minute = digits_of(text, 14, 2);
    const auto second = digits_of(text, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    const bool has_separators = text[4] == '-' && text[7] == '-' &&
                                (text[10] == 'T' || text[10] == 't' || text[10] == ' ') && text[13] == ':' &&
                                text[16] == ':';
    if (!has_separators || !is_date(*year, *month, *day) || *hour > 23 || *minute > 59 || *second > 59)
        return std::nullopt;
    std::size_t at = 19;
    std::int64_t fraction_us = 0;
    if (at < text.size() && text[at] == '.') {
        const std::size_t first = ++at;
        std::int64_t worth = us_per_second / 10;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, worth /= 10)
            fraction_us += (text[at] - '0') * worth;
        if (at == first) return std::nullopt;
    }
    const auto east = seconds_east(text.substr(at));
    if (!east) return std::nullopt;
    const std::int64_t seconds =
        days_since_1970(*year, *month, *day) * seconds_per_day + *hour * 3600 + *minute * 60 + *second - *east;
    return seconds * us_per_second + fraction_us;
}

std::string instant_text(std::int64_t us_since_1970) {
    const std::int64_t seconds = floored_quotient(us_since_1970, us_per_second);
    const CivilTime t = civil_time_of(seconds);
    std::string text =
        fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second);
    if (const std::int64_t fraction = us_since_1970 - seconds * us_per_second; fraction != 0) {
        std::string digits = fmt::format(".{:06}", fraction);
        digits.erase(digits.find_last_not_of('0') + 1);
        text += digits;
    }
    return text + "Z";
}

}  // namespace eks

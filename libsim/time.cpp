#include "libsim/time.hpp"

#include <array>

namespace sim {
namespace {

__extension__ using Wide = __int128;

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
// Longer names stand before their prefixes' readings could be taken for them: "ms" before "m", "s" last.
constexpr std::array<Unit, 9> units{{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},  // Greek letter mu
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
    {"d", 86'400'000'000'000},
}};

const Unit* unit_at_front(std::string_view text) {
    for (const Unit& unit : units) {
        if (text.starts_with(unit.name)) return &unit;
    }
    return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// `amount` in units of `per_unit` as a decimal number without needless zeros.
void append_decimal(std::string& text, std::uint64_t amount, std::uint64_t per_unit) {
    text += std::to_string(amount / per_unit);
    std::uint64_t rest = amount % per_unit;
    if (rest == 0) return;
    text += '.';
    for (std::uint64_t digit = per_unit / 10; rest != 0; digit /= 10) {
        text += static_cast<char>('0' + rest / digit);
        rest %= digit;
    }
}

}  // namespace

std::string to_text(Duration duration) {
    const std::int64_t us = duration.us();
    if (us == 0) return "0s";
    std::string text;
    if (us < 0) text += '-';
    std::uint64_t rest = us < 0 ? 0 - static_cast<std::uint64_t>(us) : static_cast<std::uint64_t>(us);
    if (rest < 1'000) {
        text += std::to_string(rest) + "us";
    } else if (rest < 1'000'000) {
        append_decimal(text, rest, 1'000);
        text += "ms";
    } else if (rest < 120'000'000) {
        append_decimal(text, rest, 1'000'000);
        text += 's';
    } else {
        if (const std::uint64_t hours = rest / 3'600'000'000U; hours > 0) text += std::to_string(hours) + 'h';
        rest %= 3'600'000'000U;
        if (const std::uint64_t minutes = rest / 60'000'000U; minutes > 0) text += std::to_string(minutes) + 'm';
        rest %= 60'000'000U;
        if (rest > 0) {
            append_decimal(text, rest, 1'000'000);
            text += 's';
        }
    }
    return text;
}

std::string to_text(Time time) { return time == Time::never() ? "never" : to_text(time.since_origin()); }

std::optional<Duration> parse_duration(std::string_view text) {
    // Far more than 64 bits of microseconds, and far from the end of 128 bits, so sums and products below cannot
    // overflow.
    constexpr Wide too_much = Wide{1} << 80;

    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (text == "0") return Duration::zero();
    if (text.empty()) return std::nullopt;

    Wide total_ns = 0;
    while (!text.empty()) {
        Wide whole = 0;
        Wide fraction = 0;
        Wide scale = 1;
        bool any_digit = false;
        while (!text.empty() && is_digit(text.front())) {
            whole = whole * 10 + (text.front() - '0');
            if (whole > too_much) return std::nullopt;
            any_digit = true;
            text.remove_prefix(1);
        }
        if (!text.empty() && text.front() == '.') {
            text.remove_prefix(1);
            while (!text.empty() && is_digit(text.front())) {
                if (scale < 1'000'000'000'000'000'000) {  // digits beyond cannot reach a nanosecond of a day
                    fraction = fraction * 10 + (text.front() - '0');
                    scale *= 10;
                }
                any_digit = true;
                text.remove_prefix(1);
            }
        }
        if (!any_digit) return std::nullopt;
        const Unit* unit = unit_at_front(text);
        if (unit == nullptr) return std::nullopt;
        text.remove_prefix(unit->name.size());
        if (whole > too_much / unit->nanoseconds) return std::nullopt;
        total_ns += whole * unit->nanoseconds + fraction * unit->nanoseconds / scale;
        if (total_ns > too_much) return std::nullopt;
    }
    const Wide total_us = (negative ? -total_ns : total_ns) / 1'000;
    if (total_us > std::numeric_limits<std::int64_t>::max() || total_us < std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return Duration::microseconds(static_cast<std::int64_t>(total_us));
}

}  // namespace sim

#include "models/scenario/rate.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace eks {

namespace {

struct RateUnit {
    std::string_view text;
    double seconds = 1.0;
};
constexpr std::array<RateUnit, 3> rate_units{{{"/s", 1.0}, {"/min", 60.0}, {"/h", 3600.0}}};
constexpr double per_second_max = 1'000'000.0;

// A number in full, or nothing.
std::optional<double> number_in(std::string_view text) {
    double value = 0.0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::optional<std::int32_t> read_rate_milli(const Reader& at) {
    if (at.is_number()) {
        at.complain(Rule::missing_unit, fmt::format("{} is {} without a unit", at.title(), shown(at.value())),
                    "such as 30/s, 600/min or 5/h");
        return std::nullopt;
    }
    const auto text = at.text();
    if (!text) return std::nullopt;
    for (const RateUnit& unit : rate_units) {
        if (!text->ends_with(unit.text)) continue;
        const auto value = number_in(std::string_view(*text).substr(0, text->size() - unit.text.size()));
        if (!value) break;
        const double per_second = *value / unit.seconds;
        if (!(per_second >= 0.0 && per_second <= per_second_max)) {
            at.complain(Rule::out_of_range,
                        fmt::format("{} must be between 0/s and {:.0f}/s", at.title(), per_second_max));
            return std::nullopt;
        }
        return static_cast<std::int32_t>(std::lround(per_second * 1000.0));
    }
    at.complain(Rule::bad_quantity, fmt::format("{} is \"{}\", which is not a rate", at.title(), *text),
                "such as 30/s, 600/min or 5/h");
    return std::nullopt;
}

}  // namespace eks

#include "models/scenario/kubernetes/pods_or_percent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace eks {

std::optional<PodsOrPercent> read_pods_or_percent(const Reader& reader) {
    if (reader.is_integer()) {
        const auto count = reader.integer(0, std::numeric_limits<std::int32_t>::max());
        return count ? std::optional(PodsOrPercent{*count, false}) : std::nullopt;
    }
    const auto text = reader.text();
    if (!text) return std::nullopt;
    constexpr std::size_t digits_max = 4;
    const std::string_view digits = std::string_view(*text).substr(0, text->empty() ? 0 : text->size() - 1);
    const bool is_percent = text->ends_with('%') && !digits.empty() && digits.size() <= digits_max &&
                            std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_percent) {
        reader.complain(Rule::bad_percent_or_number,
                        fmt::format("{} is {}, which is neither a number of pods nor a percentage", reader.title(),
                                    shown(reader.value())),
                        "write 2, or \"25%\"");
        return std::nullopt;
    }
    std::int64_t percent = 0;
    for (const char c : digits) percent = percent * 10 + (c - '0');
    return PodsOrPercent{percent, true};
}

}  // namespace eks

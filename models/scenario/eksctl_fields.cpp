#include "models/scenario/eksctl_fields.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace eks {

void check_eksctl_fields(const Reader& map, std::span<const std::string_view> used,
                         std::span<const std::string_view> ignored) {
    const auto is_in = [](std::span<const std::string_view> list, std::string_view word) {
        return std::find(list.begin(), list.end(), word) != list.end();
    };
    for (const auto& [key, value] : map.members()) {
        if (is_in(used, key) || is_in(ignored, key)) continue;
        const auto near = nearest_word(key, used);
        if (!near) continue;
        map.complain_at_key(key, Rule::unknown_field, fmt::format("{} has no field \"{}\"", map.title(), key),
                            fmt::format("did you mean \"{}\"?", *near));
    }
}

}  // namespace eks

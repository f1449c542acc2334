#include "models/report/decisions/arguments.hpp"

#include "models/catalog/catalog.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace eks::decisions {

const InstanceType& type_named(const std::string& name) {
    if (const InstanceType* type = Catalog::builtin().find(name)) return *type;
    std::string near;
    for (const auto& one : Catalog::builtin().nearest_names(name))
        near += (near.empty() ? "did you mean " : ", ") + std::string(one);
    throw WrongArguments{Rule::unknown_instance_type, fmt::format("there is no instance type {}", name), near};
}

std::optional<std::int64_t> count_given(const Json& a, const char* name, std::int64_t most, std::int64_t least) {
    if (!a.contains(name) || a[name].is_null()) return {};
    const Json& given = a[name];
    if (!given.is_number_integer())
        throw WrongArguments{Rule::wrong_type, fmt::format("{} is {}, not a whole number", name, given.dump()), ""};
    const bool is_too_large =
        given.is_number_unsigned() && given.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    const auto count = is_too_large ? most : given.get<std::int64_t>();
    if (is_too_large || count < least || count > most)
        throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", name, given.dump()),
                             fmt::format("from {} to {}", least, most)};
    return count;
}

std::optional<std::int32_t> small_count_given(const Json& a, const char* name, std::int32_t least) {
    const auto count = count_given(a, name, small_count_max, least);
    if (!count) return {};
    return static_cast<std::int32_t>(*count);
}

void refuse_others(const Json& a, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : a.items()) {
        if (std::ranges::find(known, name) != known.end()) continue;
        throw WrongArguments{Rule::unknown_field, fmt::format("there is no argument {}", name),
                             fmt::format("there are: {}", fmt::join(known, ", "))};
    }
}

}  // namespace eks::decisions

// How the decision calls read their arguments and refuse wrong ones.
#pragma once

#include "models/catalog/instance_type.hpp"
#include "models/scenario/diagnostics.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace eks::decisions {

using Json = nlohmann::ordered_json;

// Wrong arguments: one sentence, one hint.
struct WrongArguments {
    Rule rule;
    std::string message;
    std::string hint;
};

template <class T>
T required(const Json& a, const char* name) {
    if (!a.contains(name) || a[name].is_null())
        throw WrongArguments{Rule::missing_field, fmt::format("the argument {} is missing", name), ""};
    return a[name].get<T>();
}

template <class T>
T optional_or(const Json& a, const char* name, T fallback) {
    return a.contains(name) && !a[name].is_null() ? a[name].get<T>() : std::move(fallback);
}

inline bool is_given(const Json& a, const char* name) { return a.contains(name) && !a[name].is_null(); }

// Counts of anything on one node.
inline constexpr std::int32_t small_count_max = 1'000'000;

// A whole number in its range, if it is given.
std::optional<std::int64_t> count_given(const Json& a, const char* name, std::int64_t most, std::int64_t least = 0);
std::optional<std::int32_t> small_count_given(const Json& a, const char* name, std::int32_t least = 0);

// The instance type of that name; an unknown one is refused with the nearest names.
const InstanceType& type_named(const std::string& name);

// A misspelt argument would otherwise leave its default in place unseen.
void refuse_others(const Json& a, std::initializer_list<std::string_view> known);

}  // namespace eks::decisions

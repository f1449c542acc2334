// How the decision calls read their arguments and refuse wrong ones.
#pragma once

#include "models/scenario/diagnostics.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>
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

}  // namespace eks::decisions

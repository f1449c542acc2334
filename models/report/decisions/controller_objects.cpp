#include "models/report/decisions/controller_objects.hpp"

#include "models/spec/calendar.hpp"

#include <algorithm>

namespace eks::decisions {

const Json& at_path(const Json& object, std::initializer_list<const char*> path) {
    static const Json nothing;
    const Json* at = &object;
    for (const char* name : path) {
        if (!at->is_object() || !at->contains(name)) return nothing;
        at = &(*at)[name];
    }
    return *at;
}

std::int64_t integer_at(const Json& object, std::initializer_list<const char*> path, std::int64_t fallback) {
    const Json& value = at_path(object, path);
    if (value.is_null()) return fallback;
    if (!value.is_number_integer())
        throw WrongArguments{Rule::wrong_type,
                             fmt::format("{} is {}, not a whole number", *(path.end() - 1), value.dump()), ""};
    return value.get<std::int64_t>();
}

std::string text_at(const Json& object, std::initializer_list<const char*> path, const std::string& fallback) {
    const Json& value = at_path(object, path);
    return value.is_null() ? fallback : value.get<std::string>();
}

bool holds_text(const Json& list, const std::string& text) {
    return std::ranges::any_of(list, [&](const Json& item) { return item == text; });
}

std::optional<std::int64_t> instant_at(const Json& object, std::initializer_list<const char*> path) {
    const Json& value = at_path(object, path);
    if (value.is_null()) return std::nullopt;
    const auto text = value.get<std::string>();
    if (const auto us = parse_instant_us(text)) return us;
    throw WrongArguments{Rule::bad_timestamp,
                         fmt::format("{} is \"{}\", which is not an instant", *(path.end() - 1), text),
                         "write it as 2026-11-02T08:00:00Z"};
}

PodsOrPercent pods_or_percent_at(const Json& object, std::initializer_list<const char*> path, PodsOrPercent fallback) {
    const Json& value = at_path(object, path);
    if (value.is_null()) return fallback;
    if (value.is_number_integer() && value.get<std::int64_t>() >= 0) return {value.get<std::int64_t>(), false};
    const auto text = value.is_string() ? value.get<std::string>() : std::string();
    constexpr std::size_t most_digits = 4;
    const std::string digits = text.substr(0, text.empty() ? 0 : text.size() - 1);
    if (!text.ends_with('%') || digits.empty() || digits.size() > most_digits ||
        digits.find_first_not_of("0123456789") != std::string::npos)
        throw WrongArguments{Rule::bad_percent_or_number,
                             fmt::format("{} is {}, which is neither a number of pods nor a percentage",
                                         *(path.end() - 1), value.dump()),
                             "write 2, or \"25%\""};
    return {std::stoll(digits), true};
}

bool is_terminal(const Json& pod) {
    const std::string phase = text_at(pod, {"status", "phase"});
    return phase == "Succeeded" || phase == "Failed";
}

bool is_active(const Json& pod) {
    return !is_terminal(pod) && at_path(pod, {"metadata", "deletionTimestamp"}).is_null();
}

std::string condition_of(const Json& pod, const char* type) {
    for (const Json& condition : at_path(pod, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) == type) return text_at(condition, {"status"});
    }
    return {};
}

}  // namespace eks::decisions

// Kubernetes objects as the decision calls about controllers take them: a few fields of each, read where they are
// needed.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/systems/workloads/deployment_arithmetic.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace eks::decisions {

inline constexpr std::int64_t microseconds_a_second = 1'000'000;

// The member of a member of an object; null where one of them is not there.
const Json& at_path(const Json& object, std::initializer_list<const char*> path);
std::int64_t integer_at(const Json& object, std::initializer_list<const char*> path, std::int64_t fallback);
std::string text_at(const Json& object, std::initializer_list<const char*> path, const std::string& fallback = {});
bool holds_text(const Json& list, const std::string& text);
// An instant such as creationTimestamp, in microseconds of Unix time.
std::optional<std::int64_t> instant_at(const Json& object, std::initializer_list<const char*> path);
// "25%" or 3; the fallback where there is nothing.
PodsOrPercent pods_or_percent_at(const Json& object, std::initializer_list<const char*> path, PodsOrPercent fallback);

// Phase Succeeded or Failed.
bool is_terminal(const Json& pod);
// Not terminal, and nobody has asked for its deletion (CTRL-5).
bool is_active(const Json& pod);
// The status of a condition, or an empty text.
std::string condition_of(const Json& pod, const char* type);

}  // namespace eks::decisions

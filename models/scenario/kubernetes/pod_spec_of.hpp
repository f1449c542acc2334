// Where the pod spec of an object stands: the one place that knows how deep each kind hides it.
#pragma once

#include "models/scenario/json_value.hpp"

#include <string_view>

namespace eks {

// The pod spec of a workload's object, or null if the object has none (another kind, or something is missing on the
// way).
JsonValue* pod_spec_of(JsonValue& object, std::string_view kind);

}  // namespace eks

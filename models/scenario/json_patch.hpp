// JSON patch (RFC 6902) on a document value: a list of operations add, remove, replace, move, copy and test, whose
// paths are JSON pointers (RFC 6901).
#pragma once

#include "models/scenario/json_value.hpp"
#include "models/scenario/reader.hpp"

namespace eks {

// Applies the operations in order. At the first that cannot be done it complains and leaves the rest undone, as the RFC
// demands; `title` names the object in messages.
void apply_json_patch(JsonValue& object, const Reader& operations, const std::string& title);

}  // namespace eks

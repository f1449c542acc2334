// Kubernetes' strategic merge patch: maps are merged, null takes a member away, and lists whose items have a key
// (containers by name, ports by number) are merged item by item; all other lists are replaced. Custom resources know no
// such keys, so for them every list is replaced (a JSON merge patch).
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
#pragma once

#include "models/scenario/json_value.hpp"
#include "models/scenario/reader.hpp"

#include <cstdint>
#include <string_view>

namespace eks {

enum class ListMerge : std::uint8_t { by_key, replaced };

// Lays the patch over the object; what comes from the patch keeps its origin. Complains about directives it does not
// know and list items without their key. False if the patch takes the whole object away.
bool apply_strategic_merge(JsonValue& object, const Reader& patch, std::string_view kind, ListMerge list_merge);

}  // namespace eks

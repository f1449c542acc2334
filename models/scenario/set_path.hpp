// Changes to a document before it is read: `--set path=value`, the variants of a `matrix`, and an eksctl file laid
// under the keys that the scenario states itself. The changed values remember where they come from. Internal to
// models/scenario.
#pragma once

#include "models/scenario/reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks {

// One step of a path: a field, or in brackets an entry of a list by name or number, or a key that has dots in it.
struct PathStep {
    std::string name;
    bool is_bracketed = false;
    friend bool operator==(const PathStep&, const PathStep&) = default;
};

// "cluster.managedNodeGroups[workers].instanceType" -> four steps. Answers false for what is not a path.
bool parse_path(std::string_view path, std::vector<PathStep>& steps);

// Sets the value at the path, making maps on the way where nothing is there. Whatever prevents it is complained about
// at `at`, which is the origin of the path itself (a `--set` or a key of `matrix`).
bool set_value(JsonValue& document, std::string_view path, JsonValue value, OriginIx at, Reading& reading);

// The `--set` as given on a command line: the value is JSON, or else a plain text.
bool set_text(JsonValue& document, const std::string& path, const std::string& text, Reading& reading);

// `over` laid over `under`: maps merge key by key, lists of maps with names merge by name, everything else is replaced,
// and null takes away.
JsonValue laid_over(JsonValue under, const JsonValue& over);

}  // namespace eks

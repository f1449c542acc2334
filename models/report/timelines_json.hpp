// Levels over time for the result document: its key `series`.
#pragma once

#include "models/planning/experiment.hpp"

#include <string>

namespace eks {

// {"replication", "until_seconds", "warm_up_seconds", "list": [{"name", "labels", "unit", "at_seconds", "values"}…]}:
// a value holds from its time to the next one, the last until `until_seconds`.
std::string timelines_json(const Outcome& outcome);

}  // namespace eks

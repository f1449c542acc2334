// A KubeSchedulerConfiguration as a scheduler profile.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/systems/scheduling/plain/profile.hpp"

namespace eks::decisions {

// The one profile of a configuration; the default profile for null.
plain::Profile profile_of(const Json& config);

}  // namespace eks::decisions

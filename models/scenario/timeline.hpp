// The section `timeline`: what the scenario does to the cluster, and when. Internal to models/scenario; needs the
// workloads and the length of the run.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>
#include <vector>

namespace eks {

// Fills builder.spec.timeline and answers the stretches of time that entries name.
std::vector<NamedWindow> read_timeline(const std::optional<Reader>& timeline, sim::Duration run_length,
                                       ScenarioBuilder& builder);

}  // namespace eks

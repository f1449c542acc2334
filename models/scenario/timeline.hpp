// The section `timeline`: what the scenario does to the cluster, and when; with it, what was done to a run of it from
// outside. Internal to models/scenario; needs the workloads and the length of the run.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <span>
#include <vector>

namespace eks {

// An entry of LoadOptions::changes.
struct OutsideChange {
    sim::Duration at;
    Reader entry;
};

// Fills builder.spec.timeline and builder.revisions, and answers the stretches of time that entries name.
std::vector<NamedWindow> read_timeline(const Reader& document, std::span<const OutsideChange> from_outside,
                                       sim::Duration run_length, ScenarioBuilder& builder);

}  // namespace eks

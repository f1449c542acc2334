// The sections that say what there is, as opposed to what is done with it: cluster, assume, manifests, patches,
// behaviour. They are read once for the scenario itself, and again for each way in which its timeline changes objects.
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <span>

namespace eks {

// `changes` are entries of the timeline (`apply` with what it applies), laid over the objects as if they were patches
// behind all others.
void read_contents(const Reader& document, std::span<const Reader> changes, ScenarioBuilder& builder);

}  // namespace eks

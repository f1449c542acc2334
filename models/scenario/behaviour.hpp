// The section `behaviour`: what a manifest cannot say of the pods that it makes: how long they take to become ready,
// how long they run, how often they fail, what they use, how large their images are. What nobody says is assumed, and
// listed as such. Internal to models/scenario; needs the workloads.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>

namespace eks {

void read_behaviour(const std::optional<Reader>& behaviour, ScenarioBuilder& builder);

}  // namespace eks

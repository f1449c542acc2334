// The section `advice`: what Goldilocks and KRR are asked, once all workloads and who scales them are known.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>

namespace eks {

void read_advice(const std::optional<Reader>& section, ScenarioBuilder& builder);

}  // namespace eks

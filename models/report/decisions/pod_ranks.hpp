// A pod object as deletion_rank.hpp wants it.
#pragma once

#include "models/report/decisions/arguments.hpp"
#include "models/systems/workloads/deletion_rank.hpp"

#include <vector>

namespace eks::decisions {

// All but the crowd on its node, and with UIDs ranked among these pods.
std::vector<RankedPod> ranked_pods(const Json& pods);

}  // namespace eks::decisions

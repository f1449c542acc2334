// Who scrapes whom now (FR-26), for the agents' pods that are up.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <vector>

namespace eks {

// Sets what each of these pods scrapes, and the share of it that the backend rejects. Answers, by agent, with what is
// missed for want of a scrape, and the pods that this is about; the other levels are zero.
std::vector<AgentLevels> share_out_targets(const Spec& spec, World& world);

}  // namespace eks

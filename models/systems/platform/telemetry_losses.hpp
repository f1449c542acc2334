// What of a log that is lost nobody else has (FR-26, FR-27): of two agents that scrape the same pods, one may lose all
// and nothing is missing.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>

namespace eks {

// Of samples that have left the row's log unsent, those that no other pod of an agent has scraped, in millionths.
// MODEL: what another has stays as it was told of it: its rejections count as if nothing had been lost.
std::int64_t lost_for_all(const Spec& spec, const World& world, const AgentPod& row, const LogSpans& gone);

}  // namespace eks

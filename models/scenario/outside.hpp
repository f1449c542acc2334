// Networks outside of the VPC and what pods have to do there: `cluster.vpc.peers`, `cluster.vpc.nat`, and `outside` of
// an entry of `behaviour` (FR-9). Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>
#include <vector>

namespace eks {

// Once the zones and subnets are known.
void read_outside_networks(const Reader& cluster, ScenarioBuilder& builder);

// What one entry says, for whichever workload; without one: it says nothing, or something that was complained about.
std::vector<OutsideUse> read_outside_uses(const Reader& entry, const ScenarioBuilder& builder);

// Once all behaviour has been read.
void check_outside(const std::optional<Reader>& behaviour, ScenarioBuilder& builder);

}  // namespace eks

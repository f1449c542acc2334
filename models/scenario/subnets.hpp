// The VPC of a cluster and its subnets: what `cluster.vpc` says, and what eksctl makes where it says nothing.
// Internal to models/scenario; called by cluster.cpp before the node groups, which choose among the subnets.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/cidr.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace eks {

// Reads cluster.vpc and cluster.availabilityZones into builder.spec.subnets and builder.subnets; needs
// builder.spec.region.
void read_subnets(const Reader& cluster, ScenarioBuilder& builder);

// Whether the region has a zone of this name, as far as can be told: names are given to each account in its own way
// (AWS-8).
bool is_zone_of(std::string_view region, std::string_view zone);

// The zone's name if it is one of the builder's region, else a complaint and nothing.
std::optional<std::string> read_zone(const Reader& at, const ScenarioBuilder& builder);

}  // namespace eks

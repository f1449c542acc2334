// How many pods of a node can have an address, as the scenario has its CNI set up: for whoever compares this with
// max-pods before anything runs. What a run gives out is the CNI's own business (models/systems/network).
#pragma once

#include "models/spec/spec.hpp"

namespace eks {

// Pods of the host's network need none and are not in it. Of IPv6 there is no end (IPAM-61): do not ask.
int addresses_for_pods(const Spec& spec, const NodeShape& shape);

}  // namespace eks

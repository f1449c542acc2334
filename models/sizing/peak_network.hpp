// What the pods of a workload move over the network at the peak of the traffic that a scenario states.
#pragma once

#include "models/spec/spec.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace eks::sizing {

// By WorkloadIx: bytes a second of one pod, of the busier of the two ways, with so many pods of each. Calls are
// followed from callers to callees; where they go in circles each class counts once.
std::vector<std::int64_t> peak_network_of_pods(const Spec& spec, std::span<const std::int64_t> replicas);

}  // namespace eks::sizing

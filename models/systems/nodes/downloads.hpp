// What flows from registries and peers to nodes. Fetches share the networks of nodes and what a registry sends in all;
// between two changes their rates are constant, so that each end is known in closed form.
#pragma once

#include "models/systems/signals.hpp"

namespace eks {

inline constexpr std::int64_t microbytes_a_byte = 1'000'000;

// A pull in state `fetching` has joined, or is about to leave.
void fetch_begins(const Spec& spec, World& world, Turn& turn, PullId pull);
void fetch_is_over(const Spec& spec, World& world, Turn& turn, PullId pull);

// A fault keeps all nodes from this registry now.
bool registry_is_unreachable(const Spec& spec, const World& world, std::uint32_t registry);

}  // namespace eks

// What others of the platform tell those who follow Secrets.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// An operator has its first ready pod, or has lost the last one.
void secrets_operator_changes(const Spec& spec, World& world, Turn& turn, std::uint32_t which);
// Secrets that the cluster which a run begins with has had for a while.
void settle_secrets(const Spec& spec, World& world);
// Operators that stand as the run begins look at their objects again when it is time.
void follow_settled_secrets(const Spec& spec, World& world, Turn& turn);

}  // namespace eks

// What others of the platform tell those who follow credentials.
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// Pods that stand as the run begins renew what they have.
void renew_settled_credentials(const Spec& spec, World& world, Turn& turn);

}  // namespace eks

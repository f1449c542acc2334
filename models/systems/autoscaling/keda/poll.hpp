// When KEDA's operator asks the scalers of an object (KEDA-1). Where it would find what it found before it sleeps, and
// is woken at the instant at which it would have asked next.
#pragma once

#include "models/systems/turn.hpp"

#include <cstdint>

namespace eks::keda {

// Something that it asks for is another thing from now on.
void wake_poll(const Spec& spec, World& world, Turn& turn, std::uint32_t scaled);

}  // namespace eks::keda

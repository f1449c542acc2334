// When the controller looks at a HorizontalPodAutoscaler (HPA-1). One that finds what it found before sleeps, and is
// woken at the instant at which the real one would have looked next.
#pragma once

#include "models/systems/turn.hpp"

#include <cstdint>

namespace eks::hpa {

inline constexpr sim::Duration sync_period = sim::Duration::seconds(15);

// From one look to the next: each object is put into the queue again when it has been worked on, so that objects drift
// apart.
sim::Duration period_of(const Spec& spec, const sim::DrawSource& key, const HorizontalScaler& scaler);

// Something that it looks at is another thing from now on.
void wake(const Spec& spec, World& world, Turn& turn, std::uint32_t scaler);

// For how long after such a change its looks may still differ from one another.
sim::Duration settles_within(const Spec& spec, const HorizontalScaler& scaler);

}  // namespace eks::hpa

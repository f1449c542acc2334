// A poll of a ScaledJob (KEDA-20 to KEDA-24): Jobs are made as far as its strategy says, and those beyond its history
// are deleted.
#pragma once

#include "models/systems/autoscaling/keda/scaled_object.hpp"
#include "models/systems/turn.hpp"

#include <cstdint>
#include <span>

namespace eks::keda {

// True while Jobs of it run or are made: the next poll may find another number.
bool make_jobs(const Spec& spec, World& world, Turn& turn, std::uint32_t scaled,
               std::span<const TriggerReading> readings);

}  // namespace eks::keda

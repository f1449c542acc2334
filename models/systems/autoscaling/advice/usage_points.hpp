// The series that KRR reads, as they grow step by step: CPU as the rate over a step, memory as it stands at its end
// (VPA-31). Prometheus evaluates a subquery at the multiples of its step, so the steps are those of the clock.
//
// A pod has a point of CPU where its container has run for the whole step, and one of memory where it runs at its end;
// that Prometheus extrapolates a rate from two scrapes within the step is left out.
#pragma once

#include "libsim/random.hpp"
#include "models/spec/spec.hpp"
#include "models/systems/autoscaling/advice/krr.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// The first multiple of the step, in the run's own time.
sim::Time first_advice_step(const Spec& spec);

// The points of this instant, of all pods that are looked at.
void take_advice_points(const Spec& spec, World& world, sim::Time now);
// Nobody asks for what lies behind the history.
void forget_old_points(const Spec& spec, World& world);

// By pod, as KRR gets them at the step that was taken last; pods without a point are not among them.
enum class UsageKind : std::uint8_t { cpu, memory };
std::vector<krr::Series> usage_series(const Spec& spec, const World& world, std::size_t row, UsageKind kind);

}  // namespace eks

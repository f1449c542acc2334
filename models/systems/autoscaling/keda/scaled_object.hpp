// What KEDA itself does with a ScaledObject: whether it is active, the steps between zero and one, and the
// HorizontalPodAutoscaler to which it leaves the rest (KEDA-1 to KEDA-8), as functions of plain values.
// Source: kedacore/keda 2.20, pkg/scaling/scale_handler.go, pkg/scaling/executor/scale_scaledobjects.go,
// pkg/fallback/fallback.go, controllers/keda/hpa.go.
//
// Times are microseconds on any one clock, values thousandths.
#pragma once

#include "models/spec/keda.hpp"
#include "models/systems/autoscaling/hpa/reconcile.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace eks::keda {

// --- KEDA-2

struct TriggerReading {
    bool is_of_resource = false;  // cpu or memory: read by the HPA alone
    bool has_failed = false;
    std::int64_t value_milli = 0;
    std::int64_t activation_milli = 0;
};

struct Activity {
    bool is_active = false;
    bool has_failure = false;
};
Activity activity_of(std::span<const TriggerReading> triggers);
// With scalingModifiers one value is made of all.
Activity activity_of_composite(std::span<const TriggerReading> triggers, std::int64_t value_milli,
                               std::int64_t activation_milli);

// --- KEDA-3, KEDA-4, KEDA-7

struct Poll {
    std::int32_t replicas = 0;  // as they are to be afterwards
    std::optional<std::int64_t> last_active_us;
};
Poll poll_of(const ScaledObject& object, const Activity& activity, std::int32_t replicas,
             std::optional<std::int64_t> last_active_us, std::int64_t now_us);

// --- KEDA-5, KEDA-7

// Its metrics are the triggers', external ones (by default a value for each replica) and those of resources.
hpa::Autoscaler autoscaler_of(const ScaledObject& object);

// --- KEDA-8

struct FallbackCase {
    std::int32_t failures = 0;      // of this metric, one after the other
    std::int64_t target_milli = 0;  // for each replica, or in all
    bool is_value_in_all = false;
    std::int32_t replicas = 0;
    std::int32_t ready_pods = 0;
};
// What the HPA is told in place of a metric that fails; none: that it fails.
std::optional<std::int64_t> fallback_milli(const Fallback& fallback, const FallbackCase& failed);

}  // namespace eks::keda

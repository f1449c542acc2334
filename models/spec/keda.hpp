// What a ScaledObject and a ScaledJob of KEDA say, with the defaults of KEDA-1 filled in. The decisions are in
// systems/autoscaling/keda/, as functions of these. Times are microseconds, values thousandths.
#pragma once

#include "models/spec/horizontal_scaler.hpp"
#include "models/spec/keda_formula.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eks::keda {

enum class FallbackBehavior : std::uint8_t {
    fixed_replicas,  // "static"
    current_replicas,
    current_replicas_if_higher,
    current_replicas_if_lower,
};

struct Fallback {
    std::int32_t failure_threshold = 0;
    std::int32_t replicas = 0;
    FallbackBehavior behavior = FallbackBehavior::fixed_replicas;
    friend bool operator==(const Fallback&, const Fallback&) = default;
};

// KEDA-7: annotations.
struct Pauses {
    bool is_paused = false;
    std::optional<std::int32_t> at_replicas;  // paused there
    bool scale_in = false;
    bool scale_out = false;
    bool is_forced_active = false;
    friend bool operator==(const Pauses&, const Pauses&) = default;
};

// advanced.scalingModifiers: what the triggers say is made one value, by which the HPA scales instead (KEDA-2).
struct Composite {
    Formula formula;
    std::int64_t target_milli = 0;
    bool is_value_in_all = false;  // metricType Value
    std::int64_t activation_milli = 0;
    friend bool operator==(const Composite&, const Composite&) = default;
};

struct ScaledObject {
    std::optional<std::int32_t> idle;  // idleReplicaCount
    std::int32_t least = 0;            // minReplicaCount
    std::int32_t most = 100;           // maxReplicaCount
    std::int64_t polling_interval_us = 30'000'000;
    std::int64_t cooldown_us = 300'000'000;
    std::int64_t initial_cooldown_us = 0;
    std::int64_t created_us = 0;
    std::optional<Fallback> fallback;
    std::optional<hpa::Behavior> behavior;  // of advanced.horizontalPodAutoscalerConfig
    Pauses pauses;
    std::optional<Composite> composite;
    hpa::Tolerances tolerances;  // of `behavior`
    friend bool operator==(const ScaledObject&, const ScaledObject&) = default;
};

enum class Combination : std::uint8_t { max, min, avg, sum };
enum class JobStrategy : std::uint8_t { default_strategy, custom, accurate, eager };

// Conditions of a pod that the scheduler and the kubelet set. Nobody here sets another one.
enum class PodCondition : std::uint8_t {
    scheduled,
    ready_to_start_containers,
    initialized,
    containers_ready,
    ready,
    unknown
};

struct ScaledJob {
    std::optional<std::int64_t> least;  // minReplicaCount
    std::optional<std::int64_t> most;   // maxReplicaCount
    Combination combination = Combination::max;
    JobStrategy strategy = JobStrategy::default_strategy;
    std::int64_t queue_length_deduction = 0;  // of the strategy custom
    double running_job_share = 0;
    std::vector<PodCondition> pending_conditions;  // pendingPodConditions; none: a Job's pod has to run
    friend bool operator==(const ScaledJob&, const ScaledJob&) = default;
};

}  // namespace eks::keda

namespace eks {

// A ScaledObject or ScaledJob of the cluster: what KEDA's operator polls.
struct Scaled {
    std::string namespace_name;
    std::string name;
    std::uint64_t stable_key = 0;
    bool makes_jobs = false;  // a ScaledJob
    WorkloadIx target;        // what it scales, or of which it makes Jobs
    keda::ScaledObject object;
    keda::ScaledJob job;
    sim::Duration polling_interval = sim::Duration::seconds(30);
    std::int32_t successful_history = 100;  // of a ScaledJob's Jobs (KEDA-1)
    std::int32_t failed_history = 100;
    std::vector<ScalerMetric> triggers;
    std::uint32_t first_trigger = 0;  // its place among those of all of them
    friend bool operator==(const Scaled&, const Scaled&) = default;
};

}  // namespace eks

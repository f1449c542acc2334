// One poll of a KEDA ScaledJob (KEDA-20 to KEDA-24): how many Jobs its triggers want and how many its strategy starts,
// as functions of plain values.
// Source: kedacore/keda 2.20, pkg/scaling/scaledjob/metrics.go, pkg/scaling/executor/scale_jobs.go,
// apis/keda/v1alpha1/scaledjob_types.go.
#pragma once

#include "models/spec/keda.hpp"

#include <cstdint>
#include <optional>
#include <span>

namespace eks::keda {

// KEDA-21
std::int64_t least_jobs(const ScaledJob& job);
std::int64_t most_jobs(const ScaledJob& job);

struct Trigger {
    std::int64_t value_milli = 0;
    std::int64_t target_milli = 0;
    bool is_active = false;
};

// KEDA-20
struct JobDemand {
    bool is_active = false;
    std::int64_t scale_to = 0;
    std::int64_t max_scale = 0;
};
JobDemand job_demand(const ScaledJob& job, std::span<const Trigger> triggers);

// KEDA-23, for at least the minimum of running Jobs; `most` may come out negative.
struct JobScale {
    std::int64_t scale_to = 0;
    std::int64_t most = 0;
};
JobScale job_scale(const ScaledJob& job, const JobDemand& demand, std::int64_t running, std::int64_t pending);

// KEDA-22 to KEDA-24: how many Jobs this poll creates.
std::int64_t jobs_to_create(const ScaledJob& job, const JobDemand& demand, std::int64_t running, std::int64_t pending);

}  // namespace eks::keda

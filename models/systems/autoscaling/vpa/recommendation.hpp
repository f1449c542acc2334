// What the VerticalPodAutoscaler's recommender learns of one container name and recommends for it (VPA-4 to VPA-6,
// VPA-10 to VPA-12), as functions of plain values.
// Source: kubernetes/autoscaler, vertical-pod-autoscaler 1.8,
// pkg/recommender/model/{container,aggregate_container_state} .go, pkg/recommender/logic/{estimator,recommender}.go.
//
// Times are microseconds since 1970; processor time is millicores, memory bytes.
#pragma once

#include "models/systems/autoscaling/vpa/histogram.hpp"

#include <cstdint>

namespace eks::vpa {

// --- what is learnt

// All instances of a container name of a workload together.
struct Aggregate {
    DecayingHistogram cpu{cpu_buckets};
    DecayingHistogram memory{memory_buckets};
    std::int64_t first_cpu_us = year_one_us;
    std::int64_t last_cpu_us = year_one_us;
    std::int64_t cpu_samples = 0;
    friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

// One instance.
struct Instance {
    std::int64_t memory_request_bytes = 0;
    std::int64_t last_cpu_us = year_one_us;
    std::int64_t last_memory_us = year_one_us;
    std::int64_t interval_end_us = year_one_us;  // of the interval whose peak is in the histogram
    std::int64_t usage_peak_bytes = 0;           // in that interval
    std::int64_t oom_peak_bytes = 0;
    friend bool operator==(const Instance&, const Instance&) = default;
};

// Each is false where the sample is discarded.
bool add_cpu(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t cpu_milli);
bool add_memory(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t memory_bytes);
bool add_oom(Aggregate& aggregate, Instance& instance, std::int64_t at_us);

// --- what is recommended

struct Amounts {
    std::int64_t cpu_milli = 0;
    std::int64_t memory_bytes = 0;
    friend bool operator==(const Amounts&, const Amounts&) = default;
};

struct Recommendation {
    Amounts target;
    Amounts lower_bound;
    Amounts upper_bound;
    friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

// `containers`: how many of the pod's get a recommendation; they share the pod's minimum.
Recommendation recommendation_of(const Aggregate& aggregate, std::int64_t containers);

}  // namespace eks::vpa

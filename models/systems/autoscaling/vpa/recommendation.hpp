// What the VerticalPodAutoscaler's recommender learns of one container name and recommends for it (VPA-4 to VPA-6,
// VPA-10 to VPA-12), as functions of plain values.
// Source: kubernetes/autoscaler, vertical-pod-autoscaler 1.8,
// pkg/recommender/model/{container,aggregate_container_state} .go, pkg/recommender/logic/{estimator,recommender}.go.
//
// Times are microseconds since 1970; processor time is millicores, memory bytes.
#pragma once

#include "models/spec/vertical_scaler.hpp"
#include "models/world/vertical_rows.hpp"

#include <cstdint>

namespace eks::vpa {

// --- what is learnt

// Each is false where the sample is discarded.
bool add_cpu(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t cpu_milli);
bool add_memory(Aggregate& aggregate, Instance& instance, std::int64_t at_us, std::int64_t memory_bytes);
bool add_oom(Aggregate& aggregate, Instance& instance, std::int64_t at_us);

// --- what is recommended

// What stands for "as much as you like" (VPA-11): an upper bound without any confidence.
inline constexpr std::int64_t unlimited_amount = 100'000'000'000'000;

struct Recommendation {
    Amounts target;
    Amounts lower_bound;
    Amounts upper_bound;
    friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

// `containers`: how many of the pod's get a recommendation; they share the pod's minimum.
Recommendation recommendation_of(const Aggregate& aggregate, std::int64_t containers,
                                 const RecommenderSettings& settings = {});

}  // namespace eks::vpa

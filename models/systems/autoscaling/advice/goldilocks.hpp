// What Goldilocks shows of a VerticalPodAutoscaler's recommendation (VPA-30), as functions of plain values. Its own
// VerticalPodAutoscalers are in mode Off, so that nothing is changed.
// An amount of 0 is one of which nothing is said.
// Source: FairwindsOps/goldilocks 4.15, pkg/summary, pkg/utils, pkg/dashboard/dashboard.go.
#pragma once

#include "models/quantities.hpp"
#include "models/systems/autoscaling/vpa/recommendation.hpp"

#include <optional>

namespace eks::goldilocks {

struct Shown {
    vpa::Amounts requests;
    vpa::Amounts limits;
    friend bool operator==(const Shown&, const Shown&) = default;
};

// Up to whole mebibytes, below one to whole kibibytes.
constexpr Bytes shown_memory(Bytes bytes) {
    const Bytes unit = bytes < mebibyte ? kibibyte : mebibyte;
    return (bytes + unit - 1) / unit * unit;
}

constexpr vpa::Amounts shown(const vpa::Amounts& amounts) {
    return {amounts.cpu_milli, shown_memory(amounts.memory_bytes)};
}

// "Guaranteed QoS"
constexpr Shown guaranteed(const vpa::Recommendation& recommendation) {
    return {shown(recommendation.target), shown(recommendation.target)};
}

// "Burstable QoS"
constexpr Shown burstable(const vpa::Recommendation& recommendation) {
    return {shown(recommendation.lower_bound), shown(recommendation.upper_bound)};
}

// --- what they cost

// Of a core and of a gibibyte, for as long as the costs are meant.
struct Prices {
    MicroUsd core = 0;
    MicroUsd gib = 0;
};

// In steps of a hundred micro-dollars, since it rounds to four decimals. A resource of which nothing is recommended costs
// what is set, as nothing would be changed about it.
struct Costs {
    MicroUsd current = 0;  // of what is set now, 0 meaning that it is not
    // More than that; negative: a saving.
    MicroUsd guaranteed_difference = 0;
    std::optional<MicroUsd> burstable_difference = 0;  // none: an upper bound is unlimited still
    friend bool operator==(const Costs&, const Costs&) = default;
};

Costs costs_of(const Prices& prices, const Shown& set, const vpa::Recommendation& recommendation);

}  // namespace eks::goldilocks

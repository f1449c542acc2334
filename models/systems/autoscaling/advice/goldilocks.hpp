// What Goldilocks shows of a VerticalPodAutoscaler's recommendation (VPA-30). Its own ones are in mode Off, so that
// nothing is changed.
// Source: FairwindsOps/goldilocks 4.15, pkg/summary, pkg/utils. Left out: its estimates of costs.
#pragma once

#include "models/quantities.hpp"
#include "models/systems/autoscaling/vpa/recommendation.hpp"

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

}  // namespace eks::goldilocks

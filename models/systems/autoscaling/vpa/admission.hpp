// What becomes of a recommendation before it reaches a container (VPA-13): LimitRange, policy and limits, as functions
// of plain values. Source: kubernetes/autoscaler, vertical-pod-autoscaler 1.8,
// pkg/utils/vpa/{capping,limit_and_request_scaling}.go.
//
// Left out: LimitRanges of type Pod, which share a bound among the containers.
#pragma once

#include "models/spec/pod_template.hpp"
#include "models/systems/autoscaling/vpa/recommendation.hpp"

#include <cstdint>

namespace eks::vpa {

// In all amounts here 0 means that none is given, as a quantity of zero does to the real component.

// A container as its pod template has it.
struct ContainerAmounts {
    Amounts requests;
    Amounts limits;
};

inline ContainerAmounts amounts_in(const ContainerSpec& container) {
    return {{container.requests.cpu_milli, container.requests.memory_bytes},
            {container.limits.cpu_milli, container.limits.memory_bytes}};
}

// The LimitRange first, then the policy, and with requests alone the container's own limit.
Amounts capped(const Amounts& recommended, const ContainerAmounts& container, const ContainerPolicy& policy,
               const LimitRange& limit_range);
Recommendation capped(const Recommendation& recommended, const ContainerAmounts& container,
                      const ContainerPolicy& policy, const LimitRange& limit_range);

// Limits that stand to the recommended requests as they stood to the former ones; 0: none is set.
Amounts proportional_limits(const ContainerAmounts& container, const Amounts& recommended,
                            const Amounts& default_limit);

}  // namespace eks::vpa

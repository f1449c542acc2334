// What quotas make of the creation of pods (QUOTA-1): the API server refuses what is beyond them, and the controller
// that asked waits longer from one refusal to the next (CTRL-1). Nothing here costs anything where no quota counts the
// pods of a template.
#pragma once

#include "models/systems/turn.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

inline bool has_quota(const Spec& spec, TemplateIx pod_template) {
    return !spec.quotas_of.empty() && !spec.quotas_of[pod_template.value].empty();
}

// Whether admission lets a pod of this template in now. A refusal is told.
bool admits_pod(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, TemplateIx pod_template);
// The pod is there from now on, with the template that it has.
void charge_pod(const Spec& spec, World& world, Turn& turn, PodId pod);
// It has ended, or its object is gone: what it took is free once the quota's controller has written so.
void pod_ends_charge(const Spec& spec, World& world, Turn& turn, PodId pod);
void gone_pod_ends_charge(const Spec& spec, World& world, Turn& turn, const Pod& pod);

// --- the controllers' side

// CTRL-1: 5 ms doubling up to 1000 s. That of Jobs has a limit of its own: 1 s doubling up to a minute
// (job_controller.go, DefaultJobApiBackOff and MaxJobApiBackOff), in 1.10 the ten seconds to six minutes of X-6.
sim::Duration requeue_delay(Controller controller, std::int32_t refusals, bool is_2018);

// CTRL-3: how many of the missing pods the next call of a controller is about. In a namespace with quotas a batch goes
// out when the one before it has been answered, so that a refusal stops what would follow.
constexpr std::int32_t next_batch(const CreationTries& tries, std::int32_t missing) {
    return std::min(missing, std::int32_t{1} << tries.step);
}
// The batch has been answered. When its controller looks again: at once, or after its back-off.
sim::Time look_after_batch(const Spec& spec, World& world, Turn& turn, Controller controller, WorkloadIx workload,
                           CreationTries& tries);
// Nothing is missing any more, or nobody asks any more.
void end_tries(Turn& turn, WorkloadIx workload, CreationTries& tries);

}  // namespace eks

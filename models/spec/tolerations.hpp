// Whether a pod tolerates a taint (SCHED-42): effect empty or equal; key equal, or empty with Exists; Equal needs the
// value too.
#pragma once

#include "models/spec/condition_taints.hpp"
#include "models/spec/node_shape.hpp"
#include "models/spec/pod_template.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace eks {

inline bool tolerates(const std::vector<Toleration>& tolerations, std::string_view key, std::string_view value,
                      TaintEffect effect) {
    for (const Toleration& toleration : tolerations) {
        if (!toleration.any_effect && toleration.effect != effect) continue;
        if (toleration.key.empty() ? !toleration.exists : toleration.key != key) continue;
        if (toleration.exists || toleration.value == value) return true;
    }
    return false;
}

inline bool tolerates(const PodTemplate& t, std::string_view key, std::string_view value, TaintEffect effect) {
    return tolerates(t.tolerations, key, value, effect);
}

// Admission lets every pod that is not BestEffort tolerate it (KUBELET-63).
inline bool tolerates_memory_pressure_by_class(const PodTemplate& t) { return t.qos != QualityOfService::best_effort; }

// Those of a node's state that it tolerates, for however long. Its class is known by then.
inline ConditionTaints tolerated_condition_taints(const PodTemplate& t) {
    ConditionTaints tolerated = 0;
    if (tolerates_memory_pressure_by_class(t)) tolerated |= no_schedule(ConditionTaint::memory_pressure);
    for (std::size_t i = 0; i < condition_taint_count; ++i) {
        const auto taint = static_cast<ConditionTaint>(i);
        if (tolerates(t, condition_taint_keys[i], "", TaintEffect::no_schedule)) tolerated |= no_schedule(taint);
        if (tolerates(t, condition_taint_keys[i], "", TaintEffect::no_execute)) tolerated |= no_execute(taint);
    }
    return tolerated;
}

// NODE-5: how long it stays on a node with this taint of effect NoExecute. The least tolerationSeconds of those that
// match; none set: for ever; none matches: not at all.
inline sim::Duration no_execute_stay(const PodTemplate& t, ConditionTaint taint) {
    const std::string_view key = condition_taint_keys[static_cast<std::size_t>(taint)];
    bool is_tolerated = false;
    sim::Duration stay = sim::Duration::max();
    for (const Toleration& toleration : t.tolerations) {
        if (!toleration.any_effect && toleration.effect != TaintEffect::no_execute) continue;
        if (toleration.key.empty() ? !toleration.exists : toleration.key != key) continue;
        if (!toleration.exists && !toleration.value.empty()) continue;
        is_tolerated = true;
        if (!toleration.forever)
            stay = std::min(stay, sim::Duration::seconds(std::max<std::int64_t>(toleration.seconds, 0)));
    }
    return is_tolerated ? stay : sim::Duration::zero();
}

// The taint of a node whose network or kubelet is not up yet (BOOT-2).
inline bool tolerates_not_ready(const PodTemplate& t) {
    return tolerates(t, "node.kubernetes.io/not-ready", "", TaintEffect::no_schedule);
}

// The taint that a node keeps until Cilium's agent runs on it (IPAM-350). Cilium's operator lifts it at the moment at
// which the node becomes Ready, so that a node has it exactly while it has the one above.
inline constexpr std::string_view cilium_taint_key = "node.cilium.io/agent-not-ready";
inline bool tolerates_cilium_taint(const PodTemplate& t) {
    return tolerates(t, cilium_taint_key, "", TaintEffect::no_schedule);
}
inline bool tolerates_start_of(const PodTemplate& t, const NodeShape& shape) {
    return tolerates_not_ready(t) && (!shape.waits_for_cilium || tolerates_cilium_taint(t));
}

}  // namespace eks

// Whether a pod tolerates a taint (SCHED-42): effect empty or equal; key equal, or empty with Exists; Equal needs the
// value too.
#pragma once

#include "models/spec/node_shape.hpp"
#include "models/spec/pod_template.hpp"

#include <string_view>

namespace eks {

inline bool tolerates(const PodTemplate& t, std::string_view key, std::string_view value, TaintEffect effect) {
    for (const Toleration& toleration : t.tolerations) {
        if (!toleration.any_effect && toleration.effect != effect) continue;
        if (toleration.key.empty() ? !toleration.exists : toleration.key != key) continue;
        if (toleration.exists || toleration.value == value) return true;
    }
    return false;
}

// The taint of a node whose network or kubelet is not up yet (BOOT-2).
inline bool tolerates_not_ready(const PodTemplate& t) {
    return tolerates(t, "node.kubernetes.io/not-ready", "", TaintEffect::no_schedule);
}

// The taint that a node keeps until Cilium's agent runs on it (IPAM-350). Cilium's operator lifts it at the moment at
// which the node becomes Ready, so that a node has it exactly while it has the one above.
inline constexpr std::string_view cilium_taint_key = "node.cilium.io/agent-not-ready";
inline bool tolerates_start_of(const PodTemplate& t, const NodeShape& shape) {
    return tolerates_not_ready(t) &&
           (!shape.waits_for_cilium || tolerates(t, cilium_taint_key, "", TaintEffect::no_schedule));
}

}  // namespace eks

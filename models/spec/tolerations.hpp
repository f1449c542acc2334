// Whether a pod tolerates a taint (SCHED-42): effect empty or equal; key equal, or empty with Exists; Equal needs the
// value too.
#pragma once

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

}  // namespace eks

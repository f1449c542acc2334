// How long a node group is left alone after a scale-up of it has failed (CA-34), after cluster-autoscaler 1.36.1
// utils/backoff/exponential_backoff.go. A success forgives nothing.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/cluster_autoscaler.hpp"
#include "models/world/cluster_autoscaler_rows.hpp"

#include <algorithm>

namespace eks::cluster_autoscaler {

// Until and with the instant at which it ends.
constexpr bool is_backed_off(const AutoscaledGroupState& group, sim::Time now) {
    return group.last_failure != sim::Time::never() && group.backed_off_until >= now;
}

inline void back_off(AutoscaledGroupState& group, const ClusterAutoscaler& settings, sim::Time now) {
    const bool is_known =
        group.last_failure != sim::Time::never() && now - group.last_failure <= settings.backoff_forgotten_after;
    if (!is_known)
        group.backoff = settings.first_backoff;
    else if (group.backed_off_until < now)
        group.backoff = std::min(group.backoff * 2, settings.longest_backoff);
    group.last_failure = now;
    group.backed_off_until = now + group.backoff;
}

}  // namespace eks::cluster_autoscaler

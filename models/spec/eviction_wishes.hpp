// What a pod says about being moved off its node by those who make room: annotations and volumes that Cluster
// Autoscaler and the descheduler ask for.
#pragma once

#include "libsim/time.hpp"

#include <cstdint>

namespace eks {

namespace cluster_autoscaler {
// The annotation cluster-autoscaler.kubernetes.io/safe-to-evict.
enum class SafeToEvict : std::uint8_t { unsaid, yes, no, on_completion };
}  // namespace cluster_autoscaler

struct EvictionWishes {
    cluster_autoscaler::SafeToEvict safe_to_evict = cluster_autoscaler::SafeToEvict::unsaid;
    bool has_local_storage = false;     // a hostPath, or an emptyDir, in memory or not
    bool blocks_by_storage = false;     // CA-47, rule 11: one that no annotation gives free
    bool counts_as_daemon = false;      // CA-47: by its annotation
    bool asks_for_descheduler = false;  // descheduler.alpha.kubernetes.io/evict: even if its evictor would refuse
    sim::Duration scale_up_delay;       // CA-7: the pod's own, by its annotation
    friend bool operator==(const EvictionWishes&, const EvictionWishes&) = default;
};

}  // namespace eks

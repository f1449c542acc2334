// Pods that cannot start before a name is resolved go on when the cluster's DNS answers (FR-21). What the restarts of
// their containers add until they try again is left out.
#include "models/systems/signals.hpp"

namespace eks {

void names_answered_again(const Spec& spec, World& world, Turn& turn) {
    for (const WorkloadIx workload : spec.dns.in_need) {
        for (PodId id = world[workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
            const Pod& pod = world.pods[id];
            if (pod.stage == PodStage::running && pod.cause == WaitCause::cluster_dns && !pod.terminating)
                turn.at(turn.now(), PodBecameReady{id, pod.epoch});
        }
    }
}

}  // namespace eks

// The descheduler's strategies, each as its plugin reads the policy (DESCH-2 to DESCH-4). They evict; where a pod goes
// is the scheduler's affair.
#pragma once

#include "models/systems/autoscaling/descheduler/evictor.hpp"

namespace eks::descheduler {

// All profiles, one after the other.
void run_all(const Spec& spec, World& world, Turn& turn);

void remove_failed_pods(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
void remove_restarting_pods(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
void remove_old_pods(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
void remove_pods_against_taints(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
void remove_pods_against_node_affinity(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
void remove_pods_against_anti_affinity(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
// DESCH-4
void remove_duplicates(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
void remove_pods_against_spread(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
// DESCH-2
void empty_full_nodes(Pass& pass, Evictor& evictor, const DeschedulerStep& step);
// DESCH-3
void empty_underused_nodes(Pass& pass, Evictor& evictor, const DeschedulerStep& step);

}  // namespace eks::descheduler

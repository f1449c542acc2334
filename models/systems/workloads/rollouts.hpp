// A workload whose pod template is changed in the middle of a run: its pods are replaced as its strategy says. A
// Deployment gets a ReplicaSet a template (DEPLOY-2 to DEPLOY-5); the pods of a StatefulSet and of a DaemonSet are
// replaced in place (STS-2, DS-4).
#pragma once

#include "models/systems/turn.hpp"

namespace eks {

// KUBELET-40: ready, and for as long as minReadySeconds says.
constexpr bool is_available(const Pod& pod, sim::Duration min_ready, sim::Time now) {
    return pod.stage == PodStage::ready && !pod.terminating && now >= pod.cause_since + min_ready;
}

// None: the template of the workload has not been changed yet.
const Rollout* rollout_of(const World& world, WorkloadIx workload);
// Whether it is a Deployment with several ReplicaSets, or with one that it got in the run.
bool has_replica_sets(const Spec& spec, const World& world, WorkloadIx workload);
// The ReplicaSet that the pod belongs to, if it is of such a Deployment.
ReplicaSetId replica_set_of(const World& world, const Pod& pod);

// The one that the Deployment had before its template was first changed; it may have gone since.
ReplicaSetId first_replica_set_of(const World& world, WorkloadIx workload);

// The template of the workload is another one from now on, which its controller sees at `seen`.
void begin_rollout(const Spec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload, sim::Time seen);
// All pods that were to be replaced have been, and are available.
void complete_rollout(World& world, Turn& turn, WorkloadIx workload);
// The workload's object is gone, and its ReplicaSets with it: one of that name that is made later begins anew.
void forget_rollout(World& world, Turn& turn, WorkloadIx workload);

// The controllers look at this instant, if they would not do so earlier.
void sync_deployment_at(World& world, Turn& turn, WorkloadIx workload, sim::Time at);
void sync_replica_set_at(World& world, Turn& turn, ReplicaSetId set, sim::Time at);

// The template that a StatefulSet's new pod in this place is made from; none: the present one (STS-2).
TemplateIx template_of_place(const Spec& spec, const World& world, WorkloadIx workload, std::uint32_t place);
// Replaces one pod of a StatefulSet whose places are all filled. `holders` has the pod of each place.
void update_stateful(const Spec& spec, World& world, Turn& turn, WorkloadIx workload,
                     const std::vector<PodId>& holders);
// Replaces as many pods of a DaemonSet as may be away; adds nodes where a second pod may come first (DS-4).
void update_daemons(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, std::vector<NodeId>& surge);

}  // namespace eks

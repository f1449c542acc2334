// What the Prometheus operator makes of Prometheus and Alertmanager objects: a StatefulSet for each shard, which is
// read as one of the user's from then on. The operator's own names, labels, probes and defaults are those of its
// release 0.93 (pkg/prometheus/server/statefulset.go, pkg/alertmanager/statefulset.go,
// pkg/operator/config_reloader.go).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

namespace eks {

// Behind patches and changes. A StatefulSet of the name that is among the manifests counts instead.
void add_operated_workloads(KubernetesObjects& objects, ScenarioBuilder& builder);

// What of the made objects has been read counts as read of those that they are made of.
void mark_what_they_are_made_of(const KubernetesObjects& objects);

}  // namespace eks

// The StatefulSet that the Prometheus operator makes of a Prometheus or Alertmanager object. The operator's own names,
// labels, probes and defaults are those of its release 0.93 (pkg/prometheus/server/statefulset.go,
// pkg/alertmanager/statefulset.go, pkg/operator/config_reloader.go).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/kubernetes/object_list.hpp"

#include <cstdint>
#include <string>

namespace eks {

// What the operator's Deployment says of images, and of the container that reloads configurations; here the defaults
// of its flags.
struct OperatorFlags {
    std::string prometheus_repository = "quay.io/prometheus/prometheus";
    std::string alertmanager_repository = "quay.io/prometheus/alertmanager";
    std::string thanos_repository = "quay.io/thanos/thanos";
    std::string reloader_image = "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1";
    std::string cpu_request = "10m";
    std::string cpu_limit = "10m";
    std::string memory_request = "50Mi";
    std::string memory_limit = "50Mi";
};

// Of one shard of the object, whose spec is a map. What comes from the object keeps its origin.
JsonValue stateful_set_of(const KubernetesObject& object, const Reader& reader, const OperatorFlags& flags,
                          OriginIx skeletons, const std::string& name, std::int64_t shard, ScenarioBuilder& builder);

}  // namespace eks

// From Kubernetes objects to workloads: what the sections `manifests` and `patches` of a scenario mean.
//
// Objects lie over each other in this order, later ones replacing earlier ones of the same kind, namespace and name:
// what EKS installs for the cluster's version (eks_defaults.hpp), the settings of cluster.addons laid over that, then
// the manifests in the order of the document. Patches change what is there then. What results is read kind by kind:
// workloads (workloads.hpp) and what bears on them; the rest is listed as ignored. Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>
#include <span>

namespace eks {

// Fills builder.spec's workloads, templates, images, namespaces and CNI settings, builder.cni_environment, and what is
// ignored. Needs builder.spec.kubernetes and builder.addons. Either section may be missing. `changes` are entries of
// the timeline, laid over all else.
void read_objects(const std::optional<Reader>& manifests, const std::optional<Reader>& patches,
                  ScenarioBuilder& builder, std::span<const Reader> changes = {});

}  // namespace eks

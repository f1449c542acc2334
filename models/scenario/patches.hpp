// The section `patches` of a scenario: changes to objects without touching their files.
//
//     patches:
//     - target: DaemonSet/kube-system/aws-node     # Kind/namespace/name with shell wildcards; Kind/name without a
//     namespace
//       env: {WARM_IP_TARGET: "2"}
//     - target: Deployment/shop/*
//       merge: {spec: {template: {spec: {priorityClassName: high}}}}
//
// An entry may hold a strategic merge patch (`merge`), a list of JSON patch operations (`json6902`), and the short
// forms `env`, `image`, `replicas` and `resources`, applied in this order. Values keep the place in the patch they were
// written at, so a complaint about a patched value points at the patch. A target that matches nothing is an error.
#pragma once

#include "models/scenario/kubernetes/object_list.hpp"
#include "models/scenario/reader.hpp"

#include <span>

namespace eks {

void apply_patches(const Reader& patches, KubernetesObjects& objects);

// The same for entries of the timeline, `apply` in the place of `target`. They take no object away, and change only
// what makes pods, disruption budgets and quotas.
void apply_changes(std::span<const Reader> entries, KubernetesObjects& objects);

// The parts of an entry, for one object. False if the entry takes the whole object away (`merge: {$patch: delete}`).
bool apply_patch_entry(const Reader& entry, const KubernetesObject& identity, JsonValue& object);

}  // namespace eks

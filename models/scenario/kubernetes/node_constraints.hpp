// What in a pod spec says on which nodes the pod may run: node selector, node affinity, tolerations.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

namespace eks {

// Fills node_selector, required_node_terms, preferred_node_terms and tolerations as the pod spec states them.
void read_node_constraints(const Reader& pod_spec, PodTemplate& pod);

// The node terms of a nodeAffinity, into required_node_terms and preferred_node_terms.
void read_node_affinity(const Reader& node_affinity, PodTemplate& pod);

// What the DaemonSet controller adds to its pods (DS-2).
void add_daemon_tolerations(PodTemplate& pod);

// What the API server adds to every pod that does not say otherwise: 300 s on a node that is not ready or unreachable
// (NODE-5).
void add_default_tolerations(PodTemplate& pod);

}  // namespace eks

// What selects what: labels, nodes, taints and pods held against selectors and terms.
#pragma once

#include "models/systems/scheduling/plain/objects.hpp"

#include <string_view>
#include <vector>

namespace eks::plain {

const std::string* find_label(const Labels& labels, std::string_view key);

// SCHED-43: Gt and Lt compare whole numbers; a missing label fails In, Gt and Lt and passes NotIn and DoesNotExist.
bool matches(const SelectorRequirement& requirement, const std::string* value);
bool matches(const Selector& selector, const Labels& labels);

// Or over terms, and within one; a term without requirements matches nothing (SCHED-43).
bool matches(const NodeSelectorTerm& term, const NodeObject& node);
bool matches_any(const std::vector<NodeSelectorTerm>& terms, const NodeObject& node);

// The pod's node selector and required affinity.
bool accepts_node(const PodObject& pod, const NodeObject& node);

// SCHED-42.
bool tolerates(const std::vector<Toleration>& tolerations, const Taint& taint);
bool tolerates_all_hard_taints(const PodObject& pod, const NodeObject& node);

// Whether the term of `owner` is about `pod` (SCHED-45).
bool matches(const Cluster& cluster, const AffinityTerm& term, const PodObject& owner, const PodObject& pod);

// The selector of default spread constraints (SCHED-60): of the Services that select the pod and of its controller;
// without requirements if there are none.
Selector default_selector(const Cluster& cluster, const PodObject& pod);

}  // namespace eks::plain

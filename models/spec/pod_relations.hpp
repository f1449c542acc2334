// How the pods of a scenario bear on each other when they are placed. Whatever a pod template says about other pods
// (affinity, anti-affinity, spread) comes down to sums: how many pods of some templates are on the nodes of a topology
// domain, a zone say. Which pods count in which sum, and which sums a template asks, follows from the scenario alone
// and is worked out once; a run then keeps the sums (models/world/pod_sums.hpp) and never holds a selector against a
// label.
#pragma once

#include "models/spec/condition_taints.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace eks {

struct Spec;

using SumIx = std::uint32_t;

// Nodes with the same value of a topology key are a domain. By kubernetes.io/hostname every node is one of its own.
struct TopologyKey {
    std::string name;
    bool is_hostname = false;
    std::vector<std::int32_t> domain_of_shape;  // none for hostname; -1: nodes of the shape have no such label
    std::int32_t domains = 0;
    friend bool operator==(const TopologyKey&, const TopologyKey&) = default;
};

// One sum for each domain of a key, over the pods of some templates.
struct PodSum {
    std::uint32_t key = 0;
    bool leaves_out_terminating = false;
    std::vector<std::uint8_t> includes_shape;  // empty: nodes of every shape count
    // Only nodes whose taints this template tolerates count (nodeTaintsPolicy Honor); none: whatever their taints.
    // Those of shapes are in includes_shape already.
    TemplateIx honors_taints_for;
    ConditionTaints tolerated_condition_taints = 0;
    bool tolerates_cilium = false;
    std::vector<TemplateIx> members;  // whose pods count
    // Whose pods count only when they are taken away or added for the sake of an argument (the end of SCHED-46).
    std::vector<TemplateIx> supposed;
    friend bool operator==(const PodSum&, const PodSum&) = default;
};

// A topology spread constraint, of the pod itself or by default.
struct SpreadRule {
    SumIx sum = 0;
    std::int64_t max_skew = 1;
    std::int64_t min_domains = 1;
    bool selects_itself = false;
    friend bool operator==(const SpreadRule&, const SpreadRule&) = default;
};

struct SumWeight {
    SumIx sum = 0;
    std::int64_t weight = 0;
    friend bool operator==(const SumWeight&, const SumWeight&) = default;
};

// What the pods of one template ask of those around them.
struct PodRelations {
    std::vector<SumIx> adds_to;  // the sums in which they count themselves
    std::vector<SumIx> adds_if_supposed;

    // SCHED-45: all of these above 0; or all of them 0 everywhere, for the first of a group that wants to be together.
    std::vector<SumIx> affinity;
    bool may_be_first = false;
    std::vector<SumIx> anti_affinity;            // each of these 0
    std::vector<SumIx> anti_affinity_of_others;  // and of these
    std::vector<SpreadRule> required_spread;     // SCHED-46

    std::vector<SpreadRule> preferred_spread;  // SCHED-60
    bool spread_needs_all_keys = false;        // a node without one of the keys is left out
    std::vector<SumWeight> preferences;        // SCHED-59

    bool filters() const {
        return !affinity.empty() || !anti_affinity.empty() || !anti_affinity_of_others.empty() ||
               !required_spread.empty();
    }
    bool scores() const { return !preferred_spread.empty() || !preferences.empty(); }
    friend bool operator==(const PodRelations&, const PodRelations&) = default;
};

struct PodRelationsTable {
    std::vector<TopologyKey> keys;
    std::vector<PodSum> sums;
    std::vector<PodRelations> of_template;  // by TemplateIx
    bool honors_taints = false;             // some sum does
    friend bool operator==(const PodRelationsTable&, const PodRelationsTable&) = default;
};

// It follows from the rest of its Spec, so Specs are compared without it.
struct SharedRelations {
    std::shared_ptr<const PodRelationsTable> table;
    const PodRelationsTable* operator->() const { return table.get(); }
    friend bool operator==(const SharedRelations&, const SharedRelations&) { return true; }
};

// Of a Spec whose templates, shapes and workloads are complete.
PodRelationsTable pod_relations(const Spec& spec);

}  // namespace eks

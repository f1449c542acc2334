// What Karpenter reads of pods, NodePools, instance types, nodes and claims, as plain values. A decision call fills it
// from JSON, a run from its World; everything refers to everything by its place in these lists.
#pragma once

#include "models/spec/node_shape.hpp"
#include "models/spec/pod_constraints.hpp"
#include "models/spec/pod_template.hpp"
#include "models/spec/selector_requirement.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eks::karpenter {

using Labels = std::map<std::string, std::string, std::less<>>;
// By resource name: cpu in thousandths of a core, everything else in whole units.
using Amounts = std::map<std::string, std::int64_t, std::less<>>;

using ShapeIx = std::uint32_t;
using PodIx = std::uint32_t;
using PoolIx = std::uint32_t;
using TypeIx = std::uint32_t;
using NodeIx = std::uint32_t;

// What pods of one workload have in common. Equal pods share a shape: what is worked out for one holds for all.
struct PodShape {
    std::string namespace_name;
    std::vector<Label> labels;
    std::vector<Toleration> tolerations;
    Labels node_selector;
    std::vector<NodeSelectorTerm> required_node_terms;
    std::vector<PreferredNodeTerm> preferred_node_terms;
    std::vector<AffinityTerm> required_affinity;
    std::vector<AffinityTerm> preferred_affinity;
    std::vector<AffinityTerm> required_anti_affinity;
    std::vector<AffinityTerm> preferred_anti_affinity;
    std::vector<SpreadConstraint> spread;
    std::vector<HostPort> host_ports;
    Amounts requests;  // without the pod itself
};

enum class PodPhase : std::uint8_t { pending, running, ended };
enum class OwnerKind : std::uint8_t { other, daemon_set, stateful_set, node };

// karpenter.sh/do-not-disrupt on a pod: for good, or for so long after its start.
struct DoNotDisrupt {
    bool is_set = false;
    std::optional<std::int64_t> for_us;
};

struct Pod {
    std::string name;
    std::string uid;
    ShapeIx shape = 0;
    std::int64_t created_us = 0;
    std::string node_name;  // empty: it waits for a place
    PodPhase phase = PodPhase::pending;
    bool is_terminating = false;
    OwnerKind owner = OwnerKind::other;
    DoNotDisrupt do_not_disrupt;
    std::optional<std::int64_t> started_us;
    double deletion_cost = 0;
    std::int64_t priority = 0;
    bool is_bound = false;  // to a node, whether or not that is named
};

inline bool waits(const Pod& pod) { return !pod.is_bound && pod.node_name.empty(); }

struct PoolRequirement {
    SelectorRequirement expression;
    std::optional<std::int64_t> min_values;
};

enum class ConsolidationPolicy : std::uint8_t { when_empty, when_empty_or_underutilized };

struct NodePool {
    std::string name;
    std::int64_t weight = 0;
    Labels labels;  // of its template
    Label node_class;
    std::vector<Taint> taints;
    std::vector<PoolRequirement> requirements;
    Amounts limits;  // a resource that is not there is not limited; `nodes` counts nodes
    ConsolidationPolicy policy = ConsolidationPolicy::when_empty_or_underutilized;
    std::optional<std::int64_t> consolidate_after_us = 0;  // none: never
};

struct Offering {
    std::string zone;
    std::string capacity_type;
    double price = 0;  // US dollars an hour
    bool is_available = true;
};

struct InstanceType {
    std::string name;
    std::map<std::string, std::vector<std::string>, std::less<>> labels;
    Amounts capacity;
    Amounts overhead;
    std::vector<Offering> offerings;
};

// A Node as it is, and a NodeClaim as it is.
struct NodeObject {
    std::string name;
    Labels labels;
    std::vector<Taint> taints;
    Amounts capacity;
    Amounts allocatable;
    bool is_not_to_be_disrupted = false;  // karpenter.sh/do-not-disrupt
    bool is_being_deleted = false;
};

struct NodeClaim {
    std::string name;
    Labels labels;
    std::vector<Taint> taints;
    std::vector<Taint> startup_taints;
    Amounts capacity;
    Amounts allocatable;
    bool is_being_deleted = false;
    bool is_consolidatable = false;              // condition Consolidatable
    std::optional<std::int64_t> initialized_us;  // condition Initialized, since when
    std::optional<std::int64_t> last_pod_event_us;
};

// A node of the cluster: with both, with a claim that has no node yet, or one that Karpenter does not manage.
struct ClusterNode {
    std::optional<NodeObject> node;
    std::optional<NodeClaim> claim;
};

// KARP-1.
struct Settings {
    bool respects_preferences = true;     // PREFERENCE_POLICY Respect
    bool min_values_best_effort = false;  // MIN_VALUES_POLICY BestEffort
    bool spot_to_spot = false;            // feature gate SpotToSpotConsolidation
};

struct Cluster {
    std::vector<PodShape> shapes;
    std::vector<Pod> pods;         // those that wait and those that are bound
    std::vector<ShapeIx> daemons;  // one for each DaemonSet
    std::vector<NodePool> pools;
    std::vector<InstanceType> types;  // every pool chooses from all of them
    std::vector<ClusterNode> nodes;
    Settings settings;
};

}  // namespace eks::karpenter

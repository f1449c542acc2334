// The filters of one cycle, in their order (SCHED-28): the first that refuses a node says why.
#pragma once

#include "models/systems/scheduling/plain/node_info.hpp"
#include "models/systems/scheduling/plain/pod_affinity.hpp"
#include "models/systems/scheduling/plain/profile.hpp"
#include "models/systems/scheduling/plain/topology_spread.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks::plain {

// The reason where pods would be spread too unevenly, and no label is missing.
inline constexpr std::string_view spread_refusal = "node(s) didn't match pod topology spread constraints";

struct Refusal {
    std::string plugin;  // empty: the node was left out before the filters
    std::vector<std::string> reasons;
    bool is_final = false;  // pods that went would not help (UnschedulableAndUnresolvable)
};

// What no other pod changes: the cordon, the name, taints, the node selector and node affinity.
bool suits_node(const PodObject& pod, const NodeObject& node);

bool are_free(const std::vector<HostPort>& wanted, const std::vector<HostPort>& used);

// One pod before the nodes of a cluster. What its filters counted can be changed pod by pod; the NodeInfo that the
// filters look at then has to follow.
class FilterRound {
  public:
    FilterRound(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
                const PodObject& pod);

    // SCHED-23: the pod is refused as a whole.
    const std::optional<Refusal>& pod_refusal() const { return pod_refusal_; }

    // SCHED-23, SCHED-29: nothing if the node passes all filters, with and without the pods nominated to it.
    std::optional<Refusal> refusal(const NodeInfo& node) const;

    void add(NodeInfo& node, const PodObject& other);
    void remove(NodeInfo& node, const PodObject& other);

    // As if the round had begun with the node and the pods on it, or with the pod on the node.
    void add_node(const NodeInfo& node);
    void place(NodeInfo& node, const PodObject& other);

  private:
    std::optional<Refusal> refuse_pod() const;
    std::optional<Refusal> first_refusal(const NodeInfo& node) const;
    std::optional<Refusal> ask(Plugin plugin, const NodeInfo& node) const;

    const Cluster& cluster_;
    const Profile& profile_;
    const PodObject& pod_;
    PodAffinityFilter pod_affinity_;
    SpreadFilter spread_;
    std::optional<std::set<std::string, std::less<>>> pinned_to_;  // names of nodes
    std::int64_t claims_shared_ = 0;                               // claims for one pod alone that others use
    std::optional<Refusal> pod_refusal_;
};

}  // namespace eks::plain

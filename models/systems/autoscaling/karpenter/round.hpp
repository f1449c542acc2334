// The nodes and pods of one moment on top of what does not change: what is left on the nodes, and where pods are. One
// round serves many what-ifs.
#pragma once

#include "models/systems/autoscaling/karpenter/basis.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace eks::karpenter {

struct RoundNode {
    const NodeLook* look = nullptr;  // outlives the round
    ValueIx host = 0;                // of kubernetes.io/hostname
    ValueIx own_host = 0;            // what pods on it are counted by where its Node object lacks the label
    bool has_host_label = true;
    bool has_object = true;  // a Node
    TaintsIx taints = 0;
    TaintsIx own_taints = 0;  // of its Node object
    Quantities room;          // what is left beside its pods and the DaemonSet pods still to come
    std::vector<HostPort> host_ports;
    bool is_initialized = false;
    bool is_being_deleted = false;
};

// By node, where a bound pod's Node is known.
using NodesOfPods = std::vector<std::optional<NodeIx>>;

class Round {
    std::unique_ptr<const Basis> own_basis_;
    std::deque<NodeLook> own_looks_;
    std::vector<Pod> own_pods_;

  public:
    // Of all that the cluster has, which outlives the round.
    explicit Round(const Cluster& cluster);
    // Of the pods and nodes that are given, in the order in which nodes are tried. Both number hosts by the node.
    Round(const Basis& basis, std::vector<Pod> pods, NodesOfPods places, std::vector<RoundNode> nodes);
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    // A claim's host name: beyond all that are named.
    ValueIx host_of_claim(std::size_t claim) const { return first_claim_host_ + static_cast<ValueIx>(claim); }
    bool tolerates(FormIx form, TaintsIx set) const { return basis.tolerates(form, set); }
    // The value of a label that the node has, or that its Node object has; or nothing.
    std::optional<ValueIx> label_of(NodeIx node, KeyIx key) const;
    std::optional<ValueIx> own_label_of(NodeIx node, KeyIx key) const;

    const Basis& basis;
    const Cluster& cluster;
    const std::vector<Pod>& pods;
    const Vocabulary& words;
    const Resources& resources;
    const KeyIx hostname_key;
    const TypeTable& types;
    const DemandTable& demand;
    const std::vector<std::vector<Taint>>& taint_sets;
    const std::vector<ClaimTemplate>& templates;
    const std::vector<Domains>& domains;

    std::vector<RoundNode> nodes;
    NodesOfPods node_of_pod;
    std::vector<PodIx> waiting;       // pods without a place
    std::vector<PodIx> keeping_away;  // bound pods whose anti-affinity keeps others away
    std::vector<NodeIx> node_order;   // initialised ones first, then by name

  private:
    void read_pods();
    void read_nodes();
    void place_pods();
    void leave_room_for_daemons();

    ValueIx first_claim_host_ = 0;
};

}  // namespace eks::karpenter

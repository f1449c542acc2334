// A node on which the VPC CNI and Cilium both manage ENIs (IPAM-354). Each daemon works on a store of its own, by its
// own rules, in the same code as when it is alone; what they share is EC2, so that each meets what the other has done
// there: addresses that it did not ask for, addresses and ENIs that are gone. This page has what neither of them does
// by itself: who belongs on a node, and what has become of the addresses of pods.
//
// Left out: that the two addresses of Cilium's agent itself can be a pod's too, and that aws-node's start rewrites
// rules and routes of pods that it does not know.
#pragma once

#include "models/systems/turn.hpp"
#include "models/world/address_verbs.hpp"

namespace eks {

// f(Cni) for each CNI whose daemon runs, or would run, on the node.
template <class F>
void for_each_cni(const Spec& spec, const Node& node, F f) {
    if (has_two_cnis(node) || spec.cni_kind == CniKind::vpc_cni) f(Cni::vpc_cni);
    if (spec.cni_kind != CniKind::vpc_cni) f(Cni::cilium);
}

// Whether the CNI's daemon belongs on nodes of this shape now: its DaemonSet is there and does not pass them over.
bool belongs_on(const Spec& spec, const World& world, NodeShapeIx shape, Cni which);

// Whether Cilium answers ADD and DEL on this node, which it does from its first configuration on (IPAM-352).
constexpr bool cilium_answers(const Spec& spec, const Node& node) {
    return has_two_cnis(node) ? node.cilium.has_written_configuration : spec.cni_kind != CniKind::vpc_cni;
}

// Makes room in both rows of an ENI for `count` CIDRs that EC2 is about to give it: a store that remembers more than
// the ENI can hold forgets what EC2 has taken away, which it would do at its next look anyway.
void make_places(const Spec& spec, World& world, Turn& turn, EniId eni, std::int32_t count);

// Works out anew whose addresses are shared, overwritten or taken away (DPC-57), and tells what has changed. To be
// called after each change of what EC2 has on the node's ENIs and of who has which address. Nothing on other nodes.
void review_addresses(const Spec& spec, World& world, Turn& turn, NodeId node);

// What changes in the store of ipamd. Where Cilium runs beside it, the node's metrics are those of the store that new
// pods are served from, which is Cilium's, so that no address is counted twice.
template <class F>
void note_of_ipamd(const World& world, Turn& turn, const F& fact) {
    if (!has_two_cnis(world.nodes[fact.node])) turn.note(fact);
}

}  // namespace eks

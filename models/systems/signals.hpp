// What the domains tell and ask each other. A domain includes this page and its own folder, never another domain's:
// whoever wants to know who may wake whom reads it here, by the domain that listens.
#pragma once

#include "libsim/random.hpp"
#include "models/systems/turn.hpp"

namespace eks {

// --- scheduling listens
// What happened in the cluster that may let a waiting pod in (SCHED-10).
enum class ClusterChange : std::uint8_t { pod_gone, node_added, taint_lifted, resources_added };
// A pod that the scheduler has not seen yet.
void enqueue(const Spec& spec, World& world, Turn& turn, PodId pod);
// Offers a change to the pods in the pool; who may profit leaves it (SCHED-9). `node` is the one that changed, if one
// did.
void wake_pool(const Spec& spec, World& world, Turn& turn, ClusterChange change, NodeId node);
// The pod leaves whatever queue it is in.
void leave_queue(World& world, Turn& turn, PodId pod);

// --- workloads listen
void pod_became_ready(const Spec& spec, World& world, Turn& turn, PodId pod);
// Its containers have ended for good, or one of them will be restarted; the API server's watchers see it at `seen`.
void pod_ended(const Spec& spec, World& world, Turn& turn, PodId pod, sim::Time seen);
// The object is gone; `pod` is what its row was.
void pod_gone(const Spec& spec, World& world, Turn& turn, const Pod& pod);
// A Node object appeared: the daemon pods that do not mind its not-ready taint are made for it.
void node_appeared(const Spec& spec, World& world, Turn& turn, NodeId node);
// That taint is gone: so are the others.
void node_became_ready(const Spec& spec, World& world, Turn& turn, NodeId node);
// The workload's controller looks at it at this instant.
void sync_at(World& world, Turn& turn, WorkloadIx workload, sim::Time at);
// Marks the pod as terminating for its controllers at once and has it stopped when the deletion is seen.
void request_delete(World& world, Turn& turn, PodId pod, sim::Time seen);
// The desired number changes; told to the metrics, acted on by the next sync.
void set_desired(World& world, Turn& turn, WorkloadIx workload, std::int32_t desired);
// The workload's object was changed: `before` was in force until now.
void object_changed(const Spec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// Deletes a Job and all it owns.
void delete_job(const Spec& spec, World& world, Turn& turn, JobId job);

// --- nodes listen
// The CNI of a node serves from now on: it writes its configuration and the node's network is ready (IPAM-115).
void cni_initialised(const Spec& spec, World& world, Turn& turn, NodeId node);
// The container of the CNI has ended by itself: the kubelet starts it again after its back-off.
void cni_crashed(const Spec& spec, World& world, Turn& turn, NodeId node);
// The CNI's DaemonSet is another one from now on: its pods are replaced, node by node (DS-4).
void update_cni(const Spec& spec, World& world, Turn& turn);
// It may run (again): the kubelet starts it, if its pod has come to the node.
void run_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
// A pod that was bound reaches the node's kubelet.
void kubelet_sees(const Spec& spec, World& world, Turn& turn, PodId pod);

// --- network listens
// Something that the address loop of a node looks at has changed: wakes it if there is something to do.
void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId node);
// A pod could not get an address: it will be told when one is free (the cause of its waiting then changes).
void watch_for_address(const Spec& spec, World& world, Turn& turn, NodeId node);
// Why no address can be given out on this node now.
WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node, sim::Time now);
// What the next addresses of this node wait for, if it is more than the cause tells.
CiliumWait next_addresses_await(const Spec& spec, const World& world, NodeId node);
// CNI ADD asks for an address; nothing is asked of EC2 (IPAM-170, IPAM-337). How many it gives: one, or one of each
// network card (IPAM-158); none: no address is usable now.
std::int32_t give_address(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now);
// The first instant from `now` on at which one of the addresses that the node has could be given out; never if all are
// assigned.
sim::Time address_usable_at(const Spec& spec, World& world, NodeId node, sim::Time now);
// What else CNI ADD takes once it has an address (IPAM-340).
sim::Duration endpoint_delay(const Spec& spec, Turn& turn, const Pod& pod);
// Addresses of the node that pods or the CNI itself use.
std::int32_t addresses_in_use(const World& world, NodeId node);
// CNI DEL: the address cools, if the CNI has that (IPAM-29, IPAM-175, IPAM-303). The pod must have one.
void take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod);
// The primary ENI of a new instance, with its own address only. False: the subnet has none left, so it cannot be
// launched (IPAM-211).
bool attach_primary_eni(const Spec& spec, World& world, Turn& turn, NodeId node);
// The daemon's process is gone, and with it all that it knew: what it waited for is void, and what it left half done in
// EC2 stays as it is (IPAM-121, IPAM-122). Pods keep their addresses.
void stop_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
// The pod wants a branch ENI and has come to a node: the resource controller makes one (IPAM-155, IPAM-156).
void request_branch_eni(const Spec& spec, World& world, Turn& turn, PodId pod);
// Its containers have ended for good, or its object is gone: the branch ENI waits to be deleted (IPAM-157).
void release_branch_eni(const Spec& spec, World& world, Turn& turn, PodId pod);
// What an ADD of such a pod would fail for now (IPAM-156); none: it gets the address of its branch ENI.
WaitCause branch_shortage(const World& world, PodId pod);
// Other settings of the CNI are in force: its daemons start anew with them on every node.
void change_cni(const Spec& before, const Spec& after, World& world, Turn& turn);
// What the instance's metadata shows may have changed.
void metadata_changed(const Spec& spec, World& world, Turn& turn, NodeId node);
// It is about to stop answering, and it has begun to answer again: no reconcile is completed in between (IPAM-106).
void metadata_falls_silent(const Spec& spec, World& world, Turn& turn, NodeId node);
void metadata_answers_again(const Spec& spec, World& world, Turn& turn, NodeId node);
// What others in the account call is about to change: buckets are brought up to date first.
void settle_ec2_buckets(const Spec& spec, World& world, sim::Time now);
// The node's CNI pod starts. When it has filled its pool as far as it does before it answers, it says cni_initialised
// (IPAM-118, IPAM-119).
void start_cni(const Spec& spec, World& world, Turn& turn, NodeId node);

// The leader of Cilium's operator is gone without giving up its lease, and may come back (IPAM-300).
namespace cilium {
void leader_lost(const Spec& spec, World& world, Turn& turn);
void leader_may_return(World& world, Turn& turn);
}  // namespace cilium
// A pod of the node begins or ends to use networks outside of the VPC, or the node's daemon has other settings.
void outside_use_changes(const Spec& spec, World& world, Turn& turn, NodeId node);
// What of the CNI runs once in the cluster begins.
void start_cluster_network(const Spec& spec, World& world, Turn& turn);

// --- the scenario speaks: an entry of its timeline, or whoever forks a run. The Spec comes with all its revisions.
void carry_out(const Spec& spec, World& world, Turn& turn, const TimelineAction& action);

}  // namespace eks

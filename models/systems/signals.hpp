// What the domains tell and ask each other. A domain includes this page and its own folder, never another domain's:
// whoever wants to know who may wake whom reads it here, by the domain that listens.
#pragma once

#include "libsim/random.hpp"
#include "models/systems/turn.hpp"
#include "models/world/eviction.hpp"

#include <vector>

namespace eks {

// --- scheduling listens
// What happened in the cluster that may let a waiting pod in (SCHED-10).
enum class ClusterChange : std::uint8_t { pod_gone, pod_bound, node_added, taint_lifted, resources_added };
// A pod that the scheduler has not seen yet.
void enqueue(const Spec& spec, World& world, Turn& turn, PodId pod);
// Offers a change to the pods in the pool; who may profit leaves it (SCHED-9). `node` is the one that changed, if one
// did; `pods` the template of the pod that came or went.
void wake_pool(const Spec& spec, World& world, Turn& turn, ClusterChange change, NodeId node, TemplateIx pods = {});
// Its pods have no scheduling gates any more (SCHED-13).
void open_gates(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// The pod leaves whatever queue it is in.
void leave_queue(World& world, Turn& turn, PodId pod);

// --- workloads listen
// Other requests and limits for a pod in place (QUOTA-1): the API server charges them as it takes the request.
bool quotas_allow_resize(const Spec& spec, const World& world, PodId pod, TemplateIx to);
void charge_resize(const Spec& spec, World& world, Turn& turn, TemplateIx from, TemplateIx to);
void pod_became_ready(const Spec& spec, World& world, Turn& turn, PodId pod);
// Its containers have ended for good, or one of them will be restarted; the API server's watchers see it at `seen`.
void pod_ended(const Spec& spec, World& world, Turn& turn, PodId pod, sim::Time seen);
// The object is gone; `pod` is what its row was.
void pod_gone(const Spec& spec, World& world, Turn& turn, const Pod& pod);
// A Node object appeared: the daemon pods that do not mind its not-ready taint are made for it.
void node_appeared(const Spec& spec, World& world, Turn& turn, NodeId node);
// That taint is gone: so are the others.
void node_became_ready(const Spec& spec, World& world, Turn& turn, NodeId node);
// The node has lost a taint of the moment: daemon pods that minded it are made now (DS-1).
void daemons_may_run(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its Node object is gone: no daemon pod belongs there any more.
void node_disappeared(const Spec& spec, World& world, Turn& turn, NodeId node);
// The workload's controller looks at it at this instant.
void sync_at(World& world, Turn& turn, WorkloadIx workload, sim::Time at);
// Marks the pod as terminating for its controllers at once and has it stopped when the deletion is seen.
void request_delete(World& world, Turn& turn, PodId pod, sim::Time seen);
// Asks the eviction API for it (PDB-2). If the budgets let it go, it is deleted as by request_delete().
Eviction evict(const Spec& spec, World& world, Turn& turn, PodId pod, sim::Time seen);
// A pod of the workload has become ready, or is no longer, or how many it should have is another number.
void budgets_changed(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// The quotas have other bounds from now on.
void quotas_change(const Spec& before, const Spec& after, const World& world, Turn& turn);
// The budgets are others from now on: the number and the names are the same.
void budgets_change(const Spec& before, const Spec& after, World& world, Turn& turn);
// Pods of the workload answer requests from now on, or no longer.
void traffic_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// Something about all requests has changed: they are looked at once more in this instant.
void requests_change(World& world, Turn& turn);
// Pods of the workload become endpoints of Services, or change as such (EPS-2).
void endpoints_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// The desired number changes; told to the metrics, acted on by the next sync.
void set_desired(World& world, Turn& turn, WorkloadIx workload, std::int32_t desired);
// The workload's object was changed: `before` was in force until now.
void object_changed(const Spec& before, const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// The workload's object, which was not there or had been deleted, is made.
void create_workload(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// The workload's object is gone.
void workload_deleted(World& world, Turn& turn, WorkloadIx workload);
// Deletes a Job and all it owns.
void delete_job(const Spec& spec, World& world, Turn& turn, JobId job);

// Deletes a Job when its deletion is seen; until then it counts for no history.
void request_delete_job(World& world, Turn& turn, JobId job, sim::Time seen);

// --- nodes listen
// A CNI of a node serves from now on: it writes its configuration and the node's network is ready (IPAM-115).
void cni_initialised(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which);
// The container of ipamd has ended by itself: the kubelet starts it again after its back-off.
void cni_crashed(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which);
// The CNI's DaemonSet is another one from now on: its pods are replaced, node by node (DS-4).
void update_cni(const Spec& spec, World& world, Turn& turn);
// The daemon may run (again): the kubelet starts it, if its pod has come to the node.
void run_daemon(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which);
// Launches one instance of this shape. None: its subnet has no address left (IPAM-211).
NodeId launch_node(const Spec& spec, World& world, Turn& turn, NodeShapeIx shape);
// Its instance ends now, in whatever way: terminated, interrupted or broken. The machine and all that runs on it is
// gone at once; the Node object, and the pods bound to it, are cleared away in time (NODE-6, PODGC-2).
void end_instance(const Spec& spec, World& world, Turn& turn, NodeId node);
// EC2 tells it to shut down: where its kubelet heeds that, the node is NotReady at once, and its pods are stopped until
// the answer (NODE-7); else that is now.
sim::Time shut_down_node(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its machine stops: nothing runs on it any more and nothing is heard of it, but the instance is there; and it is back.
void stop_machine(const Spec& spec, World& world, Turn& turn, NodeId node);
void start_machine(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its kubelet is away, and back; containers run on.
void stop_kubelet(const Spec& spec, World& world, Turn& turn, NodeId node);
void start_kubelet(const Spec& spec, World& world, Turn& turn, NodeId node);
// Its container runtime answers no more, and again (FR-11).
void freeze_runtime(const Spec& spec, World& world, Turn& turn, NodeId node);
void thaw_runtime(const Spec& spec, World& world, Turn& turn, NodeId node);
// Marks the node unschedulable, or takes the mark away.
void set_cordoned(const Spec& spec, World& world, Turn& turn, NodeId node, bool is_cordoned);
// What the pods of a workload use of memory is another amount from now on.
void memory_use_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// Pods of a workload have become ready just now, and what each of them uses is what it was before.
void memory_use_begins(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// The kubelets in the fault's scope read nonsense about their disks from now on, or no longer do (FR-12).
void disk_statistics_change(const Spec& spec, World& world, Turn& turn, const Fault& fault);
// A fault of these registries has begun or ended.
void registry_changes(const Spec& spec, World& world, Turn& turn, const Fault& fault);
// Names are answered from now on: who could not start without them does.
void names_answered_again(const Spec& spec, World& world, Turn& turn);
// The pod's object goes: the kubelet's back-offs for its images go with it.
void forget_images_of(const Spec& spec, World& world, PodId pod, sim::Time now);
// A running pod has the credentials that it waited for.
void containers_have_credentials(const Spec& spec, World& world, Turn& turn, PodId pod);
// A pod that was bound reaches the node's kubelet.
void kubelet_sees(const Spec& spec, World& world, Turn& turn, PodId pod);

// The containers of the pod end at once, with an error: the kubelet sees it at its next relist and starts them again.
void crash_containers(const Spec& spec, World& world, Turn& turn, PodId pod);
// Of the pod the container of a sidecar of telemetry ends, by a fault; the others go on.
void sidecar_crashes(const Spec& spec, World& world, Turn& turn, PodId pod);
// The same of one that has just been started.
void sidecar_ends(const Spec& spec, const World& world, sim::Time now, AgentPod& row);
// When one that has ended is started again is worked out anew; never: its node's kubelet or runtime does not act.
void plan_restart(const Spec& spec, const World& world, sim::Time now, AgentPod& row);

// --- platform listens
// A pod that agents of telemetry scrape, or an agent, has begun or ended to run, or lost its machine; or their backend
// takes nothing any more, or again.
void telemetry_changes(const Spec& spec, World& world, Turn& turn);

// --- network listens
// Something that the address loop of a node looks at has changed: wakes it if there is something to do.
void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId node);
// A pod could not get an address: it will be told when one is free (the cause of its waiting then changes).
void watch_for_address(const Spec& spec, World& world, Turn& turn, NodeId node);
// Why no address can be given out on this node now.
WaitCause shortage_cause(const Spec& spec, const World& world, NodeId node, sim::Time now);
// What the next addresses of this node wait for, if it is more than the cause tells.
AddressWait next_addresses_await(const Spec& spec, const World& world, NodeId node, sim::Time now);
// CNI ADD asks for an address; nothing is asked of EC2 (IPAM-170, IPAM-337). How many it gives: one, or one of each
// network card (IPAM-158); none: no address is usable now.
std::int32_t give_address(const Spec& spec, World& world, sim::RunKey key, PodId pod, sim::Time now);
// Tells the metrics of the addresses that were given.
void note_given(const World& world, Turn& turn, PodId pod, std::int32_t given);
// The first instant from `now` on at which one of the addresses that the node has could be given out; never if all are
// assigned.
sim::Time address_usable_at(const Spec& spec, World& world, NodeId node, sim::Time now);
// What else CNI ADD takes once it has an address (IPAM-340).
sim::Duration endpoint_delay(const Spec& spec, Turn& turn, const Pod& pod);
// Addresses of the node that pods or the CNI itself use.
std::int32_t addresses_in_use(const World& world, NodeId node);
// CNI DEL: the address cools, if the CNI has that (IPAM-29, IPAM-175, IPAM-303). The pod must have one, or have had
// one that was taken away. On a node with two CNIs the one that is asked may not be the one that gave it.
void take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod);
// The primary ENI of a new instance, with its own address only. The subnet must have one to give: without, the instance
// cannot be launched (IPAM-211).
void attach_primary_eni(const Spec& spec, World& world, Turn& turn, NodeId node);
// The process of a daemon is gone, and with it all that it knew: what it waited for is void, and what it left half done
// in EC2 stays as it is (IPAM-121, IPAM-122). Pods keep their addresses.
void stop_daemon(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which);
// All daemons of the node stop, or may run (again).
void stop_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
void run_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
// The pod has become ready (+1), or is ready no longer (-1): names may be answered, or a node's agent of Cilium be
// there.
void readiness_changed(const Spec& spec, World& world, Turn& turn, const Pod& pod, std::int32_t change);
// A pod that looks names up, or one that answers, has come or gone.
void dns_changes(const Spec& spec, World& world, Turn& turn);
// The workload's object has been deleted: if its pods are the daemons of a CNI, they are gone for good.
void daemons_deleted(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
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
// RunInstances or TerminateInstances for so many instances: it takes a token of the action's bucket and one an instance
// of the second bucket, or it is refused (IPAM-400, IPAM-403). It is for fewer if that one has fewer.
struct InstancesCall {
    sim::Time answered;
    bool is_refused = false;
    std::int32_t instances = 0;
};
InstancesCall call_for_instances(const Spec& spec, World& world, Turn& turn, Ec2Action action, std::int32_t count,
                                 std::uint64_t caller);
// The node's instance has ended. All that its daemon was about is void, and so is what was asked for it; its ENIs are
// gone, but for those that do not end with their instance (IPAM-132). Whoever makes branch ENIs deletes its own.
void end_cni(const Spec& spec, World& world, Turn& turn, NodeId node);
// A CNI's pod starts on the node. When it has filled its pool as far as it does before it answers, it says
// cni_initialised (IPAM-118, IPAM-119).
void start_daemon(const Spec& spec, World& world, Turn& turn, NodeId node, Cni which);
// Those of all CNIs that belong there.
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

// --- node groups listen
// What an update does about pods that a drain could not evict within its time (AWS-65).
enum class DrainForce : std::uint8_t { gives_up, deletes };
// Launches what the group lacks (AWS-62); again and again until all is there.
void keep_size(const Spec& spec, World& world, Turn& turn, NodeGroupIx group);
// Replaces all nodes of a managed group as an EKS update does (AWS-65). Nothing if an update of it is under way.
void upgrade_group(const Spec& spec, World& world, Turn& turn, NodeGroupIx group, DrainForce force);
// One of its nodes has become Ready, a pod has left one, or the instance of one has ended.
void group_node_ready(const Spec& spec, World& world, Turn& turn, NodeId node);
void pod_left_node(const Spec& spec, World& world, Turn& turn, NodeId node);
// An instance has been launched.
void instance_launched(const Spec& spec, World& world, Turn& turn, NodeId node);
// Somebody asks for another size of the group, which acts on it after a while (AWS-60).
void set_group_size(const Spec& spec, World& world, Turn& turn, NodeGroupIx group, std::int32_t desired);
// TerminateInstanceInAutoScalingGroup: the instance ends undrained, and the group keeps one less (CA-28).
void terminate_in_group(const Spec& spec, World& world, Turn& turn, NodeId node);
// TerminateInstances of any instance, undrained; tried again where EC2 refuses the call.
void terminate_instance(const Spec& spec, World& world, Turn& turn, NodeId node);
// What EC2 makes of a request for an instant fleet of so many instances from any of these pools (KARP-33).
struct FleetAnswer {
    sim::Time answered;
    bool is_throttled = false;         // the call itself was refused: nothing else is set
    std::int32_t allowed = 0;          // as many as there were tokens for; the others were throttled
    std::vector<NodeId> launched;      // fewer where no pool is left
    std::vector<NodeShapeIx> refused;  // pools without capacity, addresses or quota that were asked
};
FleetAnswer create_fleet(const Spec& spec, World& world, Turn& turn, const std::vector<NodeShapeIx>& pools,
                         std::int32_t count, std::uint64_t caller);
// EC2 tells a spot instance that it ends in two minutes (AWS-30).
void notify_interruption(const Spec& spec, World& world, Turn& turn, NodeId node);
void group_node_lost(const Spec& spec, World& world, Turn& turn, NodeId node);

// --- autoscaling listens
// The policies of the Nomad Autoscaler are in force.
void open_nomad_scaling(const Spec& spec, World& world, Turn& turn);
// Nodes have come or gone, or are schedulable or not as they were not before; or an autoscaler's own pod is ready.
void cluster_size_changes(const Spec& spec, World& world, Turn& turn);
// The scheduler has found no node for the pod: its condition PodScheduled is False, with the reason Unschedulable.
void pod_found_no_node(const Spec& spec, World& world, Turn& turn, PodId pod);
// A pod was bound to the node, is being deleted there, has ended or is gone.
void node_load_changes(const Spec& spec, World& world, Turn& turn, NodeId node);
// A container of the pod is being killed for want of memory.
void container_out_of_memory(const Spec& spec, World& world, Turn& turn, PodId pod);
// Objects have other pod templates than before. There may be another Spec in force afterwards.
void pod_templates_change(const Spec& spec, World& world);
// A pod that ends by itself has begun to run.
void job_pod_runs(const Spec& spec, World& world, Turn& turn, PodId pod);
// A pod is gone that had no node.
void waiting_pod_gone(const Spec& spec, World& world, Turn& turn);
// Its instance has got its notice of two minutes (AWS-30).
void spot_interruption_noticed(const Spec& spec, World& world, Turn& turn, NodeId node);
// A pod has become ready, or is no longer.
void pod_readiness_changed(const Spec& spec, World& world, Turn& turn, PodId pod);
// Pods of the workload have come, gone, started, ended or lost their machine, should be another number, or use another
// amount from now on.
void scaled_pods_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// Who asks whom how much, and how long queues are, has been worked out anew.
void traffic_has_changed(const Spec& spec, World& world, Turn& turn);
// Kubelets that answered are silent, or the other way round.
void kubelets_change(const Spec& spec, World& world, Turn& turn);

// Other NodePools are in force from now on.
void node_pools_change(const Spec& before, const Spec& after, World& world, Turn& turn);

// --- data paths listen
// The run begins, with its nodes and pods.
void open_data_paths(const Spec& spec, World& world, Turn& turn);
// A sync of rules begins or ends then, or a node has its first rules.
void data_path_steps_at(World& world, Turn& turn, sim::Time at);
// Requests are others than before, or pods that ask or answer are elsewhere: how their connections travel is worked out
// anew.
struct ConnectionsChange {
    bool is_for_requests = false;  // another share of them fails
    sim::Time next;                // when something about connections changes by itself; never: not
};
ConnectionsChange connections_change(const Spec& spec, World& world, Turn& turn);
// Pods of the workload have come to answer requests, or have ceased to.
void pods_of_connections_change(const Spec& spec, World& world, WorkloadIx workload);
// What answers behind a Service's address: a pod has become an endpoint, it is one no longer, and it answers no more.
// Removed, it may go on answering for a while; or its machine, `on`, had stopped before, and it is missed only now.
enum class EndpointChange : std::uint8_t { added, removed_answering, removed_dead, removed_missed, ended };
void endpoint_changes(const Spec& spec, World& world, Turn& turn, WorkloadIx workload, EndpointChange change,
                      NodeId on = NodeId::none());
// Another share of lookups fails than before.
void lookups_fare_otherwise(const Spec& spec, World& world, Turn& turn);
// Another share of connections to networks outside finds no port.
void outside_ports_fare_otherwise(const Spec& spec, World& world, Turn& turn);
// The slices of a Service have been written, for what changed at `since`; kube-proxies and agents hear of it at `seen`.
void service_written(const Spec& spec, World& world, Turn& turn, std::uint32_t service, sim::Time since,
                     sim::Time seen);
// A node has got its Node object, or has lost it.
void nodes_of_connections_change(const Spec& spec, World& world, Turn& turn);
// The machine stops: what its kernel knew is gone, and so are its connections.
void kernel_is_lost(const Spec& spec, World& world, Turn& turn, NodeId node);
// It starts again: whoever still has a connection to something on it is told that there is none.
void kernel_is_back(World& world, Turn& turn, NodeId node);
// Pods of the workload are reached at their addresses as they were not before (DPC-57).
void addresses_of_pods_change(const Spec& spec, World& world, Turn& turn, WorkloadIx workload);
// Who handles Services on the node may be another one than before (ServiceRules).
void service_handling_changes(const Spec& spec, World& world, Turn& turn, NodeId node);
// The node is on its way from kube-proxy to what replaces it; kube_proxy_live: no longer (DPC-55).
void migrate_data_path(const Spec& spec, World& world, Turn& turn, NodeId node, datapath::MigrationState state);

// --- the platform listens
// The run begins; `begin` before its pods are there, `open` after.
void begin_platform(const Spec& spec, World& world, sim::Time now);
void open_platform(const Spec& spec, World& world, Turn& turn);
// The containers of the pod run. True: they have credentials to ask for first; containers_have_credentials() tells.
bool asks_for_credentials(const Spec& spec, World& world, Turn& turn, PodId pod);
// A pod has come to its node: the objects that its Secrets are made from are there now at the latest.
void pod_needs_secrets(const Spec& spec, World& world, Turn& turn, PodId pod);
// The containers of the pod are ready. True: its readiness gate is not open yet; a PodBecameReady tells when it is.
bool waits_for_target(const Spec& spec, World& world, Turn& turn, PodId pod);
// A pod has become ready, or is no longer.
void platform_pods_change(const Spec& spec, World& world, Turn& turn, PodId pod);
// An Ingress or Service has been created that a load balancer is made for; `object` into Identity::balancer_objects.
void balancer_wanted(const Spec& spec, World& world, Turn& turn, std::uint32_t object);
// What others in the account call changes: buckets are brought up to date before, and looked at after.
void settle_aws_buckets(const Spec& spec, World& world, sim::Time now);
void aws_load_changes(const Spec& spec, World& world, Turn& turn);

// --- the scenario speaks: an entry of its timeline, or whoever forks a run. The Spec comes with all its revisions.
void carry_out(const Spec& spec, World& world, Turn& turn, const TimelineAction& action);

}  // namespace eks

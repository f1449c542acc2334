// The World: all that changes in a run, beside the clock, the pending events and the metrics. Tables of plain rows;
// whoever changes two tables at once does so through a verb of verbs.hpp, and what must hold between them is in
// invariants.hpp.
#pragma once

#include "libsim/table.hpp"
#include "models/spec/faults.hpp"
#include "models/world/cluster_autoscaler_rows.hpp"
#include "models/world/datapath_rows.hpp"
#include "models/world/descheduler_rows.hpp"
#include "models/world/identity_rows.hpp"
#include "models/world/karpenter_rows.hpp"
#include "models/world/nomad_rows.hpp"
#include "models/world/pod_scaling_rows.hpp"
#include "models/world/rows.hpp"
#include "models/world/scheduler_memory.hpp"
#include "models/world/sizing_rows.hpp"
#include "models/world/telemetry_rows.hpp"
#include "models/world/traffic_rows.hpp"

#include <cstdint>
#include <vector>

namespace eks {

struct QueuedPod {
    PodId pod;
    std::int32_t priority = 0;
    sim::Time since;
    std::uint64_t sequence = 0;
    friend bool operator==(const QueuedPod&, const QueuedPod&) = default;
};

struct SchedulerState {
    std::vector<QueuedPod> active;     // a binary heap, first = next to be tried (SCHED-2)
    std::vector<PodId> backoff;        // in order of entry
    std::vector<PodId> unschedulable;  // in order of entry
    std::uint64_t next_sequence = 0;
    std::uint64_t rotation = 0;  // SCHED-26; in 1.10 the counter of X-4
    bool cycle_scheduled = false;
    bool flush_scheduled = false;
    sim::Time cycle_free_at;                           // the loop is busy until then
    sim::Time leftovers_wake_at = sim::Time::never();  // SCHED-7
    CallBudget calls;
    std::vector<PodId> nominated;  // pods that wait for victims to go, in the order of their nomination (SCHED-85)
    SchedulerMemory memory;        // no state
    friend bool operator==(const SchedulerState&, const SchedulerState&) = default;
};

// Controllers that have a client limit of their own (CLIENT-2).
enum class Controller : std::uint8_t {
    deployment,
    replica_set,
    stateful_set,
    daemon_set,
    job,
    cron_job,
    endpoint_slice
};
inline constexpr std::size_t controller_count = 7;

struct SubnetState {
    std::int64_t free = 0;             // AvailableIpAddressCount, IPAM-207
    std::int64_t free_single = 0;      // of those, outside of reservations (IPAM-206)
    std::int64_t free_blocks = 0;      // aligned /28s, wholly free, that prefixes may have (IPAM-204, IPAM-206)
    std::size_t first_word = 0;        // of its bits in World::subnet_bits, one bit an address, set = taken
    std::size_t first_block_word = 0;  // in World::subnet_block_bits, one bit a /28, set = not wholly free
    friend bool operator==(const SubnetState&, const SubnetState&) = default;
};

// An address that somebody outside of the model holds: other tenants, load balancers, the control plane (IPAM-201).
struct HeldAddress {
    SubnetIx subnet;
    std::uint32_t address = 0;
    std::uint32_t holder = 0;  // 0: there from the start; else one more than the action of the timeline that took it
    friend bool operator==(const HeldAddress&, const HeldAddress&) = default;
};

// A token bucket in billionths of a token: a refill of thousandths of a token a second is as many of them a microsecond
// (IPAM-400).
struct TokenBucket {
    std::int64_t nano_tokens = 0;
    sim::Time as_of;
    friend bool operator==(const TokenBucket&, const TokenBucket&) = default;
};

// What a node group is doing about its nodes (AWS-65).
enum class GroupPhase : std::uint8_t {
    steady,
    adding,     // the first nodes of a new version are on their way
    replacing,  // those of earlier versions go, a few at a time
    shrinking,  // back to the size before, one by one
};

// A node group's Auto Scaling group.
struct NodeGroupState {
    std::uint32_t next_ordinal = 0;
    std::uint32_t version = 0;  // of its launch template: what is launched has it
    std::int32_t desired = 0;   // instances that it keeps
    std::int32_t surge = 0;     // of these, those that an update has added
    std::int32_t parallel = 1;  // nodes that the update takes out at a time
    GroupPhase phase = GroupPhase::steady;
    bool is_forced = false;                    // the update under way, AWS-65
    sim::Time looks_at = sim::Time::never();   // at whether all that it keeps are there
    sim::Time resized_at;                      // somebody has asked for its size of now
    sim::Time failed_at = sim::Time::never();  // its last scaling activity that failed (CA-29); never: none has
    friend bool operator==(const NodeGroupState&, const NodeGroupState&) = default;
};

// How the nodes of a zone are, as the node lifecycle controller sees it (NODE-4).
enum class ZoneState : std::uint8_t { normal, partial_disruption, full_disruption };

// A node that waits for its taint of effect NoExecute; void unless the ticket is still the node's.
struct QueuedNode {
    NodeId node;
    std::uint32_t ticket = 0;
    friend bool operator==(const QueuedNode&, const QueuedNode&) = default;
};

struct ZoneHealth {
    std::int32_t ready = 0;  // Node objects
    std::int32_t not_ready = 0;
    ZoneState state = ZoneState::normal;
    std::vector<QueuedNode> queue;
    sim::Time next_token;  // the limit of the queue lets no node out before
    sim::Time wakes_at = sim::Time::never();
    friend bool operator==(const ZoneHealth&, const ZoneHealth&) = default;
};

// ReconcileCooldownCache: a CIDR that a daemon let go of is not learnt again before this instant (IPAM-92, IPAM-111).
struct ReadoptBar {
    EniId eni;
    std::uint32_t network = 0;
    sim::Time until;
    friend bool operator==(const ReadoptBar&, const ReadoptBar&) = default;
};

// A fault that is on now, and whom it strikes: all nodes, or those of one node group or zone.
struct ActiveFault {
    FaultKind kind = FaultKind::imds_unavailable;
    std::uint32_t action = 0;  // of the timeline, which says the rest
    sim::Time since;
    friend bool operator==(const ActiveFault&, const ActiveFault&) = default;
};

// A node that a fault of nodes has struck and that has not been released.
struct StruckNode {
    NodeId node;
    std::uint32_t action = 0;  // of the timeline
    friend bool operator==(const StruckNode&, const StruckNode&) = default;
};

// Rows of World::job_indexes that no Job uses.
struct JobIndexBlock {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    friend bool operator==(const JobIndexBlock&, const JobIndexBlock&) = default;
};

// What the slices of a Service hold (EPS-1, EPS-2).
struct ServiceState {
    std::int32_t ready = 0;
    std::int32_t terminating = 0;
    std::int32_t endpoints = 0;
    std::int32_t slices = 0;
    std::int32_t changes = 0;  // of pods, since the last sync
    sim::Time written_at;
    sim::Time changed_at = sim::Time::never();  // since when what they hold is no longer so: a sync is due
    friend bool operator==(const ServiceState&, const ServiceState&) = default;
};

// The status of a disruption budget as its controller last wrote it, less what has been evicted since (PDB-1, PDB-2).
struct BudgetState {
    std::int32_t disruptions_allowed = 0;
    std::int32_t current_healthy = 0;
    std::int32_t desired_healthy = 0;
    bool is_due = false;  // its controller is about to look
    friend bool operator==(const BudgetState&, const BudgetState&) = default;
};

// What is used of one bound of a quota, as its status says (QUOTA-1), and what of that has been given back and stands
// there until its controller has looked.
struct QuotaUse {
    std::int64_t used = 0;
    std::int64_t returning = 0;
    friend bool operator==(const QuotaUse&, const QuotaUse&) = default;
};

// How a DaemonSet's pods have failed on one node (DS-3): the next of them is deleted after a wait that doubles.
struct DaemonBackoff {
    WorkloadIx workload;
    NodeId node;
    std::uint32_t failures = 0;  // that were deleted
    sim::Time last;              // when that happened
    friend bool operator==(const DaemonBackoff&, const DaemonBackoff&) = default;
};

// A change of the CNI's DaemonSet on its way over the nodes (DS-4).
struct CniUpdate {
    std::vector<NodeId> left;  // whose pod is still the old one, in the order in which they have their turn
    std::vector<NodeId> away;  // whose pod was replaced and is not ready yet
    friend bool operator==(const CniUpdate&, const CniUpdate&) = default;
};

// Of the pods of a node that one use of an outside network is about: those that cannot call it or be called from it,
// and those whose calls leave by a NAT gateway.
struct OutsideCount {
    std::int32_t unreachable_from = 0;
    std::int32_t unreachable_to = 0;
    std::int32_t through_gateway = 0;
    friend bool operator==(const OutsideCount&, const OutsideCount&) = default;
};

// Source ports of a node's address, or of a NAT gateway's.
struct OutsideNode {
    NodeId node;
    std::int32_t ports = 0;
    std::int32_t refused_ppm = 0;  // of new connections
    bool is_due = false;           // to be worked out anew in this instant
    friend bool operator==(const OutsideNode&, const OutsideNode&) = default;
};

// Where the volumes are that a StatefulSet has had made for one of its pods: they stay when the pod goes.
struct ReplicaVolumes {
    WorkloadIx workload;
    std::uint32_t replica = 0;
    ZoneIx zone;
    friend bool operator==(const ReplicaVolumes&, const ReplicaVolumes&) = default;
};

// What becomes of the lookups of all pods, and the load that they are: so many a second, but for the share.
struct DnsState {
    std::int64_t at_once = 0;
    std::int64_t late = 0;
    std::int64_t failed = 0;
    std::int64_t failed_ppm = 0;  // of all lookups
    std::int64_t to_servers = 0;  // questions that the cluster's servers are asked
    std::int64_t passed_on = 0;   // packets to the VPC's resolver
    std::int64_t dropped = 0;     // of these
    bool is_due = false;          // to be worked out anew in this instant
    bool is_look_due = false;     // proportional autoscalers will look at the cluster
    friend bool operator==(const DnsState&, const DnsState&) = default;
};

// What EKS's autoscaling of CoreDNS remembers (DNS-6).
struct ManagedScalingState {
    // How many replicas the cluster has asked for, by time: each holds until the next one begins. Only those that may
    // still be the peak of the last ten minutes.
    struct Wanted {
        sim::Time until = sim::Time::never();
        std::int32_t replicas = 0;
        friend bool operator==(const Wanted&, const Wanted&) = default;
    };
    std::vector<Wanted> wanted;
    sim::Time may_shrink;  // not before then
    sim::Time looks_at = sim::Time::never();
    friend bool operator==(const ManagedScalingState&, const ManagedScalingState&) = default;
};

struct World {
    sim::Table<NodeId, Node> nodes;
    sim::Table<PodId, Pod> pods;
    sim::Table<JobId, Job> jobs;
    sim::Table<ReplicaSetId, ReplicaSet> replica_sets;
    sim::Table<PoolId, AddressPool> pools;
    sim::Table<EniId, Eni> enis;
    sim::Table<BranchEniId, BranchEni> branch_enis;

    std::vector<NodeId> node_order;        // those with a Node object, as the scheduler lists them, SCHED-22
    std::vector<WorkloadState> workloads;  // by WorkloadIx
    std::vector<JobIndex> job_indexes;     // a block for each indexed Job, one row an index
    std::vector<JobIndexBlock> free_index_blocks;
    std::vector<Rollout> rollouts;                // in the order in which they first began
    bool pod_gc_is_due = false;                   // PODGC-1
    std::vector<ServiceState> services;           // in the order of Spec::services
    std::vector<BudgetState> budgets;             // in the order of Spec::budgets
    std::vector<QuotaUse> quota_uses;             // from ResourceQuota::first_use on
    std::vector<std::uint8_t> quotas_due;         // by Spec::quotas: its controller is about to look
    std::vector<DaemonBackoff> daemon_backoffs;   // in the order of the first failure
    std::vector<NodeGroupState> groups;           // by NodeGroupIx
    std::vector<ZoneIx> claim_zones;              // by Spec::claims; none: not bound to a zone
    std::vector<ReplicaVolumes> replica_volumes;  // by workload and replica
    std::vector<ZoneHealth> zones;                // by ZoneIx
    bool all_zones_are_disrupted = false;         // NODE-4
    std::uint32_t revision = 0;                   // of the Spec, in force now
    SchedulerState scheduler;
    std::vector<CallBudget> controller_calls;     // by Controller
    std::vector<CallBudget> controller_requeues;  // likewise: of keys that failed (CTRL-1)

    std::uint32_t cidr_stride = 0;  // slots of every ENI's block
    std::vector<EniCidr> cidrs;
    std::vector<std::uint32_t> free_cidr_blocks;
    std::vector<AddressRecord> prefix_records;  // a block of 16 a prefix
    std::vector<std::uint32_t> free_prefix_blocks;

    std::vector<ReadoptBar> readopt_bars;
    ResourceController resource_controller;

    CiliumOperator cilium;

    std::vector<CniSettings> cni_settings;  // that daemons run with, from CniPod::settings; the first from the start
    CniUpdate cni_update;

    std::vector<OutsideNode> outside_nodes;    // by slot of the node
    std::vector<OutsideCount> outside_counts;  // a row a node slot, a column a use
    std::vector<OutsideNode> outside_gateways;

    DnsState dns;
    TrafficState traffic;
    DataPathState data_path;
    ManagedScalingState managed_scaling;
    KarpenterState karpenter;
    ClusterAutoscalerState cluster_autoscaler;
    DeschedulerState descheduler;
    NomadState nomad;

    std::vector<ActiveFault> faults;
    std::vector<StruckNode> struck_nodes;
    std::vector<TokenBucket> ec2_buckets;    // by Ec2Action
    std::vector<TokenBucket> ec2_instances;  // likewise: of those that count instances too (IPAM-403)

    std::vector<SubnetState> subnets;  // by SubnetIx
    std::vector<std::uint64_t> subnet_bits;
    std::vector<std::uint64_t> subnet_block_bits;
    std::vector<HeldAddress> held_by_others;
    std::uint64_t subnet_draws = 0;  // ordinal of the next choice of an address

    std::size_t image_words = 0;                 // words a node
    std::vector<std::uint64_t> node_images;      // by node slot: one bit an image that is there
    std::vector<std::uint64_t> reported_images;  // likewise: those that its kubelet reports (SCHED-56)
    std::vector<std::int32_t> image_nodes;       // by ImageIx: nodes that report it
    std::vector<ImageOnNode> images_on_nodes;    // a row a node slot, a column an image
    sim::Table<PullId, Pull> pulls;
    Downloads downloads;
    std::vector<CallBudget> registry_calls;    // by registry of the Spec
    std::vector<ImageBackoff> image_backoffs;  // by pod, then image

    PodScalingState pod_scaling;
    TelemetryState telemetry;
    Sizing sizing;
    IdentityState identity;

    friend bool operator==(const World&, const World&) = default;

    WorkloadState& operator[](WorkloadIx ix) { return workloads[ix.value]; }
    const WorkloadState& operator[](WorkloadIx ix) const { return workloads[ix.value]; }
};

// A daemon reads its settings when its pod is made; another pod may have others (DS-4).
inline const CniSettings& cni_of(const World& world, const Node& node) { return world.cni_settings[node.cni.settings]; }
inline const CniSettings& cni_of(const World& world, NodeId node) { return cni_of(world, world.nodes[node]); }

}  // namespace eks

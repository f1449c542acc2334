// The World: all that changes in a run, beside the clock, the pending events and the metrics. Tables of plain rows;
// whoever changes two tables at once does so through a verb of verbs.hpp, and what must hold between them is in
// invariants.hpp.
#pragma once

#include "libsim/table.hpp"
#include "models/spec/faults.hpp"
#include "models/world/node_looks.hpp"
#include "models/world/rows.hpp"

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
    NodeLooks looks;  // a memory, no state
    friend bool operator==(const SchedulerState&, const SchedulerState&) = default;
};

// Controllers that have a client limit of their own (CLIENT-2).
enum class Controller : std::uint8_t { deployment, replica_set, stateful_set, daemon_set, job, cron_job };
inline constexpr std::size_t controller_count = 6;

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
    sim::Time looks_at = sim::Time::never();  // at whether all that it keeps are there
    friend bool operator==(const NodeGroupState&, const NodeGroupState&) = default;
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

struct World {
    sim::Table<NodeId, Node> nodes;
    sim::Table<PodId, Pod> pods;
    sim::Table<JobId, Job> jobs;
    sim::Table<PoolId, AddressPool> pools;
    sim::Table<EniId, Eni> enis;
    sim::Table<BranchEniId, BranchEni> branch_enis;

    std::vector<NodeId> node_order;        // those with a Node object, as the scheduler lists them, SCHED-22
    std::vector<WorkloadState> workloads;  // by WorkloadIx
    std::vector<NodeGroupState> groups;    // by NodeGroupIx
    std::uint32_t revision = 0;            // of the Spec, in force now
    SchedulerState scheduler;
    std::vector<CallBudget> controller_calls;  // by Controller

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

    std::vector<ActiveFault> faults;
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

    friend bool operator==(const World&, const World&) = default;

    WorkloadState& operator[](WorkloadIx ix) { return workloads[ix.value]; }
    const WorkloadState& operator[](WorkloadIx ix) const { return workloads[ix.value]; }
};

// A daemon reads its settings when its pod is made; another pod may have others (DS-4).
inline const CniSettings& cni_of(const World& world, const Node& node) { return world.cni_settings[node.cni.settings]; }
inline const CniSettings& cni_of(const World& world, NodeId node) { return cni_of(world, world.nodes[node]); }

}  // namespace eks

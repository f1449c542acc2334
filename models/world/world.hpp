// The World: all that changes in a run, beside the clock, the pending events and the metrics. Tables of plain rows;
// whoever changes two tables at once does so through a verb of verbs.hpp, and what must hold between them is in
// invariants.hpp.
#pragma once

#include "libsim/table.hpp"
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
    friend bool operator==(const SchedulerState&, const SchedulerState&) = default;
};

// Controllers that have a client limit of their own (CLIENT-2).
enum class Controller : std::uint8_t { deployment, replica_set, stateful_set, daemon_set, job, cron_job };
inline constexpr std::size_t controller_count = 6;

struct SubnetState {
    std::int64_t free = 0;
    std::size_t first_word = 0;  // of its bits in World::subnet_bits, one bit an address, set = taken
    friend bool operator==(const SubnetState&, const SubnetState&) = default;
};

struct World {
    sim::Table<NodeId, Node> nodes;
    sim::Table<PodId, Pod> pods;
    sim::Table<JobId, Job> jobs;
    sim::Table<EniId, Eni> enis;

    std::vector<NodeId> node_order;                 // those with a Node object, as the scheduler lists them, SCHED-22
    std::vector<WorkloadState> workloads;           // by WorkloadIx
    std::vector<std::uint32_t> group_next_ordinal;  // by NodeGroupIx
    SchedulerState scheduler;
    std::vector<CallBudget> controller_calls;  // by Controller

    std::uint32_t slot_stride = 0;  // slots of every block
    std::vector<AddressSlot> address_slots;
    std::vector<std::uint32_t> free_blocks;

    std::vector<SubnetState> subnets;  // by SubnetIx
    std::vector<std::uint64_t> subnet_bits;
    std::uint64_t subnet_draws = 0;  // ordinal of the next choice of an address

    std::size_t image_words = 0;             // words a node
    std::vector<std::uint64_t> node_images;  // by node slot: one bit an image that is there
    std::vector<std::int32_t> image_nodes;   // by ImageIx: nodes that have it

    friend bool operator==(const World&, const World&) = default;

    WorkloadState& operator[](WorkloadIx ix) { return workloads[ix.value]; }
    const WorkloadState& operator[](WorkloadIx ix) const { return workloads[ix.value]; }
};

}  // namespace eks

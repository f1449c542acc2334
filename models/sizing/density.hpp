// How many pods of each workload fit a node of each type alone, and what runs out first.
//
// What a node has for workloads is what its kubelet lets pods request (after the hypervisor, the reserves of KUBELET-23
// and the eviction thresholds of KUBELET-22) less the DaemonSets that run there; pods are bounded by maxPods, by the
// addresses of the CNI, and by the volumes that the instance attaches. The rows are the node groups of a Spec, each by
// its first shape: a Spec with a group for every instance type gives the table of all of them. Counts are those of the
// scheduler (SCHED-41), without headroom; tests hold them against a plain loop and against the vendor's table of
// maximal pods.
#pragma once

#include "models/sizing/demand.hpp"
#include "models/spec/spec.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eks::sizing {

// What bounds the number of pods, in the order in which the first of several that bind equally is named.
enum class Bound : std::uint8_t { cpu, memory, pods, addresses, volumes, gpus, storage, network, device, node };
inline constexpr std::size_t bound_kinds = 10;
std::string_view text_of(Bound bound);

// What a node is made of: its parts sum to what is sold.
struct NodeSplit {
    static constexpr std::array<std::string_view, 5> parts{"os", "kubelet", "eviction", "daemon_sets", "pods"};
    std::array<std::int64_t, 5> cpu_milli{};
    std::array<Bytes, 5> memory_bytes{};
    std::array<Bytes, 5> storage_bytes{};  // of the root volume
};

// What is left on a node for workloads, never below zero.
struct NodeRoom {
    Resources resources;
    std::int64_t pods = 0;
    std::int64_t addresses = 0;
    std::int64_t volumes = 0;
    std::int64_t network_bytes_per_second = 0;  // that last, each way; 0: not known, and no bound
};

struct DaemonLoad {
    Resources requests;
    std::int64_t pods = 0;
    std::int64_t addresses = 0;
    std::int64_t attachments = 0;
};

DaemonLoad daemon_load_on(const Spec& spec, NodeShapeIx shape);
NodeRoom room_of(const Spec& spec, NodeShapeIx shape);
// `type` is what the shape is made of, for what is sold.
NodeSplit split_of(const Spec& spec, NodeShapeIx shape, const InstanceType& type);

// Whether pods of the workload may run on some node of the group, whatever room there is: node selector, affinity and
// taints (SCHED-42, SCHED-43).
bool may_run_on(const Spec& spec, WorkloadIx workload, NodeGroupIx group);

class Density {
  public:
    struct Cell {
        std::int32_t count = 0;
        std::int8_t bound = -1;  // a Bound; -1: it may not run there
    };
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<Cell> cells;  // row by row

    const Cell& at(std::size_t row, std::size_t column) const { return cells[row * columns + column]; }
};

// All of a Spec's node groups against these workloads.
Density density_of(const Spec& spec, std::span<const DemandedWorkload> workloads);
// The same one by one, as the scheduler would fill an empty node: the oracle.
Density density_by_filling(const Spec& spec, std::span<const DemandedWorkload> workloads);

}  // namespace eks::sizing

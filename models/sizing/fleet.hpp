// The cheapest nodes that hold a mix of workloads, with a proof of how much cheaper any fleet could be at most.
//
// Everything here is plain numbers: what a pod takes, what a node of a type has for pods, what it costs. Where the
// numbers come from is density.hpp's business. The same mix, types and effort give the same fleet everywhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace eks::sizing {

// What a node runs out of. A workload takes none of most of them.
enum class Room : std::uint8_t { cpu_milli, memory, pods, volumes, gpus, storage };
inline constexpr std::size_t room_kinds = 6;
using Amounts = std::array<std::int64_t, room_kinds>;  // by Room; any unit, as long as pods and nodes have the same

constexpr std::int64_t& of(Amounts& amounts, Room room) { return amounts[static_cast<std::size_t>(room)]; }
constexpr std::int64_t of(const Amounts& amounts, Room room) { return amounts[static_cast<std::size_t>(room)]; }

struct FleetWorkload {
    std::string name;
    Amounts each{};  // what one pod takes, at least one of Room::pods
    std::int64_t replicas = 0;
    // Anti-affinity and host ports: how many of them may share a node.
    std::int64_t most_per_node = std::numeric_limits<std::int64_t>::max();
    std::vector<bool> allowed;  // by type: where node selectors, architectures and the like let it run; empty: anywhere
};

struct FleetType {
    std::string name;
    Amounts room{};  // what is left for these workloads: after the OS, the kubelet, DaemonSets
    double usd_per_hour = 0.0;
};

struct FleetMix {
    std::vector<FleetWorkload> workloads;
    std::vector<FleetType> types;
};

struct FleetPods {
    std::int32_t workload = 0;
    std::int64_t count = 0;
};

struct FleetNode {
    std::int32_t type = 0;
    std::vector<FleetPods> pods;  // in order of workloads, none of zero
};

struct Fleet {
    double usd_per_hour = 0.0;
    std::vector<FleetNode> nodes;       // in order of types
    std::vector<std::int32_t> misfits;  // workloads that no type can hold; the fleet is without them
};

struct FleetPlan {
    Fleet fleet;
    // No fleet that holds the mix (without its misfits) costs less.
    double lower_bound_usd_per_hour = 0.0;
    double gap() const {
        if (fleet.usd_per_hour <= 0.0) return 0.0;
        return lower_bound_usd_per_hour > 0.0 ? fleet.usd_per_hour / lower_bound_usd_per_hour - 1.0
                                              : std::numeric_limits<double>::infinity();
    }
};

// The cheapest mixed fleet found within a budget of work: `effort` 1 is about a second on one core for 60 workloads,
// 700 pods and 1,000 types (`sizing/<mix>` in bench/), and twice the effort is about twice that.
//
// How: the totals as a covering problem give a bound and whole fleets that might do (packing/covering, covers,
// cover_bound); pods are packed into these (packing). Where nodes hold few pods, totals say little, and column
// generation over patterns gives a better bound and fleet (pattern_*).
FleetPlan cheapest_fleet(const FleetMix& mix, int effort = 1);

// The fewest nodes of one type: first or best fit decreasing, or less where a local search packs less. The bound is
// that of whole nodes of the type. The fleet is empty where the type cannot hold every workload that some type can.
FleetPlan homogeneous_fleet(const FleetMix& mix, std::int32_t type, int effort = 1);

// Whether every pod of the mix is placed once and no node is too full: the check behind every answer and test.
bool holds(const Fleet& fleet, const FleetMix& mix);

}  // namespace eks::sizing

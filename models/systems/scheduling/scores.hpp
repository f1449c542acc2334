// How well a node suits a pod: the default scores with their integer arithmetic, as functions of plain values.
// Today's plugins score 0 to 100 (SCHED-50), those of 1.10 score 0 to 10.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/scheduler_profile.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace eks {

// One resource of one node: what may be requested of it, and what is with the pod added.
struct Load {
    std::int64_t allocatable = 0;
    std::int64_t requested = 0;
};

// SCHED-52 for one resource; `top` is 100, or 10 in 1.10.
constexpr std::int64_t least_allocated(Load load, std::int64_t top) {
    if (load.allocatable == 0 || load.requested > load.allocatable) return 0;
    return (load.allocatable - load.requested) * top / load.allocatable;
}

// SCHED-52 over CPU and memory, weight 1 each. A resource that the node does not have is left out.
constexpr std::int64_t least_allocated(Load cpu, Load memory) {
    const std::int64_t counted = (cpu.allocatable != 0 ? 1 : 0) + (memory.allocatable != 0 ? 1 : 0);
    return counted == 0 ? 0 : (least_allocated(cpu, 100) + least_allocated(memory, 100)) / counted;
}

struct WeightedLoad {
    Load load;
    std::int64_t weight = 1;
};

// SCHED-52 to SCHED-54 by the strategy of the profile, over whatever resources it counts.
std::int64_t fit_score(const SchedulerProfile& profile, std::span<const WeightedLoad> loads);
// `bal` of SCHED-55, over any number of resources.
std::int64_t balance(std::span<const WeightedLoad> loads);

// always both.
constexpr std::int64_t least_requested_of_2018(Load cpu, Load memory) {
    return (least_allocated(cpu, 10) + least_allocated(memory, 10)) / 2;
}

// The share that is requested, at most 1.
constexpr double fraction(Load load) {
    return std::min(1.0, static_cast<double>(load.requested) / static_cast<double>(load.allocatable));
}

// `bal` of SCHED-55: 100 when CPU and memory are requested in equal shares.
constexpr std::int64_t balance(Load cpu, Load memory) {
    if (cpu.allocatable == 0 || memory.allocatable == 0) return 100;  // the deviation of one value is 0
    const double difference = fraction(cpu) - fraction(memory);
    const double deviation = (difference < 0 ? -difference : difference) / 2;
    return static_cast<std::int64_t>((1 - deviation) * 100);
}

// SCHED-55 from 1.36 on: how much the pod improves the balance.
constexpr std::int64_t relative_balance(std::int64_t with_pod, std::int64_t without) {
    return 50 + (50 + with_pod - without) / 2;
}

// Requests are those of SCHED-51.
constexpr std::int64_t balance_of_2018(Load cpu, Load memory) {
    if (cpu.requested >= cpu.allocatable || memory.requested >= memory.allocatable) return 0;
    const double difference = fraction(cpu) - fraction(memory);
    return static_cast<std::int64_t>((1 - (difference < 0 ? -difference : difference)) * 10);
}

// SCHED-57: raw weights against the largest of them.
constexpr std::int64_t normalised_up(std::int64_t raw, std::int64_t largest, std::int64_t top) {
    return largest == 0 ? 0 : top * raw / largest;
}

// SCHED-58: the fewer, the better.
constexpr std::int64_t normalised_down(std::int64_t raw, std::int64_t largest, std::int64_t top) {
    return largest == 0 ? top : top - top * raw / largest;
}

// SCHED-60: the spread of system defaults, after rounding.
constexpr std::int64_t normalised_spread(std::int64_t raw, std::int64_t smallest, std::int64_t largest) {
    return largest == 0 ? 100 : 100 * (largest + smallest - raw) / largest;
}

// SCHED-56: what an image of the pod that the node has adds to the sum, in the floating point of the real scheduler.
constexpr std::int64_t image_share(Bytes size, std::int64_t nodes_with_it, std::int64_t nodes) {
    return static_cast<std::int64_t>(static_cast<double>(size) *
                                     (static_cast<double>(nodes_with_it) / static_cast<double>(nodes)));
}

// SCHED-56, of the sum.
constexpr std::int64_t image_locality(std::int64_t sum, std::int64_t containers) {
    constexpr std::int64_t low = 23 * mebibyte;
    const std::int64_t high = 1000 * mebibyte * containers;
    return 100 * (std::clamp(sum, low, high) - low) / (high - low);
}

// SCHED-25: how many feasible nodes are enough.
constexpr std::int64_t feasible_nodes_wanted(std::int64_t nodes, std::int64_t percentage) {
    if (nodes < 100 || percentage >= 100) return nodes;
    const std::int64_t share = percentage > 0 ? percentage : std::max<std::int64_t>(5, 50 - nodes / 125);
    return std::max<std::int64_t>(100, nodes * share / 100);
}

// X-4 SelectorSpread of one node: 10 where the fewest pods of the same selectors run, by node for a third and by zone
// for two thirds.
constexpr std::int64_t selector_spread_of_2018(std::int64_t on_node, std::int64_t most_on_node, std::int64_t in_zone,
                                               std::int64_t most_in_zone) {
    const double by_node = most_on_node == 0
                               ? 10.0
                               : 10.0 * static_cast<double>(most_on_node - on_node) / static_cast<double>(most_on_node);
    const double by_zone = most_in_zone == 0
                               ? 10.0
                               : 10.0 * static_cast<double>(most_in_zone - in_zone) / static_cast<double>(most_in_zone);
    return static_cast<std::int64_t>(by_node * (1.0 - 2.0 / 3.0) + (2.0 / 3.0) * by_zone);
}

}  // namespace eks

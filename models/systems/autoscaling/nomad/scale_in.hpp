// Which clients of a group go when it shrinks, and how their allocations leave (NOM-6, NOM-7): functions of plain
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace eks::nomad {

// What running allocations take of a client, in the same unit as the whole.
struct ClientLoad {
    std::int64_t cpu = 0;
    std::int64_t cpu_total = 0;
    std::int64_t memory = 0;
    std::int64_t memory_total = 0;
};

// The rounded mean of both rounded percentages.
std::int64_t busyness(const ClientLoad& load);

// The places of the `count` least busy clients, ascending; of equally busy ones the first.
std::vector<std::size_t> least_busy(std::span<const ClientLoad> clients, std::size_t count);

// Allocations of one group that a drain may move at this moment, so that not more than max_parallel of those that it is
// to have are missing: the migrate block.
constexpr std::int64_t may_migrate(std::int64_t count, std::int64_t healthy, std::int64_t max_parallel) {
    const std::int64_t may = healthy - (count - max_parallel);
    return may > 0 ? may : 0;
}

}  // namespace eks::nomad

// What the pods of a node can be worth at most, for all small types at once: a knapsack of two resources as a table.
#pragma once

#include "models/sizing/packing/fleet_problem.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace eks::sizing {

// Amounts are rounded down to a grid, and only two resources are regarded, so that nothing that fits is left out. Exact
// for processors and memory that people write in round numbers.
class PatternTable {
  public:
    explicit PatternTable(const FleetProblem& problem);

    void fill(std::span<const double> value, std::span<const std::int64_t> left);

    // Infinity for types that are too large for the table: there, weighted sums bound well.
    double at_most(std::size_t type) const;
    // Pods of that worth; nothing for types that are too large. In the resources beside the two, or by what may run on
    // the type, they may not fit.
    std::vector<FleetPods> pods(std::size_t type) const;

  private:
    struct Axis {
        Room room = Room::cpu_milli;
        std::int64_t step = 1;
        std::size_t cells = 1;
    };

    // Some pods of a workload, taken together or not at all.
    struct Bundle {
        std::int32_t workload = 0;
        std::int64_t count = 0;
        std::size_t x = 0;
        std::size_t y = 0;
    };

    static Axis axis(const FleetProblem& problem, Room room);
    void add(const Bundle& bundle, double value);
    bool has(std::size_t type, std::size_t& x, std::size_t& y) const;

    const FleetProblem& problem_;
    Axis x_;
    Axis y_;
    std::vector<double> worth_;  // by cell
    std::vector<Bundle> bundles_;
    std::vector<std::uint8_t> is_taken_;  // by bundle and cell
    double beside_ = 0.0;                 // pods that are smaller than a step of both
};

}  // namespace eks::sizing

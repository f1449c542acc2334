// How many nodes of each pattern hold the pods at least cost, in fractions: the linear program of Gilmore and Gomory
// (1961), over the patterns known so far.
#pragma once

#include "models/sizing/packing/fleet_problem.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace eks::sizing {

// A node of a type with these pods.
struct PatternColumn {
    std::int32_t type = 0;
    std::vector<FleetPods> pods;
};

struct PatternUse {
    std::size_t column = 0;
    double nodes = 0.0;
};

class PatternMaster {
  public:
    // `left`: pods to hold, by workload, each above zero. It starts from nodes of a single workload each.
    PatternMaster(const FleetProblem& problem, std::span<const std::int64_t> left);
    ~PatternMaster();

    // Columns take part at the next `settle`, where they are below their price.
    void know(PatternColumn column);
    void settle();

    // What a pod of each workload is worth at these prices; none below zero.
    std::vector<double> values() const;
    double usd_per_hour() const;
    std::vector<PatternUse> uses() const;  // those above zero
    std::span<const PatternColumn> columns() const;

  private:
    class Simplex;
    std::unique_ptr<Simplex> simplex_;
};

}  // namespace eks::sizing

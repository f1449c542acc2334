// What the scheduler makes of each node for one pod: which plugin refuses it and why, or what each plugin scores it.
// The table that people know from the scheduler's simulator.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eks {

struct NodeVerdict {
    std::string node;
    std::string refused_by;                                    // a plugin; empty: the node can take the pod
    std::vector<std::string> reasons;                          // in the scheduler's own words
    bool is_final = false;                                     // pods that went would not help
    std::vector<std::pair<std::string, std::int64_t>> scores;  // by plugin, weighted; none where nothing was scored
    std::int64_t total = 0;
    bool is_best = false;
};

struct SchedulingTable {
    std::string refused_by;  // a plugin that refuses the pod whatever the node
    std::vector<std::string> reasons;
    std::vector<NodeVerdict> nodes;  // in the order of the scheduler's list
};

// As if the pod had to be placed now; where it has a node already, as if it were not there. By the plugins of 1.36, and
// of all nodes, not of a sample.
SchedulingTable scheduling_table(const Spec& spec, World world, PodId pod);

// The table as lines of plain text, at most so many nodes.
std::vector<std::string> to_lines(const SchedulingTable& table, std::size_t nodes_max);

}  // namespace eks

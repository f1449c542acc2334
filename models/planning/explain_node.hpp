// Why is this node still there? What the autoscalers of the cluster make of it at an instant.
#pragma once

#include "models/planning/autoscaler_story.hpp"
#include "models/planning/run.hpp"
#include "models/scenario/scenario.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct NodeStory {
    std::string node;
    std::string instance_type;
    std::string zone;
    sim::Time at;
    std::string state;  // "Ready"
    bool is_cordoned = false;
    std::int32_t pods = 0;
    double cpu_share = 0;  // requested, of what is allocatable
    double memory_share = 0;
    std::vector<AutoscalerStory> autoscalers;
};

// `name`: as the tables of nodes have it, "workers-2". The error is a sentence that says what would work.
sim::Result<NodeStory, std::string> explain_node(const Scenario& scenario, const StartOptions& options,
                                                 std::string_view name, sim::Duration at);

std::vector<std::string> to_lines(const NodeStory& story);

}  // namespace eks

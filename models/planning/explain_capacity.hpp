// How much more traffic would the nodes' network bear? What each node spends on it and for what, which table, quota or
// core breaks first and at which multiple of today's traffic, and the same with every other data path (DPC-68).
#pragma once

#include "models/planning/path_names.hpp"
#include "models/planning/run.hpp"
#include "models/scenario/scenario.hpp"
#include "models/systems/datapath/capacity.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// Proxies of a kind on a node, for the pods whose connections pass them (DPS-20). Their cores are among those of the
// node's network, by what they do.
struct ProxyStory {
    datapath::Layer7 kind = datapath::Layer7::none;
    double pods = 0;
    double proxies = 0;
    double memory_mb = 0;
    double pods_that_fail_together = 0;  // with one proxy
};
std::string_view text_of(datapath::Layer7 kind);  // as a scenario has it

struct NodeCapacityStory {
    std::string node;
    std::string instance_type;
    std::string mode;
    double cores = 0;
    double application_cores = 0;
    datapath::Capacity own;  // with the data path that the node has
    std::vector<ProxyStory> proxies;
};

struct CapacityStory {
    sim::Time at;
    std::vector<NodeCapacityStory> nodes;       // with connections; the first to break comes first
    datapath::Work cores;                       // at work for the network on all of them
    std::vector<datapath::ModeCapacity> modes;  // of the first node, with every data path
    std::vector<std::string> assumptions;
};

// `node`: that one alone; empty: all. The error is a sentence that says what would work.
sim::Result<CapacityStory, std::string> capacity_story(const PathMoment& moment, std::string_view node);
sim::Result<CapacityStory, std::string> explain_capacity(const Scenario& scenario, const StartOptions& options,
                                                         std::string_view node, sim::Duration at);

std::vector<std::string> to_lines(const CapacityStory& story);

// What the rows say of a node, as its capacity is asked.
struct NodeQuestion {
    datapath::DataPath path;
    datapath::NodeDemand demand;
    datapath::NodeLimits limits;
};
NodeQuestion capacity_question(const PathMoment& moment, NodeId node);

}  // namespace eks

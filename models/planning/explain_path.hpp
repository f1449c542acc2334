// What happens to a connection from here to there? Who handles Services on the nodes that it comes by, each hop with
// its cost, what fails now and how long a client waits, and how full the tables are: read off the rows of data paths.
#pragma once

#include "models/planning/path_names.hpp"
#include "models/planning/run.hpp"
#include "models/scenario/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct HopStory {
    std::string place;        // "services chain"
    double rules = 0;         // that are met there
    bool first_only = false;  // later packets pass it by
    double cpu_us = 0;        // of a connection with its first request, saturated (DPC-15)
    double idle_us = 0;       // its time on a node that does nothing else
    double now_us = 0;        // its time now
    double request_us = 0;    // that of a request more, now
};

struct TableStory {
    std::string table;  // "conntrack"
    std::string node;   // where it is fullest
    double entries = 0;
    double limit = 0;
};

// Of a class's Service, what a kernel has of it.
struct ServiceStory {
    double position = 0;  // among the service ports
    double known = 0;     // endpoints
    double stale = 0;     // of these, those that answer no more
    double missing = 0;   // ready ones that are not in it yet
};

// Nodes of which the same is to be said.
struct StageStory {
    std::string role;  // "client", "server", "client and server", "entry"
    std::vector<std::string> nodes;
    double share = 0;       // of the class's connections, those that come by
    std::string mode;       // "iptables-nft"
    std::string writer;     // "kube-proxy"
    std::string rules;      // "live", "frozen", "coming", "none"
    std::string migration;  // as faults name it; empty: none
    std::uint32_t version = 0;
    std::optional<sim::Time> works_at;   // coming
    std::optional<sim::Time> sync_ends;  // one is under way
    std::optional<sim::Time> sync_starts;
    double services = 0;  // service ports
    std::optional<ServiceStory> service;
    double load_mean = 0;  // over the connections
    double load_most = 0;
    std::vector<HopStory> hops;
    std::vector<TableStory> tables;
};

struct FailureStory {
    std::string cause;
    double share = 0;         // of new connections, by this cause and no earlier one (DPC-66)
    double wait_seconds = 0;  // until the client knows (DPC-67)
};

struct PathStory {
    std::string name;  // of the class
    std::string from;
    std::string to;
    sim::Time at;
    double attempts = 0;  // connections a second
    double requests = 1;  // on each
    double endpoints = 0;
    double between_nodes = 0;
    double between_zones = 0;
    double connect_us = 0;
    double connect_p90_us = 0;
    double connect_p99_us = 0;
    double request_us = 0;
    double network_us = 0;  // of connect_us: round trips, load balancer, lost segments
    double wrong_pod = 0;
    double stale = 0;                   // of its callers, those whose open connection leads to nobody (DPS-16)
    std::vector<FailureStory> failing;  // causes that are there
    double wait_seconds = 0;            // on average over those that fail
    std::vector<StageStory> stages;
    std::vector<HopStory> network;  // a round trip each
    std::vector<std::string> assumptions;
};

// From a node: its own shares alone; what is said of the whole class stays that.
sim::Result<std::vector<PathStory>, std::string> explain_paths(const PathMoment& moment, std::string_view from,
                                                               std::string_view to);
sim::Result<std::vector<PathStory>, std::string> explain_path(const Scenario& scenario, const StartOptions& options,
                                                              std::string_view from, std::string_view to,
                                                              sim::Duration at);

std::vector<std::string> to_lines(const PathStory& story);

}  // namespace eks

// Single requests, drawn from what a run says of their class at an instant (DPC-65): for a trace, or for percentiles at
// an application. The run itself never looks at one.
#pragma once

#include "models/planning/path_names.hpp"
#include "models/spec/datapath.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

// DPC-65: a few thousand for a simulated second at most; each stands for all that are like it.
inline constexpr std::int32_t most_drawn_requests = 5000;

struct DrawnRequest {
    double us = 0;  // until the network has answered, or until the client knows that it has failed
    std::optional<datapath::FailureCause> failed_by;
    bool has_connected = false;   // on a connection of its own; else on one that was open
    std::int32_t from_node = -1;  // into DrawnRequests::nodes; none: from outside
    std::int32_t to_node = -1;    // none: it has not come to one, or left the VPC
};

struct DrawnRequests {
    std::string name;  // of the class
    double requests_per_second = 0;
    std::vector<std::string> nodes;
    std::vector<DrawnRequest> requests;
};

// `name` as in the metrics' label `class`. The draws of a class depend on the seed, its name, its nodes' names and how-
// manieth request this is, so that a change of one class leaves those of the others. The error is a sentence that says
// what would work.
sim::Result<DrawnRequests, std::string> draw_requests(const PathMoment& moment, std::string_view name,
                                                      std::int32_t count);

}  // namespace eks

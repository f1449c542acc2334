// Which of the node groups that could help is grown (CA-24): a chain of filters, each of which keeps its best options,
// after cluster-autoscaler 1.36.1 expander/. What is left at the end is drawn from at random by the caller.
//
// Left out: `price`, for which AWS has no prices, and `grpc`, which asks a server of the user's.
#pragma once

#include "models/spec/cluster_autoscaler.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace eks::cluster_autoscaler {

// As the flag `expander` names it; nothing for those that are left out or unknown.
std::optional<Expander> expander_named(std::string_view name);

struct ExpansionOption {
    std::int64_t node_count = 0;
    std::int64_t pods = 0;
    std::int64_t requested_cpu_milli = 0;
    std::int64_t requested_bytes = 0;
    // A node of the group; an option without a template is not weighed by its waste.
    bool has_template = false;
    std::int64_t capacity_cpu_milli = 0;
    std::int64_t capacity_bytes = 0;
    // The highest priority of the ConfigMap that matches the group.
    std::optional<std::int64_t> priority;
};

// The places of the options that the chain leaves, in their order. It stops as soon as one is left, and at `random`.
std::vector<std::size_t> surviving_options(std::span<const ExpansionOption> options, std::span<const Expander> chain);

}  // namespace eks::cluster_autoscaler

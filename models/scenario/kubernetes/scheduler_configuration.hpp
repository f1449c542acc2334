// A KubeSchedulerConfiguration as scheduler profiles: which plugins filter and score, with which weights and arguments.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/scheduler_profile.hpp"

#include <optional>
#include <vector>

namespace eks {

struct SchedulerConfiguration {
    std::vector<SchedulerProfile> profiles;
    std::optional<std::int32_t> percentage_of_nodes_to_score;  // of all profiles that do not say
};

// Complains about unknown plugins, strategies and numbers that the scheduler would refuse; what has no effect on where
// pods go is left unread.
SchedulerConfiguration read_scheduler_configuration(const Reader& configuration);

}  // namespace eks

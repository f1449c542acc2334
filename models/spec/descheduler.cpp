#include "models/spec/descheduler.hpp"

#include <array>

namespace eks {

std::string_view name_of(DeschedulerStrategy strategy) {
    // In the order of the enum.
    static constexpr std::array<std::string_view, descheduler_strategy_count> names{
        "RemoveFailedPods",
        "RemovePodsHavingTooManyRestarts",
        "PodLifeTime",
        "RemovePodsViolatingNodeTaints",
        "RemovePodsViolatingNodeAffinity",
        "RemovePodsViolatingInterPodAntiAffinity",
        "RemoveDuplicates",
        "RemovePodsViolatingTopologySpreadConstraint",
        "LowNodeUtilization",
        "HighNodeUtilization",
    };
    return names[static_cast<std::size_t>(strategy)];
}

}  // namespace eks

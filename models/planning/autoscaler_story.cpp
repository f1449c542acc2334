#include "models/planning/autoscaler_story.hpp"

#include <fmt/format.h>

namespace eks {

std::string story_name(const Spec& spec, const Pod& pod) {
    const Workload& workload = spec[pod.workload];
    return fmt::format("{}/{}-{}", workload.namespace_name, workload.name, pod.replica);
}

std::string story_name(const Spec& spec, const Node& node) {
    return fmt::format("{}-{}", spec[spec[node.shape].group].name, node.ordinal);
}

std::string story_time(sim::Time at) { return fmt::format("{:.3f} s", at.since_origin().in_seconds()); }

std::vector<std::string> to_lines(const AutoscalerStory& story) {
    std::vector<std::string> lines{fmt::format("  {}: {}", story.who, story.says)};
    for (const GroupSays& group : story.groups) lines.push_back(fmt::format("    {}: {}", group.group, group.what));
    if (!story.event.empty()) lines.push_back("    event: " + story.event);
    return lines;
}

}  // namespace eks

#include "models/planning/explain_node.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace eks {

namespace {

std::string_view text_of(NodeState state) {
    switch (state) {
        case NodeState::launching: return "launching";
        case NodeState::registered: return "NotReady";
        case NodeState::ready: return "Ready";
        case NodeState::unreachable: return "NotReady, and nothing is heard of it";
        case NodeState::lost: return "terminated";
        case NodeState::deleted: break;
    }
    return "gone";
}

double share(std::int64_t of, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(of) / static_cast<double>(whole) : 0;
}

void describe(const Spec& spec, const Node& node, NodeStory& story) {
    const NodeShape& shape = spec[node.shape];
    story.instance_type = shape.instance_type;
    story.zone = spec.zones[shape.zone.value];
    story.state = text_of(node.state);
    story.is_cordoned = node.cordoned;
    story.pods = node.pods;
    story.cpu_share = share(node.requested.cpu_milli, shape.allocatable.cpu_milli);
    story.memory_share = share(node.requested.memory_bytes, shape.allocatable.memory_bytes);
}

}  // namespace

sim::Result<NodeStory, std::string> explain_node(const Scenario& scenario, const StartOptions& options,
                                                 std::string_view name, sim::Duration at) {
    Run run = start(scenario, options);
    run.until(at);
    const Spec& spec = run.spec();
    NodeId found;
    std::vector<std::string> known;
    for (const NodeId id : run.world().node_order) {
        known.push_back(story_name(spec, run.world().nodes[id]));
        if (known.back() == name) found = id;
    }
    if (!found.valid()) {
        constexpr std::size_t names_shown = 20;
        const std::size_t more = known.size() > names_shown ? known.size() - names_shown : 0;
        known.resize(known.size() - more);
        return sim::failure(fmt::format("there is no node {} at {}; there are: {}{}", name, sim::to_text(at),
                                        known.empty() ? std::string("none") : fmt::format("{}", fmt::join(known, ", ")),
                                        more > 0 ? fmt::format(" and {} more", more) : ""));
    }
    NodeStory story;
    story.node = name;
    story.at = run.now();
    describe(spec, run.world().nodes[found], story);
    const sim::DrawSource key(run.simulation().key());
    const AutoscalerMoment moment{spec, run.world(), key, run.now()};
    for (const auto& says : {cluster_autoscaler_on_node(moment, found), karpenter_on_node(moment, found)}) {
        if (says) story.autoscalers.push_back(*says);
    }
    return story;
}

std::vector<std::string> to_lines(const NodeStory& story) {
    std::vector<std::string> lines{fmt::format(
        "Node {} at {}: {} in {}, {}{}; {} pods, requested {:.1f}% of CPU and {:.1f}% of memory.", story.node,
        story_time(story.at), story.instance_type, story.zone, story.state, story.is_cordoned ? ", cordoned" : "",
        story.pods, story.cpu_share * 100, story.memory_share * 100)};
    for (const AutoscalerStory& autoscaler : story.autoscalers) {
        for (std::string& line : to_lines(autoscaler)) lines.push_back(std::move(line));
    }
    if (story.autoscalers.empty()) lines.emplace_back("  Neither Cluster Autoscaler nor Karpenter is in the cluster.");
    return lines;
}

}  // namespace eks

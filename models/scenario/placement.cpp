#include "models/scenario/placement.hpp"

#include "models/scenario/keys.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {
namespace {

struct NodePlace {
    NodeGroupIx group;
    std::int32_t node = 0;
};

// "workers/0": the first node of the group.
std::optional<NodePlace> read_node(const Reader& at, const Spec& spec) {
    const auto text = at.text();
    if (!text) return std::nullopt;
    const std::size_t slash = text->rfind('/');
    const std::string name = text->substr(0, slash);
    const auto group = std::ranges::find(spec.node_groups, name, &NodeGroup::name);
    if (group == spec.node_groups.end()) {
        std::vector<std::string_view> known;
        for (const NodeGroup& one : spec.node_groups) known.push_back(one.name);
        at.complain(Rule::unknown_node_group,
                    fmt::format("{} is \"{}\", and there is no node group {}", at.title(), *text, name),
                    did_you_mean(name, known));
        return std::nullopt;
    }
    NodePlace place{NodeGroupIx::of(static_cast<std::size_t>(group - spec.node_groups.begin())), -1};
    if (slash != std::string::npos) std::from_chars(text->data() + slash + 1, text->data() + text->size(), place.node);
    if (place.node >= 0 && place.node < group->desired) return place;
    at.complain(Rule::out_of_range,
                fmt::format("{} is \"{}\"; {} has the nodes 0 to {} when the run begins", at.title(), *text, name,
                            group->desired - 1),
                fmt::format("write it as {}/0", name));
    return std::nullopt;
}

class PlacementReading {
  public:
    explicit PlacementReading(ScenarioBuilder& builder) : builder_(builder), placed_(builder.spec.workloads.size()) {}

    void add(const Reader& entry) {
        if (!entry.expect_map()) return;
        entry.refuse_unknown_members(keys::placed);
        const auto node_at = entry.required("node");
        const auto pods_at = entry.required("pods");
        const auto node = node_at ? read_node(*node_at, builder_.spec) : std::nullopt;
        if (!node || !pods_at || !pods_at->expect_map()) return;
        for (const auto& [title, number] : pods_at->members()) add_pods(*pods_at, title, number, *node);
    }

  private:
    void add_pods(const Reader& map, const std::string& title, const Reader& number, const NodePlace& node) {
        const auto workload = find(map, title);
        if (!workload) return;
        const Workload& row = builder_.spec[*workload];
        if (row.kind != WorkloadKind::stateful_set) {
            const auto pods = number.integer(0, limits::replicas_per_workload);
            if (pods)
                enter(number, *workload, {*workload, node.group, node.node, static_cast<std::int32_t>(*pods), -1});
            return;
        }
        for (const Reader& item : number.items()) {
            const auto replica = item.integer(0, std::max(row.replicas - 1, 0));
            if (replica)
                enter(item, *workload, {*workload, node.group, node.node, 1, static_cast<std::int32_t>(*replica)});
        }
    }

    std::optional<WorkloadIx> find(const Reader& map, const std::string& title) {
        for (std::size_t i = 0; i < builder_.spec.workloads.size(); ++i) {
            const WorkloadIx workload = WorkloadIx::of(i);
            if (builder_.title_of(workload) != title) continue;
            const WorkloadKind kind = builder_.spec[workload].kind;
            if (kind != WorkloadKind::daemon_set && !has_jobs(kind)) return workload;
            map.complain_at_key(title, Rule::not_supported,
                                fmt::format("{}: pods of a {} cannot be placed", map.title(), kind_name(kind)),
                                kind == WorkloadKind::daemon_set ? "they are on every node that they belong on"
                                                                 : "its Jobs begin when the run does");
            return std::nullopt;
        }
        map.complain_at_key(title, Rule::matches_nothing, fmt::format("{}: there is no {}", map.title(), title),
                            builder_.hint_for_selector(title));
        return std::nullopt;
    }

    void enter(const Reader& at, WorkloadIx workload, const PlacedPods& pods) {
        std::int32_t& sum = placed_[workload.value];
        sum += pods.pods;
        const std::int32_t replicas = builder_.spec[workload].replicas;
        if (sum > replicas) {
            at.complain(Rule::out_of_range, fmt::format("{}: {} pods of {} are placed, and it has {}", at.title(), sum,
                                                        builder_.title_of(workload), replicas));
            return;
        }
        builder_.spec.placement.pods.push_back(pods);
    }

    ScenarioBuilder& builder_;
    std::vector<std::int32_t> placed_;  // pods so far, by WorkloadIx
};

}  // namespace

void read_placement(const Reader& run, ScenarioBuilder& builder) {
    const auto section = run.member("placed");
    if (!section) return;
    if (builder.spec.opening == Opening::empty) {
        section->complain(Rule::contradictory_fields,
                          fmt::format("{}: a run that begins empty has no node yet", section->title()),
                          "leave run.opening out");
        return;
    }
    builder.spec.placement.is_given = true;
    PlacementReading reading(builder);
    for (const Reader& entry : section->items()) reading.add(entry);
}

}  // namespace eks

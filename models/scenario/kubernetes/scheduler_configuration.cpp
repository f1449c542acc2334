#include "models/scenario/kubernetes/scheduler_configuration.hpp"

#include "models/scenario/kubernetes/node_constraints.hpp"
#include "models/scenario/kubernetes/pod_constraints.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace eks {
namespace {

// In-tree plugins that neither filter nor score; a configuration may name them.
constexpr std::array<std::string_view, 9> plugins_without_effect{
    "PrioritySort",   "SchedulingGates",      "DefaultPreemption",          "DefaultBinder",    "DynamicResources",
    "GangScheduling", "NodeDeclaredFeatures", "TopologyPlacementGenerator", "PodGroupPodsCount"};

constexpr std::int64_t largest_weight = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t percent_max = 100;

// The plugins of that name; nothing, with a complaint, if there is none.
std::optional<std::vector<SchedulerPlugin>> plugins_named(const Reader& at, const std::string& name) {
    std::vector<SchedulerPlugin> found;
    std::vector<std::string_view> known(plugins_without_effect.begin(), plugins_without_effect.end());
    for (std::size_t i = 0; i < scheduler_plugin_count; ++i) {
        known.push_back(scheduler_plugin_names[i]);
        if (name == "*" || name == scheduler_plugin_names[i]) found.push_back(static_cast<SchedulerPlugin>(i));
    }
    if (!found.empty() || std::ranges::find(plugins_without_effect, name) != plugins_without_effect.end()) return found;
    at.complain(Rule::not_one_of, fmt::format("{}: there is no scheduler plugin {}", at.title(), name),
                did_you_mean(name, known));
    return std::nullopt;
}

bool filters_at_all(SchedulerPlugin plugin) { return static_cast<std::size_t>(plugin) < scheduler_filter_count; }
bool scores_at_all(SchedulerPlugin plugin) { return default_scheduler_profile().weight_of(plugin) > 0; }

// One extension point: what it takes away, then what it adds.
void read_point(const Reader& point, bool of_filters, bool of_scores, SchedulerProfile& profile) {
    if (!point.expect_map()) return;
    for (const bool enables : {false, true}) {
        for (const Reader& entry : point.items(enables ? "enabled" : "disabled")) {
            if (!entry.expect_map()) continue;
            const auto name = entry.required("name");
            const auto text = name ? name->text() : std::nullopt;
            const std::int64_t weight =
                std::max<std::int64_t>(1, entry.integer("weight", 0, largest_weight).value_or(1));
            if (!text) continue;
            const auto plugins = plugins_named(*name, *text);
            if (!plugins) continue;
            for (const SchedulerPlugin plugin : *plugins) {
                const auto i = static_cast<std::size_t>(plugin);
                if (of_filters && filters_at_all(plugin)) {
                    profile.filters[i] = enables;
                    if (of_scores) profile.prefilters[i] = enables;
                }
                if (of_scores && scores_at_all(plugin)) profile.weights[i] = enables ? weight : 0;
            }
        }
    }
}

std::vector<WeightedResource> read_resources(const Reader& list) {
    std::vector<WeightedResource> resources;
    for (const Reader& entry : list.items()) {
        if (!entry.expect_map()) continue;
        const auto name = entry.required("name");
        resources.push_back({name ? name->text().value_or("") : "",
                             std::max<std::int64_t>(1, entry.integer("weight", 0, percent_max).value_or(1))});
    }
    return resources;
}

// SCHED-54: utilisation grows from point to point.
void read_shape(const Reader& strategy, SchedulerProfile& profile) {
    constexpr std::int64_t score_max = 10;
    const auto ratio = strategy.required("requestedToCapacityRatio");
    const auto shape = ratio && ratio->expect_map() ? ratio->required("shape") : std::nullopt;
    if (!shape || !shape->expect_list()) return;
    for (const Reader& entry : shape->items()) {
        if (!entry.expect_map()) continue;
        const auto utilization = entry.required("utilization");
        const auto score = entry.required("score");
        if (!utilization || !score) continue;
        const ShapePoint point{utilization->integer(0, percent_max).value_or(0),
                               score->integer(0, score_max).value_or(0)};
        if (!profile.shape.empty() && point.utilization <= profile.shape.back().utilization) {
            utilization->complain(Rule::out_of_range,
                                  fmt::format("{} is not above that of the point before", utilization->title()),
                                  "sort the points of the shape by utilization");
            continue;
        }
        profile.shape.push_back(point);
    }
    if (profile.shape.empty())
        shape->complain(Rule::missing_field, fmt::format("{} has no point", shape->title()), "give it at least one");
}

void read_fit(const Reader& args, SchedulerProfile& profile) {
    for (const Reader& name : args.items("ignoredResources"))
        if (const auto text = name.text()) profile.ignored_resources.push_back(*text);
    for (const Reader& name : args.items("ignoredResourceGroups"))
        if (const auto text = name.text()) profile.ignored_groups.push_back(*text);
    const auto strategy = args.member("scoringStrategy");
    if (!strategy || !strategy->expect_map()) return;
    if (const auto type = strategy->member("type")) {
        if (const auto which = type->one_of({"LeastAllocated", "MostAllocated", "RequestedToCapacityRatio"}))
            profile.strategy = static_cast<ScoringStrategy>(*which);
    }
    if (const auto resources = strategy->member("resources")) profile.fit_resources = read_resources(*resources);
    if (profile.strategy == ScoringStrategy::requested_to_capacity_ratio) {
        read_shape(*strategy, profile);
        if (profile.shape.empty()) profile.strategy = ScoringStrategy::least_allocated;
    }
}

void read_spread(const Reader& args, SchedulerProfile& profile) {
    const auto type = args.member("defaultingType");
    if (!type || type->one_of({"System", "List"}).value_or(0) == 0) return;
    profile.spread_defaults = SpreadDefaults::list;
    for (const Reader& constraint : args.items("defaultConstraints"))
        profile.default_spread.push_back(read_spread_constraint(constraint, {}));
}

void read_added_affinity(const Reader& args, SchedulerProfile& profile) {
    const auto added = args.member("addedAffinity");
    if (!added || !added->expect_map()) return;
    PodTemplate terms;
    read_node_affinity(*added, terms);
    profile.has_added_terms = added->has("requiredDuringSchedulingIgnoredDuringExecution");
    profile.added_terms = std::move(terms.required_node_terms);
    profile.added_preferred_terms = std::move(terms.preferred_node_terms);
}

void read_arguments(const std::string& plugin, const Reader& args, SchedulerProfile& profile) {
    if (!args.expect_map()) return;
    if (plugin == "NodeResourcesFit") read_fit(args, profile);
    if (plugin == "NodeResourcesBalancedAllocation") {
        if (const auto resources = args.member("resources")) profile.balanced_resources = read_resources(*resources);
    }
    if (plugin == "PodTopologySpread") read_spread(args, profile);
    if (plugin == "NodeAffinity") read_added_affinity(args, profile);
    if (plugin != "InterPodAffinity") return;
    if (const auto weight = args.integer("hardPodAffinityWeight", 0, percent_max))
        profile.hard_affinity_weight = *weight;
    profile.ignores_preferred_of_existing = args.boolean("ignorePreferredTermsOfExistingPods").value_or(false);
}

SchedulerProfile read_profile(const Reader& reader) {
    SchedulerProfile profile = default_scheduler_profile();
    if (!reader.expect_map()) return profile;
    if (const auto name = reader.text("schedulerName")) profile.name = *name;
    if (const auto share = reader.integer("percentageOfNodesToScore", 0, percent_max))
        profile.percentage_of_nodes_to_score = static_cast<std::int32_t>(*share);
    if (const auto plugins = reader.member("plugins"); plugins && plugins->expect_map()) {
        if (const auto point = plugins->member("multiPoint")) read_point(*point, true, true, profile);
        if (const auto point = plugins->member("filter")) read_point(*point, true, false, profile);
        if (const auto point = plugins->member("score")) read_point(*point, false, true, profile);
    }
    for (const Reader& entry : reader.items("pluginConfig")) {
        if (!entry.expect_map()) continue;
        const auto name = entry.required("name");
        const auto text = name ? name->text() : std::nullopt;
        const auto args = entry.member("args");
        if (text && plugins_named(*name, *text) && args) read_arguments(*text, *args, profile);
    }
    return profile;
}

}  // namespace

SchedulerConfiguration read_scheduler_configuration(const Reader& reader) {
    SchedulerConfiguration configuration;
    for (const Reader& each : reader.items("profiles")) {
        SchedulerProfile profile = read_profile(each);
        if (std::ranges::find(configuration.profiles, profile.name, &SchedulerProfile::name) !=
            configuration.profiles.end()) {
            each.complain(Rule::duplicate_name,
                          fmt::format("{}: there are two profiles for the scheduler {}", each.title(), profile.name),
                          "give each profile a schedulerName of its own");
            continue;
        }
        configuration.profiles.push_back(std::move(profile));
    }
    if (const auto share = reader.integer("percentageOfNodesToScore", 0, percent_max))
        configuration.percentage_of_nodes_to_score = static_cast<std::int32_t>(*share);
    return configuration;
}

}  // namespace eks

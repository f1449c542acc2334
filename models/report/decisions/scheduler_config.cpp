#include "models/report/decisions/scheduler_config.hpp"

#include "models/report/decisions/scheduler_objects.hpp"
#include "models/scenario/near_miss.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

namespace eks::decisions {

namespace {

using plain::Plugin;
using plain::Profile;

// In-tree plugins that neither filter nor score what the calls look at; a configuration may name them.
constexpr std::array<std::string_view, 9> plugins_without_effect{
    "PrioritySort",   "SchedulingGates",      "DefaultPreemption",          "DefaultBinder",    "DynamicResources",
    "GangScheduling", "NodeDeclaredFeatures", "TopologyPlacementGenerator", "PodGroupPodsCount"};

std::vector<Plugin> plugins_named(const std::string& name) {
    std::vector<Plugin> found;
    std::vector<std::string_view> known;
    for (std::size_t i = 0; i < plain::plugin_count; ++i) {
        known.push_back(plain::plugin_names[i]);
        if (name == "*" || name == plain::plugin_names[i]) found.push_back(static_cast<Plugin>(i));
    }
    if (!found.empty() || std::ranges::find(plugins_without_effect, name) != plugins_without_effect.end()) return found;
    throw WrongArguments{Rule::not_one_of, fmt::format("there is no scheduler plugin {}", name),
                         did_you_mean(name, known)};
}

bool filters_at_all(Plugin plugin) { return static_cast<std::size_t>(plugin) < plain::filter_count; }
bool scores_at_all(Plugin plugin) { return plain::default_profile().weight_of(plugin) > 0; }

// One extension point: what it takes away, then what it adds.
void set_plugins(Profile& profile, const Json& point, bool of_filters, bool of_scores) {
    for (const bool enables : {false, true}) {
        const char* list = enables ? "enabled" : "disabled";
        if (!point.contains(list)) continue;
        for (const Json& entry : point[list]) {
            const std::int64_t weight = std::max<std::int64_t>(1, optional_or<std::int64_t>(entry, "weight", 1));
            for (const Plugin plugin : plugins_named(required<std::string>(entry, "name"))) {
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

std::vector<plain::WeightedResource> resources_of(const Json& list) {
    std::vector<plain::WeightedResource> resources;
    for (const Json& entry : list)
        resources.push_back({required<std::string>(entry, "name"), optional_or<std::int64_t>(entry, "weight", 1)});
    return resources;
}

void read_fit(Profile& profile, const Json& args) {
    profile.ignored_resources = optional_or(args, "ignoredResources", profile.ignored_resources);
    profile.ignored_groups = optional_or(args, "ignoredResourceGroups", profile.ignored_groups);
    if (!is_given(args, "scoringStrategy")) return;
    const Json& strategy = args["scoringStrategy"];
    const auto type = optional_or<std::string>(strategy, "type", "LeastAllocated");
    if (type == "LeastAllocated")
        profile.strategy = plain::ScoringStrategy::least_allocated;
    else if (type == "MostAllocated")
        profile.strategy = plain::ScoringStrategy::most_allocated;
    else if (type == "RequestedToCapacityRatio")
        profile.strategy = plain::ScoringStrategy::requested_to_capacity_ratio;
    else
        throw WrongArguments{Rule::not_one_of, fmt::format("there is no scoring strategy {}", type),
                             "there are LeastAllocated, MostAllocated and RequestedToCapacityRatio"};
    if (is_given(strategy, "resources")) profile.fit_resources = resources_of(strategy["resources"]);
    if (profile.strategy != plain::ScoringStrategy::requested_to_capacity_ratio) return;
    for (const Json& point : required<Json>(required<Json>(strategy, "requestedToCapacityRatio"), "shape"))
        profile.shape.push_back({required<std::int64_t>(point, "utilization"), required<std::int64_t>(point, "score")});
    if (profile.shape.empty())
        throw WrongArguments{Rule::missing_field, "the shape of requestedToCapacityRatio has no point", ""};
}

void read_spread(Profile& profile, const Json& args) {
    if (optional_or<std::string>(args, "defaultingType", "System") == "System") return;
    profile.spread_defaults = plain::SpreadDefaults::list;
    for (const Json& constraint : optional_or(args, "defaultConstraints", Json::array()))
        profile.default_spread.push_back(spread_constraint_of(constraint, {}));
}

void read_added_affinity(Profile& profile, const Json& args) {
    const Json added = optional_or(args, "addedAffinity", Json::object());
    if (is_given(added, "requiredDuringSchedulingIgnoredDuringExecution")) {
        profile.has_added_terms = true;
        profile.added_terms =
            node_terms_of(required<Json>(added["requiredDuringSchedulingIgnoredDuringExecution"], "nodeSelectorTerms"));
    }
    profile.added_preferred_terms =
        preferred_node_terms_of(optional_or(added, "preferredDuringSchedulingIgnoredDuringExecution", Json::array()));
}

void read_arguments(Profile& profile, const std::string& plugin, const Json& args) {
    if (plugin == "NodeResourcesFit") read_fit(profile, args);
    if (plugin == "NodeResourcesBalancedAllocation" && is_given(args, "resources"))
        profile.balanced_resources = resources_of(args["resources"]);
    if (plugin == "PodTopologySpread") read_spread(profile, args);
    if (plugin == "NodeAffinity") read_added_affinity(profile, args);
    if (plugin != "InterPodAffinity") return;
    profile.hard_affinity_weight = optional_or(args, "hardPodAffinityWeight", profile.hard_affinity_weight);
    profile.ignores_preferred_of_existing = optional_or(args, "ignorePreferredTermsOfExistingPods", false);
}

}  // namespace

Profile profile_of(const Json& config) {
    Profile profile = plain::default_profile();
    if (config.is_null()) return profile;
    const Json profiles = optional_or(config, "profiles", Json::array());
    if (profiles.size() > 1)
        throw WrongArguments{Rule::not_one_of, "the configuration has several profiles", "give it one"};
    for (const Json& given : profiles) {
        const Json plugins = optional_or(given, "plugins", Json::object());
        if (is_given(plugins, "multiPoint")) set_plugins(profile, plugins["multiPoint"], true, true);
        if (is_given(plugins, "filter")) set_plugins(profile, plugins["filter"], true, false);
        if (is_given(plugins, "score")) set_plugins(profile, plugins["score"], false, true);
        for (const Json& entry : optional_or(given, "pluginConfig", Json::array())) {
            const auto name = required<std::string>(entry, "name");
            plugins_named(name);
            if (is_given(entry, "args")) read_arguments(profile, name, entry["args"]);
        }
    }
    return profile;
}

}  // namespace eks::decisions

#include "models/scenario/kubernetes/descheduler_policy.hpp"

#include "models/scenario/kubernetes/label_selector.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::int64_t most_pods = 1'000'000'000;
constexpr std::int64_t longest_age_seconds = std::numeric_limits<std::int32_t>::max();

void refuse_policy(const Reader& at, std::string_view what, std::string hint = {}) {
    at.complain(Rule::bad_descheduler_policy, fmt::format("{}: {}", at.title(), what), std::move(hint));
}

std::vector<std::string> texts_in(const Reader& map, std::string_view key) {
    std::vector<std::string> texts;
    for (const Reader& item : map.items(key)) {
        if (const auto text = item.scalar_as_text()) texts.push_back(*text);
    }
    return texts;
}

std::optional<DeschedulerStrategy> strategy_named(std::string_view name) {
    for (std::size_t i = 0; i < descheduler_strategy_count; ++i) {
        const auto strategy = static_cast<DeschedulerStrategy>(i);
        if (name_of(strategy) == name) return strategy;
    }
    return std::nullopt;
}

// The arguments of one plugin, which may be none.
class PluginArguments {
  public:
    PluginArguments(const Reader* args, const KubernetesObjects& objects) : args_(args), objects_(objects) {}

    DeschedulerEvictor evictor() const {
        DeschedulerEvictor evictor;
        if (args_ == nullptr) return evictor;
        set("evictLocalStoragePods", evictor.evicts_local_storage);
        set("evictDaemonSetPods", evictor.evicts_daemon_sets);
        set("evictSystemCriticalPods", evictor.evicts_system_critical);
        set("evictFailedBarePods", evictor.evicts_failed_bare);
        set("ignorePvcPods", evictor.keeps_claims);
        set("ignorePodsWithoutPDB", evictor.keeps_without_budget);
        set("nodeFit", evictor.asks_for_fit);
        evictor.min_replicas = args_->integer("minReplicas", 0, most_pods).value_or(0);
        evictor.min_age = args_->duration("minPodAge").value_or(sim::Duration::zero());
        if (const auto selector = args_->member("labelSelector"); selector && selector->expect_map()) {
            evictor.has_selector = true;
            evictor.selector = read_label_selector(*selector).all;
        }
        if (const auto threshold = args_->member("priorityThreshold"); threshold && threshold->expect_map())
            read_priority_threshold(*threshold, evictor);
        if (const auto protections = args_->member("podProtections"); protections && protections->expect_map())
            read_protections(*protections, evictor);
        return evictor;
    }

    DeschedulerStep step(DeschedulerStrategy strategy) const {
        DeschedulerStep step;
        step.strategy = strategy;
        step.heeds_required_affinity = true;
        if (args_ != nullptr) {
            read_selection(step);
            read_own(step);
        }
        check(step);
        return step;
    }

  private:
    void set(std::string_view key, bool& into) const { into = args_->boolean(key).value_or(into); }

    void read_priority_threshold(const Reader& threshold, DeschedulerEvictor& evictor) const {
        constexpr std::int64_t most = 2'000'001'000;
        if (const auto value = threshold.integer("value", -most, most)) evictor.below_priority = *value;
        const auto name = threshold.text("name");
        if (!name) return;
        const auto position = objects_.find("PriorityClass/" + *name);
        const auto value =
            position ? objects_.reader_of(objects_.all()[*position]).integer("value", -most, most) : std::nullopt;
        if (value)
            evictor.below_priority = *value;
        else
            refuse_policy(*threshold.member("name"), fmt::format("there is no PriorityClass {}", *name));
    }

    static void read_protections(const Reader& protections, DeschedulerEvictor& evictor) {
        for (const std::string& name : texts_in(protections, "defaultDisabled")) {
            if (name == "PodsWithLocalStorage") evictor.evicts_local_storage = true;
            if (name == "DaemonSetPods") evictor.evicts_daemon_sets = true;
            if (name == "SystemCriticalPods") evictor.evicts_system_critical = true;
            if (name == "FailedBarePods") evictor.evicts_failed_bare = true;
        }
        for (const std::string& name : texts_in(protections, "extraEnabled")) {
            if (name == "PodsWithPVC") evictor.keeps_claims = true;
            if (name == "PodsWithoutPDB") evictor.keeps_without_budget = true;
        }
    }

    void read_selection(DeschedulerStep& step) const {
        // Utilisation strategies name only what they leave out, under another key.
        for (const std::string_view key : {"namespaces", "evictableNamespaces"}) {
            const auto namespaces = args_->member(key);
            if (!namespaces || !namespaces->expect_map()) continue;
            const std::vector<std::string> included = texts_in(*namespaces, "include");
            step.namespaces = texts_in(*namespaces, "exclude");
            if (!included.empty() && !step.namespaces.empty())
                refuse_policy(*namespaces, "only one of include and exclude may be given");
            step.namespaces_are_excluded = included.empty();
            if (!included.empty()) step.namespaces = included;
            step.has_namespaces = !step.namespaces.empty();
        }
        if (const auto selector = args_->member("labelSelector"); selector && selector->expect_map()) {
            step.has_selector = true;
            step.selector = read_label_selector(*selector).all;
        }
    }

    NodeUsageShares shares(std::string_view key) const {
        NodeUsageShares shares;
        const auto stated = args_->member(key);
        if (!stated || !stated->expect_map()) return shares;
        const auto read = [&](std::string_view resource, double& into) {
            const auto at = stated->member(resource);
            if (at) into = at->number(0, 100).value_or(into);
        };
        read("cpu", shares.cpu);
        read("memory", shares.memory);
        read("pods", shares.pods);
        return shares;
    }

    void read_own(DeschedulerStep& step) const {
        const auto seconds = [&](std::string_view key) {
            return sim::Duration::seconds(args_->integer(key, 0, longest_age_seconds).value_or(0));
        };
        switch (step.strategy) {
            case DeschedulerStrategy::remove_failed_pods:
                step.least_age = seconds("minPodLifetimeSeconds");
                step.excluded_owner_kinds = texts_in(*args_, "excludeOwnerKinds");
                return;
            case DeschedulerStrategy::remove_pods_having_too_many_restarts:
                step.restarts = args_->integer("podRestartThreshold", 1, most_pods).value_or(0);
                set("includingInitContainers", step.counts_init_containers);
                step.states = texts_in(*args_, "states");
                return;
            case DeschedulerStrategy::pod_life_time:
                step.longest_life = seconds("maxPodLifeTimeSeconds");
                step.states = texts_in(*args_, "states");
                return;
            case DeschedulerStrategy::remove_pods_violating_node_taints:
                set("includePreferNoSchedule", step.heeds_preferred);
                step.excluded_taints = texts_in(*args_, "excludedTaints");
                return;
            case DeschedulerStrategy::remove_pods_violating_node_affinity: {
                const std::vector<std::string> kinds = texts_in(*args_, "nodeAffinityType");
                const auto has = [&](std::string_view kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
                step.heeds_required_affinity = has("requiredDuringSchedulingIgnoredDuringExecution");
                step.heeds_preferred_affinity = has("preferredDuringSchedulingIgnoredDuringExecution");
                return;
            }
            case DeschedulerStrategy::remove_pods_violating_inter_pod_anti_affinity: return;
            case DeschedulerStrategy::remove_duplicates:
                step.excluded_owner_kinds = texts_in(*args_, "excludeOwnerKinds");
                return;
            case DeschedulerStrategy::remove_pods_violating_topology_spread_constraint: {
                const std::vector<std::string> kinds = texts_in(*args_, "constraints");
                step.heeds_preferred = std::ranges::find(kinds, "ScheduleAnyway") != kinds.end();
                return;
            }
            case DeschedulerStrategy::low_node_utilization:
                set("useDeviationThresholds", step.are_deviations);
                step.targets = shares("targetThresholds");
                [[fallthrough]];
            case DeschedulerStrategy::high_node_utilization:
                step.thresholds = shares("thresholds");
                step.more_nodes_than = args_->integer("numberOfNodes", 0, most_pods).value_or(0);
                return;
        }
    }

    // What the plugin's own validation refuses.
    void check(const DeschedulerStep& step) const {
        const auto refuse = [&](std::string_view what, std::string hint) {
            if (args_ != nullptr)
                refuse_policy(*args_, fmt::format("{} {}", name_of(step.strategy), what), std::move(hint));
        };
        if (step.strategy == DeschedulerStrategy::remove_pods_having_too_many_restarts && step.restarts < 1)
            refuse("has no podRestartThreshold", "such as podRestartThreshold: 100");
        if (step.strategy == DeschedulerStrategy::pod_life_time && step.longest_life == sim::Duration::zero())
            refuse("has no maxPodLifeTimeSeconds", "such as maxPodLifeTimeSeconds: 86400");
        if (step.strategy != DeschedulerStrategy::low_node_utilization || step.are_deviations) return;
        const auto are_in_order = [](double low, double high) { return low < 0 || high < 0 || low <= high; };
        if (!are_in_order(step.thresholds.cpu, step.targets.cpu) ||
            !are_in_order(step.thresholds.memory, step.targets.memory) ||
            !are_in_order(step.thresholds.pods, step.targets.pods))
            refuse("has thresholds above its targetThresholds", "a node is underutilised below thresholds");
    }

    const Reader* args_;
    const KubernetesObjects& objects_;
};

class ProfileReading {
  public:
    ProfileReading(const Reader& profile, const KubernetesObjects& objects) : profile_(profile), objects_(objects) {
        for (const Reader& entry : profile.items("pluginConfig")) {
            if (!entry.expect_map()) continue;
            const auto name = entry.text("name");
            const auto args = entry.member("args");
            if (name && args && args->expect_map()) args_.insert_or_assign(*name, *args);
        }
    }

    DeschedulerProfile read() const {
        DeschedulerProfile profile;
        profile.name = profile_.text("name").value_or("");
        profile.evictor = PluginArguments(args_of("DefaultEvictor"), objects_).evictor();
        const auto plugins = profile_.member("plugins");
        if (!plugins || !plugins->expect_map()) return profile;
        for (const std::string_view point : {"deschedule", "balance"}) {
            const auto set = plugins->member(point);
            if (!set || !set->expect_map()) continue;
            for (const Reader& item : set->items("enabled")) add(item, profile);
        }
        // The default evictor filters, whether or not it is named here.
        for (const std::string_view point : {"filter", "preevictionfilter"}) {
            if (const auto set = plugins->member(point)) set->mark_used();
        }
        return profile;
    }

  private:
    const Reader* args_of(std::string_view name) const {
        const auto found = args_.find(name);
        return found == args_.end() ? nullptr : &found->second;
    }

    void add(const Reader& item, DeschedulerProfile& profile) const {
        const auto name = item.text();
        if (!name) return;
        const auto strategy = strategy_named(*name);
        if (strategy) {
            profile.steps.push_back(PluginArguments(args_of(*name), objects_).step(*strategy));
            return;
        }
        std::vector<std::string_view> known;
        for (std::size_t i = 0; i < descheduler_strategy_count; ++i)
            known.push_back(name_of(static_cast<DeschedulerStrategy>(i)));
        refuse_policy(item, fmt::format("\"{}\" is no plugin of the descheduler", *name), did_you_mean(*name, known));
    }

    const Reader& profile_;
    const KubernetesObjects& objects_;
    std::map<std::string, Reader, std::less<>> args_;
};

}  // namespace

void read_descheduler_policy(const Reader& policy, const KubernetesObjects& objects, Descheduler& descheduler) {
    const std::string version = policy.text("apiVersion").value_or("");
    if (policy.text("kind") != "DeschedulerPolicy" || version != "descheduler/v1alpha2") {
        refuse_policy(policy, fmt::format("this is no DeschedulerPolicy of descheduler/v1alpha2 but \"{}\"", version),
                      "policies of v1alpha1 have to be rewritten; the descheduler itself no longer takes them");
        return;
    }
    const auto limit = [&](std::string_view key, std::int64_t& into) {
        into = policy.integer(key, 0, most_pods).value_or(into);
    };
    limit("maxNoOfPodsToEvictPerNode", descheduler.most_per_node);
    limit("maxNoOfPodsToEvictPerNamespace", descheduler.most_per_namespace);
    limit("maxNoOfPodsToEvictTotal", descheduler.most_in_all);
    for (const Reader& profile : policy.items("profiles")) {
        if (profile.expect_map()) descheduler.profiles.push_back(ProfileReading(profile, objects).read());
    }
}

}  // namespace eks

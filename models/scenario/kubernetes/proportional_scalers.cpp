#include "models/scenario/kubernetes/proportional_scalers.hpp"

#include "models/scenario/kubernetes/config_maps.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view image_of_scaler = "cluster-proportional-autoscaler";

bool is_scaler(const Spec& spec, WorkloadIx workload) {
    if (spec[workload].kind != WorkloadKind::deployment) return false;
    return std::ranges::any_of(spec.template_of(workload).containers, [&](const ContainerSpec& container) {
        return container.image && spec.images[container.image.value].name.find(image_of_scaler) != std::string::npos;
    });
}

using Flags = std::map<std::string, ContainerFlag, std::less<>>;

// The last of each name counts.
Flags flags_of(const Reader& deployment) {
    Flags flags;
    for (const ContainerFlag& flag : flags_of_containers(deployment, WorkloadKind::deployment, image_of_scaler)) {
        if (flag.value) flags.insert_or_assign(flag.name, flag);
    }
    return flags;
}

std::string value_of(const ContainerFlag& flag) { return flag.value.value_or(""); }

void complain(const Reader& at, std::string_view what) {
    at.complain(Rule::bad_proportional_scaler, fmt::format("{}: {}", at.title(), what),
                "such as linear: {\"coresPerReplica\": 256, \"nodesPerReplica\": 16, \"min\": 2}");
}

class ScalerReading {
  public:
    ScalerReading(const KubernetesObjects& objects, ScenarioBuilder& builder) : objects_(objects), builder_(builder) {}

    void add(WorkloadIx pods) {
        const Reader object = builder_.object_of(pods);
        const auto flags = flags_of(object);
        const auto target_flag = flags.find("target");
        if (target_flag == flags.end()) {
            object.warn(Rule::unused_setting, fmt::format("{} has no --target, so it scales nothing", object.title()));
            return;
        }
        ProportionalScaler scaler;
        scaler.pods = pods;
        const std::string space = flags.contains("namespace") ? value_of(flags.find("namespace")->second)
                                                              : builder_.spec[pods].namespace_name;
        const auto target = target_named(value_of(target_flag->second), space);
        if (!target) {
            target_flag->second.at.warn(Rule::unused_setting,
                                        fmt::format("{} scales {}, which is not there", builder_.title_of(pods),
                                                    value_of(target_flag->second)));
            return;
        }
        scaler.target = *target;
        if (read_parameters(flags, space, scaler)) builder_.spec.dns.scalers.push_back(std::move(scaler));
    }

  private:
    // "deployment/coredns", whatever the case.
    std::optional<WorkloadIx> target_named(const std::string& text, const std::string& space) const {
        const std::size_t slash = text.find('/');
        std::string kind = text.substr(0, slash);
        std::ranges::transform(kind, kind.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const std::string name = slash == std::string::npos ? std::string() : text.substr(slash + 1);
        for (const WorkloadKind one : {WorkloadKind::deployment, WorkloadKind::replica_set}) {
            std::string word = kind_name(one);
            std::ranges::transform(word, word.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
            if (word == kind) return builder_.find_workload(one, space, name);
        }
        return std::nullopt;
    }

    // The ConfigMap where it is there, else the default parameters that it would be made of.
    bool read_parameters(const Flags& flags, const std::string& space, ProportionalScaler& scaler) {
        if (const auto named = flags.find("configmap"); named != flags.end()) {
            const auto data = data_of_config_map(objects_, space, value_of(named->second));
            if (data) return read_modes(*data, scaler);
        }
        const auto defaults = flags.find("default-params");
        if (defaults == flags.end()) return false;
        const auto value = parsed_within(value_of(defaults->second), defaults->second.at, builder_);
        return value && read_modes(*value, scaler);
    }

    // CPA-4: one mode and no other, with numbers that make sense.
    bool read_modes(const Reader& map, ProportionalScaler& scaler) {
        const auto members = map.members();
        if (members.size() != 1 || (members[0].first != "linear" && members[0].first != "ladder"))
            return complain(map, "there must be either linear or ladder"), false;
        const auto& [mode, given] = members[0];
        const auto law =
            given.is_text() ? parsed_within(given.text().value_or(""), given, builder_) : std::optional(given);
        if (!law || !law->expect_map()) return false;
        return mode == "linear" ? read_linear(*law, scaler) : read_ladder(*law, scaler);
    }

    static bool read_linear(const Reader& law, ProportionalScaler& scaler) {
        constexpr double most_per_replica = 1e9;
        constexpr std::int64_t most_replicas = 1'000'000;
        LinearScaling& linear = scaler.linear;
        const auto per = [&](std::string_view key) {
            const auto at = law.member(key);
            return at ? at->number(0, most_per_replica).value_or(0) : 0.0;
        };
        linear.cores_per_replica = per("coresPerReplica");
        linear.nodes_per_replica = per("nodesPerReplica");
        linear.least = law.integer("min", 0, most_replicas).value_or(0);
        if (linear.least == 0) linear.least = 1;
        linear.most = law.integer("max", 0, most_replicas).value_or(0);
        linear.prevents_single_point_of_failure = law.boolean("preventSinglePointFailure").value_or(false);
        scaler.counts_unschedulable = law.boolean("includeUnschedulableNodes").value_or(false);
        if (linear.cores_per_replica == 0 && linear.nodes_per_replica == 0)
            return complain(law, "one of coresPerReplica and nodesPerReplica must be above 0"), false;
        if (linear.most > 0 && linear.most < linear.least) return complain(law, "max is below min"), false;
        return true;
    }

    static bool read_ladder(const Reader& law, ProportionalScaler& scaler) {
        scaler.is_ladder = true;
        const auto steps = [&](std::string_view key, std::vector<LadderStep>& into) {
            for (const Reader& step : law.items(key)) {
                const auto pair = step.items();
                constexpr std::int64_t most = 1'000'000'000;
                const auto threshold = pair.size() == 2 ? pair[0].integer(0, most) : std::nullopt;
                const auto replicas = pair.size() == 2 ? pair[1].integer(0, most) : std::nullopt;
                if (!threshold || !replicas) return complain(step, "a step is [threshold, replicas]"), false;
                into.push_back({*threshold, *replicas});
            }
            std::ranges::stable_sort(into, {}, &LadderStep::threshold);
            return true;
        };
        scaler.counts_unschedulable = law.boolean("includeUnschedulableNodes").value_or(false);
        return steps("coresToReplicas", scaler.by_cores) && steps("nodesToReplicas", scaler.by_nodes);
    }

    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
};

}  // namespace

void read_proportional_scalers(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    ScalerReading reading(objects, builder);
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        if (is_scaler(builder.spec, WorkloadIx::of(i))) reading.add(WorkloadIx::of(i));
    }
}

}  // namespace eks

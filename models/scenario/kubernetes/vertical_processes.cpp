// The flags are those of vertical-pod-autoscaler 1.8, pkg/{recommender,updater}/main.go.
#include "models/scenario/kubernetes/container_flags.hpp"
#include "models/scenario/kubernetes/vertical_autoscalers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace eks {
namespace {

constexpr std::string_view recommender_image = "vpa-recommender";
constexpr std::string_view updater_image = "vpa-updater";
constexpr std::string_view webhook_image = "vpa-admission-controller";

template <class Settings>
struct SettingFlag {
    std::string_view name;
    std::variant<double Settings::*, std::int32_t Settings::*, std::int64_t Settings::*, sim::Duration Settings::*>
        setting;  // the third are durations in microseconds
};

using Recommends = vpa::RecommenderSettings;
constexpr auto recommender_flags = std::to_array<SettingFlag<Recommends>>({
    {"recommender-interval", &Recommends::period},
    {"target-cpu-percentile", &Recommends::target_cpu},
    {"recommendation-lower-bound-cpu-percentile", &Recommends::lower_cpu},
    {"recommendation-upper-bound-cpu-percentile", &Recommends::upper_cpu},
    {"target-memory-percentile", &Recommends::target_memory},
    {"recommendation-lower-bound-memory-percentile", &Recommends::lower_memory},
    {"recommendation-upper-bound-memory-percentile", &Recommends::upper_memory},
    {"recommendation-margin-fraction", &Recommends::safety_margin},
});

using Updates = vpa::UpdaterSettings;
constexpr auto updater_flags = std::to_array<SettingFlag<Updates>>({
    {"updater-interval", &Updates::period},
    {"min-replicas", &Updates::least_replicas},
    {"eviction-tolerance", &Updates::eviction_tolerance},
    {"pod-update-threshold", &Updates::least_difference},
    {"in-recommendation-bounds-eviction-lifetime-threshold", &Updates::lifetime_us},
    {"evict-after-oom-threshold", &Updates::quick_oom_us},
});

std::optional<double> number_in(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0)) return std::nullopt;
    return value;
}

void complain_of_value(const ContainerFlag& flag, std::string_view wanted) {
    flag.at.complain(Rule::bad_vertical_autoscaler,
                     fmt::format("--{} is \"{}\", which is no {}", flag.name, flag.value.value_or(""), wanted),
                     wanted == "duration" ? "write it as 10m" : "write a number that is not negative");
}

template <class Settings>
struct SetValue {
    const ContainerFlag& flag;
    Settings& settings;

    void operator()(double Settings::* setting) const {
        if (const auto value = number_in(flag.value.value_or("")))
            settings.*setting = *value;
        else
            complain_of_value(flag, "number");
    }
    void operator()(std::int32_t Settings::* setting) const {
        constexpr double most = 1e9;
        const auto value = number_in(flag.value.value_or(""));
        if (value && *value <= most)
            settings.*setting = static_cast<std::int32_t>(*value);
        else
            complain_of_value(flag, "number");
    }
    void operator()(std::int64_t Settings::* setting) const {
        if (const auto value = duration()) settings.*setting = value->us();
    }
    void operator()(sim::Duration Settings::* setting) const {
        if (const auto value = duration()) settings.*setting = *value;
    }
    std::optional<sim::Duration> duration() const {
        const auto value = sim::parse_duration(flag.value.value_or(""));
        if (value && *value > sim::Duration::zero()) return value;
        complain_of_value(flag, "duration");
        return std::nullopt;
    }
};

template <class Settings, std::size_t N>
bool set_flag(const ContainerFlag& flag, const std::array<SettingFlag<Settings>, N>& known, Settings& settings) {
    const auto at = std::ranges::find(known, std::string_view(flag.name), &SettingFlag<Settings>::name);
    if (at == known.end()) return false;
    std::visit(SetValue<Settings>{flag, settings}, at->setting);
    return true;
}

bool set_least(const ContainerFlag& flag, vpa::Amounts& least) {
    constexpr double mebi = 1024.0 * 1024.0;
    const bool is_cpu = flag.name == "pod-recommendation-min-cpu-millicores";
    if (!is_cpu && flag.name != "pod-recommendation-min-memory-mb") return false;
    const auto value = number_in(flag.value.value_or(""));
    if (!value)
        complain_of_value(flag, "number");
    else if (is_cpu)
        least.cpu_milli = static_cast<std::int64_t>(*value);
    else
        least.memory_bytes = static_cast<std::int64_t>(*value * mebi);
    return true;
}

class ProcessesReading {
  public:
    explicit ProcessesReading(ScenarioBuilder& builder)
        : builder_(builder), processes_(builder.spec.pod_scaling.vertical_processes) {}

    void read() {
        for (std::size_t i = 0; i < builder_.spec.workloads.size(); ++i) look_at(WorkloadIx::of(i));
        if (processes_.are_stated) warn_of_what_is_missing();
    }

  private:
    bool runs(WorkloadIx workload, std::string_view image) const {
        return std::ranges::any_of(builder_.spec.template_of(workload).containers, [&](const ContainerSpec& container) {
            return container.image && builder_.spec.images[container.image.value].name.find(image) != std::string::npos;
        });
    }

    void look_at(WorkloadIx workload) {
        if (builder_.spec[workload].kind != WorkloadKind::deployment) return;
        const auto take = [&](std::string_view image, std::vector<WorkloadIx>& into, auto&& set) {
            if (!runs(workload, image)) return;
            processes_.are_stated = true;
            into.push_back(workload);
            for (const ContainerFlag& flag :
                 flags_of_containers(builder_.object_of(workload), WorkloadKind::deployment, image)) {
                if (!set(flag))
                    builder_.ignored.push_back({fmt::format("{} --{}", builder_.title_of(workload), flag.name), 1});
            }
        };
        take(recommender_image, processes_.recommender, [&](const ContainerFlag& flag) {
            return set_least(flag, processes_.recommends.least_of_a_pod) ||
                   set_flag(flag, recommender_flags, processes_.recommends);
        });
        take(updater_image, processes_.updater,
             [&](const ContainerFlag& flag) { return set_flag(flag, updater_flags, processes_.updates); });
        take(webhook_image, processes_.webhook, [](const ContainerFlag&) { return false; });
    }

    void warn_of_what_is_missing() {
        std::vector<std::string_view> missing;
        if (processes_.recommender.empty()) missing.push_back(recommender_image);
        if (processes_.updater.empty()) missing.push_back(updater_image);
        if (processes_.webhook.empty()) missing.push_back(webhook_image);
        if (missing.empty()) return;
        for (std::size_t i = 0; i < builder_.vertical_objects.size(); ++i) {
            if (builder_.spec.pod_scaling.vertical[i].mode == vpa::UpdateMode::off) continue;
            const Reader& object = builder_.vertical_objects[i];
            object.warn(Rule::vertical_autoscaler_incomplete,
                        fmt::format("{} would change pods, but {} is not among the manifests", object.title(),
                                    fmt::join(missing, " and ")),
                        "add its Deployment, or set updateMode: Off to say that only advice is meant");
        }
    }

    ScenarioBuilder& builder_;
    VerticalProcesses& processes_;
};

}  // namespace

void read_vertical_processes(ScenarioBuilder& builder) {
    if (!builder.spec.pod_scaling.vertical.empty()) ProcessesReading(builder).read();
}

}  // namespace eks

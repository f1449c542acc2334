#include "models/scenario/kubernetes/descheduler.hpp"

#include "models/scenario/kubernetes/config_maps.hpp"
#include "models/scenario/kubernetes/container_flags.hpp"
#include "models/scenario/kubernetes/descheduler_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::string_view image_of_descheduler = "descheduler";

bool is_descheduler(const Spec& spec, WorkloadIx workload) {
    return std::ranges::any_of(spec.template_of(workload).containers, [&](const ContainerSpec& container) {
        if (!container.image) return false;
        const std::string& name = spec.images[container.image.value].name;
        const std::size_t slash = name.rfind('/');
        return name.find(image_of_descheduler, slash == std::string::npos ? 0 : slash) != std::string::npos;
    });
}

class DeschedulerReading {
  public:
    DeschedulerReading(WorkloadIx pods, const KubernetesObjects& objects, ScenarioBuilder& builder)
        : pods_(pods), objects_(objects), builder_(builder), object_(builder.object_of(pods)) {}

    void read() {
        Descheduler descheduler;
        descheduler.pods = pods_;
        const WorkloadKind kind = builder_.spec[pods_].kind;
        bool is_dry = false;
        for (const ContainerFlag& flag : flags_of_containers(object_, kind, image_of_descheduler)) {
            if (flag.name == "dry-run")
                is_dry = flag.value.value_or("true") != "false";
            else if (flag.name == "descheduling-interval")
                read_interval(flag, descheduler);
            else if (flag.name != "policy-config-file")
                builder_.ignored.push_back({fmt::format("{} --{}", builder_.title_of(pods_), flag.name), 1});
        }
        const bool is_job = kind == WorkloadKind::cron_job || kind == WorkloadKind::job;
        if (is_job) descheduler.interval = sim::Duration::zero();
        if (is_dry || (!is_job && descheduler.interval == sim::Duration::zero())) {
            object_.warn(Rule::unused_setting,
                         fmt::format("{} evicts nothing: {}", builder_.title_of(pods_),
                                     is_dry ? "it has --dry-run" : "it has no --descheduling-interval"));
            return;
        }
        const auto policy = mounted_policy(kind);
        if (!policy) {
            object_.warn(Rule::unused_setting,
                         fmt::format("{} evicts nothing: it mounts no ConfigMap with a DeschedulerPolicy",
                                     builder_.title_of(pods_)));
            return;
        }
        read_descheduler_policy(*policy, objects_, descheduler);
        builder_.spec.descheduler = std::move(descheduler);
    }

  private:
    static void read_interval(const ContainerFlag& flag, Descheduler& descheduler) {
        const auto read = sim::parse_duration(flag.value.value_or(""));
        if (read && *read >= sim::Duration::zero()) {
            descheduler.interval = *read;
            return;
        }
        flag.at.complain(
            Rule::bad_descheduler_policy,
            fmt::format("--descheduling-interval is \"{}\", which is no duration", flag.value.value_or("")),
            "write it as 5m");
    }

    // The entry with a policy, of the first ConfigMap among its volumes that has one. Whoever resolves a scenario has
    // made a map of the text; one that is JSON is read here.
    std::optional<Reader> mounted_policy(WorkloadKind kind) {
        const auto pod_spec = pod_spec_in(object_, kind);
        if (!pod_spec) return std::nullopt;
        for (const Reader& volume : pod_spec->items("volumes")) {
            const auto source = volume.is_map() ? volume.member("configMap") : std::nullopt;
            const auto name = source && source->is_map() ? source->text("name") : std::nullopt;
            if (!name) continue;
            const auto data = data_of_config_map(objects_, builder_.spec[pods_].namespace_name, *name);
            if (!data) continue;
            for (const auto& [key, entry] : data->members()) {
                if (entry.is_map()) return entry;
                const auto text = entry.is_text() ? entry.text() : std::nullopt;
                if (text && text->starts_with('{')) return parsed_within(*text, entry, builder_);
            }
        }
        return std::nullopt;
    }

    WorkloadIx pods_;
    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
    const Reader& object_;
};

}  // namespace

void read_descheduler(const KubernetesObjects& objects, ScenarioBuilder& builder) {
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx pods = WorkloadIx::of(i);
        if (!is_descheduler(builder.spec, pods)) continue;
        if (builder.spec.descheduler.pods.valid()) {
            builder.object_of(pods).warn(
                Rule::unused_setting, fmt::format("{} is a second descheduler; only {} evicts", builder.title_of(pods),
                                                  builder.title_of(builder.spec.descheduler.pods)));
            continue;
        }
        DeschedulerReading(pods, objects, builder).read();
    }
}

}  // namespace eks

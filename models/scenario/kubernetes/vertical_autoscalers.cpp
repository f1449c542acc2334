#include "models/scenario/kubernetes/vertical_autoscalers.hpp"

#include "models/scenario/kubernetes/horizontal_autoscalers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace eks {
namespace {

vpa::Amounts read_amounts(const Reader& policy, std::string_view key) {
    vpa::Amounts amounts;
    const auto at = policy.member(key);
    if (!at || !at->expect_map()) return amounts;
    if (const auto cpu = at->member("cpu")) amounts.cpu_milli = cpu->quantity(QuantityUnit::milli).value_or(0);
    if (const auto memory = at->member("memory"))
        amounts.memory_bytes = memory->quantity(QuantityUnit::whole).value_or(0);
    return amounts;
}

// The policy of the container, or that of all others: "*". False: it is not to be looked at.
bool read_policy(const Reader& spec, VerticalScaler& scaler) {
    const auto resources = spec.member("resourcePolicy");
    if (!resources || !resources->expect_map()) return true;
    const auto policies = resources->items("containerPolicies");
    const auto named = [&](std::string_view name) {
        return std::ranges::find_if(
            policies, [&](const Reader& policy) { return policy.is_map() && policy.text("containerName") == name; });
    };
    auto policy = named(scaler.container);
    if (policy == policies.end()) policy = named("*");
    if (policy == policies.end()) return true;
    if (policy->text("mode") == "Off") return false;
    scaler.policy.min_allowed = read_amounts(*policy, "minAllowed");
    scaler.policy.max_allowed = read_amounts(*policy, "maxAllowed");
    if (const auto at = policy->member("controlledValues"))
        scaler.policy.controls_limits = at->one_of({"RequestsAndLimits", "RequestsOnly"}) != 1U;
    if (policy->member("controlledResources")) {
        scaler.policy.controls_cpu = scaler.policy.controls_memory = false;
        for (const Reader& resource : policy->items("controlledResources")) {
            const auto which = resource.one_of({"cpu", "memory"});
            scaler.policy.controls_cpu = scaler.policy.controls_cpu || which == 0U;
            scaler.policy.controls_memory = scaler.policy.controls_memory || which == 1U;
        }
    }
    return true;
}

// VPA-20
void read_update_policy(const Reader& spec, VerticalScaler& scaler) {
    const auto policy = spec.member("updatePolicy");
    if (!policy || !policy->expect_map()) return;
    constexpr std::int64_t most_replicas = 1'000'000;
    scaler.min_replicas = static_cast<std::int32_t>(policy->integer("minReplicas", 1, most_replicas).value_or(0));
    const auto at = policy->member("updateMode");
    if (!at) return;
    constexpr std::array<vpa::UpdateMode, 6> modes{vpa::UpdateMode::off,      vpa::UpdateMode::initial,
                                                   vpa::UpdateMode::recreate, vpa::UpdateMode::in_place_or_recreate,
                                                   vpa::UpdateMode::in_place, vpa::UpdateMode::recreate};
    const auto mode = at->one_of({"Off", "Initial", "Recreate", "InPlaceOrRecreate", "InPlace", "Auto"});
    if (mode) scaler.mode = modes[*mode];
}

vpa::LimitRange limit_range_of(const Admission& admission, const std::string& namespace_name) {
    const auto amounts = [&](std::string_view field) {
        return vpa::Amounts{admission.container_bound(namespace_name, ResourceKind::cpu, field).value_or(0),
                            admission.container_bound(namespace_name, ResourceKind::memory, field).value_or(0)};
    };
    return {amounts("min"), amounts("max"), amounts("default")};
}

// Beside those that a HorizontalPodAutoscaler may have, what makes one pod a node, or pods that end.
std::optional<WorkloadIx> read_target(const Reader& reference, const std::string& namespace_name,
                                      std::string_view scaler, ScenarioBuilder& builder) {
    constexpr std::array<std::pair<std::string_view, WorkloadKind>, 3> kinds{
        {{"DaemonSet", WorkloadKind::daemon_set}, {"Job", WorkloadKind::job}, {"CronJob", WorkloadKind::cron_job}}};
    const auto kind = reference.text("kind");
    for (const auto& [known, workload_kind] : kinds) {
        const auto name = kind == known ? reference.text("name") : std::nullopt;
        if (!name) continue;
        if (const auto target = builder.find_workload(workload_kind, namespace_name, *name)) return target;
    }
    return read_scale_target(reference, namespace_name, scaler, builder);
}

}  // namespace

void read_vertical_autoscaler(const Reader& object, const std::string& namespace_name, const std::string& name,
                              const Admission& admission, ScenarioBuilder& builder) {
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return;
    const auto reference = spec->required("targetRef");
    if (!reference || !reference->expect_map()) return;
    const auto target = read_target(*reference, namespace_name, object.title(), builder);
    VerticalScaler scaler;
    read_update_policy(*spec, scaler);
    if (!target || builder.spec.template_of(*target).containers.empty()) return;
    scaler.namespace_name = namespace_name;
    scaler.name = name;
    scaler.target = *target;
    scaler.container = builder.spec.template_of(*target).containers.front().name;
    scaler.limit_range = limit_range_of(admission, namespace_name);
    if (!read_policy(*spec, scaler)) return;
    builder.spec.pod_scaling.vertical.push_back(std::move(scaler));
    builder.vertical_objects.push_back(object);
}

}  // namespace eks

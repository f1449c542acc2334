#include "models/scenario/kubernetes/vertical_autoscalers.hpp"

#include "models/scenario/kubernetes/horizontal_autoscalers.hpp"

#include <fmt/format.h>

#include <algorithm>

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
    return true;
}

// VPA-20
void warn_of_mode(const Reader& object, const Reader& spec) {
    const auto policy = spec.member("updatePolicy");
    const auto at = policy && policy->is_map() ? policy->member("updateMode") : std::nullopt;
    const auto mode = at ? at->one_of({"Off", "Initial", "Recreate", "InPlaceOrRecreate", "InPlace", "Auto"})
                         : std::optional<std::size_t>(2);
    if (!mode || *mode == 0) return;
    object.warn(Rule::vertical_advice_only,
                fmt::format("{} would set the requests of pods; here it only recommends them", object.title()),
                "set updateMode: Off to say that this is meant");
}

}  // namespace

void read_vertical_autoscaler(const Reader& object, const std::string& namespace_name, const std::string& name,
                              ScenarioBuilder& builder) {
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return;
    const auto reference = spec->required("targetRef");
    if (!reference || !reference->expect_map()) return;
    const auto target = read_scale_target(*reference, namespace_name, object.title(), builder);
    warn_of_mode(object, *spec);
    if (!target || builder.spec.template_of(*target).containers.empty()) return;
    VerticalScaler scaler;
    scaler.namespace_name = namespace_name;
    scaler.name = name;
    scaler.target = *target;
    scaler.container = builder.spec.template_of(*target).containers.front().name;
    if (!read_policy(*spec, scaler)) return;
    builder.spec.pod_scaling.vertical.push_back(std::move(scaler));
    builder.vertical_objects.push_back(object);
}

}  // namespace eks

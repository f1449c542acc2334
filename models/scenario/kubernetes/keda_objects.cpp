#include "models/scenario/kubernetes/keda_objects.hpp"

#include "models/scenario/kubernetes/horizontal_autoscalers.hpp"
#include "models/scenario/kubernetes/keda_triggers.hpp"
#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <system_error>
#include <utility>

namespace eks {
namespace {

constexpr std::int64_t counts_most = limits::pods_in_total;
constexpr std::int64_t seconds_most = 31'536'000;
constexpr std::int64_t micros = 1'000'000;
constexpr std::int64_t milli_of_one = 1000;

std::optional<std::int32_t> count(const Reader& spec, std::string_view key) {
    const auto value = spec.integer(key, 0, counts_most);
    return value ? std::optional(static_cast<std::int32_t>(*value)) : std::nullopt;
}

// KEDA-7
keda::Pauses read_pauses(const Reader& object) {
    keda::Pauses pauses;
    const auto metadata = object.member("metadata");
    const auto annotations = metadata && metadata->is_map() ? metadata->member("annotations") : std::nullopt;
    if (!annotations || !annotations->is_map()) return pauses;
    const auto is_true = [&](std::string_view key) {
        const auto at = annotations->member(key);
        return at && at->scalar_as_text() == "true";
    };
    pauses.is_paused = is_true("autoscaling.keda.sh/paused");
    pauses.scale_in = is_true("autoscaling.keda.sh/paused-scale-in");
    pauses.scale_out = is_true("autoscaling.keda.sh/paused-scale-out");
    pauses.is_forced_active = is_true("autoscaling.keda.sh/force-activation");
    if (const auto at = annotations->member("autoscaling.keda.sh/paused-replicas")) {
        if (const auto replicas = at->quantity(QuantityUnit::whole))
            pauses.at_replicas = static_cast<std::int32_t>(std::min(*replicas, counts_most));
    }
    return pauses;
}

void read_fallback(const Reader& spec, keda::ScaledObject& object) {
    const auto at = spec.member("fallback");
    if (!at || !at->expect_map()) return;
    keda::Fallback fallback;
    fallback.failure_threshold = count(*at, "failureThreshold").value_or(0);
    fallback.replicas = count(*at, "replicas").value_or(0);
    if (const auto behavior = at->member("behavior")) {
        if (const auto word =
                behavior->one_of({"static", "currentReplicas", "currentReplicasIfHigher", "currentReplicasIfLower"}))
            fallback.behavior = static_cast<keda::FallbackBehavior>(*word);
    }
    object.fallback = fallback;
}

void read_advanced(const Reader& spec, keda::ScaledObject& object, const ScenarioBuilder& builder) {
    const auto advanced = spec.member("advanced");
    if (!advanced || !advanced->expect_map()) return;
    const auto config = advanced->member("horizontalPodAutoscalerConfig");
    const auto behavior = config && config->is_map() ? config->member("behavior") : std::nullopt;
    if (!behavior || !behavior->expect_map()) return;
    object.behavior = read_scaling_behavior(*behavior);
    object.tolerances = read_scaling_tolerances(*behavior, builder);
}

// A number that has to be above 0, which may stand as a text.
std::int64_t positive(const Reader& at, std::string_view key) {
    const auto number = at.required(key);
    const auto milli = number ? number->quantity(QuantityUnit::milli) : std::nullopt;
    if (milli && *milli <= 0)
        number->complain(Rule::out_of_range, fmt::format("{} is not above 0", number->title()), "KEDA refuses it");
    return milli.value_or(0);
}

// KEDA-2, and KEDA-8: a fallback goes with a whole number as target alone.
void read_modifiers(const Reader& spec, const ReadTriggers& triggers, keda::ScaledObject& object) {
    const auto advanced = spec.member("advanced");
    const auto at = advanced && advanced->is_map() ? advanced->member("scalingModifiers") : std::nullopt;
    if (!at || !at->expect_map()) return;
    keda::Composite composite;
    composite.target_milli = positive(*at, "target");
    if (const auto activation = at->member("activationTarget"))
        composite.activation_milli = activation->quantity(QuantityUnit::milli).value_or(0);
    if (const auto type = at->member("metricType"))
        composite.is_value_in_all = type->one_of({"AverageValue", "Value"}) == 1U;
    const auto formula_at = at->required("formula");
    const auto text = formula_at ? formula_at->text() : std::nullopt;
    if (!text) return;
    ParsedFormula parsed = parse_formula(*text, triggers.names);
    if (!parsed.fault.empty()) {
        formula_at->complain(Rule::bad_scaling_formula, fmt::format("{}: {}", formula_at->title(), parsed.fault),
                             std::move(parsed.advice));
        return;
    }
    composite.formula = std::move(parsed.formula);
    if (object.fallback && composite.target_milli % milli_of_one != 0) {
        spec.complain_at_key("fallback", Rule::contradictory_fields,
                             fmt::format("{} has a fallback, and scalingModifiers.target is no whole number: KEDA then "
                                         "does not fall back",
                                         spec.title()),
                             "aim at a whole number");
    }
    object.composite = std::move(composite);
}

void read_object(const Reader& spec, keda::ScaledObject& object, const ScenarioBuilder& builder) {
    object.idle = count(spec, "idleReplicaCount");
    object.least = count(spec, "minReplicaCount").value_or(0);
    object.most = count(spec, "maxReplicaCount").value_or(object.most);
    if (const auto seconds = spec.integer("cooldownPeriod", 0, seconds_most)) object.cooldown_us = *seconds * micros;
    if (const auto seconds = spec.integer("initialCooldownPeriod", 0, seconds_most))
        object.initial_cooldown_us = *seconds * micros;
    read_fallback(spec, object);
    read_advanced(spec, object, builder);
    if (object.least > object.most)
        spec.complain_at_key(
            "maxReplicaCount", Rule::size_order,
            fmt::format("{}.maxReplicaCount is {}, below minReplicaCount {}", spec.title(), object.most, object.least));
    if (object.idle && *object.idle >= object.least)
        spec.complain_at_key("idleReplicaCount", Rule::size_order,
                             fmt::format("{}.idleReplicaCount is {}, not below minReplicaCount {}", spec.title(),
                                         *object.idle, object.least),
                             "KEDA refuses it; 0 is the only idle count that it supports");
}

// KEDA-21
void read_pending_conditions(const Reader& strategy, keda::ScaledJob& job) {
    constexpr std::array<std::string_view, 5> names{"PodScheduled", "PodReadyToStartContainers", "Initialized",
                                                    "ContainersReady", "Ready"};
    for (const Reader& entry : strategy.items("pendingPodConditions")) {
        const auto name = entry.text();
        if (!name) continue;
        const auto place = static_cast<std::size_t>(std::ranges::find(names, *name) - names.begin());
        auto condition = static_cast<keda::PodCondition>(place);
        if (condition == keda::PodCondition::unknown)
            entry.warn(Rule::matches_nothing,
                       fmt::format("{} is {}, a condition that neither the scheduler nor the kubelet sets",
                                   entry.title(), *name),
                       "every Job stays pending; there are PodScheduled, PodReadyToStartContainers, Initialized, "
                       "ContainersReady and Ready");
        // KEDA compares the number of conditions met with that of the list: with one named twice it never is.
        if (std::ranges::find(job.pending_conditions, condition) != job.pending_conditions.end())
            condition = keda::PodCondition::unknown;
        job.pending_conditions.push_back(condition);
    }
}

void read_strategy(const Reader& spec, keda::ScaledJob& job) {
    const auto strategy = spec.member("scalingStrategy");
    if (!strategy || !strategy->expect_map()) return;
    if (const auto at = strategy->member("strategy")) {
        // Any other word is the default one (KEDA-23).
        const std::string word = at->text().value_or("");
        if (word == "custom") job.strategy = keda::JobStrategy::custom;
        if (word == "accurate") job.strategy = keda::JobStrategy::accurate;
        if (word == "eager") job.strategy = keda::JobStrategy::eager;
    }
    if (const auto at = strategy->member("multipleScalersCalculation")) {
        if (const auto word = at->one_of({"max", "min", "avg", "sum"}))
            job.combination = static_cast<keda::Combination>(*word);
    }
    job.queue_length_deduction = strategy->integer("customScalingQueueLengthDeduction", 0, counts_most).value_or(0);
    if (const auto at = strategy->member("customScalingRunningJobPercentage")) {
        const std::string text = at->scalar_as_text().value_or("");
        double share = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
        const bool is_whole = error == std::errc{} && end == text.data() + text.size();
        constexpr double most = 1e6;
        if (is_whole && std::abs(share) <= most)  // of running Jobs; beyond it none would be left
            job.running_job_share = share;
        else
            job.strategy = keda::JobStrategy::default_strategy;  // KEDA-23
    }
    read_pending_conditions(*strategy, job);
}

void add(Scaled scaled, const Reader& spec, ScenarioBuilder& builder) {
    constexpr std::int64_t polling_default = 30;  // KEDA-1
    scaled.polling_interval =
        sim::Duration::seconds(spec.integer("pollingInterval", 1, seconds_most).value_or(polling_default));
    scaled.object.polling_interval_us = scaled.polling_interval.us();
    ReadTriggers triggers = read_triggers(spec, builder);
    scaled.triggers = triggers.metrics;
    if (scaled.triggers.empty()) return;
    if (!scaled.makes_jobs) read_modifiers(spec, triggers, scaled.object);
    for (MetricRequest& request : triggers.requests) {
        request.owner = static_cast<std::uint32_t>(builder.spec.pod_scaling.objects.size());
        request.target = scaled.target;
        builder.metric_requests.push_back(std::move(request));
    }
    builder.spec.pod_scaling.objects.push_back(std::move(scaled));
}

Scaled named(std::string_view kind, const std::string& namespace_name, const std::string& name) {
    Scaled scaled;
    scaled.namespace_name = namespace_name;
    scaled.name = name;
    scaled.stable_key = stable_key_of(fmt::format("{}/{}/{}", kind, namespace_name, name));
    return scaled;
}

}  // namespace

void read_scaled_object(const Reader& object, const std::string& namespace_name, const std::string& name,
                        ScenarioBuilder& builder) {
    const auto spec = object.required("spec");
    if (!spec || !spec->expect_map()) return;
    const auto reference = spec->required("scaleTargetRef");
    if (!reference || !reference->expect_map()) return;
    Scaled scaled = named("ScaledObject", namespace_name, name);
    const auto target = read_scale_target(*reference, namespace_name, object.title(), builder);
    read_object(*spec, scaled.object, builder);
    scaled.object.pauses = read_pauses(object);
    if (!target) return;
    scaled.target = *target;
    add(std::move(scaled), *spec, builder);
}

void read_scaled_job(const Reader& object, const std::string& namespace_name, const std::string& name,
                     ScenarioBuilder& builder) {
    const auto spec = object.required("spec");
    const auto target = builder.find_workload(WorkloadKind::scaled_job, namespace_name, name);
    if (!target || !spec || !spec->is_map()) return;
    Scaled scaled = named("ScaledJob", namespace_name, name);
    scaled.makes_jobs = true;
    scaled.target = *target;
    scaled.job.least = spec->integer("minReplicaCount", 0, counts_most);
    scaled.job.most = spec->integer("maxReplicaCount", 0, counts_most);
    scaled.successful_history = count(*spec, "successfulJobsHistoryLimit").value_or(scaled.successful_history);
    scaled.failed_history = count(*spec, "failedJobsHistoryLimit").value_or(scaled.failed_history);
    scaled.object.pauses = read_pauses(object);
    read_strategy(*spec, scaled.job);
    add(std::move(scaled), *spec, builder);
}

}  // namespace eks

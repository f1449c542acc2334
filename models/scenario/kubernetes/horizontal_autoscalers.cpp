#include "models/scenario/kubernetes/horizontal_autoscalers.hpp"

#include "models/scenario/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

namespace eks {
namespace {

constexpr std::int64_t int32_most = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t window_seconds_most = 3600;  // the API's validation
constexpr std::int64_t period_seconds_most = 1800;
constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t cpu_percent_by_default = 80;  // HPA-2

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
}

void read_rules(const Reader& at, hpa::ScalingRules& rules) {
    if (!at.expect_map()) return;
    if (const auto seconds = at.integer("stabilizationWindowSeconds", 0, window_seconds_most))
        rules.window_us = *seconds * second_us;
    if (const auto select = at.member("selectPolicy")) {
        if (const auto word = select->one_of({"Max", "Min", "Disabled"}))
            rules.select = static_cast<hpa::PolicySelect>(*word);
    }
    const auto policies = at.member("policies");
    if (!policies) return;
    if (policies->items().empty())
        policies->complain(Rule::missing_field,
                           fmt::format("{} is empty, which the API server refuses", policies->title()),
                           "leave it out to have the default policies");
    rules.policies.clear();
    for (const Reader& policy : at.items("policies")) {
        if (!policy.expect_map()) continue;
        const auto type_at = policy.required("type");
        const auto value_at = policy.required("value");
        const auto period_at = policy.required("periodSeconds");
        const auto type = type_at ? type_at->one_of({"Pods", "Percent"}) : std::nullopt;
        const auto value = value_at ? value_at->integer(1, int32_most) : std::nullopt;
        const auto period = period_at ? period_at->integer(1, period_seconds_most) : std::nullopt;
        if (type && value && period)
            rules.policies.push_back({*type == 1, static_cast<std::int32_t>(*value), *period * second_us});
    }
}

class HorizontalReading {
  public:
    HorizontalReading(const Reader& object, const std::string& namespace_name, ScenarioBuilder& builder)
        : object_(object), namespace_name_(namespace_name), builder_(builder) {}

    void read(const std::string& name) {
        const auto version_at = object_.member("apiVersion");
        const std::string version = version_at ? version_at->value().text : std::string();
        const auto spec = object_.required("spec");
        if (!spec || !spec->expect_map()) return;
        const auto reference = spec->required("scaleTargetRef");
        if (!reference || !reference->expect_map()) return;
        const auto target = read_scale_target(*reference, namespace_name_, object_.title(), builder_);
        scaler_.namespace_name = namespace_name_;
        scaler_.name = name;
        scaler_.stable_key = stable_key_of(fmt::format("HorizontalPodAutoscaler/{}/{}", namespace_name_, name));
        scaler_.target = target.value_or(WorkloadIx::none());
        if (!read_bounds(*spec)) return;
        read_metrics(*spec, version);
        if (const auto behavior = spec->member("behavior"); behavior && behavior->expect_map()) {
            scaler_.autoscaler.behavior = read_scaling_behavior(*behavior);
            scaler_.tolerances = read_scaling_tolerances(*behavior, builder_);
        }
        if (!check_zero(*spec) || !target) return;
        for (const ScalerMetric& metric : scaler_.metrics) scaler_.autoscaler.metrics.push_back(metric.metric.source);
        for (MetricRequest& request : requests_) {
            request.owner = static_cast<std::uint32_t>(builder_.spec.pod_scaling.horizontal.size());
            request.target = scaler_.target;
            builder_.metric_requests.push_back(std::move(request));
        }
        builder_.spec.pod_scaling.horizontal.push_back(std::move(scaler_));
        builder_.horizontal_objects.push_back(object_);
    }

  private:
    bool read_bounds(const Reader& spec) {
        const auto most_at = spec.required("maxReplicas");
        const auto most = most_at ? most_at->integer(1, limits::pods_in_total) : std::nullopt;
        const auto least = spec.integer("minReplicas", 0, int32_most);
        if (!most) return false;
        scaler_.autoscaler.least = static_cast<std::int32_t>(least.value_or(1));
        scaler_.autoscaler.most = static_cast<std::int32_t>(*most);
        if (scaler_.autoscaler.least <= scaler_.autoscaler.most) return true;
        most_at->complain(Rule::size_order, fmt::format("{} is {}, below minReplicas {}", most_at->title(), *most,
                                                        scaler_.autoscaler.least));
        return false;
    }

    // HPA-2: from 1.37 on, and only by a metric that is there without pods.
    bool check_zero(const Reader& spec) {
        if (scaler_.autoscaler.least != 0) return true;
        const bool has_outer = std::ranges::any_of(scaler_.metrics, [](const ScalerMetric& metric) {
            return metric.metric.source == hpa::MetricSource::object ||
                   metric.metric.source == hpa::MetricSource::external;
        });
        if (has_outer && builder_.spec.kubernetes.scales_to_zero()) return true;
        spec.complain_at_key("minReplicas", Rule::out_of_range,
                             fmt::format("{}.minReplicas is 0, which the API server takes from 1.37 on and with an "
                                         "Object or External metric only",
                                         spec.title()),
                             "set 1, or scale by KEDA");
        return false;
    }

    // --- metrics

    void read_metrics(const Reader& spec, std::string_view version) {
        if (version.ends_with("/v1")) {
            if (const auto percent = spec.integer("targetCPUUtilizationPercentage", 1, int32_most))
                add_resource("cpu", hpa::TargetKind::utilization, *percent);
        } else {
            for (const Reader& metric : spec.items("metrics")) {
                if (metric.expect_map()) read_metric(metric);
            }
        }
        if (scaler_.metrics.empty() && !is_faulty_)
            add_resource("cpu", hpa::TargetKind::utilization, cpu_percent_by_default);
    }

    void add_resource(const std::string& resource, hpa::TargetKind kind, std::int64_t target) {
        ScalerMetric metric;
        metric.metric = {hpa::MetricSource::resource, kind, resource == "cpu", target};
        metric.name = resource;
        metric.feed.kind = FeedKind::usage;
        scaler_.metrics.push_back(std::move(metric));
    }

    void read_metric(const Reader& entry) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 5> sources{
            {{"Resource", "resource"},
             {"ContainerResource", "containerResource"},
             {"Pods", "pods"},
             {"Object", "object"},
             {"External", "external"}}};
        is_faulty_ = true;
        const auto type_at = entry.required("type");
        const auto type =
            type_at ? type_at->one_of({"Resource", "ContainerResource", "Pods", "Object", "External"}) : std::nullopt;
        if (!type) return;
        const auto at = entry.required(sources[*type].second);
        if (!at || !at->expect_map()) return;
        ScalerMetric metric;
        metric.metric.source = static_cast<hpa::MetricSource>(*type);
        const bool is_of_resource = *type < 2;
        if (is_of_resource) {
            const auto name_at = at->required("name");
            const auto name = name_at ? name_at->text() : std::nullopt;
            if (!name) return;
            if (!is_any_of(*name, {"cpu", "memory"})) {
                name_at->complain(Rule::not_one_of, fmt::format("{} is {}; metrics-server knows cpu and memory",
                                                                name_at->title(), *name));
                return;
            }
            metric.name = *name;
            metric.metric.is_cpu = *name == "cpu";
            metric.feed.kind = FeedKind::usage;
            if (metric.metric.source == hpa::MetricSource::container_resource) {
                const auto container_at = at->required("container");
                const auto container = container_at ? container_at->text() : std::nullopt;
                if (!container) return;
                metric.container = *container;
            }
        } else {
            read_name(*at, metric);
        }
        if (!read_target(*at, metric)) return;
        is_faulty_ = false;
        scaler_.metrics.push_back(std::move(metric));
    }

    // {metric: {name, selector}, describedObject}, or {metricName, metricSelector, target} of v2beta1.
    void read_name(const Reader& at, ScalerMetric& metric) {
        MetricRequest request{at};
        request.metric = static_cast<std::uint32_t>(scaler_.metrics.size());
        request.source = metric.metric.source;
        const auto identity = at.member("metric");
        request.name =
            identity && identity->is_map() ? identity->text("name").value_or("") : at.text("metricName").value_or("");
        metric.name = request.name;
        const auto selector =
            identity && identity->is_map() ? identity->member("selector") : at.member("metricSelector");
        if (selector && selector->is_map()) {
            if (const auto labels = selector->member("matchLabels"); labels && labels->is_map()) {
                for (const auto& [key, value] : labels->members())
                    if (const auto text = value.scalar_as_text()) request.called.push_back(*text);
            }
        }
        const auto described = at.has("describedObject") ? at.member("describedObject") : at.member("target");
        if (metric.metric.source == hpa::MetricSource::object && described && described->is_map())
            request.described = fmt::format("{}/{}/{}", described->text("kind").value_or(""), namespace_name_,
                                            described->text("name").value_or(""));
        requests_.push_back(std::move(request));
    }

    // A number to aim at; none, without a complaint, where the field is not there.
    static bool take_target(const Reader& from, std::string_view key, hpa::TargetKind kind, ScalerMetric& metric) {
        const auto at = from.member(key);
        if (!at) return false;
        const auto amount =
            kind == hpa::TargetKind::utilization ? at->integer(1, int32_most) : at->quantity(QuantityUnit::milli);
        if (amount && *amount <= 0) at->complain(Rule::out_of_range, fmt::format("{} must be above 0", at->title()));
        metric.metric.target_kind = kind;
        metric.metric.target = amount.value_or(0);
        return true;
    }

    // {target: {type, averageUtilization | averageValue | value}}, or the flat fields of v2beta1.
    bool read_target(const Reader& at, ScalerMetric& metric) {
        const auto target = at.member("target");
        const bool is_nested = target && target->is_map() && target->has("type");
        const bool is_found = is_nested ? take_nested(*target, metric) : take_flat(at, metric);
        if (!is_found)
            at.complain(Rule::missing_field, fmt::format("{} does not say what to aim at", at.title()),
                        "such as target: {type: Utilization, averageUtilization: 70}");
        return is_found && metric.metric.target > 0;
    }

    static bool take_nested(const Reader& target, ScalerMetric& metric) {
        const bool is_of_resource = metric.feed.kind == FeedKind::usage;
        const auto type = target.member("type")->one_of({"Utilization", "Value", "AverageValue"});
        if (!type) return true;  // it has complained
        switch (*type) {
            case 0:
                return is_of_resource &&
                       take_target(target, "averageUtilization", hpa::TargetKind::utilization, metric);
            case 1: {
                const bool is_of_pods = is_of_resource || metric.metric.source == hpa::MetricSource::pods;
                return !is_of_pods && take_target(target, "value", hpa::TargetKind::value, metric);
            }
            default: return take_target(target, "averageValue", hpa::TargetKind::average_value, metric);
        }
    }

    static bool take_flat(const Reader& at, ScalerMetric& metric) {
        using enum hpa::TargetKind;
        if (metric.feed.kind == FeedKind::usage)
            return take_target(at, "targetAverageUtilization", utilization, metric) ||
                   take_target(at, "targetAverageValue", average_value, metric);
        return take_target(at, "targetAverageValue", average_value, metric) ||
               take_target(at, "targetValue", value, metric) || take_target(at, "averageValue", average_value, metric);
    }

    const Reader& object_;
    const std::string& namespace_name_;
    ScenarioBuilder& builder_;
    HorizontalScaler scaler_;
    std::vector<MetricRequest> requests_;
    bool is_faulty_ = false;
};

}  // namespace

std::optional<WorkloadIx> read_scale_target(const Reader& reference, const std::string& namespace_name,
                                            std::string_view scaler, ScenarioBuilder& builder) {
    const std::string kind = reference.text("kind").value_or("Deployment");
    const auto name_at = reference.required("name");
    const auto name = name_at ? name_at->text() : std::nullopt;
    if (!name) return std::nullopt;
    constexpr std::array<std::pair<std::string_view, WorkloadKind>, 4> kinds{
        {{"Deployment", WorkloadKind::deployment},
         {"ReplicaSet", WorkloadKind::replica_set},
         {"ReplicationController", WorkloadKind::replica_set},
         {"StatefulSet", WorkloadKind::stateful_set}}};
    for (const auto& [known, workload_kind] : kinds) {
        if (known != kind) continue;
        if (const auto target = builder.find_workload(workload_kind, namespace_name, *name)) return target;
    }
    name_at->warn(
        Rule::scaler_without_target,
        fmt::format("{} scales {}/{}/{}, which is not among the manifests", scaler, kind, namespace_name, *name),
        "condition AbleToScale is False, FailedGetScale; give the object, or mend the name");
    return std::nullopt;
}

// HPA-12: the gate HPAConfigurableTolerance is on from 1.35 on; before, the field is dropped.
hpa::Tolerances read_scaling_tolerances(const Reader& behavior, const ScenarioBuilder& builder) {
    hpa::Tolerances tolerances;
    constexpr double thousandths = 1e-3;
    const auto read = [&](std::string_view key, double& into) {
        const auto at = behavior.member(key);
        const auto tolerance = at && at->is_map() ? at->member("tolerance") : std::nullopt;
        if (!tolerance || !builder.spec.kubernetes.has_scaling_tolerances()) return;
        if (const auto milli = tolerance->quantity(QuantityUnit::milli))
            into = static_cast<double>(*milli) * thousandths;
    };
    read("scaleUp", tolerances.up);
    read("scaleDown", tolerances.down);
    return tolerances;
}

hpa::Behavior read_scaling_behavior(const Reader& behavior) {
    hpa::Behavior rules{hpa::default_rules_up(), hpa::default_rules_down()};
    if (const auto up = behavior.member("scaleUp")) read_rules(*up, rules.up);
    if (const auto down = behavior.member("scaleDown")) read_rules(*down, rules.down);
    return rules;
}

void read_horizontal_autoscaler(const Reader& object, const std::string& namespace_name, const std::string& name,
                                ScenarioBuilder& builder) {
    HorizontalReading(object, namespace_name, builder).read(name);
}

}  // namespace eks

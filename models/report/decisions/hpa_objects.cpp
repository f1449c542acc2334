#include "models/report/decisions/hpa_objects.hpp"

#include "models/quantities.hpp"
#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/scheduler_objects.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <span>
#include <string_view>

namespace eks::decisions {

namespace {

using hpa::Fault;
using hpa::MetricSource;
using hpa::TargetKind;

// --- numbers

std::string quantity_text(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

[[noreturn]] void refuse_quantity(const Json& value, QuantityFault fault) {
    throw WrongArguments{Rule::bad_quantity, fmt::format("{} is no quantity that can be used here", value.dump()),
                         std::string(advice(fault))};
}

// Thousandths, rounded up. Beyond some TiB of memory they are read in whole units first.
std::int64_t milli_of(const Json& value) {
    const std::string text = quantity_text(value);
    ParsedQuantity parsed = parse_quantity(text, QuantityUnit::milli);
    if (parsed) return *parsed;
    if (parsed.fault == QuantityFault::too_large) {
        constexpr std::int64_t milli_in_one = 1000;
        parsed = parse_quantity(text, QuantityUnit::whole);
        if (parsed) return *parsed * milli_in_one;
    }
    refuse_quantity(value, parsed.fault);
}

// A quantity as the controller makes a floating-point number of it: the digits of its shortest form times a power of
// ten, which may differ from the nearest number in the last place.
double approximate_number(const Json& value) {
    const ParsedQuantity parsed = parse_quantity(quantity_text(value), QuantityUnit::nano);
    if (!parsed) refuse_quantity(value, parsed.fault);
    constexpr std::int64_t thousand = 1000;
    std::int64_t digits = *parsed;
    int thousandths = 3;
    for (; thousandths > 0 && digits % thousand == 0; --thousandths) digits /= thousand;
    constexpr double powers[] = {1.0, 1e-3, 1e-6, 1e-9};
    return static_cast<double>(digits) * powers[thousandths];
}

std::int64_t seconds_in_us(const Json& value, std::int64_t fallback_us) {
    if (value.is_null()) return fallback_us;
    return std::llround(value.get<double>() * static_cast<double>(microseconds_a_second));
}

std::int64_t in_range(std::int64_t value, std::int64_t least, std::int64_t most, const char* what) {
    if (value >= least && value <= most) return value;
    throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", what, value),
                         fmt::format("from {} to {}", least, most)};
}

std::int32_t small_of(const Json& value, const char* what) {
    return static_cast<std::int32_t>(
        in_range(value.get<std::int64_t>(), 0, std::numeric_limits<std::int32_t>::max(), what));
}

// --- metrics

struct SourceName {
    MetricSource source;
    const char* type;
    const char* member;
};
constexpr SourceName source_names[] = {{MetricSource::resource, "Resource", "resource"},
                                       {MetricSource::container_resource, "ContainerResource", "containerResource"},
                                       {MetricSource::pods, "Pods", "pods"},
                                       {MetricSource::object, "Object", "object"},
                                       {MetricSource::external, "External", "external"}};

const SourceName& source_named(const std::string& type) {
    for (const SourceName& one : source_names)
        if (type == one.type) return one;
    throw WrongArguments{Rule::not_one_of, fmt::format("the type of a metric is \"{}\"", type),
                         "there are Resource, ContainerResource, Pods, Object and External"};
}

bool is_of_resource(MetricSource source) {
    return source == MetricSource::resource || source == MetricSource::container_resource;
}

// What is given decides, as in the controller; only for objects it is the type of the target.
TargetKind target_kind_of(MetricSource source, const Json& target) {
    const bool has_average = !at_path(target, {"averageValue"}).is_null();
    if (is_of_resource(source)) return has_average ? TargetKind::average_value : TargetKind::utilization;
    if (source == MetricSource::pods) return TargetKind::average_value;
    const std::string type = text_at(target, {"type"});
    if (source == MetricSource::object && type == "Value") return TargetKind::value;
    return has_average ? TargetKind::average_value : TargetKind::value;
}

std::int64_t target_amount(TargetKind kind, const Json& target) {
    const char* member = kind == TargetKind::utilization ? "averageUtilization"
                         : kind == TargetKind::value     ? "value"
                                                         : "averageValue";
    const Json& value = at_path(target, {member});
    if (value.is_null())
        throw WrongArguments{Rule::missing_field, fmt::format("the target of a metric has no {}", member), ""};
    constexpr std::int64_t most_percent = std::numeric_limits<std::int32_t>::max();
    if (kind == TargetKind::utilization) return in_range(value.get<std::int64_t>(), 1, most_percent, member);
    return in_range(milli_of(value), 1, std::numeric_limits<std::int64_t>::max(), member);
}

// --- pods

hpa::PodPhase phase_named(const std::string& phase) {
    if (phase == "Pending") return hpa::PodPhase::pending;
    if (phase == "Running") return hpa::PodPhase::running;
    if (phase == "Succeeded") return hpa::PodPhase::succeeded;
    if (phase == "Failed") return hpa::PodPhase::failed;
    return hpa::PodPhase::unknown;
}

hpa::PodView hpa_pod_of(const Json& object) {
    hpa::PodView pod;
    pod.phase = phase_named(text_at(object, {"status", "phase"}));
    pod.is_terminating = !at_path(object, {"metadata", "deletionTimestamp"}).is_null();
    pod.started_us = instant_at(object, {"status", "startTime"});
    for (const Json& condition : at_path(object, {"status", "conditions"})) {
        if (text_at(condition, {"type"}) != "Ready") continue;
        const std::string status = text_at(condition, {"status"});
        pod.ready = status == "True"    ? hpa::ReadyCondition::is_true
                    : status == "False" ? hpa::ReadyCondition::is_false
                                        : hpa::ReadyCondition::is_unknown;
        pod.ready_since_us = instant_at(condition, {"lastTransitionTime"}).value_or(year_one_us);
        break;
    }
    return pod;
}

// --- requests (HPA-6)

bool requests_as_a_pod(const Json& pod) {
    const Json& requests = at_path(pod, {"spec", "resources", "requests"});
    return !at_path(requests, {"cpu"}).is_null() || !at_path(requests, {"memory"}).is_null();
}

hpa::PodRequest request_as_a_pod(const Json& pod, const std::string& resource) {
    const plain::Amounts amounts = requests_of(pod);
    const auto found = amounts.find(resource);
    if (found == amounts.end()) return {0, Fault::missing_request};
    constexpr std::int64_t milli_in_one = 1000;
    return {resource == "cpu" ? found->second : found->second * milli_in_one, Fault::none};
}

// `only`: of that container, or of all if it is empty.
hpa::PodRequest request_of_containers(const Json& pod, const std::string& resource, const std::string& only) {
    hpa::PodRequest request;
    bool is_found = only.empty();
    const auto add = [&](const Json& container) {
        if (!only.empty() && text_at(container, {"name"}) != only) return;
        is_found = true;
        const Json& amount = at_path(container, {"resources", "requests", resource.c_str()});
        if (amount.is_null())
            request.fault = Fault::missing_request;
        else
            request.milli += milli_of(amount);
    };
    for (const Json& container : at_path(pod, {"spec", "containers"})) add(container);
    for (const Json& container : at_path(pod, {"spec", "initContainers"}))
        if (text_at(container, {"restartPolicy"}) == "Always") add(container);
    if (!is_found) return {0, Fault::container_not_found};
    return request;
}

hpa::PodRequest hpa_request_of(const Json& pod, const HpaMetric& metric) {
    if (metric.container.empty() && requests_as_a_pod(pod)) return request_as_a_pod(pod, metric.resource);
    return request_of_containers(pod, metric.resource, metric.container);
}

// --- what the metrics API answers

hpa::Sample sample_of(const Json& object) {
    return {integer_at(object, {"value_milli"}, 0), instant_at(object, {"timestamp"}).value_or(year_one_us),
            seconds_in_us(at_path(object, {"window_s"}), 0)};
}

void read_samples(const Json& samples, const Json& pods, hpa::Reading& reading) {
    std::map<std::string, hpa::Sample, std::less<>> by_name;
    for (const auto& [name, sample] : samples.items()) by_name[name] = sample_of(sample);
    for (const Json& pod : pods) {
        const auto found = by_name.find(text_at(pod, {"metadata", "name"}));
        if (found == by_name.end()) {
            reading.samples.emplace_back();
            continue;
        }
        reading.samples.emplace_back(found->second);
        by_name.erase(found);
    }
    for (const auto& [name, sample] : by_name) reading.strangers_milli.push_back(sample.value_milli);
}

// --- behavior (HPA-2)

hpa::PolicySelect select_named(const std::string& name) {
    if (name == "Max") return hpa::PolicySelect::max;
    if (name == "Min") return hpa::PolicySelect::min;
    if (name == "Disabled") return hpa::PolicySelect::disabled;
    throw WrongArguments{Rule::not_one_of, fmt::format("selectPolicy is \"{}\"", name), "Max, Min or Disabled"};
}

hpa::Policy policy_of(const Json& object) {
    const std::string type = text_at(object, {"type"});
    if (type != "Pods" && type != "Percent")
        throw WrongArguments{Rule::not_one_of, fmt::format("the type of a policy is \"{}\"", type), "Pods or Percent"};
    return {type == "Percent", small_of(required<Json>(object, "value"), "value"),
            small_of(required<Json>(object, "periodSeconds"), "periodSeconds") * microseconds_a_second};
}

hpa::ScalingRules rules_of(const Json& object, hpa::ScalingRules rules) {
    if (const Json& window = at_path(object, {"stabilizationWindowSeconds"}); !window.is_null())
        rules.window_us = small_of(window, "stabilizationWindowSeconds") * microseconds_a_second;
    if (const Json& select = at_path(object, {"selectPolicy"}); !select.is_null())
        rules.select = select_named(select.get<std::string>());
    if (const Json& policies = at_path(object, {"policies"}); !policies.is_null()) {
        rules.policies.clear();
        for (const Json& policy : policies) rules.policies.push_back(policy_of(policy));
    }
    return rules;
}

}  // namespace

HpaMetric hpa_metric_of(const Json& object) {
    const SourceName& source = source_named(text_at(object, {"type"}));
    const Json& said = at_path(object, {source.member});
    if (said.is_null())
        throw WrongArguments{Rule::missing_field,
                             fmt::format("a metric of type {} has no {}", source.type, source.member), ""};
    HpaMetric metric;
    metric.metric.source = source.source;
    const Json& target = at_path(said, {"target"});
    metric.metric.target_kind = target_kind_of(source.source, target);
    metric.metric.target = target_amount(metric.metric.target_kind, target);
    if (is_of_resource(source.source)) {
        metric.resource = required<std::string>(said, "name");
        metric.metric.is_cpu = metric.resource == "cpu";
    }
    if (source.source == MetricSource::container_resource) metric.container = required<std::string>(said, "container");
    return metric;
}

std::vector<hpa::PodView> hpa_pods_of(const Json& pods) {
    std::vector<hpa::PodView> views;
    for (const Json& pod : pods) views.push_back(hpa_pod_of(pod));
    return views;
}

hpa::Reading hpa_reading_of(const HpaMetric& metric, const Json& object, const Json& pods) {
    hpa::Reading reading;
    const Json& error = at_path(object, {"error"});
    reading.has_failed = !error.is_null() && error.get<bool>();
    if (reading.has_failed) return reading;
    switch (metric.metric.source) {
        case MetricSource::object: reading.value_milli = integer_at(object, {"value_milli"}, 0); return reading;
        case MetricSource::external: {
            std::vector<std::int64_t> values;
            for (const Json& value : at_path(object, {"values_milli"})) values.push_back(value.get<std::int64_t>());
            reading.value_milli = hpa::sum_of_external(values);
            return reading;
        }
        case MetricSource::resource:
        case MetricSource::container_resource:
        case MetricSource::pods: break;
    }
    read_samples(at_path(object, {"samples"}), pods, reading);
    if (metric.metric.target_kind == TargetKind::utilization)
        for (const Json& pod : pods) reading.requests.push_back(hpa_request_of(pod, metric));
    return reading;
}

HpaOptions hpa_options_of(const Json& arguments) {
    const Json& given = at_path(arguments, {"options"});
    HpaOptions options;
    options.start_up.cpu_initialization_us =
        seconds_in_us(at_path(given, {"cpu_initialization_period_s"}), options.start_up.cpu_initialization_us);
    options.start_up.readiness_delay_us =
        seconds_in_us(at_path(given, {"initial_readiness_delay_s"}), options.start_up.readiness_delay_us);
    options.downscale_window_us =
        seconds_in_us(at_path(given, {"downscale_stabilization_s"}), options.downscale_window_us);
    if (const Json& tolerance = at_path(given, {"tolerance"}); !tolerance.is_null())
        options.tolerance = tolerance.get<double>();
    return options;
}

hpa::Tolerances hpa_tolerances_of(const HpaOptions& options, const Json& behavior) {
    hpa::Tolerances tolerances{options.tolerance, options.tolerance};
    if (const Json& up = at_path(behavior, {"scaleUp", "tolerance"}); !up.is_null())
        tolerances.up = approximate_number(up);
    if (const Json& down = at_path(behavior, {"scaleDown", "tolerance"}); !down.is_null())
        tolerances.down = approximate_number(down);
    return tolerances;
}

std::optional<hpa::Behavior> hpa_behavior_of(const Json& behavior) {
    if (behavior.is_null()) return std::nullopt;
    return hpa::Behavior{rules_of(at_path(behavior, {"scaleUp"}), hpa::default_rules_up()),
                         rules_of(at_path(behavior, {"scaleDown"}), hpa::default_rules_down())};
}

const char* hpa_fault_name(Fault fault) {
    switch (fault) {
        case Fault::none: break;
        case Fault::metrics_unavailable: return "metrics_unavailable";
        case Fault::no_pods: return "no_pods";
        case Fault::no_usable_samples: return "no_usable_samples";
        case Fault::missing_request: return "missing_request";
        case Fault::container_not_found: return "container_not_found";
        case Fault::zero_requests: return "zero_requests";
    }
    return "";
}

}  // namespace eks::decisions

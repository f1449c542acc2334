#include "models/report/decisions/hpa.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/report/decisions/hpa_objects.hpp"
#include "models/spec/calendar.hpp"
#include "models/systems/autoscaling/hpa/reason_texts.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace eks {

namespace {

using decisions::at_path;
using decisions::instant_at;
using decisions::integer_at;
using decisions::Json;
using decisions::required;
using decisions::text_at;
using decisions::WrongArguments;

std::int32_t hpa_size_at(const Json& object, std::initializer_list<const char*> path) {
    const std::int64_t replicas = integer_at(object, path, 0);
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (replicas >= 0 && replicas <= most) return static_cast<std::int32_t>(replicas);
    throw WrongArguments{Rule::out_of_range, fmt::format("{} is {}", *(path.end() - 1), replicas),
                         fmt::format("from 0 to {}", most)};
}

std::int64_t hpa_now_us(const Json& arguments) {
    if (const auto now = instant_at(arguments, {"now"})) return *now;
    throw WrongArguments{Rule::missing_field, "the argument now is missing", "write it as 2026-11-02T08:00:00Z"};
}

// --- the controller's memory

std::int64_t entry_time_us(const Json& entry) {
    if (const auto at = instant_at(entry, {"at"})) return *at;
    throw WrongArguments{Rule::missing_field, "an entry of the state has no time", "at: 2026-11-02T08:00:00Z"};
}

std::vector<hpa::ScaleEvent> scale_events_of(const Json& list) {
    std::vector<hpa::ScaleEvent> events;
    for (const Json& entry : list) events.push_back({hpa_size_at(entry, {"change"}), entry_time_us(entry)});
    return events;
}

hpa::Memory hpa_memory_of(const Json& state) {
    hpa::Memory memory;
    if (const Json& list = at_path(state, {"recommendations"}); !list.is_null()) {
        memory.recommendations.emplace();
        for (const Json& entry : list)
            memory.recommendations->push_back({hpa_size_at(entry, {"replicas"}), entry_time_us(entry)});
    }
    memory.up = scale_events_of(at_path(state, {"scale_up_events"}));
    memory.down = scale_events_of(at_path(state, {"scale_down_events"}));
    return memory;
}

Json scale_events_json(const std::vector<hpa::ScaleEvent>& events) {
    Json list = Json::array();
    for (const hpa::ScaleEvent& event : events)
        list.push_back({{"change", event.change}, {"at", instant_text(event.at_us)}});
    return list;
}

Json hpa_memory_json(const hpa::Memory& memory) {
    Json recommendations = Json::array();
    for (const hpa::Recommendation& entry : *memory.recommendations)
        recommendations.push_back({{"replicas", entry.replicas}, {"at", instant_text(entry.at_us)}});
    return {{"recommendations", std::move(recommendations)},
            {"scale_up_events", scale_events_json(memory.up)},
            {"scale_down_events", scale_events_json(memory.down)}};
}

// --- conditions

// Those that were there, with an empty reason, and over them those that this reconcile has set.
Json hpa_conditions_json(const Json& object, const hpa::Outcome& outcome) {
    Json conditions = Json::object();
    for (const Json& condition : at_path(object, {"status", "conditions"}))
        conditions[required<std::string>(condition, "type")] = Json::array({text_at(condition, {"status"}), ""});
    const auto set = [&](const char* type, const std::optional<hpa::Condition>& condition) {
        if (condition)
            conditions[type] = Json::array(
                {condition->is_true ? "True" : "False", hpa::name_of(condition->reason, outcome.failed_source)});
    };
    set("AbleToScale", outcome.conditions.able_to_scale);
    set("ScalingActive", outcome.conditions.scaling_active);
    set("ScalingLimited", outcome.conditions.scaling_limited);
    set("ScaledToZero", outcome.conditions.scaled_to_zero);
    return conditions;
}

// --- the object

// HPA-2
const Json& default_metrics() {
    static const Json metrics = Json::array(
        {{{"type", "Resource"},
          {"resource", {{"name", "cpu"}, {"target", {{"type", "Utilization"}, {"averageUtilization", 80}}}}}}});
    return metrics;
}

hpa::Autoscaler autoscaler_of(const Json& object, const decisions::HpaOptions& options,
                              const std::vector<decisions::HpaMetric>& metrics) {
    hpa::Autoscaler autoscaler;
    if (!at_path(object, {"spec", "minReplicas"}).is_null())
        autoscaler.least = hpa_size_at(object, {"spec", "minReplicas"});
    autoscaler.most = hpa_size_at(object, {"spec", "maxReplicas"});
    for (const decisions::HpaMetric& metric : metrics) autoscaler.metrics.push_back(metric.metric.source);
    autoscaler.behavior = decisions::hpa_behavior_of(at_path(object, {"spec", "behavior"}));
    autoscaler.downscale_window_us = options.downscale_window_us;
    return autoscaler;
}

Json hpa_current_json(const hpa::CurrentValue& current) {
    Json json = Json::object();
    if (current.average_utilization) json["averageUtilization"] = *current.average_utilization;
    if (current.average_value_milli) json["averageValue_milli"] = *current.average_value_milli;
    if (current.value_milli) json["value_milli"] = *current.value_milli;
    return json;
}

}  // namespace

Json hpa_replicas_call(const Json& arguments) {
    decisions::refuse_others(
        arguments, {"now", "metric", "reading", "pods", "spec_replicas", "status_replicas", "options", "behavior"});
    const decisions::HpaMetric metric = decisions::hpa_metric_of(required<Json>(arguments, "metric"));
    const auto pods = required<Json>(arguments, "pods");
    const auto options = decisions::hpa_options_of(arguments);
    required<std::int64_t>(arguments, "spec_replicas");
    required<std::int64_t>(arguments, "status_replicas");
    const hpa::Scale scale{hpa_size_at(arguments, {"spec_replicas"}), hpa_size_at(arguments, {"status_replicas"})};
    const hpa::Proposal proposal = hpa::proposal_of(
        metric.metric, decisions::hpa_reading_of(metric, required<Json>(arguments, "reading"), pods),
        decisions::hpa_pods_of(pods), scale, decisions::hpa_tolerances_of(options, at_path(arguments, {"behavior"})),
        options.start_up, hpa_now_us(arguments));
    if (proposal.fault != hpa::Fault::none) return {{"error", decisions::hpa_fault_name(proposal.fault)}};
    return {{"replicas", proposal.replicas}, {"current", hpa_current_json(proposal.current)}};
}

Json hpa_decide_call(const Json& arguments) {
    decisions::refuse_others(
        arguments, {"now", "hpa", "scale", "pods", "readings", "state", "options", "other_hpa_selects_same_pods"});
    const auto object = required<Json>(arguments, "hpa");
    const auto pods = required<Json>(arguments, "pods");
    const auto given_scale = required<Json>(arguments, "scale");
    const auto options = decisions::hpa_options_of(arguments);
    const Json& given_metrics = at_path(object, {"spec", "metrics"});
    std::vector<decisions::HpaMetric> metrics;
    for (const Json& metric : given_metrics.empty() ? default_metrics() : given_metrics)
        metrics.push_back(decisions::hpa_metric_of(metric));
    required<std::int64_t>(at_path(object, {"spec"}), "maxReplicas");
    required<std::int64_t>(given_scale, "spec_replicas");
    const hpa::Autoscaler autoscaler = autoscaler_of(object, options, metrics);
    const hpa::Scale scale{hpa_size_at(given_scale, {"spec_replicas"}), hpa_size_at(given_scale, {"status_replicas"})};

    hpa::Circumstances circumstances;
    circumstances.replicas = scale.spec_replicas;
    circumstances.was_scaled_to_zero = decisions::condition_of(object, "ScaledToZero") == "True";
    // The controller finds the other one by the pods: without any it does not see it.
    circumstances.is_ambiguous =
        decisions::optional_or(arguments, "other_hpa_selects_same_pods", false) && !pods.empty();
    circumstances.now_us = hpa_now_us(arguments);

    std::vector<hpa::Proposal> proposals;
    if (hpa::goes_by_metrics(autoscaler, circumstances) && !circumstances.is_ambiguous) {
        const auto readings = required<Json>(arguments, "readings");
        if (readings.size() != metrics.size())
            throw WrongArguments{Rule::wrong_type,
                                 fmt::format("there are {} readings for {} metrics", readings.size(), metrics.size()),
                                 "one for each metric, in their order"};
        const auto views = decisions::hpa_pods_of(pods);
        const auto tolerances = decisions::hpa_tolerances_of(options, at_path(object, {"spec", "behavior"}));
        for (std::size_t i = 0; i < metrics.size(); ++i)
            proposals.push_back(hpa::proposal_of(metrics[i].metric,
                                                 decisions::hpa_reading_of(metrics[i], readings[i], pods), views, scale,
                                                 tolerances, options.start_up, circumstances.now_us));
    }
    const hpa::Outcome outcome =
        hpa::reconcile(autoscaler, circumstances, proposals, hpa_memory_of(at_path(arguments, {"state"})));
    Json answer{{"desired_replicas", outcome.replicas},
                {"rescaled", outcome.is_rescaled},
                {"conditions", hpa_conditions_json(object, outcome)},
                {"state", hpa_memory_json(outcome.memory)}};
    if (outcome.is_ambiguous) answer["error"] = "ambiguous_selector";
    if (outcome.fault != hpa::Fault::none) answer["error"] = decisions::hpa_fault_name(outcome.fault);
    return answer;
}

}  // namespace eks

#include "models/report/story_json.hpp"

#include <nlohmann/json.hpp>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

double seconds(sim::Time at) { return at.since_origin().in_seconds(); }

Json metric_json(const HpaMetricStory& metric) {
    Json object{{"metric", metric.metric}, {"target", metric.target}, {"reading", metric.reading}};
    if (!metric.fault.empty()) {
        object["fault"] = metric.fault;
        return object;
    }
    object["ratio"] = metric.ratio ? Json(*metric.ratio) : Json();
    object["pods_without_sample"] = metric.missing;
    object["unready_pods"] = metric.unready;
    object["held_by_them"] = metric.is_held;
    object["within_tolerance"] = metric.is_tolerated;
    object["proposes"] = metric.proposes;
    object["wins"] = metric.wins;
    return object;
}

Json autoscalers(std::span<const AutoscalerStory> stories) {
    Json list = Json::array();
    for (const AutoscalerStory& story : stories) {
        Json groups = Json::array();
        for (const GroupSays& group : story.groups)
            groups.push_back({{"group", group.group}, {"says", group.what}, {"helps", group.helps}});
        list.push_back({{"who", story.who}, {"says", story.says}, {"groups", groups}, {"event", story.event}});
    }
    return list;
}

}  // namespace

std::string autoscalers_json(std::span<const AutoscalerStory> stories) { return autoscalers(stories).dump(); }

std::string node_story_json(const NodeStory& story) {
    return Json{{"text", to_lines(story)},
                {"node", story.node},
                {"instance_type", story.instance_type},
                {"zone", story.zone},
                {"at_seconds", seconds(story.at)},
                {"state", story.state},
                {"cordoned", story.is_cordoned},
                {"pods", story.pods},
                {"requested_cpu_share", story.cpu_share},
                {"requested_memory_share", story.memory_share},
                {"autoscalers", autoscalers(story.autoscalers)}}
        .dump();
}

std::string hpa_story_json(const HpaStory& story) {
    Json metrics = Json::array();
    for (const HpaMetricStory& metric : story.metrics) metrics.push_back(metric_json(metric));
    Json conditions = Json::array();
    for (const HpaConditionStory& condition : story.conditions)
        conditions.push_back({{"type", condition.type},
                              {"status", condition.is_true ? "True" : "False"},
                              {"reason", condition.reason},
                              {"message", condition.message}});
    return Json{{"text", to_lines(story)},
                {"hpa", story.hpa},
                {"target", story.target},
                {"at_seconds", seconds(story.at)},
                {"last_look_seconds", story.last_look ? Json(seconds(*story.last_look)) : Json()},
                {"min_replicas", story.least},
                {"max_replicas", story.most},
                {"replicas", story.replicas},
                {"metrics", metrics},
                {"proposed", story.proposed},
                {"stabilisation", story.stabilisation},
                {"limits", story.limits},
                {"desired", story.desired},
                {"conditions", conditions},
                {"decided_by_policy", story.is_by_policy && story.last_look ? Json(story.decided) : Json()}}
        .dump();
}

}  // namespace eks

// The calls hpa_replicas, hpa_decide, vpa_recommend and keda_scaled_job: how they read real objects.
#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eks {
namespace {

using Json = nlohmann::json;

Json answer(std::string_view call, const Json& arguments) {
    return Json::parse(decide_as_json(call, arguments.dump()));
}

std::string complaint_of(std::string_view call, const Json& arguments) {
    return answer(call, arguments).at("complaints").at(0).at("message");
}

Json container(std::string_view name, const Json& requests) {
    return {{"name", name}, {"resources", {{"requests", requests}}}};
}

Json pod(std::string_view name, const Json& containers) {
    return {
        {"metadata", {{"name", name}}},
        {"spec", {{"containers", containers}}},
        {"status",
         {{"phase", "Running"},
          {"startTime", "2026-03-01T00:00:00Z"},
          {"conditions",
           Json::array({{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2026-03-01T00:00:10Z"}}})}}}};
}

Json resource_metric(std::string_view name, const Json& target) {
    return {{"type", "Resource"}, {"resource", {{"name", name}, {"target", target}}}};
}

// One pod "a", whose sample is that many thousandths.
Json one_pod(const Json& metric, const Json& of_pod, std::int64_t value_milli) {
    return {{"now", "2026-03-01T12:00:00Z"},
            {"metric", metric},
            {"pods", Json::array({of_pod})},
            {"reading",
             {{"samples",
               {{"a", {{"value_milli", value_milli}, {"timestamp", "2026-03-01T11:59:30Z"}, {"window_s", 30}}}}}}},
            {"spec_replicas", 1},
            {"status_replicas", 1}};
}

const Json half = {{"type", "Utilization"}, {"averageUtilization", 50}};

// --- requests, HPA-6

TEST(HpaReplicas, RequestsAreThoseOfContainersAndSidecars) {
    Json of_pod = pod("a", Json::array({container("app", {{"cpu", "0.3"}}), container("log", {{"cpu", "100m"}})}));
    Json sidecar = container("proxy", {{"cpu", "100m"}});
    sidecar["restartPolicy"] = "Always";
    of_pod["spec"]["initContainers"] = Json::array({container("init", {{"cpu", 8}}), sidecar});
    const Json whole = answer("hpa_replicas", one_pod(resource_metric("cpu", half), of_pod, 500));
    EXPECT_EQ(whole, Json({{"replicas", 2}, {"current", {{"averageUtilization", 100}, {"averageValue_milli", 500}}}}));

    Json of_one = resource_metric("cpu", half);
    of_one["type"] = "ContainerResource";
    of_one["containerResource"] = of_one["resource"];
    of_one["containerResource"]["container"] = "log";
    EXPECT_EQ(answer("hpa_replicas", one_pod(of_one, of_pod, 500))["current"]["averageUtilization"], 500);
    of_one["containerResource"]["container"] = "proxy";
    EXPECT_EQ(answer("hpa_replicas", one_pod(of_one, of_pod, 500))["current"]["averageUtilization"], 500);
    of_one["containerResource"]["container"] = "init";
    EXPECT_EQ(answer("hpa_replicas", one_pod(of_one, of_pod, 500)), Json({{"error", "container_not_found"}}));
}

TEST(HpaReplicas, WhatThePodAsAWholeRequestsComesFirst) {
    Json of_pod = pod("a", Json::array({container("app", {{"cpu", "100m"}, {"memory", "1Gi"}}), container("log", {})}));
    EXPECT_EQ(answer("hpa_replicas", one_pod(resource_metric("cpu", half), of_pod, 500)),
              Json({{"error", "missing_request"}}));
    of_pod["spec"]["resources"]["requests"] = {{"cpu", "1"}};
    EXPECT_EQ(answer("hpa_replicas", one_pod(resource_metric("cpu", half), of_pod, 500))["replicas"], 1);
    // Of memory it says nothing: the sum of the containers, where not all have to say something.
    const Json memory = one_pod(resource_metric("memory", half), of_pod, (std::int64_t{512} << 20) * 1000);
    EXPECT_EQ(answer("hpa_replicas", memory)["current"]["averageUtilization"], 50);
    of_pod["spec"]["containers"][0]["resources"]["requests"].erase("memory");
    EXPECT_EQ(answer("hpa_replicas", one_pod(resource_metric("memory", half), of_pod, 1)),
              Json({{"error", "missing_request"}}));
}

TEST(HpaReplicas, QuantitiesAreReadToTheThousandthAndRoundedUp) {
    const Json of_pod = pod("a", Json::array());
    const auto average = [&](const Json& target, std::int64_t value) {
        return answer("hpa_replicas",
                      one_pod(resource_metric("memory", {{"type", "AverageValue"}, {"averageValue", target}}), of_pod,
                              value))["replicas"];
    };
    EXPECT_EQ(average("1Ki", 2'048'000), 2);
    EXPECT_EQ(average("1k", 2'048'000), 3);
    EXPECT_EQ(average("0.0001", 3), 3);  // a thousandth
    EXPECT_EQ(average(1, 2'000), 2);
    EXPECT_EQ(average("16Ti", (std::int64_t{2} << 44) * 1000), 2);
}

TEST(HpaReplicas, AToleranceIsMadeANumberOfAsTheControllerDoes) {
    const auto replicas = [&](const Json& tolerance, std::int64_t value) {
        Json arguments = one_pod(resource_metric("cpu", {{"type", "AverageValue"}, {"averageValue", "1"}}),
                                 pod("a", Json::array()), value);
        arguments["behavior"] = {{"scaleUp", {{"tolerance", tolerance}}}};
        return answer("hpa_replicas", arguments)["replicas"];
    };
    EXPECT_EQ(replicas("50m", 1'050), 1);
    EXPECT_EQ(replicas("0.05", 1'050), 1);
    EXPECT_EQ(replicas("49m", 1'050), 2);
    EXPECT_EQ(replicas("2", 3'000), 1);
    EXPECT_EQ(replicas("0", 1'001), 2);
}

TEST(HpaReplicas, MissingMembersAreZeroOrTheFlagsDefault) {
    // Without a status the pod has no Ready condition, and without that its cpu sample does not count (HPA-5).
    const Json bare{{"metadata", {{"name", "a"}}}, {"spec", {{"containers", {container("app", {{"cpu", 1}})}}}}};
    EXPECT_EQ(answer("hpa_replicas", one_pod(resource_metric("cpu", half), bare, 500)),
              Json({{"error", "no_usable_samples"}}));
    Json no_samples = one_pod(resource_metric("memory", half), bare, 1);
    no_samples["reading"] = Json::object();
    EXPECT_EQ(answer("hpa_replicas", no_samples), Json({{"error", "no_usable_samples"}}));
    // HPA-1: 110 % of the target is within the default tolerance.
    const Json average = resource_metric("memory", {{"type", "AverageValue"}, {"averageValue", "1"}});
    EXPECT_EQ(answer("hpa_replicas", one_pod(average, bare, 1'100))["replicas"], 1);
    EXPECT_EQ(answer("hpa_replicas", one_pod(average, bare, 1'101))["replicas"], 2);
}

TEST(HpaReplicas, WhatCannotBeReadIsRefused) {
    const Json good = one_pod(resource_metric("cpu", half), pod("a", Json::array()), 1);
    const auto without = [&](const char* name) {
        Json arguments = good;
        arguments.erase(name);
        return complaint_of("hpa_replicas", arguments);
    };
    for (const char* name : {"now", "metric", "reading", "pods", "spec_replicas", "status_replicas"})
        EXPECT_EQ(without(name), std::string("the argument ") + name + " is missing");
    Json arguments = good;
    arguments["metric"]["type"] = "Custom";
    EXPECT_EQ(complaint_of("hpa_replicas", arguments), "the type of a metric is \"Custom\"");
    arguments = good;
    arguments["metric"]["resource"]["target"] = {{"type", "Utilization"}, {"averageUtilization", 0}};
    EXPECT_EQ(complaint_of("hpa_replicas", arguments), "averageUtilization is 0");
    arguments["metric"]["resource"]["target"] = {{"type", "AverageValue"}, {"averageValue", "1Zi"}};
    EXPECT_EQ(complaint_of("hpa_replicas", arguments), "\"1Zi\" is no quantity that can be used here");
    arguments = good;
    arguments["replicas"] = 1;
    EXPECT_EQ(complaint_of("hpa_replicas", arguments), "there is no argument replicas");
}

// --- hpa_decide

Json decide_arguments(const Json& spec, const Json& readings) {
    return {{"now", "2026-03-01T12:00:00Z"},
            {"hpa", {{"spec", spec}}},
            {"scale", {{"spec_replicas", 2}, {"status_replicas", 2}}},
            {"pods", Json::array({pod("a", Json::array({container("app", {{"cpu", 1}})})),
                                  pod("b", Json::array({container("app", {{"cpu", 1}})}))})},
            {"readings", readings},
            {"state", {{"recommendations", nullptr}}}};
}

Json cpu_reading(std::int64_t milli) {
    const Json sample{{"value_milli", milli}, {"timestamp", "2026-03-01T11:59:30Z"}, {"window_s", 30}};
    return {{"samples", {{"a", sample}, {"b", sample}}}};
}

TEST(HpaDecide, WithoutMetricsItIsEightyPercentOfCpu) {
    // HPA-2: 200 % / 80 % of two pods are five; at first sight four is the limit.
    const Json decided = answer("hpa_decide", decide_arguments({{"maxReplicas", 9}}, Json::array({cpu_reading(2000)})));
    EXPECT_EQ(decided["desired_replicas"], 4);
    EXPECT_EQ(decided["rescaled"], true);
    EXPECT_EQ(decided["conditions"], Json({{"AbleToScale", {"True", "SucceededRescale"}},
                                           {"ScalingActive", {"True", "ValidMetricFound"}},
                                           {"ScalingLimited", {"True", "ScaleUpLimit"}},
                                           {"ScaledToZero", {"False", "NotScaledToZero"}}}));
    EXPECT_EQ(decided["state"],
              Json({{"recommendations", Json::array({{{"replicas", 2}, {"at", "2026-03-01T12:00:00Z"}},
                                                     {{"replicas", 5}, {"at", "2026-03-01T12:00:00Z"}}})},
                    {"scale_up_events", Json::array()},
                    {"scale_down_events", Json::array()}}));
    EXPECT_FALSE(decided.contains("error"));
}

TEST(HpaDecide, AnEmptyBehaviorIsCompletedMemberByMember) {
    const auto replicas = [](const Json& behavior) {
        return answer("hpa_decide", decide_arguments({{"maxReplicas", 99}, {"behavior", behavior}},
                                                     Json::array({cpu_reading(20'000)})))["desired_replicas"];
    };
    EXPECT_EQ(replicas(nullptr), 4);
    EXPECT_EQ(replicas(Json::object()), 6);
    EXPECT_EQ(replicas({{"scaleUp", {{"selectPolicy", "Min"}}}}), 4);
    EXPECT_EQ(replicas({{"scaleUp", {{"policies", {{{"type", "Percent"}, {"value", 900}, {"periodSeconds", 60}}}}}}}),
              20);
    EXPECT_EQ(replicas({{"scaleUp", {{"stabilizationWindowSeconds", 60}}}}), 2);
}

TEST(HpaDecide, ConditionsThatWereThereStay) {
    Json arguments = decide_arguments({{"maxReplicas", 9}, {"minReplicas", 3}}, nullptr);
    arguments["hpa"]["status"]["conditions"] = {{{"type", "ScalingLimited"}, {"status", "Unknown"}, {"reason", "Old"}},
                                                {{"type", "AbleToScale"}, {"status", "False"}, {"reason", "Old"}}};
    const Json decided = answer("hpa_decide", arguments);
    EXPECT_EQ(decided["desired_replicas"], 3);
    EXPECT_EQ(decided["conditions"]["ScalingLimited"], Json({"Unknown", ""}));
    EXPECT_EQ(decided["conditions"]["AbleToScale"], Json({"True", "SucceededRescale"}));
}

TEST(HpaDecide, AFailureIsToldWithTheSourceOfItsMetric) {
    const Json queue{
        {"type", "External"},
        {"external", {{"metric", {{"name", "queue"}}}, {"target", {{"type", "AverageValue"}, {"averageValue", 1}}}}}};
    const Json spec{{"maxReplicas", 9}, {"metrics", {resource_metric("cpu", half), queue}}};
    const Json failed{{"error", true}};
    const Json decided = answer("hpa_decide", decide_arguments(spec, Json::array({cpu_reading(100), failed})));
    EXPECT_EQ(decided["error"], "metrics_unavailable");
    EXPECT_EQ(decided["conditions"]["ScalingActive"], Json({"False", "FailedGetExternalMetric"}));
    EXPECT_EQ(complaint_of("hpa_decide", decide_arguments(spec, Json::array({failed}))),
              "there are 1 readings for 2 metrics");
}

TEST(HpaDecide, AnotherOneIsFoundByThePodsAlone) {
    Json arguments = decide_arguments({{"maxReplicas", 9}}, Json::array({cpu_reading(2000)}));
    arguments["other_hpa_selects_same_pods"] = true;
    EXPECT_EQ(answer("hpa_decide", arguments)["error"], "ambiguous_selector");
    arguments["pods"] = Json::array();
    EXPECT_EQ(answer("hpa_decide", arguments)["error"], "no_pods");
}

// --- vpa_recommend

TEST(VpaRecommend, InstancesOfAContainerLearnTogether) {
    const auto recommend = [](const Json& samples) {
        return answer("vpa_recommend",
                      {{"containers", {{{"name", "app"}, {"memory_requests_bytes", {1, 1}}, {"samples", samples}}}}});
    };
    const Json both =
        recommend({{1770000000, 0, "cpu", 100}, {1770000000, 1, "cpu", 100}, {1770000000, 0, "oom", nullptr}});
    // Two samples at one instant: without a span of time there is no confidence.
    EXPECT_EQ(both["app"]["upper_bound"]["cpu_milli"], 100'000'000'000'000);
    EXPECT_EQ(both["app"]["target"]["cpu_milli"], 126);  // 110m, the end of the bucket, and 15 %
    EXPECT_EQ(recommend(Json::array())["app"]["target"], Json({{"cpu_milli", 25}, {"memory_bytes", 262'144'000}}));
}

TEST(VpaRecommend, WhatCannotBeReadIsRefused) {
    const auto complaint = [](const Json& sample) {
        return complaint_of(
            "vpa_recommend",
            {{"containers", {{{"name", "app"}, {"memory_requests_bytes", {1}}, {"samples", Json::array({sample})}}}}});
    };
    EXPECT_EQ(complaint({0, 1, "cpu", 1}), "a sample is of instance 1");
    EXPECT_EQ(complaint({0, 0, "gpu", 1}), "the kind of a sample is \"gpu\"");
    EXPECT_EQ(complaint(7), "the sample 7 is no list");
    const Json twice{{"name", "app"}};
    EXPECT_EQ(complaint_of("vpa_recommend", {{"containers", {twice, twice}}}), "there are two containers app");
}

// --- keda_scaled_job

TEST(KedaScaledJob, APercentageThatIsNoNumberSelectsTheDefault) {
    const auto most = [](const Json& percentage) {
        return answer(
            "keda_scaled_job",
            {{"spec",
              {{"scalingStrategy", {{"strategy", "custom"}, {"customScalingRunningJobPercentage", percentage}}}}},
             {"triggers", {{{"value_milli", 9000}, {"target_milli", 1000}, {"active", true}}}},
             {"running_jobs", 4},
             {"pending_jobs", 0}})["effective_max"];
    };
    EXPECT_EQ(most("0.5"), 7);
    EXPECT_EQ(most("+.5"), 7);
    EXPECT_EQ(most("-1"), 13);
    EXPECT_EQ(most("1e-1"), 9);
    for (const char* no_number : {"", "x", "0.5x", " 0.5", "+-1", "inf", "1e999"}) EXPECT_EQ(most(no_number), 5);
    EXPECT_EQ(most(nullptr), 5);
}

TEST(KedaScaledJob, UnknownWordsMeanTheDefaults) {
    const Json answered = answer(
        "keda_scaled_job",
        {{"spec",
          {{"maxReplicaCount", 10}, {"scalingStrategy", {{"strategy", "other"}, {"multipleScalersCalculation", "x"}}}}},
         {"triggers",
          {{{"value_milli", 2000}, {"target_milli", 1000}, {"active", true}},
           {{"value_milli", 3000}, {"target_milli", 1000}, {"active", true}}}},
         {"running_jobs", 1},
         {"pending_jobs", 1}});
    EXPECT_EQ(answered, Json({{"active", true},
                              {"scale_to", 3},
                              {"max_scale", 3},
                              {"effective_scale_to", 3},
                              {"effective_max", 2},
                              {"creates", 2}}));
}

}  // namespace
}  // namespace eks

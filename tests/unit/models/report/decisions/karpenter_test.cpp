// karpenter_solve and karpenter_consolidate: how the objects are read, and what is refused.
#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eks {
namespace {

using Json = nlohmann::json;

Json cluster_arguments() {
    return Json::parse(R"({
      "pods": [{"metadata": {"name": "web", "namespace": "default", "uid": "1"},
                "spec": {"nodeSelector": {"team": "a"},
                         "containers": [{"name": "c", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]}}],
      "node_pools": [{"metadata": {"name": "default"},
                      "spec": {"limits": {"memory": "10000000Gi"},
                               "template": {"metadata": {"labels": {"team": "a"}}, "spec": {"requirements": [
                                 {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Gte", "values": ["4"]},
                                 {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]}]}}}}],
      "instance_types": [
        {"name": "small", "labels": {"karpenter.k8s.aws/instance-cpu": ["2"]},
         "capacity": {"cpu": "2", "memory": "8Gi", "pods": "29"}, "overhead": {"cpu": "100m"},
         "offerings": [{"zone": "a", "capacity_type": "spot", "price": 0.03, "available": true}]},
        {"name": "large", "labels": {"karpenter.k8s.aws/instance-cpu": ["4"]},
         "capacity": {"cpu": "4", "memory": "16Gi", "pods": "58"}, "overhead": {"cpu": "100m"},
         "offerings": [{"zone": "b", "capacity_type": "spot", "price": 0.07, "available": true},
                       {"zone": "a", "capacity_type": "spot", "price": 0.06, "available": true},
                       {"zone": "c", "capacity_type": "spot", "price": 0.01, "available": false}]}],
      "nodes": [], "bound_pods": [], "daemon_pods": [], "preference_policy": "Respect", "min_values_policy": "Strict"})");
}

Json karpenter(std::string_view call, const Json& arguments) {
    return Json::parse(decide_as_json(call, arguments.dump()));
}

std::string complaint(std::string_view call, const Json& arguments) {
    const Json answer = karpenter(call, arguments);
    return answer.contains("complaints") ? answer["complaints"][0]["message"].get<std::string>() : "";
}

TEST(KarpenterCalls, ObjectsAreReadAsTheyAreStored) {
    const Json answer = karpenter("karpenter_solve", cluster_arguments());
    const Json claim = Json::parse(R"({"node_pool": "default", "pods": ["web"], "instance_types": ["large"],
                                       "cheapest": {"instance_type": "large", "price": 0.06},
                                       "zones": null, "capacity_types": ["spot"]})");
    EXPECT_EQ(answer["claims"], Json::array({claim}));
    Json weaker = claim;
    weaker.erase("zones");
    weaker.erase("capacity_types");
    EXPECT_EQ(answer["claims_without_zones"], Json::array({weaker}));
    EXPECT_EQ(answer["pod_groups"], Json::parse(R"([["web"]])"));
    EXPECT_EQ(answer["claim_count"], 1);
    EXPECT_EQ(answer["cheapest_types"], Json::parse(R"(["large"])"));
    EXPECT_EQ(answer["total_cheapest_price"], 0.06);
    EXPECT_EQ(answer["existing"], Json::object());
    EXPECT_EQ(answer["unschedulable"], Json::object());
    EXPECT_EQ(answer["unschedulable_count"], 0);
}

TEST(KarpenterCalls, APoolThatIsNotReadyTakesNoPods) {
    Json arguments = cluster_arguments();
    arguments["node_pools"][0]["status"]["conditions"] = Json::parse(R"([{"type": "Ready", "status": "False"}])");
    EXPECT_EQ(karpenter("karpenter_solve", arguments)["unschedulable"], Json::parse(R"({"web": ["no_node_pool"]})"));
}

TEST(KarpenterCalls, ANodeThatNothingLeavesIsReplacedByACheaperOne) {
    Json arguments = cluster_arguments();
    Json pod = arguments["pods"][0];
    pod["spec"]["nodeName"] = "n1";
    pod["status"]["phase"] = "Running";
    arguments["pods"] = Json::array();
    arguments["bound_pods"] = Json::array({pod});
    const Json labels = Json::parse(R"({"karpenter.sh/nodepool": "default", "karpenter.sh/registered": "true",
        "karpenter.sh/initialized": "true", "node.kubernetes.io/instance-type": "large", "team": "a",
        "karpenter.sh/capacity-type": "on-demand", "topology.kubernetes.io/zone": "a"})");
    const Json status = Json::parse(R"({"capacity": {"cpu": "4", "memory": "16Gi", "pods": "58"},
                                        "allocatable": {"cpu": "3900m", "memory": "16Gi", "pods": "58"}})");
    Json claim{{"metadata", {{"name", "default-x"}, {"labels", labels}}}, {"status", status}};
    claim["status"]["conditions"] = Json::parse(R"([{"type": "Consolidatable", "status": "True"}])");
    arguments["nodes"] = Json::array(
        {{{"node", {{"metadata", {{"name", "n1"}, {"labels", labels}}}, {"status", status}}}, {"node_claim", claim}}});
    arguments["instance_types"][1]["offerings"].push_back(
        Json::parse(R"({"zone": "a", "capacity_type": "on-demand", "price": 0.2, "available": false})"));
    arguments["now"] = "2026-11-02T08:00:00Z";
    const Json answer = karpenter("karpenter_consolidate", arguments);
    const Json decision = Json::parse(R"({"action": "replace", "nodes": ["n1"], "replacement":
        {"node_pool": "default", "instance_types": ["large"], "capacity_types": ["spot"]}})");
    EXPECT_EQ(answer, Json({{"candidates", {"n1"}},
                            {"not_candidates", Json::array()},
                            {"single", {{"n1", decision}}},
                            {"multi", {{"action", "none"}}}}));
    arguments.erase("now");
    EXPECT_EQ(complaint("karpenter_consolidate", arguments), "the argument now is missing");
}

TEST(KarpenterCalls, WrongArgumentsAreRefused) {
    const auto wrong = [](auto&& change) {
        Json arguments = cluster_arguments();
        change(arguments);
        return complaint("karpenter_solve", arguments);
    };
    EXPECT_EQ(wrong([](Json&) {}), "");
    EXPECT_NE(wrong([](Json& a) { a["node_pool"] = Json::array(); }), "") << "misspelt";
    EXPECT_EQ(wrong([](Json& a) { a.erase("pods"); }), "the argument pods is missing");
    EXPECT_EQ(wrong([](Json& a) { a["pods"] = 3; }), "the argument pods is no list");
    EXPECT_EQ(wrong([](Json& a) { a["pods"][0]["spec"]["nodeName"] = "n1"; }), "web of pods is bound to n1");
    EXPECT_EQ(wrong([](Json& a) { std::swap(a["bound_pods"], a["pods"]); }), "web of bound_pods is bound to no node");
    EXPECT_EQ(wrong([](Json& a) { a["preference_policy"] = "Maybe"; }), "preference_policy is Maybe");
    EXPECT_EQ(wrong([](Json& a) { a["nodes"] = Json::array({Json::object()}); }),
              "an entry of nodes has neither node nor node_claim");
    EXPECT_EQ(wrong([](Json& a) { a["node_pools"][0]["spec"]["disruption"]["consolidateAfter"] = "1 day"; }),
              "consolidateAfter is \"1 day\"");
    EXPECT_EQ(wrong([](Json& a) { a["node_pools"][0]["spec"]["disruption"]["consolidationPolicy"] = "Always"; }),
              "there is no consolidation policy Always");
    EXPECT_NE(wrong([](Json& a) { a["instance_types"][0]["capacity"]["cpu"] = "two"; }), "");
}

}  // namespace
}  // namespace eks

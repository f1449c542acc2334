// The calls `schedule_one`, `schedule_all` and `preempt`, by cases small enough to be reckoned by hand from the rules.
// What the real scheduler answered to larger ones is replayed in tests/oracle.
#include "models/report/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eks {
namespace {

using nlohmann::json;

json decide(const char* call, const json& arguments) { return json::parse(decide_as_json(call, arguments.dump())); }

json node(const std::string& name, const json& labels = json::object()) {
    json all = labels;
    all["kubernetes.io/hostname"] = name;
    return {{"metadata", {{"name", name}, {"labels", all}}},
            {"status", {{"allocatable", {{"cpu", "4"}, {"memory", "8Gi"}, {"pods", "110"}}}}}};
}

json pod(const std::string& name, const json& requests = {{"cpu", "1"}, {"memory", "2Gi"}}) {
    return {{"metadata", {{"name", name}, {"labels", {{"app", "web"}}}}},
            {"spec", {{"containers", json::array({{{"name", "app"}, {"resources", {{"requests", requests}}}}})}}}};
}

json on(const std::string& node, json pod) {
    pod["spec"]["nodeName"] = node;
    return pod;
}

TEST(ScheduleOne, AddsUpWhatEveryPluginSays) {
    // SCHED-50. n1 is empty, n2 has one such pod already.
    const json answer = decide(
        "schedule_one", {{"pod", pod("new")}, {"nodes", {node("n1"), node("n2")}}, {"pods", {on("n2", pod("old"))}}});
    // SCHED-58: no taint to avoid, 100 times 3. SCHED-52: 3 of 4 cores and 6 of 8 GiB are left, 75; on n2 half, 50.
    // SCHED-55: cpu and memory are in balance before and after, 50 + 50 / 2. SCHED-56: no image, 0.
    EXPECT_EQ(answer["scores"]["n1"], json({{"TaintToleration", 300},
                                            {"NodeResourcesFit", 75},
                                            {"NodeResourcesBalancedAllocation", 75},
                                            {"ImageLocality", 0}}));
    EXPECT_EQ(answer["scores"]["n2"]["NodeResourcesFit"], 50);
    EXPECT_EQ(answer["total"], json({{"n1", 450}, {"n2", 425}}));
    EXPECT_EQ(answer["best_any_of"], json({"n1"}));
}

TEST(ScheduleOne, OneFeasibleNodeIsTakenWithoutScores) {
    // SCHED-30, and SCHED-41: all that is short is said.
    json small = node("small");
    small["status"]["allocatable"] = {{"cpu", "500m"}, {"memory", "1Gi"}, {"pods", "0"}};
    const json answer = decide("schedule_one", {{"pod", pod("new")}, {"nodes", {small, node("n1")}}});
    EXPECT_EQ(answer["scores"], json::object());
    EXPECT_EQ(answer["best_any_of"], json({"n1"}));
    EXPECT_EQ(answer["rejected"]["small"],
              json({{"plugin", "NodeResourcesFit"},
                    {"reasons", {"Insufficient cpu", "Insufficient memory", "Too many pods"}}}));
}

TEST(ScheduleOne, TheFirstFilterInOrderRefuses) {
    // SCHED-28: cordoned comes before tainted, tainted before a node selector.
    json cordoned = node("cordoned");
    json tainted = node("tainted");
    cordoned["spec"] = {{"unschedulable", true}, {"taints", {{{"key", "a"}, {"effect", "NoSchedule"}}}}};
    tainted["spec"]["taints"] = {{{"key", "a"}, {"effect", "NoSchedule"}}};
    json wanted = pod("new");
    wanted["spec"]["nodeSelector"] = {{"disk", "ssd"}};
    const json answer = decide(
        "schedule_one", {{"pod", wanted}, {"nodes", {cordoned, tainted, node("n1"), node("n2", {{"disk", "ssd"}})}}});
    EXPECT_EQ(answer["rejected"]["cordoned"]["plugin"], "NodeUnschedulable");
    EXPECT_EQ(answer["rejected"]["tainted"]["plugin"], "TaintToleration");
    EXPECT_EQ(answer["rejected"]["n1"]["plugin"], "NodeAffinity");
    EXPECT_EQ(answer["feasible"], json({"n2"}));
}

json with_anti_affinity(json pod) {
    pod["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = {
        {{"topologyKey", "kubernetes.io/hostname"}, {"labelSelector", {{"matchLabels", {{"app", "web"}}}}}}};
    return pod;
}

TEST(ScheduleOne, AntiAffinityIsMutual) {
    // SCHED-45: the pod's own terms, and those of pods that are there.
    const json nodes = {node("n1"), node("n2")};
    json answer = decide("schedule_one",
                         {{"pod", with_anti_affinity(pod("new"))}, {"nodes", nodes}, {"pods", {on("n1", pod("old"))}}});
    EXPECT_EQ(answer["rejected"]["n1"]["reasons"], json({"node(s) didn't match pod anti-affinity rules"}));
    answer = decide("schedule_one",
                    {{"pod", pod("new")}, {"nodes", nodes}, {"pods", {on("n1", with_anti_affinity(pod("old")))}}});
    EXPECT_EQ(answer["rejected"]["n1"]["reasons"], json({"node(s) didn't satisfy existing pods anti-affinity rules"}));
}

TEST(ScheduleOne, TheFirstOfAGroupMayGoAnywhere) {
    // SCHED-45: no pod matches its affinity, and it matches that itself.
    json together = pod("new");
    together["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = {
        {{"topologyKey", "zone"}, {"labelSelector", {{"matchLabels", {{"app", "web"}}}}}}};
    const json nodes = {node("n1", {{"zone", "a"}}), node("n2", {{"zone", "b"}}), node("n3")};
    json answer = decide("schedule_one", {{"pod", together}, {"nodes", nodes}});
    EXPECT_EQ(answer["feasible"], json({"n1", "n2"}));
    answer = decide("schedule_one", {{"pod", together}, {"nodes", nodes}, {"pods", {on("n2", pod("old"))}}});
    EXPECT_EQ(answer["feasible"], json({"n2"}));
}

TEST(ScheduleOne, SpreadCountsDomains) {
    // SCHED-46: zone a has two of them, b none; one more in a would be three more than in b.
    json spread = pod("new");
    spread["spec"]["topologySpreadConstraints"] = {{{"maxSkew", 2},
                                                    {"topologyKey", "zone"},
                                                    {"whenUnsatisfiable", "DoNotSchedule"},
                                                    {"labelSelector", {{"matchLabels", {{"app", "web"}}}}}}};
    json nodes = {node("n1", {{"zone", "a"}}), node("n2", {{"zone", "b"}}), node("n3")};
    const json pods = {on("n1", pod("one")), on("n1", pod("two"))};
    json answer = decide("schedule_one", {{"pod", spread}, {"nodes", nodes}, {"pods", pods}});
    EXPECT_EQ(answer["feasible"], json({"n2"}));
    EXPECT_EQ(answer["rejected"]["n1"]["reasons"], json({"node(s) didn't match pod topology spread constraints"}));
    EXPECT_EQ(answer["rejected"]["n3"]["reasons"],
              json({"node(s) didn't match pod topology spread constraints (missing required label)"}));
    // With fewer domains than minDomains the least counts as 0, which it was already: n2 still takes it.
    spread["spec"]["topologySpreadConstraints"][0]["minDomains"] = 5;
    answer = decide("schedule_one", {{"pod", spread}, {"nodes", nodes}, {"pods", pods}});
    EXPECT_EQ(answer["feasible"], json({"n2"}));
}

TEST(ScheduleOne, APodPinnedByNameLeavesTheOtherNodesOut) {
    // SCHED-43: every term pins a name, so the others were never looked at.
    json pinned = pod("new");
    pinned["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] =
        {{{"matchFields", {{{"key", "metadata.name"}, {"operator", "In"}, {"values", {"n2"}}}}}}};
    const json answer = decide("schedule_one", {{"pod", pinned}, {"nodes", {node("n1"), node("n2")}}});
    EXPECT_EQ(answer["feasible"], json({"n2"}));
    EXPECT_EQ(answer["rejected"]["n1"],
              json({{"plugin", ""}, {"reasons", {"node(s) didn't satisfy plugin(s) [NodeAffinity]"}}}));
}

TEST(ScheduleOne, AProfileChangesWhatCounts) {
    // SCHED-53: 1 of 4 cores and 2 of 8 GiB would be used, on n2 twice as much.
    const json config = {
        {"profiles",
         {{{"schedulerName", "default-scheduler"},
           {"plugins",
            {{"score",
              {{"disabled", {{{"name", "*"}}}}, {"enabled", {{{"name", "NodeResourcesFit"}, {"weight", 5}}}}}}}},
           {"pluginConfig",
            {{{"name", "NodeResourcesFit"}, {"args", {{"scoringStrategy", {{"type", "MostAllocated"}}}}}}}}}}}};
    const json answer = decide("schedule_one", {{"pod", pod("new")},
                                                {"nodes", {node("n1"), node("n2")}},
                                                {"pods", {on("n2", pod("old"))}},
                                                {"config", config}});
    EXPECT_EQ(answer["scores"], json({{"n1", {{"NodeResourcesFit", 125}}}, {"n2", {{"NodeResourcesFit", 250}}}}));
    EXPECT_EQ(answer["best_any_of"], json({"n2"}));
}

TEST(ScheduleAll, EarlierPodsCountAtOnce) {
    // SCHED-20, SCHED-70: two nodes take four pods in turn.
    json pods = json::array();
    for (int i = 0; i < 4; ++i) pods.push_back(pod("p" + std::to_string(i), {{"cpu", "2"}, {"memory", "4Gi"}}));
    json big = node("n1");
    big["status"]["allocatable"]["cpu"] = "5";
    const json answer = decide("schedule_all", {{"pods", pods}, {"nodes", {big, node("n2")}}});
    const json& steps = answer["steps"];
    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[0]["best_any_of"], json({"n1"}));
    EXPECT_EQ(steps[1]["best_any_of"], json({"n2"}));
    EXPECT_EQ(steps[3]["feasible"], 1);
    EXPECT_EQ(steps[3]["best_total"], nullptr);
}

json of_priority(json pod, int priority, const char* started = nullptr) {
    pod["spec"]["priority"] = priority;
    if (started != nullptr) pod["status"]["startTime"] = started;
    return pod;
}

TEST(Preempt, SparesTheMoreImportant) {
    // SCHED-82: both nodes are full; one victim is enough, the one that started last.
    const json half = {{"cpu", "2"}, {"memory", "4Gi"}};
    const json pods = {on("n1", of_priority(pod("old", half), 5, "2026-01-01T00:00:00Z")),
                       on("n1", of_priority(pod("young", half), 5, "2026-01-02T00:00:00Z")),
                       on("n2", of_priority(pod("high", half), 7, "2026-01-01T00:00:00Z")),
                       on("n2", of_priority(pod("low", half), 6, "2026-01-03T00:00:00Z"))};
    const json nodes = {node("n1"), node("n2")};
    const json answer =
        decide("preempt", {{"pod", of_priority(pod("new", half), 10)}, {"nodes", nodes}, {"pods", pods}});
    EXPECT_EQ(answer["candidates"], json({{"n1", {{"victims", {"default/young"}}, {"pdb_violations", 0}}},
                                          {"n2", {{"victims", {"default/low"}}, {"pdb_violations", 0}}}}));
    // SCHED-84: the lowest priority of the first victim.
    EXPECT_EQ(answer["node_any_of"], json({"n1"}));

    // SCHED-83: a budget that allows nothing turns it to the other node.
    json guarded = pods;
    guarded[0]["metadata"]["labels"] = guarded[1]["metadata"]["labels"] = {{"app", "guarded"}};
    const json budgets = {{{"metadata", {{"name", "b"}}},
                           {"spec", {{"selector", {{"matchLabels", {{"app", "guarded"}}}}}}},
                           {"status", {{"disruptionsAllowed", 0}}}}};
    const json with_budget =
        decide("preempt",
               {{"pod", of_priority(pod("new", half), 10)}, {"nodes", nodes}, {"pods", guarded}, {"pdbs", budgets}});
    EXPECT_EQ(with_budget["candidates"]["n1"]["pdb_violations"], 1);
    EXPECT_EQ(with_budget["node_any_of"], json({"n2"}));

    // SCHED-80.
    json never = of_priority(pod("new", half), 10);
    never["spec"]["preemptionPolicy"] = "Never";
    EXPECT_EQ(decide("preempt", {{"pod", never}, {"nodes", nodes}, {"pods", pods}}),
              json({{"node_any_of", json::array()}, {"candidates", json::object()}}));
}

TEST(ScheduleOne, ListsAsKubectlPrintsThemAreTaken) {
    const json nodes = {node("n1"), node("n2")};
    json pods = {on("n2", pod("old"))};
    const json expected = decide("schedule_one", {{"pod", pod("new")}, {"nodes", nodes}, {"pods", pods}});
    // Of a Job that is over; it takes no room any more.
    pods.push_back(on("n1", pod("over")));
    pods.back()["status"]["phase"] = "Succeeded";
    EXPECT_EQ(decide("schedule_one", {{"pod", pod("new")},
                                      {"nodes", {{"kind", "List"}, {"items", nodes}}},
                                      {"pods", {{"kind", "List"}, {"items", pods}}}}),
              expected);
}

TEST(ScheduleOne, WrongArgumentsAreRefused) {
    const auto complaint = [](const json& arguments) {
        return decide("schedule_one", arguments)["complaints"][0]["message"].get<std::string>();
    };
    EXPECT_THAT(complaint({{"pod", pod("new")}}), ::testing::HasSubstr("nodes is missing"));
    EXPECT_THAT(complaint({{"pod", pod("new", {{"cpu", "2 cores"}})}, {"nodes", json::array()}}),
                ::testing::HasSubstr("\"2 cores\" is no quantity"));
    EXPECT_THAT(complaint({{"pod", pod("new")},
                           {"nodes", json::array()},
                           {"config", {{"profiles", {{{"pluginConfig", {{{"name", "NodeResourceFit"}}}}}}}}}}),
                ::testing::HasSubstr("no scheduler plugin NodeResourceFit"));
}

}  // namespace
}  // namespace eks

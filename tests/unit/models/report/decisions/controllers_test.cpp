// The calls `rolling_update`, `delete_order` and `job_progress`, by cases small enough to be reckoned by hand. What the
// real controllers did with others is replayed in tests/oracle.
#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace eks {
namespace {

using nlohmann::json;

json decide(const char* call, const json& arguments) { return json::parse(decide_as_json(call, arguments.dump())); }

json template_of(const std::string& image) {
    return {{"spec", {{"containers", json::array({{{"name", "web"}, {"image", image}}})}}}};
}

TEST(RollingUpdate, TellsTheFirstSyncAndHowItGoesOn) {  // DEPLOY-1, DEPLOY-2
    const json deployment{{"spec",
                           {{"replicas", 4},
                            {"template", template_of("web:2")},
                            {"strategy", {{"rollingUpdate", {{"maxSurge", 1}, {"maxUnavailable", 0}}}}}}}};
    const json old{{"metadata", {{"name", "web-a"}}},
                   {"spec", {{"replicas", 4}, {"template", template_of("web:1")}}},
                   {"status", {{"replicas", 4}, {"availableReplicas", 4}}}};
    const json answer = decide("rolling_update", {{"deployment", deployment}, {"replica_sets", {old}}});
    EXPECT_EQ(answer["max_surge"], 1);
    EXPECT_EQ(answer["max_unavailable"], 0);
    EXPECT_EQ(answer["act"], "creates");
    EXPECT_EQ(answer["sizes"], (json{{"web-a", 4}, {"(new)", 1}}));
    // One more, one less, in turn.
    ASSERT_EQ(answer["sequence"].size(), 7U);
    EXPECT_EQ(answer["sequence"][0], (json{{"web-a", 3}, {"(new)", 1}}));
    EXPECT_EQ(answer["sequence"][1], (json{{"web-a", 3}, {"(new)", 2}}));
    EXPECT_EQ(answer["sequence"][6], (json{{"web-a", 0}, {"(new)", 4}}));
}

TEST(RollingUpdate, RecreateWaitsForOldPods) {  // DEPLOY-4
    const json deployment{
        {"spec", {{"replicas", 2}, {"template", template_of("web:2")}, {"strategy", {{"type", "Recreate"}}}}}};
    const json old{{"metadata", {{"name", "web-a"}}}, {"spec", {{"replicas", 0}, {"template", template_of("web:1")}}}};
    const json pod{{"metadata", {{"name", "web-a-1"}, {"ownerReferences", json::array({{{"name", "web-a"}}})}}},
                   {"status", {{"phase", "Running"}}}};
    json arguments{{"deployment", deployment}, {"replica_sets", {old}}, {"pods", {pod}}};
    EXPECT_EQ(decide("rolling_update", arguments)["act"], "waits for old pods");
    arguments["pods"][0]["status"]["phase"] = "Failed";
    EXPECT_EQ(decide("rolling_update", arguments)["act"], "creates");
}

json pod(const std::string& name, const std::string& phase, const std::string& node = "n1") {
    return {{"metadata", {{"name", name}, {"uid", name}, {"creationTimestamp", "2026-11-02T07:00:00Z"}}},
            {"spec", {{"nodeName", node}}},
            {"status", {{"phase", phase}}}};
}

TEST(DeleteOrder, GivesTheRuleByWhichEachGoesBeforeTheNext) {  // RS-2
    json ready = pod("ready", "Running", "n2");
    ready["status"]["conditions"] =
        json::array({{{"type", "Ready"}, {"status", "True"}, {"lastTransitionTime", "2026-11-02T07:00:05Z"}}});
    const json pods{ready, pod("unready", "Running"), pod("homeless", "Pending", ""), pod("pending", "Pending"),
                    pod("done", "Succeeded")};
    const json answer = decide("delete_order", {{"pods", pods}, {"now", "2026-11-02T08:00:00Z"}});
    EXPECT_EQ(answer["order"], (json{"homeless", "pending", "unready", "ready"}));
    EXPECT_EQ(answer["each_before_the_next_because"],
              (json{"it has no node", "its phase is the earlier one", "it is not ready"}));
}

json job(const json& spec) { return {{"spec", spec}, {"status", {{"startTime", "2026-11-02T07:00:00Z"}}}}; }

json job_pod(const std::string& name, const std::string& phase, const std::string& ended = "") {
    json object = pod(name, phase);
    object["metadata"]["finalizers"] = {"batch.kubernetes.io/job-tracking"};
    if (!ended.empty())
        object["status"]["containerStatuses"] = json::array(
            {{{"name", "main"},
              {"state", {{"terminated", {{"exitCode", phase == "Failed" ? 1 : 0}, {"finishedAt", ended}}}}}}});
    return object;
}

TEST(JobProgress, WaitsTwentySecondsAfterTheSecondFailure) {  // JOB-3, JOB-6
    const json pods{job_pod("a", "Failed", "2026-11-02T07:59:00Z"), job_pod("b", "Failed", "2026-11-02T07:59:55Z")};
    const json answer = decide(
        "job_progress",
        {{"job", job({{"completions", 2}, {"parallelism", 1}})}, {"pods", pods}, {"now", "2026-11-02T08:00:00Z"}});
    EXPECT_EQ(answer["failed"], 2);
    EXPECT_EQ(answer["creates"], 0);
    EXPECT_EQ(answer["next_sync_seconds"], 15.0);
    EXPECT_EQ(answer["conditions"], json::array());
}

TEST(JobProgress, FailsPastItsLimitAndCountsWhatItDeletes) {  // JOB-5
    const json pods{job_pod("a", "Failed", "2026-11-02T07:59:00Z"), job_pod("b", "Running")};
    const json answer =
        decide("job_progress", {{"job", job({{"completions", 3}, {"parallelism", 2}, {"backoffLimit", 0}})},
                                {"pods", pods},
                                {"now", "2026-11-02T08:00:00Z"}});
    EXPECT_EQ(answer["deletes"], json{"b"});
    EXPECT_EQ(answer["failed"], 2);
    // It is Failed only when its pods are gone.
    EXPECT_EQ(answer["conditions"], (json{{{"type", "FailureTarget"}, {"reason", "BackoffLimitExceeded"}}}));
}

TEST(JobProgress, AnIndexHasALimitOfItsOwn) {  // JOB-9
    json spec{{"completions", 3}, {"parallelism", 3}, {"completionMode", "Indexed"}, {"backoffLimitPerIndex", 0}};
    json failed = job_pod("a", "Failed", "2026-11-02T07:59:00Z");
    failed["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"] = "1";
    const json answer =
        decide("job_progress", {{"job", job(spec)}, {"pods", {failed}}, {"now", "2026-11-02T08:00:00Z"}});
    EXPECT_EQ(answer["failed_indexes"], "1");
    EXPECT_EQ(answer["created_indexes"], (json{0, 2}));
}

TEST(ControllerDecisions, RefuseWhatIsWrong) {
    const auto rule = [](const char* call, const json& arguments) {
        return decide(call, arguments)["complaints"][0]["rule"].get<std::string>();
    };
    EXPECT_EQ(rule("rolling_update", json::object()), "EKS103");
    EXPECT_EQ(rule("rolling_update", {{"deployment", {{"spec", {{"replicas", -1}}}}}}), "EKS204");
    EXPECT_EQ(rule("delete_order", {{"pods", json::array()}}), "EKS103");
    EXPECT_EQ(rule("delete_order", {{"pods", json::array()}, {"now", "yesterday"}}), "EKS209");
    EXPECT_EQ(rule("job_progress", {{"job", json::object()}, {"now", "2026-11-02T08:00:00Z"}, {"nwo", 1}}), "EKS104");
}

}  // namespace
}  // namespace eks

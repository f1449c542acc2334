// VerticalPodAutoscalers in a run: what the recommender has learnt (VPA-1 to VPA-14), and what the updater and the
// webhook make of it (VPA-20 to VPA-22). Expected values come from the rules.
#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "models/world/invariants.hpp"
#include "models/world/verbs.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using namespace sim::literals;

constexpr std::string_view web =
    R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web",
                    "image": "nginx:1", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}}}})";

std::string autoscaler(const std::string& more) {
    return R"({"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler",
               "metadata": {"name": "web", "namespace": "shop"},
               "spec": {"targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"})" +
           more + "}}";
}

Scenario scenario_of(const std::string& more, const Changes& changes = {}) {
    Changes all{{"cluster.addons", R"([{"name": "metrics-server"}])"},
                {"manifests", "[" + std::string(web) + "," + autoscaler(more) + "]"},
                {"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "300m", "memory": "600Mi"}}])"},
                {"timeline", "[]"},
                {"expect", "[]"}};
    all.insert(all.end(), changes.begin(), changes.end());
    auto scenario = scenario_test::load(all);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

const std::string off = R"(, "updatePolicy": {"updateMode": "Off"})";

VerticalScalerState after(const Scenario& scenario, sim::Duration time) {
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(time);
    return run.world().pod_scaling.vertical.at(0);
}

// VPA-1: the end of the bucket in which a value lies.
double bucket_end(double first, double value) {
    const double bucket = std::floor(std::log(value * 0.05 / first + 1) / std::log(1.05));
    return first * (std::pow(1.05, bucket + 1) - 1) / 0.05;
}

// VPA-10: with a margin of 15 %; VPA-11: the upper bound is wide as long as little has been seen.
TEST(VerticalAutoscaling, RecommendsWhatIsUsedAndAMargin) {
    const Scenario scenario = scenario_of(off);
    const VerticalScalerState state = after(scenario, sim::Duration::hours(12));
    EXPECT_EQ(state.aggregate.cpu_samples, 2 * (12 * 60 - 1));  // each pod, each minute before the end
    EXPECT_NEAR(static_cast<double>(state.target.cpu_milli), bucket_end(0.01, 0.3) * 1000 * 1.15, 2);
    const double memory = bucket_end(1e7, 600.0 * 1024 * 1024) * 1.15;
    EXPECT_NEAR(static_cast<double>(state.target.memory_bytes), memory, 2);
    const double confidence = (12 * 60 - 2) / 1440.0;
    EXPECT_NEAR(static_cast<double>(state.upper_bound.cpu_milli) / static_cast<double>(state.target.cpu_milli),
                1 + 1 / confidence, 0.02);
    EXPECT_LE(state.lower_bound.cpu_milli, state.target.cpu_milli);
}

// VPA-13
TEST(VerticalAutoscaling, KeepsToItsPolicy) {
    const Scenario scenario = scenario_of(off + R"(, "resourcePolicy": {"containerPolicies": [
        {"containerName": "*", "maxAllowed": {"cpu": "200m"}, "minAllowed": {"memory": "2Gi"}}]})");
    const VerticalScalerState state = after(scenario, sim::Duration::hours(1));
    EXPECT_EQ(state.target.cpu_milli, 200);
    EXPECT_EQ(state.target.memory_bytes, std::int64_t{2} << 30);
}

// HPA-20: the recommender has no other source in a cluster without history.
TEST(VerticalAutoscaling, LearnsNothingWithoutMetricsServer) {
    const Scenario scenario = scenario_of(off, {{"cluster.addons", "[]"}});
    EXPECT_NE(find(scenario.warnings, Rule::no_metrics_server), nullptr);
    EXPECT_EQ(after(scenario, sim::Duration::hours(1)).target, vpa::Amounts{});
}

// VPA-14: once a minute, so that nothing is known before the first loop.
TEST(VerticalAutoscaling, LooksOnceAMinute) {
    const Scenario scenario = scenario_of(off);
    EXPECT_EQ(after(scenario, sim::Duration::seconds(59)).aggregate.cpu_samples, 0);
    EXPECT_EQ(after(scenario, 10_min + 30_s).aggregate.cpu_samples, 2 * 10);
}

// VPA-10: it says nothing of a resource whose use no scenario states, and of one that its policy leaves out.
TEST(VerticalAutoscaling, SaysNothingOfWhatItDoesNotSee) {
    const Changes only_cpu{{"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "300m"}}])"}};
    const VerticalScalerState of_cpu = after(scenario_of(off, only_cpu), 1_h);
    EXPECT_GT(of_cpu.target.cpu_milli, 300);
    EXPECT_EQ(of_cpu.target.memory_bytes, 0);
    const VerticalScalerState of_memory = after(scenario_of(off + R"(, "resourcePolicy": {"containerPolicies": [
        {"containerName": "web", "controlledResources": ["memory"]}]})"),
                                                1_h);
    EXPECT_EQ(of_memory.target.cpu_milli, 0);
    EXPECT_GT(of_memory.target.memory_bytes, Bytes{600} * mebibyte);
}

// --- what becomes of pods

eks::Run run_of(const Scenario& scenario) { return {scenario.spec, plan_metrics(*scenario.spec), {7, 0}}; }

WorkloadIx web_of(const Spec& spec) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        if (spec.workloads[i].name == "web") return WorkloadIx::of(i);
    }
    return WorkloadIx::none();
}

// Pods of web that request what is recommended now, and all that live.
struct Sized {
    int as_recommended = 0;
    int pods = 0;
    friend bool operator==(const Sized&, const Sized&) = default;
};
Sized sized_pods(const eks::Run& run) {
    Sized count;
    const vpa::Amounts target = run.world().pod_scaling.vertical.at(0).target;
    for_each_pod(run.world(), web_of(run.spec()), [&](PodId, const Pod& pod) {
        if (pod.terminating) return;
        const Resources& requests = run.spec()[pod.pod_template].requests;
        ++count.pods;
        count.as_recommended += requests.cpu_milli == target.cpu_milli && requests.memory_bytes == target.memory_bytes;
    });
    return count;
}

double updates(const eks::Run& run, VerticalUpdate what) {
    constexpr std::array<std::string_view, vertical_update_count> names{"vpa_updater_evicted_pods_total",
                                                                        "vpa_updater_failed_eviction_attempts_total",
                                                                        "vpa_updater_in_place_updated_pods_total"};
    for (const MetricSummary& each : summarize(run.spec(), run.metrics().closed_at(run.spec(), run.now()))) {
        if (each.metric->name == names[static_cast<std::size_t>(what)]) return *each.series.at(0).total;
    }
    return 0;
}

std::string in_mode(const std::string& mode, const std::string& more = "") {
    return R"(, "updatePolicy": {"updateMode": ")" + mode + "\"" + more + "}";
}

constexpr std::string_view budget_of_all =
    R"({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "web"}}}})";

Changes with(const std::string& more, const std::string& mode, const std::string& further = "") {
    return {{"manifests", "[" + std::string(web) + "," + autoscaler(in_mode(mode, further)) + "," + more + "]"}};
}

// VPA-21: a core is within the upper bound for half a day; then the pods are twelve hours old and more than a tenth
// off. VPA-22: of two pods one at a time.
TEST(VerticalAutoscaling, RecreateEvictsPodsThatAreOldAndOff) {
    const Scenario scenario = scenario_of(in_mode("Recreate"));
    eks::Run run = run_of(scenario);
    run.until(11_h + 59_min);
    EXPECT_EQ(sized_pods(run), (Sized{0, 2}));
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
    run.until(12_h + 30_s);
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 1);
    run.until(12_h + 10_min);
    EXPECT_EQ(sized_pods(run), (Sized{2, 2}));
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 2);
    run.until(23_h);  // and that was it
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 2);
    EXPECT_EQ(broken_invariants(run.spec(), run.world()), std::vector<std::string>{});
}

// VPA-20: without a mode it is Recreate, and Auto is the same.
TEST(VerticalAutoscaling, AutoIsRecreate) {
    for (const std::string& mode : {std::string(), in_mode("Auto")}) {
        eks::Run run = run_of(scenario_of(mode));
        run.until(12_h + 10_min);
        EXPECT_EQ(sized_pods(run), (Sized{2, 2})) << mode;
    }
}

// VPA-20: only pods that are new, for whatever reason.
TEST(VerticalAutoscaling, InitialSizesNewPodsAlone) {
    const Changes deletion{{"timeline", R"([{"at": "6h", "scale": "Deployment/shop/web", "replicas": 3}])"}};
    eks::Run run = run_of(scenario_of(in_mode("Initial"), deletion));
    run.until(20_h);
    EXPECT_EQ(sized_pods(run).pods, 3);
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
    int small = 0;
    for_each_pod(run.world(), web_of(run.spec()), [&](PodId, const Pod& pod) {
        small += run.spec()[pod.pod_template].requests.cpu_milli < 500 ? 1 : 0;
    });
    EXPECT_EQ(small, 1);
}

// VPA-22: the eviction API has the last word.
TEST(VerticalAutoscaling, ABudgetKeepsPods) {
    eks::Run run = run_of(scenario_of("", with(std::string(budget_of_all), "Recreate")));
    run.until(13_h);
    EXPECT_EQ(sized_pods(run), (Sized{0, 2}));
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
    EXPECT_GT(updates(run, VerticalUpdate::refused), 50);
}

// VPA-22: one replica is too few, unless the autoscaler itself says that one will do.
TEST(VerticalAutoscaling, LeavesASingleReplicaAlone) {
    const Changes one{{"patches", R"([{"target": "Deployment/shop/web", "merge": {"spec": {"replicas": 1}}}])"}};
    eks::Run run = run_of(scenario_of(in_mode("Recreate"), one));
    run.until(14_h);
    EXPECT_EQ(sized_pods(run), (Sized{0, 1}));
    eks::Run bold = run_of(scenario_of(in_mode("Recreate", R"(, "minReplicas": 1)"), one));
    bold.until(14_h);
    EXPECT_EQ(sized_pods(bold), (Sized{1, 1}));
}

// VPA-20: the pods stay, and request something else.
TEST(VerticalAutoscaling, InPlaceKeepsThePods) {
    const Scenario scenario = scenario_of(in_mode("InPlaceOrRecreate"));
    eks::Run run = run_of(scenario);
    run.until(11_h);
    std::vector<PodId> before;
    for_each_pod(run.world(), web_of(run.spec()), [&](PodId id, const Pod&) { before.push_back(id); });
    run.until(12_h + 10_min);
    EXPECT_EQ(sized_pods(run), (Sized{2, 2}));
    EXPECT_EQ(updates(run, VerticalUpdate::resized), 2);
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
    for (const PodId id : before) EXPECT_NE(run.world().pods.find(id), nullptr);
    EXPECT_EQ(broken_invariants(run.spec(), run.world()), std::vector<std::string>{});
}

// The resize subresource is there from 1.33 on; before, InPlaceOrRecreate recreates and InPlace does nothing.
TEST(VerticalAutoscaling, AnOldClusterResizesNothing) {
    for (const auto& [mode, evicted] : {std::pair("InPlaceOrRecreate", 2), std::pair("InPlace", 0)}) {
        eks::Run run = run_of(scenario_of(in_mode(mode), {{"cluster.metadata.version", "\"1.32\""}}));
        run.until(12_h + 30_min);
        EXPECT_EQ(updates(run, VerticalUpdate::resized), 0) << mode;
        EXPECT_EQ(updates(run, VerticalUpdate::evicted), evicted) << mode;
        EXPECT_EQ(sized_pods(run).as_recommended, evicted) << mode;
    }
}

// VPA-6: a container that was killed is taken to need at least a fifth and 100 MiB more than it requests; VPA-21: soon
// after its start is reason enough. VPA-13: its limit stays twice the request.
TEST(VerticalAutoscaling, GivesMoreToWhatRunsOutOfMemory) {
    const Changes small{
        {"manifests",
         R"([{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web",
                    "image": "nginx:1", "resources": {"requests": {"memory": "256Mi"}, "limits": {"memory": "512Mi"}}}]}}}},)" +
             autoscaler(in_mode("Recreate")) + "]"},
        {"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"trace": {
            "columns": ["seconds", "cpu", "memory"], "points": [[0, 0.1, 209715200], [300, 0.1, 629145600]]}}}])"}};
    eks::Run run = run_of(scenario_of("", small));
    run.until(30_min);
    const double needed = bucket_end(1e7, 356.0 * 1024 * 1024) * 1.15;
    EXPECT_GT(static_cast<double>(run.world().pod_scaling.vertical[0].target.memory_bytes), needed - 2);
    int enough = 0;
    for_each_pod(run.world(), web_of(run.spec()), [&](PodId, const Pod& pod) {
        const PodTemplate& t = run.spec()[pod.pod_template];
        EXPECT_EQ(t.limits.memory_bytes, 2 * t.requests.memory_bytes);
        enough += t.limits.memory_bytes > Bytes{600} * mebibyte && pod.stage == PodStage::ready ? 1 : 0;
    });
    EXPECT_EQ(enough, 2);
    // Once for each pod is enough: what was not requested before counts as requested now.
    const double evicted = updates(run, VerticalUpdate::evicted);
    run.until(2_h);
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), evicted);
    EXPECT_LE(evicted, 4);

    const Changes only_advice{{"manifests", std::regex_replace(small[0].second, std::regex("Recreate"), "Off")},
                              small[1]};
    eks::Run without = run_of(scenario_of("", only_advice));
    without.until(30_min);
    EXPECT_GT(static_cast<double>(without.world().pod_scaling.vertical[0].target.memory_bytes),
              needed - 2);  // it would know
    for_each_pod(without.world(), web_of(without.spec()),
                 [&](PodId, const Pod& pod) { EXPECT_NE(pod.stage, PodStage::ready); });
}

std::string process(const std::string& name, const std::string& args = "") {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "vpa-)" + name +
           R"(", "namespace": "kube-system"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"app": ")" + name +
           R"("}}, "template": {"metadata": {"labels": {"app": ")" + name +
           R"("}}, "spec": {"containers": [{"name": "vpa", "image": "registry.k8s.io/autoscaling/vpa-)" + name +
           R"(:1.8.1", "args": [)" + args + "]}]}}}}";
}

// VPA-14, VPA-21: as the flags say.
TEST(VerticalAutoscaling, ReadsTheFlagsOfItsProcesses) {
    const std::string all =
        process("recommender", R"("--recommender-interval=2m", "--target-cpu-percentile=0.5",
            "--recommendation-margin-fraction=0", "--v=4")") +
        "," + process("updater", R"("--in-recommendation-bounds-eviction-lifetime-threshold=2h", "--min-replicas=2")") +
        "," + process("admission-controller");
    const Scenario scenario = scenario_of("", with(all, "Recreate"));
    const VerticalProcesses& processes = scenario.spec->pod_scaling.vertical_processes;
    EXPECT_TRUE(processes.are_stated);
    EXPECT_EQ(processes.recommends.period, 2_min);
    EXPECT_EQ(processes.recommends.target_cpu, 0.5);
    EXPECT_EQ(processes.recommends.safety_margin, 0);
    EXPECT_EQ(processes.updates.lifetime_us, (2_h).us());
    EXPECT_EQ(find(scenario.warnings, Rule::vertical_autoscaler_incomplete), nullptr);
    eks::Run run = run_of(scenario);
    run.until(2_h + 10_min);
    EXPECT_EQ(sized_pods(run), (Sized{2, 2}));
    EXPECT_NEAR(static_cast<double>(run.world().pod_scaling.vertical[0].target.cpu_milli), bucket_end(0.01, 0.3) * 1000,
                2);
}

TEST(VerticalAutoscaling, ComplainsOfFlagsThatStopItsProcesses) {
    const std::string all = process("updater", R"("--eviction-tolerance=half", "--updater-interval=soon")");
    Changes changes = with(all, "Recreate");
    changes.insert(changes.end(), {{"behaviour", "[]"}, {"timeline", "[]"}, {"expect", "[]"}});
    const auto scenario = scenario_test::load(changes);
    ASSERT_FALSE(scenario.ok());
    EXPECT_EQ(std::ranges::count(scenario.error(), Rule::bad_vertical_autoscaler, &Complaint::rule), 2);
}

// VPA-20: without the updater nothing is evicted, without the webhook nothing comes back otherwise.
TEST(VerticalAutoscaling, DoesWhatItsProcessesAreThereFor) {
    const Scenario lone = scenario_of("", with(process("recommender"), "Recreate"));
    EXPECT_NE(find(lone.warnings, Rule::vertical_autoscaler_incomplete), nullptr);
    eks::Run run = run_of(lone);
    run.until(13_h);
    EXPECT_GT(run.world().pod_scaling.vertical[0].target.cpu_milli, 0);
    EXPECT_EQ(sized_pods(run), (Sized{0, 2}));
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
}

// VPA-13: a LimitRange binds what new pods get.
TEST(VerticalAutoscaling, KeepsToALimitRange) {
    const std::string range =
        R"({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "all", "namespace": "shop"},
        "spec": {"limits": [{"type": "Container", "min": {"memory": "900Mi", "cpu": "100m"}}]}})";
    eks::Run run = run_of(scenario_of("", with(range, "Recreate")));
    run.until(13_h);
    for_each_pod(run.world(), web_of(run.spec()), [&](PodId, const Pod& pod) {
        EXPECT_EQ(run.spec()[pod.pod_template].requests.memory_bytes, Bytes{900} * mebibyte);
    });
}

// VPA-13: the bounds are held between the limits of the namespace as the target is, so that a pod which has all that it
// may have is left alone.
TEST(VerticalAutoscaling, ALimitRangeBindsTheBoundsToo) {
    const std::string range =
        R"({"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "all", "namespace": "shop"},
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "200m"}, "default": {"cpu": "200m"},
                             "defaultRequest": {"cpu": "200m"}}]}})";
    const std::string small =
        std::regex_replace(std::string(web), std::regex("\"cpu\": \"1\", "), "\"cpu\": \"200m\", ");
    const Scenario scenario = scenario_of(
        "", {{"manifests", "[" + small + "," + autoscaler(in_mode("Recreate")) + "," + range + "]"},
             {"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "190m", "memory": "800Mi"}}])"}});
    eks::Run run = run_of(scenario);
    run.until(60_h);
    EXPECT_GT(run.world().pod_scaling.vertical[0].lower_bound.cpu_milli, 200);  // unless it is held down
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
}

// VPA-22: the least number of replicas holds for resizes, too.
TEST(VerticalAutoscaling, ResizesNoSingleReplica) {
    const Changes one{{"patches", R"([{"target": "Deployment/shop/web", "merge": {"spec": {"replicas": 1}}}])"}};
    for (const auto& [more, resized] : {std::pair("", 0), std::pair(R"(, "minReplicas": 1)", 1)}) {
        eks::Run run = run_of(scenario_of(in_mode("InPlaceOrRecreate", more), one));
        run.until(14_h);
        EXPECT_EQ(updates(run, VerticalUpdate::resized), resized) << more;
    }
}

// VPA-20: what its node can never give is evicted in mode InPlaceOrRecreate, and left alone in mode InPlace.
TEST(VerticalAutoscaling, WhatNoNodeCanGiveIsEvictedInstead) {
    const std::string small = std::regex_replace(std::string(web), std::regex("\"cpu\": \"1\""), "\"cpu\": \"100m\"");
    for (const auto& [mode, is_evicted_then] : {std::pair("InPlaceOrRecreate", true), std::pair("InPlace", false)}) {
        const Scenario scenario = scenario_of(
            "", {{"manifests", "[" + small + "," + autoscaler(in_mode(mode)) + "]"},
                 {"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "3900m", "memory": "600Mi"}}])"}});
        eks::Run run = run_of(scenario);
        run.until(2_h);
        EXPECT_GT(run.world().pod_scaling.vertical[0].target.cpu_milli, 4000);
        EXPECT_GE(updates(run, VerticalUpdate::resized), 1) << mode;
        EXPECT_EQ(updates(run, VerticalUpdate::evicted) > 0, is_evicted_then) << mode;
    }
}

// VPA-20: what its node has no room for now is put off, and done when a pod has gone from there; nobody is evicted
// within five minutes of waiting.
TEST(VerticalAutoscaling, WhatTheNodeHasNoRoomForWaitsForIt) {
    // One node of four cores; beside two pods of web a filler of 2.9 of them.
    const std::string small = std::regex_replace(std::string(web), std::regex("\"cpu\": \"1\""), "\"cpu\": \"100m\"");
    const std::string filler =
        R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "filler", "namespace": "shop"},
            "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "filler"}},
                     "template": {"metadata": {"labels": {"app": "filler"}}, "spec": {"containers": [{"name": "filler",
                        "image": "nginx:1", "resources": {"requests": {"cpu": "2900m"}}}]}}}})";
    const Scenario scenario = scenario_of(
        "", {{"manifests", "[" + small + "," + filler + "," + autoscaler(in_mode("InPlaceOrRecreate")) + "]"},
             {"cluster.managedNodeGroups[0].desiredCapacity", "1"},
             {"behaviour", R"([{"for": "Deployment/shop/web", "usage": {"cpu": "900m", "memory": "600Mi"}}])"},
             {"timeline", R"([{"at": "6m", "scale": "Deployment/shop/filler", "replicas": 0}])"}});
    eks::Run run = run_of(scenario);
    run.until(5_min + 30_s);
    ASSERT_GT(updates(run, VerticalUpdate::resized), 0);
    const std::vector<PodResizing>& resizings = run.world().pod_scaling.vertical[0].resizings;
    ASSERT_EQ(resizings.size(), 2U);  // one asked for in each loop
    for (const PodResizing& each : resizings) EXPECT_EQ(each.state, ResizeState::deferred);
    EXPECT_EQ(sized_pods(run), (Sized{0, 2}));
    run.until(12_min);
    EXPECT_EQ(updates(run, VerticalUpdate::evicted), 0);
    EXPECT_EQ(sized_pods(run), (Sized{2, 2}));
    EXPECT_EQ(broken_invariants(run.spec(), run.world()), std::vector<std::string>{});
}

// A CronJob's pods are sized as they are made; the object and all that hangs from it can go at any time.
TEST(VerticalAutoscaling, SizesPodsOfACronJobThatIsDeletedLater) {
    const std::string job =
        R"({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"schedule": "*/5 * * * *", "successfulJobsHistoryLimit": 20, "jobTemplate": {"spec": {"template": {"spec": {
            "restartPolicy": "Never", "containers": [{"name": "web", "image": "nginx:1",
            "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}]}}}}}})";
    const std::string scaler =
        std::regex_replace(std::regex_replace(autoscaler(in_mode("Initial")), std::regex("apps/v1"), "batch/v1"),
                           std::regex("Deployment"), "CronJob");
    const Scenario scenario = scenario_of(
        "", {{"manifests", "[" + job + "," + scaler + "]"},
             {"behaviour",
              R"([{"for": "CronJob/shop/web", "runTime": "4m", "usage": {"cpu": "300m", "memory": "600Mi"}}])"},
             {"timeline", R"([{"at": "3h", "delete": "CronJob/shop/web"}])"}});
    eks::Run run = run_of(scenario);
    run.until(2_h + 58_min);
    int sized = 0;
    for_each_pod(run.world(), web_of(run.spec()), [&](PodId, const Pod& pod) {
        sized += run.spec()[pod.pod_template].requests.cpu_milli < 500 ? 1 : 0;
    });
    EXPECT_GT(sized, 10);
    run.until(4_h);
    EXPECT_EQ(sized_pods(run).pods, 0);
}

// The pods of a rollout under way belong to the sets that their templates say, whatever the webhook made of them.
TEST(VerticalAutoscaling, ARolloutEndsWithSizedPods) {
    const Changes change{
        {"timeline", R"([{"at": "13h", "apply": "Deployment/shop/web", "image": {"web": "nginx:2"}}])"}};
    eks::Run run = run_of(scenario_of(in_mode("Recreate"), change));
    run.until(12_h + 30_min);
    EXPECT_EQ(sized_pods(run), (Sized{2, 2}));
    run.until(13_h + 10_min);
    EXPECT_EQ(sized_pods(run), (Sized{2, 2}));
    EXPECT_TRUE(run.world().rollouts.at(0).is_complete);
    std::int32_t in_newest = 0;
    for (const auto& [id, set] : run.world().replica_sets) {
        if (set.pod_template == run.spec()[web_of(run.spec())].pod_template) in_newest = set.pods;
    }
    EXPECT_EQ(in_newest, 2);
}

// Forks share the Spec of the moment, and part.
TEST(VerticalAutoscaling, AForkGoesOnAsTheRunItself) {
    const Scenario scenario = scenario_of(in_mode("Recreate"));
    eks::Run run = run_of(scenario);
    run.until(12_h + 2_min);
    eks::Run fork = run;
    run.until(14_h);
    fork.until(14_h);
    EXPECT_EQ(run.fingerprint(), fork.fingerprint());
    EXPECT_TRUE(run == fork);
    eks::Run whole = run_of(scenario);
    whole.until(14_h);
    EXPECT_EQ(run.fingerprint(), whole.fingerprint());
}

}  // namespace
}  // namespace eks::testing

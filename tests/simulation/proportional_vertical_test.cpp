// Cluster-proportional vertical autoscalers in a run (CPVPA-1): what a new size does to the pods of the target.
// Expected values come from the rule.
#include "models/systems/autoscaling/proportional_vertical.hpp"

#include "models/planning/experiment.hpp"
#include "models/world/invariants.hpp"
#include "models/world/verbs.hpp"
#include "tests/support/tiny_cluster.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using namespace sim::literals;

constexpr std::string_view agent =
    R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "typha", "namespace": "kube-system"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "typha"}},
                 "template": {"metadata": {"labels": {"app": "typha"}}, "spec": {"containers": [
                    {"name": "typha", "image": "calico/typha:v3", "resources": {"requests": {"cpu": "50m"}}},
                    {"name": "side", "image": "side:1", "resources": {"requests": {"cpu": "5m"}}}]}}}})";

std::string scaler(const std::string& configuration) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment",
               "metadata": {"name": "typha-vertical", "namespace": "kube-system"},
               "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "scaler"}},
                        "template": {"metadata": {"labels": {"app": "scaler"}}, "spec": {"containers": [
                          {"name": "autoscaler", "image": "registry.k8s.io/cpa/cpvpa:v0.8.4",
                           "command": ["/cpvpa", "--target=deployment/typha", "--namespace=kube-system",
                                       "--poll-period-seconds=10", "--logtostderr=true", )" +
           configuration + "]}]}}}}";
}

// 80m, and 20m for each ten nodes that there are.
constexpr std::string_view by_tens =
    R"("--default-config={\"typha\": {\"requests\": {\"cpu\": {\"base\": \"80m\", \"step\": \"20m\", \"nodesPerStep\": 10, \"max\": \"130m\"}}}}")";

std::string group_of(int nodes) {
    const std::string count = std::to_string(nodes);
    return R"([{"name": "a", "instanceType": "m5.large", "desiredCapacity": )" + count +
           R"(, "minSize": 1, "maxSize": 60, "privateNetworking": true}])";
}

Scenario scenario_of(const std::string& manifests, const Changes& more = {}) {
    Changes changes{{"manifests", "[" + manifests + "]"},
                    {"cluster.managedNodeGroups", group_of(9)},
                    {"behaviour", "[]"},
                    {"timeline", "[]"},
                    {"expect", "[]"}};
    changes.insert(changes.end(), more.begin(), more.end());
    auto scenario = scenario_test::load(changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

WorkloadIx typha_of(const Spec& spec) {
    for (std::size_t i = 0; i < spec.workloads.size(); ++i) {
        if (spec.workloads[i].name == "typha") return WorkloadIx::of(i);
    }
    return WorkloadIx::none();
}

template <class AnyRun>
std::vector<std::int64_t> requests_of_pods(const AnyRun& run) {
    std::vector<std::int64_t> milli;
    for_each_pod(run.world(), typha_of(run.spec()), [&](PodId, const Pod& pod) {
        if (!pod.terminating) milli.push_back(run.spec()[pod.pod_template].requests.cpu_milli);
    });
    return milli;
}

std::vector<PodId> pods_of_typha(const eks::Run& run) {
    std::vector<PodId> pods;
    for_each_pod(run.world(), typha_of(run.spec()), [&](PodId id, const Pod&) { pods.push_back(id); });
    return pods;
}

// CPVPA-1: each part is held below the greatest amount, and a part without a number of its own is the base.
TEST(ProportionalVertical, TheLargerOfTwoPartsCounts) {
    ProportionalAmount law{.base = 10, .step = 2, .most = 100, .cores_per_step = 4, .nodes_per_step = 2};
    EXPECT_EQ(proportional_amount(law, {.nodes = 4, .cores = 64}), 42);
    EXPECT_EQ(proportional_amount(law, {.nodes = 3, .cores = 3}), 14);
    EXPECT_EQ(proportional_amount(law, {.nodes = 3, .cores = 400}), 100);
    law.cores_per_step = law.nodes_per_step = 0;
    EXPECT_EQ(proportional_amount(law, {.nodes = 1000, .cores = 1000}), 10);
}

// A cluster that a run begins with has had time to become as its autoscalers want it.
TEST(ProportionalVertical, ASettledClusterIsSizedAlready) {
    const Scenario scenario = scenario_of(std::string(agent) + "," + scaler(std::string(by_tens)));
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(1_min);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{105, 105}));
    EXPECT_TRUE(run.world().rollouts.empty());
    EXPECT_EQ(broken_invariants(run.spec(), run.world()), std::vector<std::string>{});
}

// Nodes of NodePools count as well, of which a settled cluster has as many as its pods need, whatever their size.
TEST(ProportionalVertical, NodesOfPoolsThatStandAtTheBeginningCount) {
    const std::string by_fours =
        R"("--default-config={\"typha\": {\"requests\": {\"cpu\": {\"base\": \"80m\", \"step\": \"20m\", \"nodesPerStep\": 4}}}}")";
    const std::string pool =
        R"({"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": "default"}, "spec": {"template": {"spec": {
              "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "default"},
              "requirements": [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m5.xlarge"]},
                               {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["on-demand"]}]}}}},
           {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "default"}, "spec": {
              "amiSelectorTerms": [{"alias": "al2023@latest"}],
              "subnetSelectorTerms": [{"tags": {"karpenter.sh/discovery": "shop"}}]}},
           {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": 30, "selector": {"matchLabels": {"app": "web"}},
                     "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                        {"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "1500m"}}}]}}}})";
    const Scenario scenario = scenario_of(std::string(agent) + "," + scaler(by_fours) + "," + pool,
                                          {{"cluster.managedNodeGroups", group_of(2)}});
    TinyRun run(scenario.spec, 7);
    // At most one pod of web fits on a node of the group, and two on one of the pool.
    const std::size_t nodes = run.world().node_order.size();
    ASSERT_GE(nodes, 16U);
    const auto milli = static_cast<std::int64_t>(80 + 20 * ((nodes + 3) / 4) + 5);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{milli, milli}));
    // What it took to find this out has not happened.
    EXPECT_EQ(run.count<PodCreatedFact>(), run.world().pods.size());
    run.until(1_min, 5_s);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{milli, milli}));
    EXPECT_TRUE(run.world().rollouts.empty());
}

// CPVPA-1: any change patches the pod template, which rolls all pods. An update of the node group takes the eleven
// nodes over twenty for a while, since it adds one of each kind first (AWS-65), and nodes that are cordoned count.
TEST(ProportionalVertical, ANewSizeIsARollingRestart) {
    const Scenario scenario = scenario_of(
        std::string(agent) + "," + scaler(std::string(by_tens)),
        {{"cluster.managedNodeGroups", group_of(10)}, {"timeline", R"([{"at": "10m", "upgrade": "NodeGroup/a"}])"}});
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(10_min);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{105, 105}));
    const std::vector<PodId> before = pods_of_typha(run);
    run.until(14_min);
    ASSERT_GT(run.world().node_order.size(), 10U);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{125, 125}));
    for (const PodId id : before) EXPECT_EQ(run.world().pods.find(id), nullptr);
    ASSERT_EQ(run.world().rollouts.size(), 1U);
    EXPECT_TRUE(run.world().rollouts[0].is_complete);
    EXPECT_EQ(run.world().replica_sets.size(), 2U);
    // When the update is over there are ten nodes again, and the first ReplicaSet is gone back to.
    run.until(3_h);
    ASSERT_EQ(run.world().node_order.size(), 10U);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{105, 105}));
    EXPECT_EQ(run.world().replica_sets.size(), 2U);
    EXPECT_EQ(broken_invariants(run.spec(), run.world()), std::vector<std::string>{});
}

// Another image is another template, and what the autoscaler has written stands in it as before.
TEST(ProportionalVertical, AnotherImageKeepsTheSize) {
    const Scenario scenario = scenario_of(
        std::string(agent) + "," + scaler(std::string(by_tens)),
        {{"timeline",
          R"([{"at": "10m", "apply": "Deployment/kube-system/typha", "image": {"typha": "calico/typha:v4"}}])"}});
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(20_min);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{105, 105}));
    ASSERT_EQ(run.world().rollouts.size(), 1U);
    EXPECT_TRUE(run.world().rollouts[0].is_complete);
}

// With what the manifest says already there is nothing to write, and nothing is rolled.
TEST(ProportionalVertical, WhatIsWrittenAlreadyChangesNothing) {
    const Scenario scenario =
        scenario_of(std::string(agent) + "," +
                        scaler(R"("--default-config={\"typha\": {\"requests\": {\"cpu\": {\"base\": \"50m\"}}}}")"),
                    {{"run.opening", "\"empty\""}});
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(30_min);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{55, 55}));
    EXPECT_TRUE(run.world().rollouts.empty());
    EXPECT_TRUE(run.world().sizing.templates.empty());
}

TEST(ProportionalVertical, ReadsAConfigMapThatItMounts) {
    const std::string map = R"({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "sizes", "namespace": "kube-system"},
        "data": {"typha-sizes": "{\"typha\": {\"requests\": {\"cpu\": {\"base\": \"300m\", \"step\": \"1m\", \"coresPerStep\": 1}, \"memory\": {\"base\": \"64Mi\"}}, \"limits\": {\"cpu\": {\"base\": \"1\"}}}}"}})";
    std::string mounted = scaler(R"("--config-file=/etc/config/typha-sizes")");
    mounted.insert(mounted.rfind("}}}}"), R"(, "volumes": [{"name": "config", "configMap": {"name": "sizes"}}])");
    const Scenario scenario = scenario_of(std::string(agent) + "," + map + "," + mounted);
    ASSERT_EQ(scenario.spec->pod_scaling.proportional_vertical.size(), 1U);
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(1_min);
    const PodTemplate& t = run.spec().template_of(typha_of(run.spec()));
    EXPECT_EQ(t.containers[0].requests.cpu_milli, 300 + 9 * 2);  // cores of the capacity
    EXPECT_EQ(t.containers[0].requests.memory_bytes, 64 * mebibyte);
    EXPECT_EQ(t.containers[0].limits.cpu_milli, 1000);
    EXPECT_EQ(t.containers[1].requests.cpu_milli, 5);
}

// The list of its first versions.
TEST(ProportionalVertical, ReadsTheOldNotation) {
    const Scenario scenario = scenario_of(
        std::string(agent) + "," +
        scaler(
            R"("--default-config=[{\"name\": \"side\", \"requests\": {\"cpu\": {\"base\": \"7m\", \"step\": \"1m\", \"nodesPerStep\": 1}}}]")"));
    eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0});
    run.until(1_min);
    EXPECT_EQ(requests_of_pods(run), (std::vector<std::int64_t>{50 + 16, 50 + 16}));
}

TEST(ProportionalVertical, SaysWhatIsWrong) {
    auto load = [](const std::string& configuration) {
        return scenario_test::load({{"manifests", "[" + std::string(agent) + "," + scaler(configuration) + "]"},
                                    {"behaviour", "[]"},
                                    {"timeline", "[]"},
                                    {"expect", "[]"}});
    };
    const auto unknown = load(R"("--default-config={\"typhoon\": {\"requests\": {\"cpu\": {\"base\": \"1\"}}}}")");
    ASSERT_FALSE(unknown.ok());
    EXPECT_NE(find(unknown.error(), Rule::bad_proportional_scaler), nullptr);
    const auto nothing = load(R"("--v=2")");
    ASSERT_TRUE(nothing.ok());
    EXPECT_NE(find(nothing->warnings, Rule::unused_setting), nullptr);
    EXPECT_TRUE(nothing->spec->pod_scaling.proportional_vertical.empty());
}

}  // namespace
}  // namespace eks::testing

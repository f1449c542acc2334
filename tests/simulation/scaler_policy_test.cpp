// A policy of the caller's in the place of a HorizontalPodAutoscaler's decision: when it is asked, what it is shown,
// that its state goes with the run, and that the object's limits hold.
#include "models/planning/run.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::listed;

constexpr std::string_view objects =
    R"([{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
         "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                  "template": {"metadata": {"labels": {"app": "web"}},
                               "spec": {"containers": [{"name": "web", "image": "nginx:1.27",
                                  "resources": {"requests": {"cpu": "500m", "memory": "64Mi"}}}]}}}},
        {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
         "metadata": {"name": "web", "namespace": "shop"},
         "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                  "minReplicas": 2, "maxReplicas": 6,
                  "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                               "target": {"type": "Utilization", "averageUtilization": 50}}}]}}])";

Scenario scenario_with(PolicyFunction decide, std::string state) {
    const Changes changes{
        {"cluster.addons", R"([{"name": "metrics-server"}])"},
        {"manifests", std::string(objects)},
        {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"},
        {"timeline", "[]"},
        {"expect", "[]"},
        {"traffic", R"([{"to": "Deployment/shop/web", "rate": "50/s", "request": {"cpu": "10ms"}}])"}};
    auto scenario = scenario_test::load(changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    Scenario with = *scenario;
    with.policies = {{"shop/web", {std::make_shared<const PolicyFunction>(std::move(decide)), std::move(state)}}};
    return with;
}

std::int32_t desired(const eks::Run& run) {
    const auto& workloads = run.spec().workloads;
    const auto at = std::ranges::find(workloads, std::string("web"), &Workload::name) - workloads.begin();
    return run.world().workloads[static_cast<std::size_t>(at)].desired;
}

const ScalerPolicy& policy_of(const eks::Run& run) { return run.world().pod_scaling.horizontal[0].policy; }

// A letter more in the state at each look; one replica more at each third.
PolicyAnswer slowly_up(const PolicyView& view, std::string_view state) {
    const std::int64_t more = state.size() % 3 == 2 ? 1 : 0;
    return {view.replicas + more, std::string(state) + "x"};
}

// HPA-1: a look every 15 s and what a look takes, which no scenario of an hour moves by more than a share of it.
TEST(ScalerPolicy, IsAskedAtEveryLookAndShownWhatTheControllerReads) {
    auto views = std::make_shared<std::vector<PolicyView>>();
    auto texts = std::make_shared<std::vector<std::string>>();
    eks::Run run = start(scenario_with(
        [views, texts](const PolicyView& view, std::string_view state) {
            views->push_back(view);
            for (const PolicyMetric& metric : view.metrics) texts->push_back(std::string(metric.name) + std::string(metric.kind));
            return PolicyAnswer{view.replicas, std::string(state)};
        },
        ""));
    run.until(sim::Duration::microseconds(1'800'000'000));
    EXPECT_GE(views->size(), 100U);
    EXPECT_LE(views->size(), 121U) << "1800 s in steps of 15 s or a little more: it does not fall asleep";
    const PolicyView& last = views->back();
    EXPECT_EQ(last.replicas, 2);
    EXPECT_EQ(last.existing, 2);
    EXPECT_EQ(last.ready, 2);
    EXPECT_EQ(last.least, 2);
    EXPECT_EQ(last.most, 6);
    EXPECT_EQ(texts->back(), "cpuUtilization");
    // 50 requests a second of 10 ms are half a core over two pods that request half a core each: 50 %.
    ASSERT_EQ(last.metrics.size(), 1U);
    EXPECT_EQ(last.metrics[0].target, 50);
    EXPECT_NEAR(last.metrics[0].value.value_or(0), 50, 1);
    EXPECT_EQ(last.metrics[0].wants, 2);
}

TEST(ScalerPolicy, DecidesWithinTheObjectsLimits) {
    eks::Run run = start(scenario_with(slowly_up, ""));
    run.until(sim::Duration::microseconds(60'000'000));
    EXPECT_EQ(desired(run), 3) << "one more at the third of four looks";
    run.until(sim::Duration::microseconds(1'800'000'000));
    EXPECT_EQ(desired(run), 6) << "maxReplicas";
}

TEST(ScalerPolicy, ItsStateGoesWithTheRun) {
    const Scenario scenario = scenario_with(slowly_up, "begin ");
    eks::Run whole = start(scenario);
    eks::Run half = start(scenario);
    half.until(sim::Duration::microseconds(400'000'000));
    eks::Run fork = half;
    const std::string at_fork = policy_of(half).state;
    fork.until(sim::Duration::microseconds(1'800'000'000));
    EXPECT_EQ(policy_of(half).state, at_fork) << "a fork has its own";
    half.until(sim::Duration::microseconds(1'800'000'000));
    whole.until(sim::Duration::microseconds(1'800'000'000));
    EXPECT_EQ(fork, half);
    EXPECT_EQ(fork.fingerprint(), whole.fingerprint());
    EXPECT_TRUE(policy_of(whole).state.starts_with("begin xx"));
}

TEST(ScalerPolicy, ItsStateIsInTheFingerprint) {
    const auto keep = [](const PolicyView& view, std::string_view state) {
        return PolicyAnswer{view.replicas, std::string(state)};
    };
    eks::Run a = start(scenario_with(keep, "a"));
    eks::Run b = start(scenario_with(keep, "b"));
    a.until(sim::Duration::microseconds(600'000'000));
    b.until(sim::Duration::microseconds(600'000'000));
    EXPECT_NE(a.fingerprint(), b.fingerprint());
    EXPECT_FALSE(a == b);
}

TEST(ScalerPolicy, AnErrorOfItsOwnEndsTheRun) {
    eks::Run run = start(scenario_with(
        [](const PolicyView&, std::string_view) -> PolicyAnswer { throw PolicyFailed("ValueError: no idea"); }, ""));
    EXPECT_THROW(run.until(sim::Duration::microseconds(60'000'000)), PolicyFailed);
    EXPECT_FALSE(run.simulation().usable());
}

}  // namespace
}  // namespace eks::testing

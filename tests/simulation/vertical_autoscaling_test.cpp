// VerticalPodAutoscalers in a run: what the recommender has learnt (VPA-1 to VPA-13). Expected values come from the
// rules.
#include "models/planning/experiment.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;

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
    EXPECT_EQ(find(scenario.warnings, Rule::vertical_advice_only), nullptr);
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

// VPA-20
TEST(VerticalAutoscaling, AModeThatWouldChangePodsIsToldOf) {
    EXPECT_NE(find(scenario_of("").warnings, Rule::vertical_advice_only), nullptr);
}

}  // namespace
}  // namespace eks::testing

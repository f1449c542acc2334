// Loads and their scaling in a run against theory: pods as M/M/c by Erlang's own sums, and the answer of a
// HorizontalPodAutoscaler to a step in closed form. What a VerticalPodAutoscaler makes of a constant load stands in
// vertical_autoscaling_test.cpp.
#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "tests/support/scale_watch.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eks::testing {
namespace {

using scenario_test::listed;

// Two pods of the Deployment web.
std::string web(const std::string& resources) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web",
                    "image": "nginx:1", "resources": )" +
           resources + "}]}}}}";
}

Scenario scenario_of(const std::string& manifests, const std::string& traffic) {
    auto scenario = scenario_test::load({{"cluster.addons", R"([{"name": "metrics-server"}])"},
                                         {"cluster.managedNodeGroups[workers].desiredCapacity", "6"},
                                         {"manifests", "[" + manifests + "]"},
                                         {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"},
                                         {"timeline", "[]"},
                                         {"expect", "[]"},
                                         {"traffic", traffic}});
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

// The mean time in an M/M/c, by the sums of Erlang's C; `load` in servers' worth of work.
double time_in_mmc(double load, int servers, double service) {
    double term = 1;  // load^k / k!
    double below = 0;
    for (int k = 0; k < servers; ++k) {
        below += term;
        term *= load / (k + 1);
    }
    const double waiting = term * servers / (servers - load);
    return service + waiting / (below + waiting) * service / (servers - load);
}

// Requests take 10 ms of one of three cores; each of two pods gets half of them.
TEST(AutoscalingTheory, APodOfSeveralCoresIsAnMmc) {
    for (const int per_second : {60, 300, 480, 570}) {
        const Scenario scenario = scenario_of(web(R"({"requests": {"cpu": "100m"}, "limits": {"cpu": "3"}})"),
                                              R"([{"to": "Deployment/shop/web", "rate": ")" +
                                                  std::to_string(per_second) + R"(/s", "request": {"cpu": "10ms"}}])");
        const double expected = time_in_mmc(per_second / 2.0 * 0.01, 3, 0.01);
        bool is_seen = false;
        for (const MetricSummary& metric : run_experiment(scenario, *plan_metrics(scenario)).metrics) {
            if (metric.metric->name != "ekssim_request_seconds") continue;
            ASSERT_EQ(metric.series.size(), 1U);
            EXPECT_NEAR(*metric.series[0].mean, expected, 2e-6) << per_second;
            is_seen = true;
        }
        EXPECT_TRUE(is_seen);
    }
}

// HPA-8, HPA-9, HPA-14. Pods that are not ready yet count with nothing, so that the load of 4.95 cores asks for
// ceil(4.95 / (0.5 x 50 %)) = 20 pods at each look: the size doubles until it is there, 2, 4, 8, 16, 20.
// HPA-12: 54 % of the requests are within the tolerance, and 56 % ask for ceil(2 x 56 / 50) = 3.
TEST(AutoscalingTheory, AStepBeyondTheToleranceIsFollowedByDoubling) {
    const auto changes = [](const std::string& rate) {
        const std::string autoscaler = R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"scaleTargetRef": {"apiVersion": "apps/v1",
            "kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 40, "metrics": [{"type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}})";
        const Scenario scenario =
            scenario_of(web(R"({"requests": {"cpu": "500m"}})") + "," + autoscaler,
                        R"([{"to": "Deployment/shop/web", "rate": {"steps": {"0s": "40/s", "600s": ")" + rate +
                            R"("}}, "request": {"cpu": "10ms"}}])");
        ScaleWatch watch;
        eks::Run run(scenario.spec, plan_metrics(*scenario.spec), {7, 0}, watch);
        run.until_traced(sim::Duration::seconds(1200), watch);
        std::vector<std::int32_t> steps;
        // One at each look, without a look in between.
        auto look = watch.sync_times.begin();
        if (!watch.rescales.empty()) look = std::ranges::find(watch.sync_times, watch.rescales.front().at);
        for (const ScaleWatch::Step& step : watch.rescales) {
            steps.push_back(step.change);
            EXPECT_EQ(step.at, *look++);
        }
        return steps;
    };
    EXPECT_EQ(changes("495/s"), (std::vector<std::int32_t>{2, 4, 8, 4}));
    EXPECT_EQ(changes("54/s"), std::vector<std::int32_t>{});
    EXPECT_EQ(changes("56/s"), std::vector<std::int32_t>{1});
}

}  // namespace
}  // namespace eks::testing

// What metrics-server has of many pods at once is what it has of each.
#include "models/planning/run.hpp"
#include "models/systems/autoscaling/metrics_server.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace eks::testing {
namespace {

using scenario_test::listed;

std::string deployment(const std::string& name) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": ")" + name +
           R"(", "namespace": "shop"}, "spec": {"replicas": 4, "selector": {"matchLabels": {"app": ")" + name +
           R"("}}, "template": {"metadata": {"labels": {"app": ")" + name +
           R"("}}, "spec": {"containers": [{"name": "app", "image": "nginx:1.27",
              "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]}}}})";
}

// Pods of traffic come and go all the time, those of a trace are made anew once, and of one node nothing is heard for a
// while.
std::shared_ptr<const Scenario> restless() {
    auto scenario = scenario_test::load(
        {{"cluster.addons", R"([{"name": "metrics-server"}])"},
         {"manifests", "[" + deployment("web") + "," + deployment("batch") + R"(,
            {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
             "metadata": {"name": "web", "namespace": "shop"},
             "spec": {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                      "minReplicas": 1, "maxReplicas": 12, "behavior": {"scaleDown": {"stabilizationWindowSeconds": 0}},
                      "metrics": [{"type": "Resource", "resource": {"name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 50}}}]}}])"},
         {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"},
                           {"for": "Deployment/shop/batch", "usage": {"trace": {
                             "columns": ["seconds", "cpu", "memory"],
                             "points": [[0, 0.05, 100000000], [180, 0.25, 300000000]]}}}])"},
         {"timeline", R"([{"at": "2m", "for": "4m", "fault": "kubelet-restart", "nodeGroup": "workers", "node": 0},
                          {"at": "4m", "apply": "Deployment/shop/batch", "image": {"app": "nginx:1.28"}}])"},
         {"expect", "[]"},
         {"traffic", R"([{"to": "Deployment/shop/web", "request": {"cpu": "10ms"}, "idle": {"memory": "50Mi"},
                          "rate": {"steps": {"0s": "40/s", "2m": "90/s", "5m": "5/s", "7m": "60/s"}}}])"}});
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return std::make_shared<const Scenario>(*scenario);
}

// HPA-20 to HPA-22
TEST(PodSampler, SaysOfManyPodsWhatIsSaidOfEach) {
    const auto scenario = restless();
    constexpr std::uint64_t seed = 7;
    eks::Run run(scenario->spec, plan_metrics(*scenario->spec), {seed, 0});
    const sim::DrawSource key(sim::RunKey{seed, 0});
    int whole = 0;
    int fresh = 0;
    int without = 0;
    int silent = 0;
    std::set<Bytes> amounts_of_memory;
    for (int second = 1; second <= 600; ++second) {
        const auto since = sim::Duration::seconds(second);
        run.until(since);
        const sim::Time now = sim::Time::at(since);
        PodSampler sampler(run.spec(), run.world(), key, now);
        for (const auto& [id, pod] : run.world().pods) {
            const auto one = sample_of_pod(run.spec(), run.world(), key, id, now);
            const auto of_many = sampler.sample_of(id);
            ASSERT_EQ(of_many.has_value(), one.has_value()) << second;
            if (!one) {
                if (run.spec().usage_of(pod.workload) == nullptr) continue;
                ++without;
                silent += containers_run(pod) && run.world().nodes[pod.node].health.is_silent() ? 1 : 0;
                continue;
            }
            ASSERT_EQ(of_many->cpu_milli, one->cpu_milli) << second;
            ASSERT_EQ(of_many->memory_bytes, one->memory_bytes) << second;
            ASSERT_EQ(of_many->at_us, one->at_us) << second;
            ASSERT_EQ(of_many->window_us, one->window_us) << second;
            amounts_of_memory.insert(one->memory_bytes);
            ++(pod.started + sim::Duration::seconds(40) < now ? whole : fresh);
        }
    }
    // Of all that there is to tell apart there was some.
    EXPECT_GT(whole, 1000);
    EXPECT_GT(fresh, 100);
    EXPECT_GT(without, 50);
    EXPECT_GT(silent, 100);
    EXPECT_TRUE(amounts_of_memory.contains(50 * mebibyte));
    EXPECT_TRUE(amounts_of_memory.contains(100'000'000));
    EXPECT_TRUE(amounts_of_memory.contains(300'000'000));
}

}  // namespace
}  // namespace eks::testing

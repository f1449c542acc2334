// Whom the kernel kills for want of memory (KUBELET-64), and that nobody is overlooked who should be.
#include "tests/support/tiny_cluster.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace eks::testing {
namespace {

using scenario_test::listed;

std::string deployment(const std::string& name, int replicas, const std::string& more) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": ")" + name +
           R"(", "namespace": "shop"}, "spec": {"replicas": )" + std::to_string(replicas) +
           R"(, "selector": {"matchLabels": {"app": ")" + name +
           R"("}}, "template": {"metadata": {"labels": {"app": ")" + name + R"("}}, "spec": {)" + more +
           R"("containers": [{"name": "app", "image": "nginx:1.27", "resources": {"requests": {"cpu": "100m"}}}]}}}})";
}

std::string group(const std::string& name, int nodes) {
    const std::string count = std::to_string(nodes);
    return R"({"name": ")" + name + R"(", "instanceType": "m5.large", "privateNetworking": true, "desiredCapacity": )" +
           count + R"(, "minSize": )" + count + R"(, "maxSize": )" + count + "}";
}

// Three nodes of 8 GiB with a pod of web on each, which needs 2 GiB while it is Ready. Of one of the nodes nothing is
// heard for four minutes, too short for its pods to be evicted. Meanwhile the pod of batch, which is there too, comes
// to need 7 GiB: more than the node has, but only once the pod of web is Ready again.
std::shared_ptr<const Spec> a_node_that_was_away() {
    const auto scenario = scenario_test::load(
        {{"cluster.managedNodeGroups", "[" + group("workers", 2) + "," + group("quiet", 1) + "]"},
         {"manifests",
          "[" +
              deployment("web", 3, R"("affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
                  [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}]}},)") +
              "," + deployment("batch", 1, R"("nodeSelector": {"eks.amazonaws.com/nodegroup": "quiet"},)") + "]"},
         {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"},
                           {"for": "Deployment/shop/batch", "usage": {"trace": {
                             "columns": ["seconds", "cpu", "memory"],
                             "points": [[0, 0.05, 1000000000], [240, 0.05, 7000000000]]}}}])"},
         {"timeline", R"([{"at": "2m", "for": "4m", "fault": "kubelet-restart", "nodeGroup": "quiet"}])"},
         {"expect", "[]"},
         {"traffic", R"([{"to": "Deployment/shop/web", "rate": "1/s", "idle": {"memory": "2Gi"}}])"}});
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return scenario->spec;
}

// How many more would be killed if every pod were looked at.
std::size_t overlooked(const TinyRun& run) {
    TinyRun thorough = run;
    thorough.apply([](const Spec& spec, World& world, Turn& turn) {
        for (std::size_t i = 0; i < spec.workloads.size(); ++i)
            memory_use_changes(spec, world, turn, WorkloadIx::of(i));
    });
    return thorough.count<OutOfMemoryFact>() - run.count<OutOfMemoryFact>();
}

TEST(Memory, APodThatIsReadyAgainAfterItsNodeWasAwayIsLookedAt) {
    TinyRun run(a_node_that_was_away(), 7);
    for (int second = 1; second <= 480; ++second) {
        run.until(sim::Duration::seconds(second));
        ASSERT_EQ(overlooked(run), 0U) << second;
    }
    const auto killed = run.all<OutOfMemoryFact>();
    ASSERT_FALSE(killed.empty());
    EXPECT_GE(killed.front().at, at(6_min));
    EXPECT_LE(killed.front().at, at(6_min) + 15_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
}

}  // namespace
}  // namespace eks::testing

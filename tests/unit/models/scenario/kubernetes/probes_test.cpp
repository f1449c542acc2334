// Probes and hooks of containers as manifests have them, what a scenario says of how they fail, and what faults of
// nodes it may name.
#include "models/scenario/kubernetes/probes.hpp"

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks {
namespace {

using namespace sim::literals;
using scenario_test::load;

constexpr const char* container_path = "manifests[web].spec.template.spec.containers[web].";

PodTemplate web_with(std::string_view field, std::string_view value) {
    const auto scenario = load({{container_path + std::string(field), std::string(value)}});
    EXPECT_TRUE(scenario.ok()) << (scenario ? "" : scenario_test::listed(scenario.error()));
    return scenario->spec->templates[scenario_test::workload(*scenario, "web")->pod_template.value];
}

// KUBELET-39: period 10 s, timeout 1 s, three failures, no delay; 0 is "not set" to the API server.
TEST(Probes, HaveTheDefaultsOfTheApiServer) {
    const Probe plain{true, 0_s, 10_s, 1_s, 3};
    EXPECT_EQ(web_with("livenessProbe", R"({"httpGet": {"port": 80}})").containers[0].liveness, plain);
    EXPECT_EQ(web_with("startupProbe", R"({"periodSeconds": 0, "failureThreshold": 0})").containers[0].startup, plain);
    const Probe stated{true, 5_s, 7_s, 2_s, 30};
    EXPECT_EQ(web_with("startupProbe", R"({"initialDelaySeconds": 5, "periodSeconds": 7, "timeoutSeconds": 2,
                                           "failureThreshold": 30})")
                  .containers[0]
                  .startup,
              stated);
    EXPECT_FALSE(web_with("livenessProbe", "{}").containers[0].startup.is_set);
}

// KUBELET-50
TEST(Probes, AHookThatSleepsIsKnownToTakeThatLong) {
    const auto hook = [](std::string_view value) { return web_with("lifecycle", value).containers[0].pre_stop; };
    EXPECT_EQ(hook(R"({"preStop": {"sleep": {"seconds": 12}}})"), 12_s);
    EXPECT_EQ(hook(R"({"preStop": {"exec": {"command": ["sleep", "15"]}}})"), 15_s);
    EXPECT_EQ(hook(R"({"preStop": {"exec": {"command": ["/bin/sh", "-c", "nginx -s quit; sleep 20"]}}})"), 20_s);
    EXPECT_EQ(hook(R"({"preStop": {"exec": {"command": ["/bin/drain"]}}})"), 0_s);
    EXPECT_EQ(hook(R"({"preStop": {"httpGet": {"port": 80}}})"), 0_s);
}

TEST(ContainerFailures, AreReadFromTheBehaviour) {
    const auto scenario =
        load({{container_path + std::string("livenessProbe"), R"({"httpGet": {"port": 80}})"},
              {"behaviour", R"([{"for": "Deployment/shop/web", "livenessFailure": {"after": "1h", "share": "10%"},
                                 "exit": {"after": "2h", "code": 0}}])"}});
    ASSERT_TRUE(scenario.ok()) << scenario_test::listed(scenario.error());
    const PodTemplate& pod = scenario->spec->templates[scenario_test::workload(*scenario, "web")->pod_template.value];
    EXPECT_EQ(pod.liveness_failure.share_ppm, 100'000);
    EXPECT_EQ(pod.liveness_failure.after.mean(), 1_h);
    EXPECT_EQ(pod.exit.share_ppm, 1'000'000);
    EXPECT_EQ(pod.exit.after.mean(), 2_h);
    EXPECT_EQ(pod.exit_code, 0);
}

// A kubelet that is restarted comes back by itself, and how long that takes is a guess that shows.
TEST(NodeFaults, TheirAssumptionsShow) {
    const auto scenario = load({{"timeline", R"([{"at": "1h", "fault": "kubelet-restart", "share": "50%"},
                                                 {"at": "2m", "fault": "node-down", "count": 2}])"}});
    ASSERT_TRUE(scenario.ok()) << scenario_test::listed(scenario.error());
    ASSERT_EQ(scenario->spec->timeline.size(), 3U);
    EXPECT_EQ(scenario->spec->timeline[0].fault.count, 2);
    EXPECT_EQ(scenario->spec->timeline[1].fault.share_ppm, 500'000);
    EXPECT_EQ(scenario->spec->timeline[2].kind, TimelineKind::fault_ends);
    EXPECT_EQ(scenario->spec->timeline[2].at, 1_h + scenario->spec->latencies.kubelet_restart);
    EXPECT_NE(scenario_test::assumed(*scenario, "how long a kubelet that is restarted is away"), nullptr);
    EXPECT_NE(scenario_test::assumed(*scenario, "from the silence of a machine to the termination of its instance"),
              nullptr);
}

}  // namespace
}  // namespace eks

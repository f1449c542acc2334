// cluster.orchestrator and what belongs to it: manifests and node groups under Nomad (NOM-7).
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace nomad_loading {

using scenario_test::assumed;
using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

auto nomad(Changes more = {}) {
    more.insert(more.begin(), {"cluster.orchestrator", "\"nomad\""});
    return load(more);
}

TEST(NomadScenario, ClientsHaveAllOfTheirMachinesForAllocations) {
    const auto scenario = nomad();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    EXPECT_TRUE(spec.nomad.runs);
    const NodeShape& shape = spec.shapes[0];
    EXPECT_EQ(shape.allocatable.cpu_milli, 4000);
    EXPECT_EQ(shape.allocatable.memory_bytes, 15155 * mebibyte);  // no 11 MiB a pod, no kube-reserved
    EXPECT_GT(shape.max_pods, 100'000);
    EXPECT_NE(assumed(*scenario, "cluster.nomad.mhzPerVcpu"), nullptr);
    EXPECT_NE(assumed(*scenario, "cluster.nomad.reserved"), nullptr);
}

TEST(NomadScenario, WhatIsReservedIsTakenOff) {
    const auto scenario = nomad({{"cluster.nomad", R"({"reserved": {"cpu": "500m", "memory": "1Gi"}, "mhzPerVcpu": 3100,
                                                       "schedulerAlgorithm": "spread"})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->shapes[0].allocatable.cpu_milli, 3500);
    EXPECT_EQ(scenario->spec->shapes[0].allocatable.memory_bytes, (15155 - 1024) * mebibyte);
    EXPECT_EQ(scenario->spec->nomad.mhz_per_vcpu, 3100);
    EXPECT_TRUE(scenario->spec->nomad.spreads);
    EXPECT_EQ(assumed(*scenario, "cluster.nomad.mhzPerVcpu"), nullptr);
}

TEST(NomadScenario, NothingOfEksIsInstalledAndNobodyNeedsAnAddress) {
    const auto scenario = nomad();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    for (const std::string_view name : {"aws-node", "kube-proxy", "coredns"})
        EXPECT_EQ(scenario_test::workload(*scenario, name), nullptr);
    for (const PodTemplate& pod : scenario->spec->templates) EXPECT_TRUE(pod.host_network);
    for (const NodeShape& shape : scenario->spec->shapes) EXPECT_EQ(shape.max_enis * shape.ipv4_per_eni, 1);
}

// Frankfurt: 0.115 USD for an m5.large.
TEST(NomadScenario, ItsServersStandInForTheControlPlane) {
    const auto scenario = nomad();
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->control_plane_per_hour_micro_usd, 345'000);
    EXPECT_NE(assumed(*scenario, "assume.controlPlanePricePerHour"), nullptr);
    const auto stated = nomad({{"assume", R"({"controlPlanePricePerHour": 0.2})"}});
    ASSERT_TRUE(stated.ok()) << listed(stated.error());
    EXPECT_EQ(stated->spec->control_plane_per_hour_micro_usd, 200'000);
}

TEST(NomadScenario, APolicyKeepsWithinItsGroupNom6) {
    const auto scenario = nomad({{"cluster.nomadAutoscaler", R"([{"nodeGroup": "workers", "min": 0, "max": 40,
        "checks": [{"metric": "cpu-allocated", "target": "70%"}, {"metric": "memory-allocated", "target": "80%"}],
        "cooldown": "2m", "maxScaleUp": 4, "drainDeadline": "1m"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->nomad.policies.size(), 1U);
    const NomadPolicy& policy = scenario->spec->nomad.policies[0];
    EXPECT_EQ(policy.minimum, 1);
    EXPECT_EQ(policy.maximum, 30);
    ASSERT_EQ(policy.checks.size(), 2U);
    EXPECT_EQ(policy.checks[0], (NomadCheck{NomadMetric::cpu_allocated, 700'000}));
    EXPECT_EQ(policy.checks[1], (NomadCheck{NomadMetric::memory_allocated, 800'000}));
    EXPECT_EQ(policy.evaluation_interval, sim::Duration::seconds(10));
    EXPECT_EQ(policy.cooldown, sim::Duration::minutes(2));
    EXPECT_EQ(policy.cooldown_on_scale_up, sim::Duration::minutes(2));
    EXPECT_EQ(policy.drain_deadline, sim::Duration::minutes(1));
    EXPECT_EQ(policy.max_scale_up, 4);
    EXPECT_EQ(policy.max_scale_down, 0);
}

TEST(NomadScenario, MistakesAreTold) {
    const std::string group = R"([{"nodeGroup": "worker", "checks": [{"metric": "cpu-allocated", "target": "70%"}]}])";
    const auto unknown = nomad({{"cluster.nomadAutoscaler", group}});
    ASSERT_FALSE(unknown.ok());
    EXPECT_NE(find(unknown.error(), Rule::unknown_node_group), nullptr) << listed(unknown.error());
    const std::string nothing = R"([{"nodeGroup": "workers", "checks": [{"metric": "cpu-allocated", "target": 0}]}])";
    const auto zero = nomad({{"cluster.nomadAutoscaler", nothing}});
    ASSERT_FALSE(zero.ok());
    EXPECT_NE(find(zero.error(), Rule::out_of_range), nullptr) << listed(zero.error());
    const std::string bounds =
        R"([{"nodeGroup": "workers", "min": 9, "max": 8, "checks": [{"metric": "cpu-allocated", "target": "7%"}]}])";
    const auto crossed = nomad({{"cluster.nomadAutoscaler", bounds}});
    ASSERT_FALSE(crossed.ok());
    EXPECT_NE(find(crossed.error(), Rule::size_order), nullptr) << listed(crossed.error());
    const auto slip = nomad({{"cluster.nomad", R"({"mhzPerVCPU": 3000})"}});
    ASSERT_FALSE(slip.ok());
    EXPECT_NE(find(slip.error(), Rule::unknown_field), nullptr) << listed(slip.error());
    const auto old = nomad({{"cluster.metadata.version", "\"1.10\""}});
    ASSERT_FALSE(old.ok());
    EXPECT_NE(find(old.error(), Rule::not_supported), nullptr) << listed(old.error());
}

TEST(NomadScenario, WithoutItItsSettingsDoNothing) {
    const auto scenario = load({{"cluster.nomad", R"({"mhzPerVcpu": 3000})"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_NE(find(scenario->warnings, Rule::unused_setting), nullptr);
    EXPECT_FALSE(scenario->spec->nomad.runs);
}

}  // namespace nomad_loading
}  // namespace eks

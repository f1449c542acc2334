// What a scenario says of registries, of a kubelet's pulls, and of what pods write.
#include "models/scenario/registries.hpp"

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace registries {

using scenario_test::Changes;
using scenario_test::find;
using scenario_test::listed;
using scenario_test::load;

constexpr const char* kubelet = "cluster.managedNodeGroups[workers].kubeletExtraConfig";

const Registry* registry_named(const Spec& spec, std::string_view host) {
    const auto at = std::ranges::find(spec.registries, host, &Registry::host);
    return at == spec.registries.end() ? nullptr : &*at;
}

TEST(Registries, TheHostIsThatOfTheContainerRuntime) {
    EXPECT_EQ(registry_host_of("nginx:1.27"), "docker.io");
    EXPECT_EQ(registry_host_of("bitnami/redis:7"), "docker.io");
    EXPECT_EQ(registry_host_of("index.docker.io/library/nginx:1"), "docker.io");
    EXPECT_EQ(registry_host_of("quay.io/cilium/cilium:v1.18"), "quay.io");
    EXPECT_EQ(registry_host_of("localhost:5000/app:1"), "localhost:5000");
    EXPECT_EQ(registry_host_of("localhost/app:1"), "localhost");
}

TEST(Registries, TheFirstEntryThatMatchesCounts) {
    const auto scenario = load({{"registries", R"([
        {"host": "docker.*", "latency": "2s", "bandwidth": "50M/s", "pullBandwidth": "5Mi/s", "pullLimit": "none"},
        {"host": "docker.io", "latency": "9s"}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Registry* hub = registry_named(*scenario->spec, "docker.io");
    ASSERT_NE(hub, nullptr);
    EXPECT_EQ(hub->latency, sim::Duration::seconds(2));
    EXPECT_EQ(hub->bytes_per_second, 50'000'000);
    EXPECT_EQ(hub->pull_bytes_per_second, 5 * mebibyte);
    EXPECT_EQ(hub->pulls, 0);
}

TEST(Registries, DockerHubHasItsLimitUnlessTheScenarioSaysOtherwise) {  // AWS-104
    const auto scenario = load();
    ASSERT_TRUE(scenario.ok());
    const Registry* hub = registry_named(*scenario->spec, "docker.io");
    ASSERT_NE(hub, nullptr);
    EXPECT_EQ(hub->pulls, 100);
    EXPECT_EQ(hub->per, sim::Duration::seconds(6 * 3600));
    EXPECT_TRUE(std::ranges::any_of(scenario->assumptions,
                                    [](const Assumption& a) { return a.what == "registries[docker.io].pullLimit"; }));
    // The add-ons of EKS come from its own registry.
    EXPECT_NE(registry_named(*scenario->spec, "602401143452.dkr.ecr.amazonaws.com"), nullptr);
}

TEST(Registries, WhatIsWrongIsSaid) {
    const auto rule_of = [](const char* registries) {
        const auto scenario = load({{"registries", registries}});
        if (!scenario.ok()) return scenario.error()[0].rule;
        return scenario->warnings.empty() ? Rule::none : scenario->warnings[0].rule;
    };
    EXPECT_EQ(rule_of(R"([{"host": "docker.io/library"}])"), Rule::bad_name);
    EXPECT_EQ(rule_of(R"([{"host": "docker.io", "bandwidth": "5Mi"}])"), Rule::missing_unit);
    EXPECT_EQ(rule_of(R"([{"host": "docker.io", "bandwidth": "5Mb/s"}])"), Rule::bad_quantity);
    EXPECT_EQ(rule_of(R"([{"host": "docker.io", "bandwidth": "0/s"}])"), Rule::out_of_range);
    EXPECT_EQ(rule_of(R"([{"host": "docker.io", "pullLimit": {"pulls": 10, "per": "0s"}}])"), Rule::out_of_range);
    EXPECT_EQ(rule_of(R"([{"bandwith": "5Mi/s", "host": "docker.io"}])"), Rule::unknown_field);
    EXPECT_EQ(rule_of(R"([{"host": "quay.io"}])"), Rule::unused_registry);
    EXPECT_EQ(rule_of(R"([{"host": "docker.io", "latency": "1s"}])"), Rule::none);
}

TEST(Registries, AFaultNamesThemByHost) {
    const auto scenario = load(
        {{"timeline",
          R"([{"at": "10m", "for": "5m", "fault": "image-registry-slow", "registry": "docker.*", "factor": 10}])"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const Spec& spec = *scenario->spec;
    const Fault& fault = spec.timeline[0].fault;
    EXPECT_EQ(fault.slowdown_milli, 10'000);
    for (std::uint32_t i = 0; i < spec.registries.size(); ++i)
        EXPECT_EQ(fault.concerns_registry(i), spec.registries[i].host == "docker.io");
    const auto rule_of = [](const char* fault_entry) {
        const auto refused = load({{"timeline", fault_entry}});
        return refused.ok() ? Rule::none : refused.error()[0].rule;
    };
    EXPECT_EQ(rule_of(R"([{"at": "1m", "fault": "image-registry-slow", "registry": "quay.io", "unreachable": true}])"),
              Rule::matches_nothing);
    EXPECT_EQ(rule_of(R"([{"at": "1m", "fault": "image-registry-slow", "registry": "docker.io"}])"),
              Rule::missing_field);
    EXPECT_EQ(rule_of(R"([{"at": "1m", "fault": "cni-daemon-down", "unreachable": true}])"),
              Rule::contradictory_fields);
}

TEST(KubeletConfig, PullsAreAsTheAmiHasThemUnlessTheGroupSaysOtherwise) {  // KUBELET-34, KUBELET-35
    const auto as_is = load();
    ASSERT_TRUE(as_is.ok());
    EXPECT_EQ(as_is->spec->shapes[0].kubelet, KubeletSettings{});
    const auto said = load({{kubelet, R"({"maxParallelImagePulls": 3, "registryPullQPS": 20, "registryBurst": 40,
        "containerLogMaxSize": "50Mi", "containerLogMaxFiles": 3, "imageGCHighThresholdPercent": 70,
        "imageGCLowThresholdPercent": 60, "evictionPressureTransitionPeriod": "30s",
        "evictionHard": {"memory.available": "5%", "imagefs.available": "15%"}})"}});
    ASSERT_TRUE(said.ok()) << listed(said.error());
    const KubeletSettings& settings = said->spec->shapes[0].kubelet;
    EXPECT_EQ(settings.parallel_pulls, 3);
    EXPECT_EQ(settings.pull_qps, 20);
    EXPECT_EQ(settings.pull_burst, 40);
    EXPECT_EQ(settings.log_bytes_max, 50 * mebibyte);
    EXPECT_EQ(settings.log_files_max, 3);
    EXPECT_EQ(settings.image_gc_high_percent, 70);
    EXPECT_EQ(settings.image_gc_low_percent, 60);
    EXPECT_EQ(settings.pressure_transition, sim::Duration::seconds(30));
    // KUBELET-60: what the set does not name is no threshold.
    EXPECT_EQ(settings.memory_available, (EvictionThreshold{0, 50'000}));
    EXPECT_EQ(settings.nodefs_available, EvictionThreshold{});
    EXPECT_EQ(settings.imagefs_available, (EvictionThreshold{0, 150'000}));
}

TEST(KubeletConfig, In2018PullsAreSerialAndLogsAreNotRotated) {  // X-5, KUBELET-34, KUBELET-54
    const auto scenario = load({{"cluster.metadata.version", R"("1.10")"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const KubeletSettings& settings = scenario->spec->shapes[0].kubelet;
    EXPECT_EQ(settings.parallel_pulls, 1);
    EXPECT_EQ(settings.log_files_max, 0);
    EXPECT_EQ(settings.imagefs_available, (EvictionThreshold{0, 150'000}));
}

TEST(KubeletConfig, WhatAKubeletWouldNotStartWithIsRefused) {
    const auto rule_of = [](const char* config) {
        const auto scenario = load({{kubelet, config}});
        return scenario.ok() ? Rule::none : scenario.error()[0].rule;
    };
    EXPECT_EQ(rule_of(R"({"imageGCLowThresholdPercent": 90})"), Rule::bad_image_gc);
    EXPECT_EQ(rule_of(R"({"serializeImagePulls": true, "maxParallelImagePulls": 2})"), Rule::contradictory_fields);
    EXPECT_EQ(rule_of(R"({"serializeImagePulls": true, "maxParallelImagePulls": 1})"), Rule::none);
    EXPECT_EQ(rule_of(R"({"containerLogMaxFiles": 1})"), Rule::out_of_range);
}

}  // namespace registries
}  // namespace eks

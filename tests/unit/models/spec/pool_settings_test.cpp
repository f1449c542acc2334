#include "models/spec/pool_settings.hpp"

#include "tests/unit/models/spec/cron_cases.hpp"

#include <gtest/gtest.h>

namespace {

TEST(PoolSettings, AnswersAsTheRealDaemonDoes) {  // IPAM-1, IPAM-5, IPAM-135
    const auto rows = cron_cases::rows("pool_settings.tsv");
    ASSERT_GE(rows.size(), 20U);
    for (const auto& row : rows) {
        eks::Environment environment;
        for (const std::string& variable : cron_cases::split(row.at(1), '|')) {
            if (const std::size_t equals = variable.find('='); equals != std::string::npos) {
                environment.insert_or_assign(variable.substr(0, equals), variable.substr(equals + 1));
            }
        }
        const eks::PoolLimits limits{std::stoll(row.at(2)), std::stoll(row.at(3)), row.at(4) == "nitro",
                                     row.at(5) == "true"};
        const eks::PoolSettings expected{std::stoll(row.at(6)),  std::stoll(row.at(7)),  std::stoll(row.at(8)),
                                         std::stoll(row.at(9)),  row.at(10) == "true",   std::stoll(row.at(11)),
                                         std::stoll(row.at(12)), std::stoll(row.at(13)), std::stoll(row.at(14))};
        EXPECT_EQ(eks::pool_settings(environment, limits), expected) << row.at(0);
    }
}

TEST(PoolSettings, WhatCannotBeReadFallsBackToTheDefault) {  // IPAM-1
    const eks::CniSettings settings =
        eks::cni_settings({{"WARM_ENI_TARGET", " 2"}, {"WARM_IP_TARGET", "-3"}, {"MINIMUM_IP_TARGET", "1e3"}});
    EXPECT_EQ(settings, eks::CniSettings{});
}

TEST(PoolSettings, EveryVariableThatCountsIsRead) {  // IPAM-1
    using eks::CniSettings;
    struct Case {
        const char* name;
        const char* value;
        bool CniSettings::* field;
        bool expected;
    };
    const Case cases[] = {
        {"ENABLE_PREFIX_DELEGATION", "true", &CniSettings::prefix_delegation, true},
        {"ENABLE_SUBNET_DISCOVERY", "false", &CniSettings::subnet_discovery, false},
        {"ENABLE_SUBNET_DISCOVERY", "no", &CniSettings::subnet_discovery, true},  // unreadable: the default
        {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "1", &CniSettings::custom_networking, true},
        {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "yes", &CniSettings::custom_networking, false},
        {"ENABLE_POD_ENI", "TRUE", &CniSettings::pod_enis, true},
        {"ENABLE_MULTI_NIC", "t", &CniSettings::multi_nic, true},
        {"AWS_MANAGE_ENIS_NON_SCHEDULABLE", "True", &CniSettings::manages_enis_while_cordoned, true},
        {"DISABLE_NETWORK_RESOURCE_PROVISIONING", "true", &CniSettings::provisions_nothing, true},
        {"ENABLE_IMDS_ONLY_MODE", "true", &CniSettings::provisions_nothing, true},
        {"ENABLE_IMDS_ONLY_MODE", "true", &CniSettings::sweeps_leaked_enis, false},  // IPAM-130
        {"DISABLE_LEAKED_ENI_CLEANUP", "true", &CniSettings::sweeps_leaked_enis, false},
        {"AWS_VPC_K8S_CNI_EXTERNALSNAT", "true", &CniSettings::external_snat, true},
    };
    for (const Case& c : cases) {
        EXPECT_EQ(eks::cni_settings({{c.name, c.value}}).*c.field, c.expected) << c.name << '=' << c.value;
    }
    EXPECT_EQ(eks::cni_settings({{"WARM_PREFIX_TARGET", "2"}}).warm_prefix_target, 2);
    EXPECT_EQ(eks::cni_settings({}).warm_prefix_target, 0);
    EXPECT_EQ(eks::cni_settings({{"MAX_ENI", "3"}}).max_eni, 3);
    EXPECT_EQ(eks::cni_settings({{"MAX_ENI", "0"}}).max_eni, -1);
}

TEST(PoolSettings, ANodeFindsItsEniConfigByLabelOrAnnotation) {  // IPAM-145
    const eks::Environment by_zone{{"ENI_CONFIG_LABEL_DEF", "topology.kubernetes.io/zone"}};
    EXPECT_EQ(eks::eni_config_of(by_zone, {{"topology.kubernetes.io/zone", "eu-central-1a"}}, {}), "eu-central-1a");
    EXPECT_EQ(eks::eni_config_of({}, {{"topology.kubernetes.io/zone", "eu-central-1a"}}, {}), "default");
    EXPECT_EQ(eks::eni_config_of({}, {{"k8s.amazonaws.com/eniConfig", "blue"}}, {}), "blue");
    EXPECT_EQ(
        eks::eni_config_of({}, {{"k8s.amazonaws.com/eniConfig", "blue"}}, {{"k8s.amazonaws.com/eniConfig", "red"}}),
        "red");
    EXPECT_EQ(eks::eni_config_of({}, {{"vpc.amazonaws.com/externalEniConfig", "green"}},
                                 {{"k8s.amazonaws.com/eniConfig", "red"}}),
              "green");
    EXPECT_EQ(eks::eni_config_of({{"ENI_CONFIG_ANNOTATION_DEF", "a/b"}}, {}, {{"a/b", "own"}}), "own");
}

TEST(PoolSettings, ZeroWarmInterfacesAndZeroCooldownAreMeant) {  // IPAM-1: "0 allowed"
    const eks::CniSettings settings = eks::cni_settings({{"WARM_ENI_TARGET", "0"}, {"IP_COOLDOWN_PERIOD", "0"}});
    EXPECT_EQ(settings.warm_eni_target, 0);
    EXPECT_EQ(settings.cooldown.us(), 0);
}

TEST(PoolSettings, NumbersBeyondAllBoundsAreCapped) {
    EXPECT_EQ(eks::cni_settings({{"WARM_IP_TARGET", "9000000000000000000"}}).warm_ip_target, 2'147'483'647);
    EXPECT_EQ(eks::cni_settings({{"WARM_IP_TARGET", "9300000000000000000"}}).warm_ip_target,
              0);  // no 64-bit number: unreadable
}

TEST(PoolSettings, TheDaemonRefusesABadCooldown) {  // IPAM-1
    EXPECT_TRUE(eks::is_valid_cooldown("10"));
    EXPECT_FALSE(eks::is_valid_cooldown("-1"));
    EXPECT_FALSE(eks::is_valid_cooldown("10s"));
    EXPECT_FALSE(eks::is_valid_cooldown(""));
}

}  // namespace

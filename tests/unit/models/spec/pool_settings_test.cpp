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

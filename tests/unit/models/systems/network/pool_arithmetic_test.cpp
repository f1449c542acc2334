// The pool arithmetic against the rules by hand, and against answers of the real daemon (amazon-vpc-cni-k8s v1.23.2) in
// the cases that secondary-address mode on one card can meet.
#include "models/systems/network/pool_arithmetic.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <limits>
#include <string>

namespace eks {
namespace {

CniSettings warm_enis(std::int32_t target) {
    CniSettings cni;
    cni.warm_eni_target = target;
    return cni;
}

CniSettings warm_ips(std::int32_t warm, std::int32_t minimum) {
    CniSettings cni;
    cni.warm_ip_target = warm;
    cni.minimum_ip_target = minimum;
    return cni;
}

// An m5.large: three ENIs with nine pod addresses each.
PoolState m5_large(std::int32_t total, std::int32_t assigned, std::int32_t enis = 1) {
    return {.total = total, .assigned = assigned, .max_pods = 110, .enis = enis, .max_enis = 3, .addresses_per_eni = 9};
}

TEST(PoolArithmetic, ShortAndOverFollowBothTargets) {
    // IPAM-41 with W = 2, M = 0: short = max(2 - V, 0), over = max(V - 2, 0).
    EXPECT_EQ(addresses_short(warm_ips(2, 0), m5_large(9, 8)), 1);
    EXPECT_EQ(addresses_over(warm_ips(2, 0), m5_large(9, 8)), 0);
    EXPECT_EQ(addresses_over(warm_ips(2, 0), m5_large(9, 3)), 4);
    // W = 2, M = 8: never below 8 in total.
    EXPECT_EQ(addresses_over(warm_ips(2, 8), m5_large(9, 3)), 1);
    EXPECT_EQ(addresses_short(warm_ips(2, 8), m5_large(4, 0)), 4);
}

TEST(PoolArithmetic, AMinimumAloneStopsGrowthAtTheMinimum) {
    // IPAM-42, IPAM-511: MINIMUM_IP_TARGET 5 and nothing else. With five addresses, all assigned, nothing is short.
    EXPECT_EQ(addresses_short(warm_ips(0, 5), m5_large(5, 5)), 0);
    EXPECT_FALSE(is_too_low(warm_ips(0, 5), m5_large(5, 5)));
}

TEST(PoolArithmetic, CoolingAddressesCountAsAvailable) {
    // IPAM-501: target 2, total 18, assigned 16; the two left may both cool, and short is 0 all the same.
    EXPECT_EQ(addresses_short(warm_ips(2, 0), m5_large(18, 16)), 0);
    // IPAM-500: targets 2 and 23, 19 assigned of 23.
    EXPECT_EQ(addresses_short(warm_ips(2, 23), m5_large(23, 19)), 0);
}

TEST(PoolArithmetic, ByDefaultOneAddressInUseAsksForAWholeEni) {
    // IPAM-45 rule 3, IPAM-46.
    EXPECT_FALSE(is_too_low(warm_enis(1), m5_large(9, 0)));
    EXPECT_TRUE(is_too_low(warm_enis(1), m5_large(9, 1)));
    EXPECT_FALSE(is_too_low(warm_enis(1), m5_large(18, 9)));
    EXPECT_EQ(addresses_for_new_eni(warm_enis(1), m5_large(9, 1)), 9);
}

TEST(PoolArithmetic, MaxPodsEndsGrowth) {
    // IPAM-45 rule 1, IPAM-514.
    PoolState pool = m5_large(20, 20);
    pool.max_pods = 20;
    EXPECT_FALSE(is_too_low(warm_enis(1), pool));
    EXPECT_FALSE(is_too_low(warm_ips(5, 0), pool));
    pool.max_pods = 21;
    EXPECT_TRUE(is_too_low(warm_enis(1), pool));
}

TEST(PoolArithmetic, WithATargetOfNoEniOnlyAnEmptyPoolIsTooLow) {
    EXPECT_FALSE(is_too_low(warm_enis(0), m5_large(9, 8)));
    EXPECT_TRUE(is_too_low(warm_enis(0), m5_large(9, 9)));
    EXPECT_TRUE(is_too_low(warm_enis(0), m5_large(0, 0)));
}

TEST(PoolArithmetic, WholeEnisAreNeverTrimmedByAddresses) {
    // IPAM-47, IPAM-516: one ENI with a pod on it and WARM_ENI_TARGET 1.
    EXPECT_FALSE(is_too_high(warm_enis(1), m5_large(27, 1)));
    EXPECT_TRUE(is_too_high(warm_ips(2, 0), m5_large(27, 1)));
}

TEST(PoolArithmetic, AnEniIsExtraFromOneMoreThanTheTarget) {
    // IPAM-48
    EXPECT_FALSE(has_extra_eni(warm_enis(1), m5_large(27, 10)));
    EXPECT_TRUE(has_extra_eni(warm_enis(1), m5_large(27, 9)));
    EXPECT_TRUE(has_extra_eni(warm_enis(0), m5_large(18, 9)));
    EXPECT_TRUE(has_extra_eni(warm_ips(5, 0), m5_large(9, 9)));
}

TEST(PoolArithmetic, ANewEniComesWithWhatIsShort) {
    // IPAM-50, IPAM-517: never more than it can hold.
    EXPECT_EQ(addresses_for_new_eni(warm_ips(12, 0), m5_large(9, 9)), 9);
    EXPECT_EQ(addresses_for_new_eni(warm_ips(3, 0), m5_large(9, 9)), 3);
    EXPECT_EQ(addresses_for_new_eni(warm_ips(0, 5), m5_large(9, 9)), 0);
}

TEST(PoolArithmetic, MaxEniOnlyLowersTheLimit) {
    // IPAM-1, IPAM-5
    CniSettings cni;
    EXPECT_EQ(effective_max_enis(cni, 3), 3);
    cni.max_eni = 2;
    EXPECT_EQ(effective_max_enis(cni, 3), 2);
    cni.max_eni = 0;
    EXPECT_EQ(effective_max_enis(cni, 3), 3);
    cni.max_eni = 7;
    EXPECT_EQ(effective_max_enis(cni, 3), 3);
}

TEST(PoolArithmetic, OthersMustKeepBothTargets) {
    // IPAM-95, tests 5 and 6
    EXPECT_TRUE(others_keep_enough(warm_enis(1), 0, 0));
    EXPECT_TRUE(others_keep_enough(warm_ips(2, 0), 2, 9));
    EXPECT_FALSE(others_keep_enough(warm_ips(2, 0), 1, 9));
    EXPECT_FALSE(others_keep_enough(warm_ips(2, 10), 2, 9));
    EXPECT_TRUE(others_keep_enough(warm_ips(2, 10), 2, 10));
}

TEST(PoolArithmetic, TargetsOfAnySizeDoNotOverflow) {
    constexpr std::int32_t huge = std::numeric_limits<std::int32_t>::max();
    EXPECT_TRUE(is_too_low(warm_enis(huge), m5_large(27, 0)));
    EXPECT_FALSE(has_extra_eni(warm_enis(huge), m5_large(27, 0)));
    EXPECT_EQ(addresses_for_new_eni(warm_ips(huge, huge), m5_large(0, 0)), 9);
}

struct PoolDecisionCase {
    nlohmann::json all;
    CniSettings cni;
    PoolState pool;
};

std::vector<PoolDecisionCase> cases_of_the_daemon() {
    std::vector<PoolDecisionCase> cases;
    std::ifstream file(EKSSIM_SOURCE_DIR "/tests/unit/models/systems/network/pool_decision_cases.jsonl");
    for (std::string line; std::getline(file, line);) {
        PoolDecisionCase one;
        one.all = nlohmann::json::parse(line);
        const nlohmann::json& state = one.all["state"];
        one.cni.warm_eni_target = state["warm_eni_target"];
        one.cni.warm_ip_target = state["warm_ip_target"];
        one.cni.minimum_ip_target = state["minimum_ip_target"];
        one.pool.max_pods = state["max_pods"];
        one.pool.max_enis = state["max_eni"];
        one.pool.addresses_per_eni = state["max_ips_per_eni"];
        for (const nlohmann::json& eni : state["enis"]) {
            const std::int32_t assigned = eni["assigned"];
            one.pool.assigned += assigned;
            one.pool.total += assigned + eni["cooling"].get<std::int32_t>() + eni["free"].get<std::int32_t>();
            ++one.pool.enis;
        }
        cases.push_back(std::move(one));
    }
    return cases;
}

TEST(PoolArithmetic, AgreesWithTheRealDaemon) {
    const std::vector<PoolDecisionCase> cases = cases_of_the_daemon();
    ASSERT_GE(cases.size(), 30U);
    for (const PoolDecisionCase& c : cases) {
        SCOPED_TRACE(c.all["id"].get<std::string>());
        const nlohmann::json& expect = c.all["expect"];
        ASSERT_EQ(c.pool.total, expect["total"]);
        ASSERT_EQ(c.pool.assigned, expect["assigned"]);
        EXPECT_EQ(addresses_short(c.cni, c.pool), expect["short"]);
        EXPECT_EQ(addresses_over(c.cni, c.pool), expect["over"]);
        EXPECT_EQ(is_too_low(c.cni, c.pool), expect["too_low"]);
        EXPECT_EQ(is_too_high(c.cni, c.pool), expect["too_high"]);
        EXPECT_EQ(has_extra_eni(c.cni, c.pool), expect["remove_extra_enis"]);
        EXPECT_EQ(has_room_for_eni(c.pool), expect["has_room_for_eni"]);
        EXPECT_EQ(addresses_for_new_eni(c.cni, c.pool), expect["new_eni_resources"]);
    }
}

TEST(PoolArithmetic, AgreesWithTheRealDaemonOnWhichEnisMayGo) {
    for (const PoolDecisionCase& c : cases_of_the_daemon()) {
        SCOPED_TRACE(c.all["id"].get<std::string>());
        if (!has_extra_eni(c.cni, c.pool)) {
            EXPECT_TRUE(c.all["expect"]["freeable_enis"].empty());
            continue;
        }
        std::vector<int> may_go;
        int index = 0;
        for (const nlohmann::json& eni : c.all["state"]["enis"]) {
            const std::int32_t held = eni["cooling"].get<std::int32_t>() + eni["free"].get<std::int32_t>();
            const bool is_empty_and_old =
                !eni["primary"] && eni["age_seconds"] >= 60 && eni["cooling"] == 0 && eni["assigned"] == 0;
            if (is_empty_and_old && others_keep_enough(c.cni, c.pool.available() - held, c.pool.total - held))
                may_go.push_back(index);
            ++index;
        }
        EXPECT_EQ(nlohmann::json(may_go), c.all["expect"]["freeable_enis"]);
    }
}

}  // namespace
}  // namespace eks

// The decision call `pool_decision` against the rules by hand, and against answers of the real daemon
// (amazon-vpc-cni-k8s v1.23.2).
#include "models/systems/network/pool_decision.hpp"

#include "models/report/decide.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace eks::decisions {
namespace {

using namespace sim::literals;

// An m5.large whose primary ENI is full, beside `more` ENIs.
PoolSituation m5_large(std::vector<EniSituation> more = {}) {
    PoolSituation situation;
    situation.max_pods = 110;
    situation.max_eni = 3;
    situation.max_ips_per_eni = 9;
    situation.enis = {{.id = "eni-0", .is_primary = true, .age = 600_s, .secondary_ips = {.assigned = 9}}};
    for (EniSituation& eni : more) situation.enis.push_back(std::move(eni));
    return situation;
}

TEST(PoolDecision, AFullNodeAsksForAWholeEni) {
    // IPAM-45 rule 3, IPAM-50, IPAM-51
    const PoolDecision decision = pool_decision(m5_large());
    EXPECT_EQ(decision.action, PoolAction::increase);
    EXPECT_TRUE(decision.existing_requests.empty());
    EXPECT_EQ(decision.new_eni_request, 9);
    EXPECT_FALSE(decision.prefixes_needed.has_value());
}

TEST(PoolDecision, AnEniWithRoomComesFirst) {
    // IPAM-66: no new ENI in the pass in which an existing one is filled, but in the one in which it is refused.
    const PoolDecision decision =
        pool_decision(m5_large({{.id = "eni-1", .age = 600_s, .secondary_ips = {.assigned = 5}}}));
    EXPECT_EQ(decision.existing_requests, (std::map<std::string, std::int32_t>{{"eni-1", 4}}));
    EXPECT_EQ(decision.new_eni_request, 0);
    EXPECT_EQ(decision.new_eni_request_if_refused, 9);
}

TEST(PoolDecision, AnExhaustedSubnetBlocksForTwoMinutesInclusive) {
    // IPAM-64, IPAM-65
    PoolSituation situation = m5_large();
    situation.since_insufficient = 120_s;
    EXPECT_EQ(pool_decision(situation).action, PoolAction::increase);
    EXPECT_EQ(pool_decision(situation).new_eni_request, 0);
    situation.since_insufficient = 120_s + 1_us;
    EXPECT_EQ(pool_decision(situation).new_eni_request, 9);
}

TEST(PoolDecision, DecreasesAreThirtySecondsApartInclusive) {
    // IPAM-63, IPAM-90: V = 9 with W = 2 leaves seven over; five of the nine free ones cool, which keeps none
    // (IPAM-91).
    PoolSituation situation = m5_large({{.id = "eni-1", .secondary_ips = {.cooling = 5, .free = 4}}});
    situation.targets.warm_ips = 2;
    EXPECT_EQ(pool_decision(situation).released, 7);
    situation.since_decrease = 30_s;
    EXPECT_EQ(pool_decision(situation).action, PoolAction::none);
    EXPECT_EQ(pool_decision(situation).released, 0);
    situation.since_decrease = 30_s + 1_us;
    EXPECT_EQ(pool_decision(situation).released, 7);
}

TEST(PoolDecision, AnEniIsFreedFromAMinuteOnAndOnlyWhenItHasCooled) {
    // IPAM-95: WARM_ENI_TARGET 0 finds V = 9 >= 1 * 9 (IPAM-48).
    EniSituation idle{.id = "eni-1", .age = 60_s, .secondary_ips = {.free = 9}};
    const auto freeable = [](const EniSituation& eni) {
        PoolSituation situation = m5_large({eni});
        situation.targets.warm_enis = 0;
        return pool_decision(situation).freeable_enis;
    };
    EXPECT_EQ(freeable(idle), std::vector<std::string>{"eni-1"});
    idle.age = 60_s - 1_us;
    EXPECT_TRUE(freeable(idle).empty());
    idle.age = 60_s;
    idle.secondary_ips = {.cooling = 1, .free = 8};
    EXPECT_TRUE(freeable(idle).empty());
    // Cooling in a prefix counts although addresses are the active kind.
    idle.secondary_ips = {.free = 9};
    idle.prefixes = {{.cooling = 1}};
    EXPECT_TRUE(freeable(idle).empty());
}

TEST(PoolDecision, TerminationStopsGrowthAndFreeingButNoDecrease) {
    // IPAM-93, IPAM-124
    PoolSituation situation = m5_large();
    situation.restraint.is_terminating = true;
    EXPECT_EQ(pool_decision(situation).new_eni_request, 0);
    situation = m5_large({{.id = "eni-1", .age = 600_s, .secondary_ips = {.free = 9}}});
    situation.targets.warm_ips = 2;
    situation.restraint.is_terminating = true;
    EXPECT_EQ(pool_decision(situation).released, 7);
    EXPECT_TRUE(pool_decision(situation).freeable_enis.empty());
}

TEST(PoolDecision, ExcludedEnisAreLeftOutOfTheSumsButMayGo) {
    // IPAM-19, IPAM-95
    PoolSituation situation =
        m5_large({{.id = "eni-1", .is_excluded = true, .age = 600_s, .secondary_ips = {.cooling = 0, .free = 9}},
                  {.id = "eni-2", .age = 600_s, .secondary_ips = {.free = 9}}});
    situation.targets.warm_ips = 9;
    const PoolDecision decision = pool_decision(situation);
    EXPECT_EQ(decision.pool.total, 18);
    EXPECT_EQ(decision.pool.available(), 9);
    EXPECT_EQ(decision.freeable_enis, std::vector<std::string>{"eni-1"});
}

TEST(PoolDecision, ATrunkToComeKeepsItsPlaceOnTheFirstCard) {
    // IPAM-51
    PoolSituation situation = m5_large();
    situation.max_eni = 2;
    situation.enable_pod_eni = situation.trunking_compatible = true;
    EXPECT_FALSE(pool_decision(situation).has_room_for_eni);
    situation.network_card = 1;
    EXPECT_TRUE(pool_decision(situation).has_room_for_eni);
    situation.network_card = 0;
    situation.trunking_compatible = false;
    EXPECT_TRUE(pool_decision(situation).has_room_for_eni);
}

// --- as JSON

nlohmann::json answer_to(const nlohmann::json& state) {
    return nlohmann::json::parse(decide_as_json("pool_decision", nlohmann::json{{"state", state}}.dump()));
}

std::vector<nlohmann::json> cases_of_the_daemon() {
    std::vector<nlohmann::json> cases;
    std::ifstream file(EKSSIM_SOURCE_DIR "/tests/unit/models/systems/network/pool_decision_cases.jsonl");
    for (std::string line; std::getline(file, line);) cases.push_back(nlohmann::json::parse(line));
    return cases;
}

TEST(PoolDecision, AgreesWithTheRealDaemon) {
    const std::vector<nlohmann::json> cases = cases_of_the_daemon();
    ASSERT_GE(cases.size(), 40U);
    for (const nlohmann::json& c : cases) EXPECT_EQ(answer_to(c["state"]), c["expect"]) << c["id"];
}

TEST(PoolDecision, WrongStatesAreRefusedWithAReason) {
    const nlohmann::json good = cases_of_the_daemon().front()["state"];
    ASSERT_FALSE(answer_to(good).contains("complaints"));
    const auto refused = [&](const char* key, const nlohmann::json& value) {
        nlohmann::json state = good;
        state[key] = value;
        return answer_to(state).contains("complaints");
    };
    EXPECT_TRUE(refused("max_pods", -1));
    EXPECT_TRUE(refused("max_pods", 1.5));
    EXPECT_TRUE(refused("max_pods", nullptr));
    EXPECT_TRUE(refused("warm_ip_target", 18446744073709551615U));
    EXPECT_TRUE(refused("warm_eni_target", 2'000'000'000'000));
    EXPECT_FALSE(refused("warm_eni_target", 1'000'000'000'000));
    EXPECT_TRUE(refused("seconds_since_decrease", -1));
    EXPECT_TRUE(refused("seconds_since_decrease", 1e300));
    EXPECT_TRUE(refused("enis", "none"));
    EXPECT_TRUE(refused("enis", {good["enis"][0], good["enis"][0]}));
    EXPECT_TRUE(refused("enis", nlohmann::json::array({1})));
    EXPECT_FALSE(refused("enis", nlohmann::json::array()));
    nlohmann::json eni = good["enis"][0];
    eni["prefixes"] = {{16, 1}};
    EXPECT_TRUE(refused("enis", nlohmann::json::array({eni})));
    eni["prefixes"] = {16};
    EXPECT_TRUE(refused("enis", nlohmann::json::array({eni})));
}

}  // namespace
}  // namespace eks::decisions

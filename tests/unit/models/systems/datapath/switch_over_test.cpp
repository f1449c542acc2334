#include "models/systems/datapath/switch_over.hpp"

#include "models/systems/datapath/failure.hpp"
#include "models/systems/datapath/rule_sync.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace eks::datapath {
namespace {

// DPS-13: switching the replacement on over live connections resets a share of them, which grows as they send; a fresh
// node shows none.
TEST(SwitchOver, BreaksOpenConnectionsAsTheySend) {
    const auto live = MigrationState::replaced_over_live;
    EXPECT_DOUBLE_EQ(broken_share(live, 1, 0, 10), 0);
    EXPECT_NEAR(broken_share(live, 1, 10, 10), 1 - std::exp(-1.0), 1e-12);
    EXPECT_NEAR(broken_share(live, 0.5, 1e6, 10), 0.5, 1e-9);
    EXPECT_DOUBLE_EQ(broken_share(live, 0, 1e6, 10), 0);
    EXPECT_DOUBLE_EQ(broken_share(MigrationState::both_on_fresh_node, 1, 1e6, 10), 0);
}

// DPS-12, DPC-55 rows 2 to 4: kube-proxy removed first. Its rules serve the endpoints of that day; without rules
// nothing new works and what is open goes on; a reboot ends that too. An agent without the API's address loops after
// its start, and no pod gets a network.
TEST(SwitchOver, RemovingKubeProxyFirstFailsStepByStep) {
    const MigrationEffect left = effect_of(MigrationState::rules_left);
    EXPECT_EQ(left.fresh, NewConnections::work_by_frozen_endpoints);
    // By the churn since then: none, one of four endpoints, all of them.
    EXPECT_DOUBLE_EQ(stale_share(0, 4), 0);
    EXPECT_DOUBLE_EQ(stale_share(1, 4), 0.25);
    EXPECT_DOUBLE_EQ(stale_share(4, 4), 1);
    EXPECT_EQ(effect_of(MigrationState::rules_flushed).fresh, NewConnections::fail);
    EXPECT_DOUBLE_EQ(broken_share(MigrationState::rules_flushed, 1, 3600, 1), 0);
    EXPECT_EQ(effect_of(MigrationState::flushed_and_rebooted).fresh, NewConnections::fail);
    EXPECT_DOUBLE_EQ(broken_share(MigrationState::flushed_and_rebooted, 1, 0, 1), 1);
    EXPECT_TRUE(effect_of(MigrationState::agent_without_api).pods_can_start);
    EXPECT_FALSE(effect_of(MigrationState::agent_without_api_restarted).pods_can_start);
    // DPC-56: what a client sees first is its resolver: two attempts of 5 s.
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::dns, {}, default_coefficients()), 10);
}

}  // namespace
}  // namespace eks::datapath

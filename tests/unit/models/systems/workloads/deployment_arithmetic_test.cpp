// One sync of the Deployment controller (DEPLOY-1 to DEPLOY-5), reckoned by hand. What the real one does with thousands
// of others is replayed in tests/oracle.
#include "models/systems/workloads/deployment_arithmetic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eks {
namespace {

using ::testing::ElementsAre;

constexpr PodsOrPercent pods(std::int64_t count) { return {count, false}; }
constexpr PodsOrPercent percent(std::int64_t share) { return {share, true}; }

// A set all of whose pods are there and available, as the controller left it at these replicas.
ReplicaSetSize settled(std::int32_t size, std::int32_t desired_then) {
    return {size, size, size, desired_then, desired_then + 3, 0};
}

TEST(Deployment, SurgeIsRoundedUpAndUnavailabilityDown) {  // DEPLOY-1
    const RolloutRoom quarter = room_of_rollout(percent(25), percent(25), 10);
    EXPECT_EQ(quarter.surge, 3);
    EXPECT_EQ(quarter.unavailable, 2);
    EXPECT_EQ(room_of_rollout(pods(0), percent(10), 4).unavailable, 1);  // both come to 0
    EXPECT_EQ(room_of_rollout(pods(0), pods(7), 4).unavailable, 4);
    EXPECT_EQ(room_of_rollout(pods(0), pods(1), 0).unavailable, 0);
}

TEST(Deployment, ScalesTheNewSetUpToTheSurgeAndEndsThere) {  // DEPLOY-2, step 1
    const RolloutRoom room{10, 3, 2};
    const std::vector<ReplicaSetSize> sets{settled(10, 10), settled(0, 10)};
    const RolloutSync sync = sync_rollout(sets, 1, room);
    EXPECT_EQ(sync.act, RolloutAct::scales_up);
    EXPECT_THAT(sync.sizes, ElementsAre(10, 3));
}

TEST(Deployment, ScalesOldSetsDownByWhatMayBeAway) {  // DEPLOY-2, step 2
    const RolloutRoom room{10, 3, 2};
    // 13 pods, 8 must stay, the 3 new ones are not up yet: 2 may go.
    std::vector<ReplicaSetSize> sets{settled(10, 10), settled(3, 10)};
    sets[1].available = 0;
    RolloutSync sync = sync_rollout(sets, 1, room);
    EXPECT_EQ(sync.act, RolloutAct::scales_down);
    EXPECT_THAT(sync.sizes, ElementsAre(8, 3));
    // All 11 are available: 3 more may go than before.
    sets = {settled(8, 10), settled(3, 10)};
    EXPECT_THAT(sync_rollout(sets, 1, room).sizes, ElementsAre(8, 5));
    sets = {settled(8, 10), settled(5, 10)};
    EXPECT_THAT(sync_rollout(sets, 1, room).sizes, ElementsAre(3, 5));
}

TEST(Deployment, WhatIsNotAvailableGoesFirstAndIsNoLoss) {  // DEPLOY-2, step 2
    const RolloutRoom room{10, 3, 2};
    std::vector<ReplicaSetSize> sets{settled(4, 10), settled(6, 10), settled(3, 10)};
    sets[1].available = 2;  // the younger of the old ones has four broken pods
    // 13 - 8 - 0: five may go. The four broken ones; then 9 are available, of which one may go, from the oldest.
    EXPECT_THAT(sync_rollout(sets, 2, room).sizes, ElementsAre(3, 2, 3));
    // Broken new pods hold the rollout up: 13 - 8 - 3 leaves 2.
    sets[2].available = 0;
    EXPECT_THAT(sync_rollout(sets, 2, room).sizes, ElementsAre(4, 4, 3));
}

TEST(Deployment, SharesNewReplicasOutInTheMiddleOfARollout) {  // DEPLOY-3
    // 8 old and 5 new of 10 replicas and a surge of 3. Now 15 are wanted, and 5 more may stand.
    std::vector<ReplicaSetSize> sets{settled(8, 10), settled(5, 10)};
    const RolloutRoom room{15, 5, 2};
    EXPECT_TRUE(is_scaling_event(sets, room));
    // 8·20/13 = 12.3 and 5·20/13 = 7.7: 12 and 8.
    EXPECT_THAT(sync_scale(sets, 1, room, true, 13).sizes, ElementsAre(12, 8));
    // 5 replicas, 7 at most: 8·7/13 = 4.3, 5·7/13 = 2.7.
    EXPECT_THAT(sync_scale(sets, 1, {5, 2, 1}, true, 13).sizes, ElementsAre(4, 3));
    EXPECT_THAT(sync_scale(sets, 1, {0, 0, 0}, true, 13).sizes, ElementsAre(0, 0));
}

TEST(Deployment, OneSetWithPodsTakesAllReplicas) {  // DEPLOY-3
    const std::vector<ReplicaSetSize> sets{settled(0, 10), settled(10, 10)};
    EXPECT_THAT(sync_scale(sets, 1, {4, 1, 1}, true, 10).sizes, ElementsAre(0, 4));
    // A new set that has all it should have ends the old one.
    const std::vector<ReplicaSetSize> saturated{settled(3, 10), settled(10, 10)};
    EXPECT_THAT(sync_scale(saturated, 1, {10, 3, 2}, true, 13).sizes, ElementsAre(0, 10));
}

TEST(Deployment, RecreateWaitsForTheLastOldPod) {  // DEPLOY-4
    const RolloutRoom room = room_of_recreate(5);
    std::vector<ReplicaSetSize> sets{settled(5, 5), settled(0, 5)};
    EXPECT_THAT(sync_recreate(sets, 1, room, true).sizes, ElementsAre(0, 0));
    sets[0] = settled(0, 5);
    EXPECT_EQ(sync_recreate(sets, 1, room, true).act, RolloutAct::awaits_old_pods);  // one is terminating
    EXPECT_THAT(sync_recreate(sets, 1, room, false).sizes, ElementsAre(0, 5));
}

TEST(Deployment, KeepsSoManyOldSets) {  // DEPLOY-2, step 3
    std::vector<ReplicaSetSize> sets{settled(0, 5), settled(0, 5), settled(0, 5), settled(5, 5)};
    for (std::size_t i = 0; i < sets.size(); ++i) sets[i].revision = static_cast<std::int64_t>(i);
    EXPECT_TRUE(is_complete(sets, 3, 5));
    EXPECT_THAT(beyond_history(sets, 3, 1), ElementsAre(0, 1));
    sets[0].pods = 1;  // it is not empty yet, and no other goes in its place
    EXPECT_THAT(beyond_history(sets, 3, 1), ElementsAre(1));
    EXPECT_THAT(beyond_history(sets, 3, 10), ElementsAre());
}

TEST(Deployment, ProgressIsMoreNewOrFewerOldOrMoreThatServe) {  // DEPLOY-5
    const RolloutProgress before{3, 8, 8, 8};
    EXPECT_FALSE(gets_on(before, before));
    EXPECT_FALSE(gets_on(before, {3, 9, 7, 7}));
    EXPECT_TRUE(gets_on(before, {4, 8, 8, 8}));
    EXPECT_TRUE(gets_on(before, {3, 7, 8, 8}));
    EXPECT_TRUE(gets_on(before, {3, 8, 9, 8}));
}

}  // namespace
}  // namespace eks

// Which pod of a ReplicaSet goes first (RS-2), which of a Job (JOB-3), and which in 1.10.
#include "models/systems/workloads/deletion_rank.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks {
namespace {

using enum DeletionReason;

constexpr std::int64_t now = 10'000;
constexpr DeletionRules both[] = {DeletionRules::ranked, DeletionRules::plain};

// A ready pod on a node, created and ready so many seconds ago.
RankedPod ready_pod(std::uint64_t uid, std::int64_t ready_for = 1000, std::int64_t age = 1000) {
    RankedPod pod;
    pod.is_assigned = pod.is_ready = true;
    pod.phase = RankedPhase::running;
    pod.ready_since_seconds = now - ready_for;
    pod.created_seconds = now - age;
    pod.uid_order = uid;
    return pod;
}

void expect_first(const RankedPod& first, const RankedPod& second, DeletionRules rules, DeletionReason reason) {
    EXPECT_TRUE(goes_first(first, second, now, rules));
    EXPECT_FALSE(goes_first(second, first, now, rules));
    EXPECT_EQ(order_for_deletion(first, second, now, rules).reason, reason);
    EXPECT_EQ(order_for_deletion(second, first, now, rules).reason, reason);
}

TEST(DeletionRank, UnassignedGoesBeforePendingBeforeUnreadyBeforeReady) {  // RS-2
    RankedPod unassigned = ready_pod(4);
    unassigned.is_assigned = unassigned.is_ready = false;
    unassigned.phase = RankedPhase::pending;
    RankedPod pending = ready_pod(3);
    pending.is_ready = false;
    pending.phase = RankedPhase::pending;
    RankedPod unready = ready_pod(2);
    unready.is_ready = false;
    const RankedPod ready = ready_pod(1);
    for (const DeletionRules rules : both) {
        expect_first(unassigned, pending, rules, DeletionReason::unassigned);
        expect_first(pending, unready, rules, earlier_phase);
        expect_first(unready, ready, rules, not_ready);
    }
}

TEST(DeletionRank, CostAndTheFullerNodeCountForReplicaSetsOfToday) {  // RS-2, X-9
    RankedPod cheap = ready_pod(2);
    cheap.deletion_cost = -1;
    RankedPod crowded = ready_pod(3);
    crowded.on_same_node = 3;
    RankedPod alone = ready_pod(1);
    alone.on_same_node = 1;
    expect_first(cheap, crowded, DeletionRules::ranked, lower_cost);
    expect_first(crowded, alone, DeletionRules::ranked, crowded_node);
    expect_first(alone, crowded, DeletionRules::plain, none);  // nothing is left but the UID
}

TEST(DeletionRank, AgesAreComparedByPowersOfTwo) {  // RS-2
    // 2^40 ns is 1099.5 s: 1090 s and 1000 s are of one class, 1100 s of the next.
    EXPECT_EQ(age_class(now - 1000, now), age_class(now - 1090, now));
    EXPECT_EQ(age_class(now - 1100, now), age_class(now - 1090, now) + 1);
    EXPECT_EQ(age_class(now, now), -1);
    const RankedPod older = ready_pod(1, 1090);
    const RankedPod newer = ready_pod(2, 1000);
    expect_first(older, newer, DeletionRules::ranked, smaller_uid);
    expect_first(newer, older, DeletionRules::plain, ready_later);
    const RankedPod oldest = ready_pod(0, 1100);
    expect_first(newer, oldest, DeletionRules::ranked, ready_later);
}

TEST(DeletionRank, RestartsCountBetweenPodsReadySinceTheSameSecond) {  // RS-2
    RankedPod restarted = ready_pod(2);
    restarted.restarts = 1;
    RankedPod sidecar = ready_pod(3);
    sidecar.sidecar_restarts = 5;
    for (const DeletionRules rules : both) {
        expect_first(restarted, sidecar, rules, more_restarts);
        expect_first(sidecar, ready_pod(1), rules, more_sidecar_restarts);
    }
    // Of one class of age, but not of one second: the UID decides, and restarts are not looked at.
    restarted.ready_since_seconds += 1;
    expect_first(ready_pod(1), restarted, DeletionRules::ranked, smaller_uid);
}

TEST(DeletionRank, TheYoungerGoesLast) {
    RankedPod young = ready_pod(2, 0, 100);
    RankedPod old = ready_pod(1, 0, 5000);
    young.is_ready = old.is_ready = false;
    for (const DeletionRules rules : both) expect_first(young, old, rules, younger);
    RankedPod timeless = ready_pod(3);
    timeless.is_ready = false;
    timeless.created_seconds = no_time;
    for (const DeletionRules rules : both) expect_first(timeless, young, rules, younger);
}

}  // namespace
}  // namespace eks

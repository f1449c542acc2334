// Which pod of a ReplicaSet goes first (RS-2; X-9 in 1.10).
#include "models/systems/workloads/deletion_rank.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace eks {
namespace {

using namespace sim::literals;

constexpr sim::Time now = sim::Time::at(10'000_s);

// A ready pod on a node, created and ready so long ago.
RankedPod ready_pod(std::uint32_t slot, sim::Duration ready_for = 1000_s, sim::Duration age = 1000_s) {
    RankedPod pod;
    pod.id.slot = slot;
    pod.id.generation = 1;
    pod.row.node.slot = 0;
    pod.row.node.generation = 1;
    pod.row.phase = PodPhase::running;
    pod.row.stage = PodStage::ready;
    pod.row.cause_since = now - ready_for;
    pod.row.created = now - age;
    return pod;
}

void expect_first(const RankedPod& first, const RankedPod& second, bool classes) {
    EXPECT_TRUE(goes_first(first, second, now, classes));
    EXPECT_FALSE(goes_first(second, first, now, classes));
}

TEST(DeletionRank, UnassignedGoesBeforePendingBeforeUnreadyBeforeReady) {
    RankedPod unassigned = ready_pod(4);
    unassigned.row.node = NodeId::none();
    unassigned.row.phase = PodPhase::pending;
    unassigned.row.stage = PodStage::queued;
    RankedPod pending = ready_pod(3);
    pending.row.phase = PodPhase::pending;
    pending.row.stage = PodStage::stuck;
    RankedPod unready = ready_pod(2);
    unready.row.stage = PodStage::running;
    const RankedPod ready = ready_pod(1);
    for (const bool classes : {true, false}) {
        expect_first(unassigned, pending, classes);
        expect_first(pending, unready, classes);
        expect_first(unready, ready, classes);
    }
}

TEST(DeletionRank, TheFullerNodeGivesFirstSinceRanksExist) {
    RankedPod crowded = ready_pod(2);
    crowded.on_same_node = 3;
    RankedPod alone = ready_pod(1);
    alone.on_same_node = 1;
    expect_first(crowded, alone, true);
    expect_first(alone, crowded, false);  // no node rank, so the id decides
}

TEST(DeletionRank, ReadyTimesAreComparedByPowersOfTwo) {
    // RS-2: floor(log2(age in ns)). 1000 s and 1090 s are both 2^39 (549.8 s to 1099.5 s); 1100 s is 2^40.
    const RankedPod older = ready_pod(1, 1090_s);
    const RankedPod newer = ready_pod(2, 1000_s);
    expect_first(older, newer, true);  // one class: the smaller UID
    expect_first(ready_pod(2, 1000_s), ready_pod(1, 1100_s), true);
    // in 1.10 the one that became ready last.
    expect_first(newer, older, false);
}

TEST(DeletionRank, WithinAClassTheUidDecidesWhateverTheRestarts) {
    // RS-2, 6: "same class → smaller UID", so rule 7 is not reached.
    RankedPod restarted = ready_pod(2, 1000_s);
    restarted.row.restarts = 5;
    expect_first(ready_pod(1, 1090_s), restarted, true);
}

TEST(DeletionRank, AmongUnreadyOnesMoreRestartsAndThenTheNewerGo) {
    RankedPod calm = ready_pod(1);
    RankedPod restarted = ready_pod(2);
    calm.row.stage = restarted.row.stage = PodStage::running;
    restarted.row.restarts = 1;
    expect_first(restarted, calm, true);
    expect_first(restarted, calm, false);
    RankedPod newer = ready_pod(3, 0_s, 100_s);
    newer.row.stage = PodStage::running;
    expect_first(newer, calm, true);
    expect_first(newer, calm, false);
}

TEST(DeletionRank, IsATotalOrder) {
    std::vector<RankedPod> pods;
    for (std::uint32_t n = 0; n < 40; ++n) {
        RankedPod pod = ready_pod(n + 1, sim::Duration::seconds(200 * (n % 7)), sim::Duration::seconds(300 * (n % 5)));
        pod.on_same_node = static_cast<std::int32_t>(n % 2);
        pod.row.restarts = n % 3;
        if (n % 4 == 0) pod.row.stage = PodStage::running;
        pods.push_back(pod);
    }
    for (const bool classes : {true, false}) {
        for (const RankedPod& a : pods) {
            for (const RankedPod& b : pods) {
                EXPECT_EQ(goes_first(a, b, now, classes), a.id != b.id && !goes_first(b, a, now, classes));
                for (const RankedPod& c : pods) {
                    const bool is_chain = goes_first(a, b, now, classes) && goes_first(b, c, now, classes);
                    EXPECT_TRUE(!is_chain || goes_first(a, c, now, classes));
                }
            }
        }
    }
}

}  // namespace
}  // namespace eks

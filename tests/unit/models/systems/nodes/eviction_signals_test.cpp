// Which thresholds are met (KUBELET-60 to KUBELET-62), and whom the kernel kills (KUBELET-64): pure functions.
#include "models/systems/nodes/eviction_signals.hpp"

#include "models/systems/nodes/memory.hpp"

#include <gtest/gtest.h>

namespace eks {

namespace {

Thresholds met_on_disk(const KubeletSettings& kubelet, Bytes available, Thresholds with_reclaim = 0) {
    return met_thresholds(kubelet, disk_thresholds, 1000, available, with_reclaim);
}

}  // namespace

TEST(EvictionSignals, AreMetBelowTheThresholdAndNotAtIt) {
    // KUBELET-60: less than 10 % of the disk available; in 2018 also less than 15 % for images.
    const KubeletSettings kubelet;
    EXPECT_EQ(met_on_disk(kubelet, 100), 0);
    EXPECT_EQ(met_on_disk(kubelet, 99), hard_bit(1));
    KubeletSettings of_2018 = kubelet;
    of_2018.imagefs_available = {0, 150'000};
    EXPECT_EQ(met_on_disk(of_2018, 150), 0);
    EXPECT_EQ(met_on_disk(of_2018, 149), hard_bit(2));
    EXPECT_EQ(met_on_disk(of_2018, 99), hard_bit(1) | hard_bit(2));
    KubeletSettings in_bytes;
    in_bytes.nodefs_available = {300, 0};
    EXPECT_EQ(met_on_disk(in_bytes, 299), hard_bit(1));
    EXPECT_EQ(met_thresholds(kubelet, memory_thresholds, gibibyte, 100 * mebibyte, 0), 0);
    EXPECT_EQ(met_thresholds(kubelet, memory_thresholds, gibibyte, 100 * mebibyte - 1, 0), hard_bit(0));
}

TEST(EvictionSignals, HoldUntilTheirMinimumReclaimIsThere) {
    // KUBELET-62
    KubeletSettings kubelet;
    kubelet.minimum_reclaim[1] = {50, 0};
    EXPECT_EQ(met_on_disk(kubelet, 120), 0);
    EXPECT_EQ(met_on_disk(kubelet, 149, hard_bit(1)), hard_bit(1));
    EXPECT_EQ(met_on_disk(kubelet, 150, hard_bit(1)), 0);
}

TEST(EvictionSignals, SoftOnesAreToldFromHardOnes) {
    // KUBELET-61
    KubeletSettings kubelet;
    kubelet.soft[1].bound = {0, 200'000};
    EXPECT_EQ(met_on_disk(kubelet, 199), soft_bit(1));
    EXPECT_EQ(met_on_disk(kubelet, 99), soft_bit(1) | hard_bit(1));
}

TEST(OutOfMemory, TheAdjustmentFollowsTheClassAndTheRequest) {
    // KUBELET-64
    EXPECT_EQ(oom_score_adjustment(QualityOfService::guaranteed, 10, 1000), -997);
    EXPECT_EQ(oom_score_adjustment(QualityOfService::best_effort, 0, 1000), 1000);
    EXPECT_EQ(oom_score_adjustment(QualityOfService::burstable, 250, 1000), 750);
    EXPECT_EQ(oom_score_adjustment(QualityOfService::burstable, 0, 1000), 999);
    EXPECT_EQ(oom_score_adjustment(QualityOfService::burstable, 1000, 1000), 2);
}

}  // namespace eks

#include "models/systems/nodes/log_files.hpp"

#include "models/systems/nodes/disk.hpp"
#include "models/systems/nodes/eviction_rank.hpp"

#include <gtest/gtest.h>

namespace eks {

using namespace sim::literals;

TEST(LogFiles, AreAsLargeAsTheyHaveGrownWhenTheKubeletLooks) {
    // KUBELET-54: 10Mi and five files, looked at each ten seconds. At 5Mi/s a file has 50Mi at the first look; at
    // 300Ki/s it takes four looks to pass 10Mi, at 12000Ki.
    const KubeletSettings kubelet;
    EXPECT_EQ(log_bytes_most(5 * mebibyte, kubelet), 5 * 50 * mebibyte);
    EXPECT_EQ(log_bytes_most(300 * kibibyte, kubelet), Bytes{5} * 12'000 * kibibyte);
    EXPECT_EQ(log_bytes(5 * mebibyte, 20_s, kubelet), 100 * mebibyte);
    EXPECT_EQ(log_bytes(5 * mebibyte, 1_h, kubelet), 250 * mebibyte);
}

TEST(LogFiles, WithoutRotationGrowForEver) {
    KubeletSettings kubelet;
    kubelet.log_files_max = 0;
    EXPECT_EQ(log_bytes(5 * mebibyte, 1_h, kubelet), Bytes{5} * 3600 * mebibyte);
}

TEST(LogFiles, ARateTakesAsLongAsItsAmount) {
    for (const std::int64_t rate : {1, 3, 7'000'001}) {
        for (const Bytes bytes : {Bytes{1}, Bytes{1'000'000}, Bytes{20} * gibibyte}) {
            const sim::Duration needed = time_for(bytes, rate);
            EXPECT_GE(amount(rate, needed), bytes);
            EXPECT_LT(amount(rate, needed - 1_us), bytes);
        }
    }
}

TEST(DiskMarks, AreTheFirstBytesAtWhichTheThresholdsHold) {
    // KUBELET-55: of 1000 bytes 841 leave 159, which is 15 % in integers, so that 85 % count as used; 840 do not.
    EXPECT_EQ(image_collection_mark(1000, KubeletSettings{}), 841);
}

TEST(EvictionRank, PutsThoseFirstThatUseMoreThanTheyRequested) {
    // KUBELET-62: then the lower priority, then the larger surplus.
    const EvictionCandidate modest{100, 200, 0};
    const EvictionCandidate greedy{300, 200, 1000};
    EXPECT_TRUE(goes_before(greedy, modest));
    EXPECT_FALSE(goes_before(modest, greedy));
    EXPECT_TRUE(goes_before({300, 200, 0}, greedy));
    EXPECT_TRUE(goes_before({400, 200, 1000}, greedy));
    EXPECT_FALSE(goes_before(greedy, greedy));
}

}  // namespace eks

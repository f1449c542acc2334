// The arithmetic of a write-ahead log (FR-27). Expected numbers follow from rates and times alone.
#include "models/systems/platform/write_ahead_log.hpp"

#include <gtest/gtest.h>

namespace eks::wal {
namespace {

constexpr std::int64_t second = 1'000'000;             // in microseconds
constexpr std::int64_t sample = 1'000'000;             // in millionths
constexpr std::int64_t thousand_a_second = 1'000'000;  // in thousandths
constexpr std::int64_t batch = 5 * second;
constexpr std::int64_t sends = 20 * thousand_a_second;

TEST(WriteAheadLog, GrowsByWhatComesInWhileNothingIsSent) {
    const Fill fill = fill_after(5'000 * sample, {thousand_a_second, 0}, 7'200 * second, 900 * second);
    EXPECT_EQ(fill.unsent_micro, 905'000 * sample);
    EXPECT_EQ(fill.too_old_micro, 0);
}

// Prometheus drops what is older than about two hours, sent or not.
TEST(WriteAheadLog, HoldsNoMoreThanItKeeps) {
    const Fill fill = fill_after(0, {thousand_a_second, 0}, 7'200 * second, 3 * 3'600 * second);
    EXPECT_EQ(fill.unsent_micro, 7'200'000 * sample);
    EXPECT_EQ(fill.too_old_micro, 3'600'000 * sample);
}

TEST(WriteAheadLog, SendsNothingBeforeTheFirstBatchIsDueAndThenWhatComesIn) {
    EXPECT_EQ(out_milli(0, thousand_a_second, batch, sends, true), 0);
    EXPECT_EQ(us_until_usual(0, {thousand_a_second, 0}, batch), batch);
    EXPECT_EQ(out_milli(5'000 * sample, thousand_a_second, batch, sends, true), thousand_a_second);
    EXPECT_EQ(out_milli(5'000 * sample, thousand_a_second, batch, sends, false), 0);
}

// A backlog of 900,000 samples empties at 20,000 less 1,000 a second.
TEST(WriteAheadLog, EmptiesAsFastAsItCanSend) {
    const std::int64_t unsent = (900'000 + 5'000) * sample;
    EXPECT_EQ(out_milli(unsent, thousand_a_second, batch, sends, true), sends);
    const auto lasts = us_until_usual(unsent, {thousand_a_second, sends}, batch);
    ASSERT_TRUE(lasts);
    EXPECT_EQ(*lasts / second, 900'000 / 19'000);
    EXPECT_EQ(us_until_usual(unsent, {thousand_a_second, thousand_a_second}, batch), std::nullopt);
}

// emptyDir: as long as the pod. hostPath: as long as the node. A claim: longer than both.
TEST(WriteAheadLog, OutlivesWhatItsVolumeOutlives) {
    EXPECT_FALSE(outlives(WalVolume::container, End::container));
    EXPECT_TRUE(outlives(WalVolume::empty_dir, End::container));
    EXPECT_FALSE(outlives(WalVolume::empty_dir, End::pod));
    EXPECT_TRUE(outlives(WalVolume::host_path, End::pod));
    EXPECT_FALSE(outlives(WalVolume::host_path, End::node));
    EXPECT_TRUE(outlives(WalVolume::persistent, End::node));
}

}  // namespace
}  // namespace eks::wal

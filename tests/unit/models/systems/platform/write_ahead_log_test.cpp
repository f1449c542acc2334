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

constexpr sim::Time at_second(std::int64_t n) { return sim::Time::at(sim::Duration::seconds(n)); }

// 1,000 samples a second for a quarter of an hour, told each minute: one span.
LogSpans quarter_of_an_hour() {
    LogSpans log;
    for (std::int64_t minute = 0; minute < 15; ++minute)
        add(log, at_second(60 * minute), at_second(60 * (minute + 1)), thousand_a_second);
    return log;
}

TEST(WriteAheadLog, GrowsByWhatComesIn) {
    const LogSpans log = quarter_of_an_hour();
    EXPECT_EQ(log.size(), 1U);
    EXPECT_EQ(total(log), 900'000 * sample);
    EXPECT_EQ(micro_before(log, at_second(300)), 300'000 * sample);
}

TEST(WriteAheadLog, SendsTheOldestFirst) {
    LogSpans log = quarter_of_an_hour();
    EXPECT_EQ(take_oldest(log, 600'000 * sample), 600'000 * sample);
    EXPECT_EQ(total(log), 300'000 * sample);
    EXPECT_EQ(micro_before(log, at_second(600)), 0);
    EXPECT_EQ(take_oldest(log, 600'000 * sample), 300'000 * sample);
    EXPECT_TRUE(log.empty());
}

// Prometheus drops what is older than about two hours, sent or not.
TEST(WriteAheadLog, KeepsNoLongerThanItIsTo) {
    LogSpans log = quarter_of_an_hour();
    add(log, at_second(900), at_second(1000), 2 * thousand_a_second);
    EXPECT_EQ(total(drop_older_than(log, at_second(840))), 840'000 * sample);
    EXPECT_EQ(total(log), (60'000 + 200'000) * sample);
    EXPECT_EQ(total(drop_older_than(log, at_second(950))), (60'000 + 100'000) * sample);
    EXPECT_EQ(total(log), 100'000 * sample);
}

// Cut to its last good segment, it has the older part.
TEST(WriteAheadLog, IsCutAtItsNewestEnd) {
    LogSpans log = quarter_of_an_hour();
    add(log, at_second(900), at_second(1000), 2 * thousand_a_second);
    const LogSpans cut = cut_newest(log, 300'000 * sample);
    EXPECT_EQ(total(cut), 300'000 * sample);
    EXPECT_EQ(micro_before(cut, at_second(900)), 100'000 * sample);
    EXPECT_EQ(total(log), 800'000 * sample);
    EXPECT_EQ(micro_before(log, at_second(800)), 800'000 * sample);
}

// Of two logs the older samples go first, whosever they were.
TEST(WriteAheadLog, TakesAnotherIn) {
    LogSpans log = quarter_of_an_hour();
    LogSpans other;
    add(other, at_second(300), at_second(400), thousand_a_second);
    absorb(log, other);
    EXPECT_EQ(total(log), 1'000'000 * sample);
    EXPECT_EQ(total(drop_older_than(log, at_second(350))), (350'000 + 50'000) * sample);
}

// Rates that change with each pod that comes make no list without end, and lose nothing.
TEST(WriteAheadLog, StaysShort) {
    LogSpans log;
    std::int64_t sum = 0;
    for (std::int64_t n = 0; n < 1000; ++n) {
        add(log, at_second(n), at_second(n + 1), (n + 1) * 1000);
        sum += (n + 1) * sample;
    }
    EXPECT_LE(log.size(), 64U);
    EXPECT_EQ(total(log), sum);
}

// Ten million samples each tenth of a second from a million pods, kept for a century: more than can be told.
TEST(WriteAheadLog, CutsWhatNoLogHolds) {
    constexpr std::int64_t century = second * 86'400 * 365 * 100;
    EXPECT_EQ(micro_of(100'000'000'000'000'000, century), most_micro);
    EXPECT_EQ(share_of(most_micro, 999'999, 1'000'000),
              most_micro / 1'000'000 * 999'999 + most_micro % 1'000'000 * 999'999 / 1'000'000);
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

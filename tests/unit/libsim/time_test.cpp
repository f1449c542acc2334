#include "libsim/time.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace {

using namespace sim;
using namespace sim::literals;

TEST(Duration, LiteralsMeanWhatTheySay) {
    EXPECT_EQ((5_us).us(), 5);
    EXPECT_EQ((100_ms).us(), 100'000);
    EXPECT_EQ((90_s).us(), 90'000'000);
    EXPECT_EQ(5_min, 300_s);
    EXPECT_EQ(2_h, 120_min);
    EXPECT_EQ(1_d, 24_h);
}

TEST(Duration, ArithmeticIsThatOfIntegers) {
    EXPECT_EQ(90_s + 30_s, 2_min);
    EXPECT_EQ(1_s - 3_s, -(2_s));
    EXPECT_EQ(3 * 20_s, 1_min);
    EXPECT_EQ(1_s / 3, 333'333_us);
    EXPECT_EQ(100_s / 30_s, 3);
    EXPECT_EQ(100_s % 30_s, 10_s);
    EXPECT_LT(999_ms, 1_s);
}

TEST(Duration, OverflowIsADefectAndNotAWrongNumber) {
    EXPECT_THROW((void)(Duration::max() + 1_us), Defect);
    EXPECT_THROW((void)(Duration::max() * 2), Defect);
    EXPECT_THROW((void)Duration::days(std::numeric_limits<std::int64_t>::max()), Defect);
    EXPECT_THROW((void)(Time::never() + 1_us), Defect);
    EXPECT_THROW((void)(1_s / 0), Defect);
    EXPECT_THROW((void)(1_s / Duration::zero()), Defect);
}

TEST(Duration, TextIsShortAndExact) {
    EXPECT_EQ(to_text(Duration::zero()), "0s");
    EXPECT_EQ(to_text(350_us), "350us");
    EXPECT_EQ(to_text(250_ms), "250ms");
    EXPECT_EQ(to_text(1500_us), "1.5ms");
    EXPECT_EQ(to_text(90_s), "90s");
    EXPECT_EQ(to_text(1_s + 1_us), "1.000001s");
    EXPECT_EQ(to_text(2_min), "2m");
    EXPECT_EQ(to_text(125_s), "2m5s");
    EXPECT_EQ(to_text(2_h), "2h");
    EXPECT_EQ(to_text(90_min), "1h30m");
    EXPECT_EQ(to_text(1_d), "24h");
    EXPECT_EQ(to_text(1_h + 500_ms), "1h0.5s");
    EXPECT_EQ(to_text(-(5_s)), "-5s");
    EXPECT_EQ(to_text(Time::never()), "never");
    EXPECT_EQ(to_text(Time::origin() + 3_s), "3s");
}

TEST(Duration, EveryTextIsReadBackExactly) {
    for (const std::int64_t us :
         {std::int64_t{1}, std::int64_t{999}, std::int64_t{1'001}, std::int64_t{119'999'999}, std::int64_t{120'000'001},
          std::int64_t{3'600'000'000}, std::int64_t{86'399'999'999}, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min(), std::int64_t{-61'500'000}}) {
        const Duration d = Duration::microseconds(us);
        const auto read = parse_duration(to_text(d));
        ASSERT_TRUE(read.has_value()) << to_text(d);
        EXPECT_EQ(*read, d) << to_text(d);
    }
}

TEST(Duration, GoFormsAreRead) {  // the forms of Go's time.ParseDuration, and days
    EXPECT_EQ(parse_duration("1h30m"), 90_min);
    EXPECT_EQ(parse_duration("1.5s"), 1500_ms);
    EXPECT_EQ(parse_duration("250ms"), 250_ms);
    EXPECT_EQ(parse_duration("2d"), 48_h);
    EXPECT_EQ(parse_duration(".5h"), 30_min);
    EXPECT_EQ(parse_duration("1h15m30.918273s"), 1_h + 15_min + 30'918'273_us);
    EXPECT_EQ(parse_duration("10\u00b5s"), 10_us);
    EXPECT_EQ(parse_duration("10\u03bcs"), 10_us);
    EXPECT_EQ(parse_duration("1500ns"), 1_us);
    EXPECT_EQ(parse_duration("-1m"), -(1_min));
    EXPECT_EQ(parse_duration("+1m"), 1_min);
    EXPECT_EQ(parse_duration("0"), 0_s);
}

TEST(Duration, WhatIsNotADurationIsRefused) {
    for (const char* text : {"",
                             "-",
                             "90",
                             "1.5",
                             "s",
                             ".s",
                             "1x",
                             "1 s",
                             " 1s",
                             "1s ",
                             "1h30",
                             "--1s",
                             "1e3s",
                             "99999999999999999999h",
                             "999999999999999999999999999999999999999999s",
                             "3000000000h",
                             "1S",
                             "1H",
                             "1M",
                             "0x10s",
                             "1,5s",
                             "\xff\xfe"}) {
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
    }
}

TEST(Time, FloorGoesDownAlsoBeforeTheOrigin) {
    EXPECT_EQ(Time::at(95_s).floor_to(30_s), Time::at(90_s));
    EXPECT_EQ(Time::at(90_s).floor_to(30_s), Time::at(90_s));
    EXPECT_EQ(Time::at(-(1_s)).floor_to(30_s), Time::at(-(30_s)));
    EXPECT_THROW((void)Time::origin().floor_to(0_s), Defect);
}

TEST(Time, NextTickKeepsThePhase) {
    EXPECT_EQ(next_tick(Time::at(61_s), 3_s, 10_s), Time::at(63_s));
    EXPECT_EQ(next_tick(Time::at(63_s), 3_s, 10_s), Time::at(63_s));
    EXPECT_EQ(next_tick_after(Time::at(63_s), 3_s, 10_s), Time::at(73_s));
    EXPECT_EQ(next_tick(Time::at(63_s + 1_us), 3_s, 10_s), Time::at(73_s));
    EXPECT_EQ(next_tick(Time::origin(), 25_s, 10_s), Time::at(5_s));
    EXPECT_EQ(next_tick_after(Time::origin(), 0_s, 10_s), Time::at(10_s));
}

}  // namespace

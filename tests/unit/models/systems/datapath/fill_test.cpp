#include "models/systems/datapath/fill.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace eks::datapath {
namespace {

using sim::Duration;
using sim::Time;

constexpr Time at(double seconds) {
    return Time::origin() + Duration::microseconds(static_cast<std::int64_t>(seconds * 1e6));
}

TableFill table_of(double limit) {
    TableFill table;
    table.limit = limit;
    return table;
}

TEST(ATableThatFills, DPS_7_IsFullAfter26SecondsAndRefusesUntilTheFirstEntriesExpire) {
    // A limit of 131072, 5000 short connections a second, TIME_WAIT of 120 s.
    TableFill table = table_of(131072);
    ask(table, at(0), 5000, 120);
    EXPECT_NEAR((next_change(table) - at(0)).in_seconds(), 131072.0 / 5000, 1e-5);
    EXPECT_EQ(table.success(), 1);
    EXPECT_NEAR(entries_at(table, at(10)), 50'000, 1);

    const Time full = next_change(table);
    ask(table, full, 5000, 120);
    EXPECT_EQ(table.success(), 0);  // nothing expires yet
    EXPECT_EQ(entries_at(table, full + Duration::seconds(40)), 131072);
    EXPECT_EQ(next_change(table), at(120));

    ask(table, at(120), 5000, 120);
    EXPECT_NEAR(table.success(), 131072 / (120.0 * 5000), 1e-12);  // DPC-33: 22 %
    EXPECT_EQ(next_change(table), Time::never());
}

TEST(ATableThatFills, DPC_31_SustainsItsLimitOverTheHold) {
    TableFill table = table_of(131072);
    ask(table, at(0), 1092, 120);  // 131072 / 120 = 1092.27
    EXPECT_EQ(next_change(table), Time::never());
    EXPECT_NEAR(entries_at(table, at(500)), 1092 * 120, 1);
}

TEST(ATableThatFills, WhatCameBeforeCountsUntilItExpires) {
    TableFill table = table_of(10'000);
    ask(table, at(0), 50, 100);     // 5000 in the long run
    ask(table, at(200), 150, 100);  // grows by 100 a second: 5000 more take 50 s
    EXPECT_EQ(next_change(table), at(250));
    ask(table, at(210), 50, 100);  // and back: 6000 there, the burst expires later
    EXPECT_EQ(next_change(table), Time::never());
    EXPECT_NEAR(entries_at(table, at(250)), 6000, 1);
    EXPECT_NEAR(entries_at(table, at(305)), 5500, 1);
    EXPECT_NEAR(entries_at(table, at(400)), 5000, 1);
}

TEST(ATableThatFills, WithLoadFromBeforeSomeStillGetIn) {
    TableFill table = table_of(10'000);
    ask(table, at(0), 50, 100);
    ask(table, at(200), 150, 100);
    ask(table, at(250), 150, 100);
    // The 50 a second that came from second 150 on make room for as many; the burst of second 200 does from 300 on.
    EXPECT_NEAR(table.success(), 50.0 / 150, 1e-12);
    EXPECT_EQ(next_change(table), at(300));
    ask(table, at(300), 150, 100);
    EXPECT_NEAR(table.success(), 100.0 / 150, 1e-12);
}

TEST(ATableThatFills, IsOpenAgainWhenThereIsRoomForAll) {
    TableFill table = table_of(1000);
    ask(table, at(0), 100, 100);
    ask(table, next_change(table), 100, 100);
    ask(table, next_change(table), 100, 100);
    EXPECT_NEAR(table.success(), 0.1, 1e-12);
    ask(table, at(500), 5, 100);
    EXPECT_EQ(table.success(), 1);
    EXPECT_NEAR(entries_at(table, at(500)), 1000, 1e-6);
    EXPECT_NEAR(entries_at(table, at(550)), 750, 1);
    EXPECT_NEAR(entries_at(table, at(700)), 500, 1);
}

TEST(ATableThatFills, DPC_35_ThatGivesWayRefusesNobody) {
    TableFill table = table_of(1000);
    table.gives_way = true;
    ask(table, at(0), 100, 100);
    EXPECT_EQ(next_change(table), Time::never());
    ask(table, at(50), 100, 100);
    EXPECT_EQ(table.success(), 1);
    EXPECT_EQ(entries_at(table, at(50)), 1000);
}

TEST(ATableThatFills, WithoutALimitIsNoTable) {
    TableFill table = table_of(0);
    ask(table, at(0), 1e9, 120);
    EXPECT_EQ(table.success(), 1);
    EXPECT_EQ(next_change(table), Time::never());
}

// The obvious version: second by second, every entry that came leaves after its hold.
TEST(ATableThatFills, AgreesWithACountSecondBySecond) {
    const unsigned seed = 20261130;
    SCOPED_TRACE("seed " + std::to_string(seed) + ": --gtest_filter=ATableThatFills.AgreesWithACountSecondBySecond");
    std::mt19937 random(seed);
    for (int trial = 0; trial < 200; ++trial) {
        TableFill table = table_of(1e12);  // never full
        const int hold = 20 + static_cast<int>(random() % 100);
        std::vector<double> came;
        double rate = 0;
        for (int second = 0; second < 400; ++second) {
            if (random() % 30 == 0) {
                rate = static_cast<double>(random() % 1000);
                ask(table, at(second), rate, hold);
            }
            came.push_back(rate);
            double there = 0;
            for (int s = std::max(0, second + 1 - hold); s <= second; ++s) there += came[static_cast<std::size_t>(s)];
            ASSERT_NEAR(entries_at(table, at(second + 1)), there, 1e-3) << trial << " " << second;
        }
    }
}

}  // namespace
}  // namespace eks::datapath

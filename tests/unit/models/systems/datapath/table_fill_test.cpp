#include "models/systems/datapath/table_fill.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

Coefficients without_sweeper() {
    Coefficients c = defaults;
    c[Coefficient::ct_sweep] = 0;
    return c;
}

// DPC-30
TEST(TableFill, OccupancyIsRateTimesHold) {
    const std::array both{Newcomers{100, 120}, Newcomers{50, 30}};
    EXPECT_DOUBLE_EQ(occupancy(both), 13'500);
    // A repeated 5-tuple adds no entry: two sources with a hundred ports.
    const std::array few{Newcomers{100, 120, 200}};
    EXPECT_DOUBLE_EQ(occupancy(few), 200);
}

// DPC-30, DPD-10, DPD-18, DPD-29
TEST(TableFill, EntriesOutliveTheirConnectionsAsTheTablesSay) {
    const auto closing = [](ConnectionTable table, Ending ending) { return closing_seconds(table, ending, defaults); };
    EXPECT_EQ(closing(ConnectionTable::conntrack, Ending::closed), 120);
    EXPECT_EQ(closing(ConnectionTable::conntrack, Ending::reset), 10);
    EXPECT_EQ(closing(ConnectionTable::conntrack, Ending::udp), 30);
    EXPECT_EQ(closing(ConnectionTable::conntrack, Ending::udp_stream), 120);
    EXPECT_EQ(closing(ConnectionTable::conntrack, Ending::abandoned), 86'400);
    EXPECT_EQ(closing(ConnectionTable::conntrack, Ending::unanswered), 120);
    EXPECT_EQ(closing(ConnectionTable::bpf, Ending::closed), 10);
    EXPECT_EQ(closing(ConnectionTable::bpf, Ending::abandoned), 8'000);
    EXPECT_EQ(closing(ConnectionTable::bpf, Ending::udp), 60);
    EXPECT_EQ(closing(ConnectionTable::bpf, Ending::unanswered), 60);
    // DPC-40
    EXPECT_EQ(closing(ConnectionTable::ec2, Ending::abandoned), 432'000);
    EXPECT_EQ(closing(ConnectionTable::ec2_nitro6, Ending::abandoned), 350);
    EXPECT_EQ(closing(ConnectionTable::ec2, Ending::udp), 30);
    EXPECT_EQ(closing(ConnectionTable::ec2, Ending::udp_stream), 180);
}

// DPC-31, DPD-10: 131072 entries sustain 1092 new connections a second, 262144 sustain 2184.
TEST(TableFill, ANodeSustainsItsLimitOverTimeWait) {
    EXPECT_DOUBLE_EQ(conntrack_limit(2), 131'072);
    EXPECT_DOUBLE_EQ(conntrack_limit(8), 262'144);
    EXPECT_EQ(std::floor(sustained_per_second(conntrack_limit(2), 120)), 1092);
    EXPECT_EQ(std::floor(sustained_per_second(conntrack_limit(8), 120)), 2184);
}

// DPD-18
TEST(TableFill, CiliumSizesItsMapByMemory) {
    EXPECT_DOUBLE_EQ(bpf_map_limit(4), 131'072);
    EXPECT_DOUBLE_EQ(bpf_map_limit(15), 131'072);
    EXPECT_NEAR(bpf_map_limit(30), 284'560, 1e-6);
    EXPECT_NEAR(bpf_map_limit(60), 569'120, 1e-6);
    EXPECT_NEAR(bpf_map_limit(120), 1'138'240, 1e-6);
}

// DPC-33
TEST(TableFill, TheCourseAtAConstantRateIsInClosedForm) {
    const std::array one{Newcomers{1000, 120}};
    const FillCourse course = fill_course(ConnectionTable::conntrack, 60'000, 0, one, without_sweeper());
    EXPECT_DOUBLE_EQ(*course.refuses_at_seconds, 60);
    EXPECT_DOUBLE_EQ(*course.recovers_at_seconds, 120);
    EXPECT_DOUBLE_EQ(course.success_while_full, 0);
    EXPECT_DOUBLE_EQ(course.success_later, 0.5);
    const FillCourse never = fill_course(ConnectionTable::conntrack, 120'001, 0, one, defaults);
    EXPECT_FALSE(never.refuses_at_seconds);
    EXPECT_DOUBLE_EQ(never.success_later, 1);
    // Measured: full at 37 s, loss until 128 s, at the rate at which 35.2 s are computed.
    const std::array measured{Newcomers{131'072 / 35.2, 120}};
    const FillCourse run = fill_course(ConnectionTable::conntrack, 131'072, 0, measured, defaults);
    EXPECT_NEAR(*run.refuses_at_seconds, 37, 2);
    EXPECT_NEAR(*run.recovers_at_seconds, 128, 8.5);
}

// DPC-33 with open connections in the table and a second kind that goes sooner.
TEST(TableFill, KindsThatExpireSoonerKeepTheirPlaces) {
    // 100 a second for 10 s and 100 for 120 s: 2000 at 10 s, then 100 a second more: 5000 at 40 s.
    const std::array both{Newcomers{100, 10}, Newcomers{100, 120}};
    const FillCourse course = fill_course(ConnectionTable::conntrack, 6000, 1000, both, without_sweeper());
    EXPECT_DOUBLE_EQ(*course.refuses_at_seconds, 40);
    EXPECT_DOUBLE_EQ(*course.recovers_at_seconds, 120);
    EXPECT_DOUBLE_EQ(course.success_while_full, 0.5);  // the places of the short ones
    EXPECT_NEAR(course.success_later, 5000.0 / 13'000, 1e-12);
}

// DPC-32: the sweeper frees some closing entries.
TEST(TableFill, TheSweeperLetsAFewInWhileTheTableIsFull) {
    const std::array one{Newcomers{1000, 120}};
    EXPECT_DOUBLE_EQ(fill_course(ConnectionTable::conntrack, 60'000, 0, one, defaults).success_while_full, 0.01);
}

// DPC-35
TEST(TableFill, AMapThatEvictsHurtsQuietFlows) {
    const std::array busy{Newcomers{5000, 100}};
    EXPECT_FALSE(eviction(1'000'000, busy, 2).unused_seconds);
    const Eviction full = eviction(500'000, busy, 2);
    EXPECT_DOUBLE_EQ(*full.unused_seconds, 50);
    EXPECT_NEAR(hurt_share(full, 50, false), std::exp(-1.0), 1e-12);
    EXPECT_NEAR(hurt_share(full, 5, false), std::exp(-10.0), 1e-12);
    EXPECT_EQ(hurt_share(full, 50, true), 0);
    EXPECT_EQ(hurt_share(eviction(1'000'000, busy, 2), 50, false), 0);
}

// DPS-7: limit 131072, 5000 short connections a second: full after 26 s, then new ones fail until 120 s, later 22 %
// succeed.
TEST(Symptoms, ConntrackRunsFullAndRecoversToAShare) {
    const std::array flood{Newcomers{5000, 120}};
    const FillCourse course = fill_course(ConnectionTable::conntrack, 131'072, 0, flood, defaults);
    EXPECT_NEAR(*course.refuses_at_seconds, 26, 0.5);
    EXPECT_NEAR(*course.recovers_at_seconds, 120, 1e-9);
    EXPECT_LT(course.success_while_full, 0.01);
    EXPECT_NEAR(course.success_later, 0.22, 0.005);
}

// DPS-8, DPC-32: a flood of connections that are never answered fills the table and refuses nobody.
TEST(Symptoms, AHalfOpenFloodGivesWay) {
    const std::array flood{Newcomers{500, 120}, Newcomers{5000, 120, {}, false}};
    const FillCourse course = fill_course(ConnectionTable::conntrack, 131'072, 0, flood, defaults);
    EXPECT_NEAR(*course.full_at_seconds, 131'072 / 5500.0, 1e-9);
    EXPECT_FALSE(course.refuses_at_seconds);
    EXPECT_EQ(course.success_later, 1);
    // And where others do fill it, its places are not counted as theirs.
    const std::array mixed{Newcomers{1000, 120}, Newcomers{500, 60, {}, false}};
    const FillCourse full = fill_course(ConnectionTable::conntrack, 60'000, 0, mixed, without_sweeper());
    EXPECT_DOUBLE_EQ(*full.refuses_at_seconds, 60);
    EXPECT_DOUBLE_EQ(*full.recovers_at_seconds, 120);
    EXPECT_DOUBLE_EQ(full.success_while_full, 0);
    EXPECT_DOUBLE_EQ(full.success_later, 0.5);
    const std::array assured{Newcomers{500, 120}, Newcomers{5000, 120}};
    EXPECT_TRUE(fill_course(ConnectionTable::conntrack, 131'072, 0, assured, defaults).refuses_at_seconds);
}

// DPD-29: EC2's table has no place for newcomers once it is full, whoever has filled it. DPC-32 is about Linux.
TEST(TableFill, InEc2sTrackingNobodyGivesWay) {
    Newcomers answered;
    answered.per_second = 100;
    answered.hold_seconds = 350;
    Newcomers flood;
    flood.per_second = 20'000;
    flood.hold_seconds = 30;
    flood.is_answered = false;
    const std::array both{answered, flood};
    const FillCourse course = fill_course(ConnectionTable::ec2, 50'000, 0, both, default_coefficients());
    EXPECT_NEAR(course.refuses_at_seconds.value_or(0), 50'000 / 20'100.0, 1e-9);
    EXPECT_EQ(course.refuses_at_seconds, course.full_at_seconds);
    EXPECT_EQ(course.success_while_full, 0);  // until the first of the flood expire
    EXPECT_EQ(course.recovers_at_seconds, 30);
    EXPECT_FALSE(fill_course(ConnectionTable::conntrack, 50'000, 0, std::array{flood}, default_coefficients())
                     .refuses_at_seconds);
}

}  // namespace
}  // namespace eks::datapath

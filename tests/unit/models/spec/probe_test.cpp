// When probes see what (KUBELET-39): the first at the initial delay, then each period; failureThreshold in a row kill.
#include "models/spec/probe.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using namespace sim::literals;

constexpr Probe defaults{true, 0_s, 10_s, 1_s, 3};

TEST(Probe, ComesAtOnceAndThenEachPeriod) {
    EXPECT_EQ(first_probe_from(defaults, 0_s), 0_s);
    EXPECT_EQ(first_probe_from(defaults, 1_us), 10_s);
    EXPECT_EQ(first_probe_from(defaults, 10_s), 10_s);
    EXPECT_EQ(first_probe_from({true, 60_s, 10_s, 1_s, 3}, 5_s), 60_s);
    EXPECT_EQ(first_probe_from({true, 60_s, 10_s, 1_s, 3}, 61_s), 70_s);
}

TEST(Probe, GivesUpAtTheThirdFailureInARow) {
    // Probes fail at 100, 110 and 120 s, each known a second later.
    EXPECT_EQ(gives_up_at(defaults, 95_s), 121_s);
    EXPECT_EQ(gives_up_at({true, 0_s, 5_s, 2_s, 1}, 12_s), 17_s);
}

}  // namespace
}  // namespace eks

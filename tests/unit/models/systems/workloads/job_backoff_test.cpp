// The Job controllers' pauses after failed pods.
#include "models/systems/workloads/job_backoff.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks {
namespace {

using namespace sim::literals;

TEST(JobBackoff, DoublesFromTenSecondsToTenMinutes) {
    // JOB-6: 10, 20, 40, 80, 160, 320, 600, 600 s
    EXPECT_EQ(job_backoff(0), 0_s);
    const std::vector<sim::Duration> expected{10_s, 20_s, 40_s, 80_s, 160_s, 320_s, 600_s, 600_s};
    for (std::int32_t failures = 1; failures <= static_cast<std::int32_t>(expected.size()); ++failures) {
        EXPECT_EQ(job_backoff(failures), expected[static_cast<std::size_t>(failures) - 1]) << failures;
    }
}

TEST(JobBackoff, Of2018EndsAtSixMinutes) {
    // 10 s·2^n, at most 6 min
    const std::vector<sim::Duration> expected{10_s, 20_s, 40_s, 80_s, 160_s, 320_s, 360_s, 360_s};
    for (std::int32_t failures = 1; failures <= static_cast<std::int32_t>(expected.size()); ++failures) {
        EXPECT_EQ(job_backoff_of_2018(failures), expected[static_cast<std::size_t>(failures) - 1]) << failures;
    }
}

}  // namespace
}  // namespace eks

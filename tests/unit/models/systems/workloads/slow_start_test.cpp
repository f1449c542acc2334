// Creations in growing batches (CTRL-3).
#include "models/systems/workloads/slow_start.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace eks {
namespace {

using namespace sim::literals;

TEST(SlowStart, BatchesDoubleAndWaitForEachOther) {
    // Ten creations of 100 ms each: 1, 2, 4 and the remaining 3.
    std::vector<sim::Time> issued;
    const sim::Time done = slow_start(10, sim::Time::at(5_s), [&](sim::Time at) {
        issued.push_back(at);
        return at + 100_ms;
    });
    const auto at = [](sim::Duration since) { return sim::Time::at(5_s + since); };
    EXPECT_EQ(issued, (std::vector<sim::Time>{at(0_ms), at(100_ms), at(100_ms), at(200_ms), at(200_ms), at(200_ms),
                                              at(200_ms), at(300_ms), at(300_ms), at(300_ms)}));
    EXPECT_EQ(done, at(400_ms));
}

TEST(SlowStart, ABatchEndsWithItsSlowestCreation) {
    int calls = 0;
    std::vector<sim::Time> issued;
    slow_start(4, sim::Time::origin(), [&](sim::Time at) {
        issued.push_back(at);
        return at + (++calls == 2 ? 1_s : 10_ms);
    });
    EXPECT_EQ(issued[3], sim::Time::at(1010_ms));
}

TEST(SlowStart, NothingToCreateTakesNoTime) {
    EXPECT_EQ(slow_start(0, sim::Time::at(3_s), [](sim::Time at) { return at + 1_s; }), sim::Time::at(3_s));
}

}  // namespace
}  // namespace eks

// What Goldilocks shows (VPA-30).
#include "models/systems/autoscaling/advice/goldilocks.hpp"

#include <gtest/gtest.h>

namespace eks::goldilocks {
namespace {

TEST(Goldilocks, ShowsTheTargetTwiceOrTheBounds) {
    const vpa::Recommendation recommendation{{100, 250 * mebibyte}, {50, 200 * mebibyte}, {400, 900 * mebibyte}};
    EXPECT_EQ(guaranteed(recommendation), (Shown{{100, 250 * mebibyte}, {100, 250 * mebibyte}}));
    EXPECT_EQ(burstable(recommendation), (Shown{{50, 200 * mebibyte}, {400, 900 * mebibyte}}));
}

TEST(Goldilocks, RoundsMemoryUpToWholeUnits) {
    EXPECT_EQ(shown_memory(mebibyte + 1), 2 * mebibyte);
    EXPECT_EQ(shown_memory(mebibyte), mebibyte);
    EXPECT_EQ(shown_memory(kibibyte + 1), 2 * kibibyte);
    EXPECT_EQ(shown_memory(0), 0);
}

}  // namespace
}  // namespace eks::goldilocks

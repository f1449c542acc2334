#include "models/report/least_squares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eks {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// DPR-5. Points 1, 3, 2 at 0, 1, 2: the line of least squares has slope 1/2 and passes their middle, (1, 2).
TEST(LeastSquares, FindsTheLineThroughScatteredPoints) {
    const LeastSquares found = least_squares({{1, 0}, {1, 1}, {1, 2}}, {{1, 3, 2}});
    EXPECT_THAT(found.values[0], ElementsAre(DoubleNear(1.5, 1e-12), DoubleNear(0.5, 1e-12)));
    EXPECT_THAT(found.identified, ElementsAre(true, true));
}

TEST(LeastSquares, AnswersEachObservedColumnByItself) {
    const LeastSquares found = least_squares({{2}, {4}}, {{2, 4}, {6, 12}});
    ASSERT_EQ(found.values.size(), 2U);
    EXPECT_NEAR(found.values[0][0], 1, 1e-12);
    EXPECT_NEAR(found.values[1][0], 3, 1e-12);
}

// The first two always occur together, in whatever unit; the third stands alone.
TEST(LeastSquares, SaysWhichCoefficientsTheDesignDoesNotTellApart) {
    const LeastSquares found = least_squares({{1, 0.001, 0}, {1, 0.001, 5}, {2, 0.002, 1}}, {{1, 2, 3}});
    EXPECT_THAT(found.identified, ElementsAre(false, false, true));
}

// A slope in small numbers beside a constant in large ones is still seen.
TEST(LeastSquares, SeesThroughUnits) {
    const LeastSquares found = least_squares({{1000, 1e-6}, {1000, 2e-6}}, {{1, 2}});
    EXPECT_THAT(found.identified, ElementsAre(true, true));
    EXPECT_NEAR(found.values[0][1], 1e6, 1e-3);
}

TEST(LeastSquares, ReadsAndWritesJson) {
    EXPECT_EQ(least_squares_as_json(R"({"design": [[2.0]], "observed": [[4.0]]})"),
              R"({"identified":[true],"values":[[2.0]]})");
}

}  // namespace
}  // namespace eks

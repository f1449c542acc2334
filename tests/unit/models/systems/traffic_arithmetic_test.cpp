// A pod as a queue: Erlang's formulae against values from tables and closed forms.
#include "models/systems/workloads/traffic_arithmetic.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

TEST(PodQueue, ErlangsCIsThatOfTheTables) {
    EXPECT_NEAR(share_that_waits(0.5, 1), 0.5, 1e-12);  // M/M/1: the load itself
    EXPECT_NEAR(share_that_waits(1.0, 2), 1.0 / 3, 1e-12);
    EXPECT_NEAR(share_that_waits(2.0, 3), 4.0 / 9, 1e-12);
    EXPECT_NEAR(share_that_waits(8.0, 10), 0.409180, 1e-6);
}

TEST(PodQueue, OneCoreIsAnMm1) {
    // 1/(mu - lambda): 10 ms of work, 50 requests a second.
    EXPECT_NEAR((PodServer{1}.time_in_pod(50, 0.010)), 0.020, 1e-12);
    EXPECT_NEAR(PodServer{1}.capacity(0.010), 100, 1e-9);
}

TEST(PodQueue, APartOfACoreTakesLongerOverARequest) {
    EXPECT_NEAR((PodServer{0.25}.time_in_pod(0, 0.010)), 0.040, 1e-12);
    EXPECT_NEAR(PodServer{0.25}.capacity(0.010), 25, 1e-9);
}

TEST(PodQueue, TwoAndAHalfCoresAreThreeServersThatAreSlowedDown) {
    EXPECT_EQ(PodServer{2.5}.servers(), 3);
    EXPECT_NEAR(PodServer{2.5}.seconds_of(0.010), 0.012, 1e-12);
    EXPECT_NEAR(PodServer{2.5}.capacity(0.010), 250, 1e-9);
    EXPECT_EQ(PodServer{3}.servers(), 3);
}

TEST(PodQueue, RequestsThatFailAreSentAgain) {
    EXPECT_DOUBLE_EQ(with_retries(100, 0, 3), 100);
    EXPECT_DOUBLE_EQ(with_retries(100, 0.5, 2), 175);  // 100 + 50 + 25
    EXPECT_DOUBLE_EQ(with_retries(100, 1, 3), 400);
}

}  // namespace
}  // namespace eks

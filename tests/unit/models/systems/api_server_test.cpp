// How fast the API server takes the calls of the control plane's clients (CLIENT-1, CLIENT-2, APF-1).
#include "models/systems/api_server.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using namespace sim::literals;

TEST(ApiServer, GivesTheControllersFortyOf245Shares) {  // APF-1: 98 of 600 seats
    EXPECT_EQ(workload_high_seats(600), 98);
    EXPECT_EQ(workload_high_seats(6800), 1111);
}

TEST(ApiServer, TheClientsOwnLimitHoldsWhileCallsAreShort) {  // CLIENT-2
    const CallPace own = pace_of({20, 30});
    EXPECT_EQ(own.interval, 50_ms);
    EXPECT_EQ(own.ahead, 50_ms * 29);
    const CallPace pace = pace_within({20, 30}, 98, 10_ms);
    EXPECT_EQ(pace.interval, own.interval);
    EXPECT_EQ(pace.ahead, own.ahead);
}

TEST(ApiServer, TheSeatsHoldWhenCallsTakeLong) {  // APF-1
    // Ten seats and calls of a second are ten calls a second, ten of them at once.
    const CallPace pace = pace_within({20, 30}, 10, 1_s);
    EXPECT_EQ(pace.interval, 100_ms);
    EXPECT_EQ(pace.ahead, 900_ms);
}

}  // namespace
}  // namespace eks

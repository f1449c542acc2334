// How transfers share links, worked out by hand.
#include "models/systems/nodes/fair_shares.hpp"

#include <gtest/gtest.h>

namespace eks {

TEST(FairShares, OneLinkIsSharedEvenly) {
    const std::vector<Transfer> flows(3, Transfer{1000, {0, no_link, no_link}});
    EXPECT_EQ(fair_shares(flows, {90}), (std::vector<std::int64_t>{30, 30, 30}));
}

TEST(FairShares, WhatASlowFlowLeavesTheOthersHave) {
    const std::vector<Transfer> flows{
        {10, {0, no_link, no_link}}, {1000, {0, no_link, no_link}}, {1000, {0, no_link, no_link}}};
    EXPECT_EQ(fair_shares(flows, {90}), (std::vector<std::int64_t>{10, 40, 40}));
}

TEST(FairShares, AFlowIsBoundByTheNarrowestOfItsLinks) {
    // Two on link 0 of 30, one of which goes over link 1 of 100 too, beside a third: 15, 15, 85.
    const std::vector<Transfer> flows{
        {1000, {0, no_link, no_link}}, {1000, {0, 1, no_link}}, {1000, {1, no_link, no_link}}};
    EXPECT_EQ(fair_shares(flows, {30, 100}), (std::vector<std::int64_t>{15, 15, 85}));
}

TEST(FairShares, WithoutALinkTheLimitIsTheRate) {
    EXPECT_EQ(fair_shares(std::vector<Transfer>{{7, {no_link, no_link, no_link}}}, {}), std::vector<std::int64_t>{7});
    EXPECT_TRUE(fair_shares(std::vector<Transfer>{}, {}).empty());
}

TEST(FairShares, NobodyStarvesOnALinkWithMoreFlowsThanBytes) {
    const std::vector<Transfer> flows(5, Transfer{1000, {0, no_link, no_link}});
    EXPECT_EQ(fair_shares(flows, {3}), (std::vector<std::int64_t>(5, 1)));
}

}  // namespace eks

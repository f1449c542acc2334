#include "models/systems/datapath/balancer_target.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

// DPS-22: instance targets take an extra hop for all but one in nodes-with-pods, and cross-zone bytes are billed twice;
// ip targets neither.
TEST(BalancerTarget, InstanceTargetsTakeAnExtraHop) {
    EXPECT_DOUBLE_EQ(extra_hop_share(Target::instance, 4), 0.75);
    EXPECT_DOUBLE_EQ(extra_hop_share(Target::instance, 1), 0);
    EXPECT_DOUBLE_EQ(extra_hop_share(Target::ip, 4), 0);
    // 100 GB, of which 75 take the hop and 50 of these to one of the two other zones of three.
    EXPECT_DOUBLE_EQ(billed_gb(Target::instance, 100, 4, 2.0 / 3), 100);
    EXPECT_DOUBLE_EQ(billed_gb(Target::instance, 100, 4, 0), 0);
    EXPECT_DOUBLE_EQ(billed_gb(Target::ip, 100, 4, 2.0 / 3), 0);
}

// DPS-22, DPD-33: a client that is its own target fails where its address is kept.
TEST(BalancerTarget, HairpinsFailWhereTheClientsAddressIsKept) {
    EXPECT_TRUE(fails_as_hairpin(true, true));
    EXPECT_FALSE(fails_as_hairpin(false, true));
    EXPECT_FALSE(fails_as_hairpin(true, false));
}

}  // namespace
}  // namespace eks::datapath

// Zones by region, and those that EKS refuses (AWS-8).
#include "models/catalog/zones.hpp"

#include "models/catalog/catalog.hpp"

#include <gtest/gtest.h>

#include <set>

namespace eks {
namespace {

TEST(Zones, NamesStartWithTheirRegionAndAreInOrder) {
    const auto zones = zones_of("eu-central-1");
    ASSERT_EQ(zones.size(), 3U);
    EXPECT_EQ(zones[0].name, "eu-central-1a");
    EXPECT_EQ(zones[2].name, "eu-central-1c");
    EXPECT_EQ(region_of_zone(zones[1].name), "eu-central-1");
    EXPECT_EQ(zones_of("us-east-1").size(), 6U);
    EXPECT_EQ(zones_of("ca-central-1")[2].name, "ca-central-1d");
}

TEST(Zones, EksRefusesClusterSubnetsInTheThreeOldZones) {
    EXPECT_TRUE(refuses_cluster_subnets("use1-az3"));
    EXPECT_TRUE(refuses_cluster_subnets("usw1-az2"));
    EXPECT_TRUE(refuses_cluster_subnets("cac1-az3"));
    EXPECT_FALSE(refuses_cluster_subnets("use1-az1"));
    int refused = 0;
    for (const Zone& zone : zones_of("us-east-1")) {
        if (zone.takes_cluster_subnets) continue;
        ++refused;
        EXPECT_EQ(zone.id, "use1-az3");
    }
    EXPECT_EQ(refused, 1);
}

// A cluster needs two zones, and a region where something has a price needs zones.
TEST(Zones, EveryPricedRegionHasTwoZonesThatTakeClusterSubnets) {
    std::set<std::string> ids;
    for (const std::string_view region : Catalog::regions()) {
        int usable = 0;
        for (const Zone& zone : zones_of(region)) {
            usable += zone.takes_cluster_subnets ? 1 : 0;
            EXPECT_TRUE(ids.insert(zone.id).second) << zone.id;
            EXPECT_EQ(region_of_zone(zone.name), region);
        }
        EXPECT_GE(usable, 2) << region;
    }
}

TEST(Zones, UnknownRegionHasNoZones) {
    EXPECT_TRUE(zones_of("mars-north-1").empty());
    EXPECT_TRUE(zones_of("").empty());
    EXPECT_EQ(region_of_zone("eu-central-1"), "");
    EXPECT_EQ(region_of_zone(""), "");
    EXPECT_EQ(region_of_zone("a"), "");
}

}  // namespace
}  // namespace eks

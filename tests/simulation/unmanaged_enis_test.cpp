// ENIs that others attach to a node: which of them the VPC CNI leaves alone, what room they cost, and what becomes of
// those that it takes over (IPAM-51, IPAM-107, IPAM-152).
#include "tests/support/one_node.hpp"

namespace eks::testing {
namespace {

// An m5.large with room for three ENIs, one of them somebody else's with two secondary addresses.
OneNode with_other(EniTag tag, std::int32_t pods = 0) {
    OneNode one(pods);
    one.c.spec.shapes[0].other_enis = {{.tag = tag, .count = 1, .addresses = 2}};
    return one;
}

std::int32_t others_in_store(const TinyRun& run) {
    std::int32_t count = 0;
    for (const auto& [id, eni] : run.world().enis) count += eni.in_store && !eni.is_primary ? 1 : 0;
    return count;
}

TEST(UnmanagedEnis, ATaggedOneIsNeverUsedAndTakesASlot) {
    // IPAM-152, IPAM-51: of 3 ENIs one is not the CNI's, so 18 addresses are all that it can have; the subnet lacks
    // the three of the other one all the same (IPAM-187).
    OneNode one = with_other(EniTag::no_manage);
    one.c.scale_at(10_s, one.web, 30);
    TinyRun run = one.c.start();
    run.until(20_min, 1_s);
    EXPECT_EQ(run.the_node().enis, 3);
    EXPECT_EQ(run.the_pool().enis, 2);
    EXPECT_EQ(run.the_pool().total, 18);
    EXPECT_EQ(run.world()[one.web].ready, 18);
    EXPECT_EQ(run.world().subnets[0].free, run.spec().subnets[0].usable() - 2 * 10 - 3);
    // It does not even try: with the slot counted out there is no room (IPAM-51).
    EXPECT_EQ(run.calls(Ec2Action::attach_network_interface, Ec2Result::attachment_limit_exceeded), 0);
}

TEST(UnmanagedEnis, AnUntaggedOneIsTakenOverUnlessToldOtherwise) {
    // IPAM-152: MANAGE_UNTAGGED_ENI is on by default. In IMDS-only mode no tags are seen, and none is left alone.
    struct Case {
        EniTag tag;
        bool manages_untagged;
        bool knows_tags;
        std::int32_t taken_over;
    };
    for (const auto& [tag, manages_untagged, knows_tags, taken_over] :
         {Case{EniTag::untagged, true, true, 1}, Case{EniTag::untagged, false, true, 0},
          Case{EniTag::managed, false, true, 1}, Case{EniTag::no_manage, true, true, 0},
          Case{EniTag::no_manage, true, false, 1}}) {
        for (const Opening opening : {Opening::settled, Opening::empty}) {
            OneNode one = with_other(tag);
            one.c.spec.opening = opening;
            one.c.spec.cni.warm_ip_target = 3;
            one.c.spec.cni.manages_untagged_enis = manages_untagged;
            one.c.spec.cni.knows_tags = knows_tags;
            TinyRun run = one.c.start();
            run.until(50_s, 1_s);
            EXPECT_EQ(others_in_store(run), taken_over);
            EXPECT_GE(run.the_pool().total, taken_over * 2);
        }
    }
}

TEST(UnmanagedEnis, PodsGetAddressesOfOneThatWasTakenOver) {
    // With no room beside the primary ENI's nine and the two of the other one.
    OneNode one = with_other(EniTag::untagged, 11);
    one.c.spec.shapes[0].max_enis = 2;
    one.c.spec.cni.max_eni = 2;
    one.c.spec.cni.warm_ip_target = 1;
    TinyRun run = one.c.start();
    EXPECT_EQ(run.world()[one.web].ready, 11);
}

TEST(UnmanagedEnis, AnIdleOneThatWasTakenOverIsFreed) {
    // IPAM-95 as for any other: the CNI deletes what somebody attached for a purpose of their own.
    OneNode one = with_other(EniTag::untagged);
    one.c.spec.shapes[0].other_enis[0].addresses = 0;
    one.c.spec.cni.warm_ip_target = 1;
    TinyRun run = one.c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(run.the_node().enis, 1);
    EXPECT_GE(run.calls(Ec2Action::delete_network_interface), 1);
}

TEST(UnmanagedEnis, AReconcileDropsThemFirst) {
    // IPAM-107: nothing is described, tagged or set up for them in an hour.
    OneNode one = with_other(EniTag::no_manage);
    TinyRun run = one.c.start();
    run.until(1_h);
    EXPECT_EQ(run.calls(Ec2Action::create_tags), 0);
    EXPECT_EQ(run.calls(Ec2Action::describe_network_interfaces), 0);
    EXPECT_EQ(others_in_store(run), 0);
}

}  // namespace
}  // namespace eks::testing

// Numbers that the rules of pod addresses state outright: the daemon's fixed times (IPAM-2) and the account's limits on
// calls (IPAM-401, IPAM-402).
#include "models/spec/cni_settings.hpp"
#include "models/spec/ec2.hpp"
#include "models/spec/latencies.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using namespace sim::literals;

TEST(AddressConstants, AreTheDaemonsOwn) {  // IPAM-2, IPAM-33
    const CniConstants constants;
    EXPECT_EQ(constants.pool_interval, 5_s);
    EXPECT_EQ(constants.reconcile_interval, 60_s);
    EXPECT_EQ(constants.decrease_interval, 30_s);
    EXPECT_EQ(constants.readopt_cooldown, 60_s);
    EXPECT_EQ(constants.insufficient_cooldown, 120_s);
    EXPECT_EQ(constants.minimum_eni_age, 60_s);
    EXPECT_EQ(constants.delay_after_detach, 2_s);
    EXPECT_EQ(constants.excluded_clean_up, 5_s);
}

TEST(AddressConstants, LimitsOnCallsAreTheAccountsDefaults) {
    // IPAM-401, IPAM-402: bucket and refill a second. IPAM-404: Karpenter's own simulator of EC2 has the same for the
    // kinds of call, IPAM-406 for attachments.
    struct Case {
        Ec2Action action;
        std::int32_t bucket, refill;
    };
    const Case cases[] = {
        {Ec2Action::assign_private_ip_addresses, 100, 5},
        {Ec2Action::unassign_private_ip_addresses, 100, 5},
        {Ec2Action::create_network_interface, 100, 5},
        {Ec2Action::delete_network_interface, 100, 5},
        {Ec2Action::modify_network_interface_attribute, 100, 5},
        {Ec2Action::attach_network_interface, 50, 5},
        {Ec2Action::detach_network_interface, 50, 5},
        {Ec2Action::create_tags, 100, 10},
        {Ec2Action::run_instances, 5, 2},
        {Ec2Action::terminate_instances, 100, 5},
        {Ec2Action::create_fleet, 50, 5},  // AWS-40
        {Ec2Action::describe_network_interfaces, 100, 20},
        {Ec2Action::describe_instances, 100, 20},
        {Ec2Action::describe_subnets, 100, 20},
        {Ec2Action::assign_ipv6_addresses, 100, 5},
        // Not listed, and it changes something (IPAM-401).
        {Ec2Action::associate_trunk_interface, 50, 5},
        // Filtered or paginated calls that change nothing (IPAM-401).
        {Ec2Action::describe_vpcs, 100, 20},
        {Ec2Action::describe_route_tables, 100, 20},
        {Ec2Action::describe_security_groups, 100, 20},
    };
    EXPECT_EQ(std::size(cases), ec2_action_count);
    const Ec2Settings settings = default_ec2_settings();
    for (const Case& c : cases) {
        EXPECT_EQ(settings[c.action].bucket, c.bucket) << text_of(c.action);
        EXPECT_EQ(settings[c.action].refill_milli_per_second, c.refill * 1000) << text_of(c.action);
        EXPECT_EQ(settings[c.action].other_load_milli_per_second, 0);
    }
    EXPECT_EQ(settings.attempts, 3);  // IPAM-4
    // IPAM-403: those that count instances.
    for (const Case& c : {Case{Ec2Action::run_instances, 1000, 2}, Case{Ec2Action::terminate_instances, 1000, 20},
                          Case{Ec2Action::create_network_interface, 0, 0}}) {
        EXPECT_EQ(settings[c.action].instances, c.bucket) << text_of(c.action);
        EXPECT_EQ(settings[c.action].instances_refill_milli_per_second, c.refill * 1000) << text_of(c.action);
    }
}

TEST(AddressConstants, LatenciesAreOfTheOrderThatWasSeen) {
    // IPAM-79, IPAM-408: 0.3 s a call; attached to visible with a median of 3 s and 20 s at the 99th percentile.
    for (const Ec2Limit& limit : default_ec2_settings().limits) {
        EXPECT_EQ(limit.latency.sample(0.01), 300_ms);
        EXPECT_EQ(limit.latency.sample(0.99), 300_ms);
    }
    const sim::Distribution visible = default_latencies(false).eni_visible;
    EXPECT_NEAR(static_cast<double>(visible.sample(0.5).us()), 3e6, 5e4);
    EXPECT_NEAR(static_cast<double>(visible.sample(0.99).us()), 20e6, 4e5);
}

}  // namespace
}  // namespace eks

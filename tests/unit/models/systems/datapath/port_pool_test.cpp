#include "models/systems/datapath/port_pool.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPC-36. Measured: with a pool of 100 ports, 100 of 140 connections work.
TEST(PortPool, TheExcessFailsAndTheRestWorks) {
    const PortPool pool = port_pool(100, 14, 10, 0);
    EXPECT_DOUBLE_EQ(pool.used, 100);
    EXPECT_NEAR(pool.success, 100.0 / 140, 1e-12);
    const PortPool roomy = port_pool(100, 5, 10, 0);
    EXPECT_DOUBLE_EQ(roomy.used, 50);
    EXPECT_DOUBLE_EQ(roomy.success, 1);
}

// DPC-36, DPC-37: a node keeps ports for 120 s after the connection, a gateway for the 60 s that are assumed.
TEST(PortPool, ExternalSnatMovesTheCapToTheGateway) {
    Egress egress{.nodes = 10, .per_second = 400, .life_seconds = 5};
    const PortPool on_node = egress_ports(egress, defaults);
    EXPECT_DOUBLE_EQ(on_node.cap, 64'500);
    EXPECT_DOUBLE_EQ(on_node.used, 400 * 125);
    EXPECT_DOUBLE_EQ(on_node.success, 1);
    // The same rate of ten nodes on one address of a gateway fails: 260000 ports wanted.
    egress.is_external_snat = true;
    const PortPool shared = egress_ports(egress, defaults);
    EXPECT_DOUBLE_EQ(shared.cap, 55'000);
    EXPECT_NEAR(shared.success, 55'000.0 / 260'000, 1e-12);
    egress.gateway_addresses = 8;
    EXPECT_DOUBLE_EQ(egress_ports(egress, defaults).cap, 440'000);  // DPD-31
    EXPECT_DOUBLE_EQ(egress_ports(egress, defaults).success, 1);
    // And the reverse for one busy node: 600 a second want 75000 ports of the node, but 39000 of the gateway.
    Egress busy{.nodes = 1, .per_second = 600, .life_seconds = 5};
    EXPECT_NEAR(egress_ports(busy, defaults).success, 64'500.0 / 75'000, 1e-12);
    busy.is_external_snat = true;
    EXPECT_DOUBLE_EQ(egress_ports(busy, defaults).success, 1);
}

// DPC-38, DPS-18, DPD-19: 30000 Services of four endpoints want 150000 entries of 65536; those written last are dead.
TEST(Symptoms, AFullMapLeavesTheLastServicesDead) {
    EXPECT_DOUBLE_EQ(lb_entries(30'000, 4), 150'000);
    EXPECT_DOUBLE_EQ(dead_services(30'000, 4, defaults[Coefficient::lb_map_max]), 30'000 - 13'107);
    EXPECT_DOUBLE_EQ(dead_services(13'107, 4, defaults[Coefficient::lb_map_max]), 0);
}

// DPS-9: a pool is that of one destination; another one's is untouched.
TEST(Symptoms, OtherDestinationsHavePortsOfTheirOwn) {
    EXPECT_LT(port_pool(defaults[Coefficient::ports_node], 1000, 0, 120).success, 0.54);
    EXPECT_GT(port_pool(defaults[Coefficient::ports_node], 1000, 0, 120).success, 0.53);
    EXPECT_DOUBLE_EQ(port_pool(defaults[Coefficient::ports_node], 10, 0, 120).success, 1);
}

}  // namespace
}  // namespace eks::datapath

#include "models/systems/datapath/proxy_cost.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPS-20, DPD-25: memory of sidecars goes with pods and their CPU with requests times two proxies; a proxy of the node
// takes each request once, and all pods fail with it.
TEST(ProxyCost, SidecarsScaleWithPodsAndNodeProxiesDoNot) {
    const ProxiedNode few{.pods = 10, .requests_per_second = 1000};
    ProxiedNode many = few;
    many.pods = 100;
    const ProxyMemory memory;
    const ProxyCost sidecars = proxy_cost(Layer7::two_sidecars, few, memory, defaults);
    EXPECT_DOUBLE_EQ(sidecars.memory_mb, 600);
    EXPECT_DOUBLE_EQ(sidecars.cores, 0.4);  // 1000 requests of 200 us in two proxies
    EXPECT_DOUBLE_EQ(sidecars.pods_that_fail_together, 1);
    const ProxyCost more = proxy_cost(Layer7::two_sidecars, many, memory, defaults);
    EXPECT_DOUBLE_EQ(more.memory_mb, 6000);
    EXPECT_DOUBLE_EQ(more.cores, 0.4);
    const ProxyCost node = proxy_cost(Layer7::node_proxy, many, memory, defaults);
    EXPECT_DOUBLE_EQ(node.memory_mb, 60);
    EXPECT_DOUBLE_EQ(node.cores, 0.2);
    EXPECT_DOUBLE_EQ(node.proxies, 1);
    EXPECT_DOUBLE_EQ(node.pods_that_fail_together, 100);
    EXPECT_DOUBLE_EQ(proxy_cost(Layer7::one_sidecar, few, memory, defaults).cores, 0.2);
    const ProxyCost ztunnel = proxy_cost(Layer7::ztunnel, few, memory, defaults);
    EXPECT_DOUBLE_EQ(ztunnel.cores, 0.12);
    EXPECT_DOUBLE_EQ(ztunnel.memory_mb, 12);
    EXPECT_DOUBLE_EQ(proxy_cost(Layer7::none, few, memory, defaults).cores, 0);
}

}  // namespace
}  // namespace eks::datapath

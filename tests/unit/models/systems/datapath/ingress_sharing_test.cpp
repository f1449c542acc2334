#include "models/systems/datapath/ingress_sharing.hpp"

#include <gtest/gtest.h>

#include <array>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPS-23: a hot Ingress slows down all that share its Envoy, and none that do not; dedicated ones pay a load balancer
// each.
TEST(IngressSharing, OneHotIngressSlowsDownAllOnItsEnvoy) {
    std::array ingresses{IngressDemand{500, 200}, IngressDemand{500, 200}};
    const auto quiet = ingress_times_us(IngressMode::shared, ingresses, 2, defaults);
    const auto apart = ingress_times_us(IngressMode::dedicated, ingresses, 2, defaults);
    ingresses[1].requests_per_second = 9000;  // 1.8 of two cores
    const auto shared = ingress_times_us(IngressMode::shared, ingresses, 2, defaults);
    const auto dedicated = ingress_times_us(IngressMode::dedicated, ingresses, 2, defaults);
    EXPECT_GT(shared[0], 3 * quiet[0]);
    EXPECT_DOUBLE_EQ(shared[0], shared[1]);
    EXPECT_DOUBLE_EQ(dedicated[0], apart[0]);
    EXPECT_GT(dedicated[1], 3 * apart[1]);
    EXPECT_EQ(load_balancers(IngressMode::shared, 12), 1u);
    EXPECT_EQ(load_balancers(IngressMode::dedicated, 12), 12u);
    EXPECT_EQ(load_balancers(IngressMode::shared, 0), 0u);
}

}  // namespace
}  // namespace eks::datapath

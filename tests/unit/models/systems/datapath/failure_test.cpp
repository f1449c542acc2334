#include "models/systems/datapath/failure.hpp"

#include "models/systems/datapath/rule_sync.hpp"

#include <gtest/gtest.h>

namespace eks::datapath {
namespace {

const Coefficients defaults = default_coefficients();

// DPC-66
TEST(Failures, ComposeAndKeepTheirFactors) {
    Failures failures;
    failures[FailureCause::dns] = 0.1;
    failures[FailureCause::endpoint] = 0.5;
    failures[FailureCause::quota] = 0.2;
    EXPECT_NEAR(failures.total(), 1 - 0.9 * 0.5 * 0.8, 1e-12);
    EXPECT_NEAR(failures.by(FailureCause::dns), 0.1, 1e-12);
    EXPECT_NEAR(failures.by(FailureCause::endpoint), 0.9 * 0.5, 1e-12);
    EXPECT_NEAR(failures.by(FailureCause::quota), 0.9 * 0.5 * 0.2, 1e-12);
    double sum = 0;
    for (std::size_t i = 0; i < failure_cause_count; ++i) sum += failures.by(static_cast<FailureCause>(i));
    EXPECT_NEAR(sum, failures.total(), 1e-12);
    EXPECT_EQ(Failures{}.total(), 0);
}

// DPC-67
TEST(Failures, TakeTheirTimeToShow) {
    const ClientPatience client;
    EXPECT_EQ(seconds_until_known(FailureKind::refused, client, defaults), 0);
    EXPECT_EQ(seconds_until_known(FailureKind::reset, client, defaults), 0);
    // 1 + 2 + 4 + 8 + 16 + 32 + 64 s
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::blackhole, client, defaults), 127);
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::blackhole, {.connect_timeout_seconds = 3}, defaults), 3);
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::dns, client, defaults), 10);  // DPC-56: 5 s x 2
    EXPECT_DOUBLE_EQ(seconds_until_known(FailureKind::proxy, {.proxy_timeout_seconds = 30}, defaults), 30);
}

// DPS-10: of two endpoints one is unreachable: 50 % of new connections (320 of 600 were measured), 25 % with a retry,
// and with pooling only where a connection is made anew.
TEST(Symptoms, HalfOfTheRequestsFailWithOneOfTwoEndpoints) {
    const double share = stale_share(1, 2);
    EXPECT_DOUBLE_EQ(share, 0.5);
    EXPECT_NEAR(share, 320.0 / 600, 0.05);
    EXPECT_DOUBLE_EQ(fails_after_retries(share, 1), 0.25);
    EXPECT_DOUBLE_EQ(fails_after_retries(share, 0), 0.5);
    EXPECT_DOUBLE_EQ(fails_with_pooling(share, 100), 0.005);
}

}  // namespace
}  // namespace eks::datapath

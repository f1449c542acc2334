// A queue with c servers against Erlang's formula: the engine alone, its draws, laws, tables, replications and
// intervals.
#include "bench/mmc.hpp"

#include "libsim/experiment.hpp"
#include "libsim/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace {

using namespace sim;
using namespace sim::literals;

// Mean wait before service in units of the mean service time: C(c, a) / (c - a), where a is the offered load in servers
// and C the probability of waiting (Erlang, 1917).
double erlang_c_mean_wait(int servers, double load) {
    double term = 1.0;  // a^k / k!
    double sum = 0.0;
    for (int k = 0; k < servers; ++k) {
        sum += term;
        term *= load / (k + 1);
    }
    const double waiting = term * servers / (servers - load);
    return waiting / (sum + waiting) / (servers - load);
}

mmc::Spec queue_of(std::uint32_t servers, double utilisation) {
    mmc::Spec spec;
    spec.servers = servers;
    spec.service = *Distribution::exponential(1_s);
    spec.between_arrivals =
        *Distribution::exponential(Duration::microseconds(std::llround(1e6 / (utilisation * servers))));
    spec.warm_up = 2'000;
    spec.customers = 32'000;
    return spec;
}

double mean_wait_seconds(const mmc::Spec& spec, std::uint32_t replication) {
    auto run = mmc::start(spec, {2026, replication});
    run.run_until(Time::at(1'000_d));
    return run.metrics().mean_wait_us() / 1e6;
}

TEST(Mmc, ErlangsFormulaIsRightForOneServer) {
    EXPECT_DOUBLE_EQ(erlang_c_mean_wait(1, 0.8), 4.0);        // M/M/1: rho / (1 - rho)
    EXPECT_NEAR(erlang_c_mean_wait(2, 1.0), 1.0 / 3, 1e-12);  // C(2, 1) = 1/3
}

// Thirty runs, intervals at 99.9 %, a fixed seed. The narrowness is checked too: an interval that holds everything
// proves nothing.
TEST(Mmc, MeanWaitsAgreeWithErlangsFormula) {
    struct Case {
        std::uint32_t servers;
        double utilisation;
    };
    for (const Case& c : {Case{1, 0.5}, Case{1, 0.8}, Case{2, 0.7}, Case{5, 0.8}, Case{20, 0.9}}) {
        const mmc::Spec spec = queue_of(c.servers, c.utilisation);
        const auto outcome =
            replicate({.max = 30, .threads = 2}, [&](std::uint32_t r) { return mean_wait_seconds(spec, r); });
        const Interval mean = mean_interval(outcome.results, 0.999);
        const double theory = erlang_c_mean_wait(static_cast<int>(c.servers), c.utilisation * c.servers);
        EXPECT_LE(mean.low, theory) << c.servers << " servers at " << c.utilisation;
        EXPECT_GE(mean.high, theory) << c.servers << " servers at " << c.utilisation;
        EXPECT_LT(mean.high - mean.low, 0.25 * theory) << c.servers << " servers at " << c.utilisation;
    }
}

// With shared draws the effect of one more server is known far better than either mean.
TEST(Mmc, SharedDrawsSharpenComparisons) {
    std::vector<double> two;
    std::vector<double> three;
    for (std::uint32_t r = 0; r < 20; ++r) {
        mmc::Spec spec = queue_of(2, 0.8);
        two.push_back(mean_wait_seconds(spec, r));
        spec.servers = 3;
        three.push_back(mean_wait_seconds(spec, r));
    }
    const double theory = erlang_c_mean_wait(3, 1.6) - erlang_c_mean_wait(2, 1.6);
    const Interval paired = paired_difference(two, three, 0.999);
    EXPECT_LE(paired.low, theory);
    EXPECT_GE(paired.high, theory);
    const Interval alone = mean_interval(two, 0.999);
    const Interval other = mean_interval(three, 0.999);
    const double unpaired = std::hypot(alone.high - alone.low, other.high - other.low);
    EXPECT_LT(paired.high - paired.low, unpaired);
}

TEST(Mmc, EveryCustomerIsServedAndNobodyIsLeft) {
    const mmc::Spec spec = queue_of(3, 0.9);
    auto run = mmc::start(spec, {1, 0});
    run.run_until(Time::at(1'000_d));
    EXPECT_EQ(run.metrics().served, spec.customers - spec.warm_up);
    EXPECT_EQ(run.events(), 2 * spec.customers);
    EXPECT_TRUE(run.queue().empty());
    EXPECT_TRUE(run.world().waiting.empty());
    EXPECT_EQ(run.world().busy_servers, 0U);
    EXPECT_LT(run.world().waiting.capacity_slots(), 200U) << "memory follows those who wait";
}

}  // namespace

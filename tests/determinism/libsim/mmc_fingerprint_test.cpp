// One run of the smallest complete model, and the laws and draws beneath it, as one stored number each: the same for
// every compiler, optimisation and machine. A change here means that all results of all scenarios change: say why in
// the changelog. The numbers have no source but the first run; that the results are right is shown elsewhere, here only
// that they stay.
#include "bench/mmc.hpp"
#include "libsim/portable_math.hpp"
#include "libsim/statistics.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using namespace sim;
using namespace sim::literals;

TEST(Determinism, ARunOfTheQueueHasItsStoredFingerprint) {
    mmc::Spec spec;
    spec.servers = 3;
    spec.between_arrivals = *Distribution::exponential(1_s);
    spec.service = *Distribution::lognormal_p50_p95(2_s, 5_s);
    spec.customers = 20'000;
    auto run = mmc::start(spec, {2026, 1});
    run.run_until(Time::at(3_h));
    EXPECT_EQ(fingerprint(run).hex(), "206ebf086ab616e7");
}

TEST(Determinism, LawsAndFunctionsHaveTheirStoredFingerprint) {
    const std::vector<Distribution> laws{*Distribution::exponential(1_h), *Distribution::lognormal(1.0, 2.0),
                                         *Distribution::weibull(1_h, 0.7), *Distribution::pareto(1_s, 1.3),
                                         *Distribution::uniform(1_s, 1_h)};
    Fingerprint print;
    for (std::uint64_t i = 0; i < 2'000; ++i) {
        const double unit = draw_unit({1, 0}, {0, 0, i, 0});
        for (const Distribution& law : laws) hash_into(print, law.sample(unit));
        hash_all(print, math::log(unit), math::exp(20 * unit - 10), math::pow(unit, 3.7), math::normal_quantile(unit),
                 math::ln_gamma(50 * unit));
        if (i % 50 == 0) hash_all(print, student_quantile(unit, 1.0 + static_cast<double>(i)));
    }
    EXPECT_EQ(print.hex(), "a669f49c23eea8c2");
}

}  // namespace

// What KRR advises (VPA-31).
#include "models/systems/autoscaling/advice/krr.hpp"

#include "models/quantities.hpp"

#include <gtest/gtest.h>

namespace eks::krr {
namespace {

// 0, step, 2 step, … that many times.
Series ramp(int points, double step) {
    Series series;
    for (int i = 0; i < points; ++i) series.push_back(i * step);
    return series;
}

TEST(KrrSimple, TakesThePodWithTheHighestPercentile) {
    // Of 0 to 100 sixteenths the p95 is 95 of them, and of eighths too: 11.875 is the larger.
    const std::vector<Series> pods{ramp(101, 1.0 / 16), ramp(101, 1.0 / 8)};
    const Advice advice = cpu_advice(pods, false, {});
    EXPECT_EQ(advice.request, 11'875);
    EXPECT_EQ(advice.limit, std::nullopt);
}

TEST(KrrSimple, InterpolatesAndRoundsUp) {
    // The p95 of two values lies 0.95 of the way between them.
    Settings settings;
    settings.least_points = 1;
    EXPECT_EQ(cpu_advice(std::vector<Series>{{1.0, 0.0}}, false, settings).request, 950);
    EXPECT_EQ(cpu_advice(std::vector<Series>{{0.0201}}, false, settings).request, 21);
    EXPECT_EQ(cpu_advice(std::vector<Series>{{0.001}}, false, settings).request, 10);
}

TEST(KrrSimpleLimit, TakesAllPointsTogether) {
    Settings settings;
    settings.strategy = Strategy::simple_limit;
    const std::vector<Series> pods{ramp(51, 0.02), ramp(50, 0.02)};
    // 101 points, sorted in pairs: the p66 is the 67th, 33 steps; the p96 is the 97th, 48 steps.
    const Advice advice = cpu_advice(pods, false, settings);
    EXPECT_EQ(advice.request, 660);
    EXPECT_EQ(advice.limit, 960);
}

TEST(KrrMemory, AddsABufferToThePeakOfAllPods) {
    const double mebi = static_cast<double>(mebibyte);
    const std::vector<Series> pods{Series(60, 100 * mebi), Series(60, 400 * mebi)};
    const Advice advice = memory_advice(pods, 0, false, {});
    EXPECT_EQ(advice.request, 460 * mebibyte);
    EXPECT_EQ(advice.limit, advice.request);
    // A kill at 500 MiB counts with a quarter on top.
    EXPECT_EQ(memory_advice(pods, 500 * mebi, false, {}).request, 625 * mebibyte);
    EXPECT_EQ(memory_advice(std::vector<Series>{Series(100, 1 * mebi)}, 0, false, {}).request, 100 * mebibyte);
}

TEST(KrrSilence, NeedsPointsAndNoHpa) {
    EXPECT_EQ(cpu_advice({}, false, {}).silence, Silence::no_data);
    EXPECT_EQ(cpu_advice(std::vector<Series>{Series(50, 1.0), Series(49, 1.0)}, false, {}).silence,
              Silence::not_enough_data);
    const std::vector<Series> enough{Series(50, 1.0), Series(50, 1.0)};
    EXPECT_EQ(cpu_advice(enough, false, {}).silence, Silence::none);
    EXPECT_EQ(memory_advice(enough, 0, true, {}).silence, Silence::scaled_by_hpa);
    EXPECT_EQ(memory_advice(enough, 0, true, {.allows_hpa = true}).silence, Silence::none);
}

TEST(KrrSeverity, GoesByTheDifference) {
    EXPECT_EQ(cpu_severity(1000, 1099), Severity::good);
    EXPECT_EQ(cpu_severity(1000, 900), Severity::ok);
    EXPECT_EQ(cpu_severity(1000, 1250), Severity::warning);
    EXPECT_EQ(cpu_severity(1000, 500), Severity::critical);
    EXPECT_EQ(cpu_severity({}, 500), Severity::warning);
    EXPECT_EQ(cpu_severity({}, {}), Severity::good);
    EXPECT_EQ(memory_severity(gibibyte, gibibyte - 100 * mebibyte), Severity::ok);
    EXPECT_EQ(memory_severity(gibibyte, gibibyte + 500 * mebibyte), Severity::critical);
}

}  // namespace
}  // namespace eks::krr

// What KRR advises (VPA-31).
#include "models/systems/autoscaling/advice/krr.hpp"

#include "models/quantities.hpp"

#include <gtest/gtest.h>

namespace eks::krr {
namespace {

// 0, step, 2 step, … that many times.
Series ramp(int points, double step) {
    Series series;
    for (int i = 0; i < points; ++i) series.push_back({i * step});
    return series;
}

Series equal(std::int64_t points, double value) { return {{value, points}}; }

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
    EXPECT_EQ(cpu_advice(std::vector<Series>{{{1.0}, {0.0}}}, false, settings).request, 950);
    EXPECT_EQ(cpu_advice(std::vector<Series>{equal(1, 0.0201)}, false, settings).request, 21);
    EXPECT_EQ(cpu_advice(std::vector<Series>{equal(1, 0.001)}, false, settings).request, 10);
}

// Runs of equal points are so many points, and it does not matter how they are cut.
TEST(KrrSimple, CountsEqualPointsAsOften) {
    const std::vector<Series> cut{{{0.1, 60}, {0.9, 5}, {0.1, 35}, {0.9, 1}}};
    const std::vector<Series> whole{{{0.9, 6}, {0.1, 95}}};
    // Of 101 points the p95 is the 96th: 95 of them are 0.1.
    EXPECT_EQ(cpu_advice(cut, false, {}).request, 900);
    EXPECT_EQ(cpu_advice(cut, false, {}), cpu_advice(whole, false, {}));
    EXPECT_EQ(cpu_advice(std::vector<Series>{{{0.9, 5}, {0.1, 96}}}, false, {}).request, 100);
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
    const std::vector<Series> pods{equal(60, 100 * mebi), equal(60, 400 * mebi)};
    const Advice advice = memory_advice(pods, 0, false, {});
    EXPECT_EQ(advice.request, 460 * mebibyte);
    EXPECT_EQ(advice.limit, advice.request);
    // A kill at 500 MiB counts with a quarter on top.
    EXPECT_EQ(memory_advice(pods, 500 * mebi, false, {}).request, 625 * mebibyte);
    EXPECT_EQ(memory_advice(std::vector<Series>{equal(100, 1 * mebi)}, 0, false, {}).request, 100 * mebibyte);
}

TEST(KrrSilence, NeedsPointsAndNoHpa) {
    EXPECT_EQ(cpu_advice({}, false, {}).silence, Silence::no_data);
    EXPECT_EQ(cpu_advice(std::vector<Series>{equal(50, 1.0), equal(49, 1.0)}, false, {}).silence,
              Silence::not_enough_data);
    const std::vector<Series> enough{equal(50, 1.0), equal(50, 1.0)};
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

// A limit that is set where none is advised counts too, and the worse of both is shown; without advice nothing is
// known.
TEST(KrrSeverity, IsTheWorseOfRequestAndLimit) {
    EXPECT_EQ(worse_cpu_severity(Set{1000, {}}, Advice{1000, {}, Silence::none}), Severity::good);
    EXPECT_EQ(worse_cpu_severity(Set{1000, 2000}, Advice{1000, {}, Silence::none}), Severity::warning);
    EXPECT_EQ(worse_memory_severity(Set{gibibyte, 2 * gibibyte}, Advice{gibibyte, gibibyte, Silence::none}),
              Severity::critical);
    EXPECT_EQ(worse_cpu_severity(Set{1000, {}}, Advice{{}, {}, Silence::no_data}), Severity::unknown);
    EXPECT_LT(Severity::unknown, Severity::good);
}

}  // namespace
}  // namespace eks::krr

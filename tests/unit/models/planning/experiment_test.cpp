// Whole scenarios, run as often as they ask for on one thread and on several: nothing that is kept of them may tell how
// many there were. Under the thread sanitizer this is what shows that runs share nothing but constants.
#include "models/planning/experiment.hpp"

#include "tests/unit/models/scenario/scenario_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace eks {
namespace {

constexpr std::string_view slow_start = R"([{"name": "starts", "that": "p99(ekssim_pod_start_seconds) < 90s"}])";

Outcome outcome_on(std::uint32_t threads, const OnExperimentProgress& progress = {}) {
    const auto scenario = scenario_test::load({
        {"expect", std::string(slow_start)},
        {"behaviour[0].ready", R"({"lognormal": {"p50": "18s", "p95": "45s"}})"},
        {"run.replications", R"({"min": 6, "max": 12})"},
    });
    EXPECT_TRUE(scenario.ok()) << (scenario ? "" : scenario_test::listed(scenario.error()));
    const auto plan = plan_metrics(*scenario);
    EXPECT_TRUE(plan.ok());
    return run_experiment(*scenario, *plan, {.jobs = threads}, progress);
}

TEST(ScenarioExperiment, TheNumberOfThreadsDoesNotShow) {
    const Outcome alone = outcome_on(1);
    ASSERT_GE(alone.runs.size(), 6U);
    EXPECT_NE(alone.runs[0].fingerprint, alone.runs[1].fingerprint);  // each replication has its own draws
    for (const std::uint32_t threads : {2U, 4U}) {
        const Outcome together = outcome_on(threads);
        EXPECT_EQ(together.fingerprint(), alone.fingerprint()) << threads << " threads";
        ASSERT_EQ(together.runs.size(), alone.runs.size());
        EXPECT_EQ(together.judgement.verdict, alone.judgement.verdict);
        EXPECT_EQ(together.judgement.expectations[0].observed, alone.judgement.expectations[0].observed);
    }
}

TEST(ScenarioExperiment, ProgressIsToldByOneThreadAtATimeAndEndsTheExperiment) {
    for (const std::uint32_t threads : {1U, 4U}) {
        int calls = 0;  // guarded by the promise under test
        const Outcome outcome = outcome_on(threads, [&calls](const ExperimentProgress&) { return ++calls < 3; });
        EXPECT_TRUE(outcome.interrupted);
        // Each other thread may be in the middle of a run when the word comes.
        EXPECT_LT(outcome.runs.size(), 3U + threads);
    }
}

TEST(ScenarioExperiment, ASingleRunIsReplicationZeroOfTheSeries) {
    const Outcome series = outcome_on(2);
    const auto scenario =
        scenario_test::load({{"behaviour[0].ready", R"({"lognormal": {"p50": "18s", "p95": "45s"}})"}});
    ASSERT_TRUE(scenario.ok());
    const Outcome single = run_experiment(*scenario, *plan_metrics(*scenario), {.single_run = true});
    ASSERT_EQ(single.runs.size(), 1U);
    EXPECT_FALSE(single.replicated);
    EXPECT_EQ(single.fingerprint(), single.runs[0].fingerprint);
    EXPECT_EQ(single.runs[0].events, series.runs[0].events);
    EXPECT_EQ(single.runs[0].cost_usd, series.runs[0].cost_usd);
}

}  // namespace
}  // namespace eks

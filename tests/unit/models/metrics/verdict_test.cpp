// Verdicts on the values of runs: exact, by Student and by Wilson, and what absence means.
#include "tests/unit/models/metrics/scene.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace eks::metrics_test {
namespace {

// Runs in which the only measure has these values, in units of the base series.
std::vector<RunValues> runs_with(const std::vector<double>& values) {
    std::vector<RunValues> runs;
    for (const double value : values) {
        RunValues run;
        run.end = at(3600);
        run.measures.push_back({GroupValue{{}, value, at(7)}});
        runs.push_back(std::move(run));
    }
    return runs;
}

std::shared_ptr<const MetricsPlan> plan_of(const std::string& that, bool allow_empty = false, bool is_warning = false) {
    Scene scene;
    scene.expect(that);
    scene.scenario.expectations[0].allow_empty = allow_empty;
    if (is_warning) scene.scenario.expectations[0].severity = ExpectationSeverity::warn;
    auto plan = plan_metrics(scene.scenario);
    EXPECT_TRUE(plan.ok()) << that << (plan ? "" : plan.error().front().message);
    return *plan;
}

Verdict verdict_of(const std::string& that, const std::vector<double>& values, bool replicated) {
    return judge(*plan_of(that), runs_with(values), {replicated, 0.95}).verdict;
}

TEST(Verdict, OneRunIsJudgedExactly) {
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 10", {9}, false), Verdict::pass);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 10", {10}, false), Verdict::fail);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) <= 10", {10}, false), Verdict::pass);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) >= 10", {10}, false), Verdict::pass);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) > 10", {10}, false), Verdict::fail);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) == 10", {10}, false), Verdict::pass);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) != 10", {10}, false), Verdict::fail);
    EXPECT_EQ(verdict_of("not max(ekssim_pods_waiting) < 10", {10}, false), Verdict::pass);
    EXPECT_EQ(verdict_of("p99(ekssim_pod_start_seconds) < 90s", {89'999'999}, false), Verdict::pass);
    EXPECT_EQ(verdict_of("p99(ekssim_pod_start_seconds) < 90s", {90'000'000}, false), Verdict::fail);
}

// Values 8, 10, 12: mean 10, standard deviation 2, and t(0.975, 2) = 4.302653, so the interval is 10 ± 4.968.
TEST(Verdict, ReplicationsAreJudgedByStudentsInterval) {
    const std::vector<double> values{8, 10, 12};
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 14.97", values, true), Verdict::pass);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 14.96", values, true), Verdict::inconclusive);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 5.04", values, true), Verdict::inconclusive);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 5.03", values, true), Verdict::fail);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) >= 5.03", values, true), Verdict::pass);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) > 14.97", values, true), Verdict::fail);

    const Judgement judged = judge(*plan_of("max(ekssim_pods_waiting) < 12"), runs_with(values), {true, 0.95});
    EXPECT_TRUE(judged.needs_more_runs);
    EXPECT_DOUBLE_EQ(*judged.expectations[0].observed, 10.0);
    EXPECT_NEAR(*judged.expectations[0].interval_low, 10 - 4.302653 * 2 / std::sqrt(3.0), 1e-4);
    EXPECT_NEAR(*judged.expectations[0].interval_high, 10 + 4.302653 * 2 / std::sqrt(3.0), 1e-4);
}

TEST(Verdict, OneReplicationOfSeveralDecidesNothing) {
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 10", {1}, true), Verdict::inconclusive);
    EXPECT_EQ(verdict_of("max(ekssim_pods_waiting) < 10", {1, 1}, true), Verdict::pass);
}

// Wilson's upper bound with no success in n trials is z²/(n + z²), z = 1.959964: at most 1 % from n = 381 on.
TEST(Verdict, AtMostOnePercentOfRunsNeedsAboutFourHundredCleanOnes) {
    const std::string that = "share_of_runs(max(ekssim_pods_waiting) > 0) <= 1%";
    EXPECT_EQ(verdict_of(that, std::vector<double>(380, 0.0), true), Verdict::inconclusive);
    EXPECT_EQ(verdict_of(that, std::vector<double>(381, 0.0), true), Verdict::pass);
}

// The scenario asked for one run, so the share is that run's, all or nothing.
TEST(Verdict, WithoutReplicationsAShareOfRunsIsExact) {
    const std::string that = "share_of_runs(max(ekssim_pods_waiting) > 0) <= 1%";
    EXPECT_EQ(verdict_of(that, {0.0}, false), Verdict::pass);
    EXPECT_EQ(verdict_of(that, {5.0}, false), Verdict::fail);
    EXPECT_EQ(verdict_of("share_of_runs(max(ekssim_pods_waiting) > 0) >= 99%", {5.0}, false), Verdict::pass);
    const Judgement judged = judge(*plan_of(that), runs_with({5.0}), {false, 0.95});
    EXPECT_DOUBLE_EQ(*judged.expectations[0].observed, 100.0);
    EXPECT_FALSE(judged.expectations[0].interval_low.has_value());
    // A run of several is a sample of one: clean, it does not prove that a fault is rare.
    EXPECT_EQ(verdict_of(that, {0.0}, true), Verdict::inconclusive);
}

TEST(Verdict, ANodeThatWasInNoRunIsNoGroupOfAShareOfRuns) {
    RunValues run;
    run.end = at(3600);
    run.measures.push_back({GroupValue{{"workers-0"}, 0.0, std::nullopt}, GroupValue{{"workers-1"}, {}, std::nullopt}});
    const auto plan = plan_of("share_of_runs(max(ekssim_addresses{state=\"cooling\"}) by (node) < 5) >= 99%");
    EXPECT_EQ(judge(*plan, std::vector{run}, {}).verdict, Verdict::pass);
    run.measures[0][0].value.reset();
    EXPECT_EQ(judge(*plan, std::vector{run}, {}).verdict, Verdict::error);
}

TEST(Verdict, AShareOfRunsPointsAtTheFirstRunThatCounts) {
    std::vector<double> values(20, 0.0);
    values[3] = 2.0;
    values[4] = 9.0;
    const Judgement judged =
        judge(*plan_of("share_of_runs(max(ekssim_pods_waiting) > 0) <= 1%"), runs_with(values), {true, 0.95});
    const ExpectationResult& result = judged.expectations[0];
    EXPECT_EQ(result.verdict, Verdict::fail);  // 2 of 20: Wilson's interval is 2.8 % to 30.1 %
    EXPECT_DOUBLE_EQ(*result.observed, 10.0);
    EXPECT_EQ(result.unit, "%");
    EXPECT_NEAR(*result.interval_low, 2.787, 0.001);
    EXPECT_NEAR(*result.interval_high, 30.104, 0.001);
    ASSERT_TRUE(result.first_breach.has_value());
    EXPECT_EQ(result.first_breach->replication, 3u);
    EXPECT_DOUBLE_EQ(result.first_breach->at_seconds, 7.0);
}

TEST(Verdict, NothingPassesByAbsence) {
    RunValues empty;
    empty.end = at(3600);
    empty.measures.resize(1);
    RunValues without_sample = empty;
    without_sample.measures[0].push_back(GroupValue{{}, std::nullopt, std::nullopt});
    for (const char* that : {"p99(ekssim_pod_start_seconds) < 90s", "not p99(ekssim_pod_start_seconds) < 90s",
                             "share_of_runs(p99(ekssim_pod_start_seconds) > 90s) <= 100%"}) {
        for (const RunValues& run : {empty, without_sample}) {
            const Judgement strict = judge(*plan_of(that), std::vector{run}, {false, 0.95});
            EXPECT_EQ(strict.verdict, Verdict::error) << that;
            EXPECT_FALSE(strict.expectations[0].observed.has_value());
        }
    }
    EXPECT_EQ(judge(*plan_of("p99(ekssim_pod_start_seconds) < 90s", true), std::vector{empty}, {}).verdict,
              Verdict::pass);
    EXPECT_EQ(judge(*plan_of("p99(ekssim_pod_start_seconds) < 90s", true), std::vector{without_sample}, {}).verdict,
              Verdict::pass);
    // Not even beside something that is true.
    RunValues half;
    half.end = at(3600);
    half.measures.resize(2);
    half.measures[0].push_back(GroupValue{{}, 1.0, std::nullopt});
    EXPECT_EQ(
        judge(*plan_of("max(ekssim_pods_waiting) < 5 or p99(ekssim_pod_start_seconds) < 90s"), std::vector{half}, {})
            .verdict,
        Verdict::error);
}

TEST(Verdict, EveryGroupMustHoldAndThoseThatDoNotAreNamed) {
    RunValues run;
    run.end = at(3600);
    run.measures.push_back({GroupValue{{"private-a"}, 30.0, at(100)}, GroupValue{{"private-b"}, 200.0, std::nullopt},
                            GroupValue{{"private-c"}, 10.0, at(50)}});
    const Judgement judged =
        judge(*plan_of("min(ekssim_subnet_free_addresses) by (subnet) >= 64"), std::vector{run}, {});
    const ExpectationResult& result = judged.expectations[0];
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_DOUBLE_EQ(*result.observed, 10.0);  // the worst
    EXPECT_DOUBLE_EQ(result.first_breach->at_seconds, 50.0);
    EXPECT_EQ(result.first_breach->group, (LabelValues{{"subnet", "private-c"}}));
    EXPECT_EQ(result.groups_that_do_not_hold,
              (std::vector<LabelValues>{{{"subnet", "private-a"}}, {{"subnet", "private-c"}}}));
    EXPECT_NE(result.message.find("subnet=private-c"), std::string::npos) << result.message;
}

TEST(Verdict, TheWorstRunIsTheOneToReplay) {
    const Judgement judged = judge(*plan_of("max(ekssim_pods_waiting) < 5"), runs_with({6, 9, 4, 9}), {true, 0.95});
    ASSERT_TRUE(judged.expectations[0].first_breach.has_value());
    EXPECT_EQ(judged.expectations[0].first_breach->replication, 1u);
}

TEST(Verdict, PartsCombineByThreeValuedLogic) {
    const auto combined = [](const char* that, double a, double b) {
        RunValues run;
        run.end = at(3600);
        run.measures.push_back({GroupValue{{}, a, std::nullopt}});
        run.measures.push_back({GroupValue{{}, b, std::nullopt}});
        return judge(*plan_of(that), std::vector{run}, {}).verdict;
    };
    const char* both = "max(ekssim_pods_waiting) < 5 and max(ekssim_jobs_active) < 5";
    const char* either = "max(ekssim_pods_waiting) < 5 or max(ekssim_jobs_active) < 5";
    EXPECT_EQ(combined(both, 1, 1), Verdict::pass);
    EXPECT_EQ(combined(both, 1, 9), Verdict::fail);
    EXPECT_EQ(combined(either, 9, 1), Verdict::pass);
    EXPECT_EQ(combined(either, 9, 9), Verdict::fail);
    // A share of two clean runs is not yet known, but a false part makes the whole false all the same.
    const auto of_two_runs = [](double waiting) {
        RunValues run;
        run.end = at(3600);
        run.measures.push_back({GroupValue{{}, waiting, std::nullopt}});
        run.measures.push_back({GroupValue{{}, 0.0, std::nullopt}});
        const auto mixed = plan_of("max(ekssim_pods_waiting) < 5 and share_of_runs(max(ekssim_jobs_active) > 5) <= 1%");
        return judge(*mixed, std::vector{run, run}, {.replicated = true}).verdict;
    };
    EXPECT_EQ(of_two_runs(9), Verdict::fail);
    EXPECT_EQ(of_two_runs(1), Verdict::inconclusive);
}

TEST(Verdict, AWarningDoesNotFailTheRun) {
    EXPECT_EQ(judge(*plan_of("max(ekssim_pods_waiting) < 5", false, true), runs_with({9}), {}).verdict, Verdict::pass);
    const Judgement judged = judge(*plan_of("max(ekssim_pods_waiting) < 5", false, true), runs_with({9}), {});
    EXPECT_EQ(judged.expectations[0].verdict, Verdict::fail);
    EXPECT_FALSE(
        judge(*plan_of("max(ekssim_pods_waiting) < 5", false, true), runs_with({1, 9}), {true, 0.95}).needs_more_runs);
}

TEST(Verdict, WithoutExpectationsThereIsNone) {
    EXPECT_EQ(judge(*plan_metrics(scene_spec()), runs_with({1}), {}).verdict, Verdict::none);
    EXPECT_EQ(judge(*plan_of("max(ekssim_pods_waiting) < 5"), {}, {}).verdict, Verdict::none);
}

TEST(Verdict, ValuesAreShownInTheUnitOfTheirLimit) {
    const Judgement judged = judge(*plan_of("p99(ekssim_pod_start_seconds) < 90s"), runs_with({104'200'000}), {});
    const ExpectationResult& result = judged.expectations[0];
    EXPECT_DOUBLE_EQ(*result.observed, 104.2);
    EXPECT_DOUBLE_EQ(result.limit, 90.0);
    EXPECT_EQ(result.unit, "s");
    EXPECT_EQ(result.message, "p99 of ekssim_pod_start_seconds was 104.2 s, asked for is < 90 s");
}

}  // namespace
}  // namespace eks::metrics_test

// What pods use: constants and traces of a scenario, as the metrics show them over time.
#include "models/metrics/summary.hpp"
#include "models/planning/experiment.hpp"
#include "tests/support/tiny_cluster.hpp"
#include "tests/unit/models/scenario/scenario_text.hpp"

#include <string>

namespace eks::testing {
namespace {

using scenario_test::Changes;
using scenario_test::listed;

// The small scenario at rest: two pods of web, ready from the start, for two hours of which the first ten minutes do
// not count.
constexpr double counted_seconds = 7200.0 - 600.0;

Scenario resting(const std::string& usage, const Changes& more = {}) {
    Changes changes{{"timeline", "[]"}, {"behaviour[0].usage", usage}};
    changes.insert(changes.end(), more.begin(), more.end());
    auto scenario = scenario_test::load(changes);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return *scenario;
}

const SeriesSummary* series_of_web(const std::vector<MetricSummary>& metrics, std::string_view name) {
    for (const MetricSummary& summary : metrics) {
        if (summary.metric->name != name) continue;
        EXPECT_EQ(summary.series.size(), 1U) << name;  // nobody says what the others use
        return &summary.series.front();
    }
    ADD_FAILURE() << "no series of " << name;
    static const SeriesSummary none;
    return &none;
}

std::vector<MetricSummary> metrics_of(const Scenario& scenario) {
    return run_experiment(scenario, *plan_metrics(scenario)).metrics;
}

TEST(Usage, AConstantIsPodsTimesUsageOverTime) {
    const auto metrics = metrics_of(resting(R"({"cpu": "350m", "memory": "600Mi"})"));
    EXPECT_DOUBLE_EQ(*series_of_web(metrics, "container_cpu_usage_seconds_total")->total, 2 * 0.35 * counted_seconds);
    const SeriesSummary& cores = *series_of_web(metrics, "ekssim_cpu_usage_cores");
    EXPECT_DOUBLE_EQ(*cores.min, 0.7);
    EXPECT_DOUBLE_EQ(*cores.max, 0.7);
    EXPECT_DOUBLE_EQ(*series_of_web(metrics, "container_memory_working_set_bytes")->mean, 2.0 * 600 * 1024 * 1024);
}

TEST(Usage, ATraceIsAStepFunctionOfTheSimulatedTime) {
    // Half a core up to one hour, then a quarter of an hour of two cores, then nothing. The point at 30 minutes says
    // nothing new.
    const Scenario scenario = resting(R"({"trace": {"columns": ["seconds", "cpu", "memory"], "points":
        [[0, 0.5, 100], [1800, 0.5, 100], [3600, 2, 100], [4500, 0, 300]]}})");
    EXPECT_EQ(scenario.spec->usages.front().points.size(), 3U);
    const auto metrics = metrics_of(scenario);
    EXPECT_DOUBLE_EQ(*series_of_web(metrics, "container_cpu_usage_seconds_total")->total, 2 * (0.5 * 3000 + 2 * 900));
    const SeriesSummary& cores = *series_of_web(metrics, "ekssim_cpu_usage_cores");
    EXPECT_DOUBLE_EQ(*cores.min, 0.0);
    EXPECT_DOUBLE_EQ(*cores.max, 4.0);
    EXPECT_DOUBLE_EQ(*cores.last, 0.0);
    const SeriesSummary& memory = *series_of_web(metrics, "container_memory_working_set_bytes");
    EXPECT_DOUBLE_EQ(*memory.mean, 2 * (100.0 * 3900 + 300.0 * 2700) / counted_seconds);
}

TEST(Usage, CostsOneEventAChangeWhateverTheNumberOfPods) {
    const auto events = [](const std::string& usage, const char* replicas) {
        const Scenario scenario = resting(usage, {{"manifests[0].spec.replicas", replicas}});
        eks::Run run = start(scenario);
        run.until(scenario.run.duration);
        return run.events();
    };
    const std::string constant = R"({"cpu": "500m"})";
    const std::string trace = R"({"trace": {"columns": ["seconds", "cpu"],
                                            "points": [[0, 0.5], [60, 0.5], [90, 1], [120, 2], [9000, 1]]}})";
    EXPECT_EQ(events(trace, "2"), events(constant, "2") + 2);
    EXPECT_EQ(events(trace, "20"), events(constant, "20") + 2);
}

TEST(Usage, IsJudgedLikeEveryOtherMetric) {
    const Scenario scenario = resting(R"({"cpu": "350m"})", {{"expect", R"([
        {"that": "rate(container_cpu_usage_seconds_total{workload=\"web\"}) < 701m"},
        {"that": "rate(container_cpu_usage_seconds_total) by (namespace) > 0.699"},
        {"that": "max(ekssim_cpu_usage_cores) <= 700m"},
        {"that": "total(container_cpu_usage_seconds_total) > 76m"}])"}});
    const Outcome outcome = run_experiment(scenario, *plan_metrics(scenario));
    for (const ExpectationResult& e : outcome.judgement.expectations) EXPECT_EQ(e.verdict, Verdict::pass) << e.message;
    EXPECT_NEAR(*outcome.judgement.expectations[0].observed, 0.7, 1e-9);
    EXPECT_EQ(outcome.judgement.expectations[0].unit, "cores");
    EXPECT_DOUBLE_EQ(*outcome.judgement.expectations[3].observed, 0.7 * counted_seconds);
}

TEST(Usage, WhatNobodySaysIsNotZeroButUnknown) {
    const auto refused = [](const char* that) {
        const auto scenario = scenario_test::load(
            {{"behaviour[0].usage", R"({"cpu": "350m"})"}, {"expect", R"([{"that": ")" + std::string(that) + "\"}]"}});
        return !scenario.ok() && scenario.error().front().rule == Rule::empty_selection;
    };
    EXPECT_TRUE(refused("max(container_memory_working_set_bytes) < 1Gi"));
    EXPECT_TRUE(refused("max(ekssim_cpu_usage_cores{workload=\\\"nightly\\\"}) < 1"));
    EXPECT_FALSE(refused("max(ekssim_cpu_usage_cores{workload=\\\"web\\\"}) < 1"));
}

TEST(Usage, AScenarioWithoutItHasTheSeriesThatItAlwaysHad) {
    const auto with = scenario_test::load({{"behaviour[0].usage", R"({"cpu": "350m"})"}});
    const auto without = scenario_test::load();
    const SeriesLayout layout(*without->spec);
    EXPECT_EQ(layout.rows(Family::cpu_usage), 0U);
    EXPECT_EQ(SeriesLayout(*with->spec).size(), layout.size() + 2 * without->spec->workloads.size());
}

// Pods that serve, crash, finish, are scaled away and deleted: at any time those that use are those that run.
TEST(Usage, PodsUseWhileTheirContainersRun) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        TinyCluster c;
        c.add_nodes(2);
        c.spec.usages = {{.states_cpu = true, .states_memory = true, .points = {{0_s, 100, 1000}, {90_s, 50, 2000}}}};
        const auto using_pod = [](PodTemplate pod) {
            pod.usage = UsageIx::of(0);
            pod.ready_after = *sim::Distribution::exponential(5_s);
            pod.stop_time = sim::Distribution::constant(7_s);
            return pod;
        };
        const WorkloadIx web = c.add_deployment("web", 6, using_pod(TinyCluster::serving_pod()));
        PodTemplate flaky = using_pod(TinyCluster::job_pod(20_s, RestartPolicy::on_failure));
        flaky.failure_rate_ppm = 500'000;
        const WorkloadIx job = c.add_job("flaky", flaky, 30, 5);
        c.at(job).job.backoff_limit = 1000;
        c.at(job).job.has_active_deadline = true;
        c.at(job).job.active_deadline = 10_min;
        const WorkloadIx cron = c.add_cron_job("tick", "* * * * *", using_pod(TinyCluster::job_pod(25_s)));
        c.at(cron).cron.concurrency = ConcurrencyPolicy::replace;
        for (int n = 1; n < 12; ++n) c.scale_at(1_min * n, web, 10 - 3 * (n % 4));
        TinyRun run = c.start(seed);
        for (sim::Duration now = 0_s; now < 15_min; now += 1700_ms) {
            run.until(now);
            if (now > 12_min) run.remove(cron);
            std::vector<std::int32_t> running(c.spec.workloads.size(), 0);
            for (const auto& [id, pod] : run.world().pods) {
                const bool is_up = pod.stage == PodStage::running || pod.stage == PodStage::ready;
                if (is_up && pod.finished == sim::Time::origin()) ++running[pod.workload.value];
            }
            for (const auto& seen : run.all<PodUsesFact>()) running[seen.fact.workload.value] -= seen.fact.change;
            EXPECT_EQ(running, std::vector<std::int32_t>(running.size(), 0))
                << "seed " << seed << " at " << sim::to_text(now)
                << "; repeat: ekssim_tests --gtest_filter=Usage.PodsUseWhileTheirContainersRun";
        }
        EXPECT_EQ(run.count<UsageFact>(), 3U);  // one a workload
    }
}

}  // namespace
}  // namespace eks::testing

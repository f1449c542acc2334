// Expectations compiled against a scenario: what they become, and what is refused before anything runs.
#include "tests/unit/models/metrics/scene.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::metrics_test {
namespace {

Complaints complaints_about(const Scene& scene) {
    const auto plan = plan_metrics(scene.scenario);
    return plan ? Complaints{} : plan.error();
}

TEST(Expectations, TheOnesOfTheManualCompile) {
    Scene scene;
    scene.scenario.windows.push_back({"outage", lasting(600), lasting(1200)});
    scene.expect("p99(ekssim_pod_start_seconds{workload=\"web\"}) < 90s", "during outage");
    scene.expect("min(ekssim_subnet_free_addresses) by (subnet) >= 64");
    scene.expect("share_of_runs(max(ekssim_pods_waiting{cause=\"no-address\"}) > 0) <= 1%");
    scene.expect("mean(ekssim_cost_usd_per_hour) < 42");
    const auto plan = plan_metrics(scene.scenario);
    ASSERT_TRUE(plan.ok());
    ASSERT_EQ((*plan)->measures.size(), 4u);
    EXPECT_EQ((*plan)->measures[0].limit, 90e6);
    EXPECT_EQ((*plan)->measures[0].window.from, at(600));
    EXPECT_EQ((*plan)->measures[0].window.until, at(1200));
    EXPECT_EQ((*plan)->measures[1].limit, 64.0);
    EXPECT_EQ((*plan)->measures[3].limit, 42e6);
    EXPECT_EQ((*plan)->expectations[2].nodes[(*plan)->expectations[2].root].share.limit, 0.01);
}

TEST(Expectations, LimitsAreReadByTheUnitOfWhatTheyAreComparedWith) {
    struct Case {
        const char* that;
        double limit;
        const char* unit;
    };
    const Case cases[] = {
        {"p99(ekssim_pod_start_seconds) < 1h30m", 5400e6, "s"},
        {"p99(ekssim_pod_start_seconds) < 350m", 21000e6, "s"},  // minutes, where a time is measured
        {"p99(ekssim_pod_start_seconds) < 0", 0, "s"},
        {"max(ekssim_pods_waiting) <= 0.5", 0.5, ""},
        {"total(ekssim_image_pull_bytes_total) < 600Mi", 600.0 * 1024 * 1024, "bytes"},
        {"total(ekssim_cost_usd_total) < 0.25", 250'000, "USD"},
        {"rate(ekssim_ec2_calls_total) < 36/h", 0.01, "/h"},
        {"rate(ekssim_image_pull_bytes_total) < 6Mi/min", 1024.0 * 1024 / 10, "bytes/min"},
        {"rate(ekssim_pod_start_seconds) < 2/s", 2, "/s"},
        {"count(ekssim_pod_start_seconds) > 100", 100, ""},
        {"share_of_time(ekssim_pods_waiting > 0) < 5%", 0.05, "%"},
        {"share_of_time(ekssim_pods_waiting > 0) == 0", 0, "%"},
    };
    for (const Case& c : cases) {
        Scene scene;
        scene.expect(c.that);
        const auto plan = plan_metrics(scene.scenario);
        ASSERT_TRUE(plan.ok()) << c.that << ": " << plan.error().front().message;
        EXPECT_DOUBLE_EQ((*plan)->measures[0].limit, c.limit) << c.that;
        EXPECT_EQ((*plan)->measures[0].unit, c.unit) << c.that;
    }
}

TEST(Expectations, WhatCouldPassByBeingAboutNothingIsRefused) {
    struct Case {
        const char* that;
        Rule rule;
        const char* message;
        const char* hint;
    };
    const Case cases[] = {
        {"max(ekssim_pod_waiting) < 5", Rule::unknown_metric, "no metric ekssim_pod_waiting", "ekssim_pods_waiting"},
        {"max(no_such_thing_at_all) < 5", Rule::unknown_metric, "no metric", "explain metric"},
        {"max(ekssim_pods_waiting{pod=\"web-1\"}) < 5", Rule::unknown_label, "no label pod", "explain pod"},
        {"max(ekssim_pods_waiting{couse=\"no-address\"}) < 5", Rule::unknown_label, "no label couse", "cause"},
        {"max(ekssim_pods_waiting) by (node) < 5", Rule::unknown_label, "no label node", ""},
        {"max(ekssim_pods_waiting{cause=\"no-adress\"}) < 5", Rule::empty_selection, "matches nothing", "no-address"},
        {"max(ekssim_pods_waiting{workload=\"wep\"}) < 5", Rule::empty_selection, "matches nothing", "web"},
        {"max(ekssim_pods_waiting{workload=\"web\",namespace=\"reports\"}) < 5", Rule::empty_selection,
         "not all of them together", "allowEmpty"},
        {"max(ekssim_pods_waiting{workload=~\"x.*\"}) < 5", Rule::empty_selection, "matches nothing", ""},
        {"max(cilium_operator_ipam_used_ips) > 0", Rule::empty_selection, "nothing in this scenario has the metric",
         "Cilium has it"},
        {"max(kube_statefulset_replicas) < 5", Rule::empty_selection, "nothing in this scenario has the metric",
         "allowEmpty"},
        {"max(ekssim_addresses{node=\"wrkers-1\"}) < 5", Rule::empty_selection, "matches nothing", "node group"},
        {"max(ekssim_addresses{state=\"warm\"}) < 5", Rule::empty_selection, "matches nothing", "free"},
        {"max(ekssim_pods_waiting{workload=~\"(\"}) < 5", Rule::expression_syntax, "not a pattern", ""},
        {"total(ekssim_pods_waiting) < 5", Rule::wrong_aggregation, "total does not fit", "a gauge has"},
        {"max(ekssim_ec2_calls_total) < 5", Rule::wrong_aggregation, "max does not fit", "total and rate"},
        {"last(ekssim_pod_start_seconds) < 5s", Rule::wrong_aggregation, "last does not fit", "a distribution has"},
        {"share_of_time(ekssim_ec2_calls_total > 5) < 5%", Rule::wrong_aggregation, "needs a gauge", ""},
        {"share_of_time(p99(ekssim_pods_waiting) > 5) < 5%", Rule::wrong_aggregation, "no value at an instant", ""},
        {"share_of_time(ekssim_pods_waiting by (workload) > 5 and ekssim_pods_waiting by (cause) > 5) < 5%",
         Rule::wrong_aggregation, "grouped differently", ""},
        {"share_of_runs(max(ekssim_pods_waiting) by (cause) > 5 or max(ekssim_pods_waiting) > 9) < 5%",
         Rule::wrong_aggregation, "grouped differently", ""},
        {"share_of_runs(max(ekssim_pods_waiting) > 5) by (cause) < 5%", Rule::wrong_aggregation, "takes no `by`",
         "put it inside"},
        {"p99(ekssim_pod_start_seconds) < 90", Rule::unit_mismatch, "90 needs a unit", "90s"},
        {"p99(ekssim_pod_start_seconds) < 600Mi", Rule::unit_mismatch, "bytes is compared with a time", "90s"},
        {"total(ekssim_image_pull_bytes_total) < 90s", Rule::unit_mismatch,
         "a time is compared with an amount of bytes", "600Mi"},
        {"max(ekssim_pods_waiting) < 90s", Rule::unit_mismatch, "a time is compared with a number", "64"},
        {"max(ekssim_pods_waiting) < 5%", Rule::unit_mismatch, "a percentage where no share is measured", ""},
        {"share_of_time(ekssim_pods_waiting > 0) < 5", Rule::unit_mismatch, "\"5\" is no share", "5%"},
        {"share_of_time(ekssim_pods_waiting > 0) < 105%", Rule::unit_mismatch, "not a share", "5%"},
        {"share_of_runs(max(ekssim_pods_waiting) > 0) < 0.01", Rule::unit_mismatch, "no share", "5%"},
        {"rate(ekssim_ec2_calls_total) < 5", Rule::unit_mismatch, "5 needs a unit", "12/s"},
        {"rate(ekssim_ec2_calls_total) < 5/year", Rule::unit_mismatch, "not a rate", "12/s"},
        {"p99(ekssim_pod_start_seconds) < 10sec", Rule::unit_mismatch, "\"10sec\" is not a time", "90s"},
        {"max(ekssim_pods_waiting)", Rule::expression_syntax, "expected <", ""},
    };
    for (const Case& c : cases) {
        Scene scene;
        scene.expect(c.that);
        const Complaints complaints = complaints_about(scene);
        ASSERT_FALSE(complaints.empty()) << c.that;
        EXPECT_EQ(complaints[0].rule, c.rule) << c.that << ": " << complaints[0].message;
        EXPECT_NE(complaints[0].message.find(c.message), std::string::npos) << c.that << ": " << complaints[0].message;
        EXPECT_NE(complaints[0].hint.find(c.hint), std::string::npos) << c.that << ": " << complaints[0].hint;
    }
}

TEST(Expectations, AComplaintPointsAtItsCharacter) {
    Scene scene;
    scene.expect("max(ekssim_pods_waiting) < 5 and max(nothing) < 5");
    const Complaints complaints = complaints_about(scene);
    ASSERT_EQ(complaints.size(), 1u);
    ASSERT_TRUE(complaints[0].place.has_value());
    EXPECT_EQ(complaints[0].place->line, 7);
    EXPECT_EQ(complaints[0].place->column, 9 + 37);
}

TEST(Expectations, AllComplaintsComeAtOnce) {
    Scene scene;
    scene.expect("max(a) < 5 and max(b) < 5").expect("oops").expect("max(ekssim_pods_waiting) < 5%", "whenever");
    EXPECT_EQ(complaints_about(scene).size(), 5u);
}

TEST(Expectations, WindowsLieWithinTheRun) {
    struct Case {
        const char* when;
        Rule rule;
    };
    for (const Case& c : {Case{"between 50m and 70m", Rule::bad_window}, Case{"between 20m and 10m", Rule::bad_window},
                          Case{"between 10 and 20", Rule::bad_window}, Case{"sometimes", Rule::bad_window},
                          Case{"during storm", Rule::unknown_window}, Case{"at", Rule::bad_window}}) {
        Scene scene;
        scene.expect("max(ekssim_pods_waiting) < 5", c.when);
        const Complaints complaints = complaints_about(scene);
        ASSERT_EQ(complaints.size(), 1u) << c.when;
        EXPECT_EQ(complaints[0].rule, c.rule) << c.when;
    }
    Scene fine;
    fine.expect("max(ekssim_pods_waiting) < 5", "  between  0s and 60m ");
    EXPECT_TRUE(complaints_about(fine).empty());
    Scene all_warm_up;
    all_warm_up.warm_up(3600).expect("max(ekssim_pods_waiting) < 5");
    EXPECT_EQ(complaints_about(all_warm_up).size(), 1u);
}

TEST(Expectations, AllowEmptyPermitsASelectorWithoutMatch) {
    Scene scene;
    scene.expect("max(kube_statefulset_replicas) < 5");
    scene.scenario.expectations[0].allow_empty = true;
    EXPECT_TRUE(complaints_about(scene).empty());
}

TEST(Definitions, EveryMetricIsReadable) {
    const Spec spec = scene_spec();
    for (const MetricDefinition& metric : all_metrics()) {
        EXPECT_EQ(find_metric(metric.name), &metric) << "two metrics have the name " << metric.name;
        EXPECT_FALSE(metric.meaning.empty()) << metric.name;
        EXPECT_EQ(metric.kind == MetricKind::counter,
                  metric.accrues() || shape_of(metric.family).kind == MetricKind::counter)
            << metric.name;
        EXPECT_FALSE(metric.columns == 0) << metric.name;
        for (const MetricLabel& label : metric.labels()) {
            EXPECT_NE(label.name, "pod");
            EXPECT_NE(label.name, "uid");
            EXPECT_NE(label.name, "container");
        }
    }
}

}  // namespace
}  // namespace eks::metrics_test

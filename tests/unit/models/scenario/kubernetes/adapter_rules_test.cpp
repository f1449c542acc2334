// How prometheus-adapter names metrics (FR-28): the examples of its own documentation, docs/config.md.
#include "models/scenario/kubernetes/adapter_rules.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

TEST(AdapterRules, NameTheSeriesOfAQuery) {
    EXPECT_EQ(series_of_query(R"(http_requests_total{namespace!="",pod!=""})"), "http_requests_total");
    EXPECT_EQ(series_of_query(" queue_messages_ready "), "queue_messages_ready");
    EXPECT_EQ(series_of_query(R"({__name__="node_load1",job="node"})"), "node_load1");
    EXPECT_EQ(series_of_query(R"({__name__=~"^http_requests_total$",pod!=""})"), "http_requests_total");
    EXPECT_EQ(series_of_query(R"({__name__=~"^container_.*",namespace!=""})"), "");
    EXPECT_EQ(series_of_query(R"({namespace!=""})"), "");
    EXPECT_EQ(series_of_query(""), "");
}

TEST(AdapterRules, NameTheJobOfAQuery) {
    EXPECT_EQ(value_of_label(R"(up{namespace!="",job="web"})", "job"), "web");
    EXPECT_EQ(value_of_label(R"(up{cronjob="nightly"})", "job"), "");
    EXPECT_EQ(value_of_label(R"(up{job=~"web|api"})", "job"), "");
    EXPECT_EQ(value_of_label(R"(up{job="web)", "job"), "");
}

TEST(AdapterRules, TellHowFarBackAQueryLooks) {
    EXPECT_EQ(range_of_query("sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)"),
              sim::Duration::seconds(120));
    EXPECT_EQ(range_of_query("sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)"), std::nullopt);
    EXPECT_EQ(range_of_query("sum(rate(a[2m])) / sum(rate(b[120s]))"), sim::Duration::seconds(120));
    EXPECT_EQ(range_of_query("max_over_time(a[5m:30s])"), sim::Duration::seconds(300));
    EXPECT_EQ(range_of_query(R"(rate(a{path=~"/[a-z(]+"}[2m]))"), sim::Duration::seconds(120));
    EXPECT_EQ(range_of_query(R"(a{path=~"[a-z]"})"), std::nullopt);
}

// No rate at all would be something else.
TEST(AdapterRules, SayWhereARangeIsUnclear) {
    EXPECT_EQ(range_of_query("rate(a[1m]) / rate(b[5m])"), unclear_range);  // which of the two is no one's to say
    EXPECT_EQ(range_of_query("max_over_time(rate(a[1m])[5m:30s])"), unclear_range);
    EXPECT_EQ(range_of_query("rate(a[<<.Range>>])"), unclear_range);
    EXPECT_EQ(range_of_query("rate(a[0s])"), unclear_range);
    EXPECT_EQ(range_of_query("]a["), unclear_range);
}

// https://prometheus.io/docs/prometheus/latest/querying/functions/#irate
TEST(AdapterRules, TellWhoLooksAtTheLastTwoSamples) {
    EXPECT_EQ(range_of_query("sum(irate(<<.Series>>{<<.LabelMatchers>>}[5m])) by (<<.GroupBy>>)"), last_two_samples);
    EXPECT_EQ(range_of_query("idelta(a[5m]) / irate(b[1m])"), last_two_samples);
    EXPECT_EQ(range_of_query("irate(a[5m]) / rate(b[1m])"), unclear_range);
    EXPECT_EQ(range_of_query("irate (a[5m])"), last_two_samples);
}

TEST(AdapterRules, TellWhetherASeriesMatches) {
    EXPECT_EQ(matches_pattern("http_requests_total", ".*_total$"), true);
    EXPECT_EQ(matches_pattern("http_requests_total", "^container_.*"), false);
    EXPECT_EQ(matches_pattern("http_requests_total", "requests"), true);
    EXPECT_EQ(matches_pattern("http_requests_total", "^(http|grpc)_"), std::nullopt);
}

TEST(AdapterRules, NameMetricsByTheirPattern) {
    EXPECT_EQ(name_of_metric("http_requests_total", "^(.*)_total$", "${1}_per_second"), "http_requests_per_second");
    EXPECT_EQ(name_of_metric("http_requests_total", "^(.*)_total", "${1}_per_second"), "http_requests_per_second");
    EXPECT_EQ(name_of_metric("container_cpu_seconds_total", "^container_(.*)_seconds_total$", ""), "cpu");
    EXPECT_EQ(name_of_metric("http_requests_total", "", ""), "http_requests_total");
    EXPECT_EQ(name_of_metric("http_requests_total", "", "requests_per_second"), "requests_per_second");
    EXPECT_EQ(name_of_metric("http_requests_total", "http_requests_total", "rps"), "rps");
    EXPECT_EQ(name_of_metric("http_requests_total", "^requests", "rps"), std::nullopt);
    EXPECT_EQ(name_of_metric("http_requests_total", "^(.+)http_requests_total$", "rps"), std::nullopt);
    // As Go's regexp expands it: the name is all of "1_per_second", of which there is none.
    EXPECT_EQ(name_of_metric("http_requests_total", "^(.*)_total$", "$1_per_second"), "");
    EXPECT_EQ(name_of_metric("http_requests_total", "^(.*)_total$", "$1"), "http_requests");
}

// Any other pattern is a program of its own.
TEST(AdapterRules, LeaveOtherPatternsAlone) {
    for (const char* pattern : {"^(http|grpc)_total$", "[a-z]+", "a{2}", "(a)(b)", "(.*)_(.*)", "(?:a)", "\\w+"})
        EXPECT_EQ(name_of_metric("http_requests_total", pattern, "${1}"), std::nullopt) << pattern;
    EXPECT_EQ(name_of_metric("a", "(.*)", "${1"), std::nullopt);
    EXPECT_EQ(name_of_metric("a", "(.*)", "$"), std::nullopt);
}

}  // namespace
}  // namespace eks

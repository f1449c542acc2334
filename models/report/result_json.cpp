#include "models/report/result_json.hpp"

#include "models/catalog/catalog.hpp"
#include "models/report/advice_json.hpp"
#include "models/report/quantities.hpp"
#include "models/report/timelines_json.hpp"
#include "models/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

Json labels_json(const LabelValues& labels) {
    Json object = Json::object();
    for (const auto& [name, value] : labels) object[name] = value;
    return object;
}

// A whole number reads better without its ".0".
Json number(double value) {
    const auto whole = static_cast<std::int64_t>(value);
    if (value > -1e15 && value < 1e15 && static_cast<double>(whole) == value) return whole;
    return value;
}

std::string replay(const ExpectationResult& e, const Outcome& outcome, const ResultSource& source) {
    const std::string file = source.file.empty() ? "SCENARIO" : source.file;
    std::string command = fmt::format("ekssim run {} --seed {}", file, outcome.seed);
    if (e.first_breach && e.first_breach->replication > 0)
        command += fmt::format(" --replication {}", e.first_breach->replication);
    if (e.first_breach)
        command += fmt::format(" --until {}ms", static_cast<std::int64_t>(e.first_breach->at_seconds * 1000) + 1);
    return command;
}

Json expectation_json(const ExpectationResult& e, const Outcome& outcome, const ResultSource& source) {
    Json object{{"name", e.name},
                {"that", e.that},
                {"verdict", text_of(e.verdict)},
                {"severity", e.is_warning ? "warn" : "error"}};
    object["observed"] = e.observed ? number(*e.observed) : Json();
    object["interval"] =
        e.interval_low && e.interval_high ? Json::array({number(*e.interval_low), number(*e.interval_high)}) : Json();
    object["limit"] = number(e.limit);
    object["unit"] = e.unit;
    object["message"] = e.message;
    if (e.first_breach) {
        object["first_breach"] = {{"at_seconds", e.first_breach->at_seconds},
                                  {"seed", outcome.seed},
                                  {"replication", e.first_breach->replication},
                                  {"group", labels_json(e.first_breach->group)}};
        object["replay"] = replay(e, outcome, source);
    }
    if (!e.groups_that_do_not_hold.empty()) {
        Json groups = Json::array();
        for (const LabelValues& group : e.groups_that_do_not_hold) groups.push_back(labels_json(group));
        object["groups"] = groups;
    }
    object["place"] = e.place;
    return object;
}

Json series_json(const SeriesSummary& s) {
    Json object{{"labels", labels_json(s.labels)}};
    const auto add = [&](const char* name, const std::optional<double>& value) {
        if (value) object[name] = number(*value);
    };
    if (s.count) object["count"] = *s.count;
    add("total", s.total);
    add("mean", s.mean);
    add("min", s.min);
    add("max", s.max);
    add("last", s.last);
    add("p50", s.p50);
    add("p90", s.p90);
    add("p95", s.p95);
    add("p99", s.p99);
    if (!s.buckets.empty()) {
        Json buckets = Json::array();
        for (const HistogramBucket& bucket : s.buckets)
            buckets.push_back(Json::array({number(bucket.low), number(bucket.high), bucket.count}));
        object["buckets"] = std::move(buckets);
    }
    return object;
}

// Over several runs: the mean, which keeps sums sums.
template <class Read>
double mean_over(const Outcome& outcome, Read&& read) {
    double sum = 0.0;
    for (const RunOutcome& run : outcome.runs) sum += static_cast<double>(read(run));
    return outcome.runs.empty() ? 0.0 : sum / static_cast<double>(outcome.runs.size());
}

Json waiting_json(const Outcome& outcome) {
    Json causes = Json::object();
    for (std::size_t c = 1; c < wait_cause_count; ++c) {
        const double seconds =
            mean_over(outcome, [c](const RunOutcome& run) { return run.waiting.by_cause_us[c]; }) / 1e6;
        if (seconds > 0) causes[std::string(wait_cause_texts[c].name)] = number(seconds);
    }
    return {{"pods", number(mean_over(outcome, [](const RunOutcome& run) { return run.waiting.pods; }))},
            {"seconds", number(mean_over(outcome, [](const RunOutcome& run) { return run.waiting.total_us; }) / 1e6)},
            {"by_cause", causes}};
}

// AWS-6, FR-14: IAM is all that guards the endpoint from those who reach it.
Json exposure_json(const Exposure& exposure) {
    Json ranges = Json::array();
    if (exposure.is_public && exposure.ranges.empty()) ranges.push_back("0.0.0.0/0");
    if (exposure.is_public) {
        for (const std::string& range : exposure.ranges) ranges.push_back(range);
    }
    return {{"public_endpoint", exposure.is_public},
            {"private_endpoint", exposure.is_private},
            {"reached_from", std::move(ranges)},
            {"guarded_by", "IAM"},
            {"load_balancers", exposure.balancers}};
}

// What each run came to, so that runs of other forms of the scenario can be paired with them.
Json runs_json(const Outcome& outcome) {
    Json fingerprints = Json::array();
    for (const RunOutcome& run : outcome.runs) fingerprints.push_back(run.fingerprint.hex());
    Json list = Json::array();
    for (const Quantity& quantity : quantities(outcome)) {
        Json values = Json::array();
        for (const double value : quantity.by_run) values.push_back(std::isnan(value) ? Json() : number(value));
        list.push_back({{"name", quantity.what}, {"unit", quantity.unit}, {"values", std::move(values)}});
    }
    return {{"first_replication", outcome.first_replication},
            {"fingerprints", std::move(fingerprints)},
            {"quantities", std::move(list)}};
}

}  // namespace

std::string to_json(const Scenario& scenario, const Outcome& outcome, const ResultSource& source) {
    Json document{
        {"ekssim", version()},
        {"format", "ekssim.dev/result/v1alpha1"},
        {"scenario", scenario.name},
        {"prices_date", Catalog::builtin_date()},
        {"seed", outcome.seed},
        {"replications", outcome.runs.size()},
        {"fingerprint", outcome.fingerprint().hex()},
        {"simulated_seconds", outcome.runs.empty() ? 0.0 : outcome.runs.front().end.since_origin().in_seconds()},
        {"warm_up_seconds", outcome.warm_up.in_seconds()},
        {"wall_seconds", outcome.wall_seconds},
        {"events", outcome.events()},
        {"peak_memory_bytes", outcome.peak_memory_bytes},
        {"verdict", text_of(outcome.judgement.verdict)},
        {"expect_verdict", scenario.expects_failure ? "fail" : "pass"}};
    if (outcome.interrupted) document["interrupted"] = true;
    Json expectations = Json::array();
    for (const ExpectationResult& e : outcome.judgement.expectations)
        expectations.push_back(expectation_json(e, outcome, source));
    document["expectations"] = std::move(expectations);
    document["waiting"] = waiting_json(outcome);
    const auto mean = [&](auto member) {
        return number(mean_over(outcome, [member](const RunOutcome& run) { return run.totals.*member; }));
    };
    document["pods"] = {{"created", mean(&RunTotals::pods_created)},
                        {"placed", mean(&RunTotals::pods_placed)},
                        {"finished", mean(&RunTotals::pods_finished)},
                        {"failed", mean(&RunTotals::pods_failed)},
                        {"unplaced_at_end", mean(&RunTotals::pods_unplaced)}};
    document["nodes"] = {{"at_start", mean(&RunTotals::nodes_at_start)},
                         {"at_end", number(mean_over(outcome, [](const RunOutcome& run) { return run.nodes_at_end; }))},
                         {"max", mean(&RunTotals::nodes_max)}};
    document["cost_usd"] = mean_over(outcome, [](const RunOutcome& run) { return run.cost_usd; });
    Json metrics = Json::object();
    for (const MetricSummary& metric : outcome.metrics) {
        Json list = Json::array();
        for (const SeriesSummary& series : metric.series) list.push_back(series_json(series));
        metrics[std::string(metric.metric->name)] = std::move(list);
    }
    document["metrics"] = std::move(metrics);
    document["runs"] = runs_json(outcome);
    if (!outcome.timelines.empty()) document["series"] = Json::parse(timelines_json(outcome));
    if (scenario.spec->pod_scaling.advice.is_asked)
        document["advice"] = Json::parse(advice_json(*scenario.spec, outcome.advice));
    if (!scenario.spec->nomad.runs) document["exposure"] = exposure_json(scenario.spec->identity.exposure);
    Json assumptions = Json::array();
    for (const Assumption& a : scenario.assumptions)
        assumptions.push_back({{"what", a.what}, {"value", a.value}, {"rule", a.rule}});
    document["assumptions"] = std::move(assumptions);
    Json ignored = Json::array();
    for (const IgnoredPath& i : scenario.ignored) ignored.push_back({{"path", i.path}, {"count", i.count}});
    document["ignored"] = std::move(ignored);
    Json warnings = Json::array();
    for (const Complaint& w : scenario.warnings) {
        warnings.push_back({{"rule", code_of(w.rule)},
                            {"message", w.message},
                            {"hint", w.hint},
                            {"place", w.place ? to_text(*w.place) : w.pointer}});
    }
    document["warnings"] = std::move(warnings);
    return document.dump();
}

}  // namespace eks

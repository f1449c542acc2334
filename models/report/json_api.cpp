#include "models/report/json_api.hpp"

#include "libsim/check.hpp"
#include "libsim/statistics.hpp"
#include "models/catalog/import.hpp"
#include "models/planning/experiment.hpp"
#include "models/planning/explain.hpp"
#include "models/report/part_json.hpp"
#include "models/report/path_json.hpp"
#include "models/report/quantities.hpp"
#include "models/report/result_json.hpp"
#include "models/report/story_json.hpp"
#include "models/report/tables.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/spec/hash.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace eks {

namespace {

using Json = nlohmann::ordered_json;

Json complaint_json(const Complaint& c) {
    Json object{{"rule", code_of(c.rule)}, {"severity", c.severity == Severity::error ? "error" : "warning"},
                {"message", c.message},    {"hint", c.hint},
                {"pointer", c.pointer},    {"place", Json()}};
    if (c.place) object["place"] = {{"file", c.place->file}, {"line", c.place->line}, {"column", c.place->column}};
    return object;
}

Json complaints_json(const Complaints& complaints) {
    Json list = Json::array();
    for (const Complaint& c : complaints) list.push_back(complaint_json(c));
    return list;
}

std::string refusal(const Complaints& complaints) { return Json{{"complaints", complaints_json(complaints)}}.dump(); }

std::string refusal(Rule rule, std::string message, std::string hint) {
    Complaint complaint;
    complaint.rule = rule;
    complaint.message = std::move(message);
    complaint.hint = std::move(hint);
    return refusal(Complaints{complaint});
}

// What a result tells of its first run alone.
constexpr std::array<const char*, 3> keys_of_first_run{"metrics", "series", "advice"};

// Options come from our own package, so that a wrong one is a mistake of ours and may throw what the parser throws.
struct Options {
    LoadOptions load;
    ExperimentSettings experiment;
    bool judges = true;
    bool skips_warm_up = true;       // false: everything counts from the start
    std::vector<LoadOptions> loads;  // of compare: one a document
};

using Policies = std::vector<NamedPolicy>;

LoadOptions load_options(const Json& pairs) {
    LoadOptions load;
    for (const Json& pair : pairs) load.set.emplace_back(pair.at(0).get<std::string>(), pair.at(1).dump());
    return load;
}

Options read_options(std::string_view text) {
    Options options;
    const Json json = text.empty() ? Json::object() : Json::parse(text);
    if (json.contains("set")) options.load = load_options(json["set"]);
    if (json.contains("sets")) {
        for (const Json& pairs : json["sets"]) options.loads.push_back(load_options(pairs));
    }
    if (json.contains("seed") && !json["seed"].is_null()) options.experiment.seed = json["seed"].get<std::uint64_t>();
    if (json.contains("replications") && !json["replications"].is_null()) {
        options.experiment.replications =
            ReplicationBounds{json["replications"].at("min"), json["replications"].at("max")};
    }
    if (json.contains("replication") && !json["replication"].is_null()) {
        options.experiment.single_run = true;
        options.experiment.replication = json["replication"].get<std::uint32_t>();
    }
    options.experiment.jobs = std::max<std::uint32_t>(1, json.value("jobs", 1U));
    if (json.contains("until_us") && !json["until_us"].is_null())
        options.experiment.until = sim::Duration::microseconds(json["until_us"].get<std::int64_t>());
    options.experiment.records_timelines = json.value("series", false);
    options.judges = json.value("judge", true);
    options.skips_warm_up = json.value("skip_warm_up", true);
    return options;
}

struct Loaded {
    Scenario scenario;
    std::shared_ptr<const MetricsPlan> plan;
};

// A policy for a HorizontalPodAutoscaler that is not there decides nothing.
Complaints strangers_among(const std::vector<NamedPolicy>& policies, const Spec& spec) {
    std::vector<std::string> names;
    for (const HorizontalScaler& scaler : spec.pod_scaling.horizontal)
        names.push_back(scaler.namespace_name + "/" + scaler.name);
    const std::vector<std::string_view> known(names.begin(), names.end());
    Complaints complaints;
    for (const NamedPolicy& named : policies) {
        if (std::ranges::find(names, named.scaler) != names.end()) continue;
        Complaint complaint;
        complaint.rule = Rule::matches_nothing;
        complaint.message = fmt::format("no HorizontalPodAutoscaler is called {}", named.scaler);
        complaint.hint = known.empty() ? "the scenario has none" : did_you_mean(named.scaler, known);
        complaints.push_back(complaint);
    }
    return complaints;
}

sim::Result<Loaded, Complaints> load(std::string_view document, const LoadOptions& options, bool judges,
                                     const Policies& policies = {}) {
    auto scenario = load_scenario_json(document, options);
    if (!scenario) return sim::failure(scenario.error());
    if (const Complaints strangers = strangers_among(policies, *scenario->spec); !strangers.empty())
        return sim::failure(strangers);
    scenario->policies = policies;
    if (!judges) return Loaded{*scenario, plan_metrics(*scenario->spec, scenario->run.warm_up)};
    auto plan = plan_metrics(*scenario);
    if (!plan) return sim::failure(plan.error());
    return Loaded{*scenario, *plan};
}

// The scenario's own file, for commands that a person can repeat.
std::string file_of(std::string_view document) {
    const Json json = Json::parse(document, nullptr, false);
    if (!json.is_object() || !json.contains("files") || !json["files"].is_array() || json["files"].empty()) return {};
    return json["files"][0].is_string() ? json["files"][0].get<std::string>() : std::string();
}

OnExperimentProgress experiment_progress(const OnJsonProgress& progress) {
    if (!progress) return {};
    return [&progress](const ExperimentProgress& at) {
        return progress(Json{{"simulated_seconds", at.simulated.in_seconds()},
                             {"of_seconds", at.of.in_seconds()},
                             {"events", at.events},
                             {"replication", at.replication},
                             {"replications", at.replications}}
                            .dump());
    };
}

// An expectation without a sample cannot be judged, which is a mistake in the scenario and not a verdict.
Complaints unjudged(const Scenario& scenario, const Outcome& outcome) {
    Complaints complaints;
    for (std::size_t i = 0; i < outcome.judgement.expectations.size(); ++i) {
        const ExpectationResult& e = outcome.judgement.expectations[i];
        if (e.verdict != Verdict::error) continue;
        Complaint c;
        c.rule = Rule::empty_selection;
        c.message = fmt::format("the expectation \"{}\" had nothing to judge: {}", e.name, e.message);
        c.hint = "widen the selector or the window, or say allowEmpty: true";
        if (i < scenario.expectations.size()) {
            c.place = scenario.expectations[i].that_place;
            c.pointer = scenario.expectations[i].that_pointer;
        }
        complaints.push_back(c);
    }
    return complaints;
}

Json summary_json(const Spec& spec) {
    std::int64_t nodes = 0;
    std::int64_t pods = 0;
    for (const NodeGroup& group : spec.node_groups) nodes += group.desired;
    for (const Workload& w : spec.workloads) {
        const bool counts = w.kind != WorkloadKind::daemon_set && !has_jobs(w.kind);
        pods += counts ? w.replicas : 0;
    }
    return {{"nodes", nodes}, {"workloads", spec.workloads.size()}, {"pods", pods}, {"subnets", spec.subnets.size()}};
}

Json differences_json(const Outcome& a, const Outcome& b, std::size_t variant) {
    Json list = Json::array();
    for (const PairedQuantity& quantity : paired(quantities(a), quantities(b))) {
        const std::size_t pairs = std::min(quantity.a.size(), quantity.b.size());
        const std::span<const double> x(quantity.a.data(), pairs);
        const std::span<const double> y(quantity.b.data(), pairs);
        const auto is_zero = [](double v) { return v == 0.0; };
        if (pairs == 0 || (std::all_of(x.begin(), x.end(), is_zero) && std::all_of(y.begin(), y.end(), is_zero)))
            continue;
        const auto mean = [](std::span<const double> v) {
            double sum = 0.0;
            for (const double one : v) sum += one;
            return sum / static_cast<double>(v.size());
        };
        const sim::Interval interval = sim::paired_difference(x, y, 0.95);
        Json entry{{"metric", quantity.what},
                   {"unit", quantity.unit},
                   {"variant", variant},
                   {"a", mean(x)},
                   {"b", mean(y)},
                   {"difference", mean(y) - mean(x)}};
        // A single pair has no width to tell.
        entry["interval"] = pairs < 2 ? Json() : Json::array({interval.low, interval.high});
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace

std::string complaints_as_json(const Complaints& complaints) { return refusal(complaints); }

std::string load_as_json(std::string_view document, std::string_view options_text) {
    const Options options = read_options(options_text);
    Json answer{{"ok", false},
                {"complaints", Json::array()},
                {"warnings", Json::array()},
                {"assumptions", Json::array()},
                {"ignored", Json::array()},
                {"summary", Json::object()}};
    const auto loaded = load(document, options.load, true);
    if (!loaded) {
        answer["complaints"] = complaints_json(loaded.error());
        return answer.dump();
    }
    const Scenario& scenario = loaded->scenario;
    answer["ok"] = true;
    answer["warnings"] = complaints_json(scenario.warnings);
    for (const Assumption& a : scenario.assumptions)
        answer["assumptions"].push_back({{"what", a.what}, {"value", a.value}, {"rule", a.rule}});
    for (const IgnoredPath& i : scenario.ignored) answer["ignored"].push_back({{"path", i.path}, {"count", i.count}});
    answer["leaves"] = {
        {"all", scenario.leaves.all}, {"modelled", scenario.leaves.modelled()}, {"ignored", scenario.leaves.ignored}};
    answer["spec"] = sim::fingerprint(*scenario.spec).hex();
    answer["summary"] = summary_json(*scenario.spec);
    answer["horizontal_scalers"] = Json::array();
    for (const HorizontalScaler& scaler : scenario.spec->pod_scaling.horizontal)
        answer["horizontal_scalers"].push_back(scaler.namespace_name + "/" + scaler.name);
    return answer.dump();
}

std::string run_as_json(std::string_view document, std::string_view options_text, const OnJsonProgress& progress,
                        const Policies& policies) {
    const Options options = read_options(options_text);
    const auto loaded = load(document, options.load, options.judges, policies);
    if (!loaded) return refusal(loaded.error());
    const Outcome outcome =
        run_experiment(loaded->scenario, loaded->plan, options.experiment, experiment_progress(progress));
    // What was cut short may lack its samples for that reason alone.
    const bool whole = !outcome.interrupted && !options.experiment.until;
    if (const Complaints complaints = unjudged(loaded->scenario, outcome); whole && !complaints.empty())
        return refusal(complaints);
    return to_json(loaded->scenario, outcome, {file_of(document)});
}

std::string run_part_as_json(std::string_view document, std::string_view options_text, const OnJsonProgress& progress,
                             const Policies& policies) {
    const Options options = read_options(options_text);
    CHECK(options.experiment.single_run, "a part is one run");
    const auto loaded = load(document, options.load, options.judges, policies);
    if (!loaded) return refusal(loaded.error());
    const Outcome outcome =
        run_experiment(loaded->scenario, loaded->plan, options.experiment, experiment_progress(progress));
    Json part{{"run", Json::parse(run_outcome_json(outcome.runs.front()))}, {"interrupted", outcome.interrupted}};
    part["wall_seconds"] = outcome.wall_seconds;
    part["peak_memory_bytes"] = outcome.peak_memory_bytes;
    if (options.experiment.replication == 0) {
        const Json whole = Json::parse(to_json(loaded->scenario, outcome, {file_of(document)}));
        for (const char* key : keys_of_first_run)
            if (whole.contains(key)) part[key] = whole[key];
    }
    return part.dump();
}

std::string joined_parts_as_json(std::string_view document, std::string_view options_text,
                                 std::string_view parts_text) {
    const Options options = read_options(options_text);
    const auto loaded = load(document, options.load, options.judges);
    if (!loaded) return refusal(loaded.error());
    const Json parts = Json::parse(parts_text);
    Outcome outcome;
    outcome.seed = options.experiment.seed.value_or(loaded->scenario.run.seed);
    outcome.warm_up = loaded->scenario.run.warm_up;
    outcome.replicated = parts.size() > 1;
    for (const Json& part : parts) {
        outcome.runs.push_back(run_outcome_from_json(part.at("run").dump()));
        outcome.wall_seconds += part.at("wall_seconds").get<double>();
        outcome.peak_memory_bytes =
            std::max(outcome.peak_memory_bytes, part.at("peak_memory_bytes").get<std::int64_t>());
    }
    judge_runs(*loaded->plan, outcome);
    if (const Complaints complaints = unjudged(loaded->scenario, outcome); !complaints.empty())
        return refusal(complaints);
    Json document_of_all = Json::parse(to_json(loaded->scenario, outcome, {file_of(document)}));
    for (const char* key : keys_of_first_run)
        if (parts.at(0).contains(key)) document_of_all[key] = parts.at(0)[key];
    return document_of_all.dump();
}

std::string compare_as_json(std::string_view list, std::string_view options_text, const OnJsonProgress& progress) {
    std::vector<std::string> documents;
    for (const Json& document : Json::parse(list)) documents.push_back(document.dump());
    Options options = read_options(options_text);
    std::vector<Loaded> all;
    Complaints complaints;
    for (std::size_t i = 0; i < documents.size(); ++i) {
        auto loaded = load(documents[i], i < options.loads.size() ? options.loads[i] : options.load, options.judges);
        if (loaded)
            all.push_back(*loaded);
        else
            complaints.insert(complaints.end(), loaded.error().begin(), loaded.error().end());
    }
    if (!complaints.empty()) return refusal(complaints);
    // Pairs need the same number of runs of each, so nobody stops early.
    if (options.experiment.replications)
        options.experiment.replications->minimum = options.experiment.replications->maximum;
    Json variants = Json::array();
    Json differences = Json::array();
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < all.size(); ++i) {
        outcomes.push_back(
            run_experiment(all[i].scenario, all[i].plan, options.experiment, experiment_progress(progress)));
        variants.push_back(Json::parse(to_json(all[i].scenario, outcomes.back(), {file_of(documents[i])})));
        if (i > 0) {
            for (const Json& entry : differences_json(outcomes.front(), outcomes.back(), i))
                differences.push_back(entry);
        }
        if (outcomes.back().interrupted) break;
    }
    return Json{{"variants", variants}, {"differences", differences}, {"replications", outcomes.front().runs.size()}}
        .dump();
}

std::string variants_as_json(std::string_view document, std::string_view options_text) {
    const auto variants = expand_variants(document, read_options(options_text).load);
    if (!variants) return refusal(variants.error());
    Json list = Json::array();
    if (variants->size() == 1 && variants->front().name.empty() && variants->front().set.empty()) return list.dump();
    for (const Variant& variant : *variants) {
        Json label = Json::object();
        Json set = Json::array();
        if (!variant.name.empty()) label["variant"] = variant.name;
        for (const auto& [path, value] : variant.combination) label[path] = Json::parse(value);
        for (const auto& [path, value] : variant.set) set.push_back(Json::array({path, Json::parse(value)}));
        list.push_back({{"label", label}, {"set", set}});
    }
    return list.dump();
}

namespace {

// What the scheduler makes of each node, if that was asked for: null, or a list.
Json nodes_of(const PodStory& story) {
    if (!story.nodes) return nullptr;
    Json nodes = Json::array();
    for (const NodeVerdict& verdict : story.nodes->nodes) {
        Json node{{"node", verdict.node}};
        if (verdict.refused_by.empty()) {
            Json scores = Json::object();
            for (const auto& [plugin, score] : verdict.scores) scores[plugin] = score;
            node.update({{"scores", scores}, {"total", verdict.total}, {"best", verdict.is_best}});
        } else {
            node.update(
                {{"refused_by", verdict.refused_by}, {"reasons", verdict.reasons}, {"unresolvable", verdict.is_final}});
        }
        nodes.push_back(std::move(node));
    }
    return nodes;
}

sim::Result<std::string, std::string> explain_at(const Scenario& scenario, const StartOptions& options,
                                                 const Json& what, sim::Duration at) {
    const auto json_of = [](const auto& story, auto to_json_text) -> sim::Result<std::string, std::string> {
        if (!story) return sim::failure(story.error());
        return to_json_text(*story);
    };
    if (what.contains("node"))
        return json_of(explain_node(scenario, options, what["node"].get<std::string>(), at), node_story_json);
    if (what.contains("hpa"))
        return json_of(explain_hpa(scenario, options, what["hpa"].get<std::string>(), at), hpa_story_json);
    if (what.contains("capacity"))
        return json_of(explain_capacity(scenario, options, what["capacity"].get<std::string>(), at),
                       capacity_story_json);
    const Json& path = what["path"];
    return json_of(explain_path(scenario, options, path.value("from", ""), path.value("to", ""), at),
                   [](const std::vector<PathStory>& stories) { return path_stories_json(stories); });
}

// What is asked of an instant.
std::string explain_instant(const Scenario& scenario, const Options& options, const Json& what) {
    const sim::Duration at = what.contains("at_us") && !what["at_us"].is_null()
                                 ? sim::Duration::microseconds(what["at_us"].get<std::int64_t>())
                                 : scenario.run.duration;
    const StartOptions start_options{options.experiment.seed, options.experiment.replication};
    const auto told = explain_at(scenario, start_options, what, std::min(at, scenario.run.duration));
    if (!told) return refusal(Rule::matches_nothing, told.error(), "");
    Json answer = Json::parse(*told);
    answer["seed"] = options.experiment.seed.value_or(scenario.run.seed);
    answer["spec"] = sim::fingerprint(*scenario.spec).hex();
    return answer.dump();
}

}  // namespace

namespace {

std::string explain_loaded(std::string_view document, const Options& options, const Loaded& loaded, const Json& what) {
    const Scenario& scenario = loaded.scenario;
    if (what.contains("pod")) {
        const sim::Duration at = what.contains("at_us") && !what["at_us"].is_null()
                                     ? sim::Duration::microseconds(what["at_us"].get<std::int64_t>())
                                     : scenario.run.duration;
        const StartOptions start_options{options.experiment.seed, options.experiment.replication};
        const auto story =
            explain_pod(scenario, start_options, what["pod"].get<std::string>(), std::min(at, scenario.run.duration),
                        what.contains("at_us") && !what["at_us"].is_null());
        if (!story) return refusal(Rule::matches_nothing, story.error(), "");
        return Json{{"text", to_lines(*story)},
                    {"nodes", nodes_of(*story)},
                    {"autoscalers", Json::parse(autoscalers_json(story->autoscalers))},
                    {"pod", story->pod},
                    {"node", story->node},
                    {"seed", options.experiment.seed.value_or(scenario.run.seed)},
                    {"spec", sim::fingerprint(*scenario.spec).hex()}}
            .dump();
    }
    for (const char* instant : {"node", "hpa", "path", "capacity"})
        if (what.contains(instant)) return explain_instant(scenario, options, what);
    // An expectation: what was seen, when and in which run it first broke, and how to get there.
    const std::string name = what.value("expectation", std::string());
    const Outcome outcome = run_experiment(scenario, loaded.plan, options.experiment);
    const Json result = Json::parse(to_json(scenario, outcome, {file_of(document)}));
    std::string known;
    for (const Json& e : result["expectations"]) {
        if (e["name"] != name) {
            known += (known.empty() ? "" : ", ") + e["name"].get<std::string>();
            continue;
        }
        std::vector<std::string> lines{
            fmt::format("{}: {}", e["name"].get<std::string>(), e["verdict"].get<std::string>()),
            "  " + e["that"].get<std::string>(), "  " + e["message"].get<std::string>()};
        if (e.contains("first_breach")) {
            const Json& breach = e["first_breach"];
            lines.push_back(fmt::format("  First broken {:.3f} s into the run, seed {}, replication {}{}.",
                                        breach["at_seconds"].get<double>(), breach["seed"].get<std::uint64_t>(),
                                        breach["replication"].get<std::uint32_t>(),
                                        breach["group"].empty() ? "" : " in " + breach["group"].dump()));
            lines.push_back("  To get there again: " + e["replay"].get<std::string>());
        }
        return Json{{"text", lines}, {"expectation", e}, {"seed", outcome.seed}, {"fingerprint", result["fingerprint"]}}
            .dump();
    }
    return refusal(Rule::matches_nothing, fmt::format("no expectation is called \"{}\"", name),
                   known.empty() ? "the scenario expects nothing" : "there are: " + known);
}

}  // namespace

std::string explain_as_json(std::string_view document, std::string_view options_text, std::string_view what_text,
                            const Policies& policies) {
    const Options options = read_options(options_text);
    const auto loaded = load(document, options.load, true, policies);
    if (!loaded) return refusal(loaded.error());
    return explain_loaded(document, options, *loaded, Json::parse(what_text));
}

std::string metrics_as_json() {
    Json list = Json::array();
    for (const MetricDefinition& m : all_metrics()) {
        Json labels = Json::array();
        for (const MetricLabel& label : m.labels()) labels.push_back(label.name);
        list.push_back({{"name", m.name},
                        {"kind", kind_text(m.kind)},
                        {"labels", labels},
                        {"unit", unit_text(m.unit)},
                        {"exporter", m.exporter},
                        {"meaning", m.meaning}});
    }
    return list.dump();
}

std::string rules_as_json() {
    Json list = Json::array();
    for (const RuleText& rule : all_rules())
        list.push_back({{"rule", code_of(rule.rule)}, {"title", rule.title}, {"text", rule.explanation}});
    return list.dump();
}

std::string causes_as_json() {
    Json list = Json::array();
    for (std::size_t i = 1; i < wait_cause_count; ++i) {
        list.push_back({{"name", wait_cause_texts[i].name},
                        {"meaning", wait_cause_texts[i].meaning},
                        {"container_reason", wait_cause_texts[i].container_reason}});
    }
    return list.dump();
}

std::optional<JsonRun> JsonRun::open(std::string_view document, std::string_view options_text, std::string& complaints,
                                     const Policies& policies) {
    const Options options = read_options(options_text);
    const auto loaded = load(document, options.load, options.judges, policies);
    if (!loaded) {
        complaints = refusal(loaded.error());
        return std::nullopt;
    }
    std::shared_ptr<const MetricsPlan> plan =
        options.experiment.records_timelines ? with_timelines(*loaded->scenario.spec, *loaded->plan) : loaded->plan;
    if (!options.skips_warm_up) plan = plan_metrics(*loaded->scenario.spec);
    const sim::Duration whole = loaded->scenario.run.duration;
    Run run = start(loaded->scenario, {options.experiment.seed, options.experiment.replication}, plan);
    return JsonRun(std::string(document), std::string(options_text), loaded->scenario, loaded->plan, std::move(run),
                   std::min(options.experiment.until.value_or(whole), whole));
}

std::string JsonRun::apply(std::string_view change_text) {
    const Json change = Json::parse(change_text, nullptr, false);
    if (!change.is_object())
        return refusal(Rule::wrong_type, "a change is an object",
                       "such as {\"scale\": \"Deployment/shop/web\", \"replicas\": 30}");
    // A patch reads as the entry of a timeline that applies it.
    Json entry = change;
    if (change.contains("patch")) {
        entry = change["patch"];
        if (!entry.is_object() || !entry.contains("target"))
            return refusal(Rule::missing_field, "a patch is an object with a target",
                           "such as {\"target\": \"DaemonSet/kube-system/aws-node\", \"env\": {…}}");
        entry["apply"] = entry["target"];
        entry.erase("target");
    }
    LoadOptions options = read_options(options_).load;
    options.changes = changes_;
    options.changes.emplace_back(run_.now().since_origin(), entry.dump());
    const auto changed = load(document_, options, false);
    if (!changed) return refusal(changed.error());
    const std::shared_ptr<const Spec> spec = changed->scenario.spec;
    if (spec->images != scenario_.spec->images) {
        return refusal(Rule::not_yet_modelled,
                       fmt::format("a running simulation cannot be given the image {} yet", spec->images.back().name),
                       "let the scenario's timeline apply it, or name the image in a manifest");
    }
    CHECK(run_.change_spec(spec), "a change of the scenario changes its past");
    changes_ = std::move(options.changes);
    const std::vector<NamedPolicy> policies = std::move(scenario_.policies);
    scenario_ = changed->scenario;
    scenario_.policies = policies;
    return {};
}

std::string JsonRun::step() {
    const std::optional<Event> event = run_.step();
    if (!event) return Json().dump();
    return Json{{"event", kind_of(*event)}, {"at_seconds", run_.now().since_origin().in_seconds()}}.dump();
}

ColumnTable JsonRun::table(std::string_view name) const {
    if (name == "nodes") return nodes_table(run_);
    if (name == "pods") return pods_table(run_);
    if (name == "addresses") return addresses_table(run_);
    return {};
}

std::string JsonRun::explain(std::string_view what_text) const {
    Options options = read_options(options_);
    Json what = Json::parse(what_text);
    if (!what.contains("at_us") || what["at_us"].is_null()) what["at_us"] = run_.now().us();
    return explain_loaded(document_, options, {scenario_, plan_}, what);
}

std::string JsonRun::draw_requests(std::string_view class_name, std::int32_t count) const {
    const auto drawn =
        eks::draw_requests({run_.spec(), run_.world(), run_.simulation().key(), run_.now()}, class_name, count);
    if (!drawn) return refusal(Rule::matches_nothing, drawn.error(), "");
    return drawn_requests_json(*drawn);
}

std::string JsonRun::result() const {
    Outcome outcome;
    outcome.seed = run_.simulation().key().seed;
    outcome.warm_up = scenario_.run.warm_up;
    outcome.runs.push_back(outcome_of(run_));
    outcome.metrics = summarize(run_.spec(), run_.metrics().closed_at(run_.spec(), run_.now()));
    outcome.advice = container_advice(run_.spec(), run_.world());
    outcome.timelines = read_timelines(run_.metrics());
    outcome.first_replication = run_.simulation().key().replication;
    judge_runs(*plan_, outcome);
    outcome.simulated = run_.now().since_origin();
    return to_json(scenario_, outcome, {file_of(document_)});
}

std::string import_as_json(std::string_view text) {
    const auto imported = import_describe_instance_types(text);
    const auto entry = [](const CatalogComplaint& c, const char* severity) {
        Json object{{"rule", code_of(Rule::wrong_type)},
                    {"severity", severity},
                    {"message", c.message},
                    {"hint", ""},
                    {"pointer", c.path},
                    {"place", Json()}};
        if (c.line > 0) object["place"] = {{"file", ""}, {"line", c.line}, {"column", c.column}};
        return object;
    };
    Json answer{
        {"ok", imported.ok()}, {"complaints", Json::array()}, {"warnings", Json::array()}, {"fragment", Json()}};
    if (imported) {
        for (const CatalogComplaint& c : imported->warnings) answer["warnings"].push_back(entry(c, "warning"));
        answer["fragment"] = Json::parse(to_json(imported->fragment));
    } else {
        for (const CatalogComplaint& c : imported.error()) answer["complaints"].push_back(entry(c, "error"));
    }
    return answer.dump();
}

}  // namespace eks

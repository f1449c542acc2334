#include "models/metrics/expectations.hpp"

#include "models/metrics/expectation_limits.hpp"
#include "models/metrics/expression.hpp"
#include "models/metrics/selections.hpp"
#include "models/scenario/near_miss.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {

namespace {

// What expectations become without a Spec: all but the series that they will follow.
struct CompiledExpectations {
    std::vector<Measure> measures;
    std::vector<Expectation> expectations;
    std::vector<Selection> selections;
};

class ExpectationCompiler {
  public:
    ExpectationCompiler(const Scenario& scenario, CompiledExpectations& compiled, Complaints& complaints)
        : scenario_(scenario), compiled_(compiled), complaints_(complaints) {}

    void compile(const ExpectationText& text) {
        text_ = &text;
        allow_empty_ = text.allow_empty;
        window_ = window(text);
        auto parsed = parse_expression(text.that);
        if (!parsed) {
            complain(parsed.error().offset, Rule::expression_syntax, parsed.error().message, parsed.error().hint);
            return;
        }
        expression_ = &*parsed;
        expectation_ = {};
        expectation_.name = text.name;
        expectation_.that = text.that;
        expectation_.is_warning = text.severity == ExpectationSeverity::warn;
        expectation_.allow_empty = text.allow_empty;
        if (text.that_place) expectation_.place = to_text(*text.that_place);
        expectation_.root = node(expression_->root, false);
        compiled_.expectations.push_back(std::move(expectation_));
    }

  private:
    void complain(std::size_t offset, Rule rule, std::string message, std::string hint) {
        complaints_.push_back(complaint_about(*text_, offset, rule, std::move(message), std::move(hint)));
    }

    // --- when

    // A length that could not be read has been complained about; what depends on it alone is no mistake of its own.
    bool is_length_known() const { return scenario_.run.duration > sim::Duration::zero(); }

    void complain_window(Rule rule, std::string message, std::string hint) {
        Complaint complaint;
        complaint.rule = rule;
        complaint.message = "expectation \"" + text_->name + "\": " + std::move(message);
        complaint.hint = std::move(hint);
        complaint.pointer = text_->when_pointer;
        complaint.place = text_->when_place ? text_->when_place : text_->that_place;
        complaints_.push_back(std::move(complaint));
    }

    MeasureWindow window(const ExpectationText& text) {
        MeasureWindow usual{sim::Time::at(scenario_.run.warm_up), sim::Time::never(), false};
        std::vector<std::string> words;
        for (const char c : text.when) {
            if (c == ' ' || c == '\t' || c == '\n') {
                if (words.empty() || !words.back().empty()) words.emplace_back();
            } else {
                if (words.empty()) words.emplace_back();
                words.back() += c;
            }
        }
        if (!words.empty() && words.back().empty()) words.pop_back();
        if (words.empty() || (words.size() == 1 && words[0] == "always")) {
            if (is_length_known() && scenario_.run.warm_up >= scenario_.run.duration) {
                complain_window(Rule::bad_window, "nothing is left of the run after its warm-up",
                                "make run.warmUp shorter than run.for");
            }
            return usual;
        }
        if (words.size() == 2 && words[0] == "at" && words[1] == "end") {
            usual.at_end = true;
            return usual;
        }
        if (words.size() >= 2 && words[0] == "during") return during(text.when, usual);
        if (words.size() == 4 && words[0] == "between" && words[2] == "and") {
            const auto from = sim::parse_duration(words[1]);
            const auto until = sim::parse_duration(words[3]);
            if (from && until) return stretch(*from, *until, "between", usual);
        }
        complain_window(Rule::bad_window, "`when: " + text.when + "` is not understood",
                        "write always, at end, during NAME, or between 1h and 2h");
        return usual;
    }

    MeasureWindow during(const std::string& when, const MeasureWindow& usual) {
        std::string name = when.substr(when.find("during") + 6);
        name.erase(0, name.find_first_not_of(" \t\n"));
        name.erase(name.find_last_not_of(" \t\n") + 1);
        std::vector<std::string_view> names;
        for (const NamedWindow& named : scenario_.windows) {
            if (named.name == name)
                return named.is_known ? stretch(named.from, named.until, "during " + name, usual) : usual;
            names.push_back(named.name);
        }
        complain_window(Rule::unknown_window, "nothing in the timeline that lasts is named \"" + name + "\"",
                        names.empty() ? "give a timeline entry a `for` and a `name`" : did_you_mean(name, names));
        return usual;
    }

    MeasureWindow stretch(sim::Duration from, sim::Duration until, const std::string& what,
                          const MeasureWindow& usual) {
        if (from >= until) {
            complain_window(Rule::bad_window, "the window ends before it starts", "");
        } else if (is_length_known() && (from < sim::Duration::zero() || until > scenario_.run.duration)) {
            complain_window(
                Rule::bad_window,
                what + " " + sim::to_text(from) + " and " + sim::to_text(until) + " does not lie within the run",
                "run.for is " + sim::to_text(scenario_.run.duration));
        } else {
            return {sim::Time::at(from), sim::Time::at(until), false};
        }
        return usual;
    }

    // --- the tree

    std::uint32_t add(JudgeNode judged) {
        expectation_.nodes.push_back(std::move(judged));
        return static_cast<std::uint32_t>(expectation_.nodes.size() - 1);
    }

    std::uint32_t node(std::uint32_t at, bool bad_when_it_holds) {
        const ExpressionNode& from = expression_->nodes[at];
        JudgeNode judged;
        switch (from.kind) {
            case NodeKind::comparison: return comparison(expression_->comparisons[from.comparison], bad_when_it_holds);
            case NodeKind::negation:
                judged.kind = JudgeNode::Kind::negation;
                bad_when_it_holds = !bad_when_it_holds;
                break;
            case NodeKind::all_of: judged.kind = JudgeNode::Kind::all_of; break;
            case NodeKind::any_of: judged.kind = JudgeNode::Kind::any_of; break;
        }
        for (const std::uint32_t child : from.children) judged.children.push_back(node(child, bad_when_it_holds));
        return add(std::move(judged));
    }

    std::uint32_t comparison(const ComparisonText& compared, bool bad_when_it_holds) {
        JudgeNode judged;
        if (compared.aggregate == Aggregate::share_of_runs) {
            const bool wants_few = compared.relation == Relation::less || compared.relation == Relation::at_most;
            judged.kind = JudgeNode::Kind::share_of_runs;
            judged.share.inner = node(compared.inner, bad_when_it_holds != wants_few);
            judged.share.relation = compared.relation;
            judged.share.limit = limit(compared, {MetricUnit::count, true, false}).base;
            if (!compared.by.empty()) {
                complain(compared.by.front().offset, Rule::wrong_aggregation, "share_of_runs takes no `by`",
                         "put it inside: share_of_runs(max(metric) by (label) > 0)");
            }
            check_same_groups(judged.share.inner, compared);
            return add(std::move(judged));
        }
        judged.kind = JudgeNode::Kind::measure;
        judged.measure = static_cast<std::uint32_t>(compiled_.measures.size());
        compiled_.measures.push_back(measure(compared, bad_when_it_holds));
        return add(std::move(judged));
    }

    // Groups of a share of runs are those of what it counts, so all its parts need the same ones.
    void check_same_groups(std::uint32_t inner, const ComparisonText& compared) {
        std::optional<std::vector<std::string>> labels;
        std::vector<std::uint32_t> to_visit{inner};
        while (!to_visit.empty()) {
            const JudgeNode& at = expectation_.nodes[to_visit.back()];
            to_visit.pop_back();
            to_visit.insert(to_visit.end(), at.children.begin(), at.children.end());
            if (at.kind != JudgeNode::Kind::measure) continue;
            const std::vector<std::string>& by = compiled_.measures[at.measure].by;
            if (labels && *labels != by) {
                complain(compared.offset, Rule::wrong_aggregation,
                         "the parts of a share_of_runs are grouped differently", "give each of them the same `by (…)`");
                return;
            }
            labels = by;
        }
    }

    // --- measures

    Measure measure(const ComparisonText& compared, bool bad_when_it_holds) {
        Measure made;
        made.aggregate = compared.aggregate;
        made.relation = compared.relation;
        made.window = window_;
        made.bad_when_it_holds = bad_when_it_holds;
        if (compared.aggregate == Aggregate::share_of_time) {
            share_of_time(compared, made);
        } else {
            MeasureLeaf leaf;
            const bool is_known = selector(compared.selector, leaf);
            if (is_known) check_fits(compared, *leaf.metric);
            made.by = labels(compared.by, leaf.metric);
            if (is_known) finish_limit(compared, *leaf.metric, made);
            made.leaves.push_back(std::move(leaf));
            // What grows or is sampled is taken over the whole run; only levels have a value at its end.
            if (is_known && made.leaves.front().metric->kind != MetricKind::gauge) made.window.at_end = false;
        }
        for (const MeasureLeaf& leaf : made.leaves) {
            if (leaf.metric == nullptr) continue;
            for (const std::string& name : made.by) {
                const MetricLabel* label = leaf.metric->label(name);
                if (label != nullptr && label->source == LabelSource::node) made.is_by_node = true;
            }
        }
        return made;
    }

    void share_of_time(const ComparisonText& compared, Measure& made) {
        if (window_.at_end) {
            complain(compared.offset, Rule::wrong_aggregation,
                     "share_of_time needs a stretch of time, and `at end` is an instant", "");
        }
        const Limit wanted = limit(compared, {MetricUnit::count, true, false});
        made.limit = wanted.base;
        made.base_per_unit = wanted.base_per_unit;
        made.unit = wanted.unit;
        std::optional<std::vector<LabelText>> by;
        if (!compared.by.empty()) by = compared.by;
        made.condition_root = condition(compared.inner, made, by);
        if (by) {
            for (const MeasureLeaf& leaf : made.leaves) made.by = labels(*by, leaf.metric);
        }
    }

    std::uint32_t condition(std::uint32_t at, Measure& made, std::optional<std::vector<LabelText>>& by) {
        const ExpressionNode& from = expression_->nodes[at];
        ConditionNode made_node;
        made_node.kind = from.kind;
        for (const std::uint32_t child : from.children) made_node.children.push_back(condition(child, made, by));
        if (from.kind == NodeKind::comparison) {
            const ComparisonText& compared = expression_->comparisons[from.comparison];
            made_node.leaf = static_cast<std::uint32_t>(made.leaves.size());
            MeasureLeaf leaf;
            leaf.relation = compared.relation;
            const bool at_an_instant = compared.aggregate == Aggregate::none || compared.aggregate == Aggregate::last ||
                                       compared.aggregate == Aggregate::min || compared.aggregate == Aggregate::max ||
                                       compared.aggregate == Aggregate::mean;
            if (!at_an_instant) {
                complain(compared.offset, Rule::wrong_aggregation,
                         std::string(text_of(compared.aggregate)) +
                             " has no value at an instant, which share_of_time asks for",
                         "compare the metric itself: share_of_time(metric > 0)");
            }
            if (selector(compared.selector, leaf)) {
                if (leaf.metric->kind != MetricKind::gauge) {
                    complain(compared.selector.offset, Rule::wrong_aggregation,
                             "share_of_time needs a gauge, and " + std::string(leaf.metric->name) + " is a " +
                                 std::string(kind_text(leaf.metric->kind)),
                             "");
                }
                leaf.limit = limit(compared, {leaf.metric->unit, false, false}).base;
            }
            if (!compared.by.empty()) {
                const auto name_of = [](const LabelText& label) { return label.label; };
                if (by && !std::ranges::equal(*by, compared.by, {}, name_of, name_of)) {
                    complain(compared.by.front().offset, Rule::wrong_aggregation,
                             "the parts of a share_of_time are grouped differently", "give one `by (…)` for all");
                }
                by = compared.by;
            }
            made.leaves.push_back(std::move(leaf));
        }
        made.condition.push_back(std::move(made_node));
        return static_cast<std::uint32_t>(made.condition.size() - 1);
    }

    // Finds the metric and reads the matchers. False, with complaints, where there is no such metric.
    bool selector(const SelectorText& selected, MeasureLeaf& leaf) {
        leaf.metric = find_metric(selected.metric);
        if (leaf.metric == nullptr) {
            std::vector<std::string_view> names;
            for (const MetricDefinition& metric : all_metrics()) names.push_back(metric.name);
            const auto near = nearest_word(selected.metric, names);
            complain(selected.offset, Rule::unknown_metric, "there is no metric " + selected.metric,
                     near ? "did you mean " + std::string(*near) + "?"
                          : "the command `ekssim explain metric` lists all metrics");
            return false;
        }
        bool all_known = true;
        for (const MatcherText& from : selected.matchers) {
            const MetricLabel* label = known_label(from.label, from.label_offset, *leaf.metric);
            if (label == nullptr) {
                all_known = false;
                continue;
            }
            Matcher matcher{label->source, from.kind, from.value, std::nullopt};
            if (from.kind == MatchKind::pattern || from.kind == MatchKind::not_pattern) {
                std::string fault;
                matcher.pattern = LabelPattern::parse(from.value, fault);
                if (!matcher.pattern) {
                    complain(from.value_offset, Rule::expression_syntax,
                             "\"" + from.value + "\" is not a pattern: " + fault, "");
                    all_known = false;
                    continue;
                }
            }
            leaf.matchers.push_back(std::move(matcher));
        }
        if (all_known && !allow_empty_) compiled_.selections.push_back({text_, selected, leaf.metric, leaf.matchers});
        return true;
    }

    const MetricLabel* known_label(const std::string& name, std::size_t offset, const MetricDefinition& metric) {
        if (const MetricLabel* label = metric.label(name)) return label;
        std::vector<std::string_view> names;
        for (const MetricLabel& label : metric.labels()) names.push_back(label.name);
        std::string hint;
        if (name == "pod" || name == "uid" || name == "container") {
            hint = "series exist per workload, never per pod; `ekssim explain pod NAMESPACE/NAME` tells about one pod";
        } else if (names.empty()) {
            hint = "it has no labels";
        } else {
            hint = did_you_mean(name, names);
        }
        complain(offset, Rule::unknown_label, std::string(metric.name) + " has no label " + name, std::move(hint));
        return nullptr;
    }

    std::vector<std::string> labels(const std::vector<LabelText>& by, const MetricDefinition* metric) {
        std::vector<std::string> names;
        for (const LabelText& label : by) {
            if (metric != nullptr) known_label(label.label, label.offset, *metric);
            names.push_back(label.label);
        }
        return names;
    }

    // --- aggregates and limits

    void check_fits(const ComparisonText& compared, const MetricDefinition& metric) {
        const Aggregate aggregate = compared.aggregate;
        bool fits = true;
        std::string hint;
        switch (metric.kind) {
            case MetricKind::gauge:
                fits = aggregate != Aggregate::total && aggregate != Aggregate::rate && aggregate != Aggregate::count;
                hint = "a gauge has min max mean last p50 p90 p95 p99 p999, and share_of_time";
                break;
            case MetricKind::counter:
                fits = aggregate == Aggregate::total || aggregate == Aggregate::rate;
                hint = "a counter has total and rate";
                break;
            case MetricKind::distribution:
                fits = aggregate != Aggregate::last;
                hint = "a distribution has min max mean total rate count p50 p90 p95 p99 p999";
                break;
        }
        if (fits) return;
        complain(compared.offset, Rule::wrong_aggregation,
                 std::string(text_of(aggregate)) + " does not fit " + std::string(metric.name) + ", which is a " +
                     std::string(kind_text(metric.kind)),
                 std::move(hint));
    }

    void finish_limit(const ComparisonText& compared, const MetricDefinition& metric, Measure& made) {
        LimitUnit wanted{metric.unit, false, compared.aggregate == Aggregate::rate};
        // Samples are counted, whatever they measure.
        const bool counts =
            compared.aggregate == Aggregate::count || (wanted.is_rate && metric.kind == MetricKind::distribution);
        if (counts) wanted.unit = MetricUnit::count;
        // Seconds a second are cores.
        const bool is_processor_time = wanted.is_rate && wanted.unit == MetricUnit::seconds;
        if (is_processor_time) wanted = {MetricUnit::cores, false, false};
        Limit read = limit(compared, wanted);
        const double scale =
            is_processor_time ? base_per_unit(MetricUnit::seconds) / base_per_unit(MetricUnit::cores) : 1.0;
        made.limit = read.base * scale;
        made.base_per_unit = read.base_per_unit * scale;
        made.unit = std::move(read.unit);
    }

    Limit limit(const ComparisonText& compared, const LimitUnit& wanted) {
        if (auto read = read_limit(compared.value, wanted)) return *read;
        complain(compared.value_offset, Rule::unit_mismatch, limit_fault(compared.value, wanted),
                 "write for example " + std::string(example_of(wanted)));
        return {};
    }

    const Scenario& scenario_;
    CompiledExpectations& compiled_;
    Complaints& complaints_;

    const ExpectationText* text_ = nullptr;
    const Expression* expression_ = nullptr;
    Expectation expectation_;
    MeasureWindow window_;
    bool allow_empty_ = false;
};

CompiledExpectations compile(const Scenario& scenario, Complaints& complaints) {
    CompiledExpectations compiled;
    ExpectationCompiler compiler(scenario, compiled, complaints);
    for (const ExpectationText& text : scenario.expectations) compiler.compile(text);
    if (scenario.spec != nullptr) expect_matches(*scenario.spec, compiled.selections, complaints);
    return compiled;
}

}  // namespace

Complaints check_expectations(const Scenario& scenario) {
    Complaints complaints;
    compile(scenario, complaints);
    return complaints;
}

sim::Result<std::shared_ptr<const MetricsPlan>, Complaints> plan_metrics(const Scenario& scenario) {
    Complaints complaints;
    CompiledExpectations compiled = compile(scenario, complaints);
    if (!complaints.empty()) return sim::failure(std::move(complaints));
    auto plan = std::make_shared<MetricsPlan>();
    plan->layout = SeriesLayout(*scenario.spec);
    plan->warm_up = sim::Time::at(scenario.run.warm_up);
    plan->measures = std::move(compiled.measures);
    plan->expectations = std::move(compiled.expectations);
    lay_out_views(*scenario.spec, *plan);
    return std::shared_ptr<const MetricsPlan>(std::move(plan));
}

}  // namespace eks

#include "models/metrics/expectations.hpp"

#include "models/metrics/expression.hpp"
#include "models/quantities.hpp"
#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eks {

namespace {

// What a limit is written in.
struct LimitUnit {
    MetricUnit unit = MetricUnit::count;
    bool is_share = false;
    bool is_rate = false;
};

struct Limit {
    double base = 0.0;           // in units of the base series, or a share
    double base_per_unit = 1.0;  // to what the reader sees
    std::string unit;
};

// Digits with an optional point and nothing else.
std::optional<double> plain_number(std::string_view text) {
    if (text.empty() || text.size() > 30 || text.find_first_not_of("0123456789.") != std::string_view::npos)
        return std::nullopt;
    double value = 0.0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool is_duration(std::string_view text) { return !plain_number(text) && sim::parse_duration(text).has_value(); }
bool is_byte_quantity(std::string_view text) { return !plain_number(text) && parse_bytes(text).ok(); }

std::string_view example_of(const LimitUnit& wanted) {
    if (wanted.is_share) return "5%";
    if (wanted.is_rate) return wanted.unit == MetricUnit::bytes ? "10Mi/s" : "12/s or 300/h";
    switch (wanted.unit) {
        case MetricUnit::seconds: return "90s or 2m";
        case MetricUnit::bytes: return "600Mi";
        case MetricUnit::cores: return "3.5 or 3500m";
        case MetricUnit::share: return "5%";
        case MetricUnit::count:
        case MetricUnit::usd:
        case MetricUnit::usd_per_hour: break;
    }
    return "64";
}

std::string_view quantity_name(const LimitUnit& wanted) {
    if (wanted.is_share) return "a share";
    if (wanted.is_rate) return "a rate";
    switch (wanted.unit) {
        case MetricUnit::count: return "a number";
        case MetricUnit::share: return "a share";
        case MetricUnit::seconds: return "a time";
        case MetricUnit::bytes: return "an amount of bytes";
        case MetricUnit::cores: return "a number of cores";
        case MetricUnit::usd: return "an amount of dollars";
        case MetricUnit::usd_per_hour: return "dollars an hour";
    }
    return "a number";
}

// An amount without a denominator, in units of the base series.
std::optional<double> amount(std::string_view text, MetricUnit unit) {
    switch (unit) {
        case MetricUnit::seconds: {
            if (const auto duration = sim::parse_duration(text)) return static_cast<double>(duration->us());
            return std::nullopt;  // parse_duration takes "0" and no other bare number
        }
        case MetricUnit::bytes: {
            // Thousandths of a byte are no amount anybody means: 10m is more likely a time.
            if (text.ends_with('m')) return std::nullopt;
            if (const ParsedQuantity bytes = parse_bytes(text)) return static_cast<double>(*bytes);
            return std::nullopt;
        }
        case MetricUnit::cores: {
            if (const ParsedQuantity cores = parse_millicores(text)) return static_cast<double>(*cores);
            return std::nullopt;
        }
        case MetricUnit::count:
        case MetricUnit::share: return plain_number(text);
        case MetricUnit::usd:
        case MetricUnit::usd_per_hour: {
            const auto dollars = plain_number(text);
            return dollars ? std::optional(*dollars * 1e6) : std::nullopt;
        }
    }
    return std::nullopt;
}

std::optional<Limit> read_limit(std::string_view text, const LimitUnit& wanted) {
    if (wanted.unit == MetricUnit::share && !wanted.is_rate && !wanted.is_share) {
        const auto share = read_limit(text, {MetricUnit::share, true, false});
        if (!share) return std::nullopt;
        return Limit{share->base * base_per_unit(wanted.unit), base_per_unit(wanted.unit) / 100, "%"};
    }
    if (wanted.is_share) {
        const bool is_percent = !text.empty() && text.back() == '%';
        const auto value = plain_number(is_percent ? text.substr(0, text.size() - 1) : text);
        // Without its sign only 0 and 1 cannot be mistaken.
        if (!value || (!is_percent && *value != 0.0 && *value != 1.0)) return std::nullopt;
        const double share = is_percent ? *value / 100.0 : *value;
        if (share > 1.0) return std::nullopt;
        return Limit{share, 0.01, "%"};
    }
    if (!wanted.is_rate) {
        const auto value = amount(text, wanted.unit);
        if (!value) return std::nullopt;
        return Limit{*value, base_per_unit(wanted.unit), std::string(unit_text(wanted.unit))};
    }
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view per = text.substr(slash + 1);
    const double seconds = per == "s" ? 1.0 : per == "m" || per == "min" ? 60.0 : per == "h" ? 3600.0 : 0.0;
    const auto value = amount(text.substr(0, slash), wanted.unit);
    if (!value || seconds == 0.0) return std::nullopt;
    return Limit{*value / seconds, base_per_unit(wanted.unit) / seconds,
                 std::string(unit_text(wanted.unit)) + "/" + std::string(per)};
}

// A complaint at a character of an expression.
Complaint complaint_about(const ExpectationText& text, std::size_t offset, Rule rule, std::string message,
                          std::string hint) {
    Complaint complaint;
    complaint.rule = rule;
    complaint.message = std::move(message);
    if (!text.name.empty()) complaint.message = "expectation \"" + text.name + "\": " + complaint.message;
    if (offset > 0) complaint.message += " (character " + std::to_string(offset + 1) + " of the expression)";
    complaint.hint = std::move(hint);
    complaint.pointer = text.that_pointer;
    complaint.place = text.that_place;
    // Exact where the text stands in the file as it is; a text over several lines keeps its start.
    if (complaint.place && complaint.place->line > 0 && text.that.find('\n') == std::string::npos) {
        complaint.place->column += static_cast<std::int32_t>(offset);
    }
    return complaint;
}

// A selector that must pick some series, to be held against the Spec.
struct Selection {
    const ExpectationText* text = nullptr;
    SelectorText selected;
    const MetricDefinition* metric = nullptr;
    std::vector<Matcher> matchers;
};

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
        const std::string_view value = compared.value;
        std::string message;
        if (!wanted.is_share && !value.empty() && value.back() == '%') {
            message = "a percentage where no share is measured";
        } else if (plain_number(value) && wanted.is_share) {
            message = "\"" + compared.value + "\" is no share";
        } else if (plain_number(value)) {
            message = "the number " + compared.value + " needs a unit";
        } else if (wanted.unit != MetricUnit::seconds && !wanted.is_rate && is_duration(value)) {
            message = "a time is compared with " + std::string(quantity_name(wanted));
        } else if (wanted.unit != MetricUnit::bytes && !wanted.is_rate && is_byte_quantity(value)) {
            message = "an amount of bytes is compared with " + std::string(quantity_name(wanted));
        } else {
            message = "\"" + compared.value + "\" is not " + std::string(quantity_name(wanted));
        }
        complain(compared.value_offset, Rule::unit_mismatch, std::move(message),
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

// Whether selectors pick any of the series that a Spec has: one that picks none would let its expectation pass by being
// about nothing.
class SelectionCheck {
  public:
    SelectionCheck(const Spec& spec, Complaints& complaints) : spec_(spec), layout_(spec), complaints_(complaints) {}

    void expect_match(const Selection& selection) {
        bool is_matched = false;
        bool exists = false;
        for_each_series(*selection.metric, [&](std::uint32_t row, std::uint32_t column) {
            exists = true;
            is_matched = is_matched || std::ranges::all_of(selection.matchers, [&](const Matcher& matcher) {
                             return matches(matcher, row, column);
                         });
        });
        if (is_matched) return;
        const SelectorText& selected = selection.selected;
        if (!exists) {
            const Axis axis = shape_of(selection.metric->family).axis;
            const bool is_ours = selection.metric->exporter == "ekssim";
            const bool is_outside = axis == Axis::outside || axis == Axis::nat_gateway ||
                                    (is_ours && !is_exported(spec_, *selection.metric));
            std::string hint = axis == Axis::usage ? "state the `usage` of the workload under `behaviour`"
                               : is_outside        ? "state what a workload does `outside` under `behaviour`"
                                                   : "say `allowEmpty: true` if that is meant";
            if (!is_ours && !is_exported(spec_, *selection.metric))
                hint = fmt::format(
                    "{} has it, and pods of this cluster have addresses of another CNI; "
                    "ekssim_addresses counts them for both",
                    selection.metric->exporter);
            complain(selection, selected.offset, "nothing in this scenario has the metric " + selected.metric,
                     std::move(hint));
            return;
        }
        // The first label that is at fault alone, else the combination.
        for (std::size_t i = 0; i < selection.matchers.size(); ++i) {
            if (!is_possible(*selection.metric, selection.matchers[i])) {
                complain_about_label(selection, i);
                return;
            }
        }
        complain(selection, selected.offset,
                 "the selector matches nothing: each label occurs, but not all of them together",
                 "say `allowEmpty: true` if that is meant");
    }

  private:
    void complain(const Selection& selection, std::size_t offset, std::string message, std::string hint) {
        complaints_.push_back(
            complaint_about(*selection.text, offset, Rule::empty_selection, std::move(message), std::move(hint)));
    }

    void complain_about_label(const Selection& selection, std::size_t position) {
        const Matcher& matcher = selection.matchers[position];
        const MatcherText& from = selection.selected.matchers[position];
        std::string hint = "nodes are called after their node group and a number, such as workers-0";
        if (matcher.source != LabelSource::node) {
            std::set<std::string> values;
            for_each_series(*selection.metric, [&](std::uint32_t row, std::uint32_t column) {
                values.insert(label_value(spec_, matcher.source, row, column, {}));
            });
            hint = did_you_mean(from.value, std::vector<std::string_view>(values.begin(), values.end()));
        }
        complain(selection, from.value_offset,
                 "the selector matches nothing: no series of " + selection.selected.metric + " has the label " +
                     from.label + " with such a value",
                 std::move(hint));
    }

    bool is_possible(const MetricDefinition& metric, const Matcher& matcher) const {
        bool is_matched = false;
        for_each_series(metric, [&](std::uint32_t row, std::uint32_t column) {
            is_matched = is_matched || matches(matcher, row, column);
        });
        return is_matched;
    }

    bool matches(const Matcher& matcher, std::uint32_t row, std::uint32_t column) const {
        return matcher.source == LabelSource::node
                   ? can_be_node(matcher)
                   : matcher.matches(label_value(spec_, matcher.source, row, column, {}));
    }

    // Nodes come and go in a run; their names follow from their group's.
    bool can_be_node(const Matcher& matcher) const {
        if (matcher.kind != MatchKind::equal) return true;
        for (const NodeGroup& group : spec_.node_groups) {
            const std::string prefix = group.name + "-";
            if (!matcher.value.starts_with(prefix)) continue;
            const std::string_view ordinal = std::string_view(matcher.value).substr(prefix.size());
            if (!ordinal.empty() && ordinal.find_first_not_of("0123456789") == std::string_view::npos) return true;
        }
        return false;
    }

    template <class Visit>  // visit(row, column) for each series that the metric reads
    void for_each_series(const MetricDefinition& metric, Visit&& visit) const {
        const FamilyShape& shape = shape_of(metric.family);
        const std::uint32_t rows =
            shape.axis == Axis::node ? (spec_.node_groups.empty() ? 0 : 1) : layout_.rows(metric.family);
        for (std::uint32_t row = 0; row < rows; ++row) {
            if (!reads_row(spec_, metric, row)) continue;
            for (std::uint32_t column = 0; column < shape.columns; ++column) {
                if (metric.has_column(column)) visit(row, column);
            }
        }
    }

    const Spec& spec_;
    SeriesLayout layout_;
    Complaints& complaints_;
};

CompiledExpectations compile(const Scenario& scenario, Complaints& complaints) {
    CompiledExpectations compiled;
    ExpectationCompiler compiler(scenario, compiled, complaints);
    for (const ExpectationText& text : scenario.expectations) compiler.compile(text);
    if (scenario.spec != nullptr) {
        SelectionCheck check(*scenario.spec, complaints);
        for (const Selection& selection : compiled.selections) check.expect_match(selection);
    }
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

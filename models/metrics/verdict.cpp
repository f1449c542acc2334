#include "models/metrics/verdict.hpp"

#include "libsim/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

namespace eks {

namespace {

using GroupKey = std::vector<std::string>;

Verdict compare(const sim::Interval& interval, Relation relation, double limit) {
    const auto decide = [](bool is_inside, bool is_outside) {
        return is_inside ? Verdict::pass : is_outside ? Verdict::fail : Verdict::inconclusive;
    };
    const auto [low, estimate, high] = interval;
    switch (relation) {
        case Relation::less: return decide(high < limit, low >= limit);
        case Relation::at_most: return decide(high <= limit, low > limit);
        case Relation::greater: return decide(low > limit, high <= limit);
        case Relation::at_least: return decide(low >= limit, high < limit);
        case Relation::equal: return decide(low == limit && high == limit, high < limit || low > limit);
        case Relation::unequal: return decide(high < limit || low > limit, low == limit && high == limit);
    }
    return Verdict::inconclusive;
}

// How far beyond the limit a value is, in the direction that breaks it; negative is on the good side.
double excess(double value, Relation relation, double limit) {
    switch (relation) {
        case Relation::less:
        case Relation::at_most: return value - limit;
        case Relation::greater:
        case Relation::at_least: return limit - value;
        case Relation::equal: return std::fabs(value - limit);
        case Relation::unequal: return -std::fabs(value - limit);
    }
    return 0.0;
}

Verdict opposite(Verdict verdict) {
    if (verdict == Verdict::pass) return Verdict::fail;
    if (verdict == Verdict::fail) return Verdict::pass;
    return verdict;
}

// The later in this order, the more it weighs in a conjunction.
int weight(Verdict verdict) {
    switch (verdict) {
        case Verdict::none:
        case Verdict::pass: return 0;
        case Verdict::inconclusive: return 1;
        case Verdict::fail: return 2;
        case Verdict::error: return 3;
    }
    return 0;
}

// What a part of an expectation came to, with the numbers of the comparison and group that decided.
struct MeasureOutcome {
    Verdict verdict = Verdict::pass;
    std::optional<double> observed;
    std::optional<sim::Interval> interval;
    double limit = 0.0;
    double base_per_unit = 1.0;
    double excess = 0.0;
    Relation relation = Relation::less;
    std::string unit;
    std::string measured;  // "p99(ekssim_pod_start_seconds)"
    LabelValues group;
    std::optional<Breach> breach;
    std::vector<LabelValues> groups_that_do_not_hold;
    std::string reason;  // of an error
    bool is_negated = false;
};

class Judge {
  public:
    Judge(const MetricsPlan& plan, std::span<const RunValues> runs, const JudgeOptions& options,
          const Expectation& expectation)
        : plan_(plan), runs_(runs), options_(options), expectation_(expectation) {}

    MeasureOutcome outcome() const { return outcome_of(expectation_.root); }

  private:
    MeasureOutcome outcome_of(std::uint32_t at) const {
        const JudgeNode& node = expectation_.nodes[at];
        switch (node.kind) {
            case JudgeNode::Kind::measure: return measured(node.measure);
            case JudgeNode::Kind::share_of_runs: return share_of_runs(node.share);
            case JudgeNode::Kind::negation: {
                MeasureOutcome inner = outcome_of(node.children.front());
                inner.verdict = opposite(inner.verdict);
                inner.is_negated = !inner.is_negated;
                return inner;
            }
            case JudgeNode::Kind::all_of:
            case JudgeNode::Kind::any_of: break;
        }
        // The first child that weighs most decides; errors always do, so that nothing is true for lack of a sample.
        std::optional<MeasureOutcome> deciding;
        for (const std::uint32_t child : node.children) {
            MeasureOutcome next = outcome_of(child);
            const auto decides = [&](const MeasureOutcome& outcome) {
                const bool is_any = node.kind == JudgeNode::Kind::any_of;
                return weight(is_any ? opposite(outcome.verdict) : outcome.verdict);
            };
            if (!deciding || decides(next) > decides(*deciding)) deciding = std::move(next);
        }
        return *deciding;
    }

    // --- one measure, over its groups

    struct Sample {
        std::uint32_t run = 0;
        const GroupValue* group = nullptr;
    };

    MeasureOutcome measured(std::uint32_t at) const {
        const Measure& measure = plan_.measures[at];
        std::map<GroupKey, std::vector<Sample>> groups;
        for (std::uint32_t run = 0; run < runs_.size(); ++run) {
            for (const GroupValue& group : runs_[run].measures[at]) {
                // A node that was not there within the window is no group of it.
                if (!group.value && measure.is_by_node) continue;
                groups[group.labels].push_back({run, &group});
            }
        }
        MeasureOutcome worst = empty_outcome(measure);
        bool is_first = true;
        std::vector<LabelValues> failing;
        for (const auto& [key, samples] : groups) {
            MeasureOutcome next = group_outcome(measure, key, samples);
            if (next.verdict == Verdict::fail) failing.push_back(next.group);
            const bool is_worse = weight(next.verdict) > weight(worst.verdict) ||
                                  (weight(next.verdict) == weight(worst.verdict) && next.excess > worst.excess);
            if (is_first || is_worse) worst = std::move(next);
            is_first = false;
        }
        if (!measure.by.empty()) worst.groups_that_do_not_hold = std::move(failing);
        return worst;
    }

    // What holds when there is no group at all.
    MeasureOutcome empty_outcome(const Measure& measure) const {
        MeasureOutcome outcome;
        describe(measure, outcome);
        outcome.verdict = expectation_.allow_empty ? Verdict::pass : Verdict::error;
        outcome.reason = "there is no series to judge";
        return outcome;
    }

    MeasureOutcome group_outcome(const Measure& measure, const GroupKey& key,
                                 const std::vector<Sample>& samples) const {
        MeasureOutcome outcome;
        describe(measure, outcome);
        outcome.group = named(measure.by, key);
        std::vector<double> values;
        for (const Sample& sample : samples) {
            if (sample.group->value) values.push_back(*sample.group->value);
        }
        if (values.empty()) {
            outcome.verdict = expectation_.allow_empty ? Verdict::pass : Verdict::error;
            outcome.reason = "there is no sample";
            return outcome;
        }
        if (options_.replicated) {
            const sim::Interval interval = sim::mean_interval(values, options_.level);
            outcome.observed = interval.estimate;
            if (values.size() >= 2) outcome.interval = interval;
            outcome.verdict =
                values.size() >= 2 ? compare(interval, measure.relation, measure.limit) : Verdict::inconclusive;
        } else {
            outcome.observed = values.front();
            outcome.verdict = holds(values.front(), measure.relation, measure.limit) ? Verdict::pass : Verdict::fail;
        }
        outcome.excess = excess(*outcome.observed, measure.relation, measure.limit);

        double largest_excess = 0.0;
        for (const Sample& sample : samples) {
            if (!sample.group->value || !is_bad(measure, *sample.group)) continue;
            double beyond = excess(*sample.group->value, measure.relation, measure.limit);
            if (measure.bad_when_it_holds) beyond = -beyond;
            if (outcome.breach && beyond <= largest_excess) continue;
            largest_excess = beyond;
            outcome.breach =
                Breach{breach_seconds(measure, *sample.group, runs_[sample.run].end), sample.run, outcome.group};
        }
        return outcome;
    }

    static bool is_bad(const Measure& measure, const GroupValue& group) {
        return holds(*group.value, measure.relation, measure.limit) == measure.bad_when_it_holds;
    }

    static double breach_seconds(const Measure& measure, const GroupValue& group, sim::Time end) {
        const sim::Time at = group.first_breach ? *group.first_breach : std::min(measure.window.until, end);
        return at.since_origin().in_seconds();
    }

    static LabelValues named(const std::vector<std::string>& names, const GroupKey& key) {
        LabelValues labels;
        for (std::size_t i = 0; i < names.size() && i < key.size(); ++i) labels.emplace_back(names[i], key[i]);
        return labels;
    }

    static void describe(const Measure& measure, MeasureOutcome& outcome) {
        outcome.limit = measure.limit;
        outcome.base_per_unit = measure.base_per_unit;
        outcome.relation = measure.relation;
        outcome.unit = measure.unit;
        outcome.measured = fmt::format("{} of {}", text_of(measure.aggregate), measure.metric().name);
    }

    // --- shares of runs

    // The measures below a node, and the groups they have in any run.
    std::vector<std::uint32_t> measures_below(std::uint32_t at) const {
        std::vector<std::uint32_t> found;
        std::vector<std::uint32_t> to_visit{at};
        while (!to_visit.empty()) {
            const JudgeNode& node = expectation_.nodes[to_visit.back()];
            to_visit.pop_back();
            if (node.kind == JudgeNode::Kind::measure) found.push_back(node.measure);
            to_visit.insert(to_visit.end(), node.children.rbegin(), node.children.rend());
        }
        return found;
    }

    const GroupValue* find_group(std::uint32_t run, std::uint32_t measure, const GroupKey& key) const {
        for (const GroupValue& group : runs_[run].measures[measure]) {
            if (group.labels == key) return &group;
        }
        return nullptr;
    }

    // Whether one run fulfils a node for one group; none where a sample is missing that matters.
    std::optional<bool> fulfils(std::uint32_t run, std::uint32_t at, const GroupKey& key) const {
        const JudgeNode& node = expectation_.nodes[at];
        if (node.kind == JudgeNode::Kind::measure) {
            const Measure& measure = plan_.measures[node.measure];
            const GroupValue* group = find_group(run, node.measure, measure.by.empty() ? GroupKey{} : key);
            if (group == nullptr || !group->value) return std::nullopt;
            return holds(*group->value, measure.relation, measure.limit);
        }
        bool is_any_unknown = false;
        for (const std::uint32_t child : node.children) {
            const auto inner = fulfils(run, child, key);
            if (!inner) {
                is_any_unknown = true;
                continue;
            }
            if (node.kind == JudgeNode::Kind::negation) return !*inner;
            if (node.kind == JudgeNode::Kind::all_of && !*inner) return false;
            if (node.kind == JudgeNode::Kind::any_of && *inner) return true;
        }
        if (is_any_unknown) return std::nullopt;
        return node.kind == JudgeNode::Kind::all_of;
    }

    MeasureOutcome share_of_runs(const RunsShare& share) const {
        const std::vector<std::uint32_t> measures = measures_below(share.inner);
        std::map<GroupKey, bool> keys;
        bool is_by_node = false;
        std::vector<std::string> by;
        for (const std::uint32_t measure : measures) {
            is_by_node = is_by_node || plan_.measures[measure].is_by_node;
            by = plan_.measures[measure].by;
            for (const RunValues& run : runs_) {
                for (const GroupValue& group : run.measures[measure]) keys.emplace(group.labels, true);
            }
        }
        MeasureOutcome worst;
        describe(share, worst);
        worst.verdict = expectation_.allow_empty ? Verdict::pass : Verdict::error;
        worst.reason = "there is no series to judge";
        bool is_first = true;
        std::vector<LabelValues> failing;
        for (const auto& [key, unused] : keys) {
            std::optional<MeasureOutcome> next = share_of_group(share, measures, key, by, is_by_node);
            if (!next) continue;
            if (next->verdict == Verdict::fail) failing.push_back(next->group);
            const bool is_worse = weight(next->verdict) > weight(worst.verdict) ||
                                  (weight(next->verdict) == weight(worst.verdict) && next->excess > worst.excess);
            if (is_first || is_worse) worst = std::move(*next);
            is_first = false;
        }
        if (!by.empty()) worst.groups_that_do_not_hold = std::move(failing);
        return worst;
    }

    // None for a node that was in no run within the window: it is no group.
    std::optional<MeasureOutcome> share_of_group(const RunsShare& share, const std::vector<std::uint32_t>& measures,
                                                 const GroupKey& key, const std::vector<std::string>& by,
                                                 bool is_by_node) const {
        MeasureOutcome outcome;
        describe(share, outcome);
        outcome.group = named(by, key);
        const bool wants_few = share.relation == Relation::less || share.relation == Relation::at_most;
        std::uint64_t trials = 0;
        std::uint64_t successes = 0;
        for (std::uint32_t run = 0; run < runs_.size(); ++run) {
            const auto is_true = fulfils(run, share.inner, key);
            if (!is_true) {
                if (is_by_node) continue;  // not there in this run
                if (!expectation_.allow_empty) {
                    outcome.verdict = Verdict::error;
                    outcome.reason = "there is no sample";
                    return outcome;
                }
            }
            const bool counts = is_true.value_or(false);
            ++trials;
            if (counts) ++successes;
            if (is_true && counts == wants_few && !outcome.breach) {
                outcome.breach = Breach{first_breach_seconds(run, measures, key), run, outcome.group};
            }
        }
        if (trials == 0) return std::nullopt;
        outcome.observed = static_cast<double>(successes) / static_cast<double>(trials);
        if (options_.replicated) {
            outcome.interval = sim::wilson_interval(successes, trials, options_.level);
            outcome.verdict = compare(*outcome.interval, share.relation, share.limit);
        } else {
            outcome.verdict = holds(*outcome.observed, share.relation, share.limit) ? Verdict::pass : Verdict::fail;
        }
        outcome.excess = excess(*outcome.observed, share.relation, share.limit);
        return outcome;
    }

    double first_breach_seconds(std::uint32_t run, const std::vector<std::uint32_t>& measures,
                                const GroupKey& key) const {
        double first = runs_[run].end.since_origin().in_seconds();
        for (const std::uint32_t m : measures) {
            const Measure& measure = plan_.measures[m];
            const GroupValue* group = find_group(run, m, measure.by.empty() ? GroupKey{} : key);
            if (group == nullptr || !group->value || !is_bad(measure, *group)) continue;
            first = std::min(first, breach_seconds(measure, *group, runs_[run].end));
        }
        return first;
    }

    static void describe(const RunsShare& share, MeasureOutcome& outcome) {
        outcome.limit = share.limit;
        outcome.base_per_unit = 0.01;
        outcome.relation = share.relation;
        outcome.unit = "%";
        outcome.measured = "share of runs";
    }

    const MetricsPlan& plan_;
    std::span<const RunValues> runs_;
    const JudgeOptions& options_;
    const Expectation& expectation_;
};

std::string text_of(double value, const std::string& unit) {
    std::string number = fmt::format("{:.6g}", value);
    if (unit.empty()) return number;
    return unit == "%" || unit.starts_with('/') ? number + unit : number + " " + unit;
}

std::string message_of(const ExpectationResult& result, const MeasureOutcome& outcome) {
    std::string where;
    for (const auto& [label, value] : outcome.group)
        where += fmt::format("{}{}={}", where.empty() ? " for " : ", ", label, value);
    if (!result.observed) return fmt::format("{}{}: {}", outcome.measured, where, outcome.reason);
    std::string seen = text_of(*result.observed, result.unit);
    if (result.interval_low) {
        seen += fmt::format(" (between {} and {})", text_of(*result.interval_low, result.unit),
                            text_of(*result.interval_high, result.unit));
    }
    std::string text = fmt::format("{}{} was {}, asked for is {}{} {}", outcome.measured, where, seen,
                                   outcome.is_negated ? "not " : "", eks::text_of(outcome.relation),
                                   text_of(result.limit, result.unit));
    if (result.groups_that_do_not_hold.size() > 1)
        text += fmt::format("; {} groups do not hold", result.groups_that_do_not_hold.size());
    return text;
}

ExpectationResult result_of(const Expectation& expectation, MeasureOutcome outcome) {
    ExpectationResult result;
    result.name = expectation.name;
    result.that = expectation.that;
    result.place = expectation.place;
    result.is_warning = expectation.is_warning;
    result.verdict = outcome.verdict;
    result.unit = outcome.unit;
    result.limit = outcome.limit / outcome.base_per_unit;
    if (outcome.observed) result.observed = *outcome.observed / outcome.base_per_unit;
    if (outcome.interval) {
        result.interval_low = outcome.interval->low / outcome.base_per_unit;
        result.interval_high = outcome.interval->high / outcome.base_per_unit;
    }
    if (outcome.verdict != Verdict::pass) result.first_breach = outcome.breach;
    if (outcome.verdict == Verdict::fail) result.groups_that_do_not_hold = std::move(outcome.groups_that_do_not_hold);
    result.message = message_of(result, outcome);
    return result;
}

}  // namespace

std::string_view text_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::none: return "none";
        case Verdict::pass: return "pass";
        case Verdict::fail: return "fail";
        case Verdict::inconclusive: return "inconclusive";
        case Verdict::error: return "error";
    }
    return "";
}

Judgement judge(const MetricsPlan& plan, std::span<const RunValues> runs, const JudgeOptions& options) {
    Judgement judgement;
    if (runs.empty()) return judgement;
    Verdict worst = Verdict::pass;
    for (const Expectation& expectation : plan.expectations) {
        judgement.expectations.push_back(result_of(expectation, Judge(plan, runs, options, expectation).outcome()));
        const ExpectationResult& result = judgement.expectations.back();
        // A warning cannot fail a run, but a question that cannot be answered is a mistake wherever it stands.
        if (result.is_warning && result.verdict != Verdict::error) continue;
        if (result.verdict == Verdict::inconclusive) judgement.needs_more_runs = true;
        if (weight(result.verdict) > weight(worst)) worst = result.verdict;
    }
    if (!plan.expectations.empty()) judgement.verdict = worst;
    return judgement;
}

}  // namespace eks

// What the metrics of a run follow: the constant half of Metrics, made once from a Spec and its expectations and shared
// by all runs and forks.
//
// A *measure* is one comparison of an expectation: an aggregate over the sum of the series that a selector picks. What
// it sums is kept apart for each group of its `by` labels, in a *view* of its own, so that least and greatest of a sum
// are exact. The views over series that exist from the start are laid out here; those over nodes are made as nodes
// appear.
#pragma once

#include "libsim/time.hpp"
#include "models/metrics/base_series.hpp"
#include "models/metrics/definitions.hpp"
#include "models/metrics/expression.hpp"
#include "models/metrics/timeline_plan.hpp"
#include "models/spec/spec.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace eks {

// The stretch of simulated time that counts, [from, until).
struct MeasureWindow {
    sim::Time from;
    sim::Time until = sim::Time::never();
    bool at_end = false;  // gauges count with their value at the end alone
};

// One selector of a measure. Only share_of_time has more than one, and there each has a comparison of its own.
struct MeasureLeaf {
    const MetricDefinition* metric = nullptr;
    std::vector<Matcher> matchers;
    Relation relation = Relation::less;  // of share_of_time's condition
    double limit = 0.0;                  // in units of the base series
};

struct ConditionNode {
    NodeKind kind = NodeKind::comparison;
    std::vector<std::uint32_t> children;
    std::uint32_t leaf = 0;
};

struct Measure {
    Aggregate aggregate = Aggregate::none;
    std::vector<MeasureLeaf> leaves;
    std::vector<ConditionNode> condition;  // share_of_time only
    std::uint32_t condition_root = 0;
    std::vector<std::string> by;
    bool is_by_node = false;  // one group a node
    MeasureWindow window;

    Relation relation = Relation::less;
    double limit = 0.0;              // in units of the base series; a share for share_of_time
    bool bad_when_it_holds = false;  // under `not`, or where share_of_runs counts what should not happen
    double base_per_unit = 1.0;      // to the reader's unit
    std::string unit;                // "s", "%", "USD/h", …

    const MetricDefinition& metric() const { return *leaves.front().metric; }
    bool accrues() const { return leaves.front().metric->accrues() && aggregate != Aggregate::share_of_time; }
    double us_per_unit() const { return static_cast<double>(leaves.front().metric->us_per_unit); }
    bool condition_holds(std::span<const std::int64_t> values) const { return condition_holds(condition_root, values); }

  private:
    bool condition_holds(std::uint32_t node, std::span<const std::int64_t> values) const;
};

// The series that stands for a group: the values of the `by` labels are those of this one.
struct GroupSeries {
    std::uint32_t measure = 0;
    std::uint32_t leaf = 0;
    std::uint32_t row = 0;
    std::uint32_t column = 0;
    friend bool operator==(const GroupSeries&, const GroupSeries&) = default;
};

// A base series feeds a leaf of a view.
struct ViewLink {
    std::uint32_t view = 0;
    std::uint32_t leaf = 0;
    friend bool operator==(const ViewLink&, const ViewLink&) = default;
};

// An expectation, compiled: a tree over measures and over shares of runs.
struct RunsShare {
    std::uint32_t inner = 0;  // node that a run fulfils or not
    Relation relation = Relation::less;
    double limit = 0.0;  // a share
};

struct JudgeNode {
    enum class Kind : std::uint8_t { all_of, any_of, negation, measure, share_of_runs } kind = Kind::measure;
    std::vector<std::uint32_t> children;
    std::uint32_t measure = 0;
    RunsShare share;
};

struct Expectation {
    std::string name;
    std::string that;
    bool is_warning = false;   // severity warn: it cannot fail the run
    bool allow_empty = false;  // no sample counts as fulfilled
    std::vector<JudgeNode> nodes;
    std::uint32_t root = 0;
    std::string place;  // path:line:column of its text, for the result
};

struct MetricsPlan {
    SeriesLayout layout;
    sim::Time warm_up;  // base series count from here on
    std::vector<Measure> measures;
    std::vector<Expectation> expectations;

    std::vector<GroupSeries> views;  // those that exist from the start
    std::vector<std::uint32_t>
        first_link;  // by base series, and one beyond: its links are first_link[i] .. first_link[i + 1]
    std::vector<ViewLink> links;
    std::vector<std::uint32_t> node_measures;  // measures with a leaf over nodes
    TimelinePlan timelines;                    // recorded beside, where asked for

    std::span<const ViewLink> links_of(std::uint32_t series) const {
        return {links.data() + first_link[series], first_link[series + 1] - first_link[series]};
    }
};

// A plan without expectations: all metrics, from the warm-up on.
std::shared_ptr<const MetricsPlan> plan_metrics(const Spec& spec, sim::Duration warm_up = sim::Duration::zero());

// Finds the views of the measures in `plan` over series that exist from the start, and links the series to them.
void lay_out_views(const Spec& spec, MetricsPlan& plan);

// The values of the `by` labels of a group, in their order.
std::vector<std::string> group_labels(const Spec& spec, const MetricsPlan& plan, const GroupSeries& group,
                                      const NodeName& node);

}  // namespace eks

// Views: the sums of series that expectations look at, kept beside the base series.
#include "models/metrics/metrics.hpp"

#include <algorithm>
#include <utility>

namespace eks {

std::uint32_t Metrics::add_view(const GroupSeries& group, sim::Time since) {
    View view;
    view.group = group;
    view.since = since;
    const Measure& measure = plan_->measures[group.measure];
    if (measure.aggregate == Aggregate::share_of_time) {
        view.first_leaf_value = static_cast<std::uint32_t>(leaf_values_.size());
        leaf_values_.resize(leaf_values_.size() + measure.leaves.size());
    }
    views_.push_back(std::move(view));
    return static_cast<std::uint32_t>(views_.size() - 1);
}

// The view of a group of which a series has just come into being.
std::uint32_t Metrics::view_of(const Spec& spec, const GroupSeries& group, const NodeName& node) {
    const Measure& measure = plan_->measures[group.measure];
    const std::vector<std::string> labels = group_labels(spec, *plan_, group, node);
    for (std::size_t i = views_.size(); i-- > 0;) {
        const GroupSeries& known = views_[i].group;
        if (known.measure != group.measure) continue;
        if (measure.is_by_node && known.row != group.row) continue;
        const bool is_of_node = shape_of(measure.leaves[known.leaf].metric->family).axis == Axis::node;
        if (group_labels(spec, *plan_, known, is_of_node ? nodes_[known.row].name : NodeName{}) == labels) {
            return static_cast<std::uint32_t>(i);
        }
    }
    return add_view(group, now_);
}

void Metrics::pass_view(View& view) {
    if (now_ <= view.since || view.has_ended) return;
    const Measure& measure = plan_->measures[view.group.measure];
    const sim::Time from = std::max(view.since, measure.window.from);
    const sim::Time until = std::min(now_, measure.window.until);
    view.since = now_;
    if (measure.window.at_end || until <= from || measure.metric().kind == MetricKind::distribution) return;
    const std::int64_t lasted_us = until.us() - from.us();

    bool is_bad = false;
    sim::Time bad_at = from;
    if (measure.aggregate == Aggregate::share_of_time) {
        const bool is_true =
            measure.condition_holds({leaf_values_.data() + view.first_leaf_value, measure.leaves.size()});
        view.passed_us += lasted_us;
        if (is_true) view.true_us += lasted_us;
        // A bound from above is broken by the condition holding, a bound from below by its not holding.
        const bool wants_little = measure.relation == Relation::less || measure.relation == Relation::at_most;
        is_bad = (is_true == wants_little) != measure.bad_when_it_holds;
    } else if (measure.metric().kind == MetricKind::gauge) {
        view.sketch.add(view.value, static_cast<std::uint64_t>(lasted_us));
        view.last = view.value;
        is_bad = holds(static_cast<double>(view.value), measure.relation, measure.limit) == measure.bad_when_it_holds;
    } else if (measure.accrues()) {
        const double before =
            sim::as_double(view.sketch.sum()) / measure.us_per_unit() + static_cast<double>(view.total);
        view.sketch.add(view.value, static_cast<std::uint64_t>(lasted_us));
        const double after =
            sim::as_double(view.sketch.sum()) / measure.us_per_unit() + static_cast<double>(view.total);
        is_bad = measure.aggregate == Aggregate::total &&
                 holds(before, measure.relation, measure.limit) != measure.bad_when_it_holds &&
                 holds(after, measure.relation, measure.limit) == measure.bad_when_it_holds;
        if (is_bad && after > before) {
            const double share = std::clamp((measure.limit - before) / (after - before), 0.0, 1.0);
            bad_at =
                from + sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(lasted_us)));
        }
    }
    if (is_bad && view.first_breach == sim::Time::never()) view.first_breach = bad_at;
}

void Metrics::change_view(ViewLink link, std::int64_t difference) {
    View& view = views_[link.view];
    pass_view(view);
    const Measure& measure = plan_->measures[view.group.measure];
    if (measure.aggregate == Aggregate::share_of_time)
        leaf_values_[view.first_leaf_value + link.leaf] += difference;
    else
        view.value += difference;
}

void Metrics::count_view(ViewLink link, std::int64_t events) {
    View& view = views_[link.view];
    const Measure& measure = plan_->measures[view.group.measure];
    if (now_ < measure.window.from || now_ >= measure.window.until) return;
    const auto is_bad = [&] {
        return holds(static_cast<double>(view.total), measure.relation, measure.limit) == measure.bad_when_it_holds;
    };
    const bool was_bad = is_bad();
    view.total += events;
    if (measure.aggregate == Aggregate::total && !was_bad && is_bad() && view.first_breach == sim::Time::never())
        view.first_breach = now_;
}

void Metrics::sample_view(ViewLink link, std::int64_t value) {
    View& view = views_[link.view];
    const Measure& measure = plan_->measures[view.group.measure];
    if (now_ < measure.window.from || now_ >= measure.window.until) return;
    const auto breaks = [&](double signal) {
        return holds(signal, measure.relation, measure.limit) == measure.bad_when_it_holds;
    };
    // Counts and sums break a limit by growing past it; all else by a sample that is beyond it.
    const auto grown = [&] {
        return measure.aggregate == Aggregate::count ? static_cast<double>(view.sketch.count())
                                                     : sim::as_double(view.sketch.sum());
    };
    const bool grows = measure.aggregate == Aggregate::count || measure.aggregate == Aggregate::total;
    const bool was_bad = grows && breaks(grown());
    view.sketch.add(value);
    const bool is_bad = grows ? !was_bad && breaks(grown())
                              : measure.aggregate != Aggregate::rate && breaks(static_cast<double>(value));
    if (is_bad && view.first_breach == sim::Time::never()) view.first_breach = now_;
}

}  // namespace eks

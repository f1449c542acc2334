#include "models/metrics/plan.hpp"

#include <map>
#include <utility>

namespace eks {

bool Measure::condition_holds(std::uint32_t node, std::span<const std::int64_t> values) const {
    const ConditionNode& at = condition[node];
    switch (at.kind) {
        case NodeKind::comparison:
            return holds(static_cast<double>(values[at.leaf]), leaves[at.leaf].relation, leaves[at.leaf].limit);
        case NodeKind::negation: return !condition_holds(at.children.front(), values);
        case NodeKind::all_of:
            for (const std::uint32_t child : at.children) {
                if (!condition_holds(child, values)) return false;
            }
            return true;
        case NodeKind::any_of:
            for (const std::uint32_t child : at.children) {
                if (condition_holds(child, values)) return true;
            }
            return false;
    }
    return false;
}

std::vector<std::string> group_labels(const Spec& spec, const MetricsPlan& plan, const GroupSeries& group,
                                      const NodeName& node) {
    const Measure& measure = plan.measures[group.measure];
    const MetricDefinition& metric = *measure.leaves[group.leaf].metric;
    std::vector<std::string> values;
    for (const std::string& name : measure.by) {
        const MetricLabel* label = metric.label(name);
        values.push_back(label == nullptr ? std::string()
                                          : label_value(spec, label->source, group.row, group.column, node));
    }
    return values;
}

void lay_out_views(const Spec& spec, MetricsPlan& plan) {
    std::vector<std::vector<ViewLink>> links_by_series(plan.layout.size());
    for (std::uint32_t m = 0; m < plan.measures.size(); ++m) {
        const Measure& measure = plan.measures[m];
        std::map<std::vector<std::string>, std::uint32_t> views;
        bool has_nodes = false;
        for (std::uint32_t leaf = 0; leaf < measure.leaves.size(); ++leaf) {
            const MetricDefinition& metric = *measure.leaves[leaf].metric;
            const FamilyShape& shape = shape_of(metric.family);
            if (shape.axis == Axis::node) {
                has_nodes = has_nodes || is_exported(spec, metric);
                continue;
            }
            for (std::uint32_t row = 0; row < plan.layout.rows(metric.family); ++row) {
                if (!reads_row(spec, metric, row)) continue;
                for (std::uint32_t column = 0; column < shape.columns; ++column) {
                    if (!metric.has_column(column) ||
                        !matches_all(spec, measure.leaves[leaf].matchers, row, column, {}))
                        continue;
                    const GroupSeries group{m, leaf, row, column};
                    const auto [place, is_new] = views.try_emplace(group_labels(spec, plan, group, {}),
                                                                   static_cast<std::uint32_t>(plan.views.size()));
                    if (is_new) plan.views.push_back(group);
                    links_by_series[plan.layout.series(metric.family, row, column)].push_back({place->second, leaf});
                    // Cost is the level of spending over time, and what is charged at once.
                    const auto once = family_charged_once(metric.family);
                    if (measure.accrues() && once && column < shape_of(*once).columns) {
                        links_by_series[plan.layout.series(*once, row, column)].push_back({place->second, leaf});
                    }
                }
            }
        }
        if (has_nodes) plan.node_measures.push_back(m);
    }
    plan.first_link.assign(1, 0);
    for (const std::vector<ViewLink>& links : links_by_series) {
        plan.links.insert(plan.links.end(), links.begin(), links.end());
        plan.first_link.push_back(static_cast<std::uint32_t>(plan.links.size()));
    }
}

std::shared_ptr<const MetricsPlan> plan_metrics(const Spec& spec, sim::Duration warm_up) {
    auto plan = std::make_shared<MetricsPlan>();
    plan->layout = SeriesLayout(spec);
    plan->warm_up = sim::Time::at(warm_up);
    lay_out_views(spec, *plan);
    return plan;
}

}  // namespace eks

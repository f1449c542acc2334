#include "models/metrics/selections.hpp"

#include "models/scenario/near_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace eks {

namespace {

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
            std::string hint = "say `allowEmpty: true` if that is meant";
            if (axis == Axis::usage) hint = "state the `usage` of the workload under `behaviour`";
            if (axis == Axis::contest)
                hint =
                    "only a cluster with two CNIs on a node has it; say `allowEmpty: true` if it is meant for others "
                    "too";
            if (axis == Axis::budget) hint = "give the namespace a PodDisruptionBudget";
            if (axis == Axis::descheduler) hint = "give the descheduler and its policy among the manifests";
            if (axis == Axis::cluster_autoscaler)
                hint = "give the Deployment of Cluster Autoscaler among the manifests";
            if (axis == Axis::admission || axis == Axis::quota) hint = "give the namespace a ResourceQuota";
            if (axis == Axis::traffic || axis == Axis::message_queue) hint = "say under `traffic` who asks whom";
            if (axis == Axis::scaler) hint = "give the workload a HorizontalPodAutoscaler";
            if (axis == Axis::vertical_scaler) hint = "give the workload a VerticalPodAutoscaler";
            if (axis == Axis::advised) hint = "ask for it: advice: {}";
            if (axis == Axis::keda_trigger) hint = "give the workload a ScaledObject of KEDA";
            if (axis == Axis::telemetry)
                hint = "say which workload is an agent under `behaviour`: telemetry: {scrapes: own-node}";
            if (axis == Axis::dns) hint = "state the `dns` lookups of a workload under `behaviour`";
            if (is_outside) hint = "state what a workload does `outside` under `behaviour`";
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

}  // namespace

void expect_matches(const Spec& spec, const std::vector<Selection>& selections, Complaints& complaints) {
    SelectionCheck check(spec, complaints);
    for (const Selection& selection : selections) check.expect_match(selection);
}

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

}  // namespace eks

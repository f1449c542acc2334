// Which base series a Spec has, what they are called, and which of them a selector picks.
//
// Base series are numbered through: family by family, row by row, column by column. Those per node are numbered apart,
// because nodes come and go in a run: a node's row is its place in the order in which nodes first appeared.
#pragma once

#include "models/metrics/definitions.hpp"
#include "models/metrics/expression.hpp"
#include "models/metrics/label_pattern.hpp"
#include "models/spec/spec.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eks {

class SeriesLayout {
  public:
    SeriesLayout() = default;
    explicit SeriesLayout(const Spec& spec);

    std::uint32_t series(Family family, std::uint32_t row, std::uint32_t column) const {
        const Extent& extent = extents_[static_cast<std::size_t>(family)];
        return extent.first + row * extent.columns + column;
    }
    std::uint32_t rows(Family family) const { return extents_[static_cast<std::size_t>(family)].rows; }
    std::uint32_t size() const { return size_; }

  private:
    struct Extent {
        std::uint32_t first = 0;
        std::uint32_t columns = 0;
        std::uint32_t rows = 0;
    };
    std::array<Extent, family_count> extents_{};
    std::uint32_t size_ = 0;
};

// Columns of both node families, side by side: levels first.
inline constexpr std::uint32_t series_per_node = static_cast<std::uint32_t>(node_level_count + node_count_count);

// What names a node: its group and its ordinal there.
struct NodeName {
    NodeGroupIx group;
    std::uint32_t ordinal = 0;
    friend bool operator==(const NodeName&, const NodeName&) = default;
};

// "workers-3".
std::string to_text(const Spec& spec, const NodeName& node);

// The value of a label for the series at this row and column; `node` where the axis is the node.
std::string label_value(const Spec& spec, LabelSource source, std::uint32_t row, std::uint32_t column,
                        const NodeName& node);

// Whether the cluster has the component whose metric it is: only the CNI that gives out addresses reports on them.
bool is_exported(const Spec& spec, const MetricDefinition& metric);

// Whether the metric reads this row of its family: a metric of Deployments does not read a DaemonSet's, and nobody
// reads a usage that is not stated.
bool reads_row(const Spec& spec, const MetricDefinition& metric, std::uint32_t row);

struct Matcher {
    LabelSource source = LabelSource::none;
    MatchKind kind = MatchKind::equal;
    std::string value;
    std::optional<LabelPattern> pattern;

    bool matches(const std::string& label) const;
};

bool matches_all(const Spec& spec, const std::vector<Matcher>& matchers, std::uint32_t row, std::uint32_t column,
                 const NodeName& node);

}  // namespace eks

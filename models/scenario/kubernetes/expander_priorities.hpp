// The text that Cluster Autoscaler's priority expander finds under `priorities` in the ConfigMap
// cluster-autoscaler-priority-expander (CA-24): YAML, from whole numbers to lists of regular expressions that are
// looked for in the names of node groups.
//
//     10:
//       - ".*"
//     50:
//       - spot
//
// Read is what such a file is made of: one mapping of lists, in blocks or in brackets, of plain and quoted words, with
// comments. Anchors, tags, block scalars and words over several lines count as bad YAML.
#pragma once

#include "models/metrics/label_pattern.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace eks {

class ExpanderPriorities {
  public:
    // Nothing where the real one would refuse the whole text: bad YAML, a bad expression, or no text at all.
    static std::optional<ExpanderPriorities> parse(std::string_view text);

    // The highest priority with an expression that is found in the name.
    std::optional<std::int64_t> highest_for(std::string_view node_group) const;

  private:
    std::map<std::int64_t, std::vector<LabelPattern>> patterns_;
};

}  // namespace eks

// Label selectors: which pods a controller or a Service means. Read once, then matched against the labels of pod
// templates.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/node_shape.hpp"
#include "models/spec/pod_template.hpp"

#include <optional>
#include <string>
#include <vector>

namespace eks {

// All requirements must hold; without any it matches everything.
struct LabelSelector {
    std::vector<SelectorRequirement> all;  // operators in, not_in, exists, does_not_exist
};

// `matchLabels` and `matchExpressions`. Complains about unknown operators and missing values.
LabelSelector read_label_selector(const Reader& selector);

// The older form of Services and ReplicationControllers: a map of labels.
LabelSelector read_label_map_selector(const Reader& selector);

bool selects(const LabelSelector& selector, const std::vector<Label>& labels);

// A map of texts as labels, by key.
std::vector<Label> read_labels(const Reader& labels);

}  // namespace eks

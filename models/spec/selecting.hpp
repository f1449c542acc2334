// Which labels meet a label selector.
#pragma once

#include "models/spec/node_shape.hpp"
#include "models/spec/pod_constraints.hpp"

#include <vector>

namespace eks {

bool meets(const SelectorRequirement& requirement, const std::vector<Label>& labels);

// A selector that is not given selects nothing, one without requirements selects everything.
bool selects(const Selector& selector, const std::vector<Label>& labels);

}  // namespace eks

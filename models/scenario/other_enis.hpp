// The ENIs that others attach to each node of a group: `otherEnis` (IPAM-152). Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/node_shape.hpp"

#include <vector>

namespace eks {

std::vector<EnisOfOthers> read_other_enis(const Reader& group, const NodeShape& shape);

}  // namespace eks

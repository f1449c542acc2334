// The decision call `karpenter_consolidate` (KARP-41 to KARP-54): which nodes Karpenter would do without now.
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json karpenter_consolidate_call(const Json& arguments);

}  // namespace eks::decisions

// The decision call `karpenter_solve` (KARP-5 to KARP-14): what Karpenter would buy for the pods that wait, and which
// of them find a place on what there is.
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json karpenter_solve_call(const Json& arguments);

}  // namespace eks::decisions

// The decision call `delete_order`: which of its pods a ReplicaSet or Job deletes first when it has too many, and by
// which rule each goes before the next one (RS-2, JOB-3; X-9 in 1.10).
//
//     ekssim.decisions.delete_order(pods=[{"metadata": {"name": "a"}, "spec": {"nodeName": "n1"}}, …],
//                                   now="2026-11-02T08:00:00Z")
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json delete_order_call(const Json& arguments);

}  // namespace eks::decisions

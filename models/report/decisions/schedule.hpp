// The calls `schedule_one`, `schedule_all` and `preempt`: what the scheduler decides for Kubernetes objects.
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json schedule_one_call(const Json& arguments);
Json schedule_all_call(const Json& arguments);
Json preempt_call(const Json& arguments);

}  // namespace eks::decisions

// The decision call `job_progress`: what the Job controller does about a Job and its pods in one sync (JOB-2 to
// JOB-10): how it counts them, what it creates and deletes, when it looks again, and whether the Job ends, and why.
//
//     ekssim.decisions.job_progress(job={"spec": {"completions": 3, "backoffLimit": 2, …}, "status": {"failed": 1}},
//                                   pods=[…], now="2026-11-02T08:00:00Z")
#pragma once

#include "models/report/decisions/arguments.hpp"

namespace eks::decisions {

Json job_progress_call(const Json& arguments);

}  // namespace eks::decisions

// What the pods of a workload really use, as `behaviour` says it:
//
//     usage: {cpu: 350m, memory: 600Mi}     # of each pod, all the time
//     usage: {trace: usage.csv}             # of each pod, over the simulated time
//
// A trace arrives as whoever resolved the scenario read it from its file: {columns: [seconds, cpu, memory], points:
// [[0, 0.35, 629145600], …]}, in cores and bytes, with cpu or memory left out where the file has no such column. It is
// a step function: each point holds until the next, the last one to the end of the run. Internal to models/scenario.
#pragma once

#include "models/scenario/reader.hpp"
#include "models/spec/pod_template.hpp"

#include <optional>

namespace eks {

std::optional<Usage> read_usage(const Reader& at);

}  // namespace eks

// Sizing as JSON in, JSON out (see json_api.hpp): the document that `ekssim size -o json` prints.
#pragma once

#include "models/report/json_api.hpp"
#include "models/sizing/sizing.hpp"

#include <string>
#include <string_view>

namespace eks {

// Options are those of a run (`set`) and `wishes`: {"architectures", "families", "types", "older_generations",
// "purchases", "zones", "nodes_min", "nodes_max", "headroom", "survive_zone_loss", "top", "effort", "simulate",
// "replications": {"min", "max"}, "seed", "jobs"}, all of them optional; with "mix": true the answer also has the
// packing problem on plain numbers. {"complaints"} where something is wrong.
std::string size_as_json(std::string_view document, std::string_view options, const OnJsonProgress& progress = {});

std::string to_json(const sizing::Sizing& sizing);

}  // namespace eks

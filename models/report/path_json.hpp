// Paths, capacities and drawn requests as data: the answers of `explain path`, `explain capacity` and
// Simulation.draw_requests. As JSON text.
#pragma once

#include "models/planning/draw_requests.hpp"
#include "models/planning/explain_capacity.hpp"
#include "models/planning/explain_path.hpp"

#include <span>
#include <string>

namespace eks {

std::string path_stories_json(std::span<const PathStory> stories);
std::string capacity_story_json(const CapacityStory& story);
// Columns: {"us": [..], "failed_by": [..], …}.
std::string drawn_requests_json(const DrawnRequests& drawn);

}  // namespace eks

// What autoscalers say, as data: the answers of `explain node` and `explain hpa`, and a part of that of `explain pod`.
// As JSON text.
#pragma once

#include "models/planning/explain_hpa.hpp"
#include "models/planning/explain_node.hpp"

#include <span>
#include <string>

namespace eks {

std::string autoscalers_json(std::span<const AutoscalerStory> stories);
std::string node_story_json(const NodeStory& story);
std::string hpa_story_json(const HpaStory& story);

}  // namespace eks

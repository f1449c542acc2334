// A sizing in words: one sentence, and the reasons in a few more.
#pragma once

#include "models/sizing/sizing.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace eks::sizing {

// "7 x m7g.xlarge", "4 x c7g.2xlarge + 2 x r7g.large"; with the way to buy where that is not on demand.
std::string label_of(const JudgedFleet& fleet, const Supply& supply);
std::string label_of(const PlannedFleet& fleet, const Supply& supply);

// What of the fleet is fullest: "cpu", "memory", "pods", "addresses", "volumes", "gpus", "storage".
std::string_view what_binds(const PlannedFleet& fleet, const Supply& supply);

// Why the fleet does not meet the objectives: the first that does not hold, and what pods waited for most. Empty where
// it does.
std::string what_is_wrong(const JudgedFleet& fleet);

// "c2 fails" in a few words for a table.
std::string verdict_of(const JudgedFleet& fleet);
std::string_view risk_of(const JudgedFleet& fleet);

std::string sentence_of(const Sizing& sizing);
std::vector<std::string> reasons_of(const Sizing& sizing);
std::string how_sure(const Sizing& sizing);
// Empty where the cheapest packing is the recommended fleet.
std::string reversal_of(const Sizing& sizing);

}  // namespace eks::sizing

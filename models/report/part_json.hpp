// What is kept of one run, as JSON that gives it back exactly: for runs that others do elsewhere, and for results that
// are resumed from a file.
#pragma once

#include "models/planning/experiment.hpp"

#include <string>
#include <string_view>

namespace eks {

std::string run_outcome_json(const RunOutcome& run);
// The text must come from the function above.
RunOutcome run_outcome_from_json(std::string_view text);

}  // namespace eks

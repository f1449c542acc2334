// The result document (interfaces, section 4): what `-o json` prints and Result.to_dict() gives.
#pragma once

#include "models/planning/experiment.hpp"
#include "models/scenario/scenario.hpp"

#include <string>

namespace eks {

struct ResultSource {
    std::string file;  // of the scenario, for the commands that replay a run; empty: unknown
};

// Wall time and memory are the only fields that may differ between two runs of the same version, scenario and seed.
std::string to_json(const Scenario& scenario, const Outcome& outcome, const ResultSource& source = {});

}  // namespace eks

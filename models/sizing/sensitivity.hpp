// Which assumption would change the answer: the packing solved again with one thing different at a time.
//
// Nothing is simulated here; what is compared are the cheapest fleets of the recommended kind before and after.
#pragma once

#include "models/sizing/fleets.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace eks::sizing {

struct Sensitivity {
    std::string what;
    std::string from;
    std::string to;
    std::optional<PlannedFleet> fleet;  // none: no fleet is left
    double change_usd_per_hour = 0.0;
    bool changes_type = false;    // other instance types
    bool changes_answer = false;  // other types or numbers
};

struct SensitivityInput {
    const Spec& spec;
    sim::Duration run_length;
    const Supply& supply;
    const Demand& demand;
    const Catalog& catalog;
    const Wishes& wishes;
    Purchase purchase = Purchase::on_demand;
    bool is_of_one_type = true;
    std::int64_t zones = 1;                  // in which nodes stand
    std::vector<std::size_t> rejected = {};  // offers of which the simulation found whole fleets wanting
};

// The settings of the problem that the wishes ask for.
ProblemSettings settings_of(const Wishes& wishes, std::int64_t zones);
NodeBounds bounds_of(const Wishes& wishes);

// `goes_on` is asked before each; false ends the list there.
std::vector<Sensitivity> sensitivity_of(const SensitivityInput& input, const std::function<bool()>& goes_on);

}  // namespace eks::sizing

// The numbers of a run that are worth comparing with those of another form of the scenario: what was expected, how long
// pods waited and for what, what was placed, what it cost.
#pragma once

#include "models/planning/experiment.hpp"

#include <string>
#include <vector>

namespace eks {

struct Quantity {
    std::string what;  // the name of an expectation, or such as "waiting for image-pull"
    std::string unit;
    std::vector<double> by_run;  // NaN where an expectation had nothing to look at
};

// In a fixed order. What was zero in every run is left out where it is one of many: a cause of waiting.
std::vector<Quantity> quantities(const Outcome& outcome);

// The same number of two forms, run by run. A cause of waiting that one form never met took no time there; anything
// else that both do not have is left out.
struct PairedQuantity {
    std::string what;
    std::string unit;
    std::vector<double> a;
    std::vector<double> b;
};
std::vector<PairedQuantity> paired(const std::vector<Quantity>& a, const std::vector<Quantity>& b);

}  // namespace eks

// The selectors of expectations, held against the series that a Spec has: one that picks none would let its expectation
// pass by being about nothing.
#pragma once

#include "models/metrics/base_series.hpp"
#include "models/metrics/expression.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/scenario/scenario.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace eks {

// A selector that must pick some series, to be held against the Spec.
struct Selection {
    const ExpectationText* text = nullptr;
    SelectorText selected;
    const MetricDefinition* metric = nullptr;
    std::vector<Matcher> matchers;
};

// Says of each selector that picks none of the Spec's series what is wrong with it.
void expect_matches(const Spec& spec, const std::vector<Selection>& selections, Complaints& complaints);

// A complaint at a character of an expectation's expression.
Complaint complaint_about(const ExpectationText& text, std::size_t offset, Rule rule, std::string message,
                          std::string hint);

}  // namespace eks

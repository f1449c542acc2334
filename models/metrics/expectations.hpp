// From a scenario's expectations, still as text, to the plan that metrics follow and verdicts are given by.
//
//   auto plan = eks::plan_metrics(scenario);
//   if (!plan) return plan.error();               // all complaints of all expectations, each at its character
//   Metrics metrics(*scenario.spec, *plan);
//
// Whatever could make an expectation pass by being about nothing is refused here, before anything runs: a metric or
// label that does not exist, a selector that no series can match, an aggregate or a unit that does not fit, a window
// outside of the run.
#pragma once

#include "libsim/result.hpp"
#include "models/metrics/plan.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/scenario/scenario.hpp"

#include <memory>

namespace eks {

sim::Result<std::shared_ptr<const MetricsPlan>, Complaints> plan_metrics(const Scenario& scenario);

// All that is wrong with the expectations of a scenario that may lack its Spec, because something else is wrong with
// it: then all is said but which selectors pick nothing.
Complaints check_expectations(const Scenario& scenario);

}  // namespace eks

// ekssim: what if, before the bill or the outage does.
//
//     auto scenario = eks::load_scenario_json(text);          // all complaints at once
//     auto run = eks::start(*scenario, {.seed = 7});          // a value
//     run.until(2_h);
//     auto fork = run;                                        // a copied cluster
//
// The public face of the library for C++; find_package(ekssim CONFIG REQUIRED) gives ekssim::ekssim. Needs the standard
// library only. The literals (2_h, 90_s) come from sim::literals.
#pragma once

#include "libsim/time.hpp"
#include "models/planning/experiment.hpp"
#include "models/planning/run.hpp"
#include "models/report/decide.hpp"
#include "models/report/json_api.hpp"
#include "models/scenario/scenario.hpp"
#include "models/sizing/fleet.hpp"
#include "models/sizing/sizing.hpp"
#include "models/systems/network/pool_decision.hpp"
#include "models/version.hpp"

namespace eks {
using namespace sim::literals;
}

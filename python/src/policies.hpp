// Python callables as policies of HorizontalPodAutoscalers (models/world/scaler_policy.hpp). The interpreter lock is
// held only while one is called.
#pragma once

#include "models/world/scaler_policy.hpp"

#include <pybind11/pybind11.h>

#include <vector>

namespace ekssim {

// From a list of ("namespace/name", state as bytes, callable), where callable(state, view) answers with (replicas, next
// state) and view is (now_seconds, replicas, existing, ready, least, most, [(name, kind, value, target, wants)…]).
std::vector<eks::NamedPolicy> policies_from(const pybind11::list& list);

}  // namespace ekssim

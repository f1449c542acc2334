// How the requests of an entry of `traffic` travel:
//
//     connections: keep-alive                 # or short, or
//     connections: {requestsPer: 50, hold: 30s, protocol: tcp, connectTimeout: 2s, answerTimeout: 30s}
//     layer7: two-sidecars
//     proxy: envoy
//
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

namespace eks {

// Of an entry. Nothing is read where it says no `connections`.
ConnectionUse read_connections(const Reader& entry, ScenarioBuilder& builder);

// Where the entry does not say which proxies there are, the objects do, by who asks whom.
void find_proxies(const Reader& entry, TrafficClass& traffic, const ScenarioBuilder& builder);

}  // namespace eks

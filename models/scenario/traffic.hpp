// The section `traffic`: who asks whom how much.
//
//     - to: Service/shop/web                    # or a workload
//       rate: {sine: {mean: 800/s, amplitude: 600/s, period: 24h}}
//       request: {cpu: 12ms, memory: 200Ki, retries: 1}
//       idle: {cpu: 5m, memory: 100Mi}          # of a pod that nobody asks
//     - {from: Deployment/shop/web, to: Service/shop/payment, perRequest: 0.3}
//     - {to: Queue/orders, rate: 50/s, work: 2s, workers: Deployment/shop/worker, atOnce: 4}
//
// Internal to models/scenario.
#pragma once

#include "models/scenario/builder.hpp"

#include <optional>

namespace eks {

// Behind `behaviour`, whose `usage` may not speak of the same workloads.
void read_traffic(const std::optional<Reader>& traffic, ScenarioBuilder& builder);

}  // namespace eks

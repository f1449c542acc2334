// The section `customMetrics`: what of the scenario's traffic a metric stands for that autoscalers ask for by name, and
// how late an adapter answers. Then what all of the autoscalers come to, once everything is known: who reads what, and
// who scales whom. Internal to models/scenario; needs the traffic.
//
//     - {name: "http_requests_*", means: requestsPerSecond, of: Service/shop/web, delay: 30s, window: 2m}
//     - {name: orders, means: queueLength, of: Queue/orders, delay: 0s, partitions: 12}
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/reader.hpp"

#include <optional>

namespace eks {

void read_custom_metrics(const std::optional<Reader>& section, ScenarioBuilder& builder);

}  // namespace eks

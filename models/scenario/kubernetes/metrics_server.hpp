// metrics-server and KEDA's operator among the workloads, known by their images, and the Deployment that the EKS add-on
// metrics-server installs (HPA-20).
#pragma once

#include "models/scenario/builder.hpp"
#include "models/scenario/json_value.hpp"

namespace eks {

// Also the settings of its command line.
void find_metrics_server(ScenarioBuilder& builder);

JsonValue metrics_server_of_addon(Origins& origins, Diagnostics& diagnostics);

}  // namespace eks

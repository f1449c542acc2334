// The decision call keda_scaled_job: what one poll of a ScaledJob makes of its triggers (KEDA-20 to KEDA-24).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// {"spec", "triggers", "running_jobs", "pending_jobs"} to {"active", "scale_to", "max_scale", "effective_scale_to",
// "effective_max", "creates"}.
nlohmann::ordered_json keda_scaled_job_call(const nlohmann::ordered_json& arguments);

}  // namespace eks

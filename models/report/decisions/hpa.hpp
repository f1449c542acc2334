// The decision calls hpa_replicas and hpa_decide: what a HorizontalPodAutoscaler makes of its metrics.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace eks {

// One metric's proposal (HPA-5 to HPA-12): {"replicas", "current"}, or {"error": class}.
nlohmann::ordered_json hpa_replicas_call(const nlohmann::ordered_json& arguments);

// One whole reconcile (HPA-2 to HPA-4, HPA-12 to HPA-18): {"desired_replicas", "rescaled", "conditions", "state"}, and
// "error" where a metric could not be used.
nlohmann::ordered_json hpa_decide_call(const nlohmann::ordered_json& arguments);

}  // namespace eks

// Why does this HorizontalPodAutoscaler want that many replicas? What each of its metrics reads and proposes at an
// instant, which of them wins, and what stabilisation and limits make of it (HPA-5 to HPA-18): as if the controller
// looked then, by the functions by which it looks in the run. A policy of the caller's is not asked again: what it said
// at the last look of the run is told, beside what the metrics read.
#pragma once

#include "models/planning/run.hpp"
#include "models/scenario/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks {

struct HpaMetricStory {
    std::string metric;           // "Resource cpu", as in the object
    std::string reading;          // "63% of the requests"; empty where there is none
    std::string target;           // "50%"
    std::string fault;            // why it proposes nothing
    std::optional<double> ratio;  // from which the proposal follows: with those pods in their places
    bool is_tolerated = false;    // HPA-12
    std::int32_t proposes = 0;
    bool wins = false;  // HPA-13
    // HPA-9: pods of which there is no sample, or none that counts; and whether nothing is changed for their sake.
    std::int32_t missing = 0;
    std::int32_t unready = 0;
    bool is_held = false;
};

struct HpaConditionStory {
    std::string type;
    bool is_true = false;
    std::string reason;
    std::string message;
};

struct HpaStory {
    std::string hpa;     // "shop/web"
    std::string target;  // "Deployment/shop/web"
    sim::Time at;
    std::optional<sim::Time> last_look;  // none: it has not looked yet
    std::int32_t least = 0;
    std::int32_t most = 0;
    std::int32_t replicas = 0;  // of the target's spec
    std::vector<HpaMetricStory> metrics;
    std::int32_t proposed = 0;               // by the metrics together
    std::vector<std::string> stabilisation;  // the windows, and the recommendations that count in them
    std::vector<std::string> limits;         // what bounds the next step, HPA-14 and HPA-16
    std::int32_t desired = 0;
    std::vector<HpaConditionStory> conditions;
    // Where a policy of the caller's decides: what it did at the last look, in place of all from `proposed` on.
    bool is_by_policy = false;
    std::int32_t decided = 0;
};

// `name`: "namespace/name". The error is a sentence that says what would work.
sim::Result<HpaStory, std::string> explain_hpa(const Scenario& scenario, const StartOptions& options,
                                               std::string_view name, sim::Duration at);

std::vector<std::string> to_lines(const HpaStory& story);

}  // namespace eks

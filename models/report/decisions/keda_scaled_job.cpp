#include "models/report/decisions/keda_scaled_job.hpp"

#include "models/report/decisions/controller_objects.hpp"
#include "models/systems/autoscaling/keda/scaled_job.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

namespace eks {

namespace {

using decisions::at_path;
using decisions::integer_at;
using decisions::Json;
using decisions::required;
using decisions::text_at;

// None where it is no number: KEDA then goes by the default strategy. So it does here where the number is not finite,
// with which nothing sensible can be computed.
std::optional<double> share_in(const std::string& text) {
    const std::string_view digits = text.starts_with('+') ? std::string_view(text).substr(1) : std::string_view(text);
    if (digits.empty() || digits.starts_with('+') || (text.starts_with('+') && digits.starts_with('-'))) return {};
    double number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || !std::isfinite(number)) return {};
    return number;
}

std::optional<std::int64_t> job_count_at(const Json& spec, const char* member) {
    if (at_path(spec, {member}).is_null()) return {};
    return integer_at(spec, {member}, 0);
}

// What is no name of a combination or strategy means the default one.
keda::Combination combination_named(const std::string& name) {
    if (name == "min") return keda::Combination::min;
    if (name == "avg") return keda::Combination::avg;
    if (name == "sum") return keda::Combination::sum;
    return keda::Combination::max;
}

keda::JobStrategy strategy_named(const std::string& name) {
    if (name == "custom") return keda::JobStrategy::custom;
    if (name == "accurate") return keda::JobStrategy::accurate;
    if (name == "eager") return keda::JobStrategy::eager;
    return keda::JobStrategy::default_strategy;
}

keda::ScaledJob scaled_job_of(const Json& spec) {
    const Json& strategy = at_path(spec, {"scalingStrategy"});
    keda::ScaledJob job;
    job.least = job_count_at(spec, "minReplicaCount");
    job.most = job_count_at(spec, "maxReplicaCount");
    job.combination = combination_named(text_at(strategy, {"multipleScalersCalculation"}));
    job.strategy = strategy_named(text_at(strategy, {"strategy"}));
    job.queue_length_deduction = integer_at(strategy, {"customScalingQueueLengthDeduction"}, 0);
    if (job.strategy != keda::JobStrategy::custom) return job;
    const auto share = share_in(text_at(strategy, {"customScalingRunningJobPercentage"}));
    if (share)
        job.running_job_share = *share;
    else
        job.strategy = keda::JobStrategy::default_strategy;
    return job;
}

}  // namespace

Json keda_scaled_job_call(const Json& arguments) {
    decisions::refuse_others(arguments, {"spec", "triggers", "running_jobs", "pending_jobs"});
    const keda::ScaledJob job = scaled_job_of(required<Json>(arguments, "spec"));
    std::vector<keda::Trigger> triggers;
    for (const Json& trigger : required<Json>(arguments, "triggers"))
        triggers.push_back({integer_at(trigger, {"value_milli"}, 0), integer_at(trigger, {"target_milli"}, 0),
                            decisions::optional_or(trigger, "active", false)});
    const keda::JobDemand demand = keda::job_demand(job, triggers);
    const auto running = required<std::int64_t>(arguments, "running_jobs");
    const auto pending = required<std::int64_t>(arguments, "pending_jobs");
    const keda::JobScale scale = keda::job_scale(job, demand, running, pending);
    return {{"active", demand.is_active},    {"scale_to", demand.scale_to},
            {"max_scale", demand.max_scale}, {"effective_scale_to", scale.scale_to},
            {"effective_max", scale.most},   {"creates", keda::jobs_to_create(job, demand, running, pending)}};
}

}  // namespace eks

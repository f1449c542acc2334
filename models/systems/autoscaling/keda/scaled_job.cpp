#include "models/systems/autoscaling/keda/scaled_job.hpp"

#include "models/systems/autoscaling/keda/scalers.hpp"

#include <algorithm>
#include <cmath>

namespace eks::keda {

namespace {

constexpr std::int64_t default_most_jobs = 100;  // KEDA-1

struct Load {
    double queue_length = 0;
    double jobs = 0;  // that would bring each down to its target
};

Load load_of(const Trigger& trigger, double most) {
    Load load;
    load.queue_length = number_of(trigger.value_milli);
    if (trigger.target_milli != 0) load.jobs = std::min(load.queue_length / number_of(trigger.target_milli), most);
    return load;
}

struct Combined {
    Load load;
    bool is_any_taken = false;
};

// Whether this trigger's load takes the place of what was taken before it. That a queue of length zero counts as none
// makes both depend on the order.
bool replaces(Combination combination, const Load& load, const Load& taken) {
    if (combination == Combination::min) return taken.queue_length == 0 || load.queue_length < taken.queue_length;
    return load.queue_length > taken.queue_length;
}

Combined added_up(const ScaledJob& job, std::span<const Trigger> triggers, double most) {
    Combined all;
    double count = 0;
    for (const Trigger& trigger : triggers) {
        if (!trigger.is_active) continue;
        const Load load = load_of(trigger, most);
        all.load.queue_length += load.queue_length;
        all.load.jobs += load.jobs;
        all.is_any_taken = true;
        ++count;
    }
    if (job.combination == Combination::avg && all.is_any_taken) {
        all.load.queue_length /= count;
        all.load.jobs /= count;
    }
    return all;
}

Combined selected(const ScaledJob& job, std::span<const Trigger> triggers, double most) {
    Combined all;
    for (const Trigger& trigger : triggers) {
        if (!trigger.is_active) continue;
        const Load load = load_of(trigger, most);
        if (!replaces(job.combination, load, all.load)) continue;
        all.load = load;
        all.is_any_taken = true;
    }
    return all;
}

std::int64_t rounded_up(double jobs) { return static_cast<std::int64_t>(std::ceil(jobs)); }

}  // namespace

std::int64_t least_jobs(const ScaledJob& job) {
    const std::int64_t least = job.least.value_or(0);
    return job.most ? std::min(least, *job.most) : least;
}

std::int64_t most_jobs(const ScaledJob& job) {
    if (!job.most) return default_most_jobs;
    return job.least && *job.least > *job.most ? *job.most : *job.most - least_jobs(job);
}

JobDemand job_demand(const ScaledJob& job, std::span<const Trigger> triggers) {
    const auto most = static_cast<double>(most_jobs(job));
    const bool adds_up = job.combination == Combination::avg || job.combination == Combination::sum;
    const Combined all = adds_up ? added_up(job, triggers, most) : selected(job, triggers, most);
    return {all.is_any_taken || least_jobs(job) > 0, rounded_up(all.load.queue_length),
            rounded_up(std::min(all.load.jobs, most))};
}

JobScale job_scale(const ScaledJob& job, const JobDemand& demand, std::int64_t running, std::int64_t pending) {
    const std::int64_t most = most_jobs(job);
    const std::int64_t beyond_least = running - least_jobs(job);
    switch (job.strategy) {
        case JobStrategy::default_strategy: break;
        case JobStrategy::custom: {
            const auto share = static_cast<std::int64_t>(static_cast<double>(beyond_least) * job.running_job_share);
            return {demand.scale_to, std::min(demand.max_scale - job.queue_length_deduction - share, most)};
        }
        case JobStrategy::accurate:
            if (demand.max_scale + beyond_least - pending > most) return {demand.scale_to, most - beyond_least};
            return {demand.scale_to, demand.max_scale - pending};
        case JobStrategy::eager: return {most, std::min(most - beyond_least - pending, demand.max_scale)};
    }
    return {demand.scale_to, demand.max_scale - beyond_least};
}

std::int64_t jobs_to_create(const ScaledJob& job, const JobDemand& demand, std::int64_t running, std::int64_t pending) {
    if (!demand.is_active) return 0;
    if (running < least_jobs(job)) return least_jobs(job) - running;
    const JobScale scale = job_scale(job, demand, running, pending);
    return std::max<std::int64_t>(0, std::min(scale.scale_to, scale.most));
}

}  // namespace eks::keda

#include "models/sizing/job_peak.hpp"

#include <algorithm>
#include <deque>

namespace eks::sizing {

sim::Duration holds_place_for(const PodTemplate& pod, double factor) {
    constexpr double share = 0.99;
    const sim::Duration one_init = pod.init_run_time.quantile(share);
    std::int64_t us = held_beside_run_time.us();
    for (const ContainerSpec& init : pod.init_containers) us += init.is_sidecar ? 0 : one_init.us();
    us += static_cast<std::int64_t>(static_cast<double>(pod.run_time.quantile(share).us()) * factor);
    return sim::Duration::microseconds(us);
}

std::int64_t peak_jobs(const CronJobSpec& cron, const Spec& spec, sim::Duration horizon, sim::Duration length) {
    if (cron.suspended) return 0;
    static const TimeZone utc;
    const TimeZone& zone = cron.zone < 0 ? utc : spec.time_zones[static_cast<std::size_t>(cron.zone)];
    constexpr std::int64_t us_per_second = 1'000'000;
    const std::int64_t start = spec.start_unix_seconds * us_per_second;
    // A day shows the peak of nearly every schedule; what fires less often is seen where the run is longer.
    const std::int64_t end = start + std::max(horizon, sim::Duration::days(1)).us();
    constexpr std::int64_t most_looked_at = 200'000;
    std::deque<std::int64_t> within;
    std::int64_t peak = 0;
    std::int64_t at = start - 1;
    for (std::int64_t i = 0; i < most_looked_at; ++i) {
        const auto next = next_activation(cron.schedule, zone, at);
        if (!next || *next >= end) break;
        at = *next;
        within.push_back(at);
        while (within.front() <= at - length.us()) within.pop_front();
        peak = std::max(peak, static_cast<std::int64_t>(within.size()));
    }
    return cron.concurrency == ConcurrencyPolicy::allow ? peak : std::min<std::int64_t>(peak, 1);
}

}  // namespace eks::sizing

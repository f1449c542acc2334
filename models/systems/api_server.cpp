#include "models/systems/api_server.hpp"

#include <algorithm>

namespace eks {

sim::Duration write_latency(const Spec& spec, const World& world) {
    sim::Duration latency = spec.latencies.api_write;
    for (const ActiveFault& active : world.faults) {
        if (active.kind == FaultKind::api_server_slow) latency = latency * spec.timeline[active.action].fault.factor;
    }
    return latency;
}

CallPace control_plane_pace(const Spec& spec, const World& world, ClientLimit limit, sim::Time now) {
    std::int32_t clients = world.scheduler.calls.used_until > now ? 1 : 0;
    for (const CallBudget& calls : world.controller_calls) clients += calls.used_until > now ? 1 : 0;
    const std::int32_t share = workload_high_seats(spec.latencies.api_seats) / std::max(clients, 1);
    return pace_within(limit, std::max(share, 1), write_latency(spec, world));
}

}  // namespace eks

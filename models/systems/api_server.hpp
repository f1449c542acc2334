// How fast the API server takes the calls of the control plane's own clients: the client's limit, the latency of a call
// and the seats of their priority level (CLIENT-1 to CLIENT-3, SLO-2, APF-1), in closed form.
//
// A call holds a seat for as long as it lasts. The scheduler and the controllers share the seats of one level, fairly
// among those that have calls to make; when their calls take long, the seats and no longer the client's own limit are
// what the calls wait for. Kubelets have levels of their own, which nothing here fills.
//
// Left out: the 429 of a full queue, after which the client asks again, so that the call waits as long in the end.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// A client's limit as durations: the time that a call uses of the rate, and how far ahead of now the calls may be.
struct CallPace {
    sim::Duration interval;
    sim::Duration ahead;
};
constexpr CallPace pace_of(ClientLimit limit) {
    const sim::Duration interval = sim::Duration::microseconds(1'000'000 / limit.queries_per_second);
    return {interval, interval * (limit.burst - 1)};
}

// APF-1: workload-high has 40 of 245 shares.
constexpr std::int32_t workload_high_seats(std::int32_t seats) { return (seats * 40 + 244) / 245; }

// Of a client that may have so many seats, when a call lasts so long.
constexpr CallPace pace_within(ClientLimit limit, std::int32_t seats, sim::Duration call) {
    const CallPace own = pace_of(limit);
    const sim::Duration interval = sim::Duration::microseconds(call.us() / seats);
    return interval > own.interval ? CallPace{interval, interval * (seats - 1)} : own;
}

// How long a write takes now.
sim::Duration write_latency(const Spec& spec, const World& world);

// The pace of the scheduler or of a controller now.
CallPace control_plane_pace(const Spec& spec, const World& world, ClientLimit limit, sim::Time now);

}  // namespace eks

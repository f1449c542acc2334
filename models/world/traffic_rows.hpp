// The traffic as it is now. Doubles, as rates and averages are; a steady state between changes.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace eks {

// By Traffic::classes.
struct TrafficClassState {
    std::uint32_t point = 0;   // of its rate that is in force
    sim::Time round;           // at which its rate began to go round this time
    double wanted = 0;         // requests a second, without those sent again
    double failing_share = 0;  // of them, when all has been tried
    double across_zones = 0;   // share of its requests that goes to another zone
    friend bool operator==(const TrafficClassState&, const TrafficClassState&) = default;
};

// By Traffic::servers.
struct TrafficServerState {
    double per_second = 0;   // requests to all its pods, those sent again included
    double messages = 0;     // a second, of queues
    double cpu_seconds = 0;  // that requests ask of one pod in a second
    double message_cores = 0;
    double answered_share = 1;
    double seconds = 0;  // mean time in a pod
    double cores = 0;    // that one ready pod uses
    Bytes memory = 0;    // likewise
    Bytes message_memory = 0;
    std::int32_t pods = 0;   // ready ones that answer
    std::int32_t shown = 0;  // ready ones, as far as anybody knows
    // Core-seconds that a pod would have used that had been ready from the start of the run until `as_of`: a kubelet's
    // counter, less the pod's own start. What metrics-server sees is a difference of two of these (HPA-21).
    double core_seconds = 0;
    sim::Time as_of;
    bool is_due = true;  // pods have come or gone since they were counted
    friend bool operator==(const TrafficServerState&, const TrafficServerState&) = default;

    double core_seconds_at(sim::Time now) const { return core_seconds + cores * (now - as_of).in_seconds(); }
};

// By Traffic::queues. Between changes its length goes up or down evenly.
struct MessageQueueState {
    std::uint32_t point = 0;
    sim::Time round;
    double length = 0;  // at `as_of`
    double comes = 0;   // messages a second
    double goes = 0;
    sim::Time as_of;
    friend bool operator==(const MessageQueueState&, const MessageQueueState&) = default;

    double length_at(sim::Time now) const {
        const double then = length + (comes - goes) * (now - as_of).in_seconds();
        return then > 0 ? then : 0;
    }
};

// Bytes a second that cost something by where they go.
struct TransferState {
    double cross_zone = 0;  // between zones of the cluster
    double internet = 0;    // answers to callers from outside
    // By BalancerKind: through load balancers, both ways, or as many as their connections cost.
    std::array<double, 3> balanced{};
    friend bool operator==(const TransferState&, const TransferState&) = default;
};

struct TrafficState {
    std::vector<TrafficClassState> classes;
    std::vector<TrafficServerState> servers;
    std::vector<MessageQueueState> queues;
    TransferState transfer;
    bool is_look_due = false;
    std::uint32_t looks = 0;  // the serial number of the look at the queues that is due next
    friend bool operator==(const TrafficState&, const TrafficState&) = default;
};

}  // namespace eks

// What agents of telemetry have scraped and not yet sent. Scrapes are no events: between changes all rates are
// constant.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/telemetry.hpp"
#include "models/world/ids.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// Samples of a log that were scraped evenly within a time.
struct LogSpan {
    sim::Time begins;
    sim::Time ends;
    std::int64_t micro = 0;  // millionths of samples
    friend bool operator==(const LogSpan&, const LogSpan&) = default;
};
using LogSpans = std::vector<LogSpan>;  // by their beginnings

struct TimeSpan {
    sim::Time begins;
    sim::Time ends;  // is no part of it
    friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};
using TimeSpans = std::vector<TimeSpan>;  // apart, and in order
// Before all that a run knows of.
inline constexpr sim::Time since_ever = sim::Time::at(sim::Duration::days(-36'500));

// A pod of an agent with its write-ahead log; or the log alone, on a volume that waits for its next pod.
struct AgentPod {
    std::uint32_t agent = 0;    // into Telemetry::agents
    PodId pod;                  // none: gone
    NodeId node;                // where it is, or was
    std::uint32_t replica = 0;  // what its name ends in
    WalVolume volume = WalVolume::container;
    bool is_up = false;
    std::uint8_t restarts_in_series = 0;  // of a sidecar, by its kubelet (KUBELET-37)
    std::int32_t rejected_ppm = 0;        // of what it sends, what the backend has already
    sim::Time down_until;  // of a sidecar whose container has crashed; never: its node's kubelet does not act
    sim::Time up_since;
    sim::Time since;             // when what follows was worked out
    std::int64_t in_milli = 0;   // samples a second that it scrapes, in thousandths
    std::int64_t out_milli = 0;  // that it sends
    LogSpans log;                // what is not sent
    // When it has scraped nothing of what it should have, or lost it unsent; without an end while it is not up.
    TimeSpans missing{{since_ever, sim::Time::never()}};
    friend bool operator==(const AgentPod&, const AgentPod&) = default;
};

// What has been told of an agent, over all its pods: rates in thousandths of samples a second.
struct AgentLevels {
    std::int64_t in_milli = 0;
    std::int64_t sent_milli = 0;
    std::int64_t rejected_milli = 0;
    std::int64_t missed_milli = 0;  // of pods that nobody scrapes, though it should before other agents
    std::int64_t unsent_milli = 0;  // samples
    std::int64_t unobserved = 0;    // these pods
    friend bool operator==(const AgentLevels&, const AgentLevels&) = default;
};

struct TelemetryState {
    bool is_due = false;  // to be worked out anew in this instant
    sim::Time looks_at = sim::Time::never();
    std::vector<AgentPod> pods;     // in the order in which they came up
    std::vector<AgentLevels> told;  // by Telemetry::agents; empty without any
    friend bool operator==(const TelemetryState&, const TelemetryState&) = default;
};

}  // namespace eks

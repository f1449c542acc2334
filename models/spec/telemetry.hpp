// What a scenario says of telemetry: agents that scrape pods and send what they have scraped to a backend. What agents
// cost is their workloads' requests, like anybody's; here is what they see and what they can lose.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

// Which of its targets a pod of an agent scrapes.
enum class ScrapeScope : std::uint8_t {
    all,       // each of them, as if it were alone
    own_node,  // those on its node
    own_pod,   // the pod that it is a sidecar of
    shared,    // the agents share them out among those that are up, as a cluster of Grafana Alloy does
};

// Where the write-ahead log of an agent lies, which decides what it outlives.
enum class WalVolume : std::uint8_t {
    container,   // its own file system: not even the end of the container
    empty_dir,   // that, but not the end of the pod
    host_path,   // the end of the pod, but not that of the node
    persistent,  // that too
};

// Pods that an agent scrapes: one endpoint each, or the sum of several.
struct ScrapeTarget {
    WorkloadIx pods;
    sim::Duration interval;
    std::int64_t samples = 0;  // of one pod in one scrape
    friend bool operator==(const ScrapeTarget&, const ScrapeTarget&) = default;
};

struct TelemetryAgent {
    WorkloadIx pods;
    ScrapeScope scope = ScrapeScope::all;
    std::string container;  // of a sidecar: the one that is the agent
    std::vector<ScrapeTarget> targets;
    WalVolume volume = WalVolume::container;
    sim::Duration batch = sim::Duration::seconds(5);   // how long samples wait until a batch of them is sent
    sim::Duration keeps = sim::Duration::hours(2);     // older samples leave the log, sent or not
    std::int64_t sends_milli_per_second = 20'000'000;  // at most, in thousandths of samples
    std::int32_t cut_ppm = 100'000;  // of what was not sent: lost where a log that was left open is repaired
    friend bool operator==(const TelemetryAgent&, const TelemetryAgent&) = default;
};

struct Telemetry {
    std::vector<TelemetryAgent> agents;
    friend bool operator==(const Telemetry&, const Telemetry&) = default;
};

}  // namespace eks

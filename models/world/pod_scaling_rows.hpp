// What those who scale pods remember, and what they can look back on.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/sized_template.hpp"
#include "models/world/advice_rows.hpp"
#include "models/world/scaler_policy.hpp"
#include "models/world/vertical_rows.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace eks::hpa {

// What the controller remembers of a HorizontalPodAutoscaler; the order is that of storage.
struct Recommendation {
    std::int32_t replicas = 0;
    std::int64_t at_us = 0;
    friend bool operator==(const Recommendation&, const Recommendation&) = default;
};

struct ScaleEvent {
    std::int32_t change = 0;
    std::int64_t at_us = 0;
    friend bool operator==(const ScaleEvent&, const ScaleEvent&) = default;
};

struct Memory {
    std::optional<std::vector<Recommendation>> recommendations;  // none: seen for the first time
    std::vector<ScaleEvent> up;
    std::vector<ScaleEvent> down;
    friend bool operator==(const Memory&, const Memory&) = default;
};

}  // namespace eks::hpa

namespace eks {

// A traffic server from an instant on, until the next one of its row: what counters stood at, and how they grow.
struct ServerPast {
    sim::Time at;
    double core_seconds = 0;  // of one pod, see TrafficServerState
    double cores = 0;
    double requests = 0;  // that all its pods have got since the run began
    double per_second = 0;
    double requests_of_pod = 0;  // that one pod would have got
    double per_second_of_pod = 0;
    Bytes memory = 0;
    friend bool operator==(const ServerPast&, const ServerPast&) = default;
};

// A queue likewise.
struct QueuePast {
    sim::Time at;
    double length = 0;
    double growth = 0;     // messages a second
    double in_flight = 0;  // that are being worked on
    friend bool operator==(const QueuePast&, const QueuePast&) = default;
};

// The scrapes of metrics-server, as a clock: nothing happens when it ticks.
struct MetricsServerState {
    bool serves = false;        // a pod of it is ready
    std::int64_t first_us = 0;  // its first scrape, which may lie before the run
    friend bool operator==(const MetricsServerState&, const MetricsServerState&) = default;
};

// The links of a metric's chain: clocks, like the scrapes above, and whether they were there.
struct ChainLinkState {
    bool is_up = false;         // a pod of it is ready
    sim::Time changed_at;       // since then, and before it was the other way round
    std::int64_t first_us = 0;  // its first renewal, which may lie before the run
    friend bool operator==(const ChainLinkState&, const ChainLinkState&) = default;
};

// The three conditions that a HorizontalPodAutoscaler always shows.
enum class Shown : std::uint8_t { unset, is_false, is_true };

struct HorizontalScalerState {
    hpa::Memory memory;
    std::int32_t current = 0;  // its status, as it last wrote it
    std::int32_t desired = 0;
    bool was_scaled_to_zero = false;
    Shown able_to_scale = Shown::unset;
    Shown scaling_active = Shown::unset;
    Shown scaling_limited = Shown::unset;
    std::uint32_t serial = 0;  // of the sync that is scheduled
    bool sleeps = false;       // none is: it would find what it found last
    sim::Time last_sync;
    sim::Time changed_at;  // when something that it looks at was last another thing than before
    ScalerPolicy policy;   // that decides in its place
    friend bool operator==(const HorizontalScalerState&, const HorizontalScalerState&) = default;
};

// An object of KEDA.
struct ScaledState {
    std::optional<std::int64_t> last_active_us;
    std::vector<std::int64_t> values_milli;  // by its triggers, at the last poll
    std::vector<std::uint8_t> are_active;    // likewise
    std::vector<std::int32_t> failures;      // likewise: of what the HPA asked, one after the other (KEDA-8)
    std::uint32_t serial = 0;
    bool sleeps = false;
    sim::Time last_poll;
    sim::Time changed_at;
    friend bool operator==(const ScaledState&, const ScaledState&) = default;
};

struct PodScalingState {
    MetricsServerState metrics_server;
    std::vector<HorizontalScalerState> horizontal;  // by PodScaling::horizontal
    std::vector<ScaledState> objects;               // by PodScaling::objects
    std::vector<VerticalScalerState> vertical;      // by PodScaling::vertical
    std::vector<std::vector<ContainerSize>>
        proportional_vertical;                     // by PodScaling::proportional_vertical: what each has set last
    std::vector<sim::Time> ready_since;            // by slot of the pod: when its Ready last became another
    std::vector<std::vector<ServerPast>> servers;  // by Traffic::servers, as far back as anybody looks
    std::vector<std::vector<QueuePast>> queues;    // by Traffic::queues
    AdviceState advice;                            // empty where none is asked for
    std::vector<ChainLinkState> chain_links;       // by PodScaling::chains, those of one after the other
    friend bool operator==(const PodScalingState&, const PodScalingState&) = default;
};

}  // namespace eks

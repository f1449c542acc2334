// What a HorizontalPodAutoscaler says, with the API's defaults filled in (HPA-2). Its decisions are in
// systems/autoscaling/hpa/, as functions of these.
//
// Amounts are thousandths, those of memory too, as the controller counts them; times are microseconds.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/cron_schedule.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eks::hpa {

enum class MetricSource : std::uint8_t { resource, container_resource, pods, object, external };
enum class TargetKind : std::uint8_t { utilization, average_value, value };

struct Metric {
    MetricSource source = MetricSource::resource;
    TargetKind target_kind = TargetKind::utilization;
    bool is_cpu = false;      // a resource metric of cpu: samples of pods that start do not count (HPA-5)
    std::int64_t target = 0;  // per cent of the requests, else thousandths; positive
    friend bool operator==(const Metric&, const Metric&) = default;
};

// HPA-12: how far the ratio may be from one.
struct Tolerances {
    double down = 0.1;
    double up = 0.1;

    bool keep(double ratio) const { return 1.0 - down <= ratio && ratio <= 1.0 + up; }
    friend bool operator==(const Tolerances&, const Tolerances&) = default;
};

struct Policy {
    bool is_percent = false;
    std::int32_t value = 0;
    std::int64_t period_us = 0;
    friend bool operator==(const Policy&, const Policy&) = default;
};

enum class PolicySelect : std::uint8_t { max, min, disabled };

// What `behavior` says of one direction.
struct ScalingRules {
    std::optional<std::int64_t> window_us;  // none for the way down: the controller's flag
    PolicySelect select = PolicySelect::max;
    std::vector<Policy> policies;
    friend bool operator==(const ScalingRules&, const ScalingRules&) = default;
};

// HPA-2: what a part that is missing in a `behavior` is filled with.
inline ScalingRules default_rules_up() {
    return {0, PolicySelect::max, {{false, 4, 15'000'000}, {true, 100, 15'000'000}}};
}
inline ScalingRules default_rules_down() { return {std::nullopt, PolicySelect::max, {{true, 100, 15'000'000}}}; }

struct Behavior {
    ScalingRules up;
    ScalingRules down;
    friend bool operator==(const Behavior&, const Behavior&) = default;
};

struct Autoscaler {
    std::int32_t least = 1;
    std::int32_t most = 1;
    std::vector<MetricSource> metrics;
    std::optional<Behavior> behavior;
    std::int64_t downscale_window_us = 300'000'000;  // HPA-1
    friend bool operator==(const Autoscaler&, const Autoscaler&) = default;
};

}  // namespace eks::hpa

namespace eks {

// What stands behind a metric that somebody scales by.
enum class FeedKind : std::uint8_t {
    nothing,   // nobody says what it is: the metrics API has no such thing
    usage,     // of the pods, by metrics-server
    requests,  // a second, that traffic servers get
    queue,     // messages of a queue
    cron,      // a number within a time of day (KEDA-9)
    formula,   // what a ScaledObject makes of its triggers (KEDA-2)
};

struct CronWindow {
    CronSchedule start;
    CronSchedule end;
    std::int32_t zone = -1;  // into Spec::time_zones; -1 is UTC
    std::int64_t replicas = 0;
    friend bool operator==(const CronWindow&, const CronWindow&) = default;
};

struct Feed {
    FeedKind kind = FeedKind::nothing;
    std::vector<std::uint32_t> servers;  // into Traffic::servers, by position
    std::uint32_t queue = 0;             // into Traffic::queues
    bool counts_in_flight = false;       // messages that are being worked on, too (KEDA-9)
    // Lag counts for so many consumers at most, each with what it is told to have; 0: it is not held (KEDA-9).
    std::int32_t partitions = 0;
    CronWindow cron;
    sim::Duration delay;                             // how old what is answered is
    sim::Duration window;                            // a rate is the mean over so long; zero: it is that of the instant
    bool allows_idle_consumers = false;              // of Kafka: the lag is not held (KEDA-9)
    bool is_limited_to_partitions_with_lag = false;  // likewise: held by those partitions alone
    std::int32_t chain = -1;                         // into PodScaling::chains, in place of the delay; -1: none
    friend bool operator==(const Feed&, const Feed&) = default;
};

struct ScalerMetric {
    hpa::Metric metric;
    std::string name;                   // "cpu", "http_requests_per_second"
    std::string container;              // of a ContainerResource metric
    std::int64_t activation_milli = 0;  // of a KEDA trigger (KEDA-2)
    std::string trigger;                // its type: "aws-sqs-queue"; empty in a HorizontalPodAutoscaler of the user's
    std::int32_t place = -1;            // of the trigger in its object
    bool is_cached = false;             // the value of KEDA's last poll is used (KEDA-6)
    Feed feed;
    friend bool operator==(const ScalerMetric&, const ScalerMetric&) = default;
};

struct HorizontalScaler {
    std::string namespace_name;
    std::string name;
    std::uint64_t stable_key = 0;  // owner in the keys of draws
    WorkloadIx target;
    bool is_ambiguous = false;  // another one scales the same pods (HPA-3)
    hpa::Autoscaler autoscaler;
    hpa::Tolerances tolerances;
    std::vector<ScalerMetric> metrics;
    std::int32_t scaled_object = -1;  // into PodScaling::objects: whose it is
    friend bool operator==(const HorizontalScaler&, const HorizontalScaler&) = default;
};

}  // namespace eks

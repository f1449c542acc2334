// The size that one metric of a HorizontalPodAutoscaler proposes (HPA-5 to HPA-12), as functions of plain values.
// Source: Kubernetes 1.37, pkg/controller/podautoscaler/replica_calculator.go and metrics/utilization.go.
//
// Amounts are thousandths, those of memory too, as the controller counts them; times are microseconds on any one clock.
#pragma once

#include "models/spec/horizontal_scaler.hpp"
#include "models/spec/unset_time.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace eks::hpa {

// --- what is asked, beside what the object says

struct Scale {
    std::int32_t spec_replicas = 0;
    std::int32_t status_replicas = 0;
};

// HPA-1: flags of the controller that the classes of pods depend on.
struct StartUp {
    std::int64_t cpu_initialization_us = 300'000'000;
    std::int64_t readiness_delay_us = 30'000'000;
};

// --- what is seen

enum class PodPhase : std::uint8_t { pending, running, succeeded, failed, unknown };
enum class ReadyCondition : std::uint8_t { absent, is_true, is_false, is_unknown };

struct PodView {
    PodPhase phase = PodPhase::running;
    bool is_terminating = false;
    ReadyCondition ready = ReadyCondition::absent;
    std::int64_t ready_since_us = year_one_us;  // its last transition, in either direction
    std::optional<std::int64_t> started_us;
};

struct Sample {
    std::int64_t value_milli = 0;
    std::int64_t at_us = year_one_us;
    std::int64_t window_us = 0;
};

// Why a metric proposes nothing.
enum class Fault : std::uint8_t {
    none,
    metrics_unavailable,
    no_pods,
    no_usable_samples,
    missing_request,
    container_not_found,
    zero_requests,
};

// What a pod requests of the metric's resource, or why that cannot be said. Only utilisation needs it.
struct PodRequest {
    std::int64_t milli = 0;
    Fault fault = Fault::none;
};

// What a sum of external values counts as that has run over; it is shown as it is, and not for each replica.
inline constexpr std::int64_t overflown_milli = std::numeric_limits<std::int64_t>::max();
std::int64_t sum_of_external(std::span<const std::int64_t> values_milli);

// What the metrics API answers.
struct Reading {
    bool has_failed = false;
    std::vector<std::optional<Sample>> samples;  // one for each pod of the selector, in the order of the pods
    std::vector<PodRequest> requests;            // likewise; may be empty where no utilisation is asked for
    std::vector<std::int64_t> strangers_milli;   // samples of pods that the selector does not match
    std::int64_t value_milli = 0;                // of an object, or the sum of an external metric
};

// --- the answer

// The metric's current value as the HPA's status shows it; only what the target is about is set.
struct CurrentValue {
    std::optional<std::int32_t> average_utilization;
    std::optional<std::int64_t> average_value_milli;
    std::optional<std::int64_t> value_milli;
    friend bool operator==(const CurrentValue&, const CurrentValue&) = default;
};

struct Proposal {
    std::int32_t replicas = 0;
    CurrentValue current;
    Fault fault = Fault::none;
    // That the size follows from: where pods without a sample or unready ones have their places in it (HPA-9), it is
    // not that of the current value. None: there are no replicas to divide by.
    std::optional<double> ratio = std::nullopt;
    std::int32_t missing = 0;  // pods without a sample
    std::int32_t unready = 0;  // whose sample does not count
    bool is_held = false;      // with them the ratio would turn around, so that nothing is changed
    friend bool operator==(const Proposal&, const Proposal&) = default;
};

Proposal proposal_of(const Metric& metric, const Reading& reading, std::span<const PodView> pods, const Scale& scale,
                     const Tolerances& tolerances, const StartUp& start_up, std::int64_t now_us);

}  // namespace eks::hpa

// What KEDA's scalers make of a queue, a topic, the time of day or a query (KEDA-9), as functions of plain values.
// Source: kedacore/keda 2.20, pkg/scalers. Left out: excludePersistentLag and ensureEvenDistributionOfPartitions of
// Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace eks::keda {

// A value as the metrics API passes it on: three decimals, and zero for what is negative or no finite number.
std::int64_t metric_milli(double value);
// The number that KEDA makes of it again: times a thousandth, which is itself rounded.
constexpr double number_of(std::int64_t milli) { return static_cast<double>(milli) * 1e-3; }

// --- Amazon SQS

struct SqsQueue {
    std::int64_t visible = 0;
    std::int64_t in_flight = 0;
    std::int64_t delayed = 0;
};
struct SqsSettings {
    std::int64_t target_length = 5;
    std::int64_t activation_length = 0;
    bool counts_in_flight = true;
    bool counts_delayed = false;
};
std::int64_t sqs_queue_length(const SqsQueue& queue, const SqsSettings& settings);

// --- Apache Kafka

struct KafkaSettings {
    std::int64_t lag_threshold = 10;
    std::int64_t activation_lag = 0;
    bool allows_idle_consumers = false;
    bool is_limited_to_partitions_with_lag = false;
};
// `lags`: of each partition. More consumers than partitions would have nothing to read, so the lag is held at what as
// many of them are told to have.
std::int64_t kafka_lag(std::span<const std::int64_t> lags, const KafkaSettings& settings);
// By the whole lag, not the one that is held.
bool is_kafka_active(std::span<const std::int64_t> lags, const KafkaSettings& settings);

// --- cron

// `last_start_us`, `last_end_us`: the latest instants of the two schedules at or before now; none: there was none yet.
bool is_within_cron(std::optional<std::int64_t> last_start_us, std::optional<std::int64_t> last_end_us);

}  // namespace eks::keda

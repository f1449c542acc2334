#include "models/systems/autoscaling/keda/scalers.hpp"

#include <algorithm>
#include <cmath>

namespace eks::keda {

std::int64_t metric_milli(double value) {
    constexpr double milli = 1000;
    constexpr double most = 9.2e18;
    if (!std::isfinite(value) || value < 0) return 0;
    return static_cast<std::int64_t>(std::min(std::nearbyint(value * milli), most));
}

std::int64_t sqs_queue_length(const SqsQueue& queue, const SqsSettings& settings) {
    return queue.visible + (settings.counts_in_flight ? queue.in_flight : 0) +
           (settings.counts_delayed ? queue.delayed : 0);
}

std::int64_t kafka_lag(std::span<const std::int64_t> lags, const KafkaSettings& settings) {
    std::int64_t lag = 0;
    std::int64_t with_lag = 0;
    for (const std::int64_t of_partition : lags) {
        lag += of_partition;
        with_lag += of_partition > 0 ? 1 : 0;
    }
    if (settings.allows_idle_consumers && !settings.is_limited_to_partitions_with_lag) return lag;
    const std::int64_t consumers =
        settings.is_limited_to_partitions_with_lag ? with_lag : static_cast<std::int64_t>(lags.size());
    return lag / settings.lag_threshold > consumers ? consumers * settings.lag_threshold : lag;
}

bool is_kafka_active(std::span<const std::int64_t> lags, const KafkaSettings& settings) {
    std::int64_t lag = 0;
    for (const std::int64_t of_partition : lags) lag += of_partition;
    return lag > settings.activation_lag;
}

bool is_within_cron(std::optional<std::int64_t> last_start_us, std::optional<std::int64_t> last_end_us) {
    return last_start_us && (!last_end_us || *last_start_us > *last_end_us);
}

}  // namespace eks::keda

// What KEDA's scalers make of what they read (KEDA-9).
#include "models/systems/autoscaling/keda/scalers.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace eks::keda {
namespace {

using Lags = std::vector<std::int64_t>;

TEST(KedaMetric, KeepsThreeDecimalsAndNothingBelowZero) {
    EXPECT_EQ(metric_milli(1.2344), 1234);
    EXPECT_EQ(metric_milli(1.2346), 1235);
    EXPECT_EQ(metric_milli(-1), 0);
    EXPECT_EQ(metric_milli(std::numeric_limits<double>::quiet_NaN()), 0);
    EXPECT_EQ(metric_milli(std::numeric_limits<double>::infinity()), 0);
}

TEST(KedaSqs, CountsWhatIsInFlightByDefault) {
    EXPECT_EQ(sqs_queue_length({10, 4, 2}, {}), 14);
    EXPECT_EQ(sqs_queue_length({10, 4, 2}, {.counts_in_flight = false}), 10);
    EXPECT_EQ(sqs_queue_length({10, 4, 2}, {.counts_delayed = true}), 16);
    EXPECT_EQ(SqsSettings{}.target_length, 5);
}

TEST(KedaKafka, NoMoreConsumersThanPartitionsAreWanted) {
    EXPECT_EQ(kafka_lag(Lags{10, 15}, {}), 25);  // 25 / 10 is 2, no more than the partitions
    EXPECT_EQ(kafka_lag(Lags{20, 15}, {}), 20);
    EXPECT_EQ(kafka_lag(Lags{20, 15}, {.allows_idle_consumers = true}), 35);
    EXPECT_EQ(kafka_lag(Lags{35, 0}, {.allows_idle_consumers = true, .is_limited_to_partitions_with_lag = true}), 10);
}

TEST(KedaKafka, IsActiveAboveItsThreshold) {
    EXPECT_FALSE(is_kafka_active(Lags{0, 0}, {}));
    EXPECT_TRUE(is_kafka_active(Lags{0, 1}, {}));
    EXPECT_FALSE(is_kafka_active(Lags{2, 3}, {.activation_lag = 5}));
}

TEST(KedaCron, IsWithinFromTheStartUpToTheEnd) {
    EXPECT_TRUE(is_within_cron(100, 50));
    EXPECT_FALSE(is_within_cron(50, 100));
    EXPECT_TRUE(is_within_cron(100, {}));
    EXPECT_FALSE(is_within_cron({}, 100));
    EXPECT_FALSE(is_within_cron({}, {}));
}

}  // namespace
}  // namespace eks::keda

#include "models/scenario/kubernetes/keda_triggers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace eks {
namespace {

constexpr std::int64_t milli = 1000;

// A scaler that counts messages: its fields, and what it aims at where they say nothing. KEDA 2.20, pkg/scalers.
struct QueueScaler {
    std::string_view type;
    std::string_view target;
    std::int64_t target_default = 0;  // 0: it has to be said
    std::string_view activation;
    std::array<std::string_view, 3> names;  // fields that name the queue
};
constexpr std::array<QueueScaler, 16> queue_scalers{{
    {"aws-sqs-queue", "queueLength", 5, "activationQueueLength", {"queueURL", "queueURLFromEnv", ""}},
    {"kafka", "lagThreshold", 10, "activationLagThreshold", {"topic", "consumerGroup", ""}},
    {"apache-kafka", "lagThreshold", 10, "activationLagThreshold", {"topic", "consumerGroup", ""}},
    {"rabbitmq", "value", 20, "activationValue", {"queueName", "", ""}},
    {"redis", "listLength", 5, "activationListLength", {"listName", "", ""}},
    {"redis-cluster", "listLength", 5, "activationListLength", {"listName", "", ""}},
    {"redis-streams", "pendingEntriesCount", 5, "activationLagCount", {"stream", "consumerGroup", ""}},
    {"aws-kinesis-stream", "shardCount", 2, "activationShardCount", {"streamName", "", ""}},
    {"nats-jetstream", "lagThreshold", 10, "activationLagThreshold", {"stream", "consumer", ""}},
    {"activemq", "targetQueueSize", 10, "activationTargetQueueSize", {"destinationName", "", ""}},
    {"artemis-queue", "queueLength", 10, "activationQueueLength", {"queueName", "", ""}},
    {"ibmmq", "queueDepth", 20, "activationQueueDepth", {"queueName", "", ""}},
    {"azure-servicebus", "messageCount", 5, "activationMessageCount", {"queueName", "topicName", "subscriptionName"}},
    {"azure-queue", "queueLength", 5, "activationQueueLength", {"queueName", "", ""}},
    {"gcp-pubsub", "value", 10, "activationValue", {"subscriptionName", "topicName", ""}},
    {"beanstalkd", "value", 0, "activationValue", {"tube", "", ""}},
}};

class TriggerReader {
  public:
    TriggerReader(ScenarioBuilder& builder, ReadTriggers& triggers) : builder_(builder), triggers_(triggers) {}

    void read(const Reader& entry) {
        if (!entry.expect_map()) return;
        const auto type_at = entry.required("type");
        const auto metadata = entry.required("metadata");
        const auto type = type_at ? type_at->text() : std::nullopt;
        if (!type || !metadata || !metadata->expect_map()) return;
        ScalerMetric metric;
        metric.trigger = *type;
        metric.place = static_cast<std::int32_t>(triggers_.metrics.size());
        metric.name = fmt::format("s{}-{}", metric.place, *type);
        metric.metric = {hpa::MetricSource::external, hpa::TargetKind::average_value, false, 0};
        metric.is_cached = entry.boolean("useCachedMetrics").value_or(false);
        const auto metric_type_at = entry.member("metricType");
        const std::string metric_type = metric_type_at ? metric_type_at->text().value_or("") : std::string();
        if (metric_type == "Value") metric.metric.target_kind = hpa::TargetKind::value;
        if (*type == "cpu" || *type == "memory") {
            if (!read_resource(*metadata, metric_type, metric)) return;
        } else if (*type == "cron") {
            if (!read_cron(*metadata, metric)) return;
        } else if (!read_external(entry, *metadata, metric)) {
            return;
        }
        const auto name_at = entry.member("name");
        const std::string name = name_at ? name_at->text().value_or("") : std::string();
        if (!name.empty() && std::ranges::find(triggers_.names, name, &FormulaTrigger::name) != triggers_.names.end())
            name_at->complain(Rule::duplicate_name,
                              fmt::format("{}: two triggers have the name {}", name_at->title(), name),
                              "KEDA refuses it; give each a name of its own");
        triggers_.names.push_back(
            {name, static_cast<std::uint32_t>(metric.place), metric.feed.kind == FeedKind::usage});
        triggers_.metrics.push_back(std::move(metric));
    }

  private:
    // KEDA takes texts and numbers alike.
    static std::optional<std::int64_t> number(const Reader& metadata, std::string_view key, QuantityUnit unit) {
        const auto at = metadata.member(key);
        return at ? at->quantity(unit) : std::nullopt;
    }

    static bool expect_target(const Reader& metadata, std::string_view key, std::int64_t target) {
        if (target > 0) return true;
        metadata.complain(Rule::missing_field,
                          fmt::format("{} has no {} above 0, by which the trigger scales", metadata.title(), key));
        return false;
    }

    static bool read_resource(const Reader& metadata, std::string metric_type, ScalerMetric& metric) {
        if (metric_type.empty()) metric_type = metadata.text("type").value_or("Utilization");
        metric.metric.source = hpa::MetricSource::resource;
        metric.metric.is_cpu = metric.trigger == "cpu";
        metric.metric.target_kind =
            metric_type == "AverageValue" ? hpa::TargetKind::average_value : hpa::TargetKind::utilization;
        const bool is_share = metric.metric.target_kind == hpa::TargetKind::utilization;
        metric.metric.target =
            number(metadata, "value", is_share ? QuantityUnit::whole : QuantityUnit::milli).value_or(0);
        if (const auto container = metadata.text("containerName")) {
            metric.metric.source = hpa::MetricSource::container_resource;
            metric.container = *container;
        }
        metric.name = metric.trigger;
        metric.feed.kind = FeedKind::usage;
        return expect_target(metadata, "value", metric.metric.target);
    }

    bool read_cron(const Reader& metadata, ScalerMetric& metric) {
        CronWindow& window = metric.feed.cron;
        const auto read_schedule = [&](std::string_view key, CronSchedule& into) {
            const auto at = metadata.required(key);
            const auto text = at ? at->text() : std::nullopt;
            if (!text) return false;
            const ParsedCron parsed = parse_cron(*text);
            if (parsed.ok()) {
                into = parsed.schedule;
                return true;
            }
            at->complain(Rule::bad_cron, fmt::format("{} is {}, which is not a schedule", at->title(), *text),
                         std::string(advice(parsed.fault)));
            return false;
        };
        if (!read_schedule("start", window.start) || !read_schedule("end", window.end)) return false;
        const auto zone_at = metadata.required("timezone");
        const auto zone = zone_at ? zone_at->text() : std::nullopt;
        if (!zone) return false;
        const auto position = builder_.time_zone(*zone);
        if (!position) {
            zone_at->complain(
                Rule::unknown_time_zone,
                fmt::format("{} is {}, which is not a time zone that is known here", zone_at->title(), *zone),
                "use a name of the IANA database, such as Europe/London");
            return false;
        }
        window.zone = *position;
        window.replicas = number(metadata, "desiredReplicas", QuantityUnit::whole).value_or(0);
        metric.metric.target = milli;  // KEDA-9
        metric.feed.kind = FeedKind::cron;
        return expect_target(metadata, "desiredReplicas", window.replicas);
    }

    bool read_external(const Reader& entry, const Reader& metadata, ScalerMetric& metric) {
        const auto* const queue = std::ranges::find(queue_scalers, metric.trigger, &QueueScaler::type);
        MetricRequest request{entry};
        request.is_of_keda = true;
        request.metric = static_cast<std::uint32_t>(metric.place);
        request.name = metric.trigger;
        if (queue != queue_scalers.end())
            read_queue(metadata, *queue, request, metric);
        else
            read_query(metadata, request, metric);
        if (metric.metric.target == 0)
            return expect_target(metadata, queue != queue_scalers.end() ? queue->target : "threshold", 0);
        triggers_.requests.push_back(std::move(request));
        return true;
    }

    static void read_queue(const Reader& metadata, const QueueScaler& queue, MetricRequest& request,
                           ScalerMetric& metric) {
        const QuantityUnit unit = QuantityUnit::milli;
        metric.metric.target = number(metadata, queue.target, unit).value_or(queue.target_default * milli);
        metric.activation_milli = number(metadata, queue.activation, unit).value_or(0);
        const bool counts_rate = metadata.text("mode") == "MessageRate";
        request.wants_queue = !counts_rate;
        if (metric.trigger == "aws-sqs-queue") {
            const auto in_flight = metadata.member("scaleOnInFlight");
            metric.feed.counts_in_flight = !in_flight || in_flight->scalar_as_text() != "false";
        }
        if (metric.trigger == "kafka" || metric.trigger == "apache-kafka") read_consumers(metadata, metric);
        for (const std::string_view key : queue.names) {
            const auto at = key.empty() ? std::nullopt : metadata.member(key);
            const auto text = at ? at->scalar_as_text() : std::nullopt;
            if (!text) continue;
            const std::size_t slash = text->rfind('/');  // of a URL
            request.called.push_back(slash == std::string::npos ? *text : text->substr(slash + 1));
        }
    }

    // KEDA-9: how much of the lag counts.
    static void read_consumers(const Reader& metadata, ScalerMetric& metric) {
        const auto is_true = [&](std::string_view key) {
            const auto at = metadata.member(key);
            return at && at->scalar_as_text() == "true";
        };
        metric.feed.allows_idle_consumers = is_true("allowIdleConsumers");
        metric.feed.is_limited_to_partitions_with_lag = is_true("limitToPartitionsWithLag");
        if (!metric.feed.is_limited_to_partitions_with_lag) return;
        metadata.warn(Rule::unused_setting,
                      fmt::format("{}: messages are spread evenly over the partitions here, so that "
                                  "limitToPartitionsWithLag holds nothing back",
                                  metadata.title()));
        if (metric.feed.allows_idle_consumers)
            metadata.complain_at_key(
                "limitToPartitionsWithLag", Rule::contradictory_fields,
                fmt::format("{} has both allowIdleConsumers and limitToPartitionsWithLag", metadata.title()),
                "KEDA refuses it; keep one of them");
        if (!metadata.has("topic"))
            metadata.complain_at_key("limitToPartitionsWithLag", Rule::missing_field,
                                     fmt::format("{} has limitToPartitionsWithLag and no topic", metadata.title()),
                                     "KEDA refuses it; name the topic");
    }

    // prometheus, datadog, cloudwatch and others, that say a number to aim at.
    static void read_query(const Reader& metadata, MetricRequest& request, ScalerMetric& metric) {
        for (const std::string_view key : {"threshold", "targetValue", "value", "targetMetricValue", "queryValue"}) {
            const auto target = metric.metric.target == 0 ? number(metadata, key, QuantityUnit::milli) : std::nullopt;
            if (target) metric.metric.target = *target;
        }
        for (const std::string_view key : {"activationThreshold", "activationTargetValue", "activationValue",
                                           "activationTargetMetricValue", "activationQueryValue"}) {
            if (const auto activation = number(metadata, key, QuantityUnit::milli))
                metric.activation_milli = *activation;
        }
        for (const std::string_view key : {"query", "metricName", "metric"}) {
            const auto at = metadata.member(key);
            const auto text = at ? at->scalar_as_text() : std::nullopt;
            if (!text) continue;
            request.called.push_back(*text);
            if (request.name == metric.trigger) request.name = *text;
        }
    }

    ScenarioBuilder& builder_;
    ReadTriggers& triggers_;
};

}  // namespace

ReadTriggers read_triggers(const Reader& spec, ScenarioBuilder& builder) {
    ReadTriggers triggers;
    TriggerReader reader(builder, triggers);
    const auto list = spec.required("triggers");
    if (!list) return triggers;
    for (const Reader& entry : list->items()) reader.read(entry);
    return triggers;
}

}  // namespace eks

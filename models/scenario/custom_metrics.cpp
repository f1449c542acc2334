#include "models/scenario/custom_metrics.hpp"

#include "models/scenario/derived_chain.hpp"
#include "models/scenario/keys.hpp"
#include "models/scenario/metric_chain.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/scenario/pod_scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace eks {
namespace {

constexpr std::string_view queue_prefix = "Queue/";
constexpr std::string_view service_prefix = "Service/";
constexpr std::int64_t partitions_most = 1'000'000;

// How late an adapter is where nobody says it: Prometheus scrapes each half minute, so that what it has is a quarter of
// a minute old on average, and takes rates over a minute or more. A guess.
constexpr sim::Duration default_delay = sim::Duration::seconds(15);
constexpr sim::Duration default_window = sim::Duration::seconds(60);

// An entry of the section.
struct Named {
    std::string pattern;
    bool is_queue = false;
    std::vector<std::uint32_t> servers;  // none: those of the autoscaler's target
    std::optional<std::uint32_t> queue;
    std::optional<sim::Duration> delay;
    std::optional<sim::Duration> window;
    std::int32_t partitions = 0;
    std::int32_t chain = -1;  // into PodScaling::chains
};

std::string lower(std::string_view text) {
    std::string word(text);
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return word;
}

bool speaks_of(std::string_view name, std::initializer_list<std::string_view> words) {
    const std::string text = lower(name);
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool speaks_of_requests(std::string_view name) { return speaks_of(name, {"request", "rps", "qps", "hits", "rpm"}); }
bool speaks_of_queues(std::string_view name) {
    return speaks_of(name, {"queue", "message", "backlog", "lag", "pending", "depth"});
}

class Resolution {
  public:
    explicit Resolution(ScenarioBuilder& builder) : builder_(builder), traffic_(builder.spec.traffic) {}

    void read(const Reader& entry) {
        if (!entry.expect_map()) return;
        entry.refuse_unknown_members(keys::custom_metric);
        Named named;
        const auto name_at = entry.required("name");
        const auto means_at = entry.required("means");
        const auto name = name_at ? name_at->text() : std::nullopt;
        const auto means = means_at ? means_at->one_of({"requestsPerSecond", "queueLength"}) : std::nullopt;
        if (!name || !means) return;
        named.pattern = *name;
        named.is_queue = *means == 1;
        named.delay = entry.duration("delay");
        named.window = entry.duration("window");
        if (const auto count = entry.integer("partitions", 1, partitions_most))
            named.partitions = static_cast<std::int32_t>(*count);
        for (const std::string_view key : {"window", "partitions"}) {
            if (entry.has(key) && named.is_queue == (key == "window"))
                entry.complain_at_key(key, Rule::contradictory_fields,
                                      fmt::format("{} has {}, which goes with {}", entry.title(), key,
                                                  named.is_queue ? "requestsPerSecond" : "queueLength"));
        }
        if (const auto via = entry.member("via"); via && via->expect_map()) {
            if (named.delay)
                entry.complain_at_key("delay", Rule::contradictory_fields,
                                      fmt::format("{} has delay, which follows from via", entry.title()));
            named.chain = static_cast<std::int32_t>(builder_.spec.pod_scaling.chains.size());
            builder_.spec.pod_scaling.chains.push_back(read_metric_chain(*via, *name, builder_));
        }
        if (const auto of = entry.member("of"); of && !read_of(*of, named)) return;
        named_.push_back(std::move(named));
        places_.push_back(entry);
        used_.push_back(false);
    }

    void resolve(const MetricRequest& request) {
        PodScaling& scaling = builder_.spec.pod_scaling;
        ScalerMetric& metric = request.is_of_keda ? scaling.objects[request.owner].triggers[request.metric]
                                                  : scaling.horizontal[request.owner].metrics[request.metric];
        takes_guess_ = false;
        for (std::size_t i = 0; i < named_.size(); ++i) {
            if (!matches(named_[i], request)) continue;
            used_[i] = true;
            take(named_[i], request, metric);
            const bool says_how_late = named_[i].chain >= 0 || named_[i].delay;
            if (says_how_late || !go_by_adapter(request, metric, named_[i].window)) guesses_ = guesses_ || takes_guess_;
            return;
        }
        take_by_name(request, metric);
        if (!go_by_adapter(request, metric, std::nullopt)) guesses_ = guesses_ || takes_guess_;
    }

    void finish() {
        for (std::size_t i = 0; i < named_.size(); ++i) {
            if (!used_[i])
                places_[i].warn(Rule::unused_setting,
                                fmt::format("{}: no autoscaler asks for {}", places_[i].title(), named_[i].pattern));
        }
        if (guesses_)
            builder_.assume("customMetrics: how late an adapter answers",
                            fmt::format("{}, rates over {}", sim::to_text(default_delay), sim::to_text(default_window)),
                            "a guess: Prometheus with a scrape each 30 s");
    }

  private:
    bool read_of(const Reader& at, Named& named) {
        const auto text = at.text();
        if (!text) return false;
        if (text->starts_with(queue_prefix)) {
            named.queue = queue_named(std::string_view(*text).substr(queue_prefix.size()));
            if (named.queue && named.is_queue) return true;
            std::vector<std::string_view> known;
            for (const MessageQueue& queue : traffic_.queues) known.push_back(queue.name);
            at.complain(Rule::matches_nothing,
                        fmt::format("{} is {}, {}", at.title(), *text,
                                    named.is_queue ? "which is not a queue of `traffic`" : "which has no requests"),
                        did_you_mean(text->substr(queue_prefix.size()), known));
            return false;
        }
        if (named.is_queue) {
            at.complain(Rule::matches_nothing, fmt::format("{} is {}, which is no queue", at.title(), *text),
                        "such as Queue/orders");
            return false;
        }
        const std::vector<WorkloadIx> workloads =
            text->starts_with(service_prefix) ? behind_service(*text) : builder_.workloads_named_by(at);
        named.servers = servers_of(workloads);
        if (!named.servers.empty()) return true;
        if (text->starts_with(service_prefix) || !workloads.empty())
            at.complain(Rule::matches_nothing,
                        fmt::format("{} is {}, which gets no requests under `traffic`", at.title(), *text),
                        "say there who asks it");
        return false;
    }

    // "Service/shop/web"
    std::vector<WorkloadIx> behind_service(const std::string& title) const {
        for (const Service& service : builder_.spec.services) {
            if (fmt::format("Service/{}/{}", service.namespace_name, service.name) == title) return service.to;
        }
        return {};
    }

    std::vector<std::uint32_t> servers_of(const std::vector<WorkloadIx>& workloads) const {
        std::vector<std::uint32_t> servers;
        for (std::uint32_t i = 0; i < traffic_.servers.size(); ++i) {
            if (std::ranges::find(workloads, traffic_.servers[i].workload) != workloads.end()) servers.push_back(i);
        }
        return servers;
    }

    std::optional<std::uint32_t> queue_named(std::string_view name) const {
        for (std::uint32_t q = 0; q < traffic_.queues.size(); ++q) {
            if (traffic_.queues[q].name == name) return q;
        }
        return std::nullopt;
    }

    // A queue that the request names, or the one that the target works off.
    std::optional<std::uint32_t> queue_of(const MetricRequest& request) const {
        for (const std::string& name : request.called) {
            if (const auto queue = queue_named(name)) return queue;
        }
        for (std::uint32_t q = 0; q < traffic_.queues.size(); ++q) {
            if (request.name.find(traffic_.queues[q].name) != std::string::npos) return q;
        }
        for (std::uint32_t q = 0; q < traffic_.queues.size(); ++q) {
            if (traffic_.queues[q].workers == request.target && request.target.valid()) return q;
        }
        return std::nullopt;
    }

    static bool matches(const Named& named, const MetricRequest& request) {
        if (named.pattern == request.name || matches_wildcard(named.pattern, request.name)) return true;
        return std::ranges::any_of(request.called, [&](const std::string& name) { return name == named.pattern; });
    }

    std::vector<std::uint32_t> servers_by_request(const MetricRequest& request) const {
        if (request.described.starts_with(service_prefix)) {
            auto servers = servers_of(behind_service(request.described));
            if (!servers.empty()) return servers;
        }
        return servers_of({request.target});
    }

    void take(const Named& named, const MetricRequest& request, ScalerMetric& metric) {
        if (named.is_queue) {
            const auto queue = named.queue ? named.queue : queue_of(request);
            if (!queue) return warn_unknown(request);
            read_queue(*queue, request, metric);
            metric.feed.partitions = named.partitions;
        } else {
            const auto servers = named.servers.empty() ? servers_by_request(request) : named.servers;
            if (servers.empty()) return warn_unknown(request);
            read_requests(servers, request, metric);
        }
        if (named.delay) metric.feed.delay = *named.delay;
        if (named.chain >= 0) metric.feed.delay = sim::Duration::zero();
        metric.feed.chain = named.chain;
        if (named.window) metric.feed.window = *named.window;
    }

    // What the manifests say of prometheus-adapter, in place of the guess.
    bool go_by_adapter(const MetricRequest& request, ScalerMetric& metric, std::optional<sim::Duration> window) {
        const bool is_of_traffic = metric.feed.kind == FeedKind::requests || metric.feed.kind == FeedKind::queue;
        const auto derived = is_of_traffic ? derive_metric_chain(request, builder_) : std::nullopt;
        if (!derived) return false;
        metric.feed.delay = sim::Duration::zero();
        metric.feed.chain = derived->chain;
        if (metric.feed.kind == FeedKind::requests) metric.feed.window = window.value_or(derived->window);
        return true;
    }

    void take_by_name(const MetricRequest& request, ScalerMetric& metric) {
        const bool is_queue =
            request.wants_queue || (request.source == hpa::MetricSource::external && speaks_of_queues(request.name));
        if (is_queue) {
            if (const auto queue = queue_of(request)) return read_queue(*queue, request, metric);
        } else if (speaks_of_requests(request.name)) {
            const auto servers = servers_by_request(request);
            if (!servers.empty()) return read_requests(servers, request, metric);
        }
        warn_unknown(request);
    }

    // KEDA's scalers ask the queue itself; others go by an adapter.
    void read_queue(std::uint32_t queue, const MetricRequest& request, ScalerMetric& metric) {
        metric.feed.kind = FeedKind::queue;
        metric.feed.queue = queue;
        if (!request.is_of_keda) set_default_delay(metric.feed);
        metric.feed.window = sim::Duration::zero();
    }

    void read_requests(std::vector<std::uint32_t> servers, const MetricRequest& request, ScalerMetric& metric) {
        metric.feed.kind = FeedKind::requests;
        metric.feed.servers = std::move(servers);
        // Of a Pods metric, the target's own pods.
        if (request.source == hpa::MetricSource::pods) {
            std::erase_if(metric.feed.servers,
                          [&](std::uint32_t server) { return traffic_.servers[server].workload != request.target; });
            if (metric.feed.servers.empty()) {
                metric.feed = {};
                return warn_unknown(request);
            }
        }
        set_default_delay(metric.feed);
    }

    void set_default_delay(Feed& feed) {
        feed.delay = default_delay;
        feed.window = default_window;
        takes_guess_ = true;
    }

    static void warn_unknown(const MetricRequest& request) {
        request.at.warn(Rule::unknown_custom_metric,
                        fmt::format("{}: nothing here is known as {}, so that the metrics API has no answer",
                                    request.at.title(), request.name.empty() ? "that metric" : request.name),
                        "say under `customMetrics` what it means, such as {name: ..., means: requestsPerSecond, of: "
                        "Service/shop/web}");
    }

    ScenarioBuilder& builder_;
    const Traffic& traffic_;
    std::vector<Named> named_;
    std::vector<Reader> places_;
    std::vector<bool> used_;
    bool takes_guess_ = false;  // the metric at hand, unless the adapter's configuration is known
    bool guesses_ = false;
};

}  // namespace

void read_custom_metrics(const std::optional<Reader>& section, ScenarioBuilder& builder) {
    Resolution resolution(builder);
    if (section) {
        for (const Reader& entry : section->items()) resolution.read(entry);
    }
    if (builder.reading.diagnostics.has_errors()) return;
    for (const MetricRequest& request : builder.metric_requests) resolution.resolve(request);
    resolution.finish();
    finish_pod_scaling(builder);
}

}  // namespace eks

// A small cluster on paper for tests of metrics: two zones, two node groups, a workload of each kind that matters, and
// short ways to tell facts about them.
#pragma once

#include "models/metrics/expectations.hpp"
#include "models/metrics/metrics.hpp"
#include "models/metrics/summary.hpp"
#include "models/metrics/verdict.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eks::metrics_test {

inline sim::Time at(std::int64_t seconds) { return sim::Time::at(sim::Duration::seconds(seconds)); }
inline sim::Duration lasting(std::int64_t seconds) { return sim::Duration::seconds(seconds); }

inline constexpr WorkloadIx web{0};     // Deployment shop/web
inline constexpr WorkloadIx report{1};  // CronJob reports/report
inline constexpr WorkloadIx agent{2};   // DaemonSet kube-system/agent
inline constexpr NodeGroupIx workers{0};
inline constexpr NodeGroupIx batch{1};
inline constexpr NodeShapeIx worker_a{0};  // workers in eu-central-1a, 0.2 USD an hour
inline constexpr NodeShapeIx batch_b{1};   // batch in eu-central-1b, 0.36 USD an hour
inline constexpr SubnetIx subnet_a{0};
inline constexpr SubnetIx subnet_b{1};

inline PodId pod(std::uint32_t slot) { return {slot, 1}; }
inline NodeId node(std::uint32_t slot) { return {slot, 1}; }

inline Spec scene_spec() {
    Spec spec;
    spec.zones = {"eu-central-1a", "eu-central-1b"};
    spec.subnets.resize(2);
    spec.subnets[0].name = "private-a";
    spec.subnets[0].zone = ZoneIx{0};
    spec.subnets[1].name = "private-b";
    spec.subnets[1].zone = ZoneIx{1};
    spec.node_groups.resize(2);
    spec.node_groups[0].name = "workers";
    spec.node_groups[1].name = "batch";
    spec.shapes.resize(2);
    spec.shapes[0] = {};
    spec.shapes[0].group = workers;
    spec.shapes[0].zone = ZoneIx{0};
    spec.shapes[0].instance_type = "m5.xlarge";
    spec.shapes[0].price_per_hour_micro_usd = 200'000;
    spec.shapes[1].group = batch;
    spec.shapes[1].zone = ZoneIx{1};
    spec.shapes[1].instance_type = "c5.2xlarge";
    spec.shapes[1].price_per_hour_micro_usd = 360'000;
    spec.workloads.resize(3);
    spec.workloads[0].kind = WorkloadKind::deployment;
    spec.workloads[0].namespace_name = "shop";
    spec.workloads[0].name = "web";
    spec.workloads[1].kind = WorkloadKind::cron_job;
    spec.workloads[1].namespace_name = "reports";
    spec.workloads[1].name = "report";
    spec.workloads[2].kind = WorkloadKind::daemon_set;
    spec.workloads[2].namespace_name = "kube-system";
    spec.workloads[2].name = "agent";
    spec.registries.emplace_back();
    spec.images.resize(1);
    spec.images[0].name = "shop/web:1";
    return spec;
}

// A run of one hour with these expectations.
struct Scene {
    Scenario scenario;

    Scene() {
        scenario.spec = std::make_shared<const Spec>(scene_spec());
        scenario.run.duration = lasting(3600);
    }
    Scene& warm_up(std::int64_t seconds) {
        scenario.run.warm_up = lasting(seconds);
        return *this;
    }
    Scene& expect(std::string that, std::string when = "always") {
        ExpectationText text;
        text.name = "e" + std::to_string(scenario.expectations.size());
        text.that = std::move(that);
        text.when = std::move(when);
        text.that_place = Place{"shop.yaml", 7, 9};
        scenario.expectations.push_back(std::move(text));
        return *this;
    }
    const Spec& spec() const { return *scenario.spec; }
};

// Facts told one after the other, as the engine does.
struct Telling {
    const Spec& spec;
    Metrics metrics;

    explicit Telling(const Scene& scene) : spec(scene.spec()), metrics(scene.spec(), *plan_metrics(scene.scenario)) {}
    Telling& operator()(sim::Time now, const Fact& fact) {
        metrics.observe(spec, now, fact);
        return *this;
    }
    Metrics closed(std::int64_t end_seconds = 3600) const { return metrics.closed_at(spec, at(end_seconds)); }
};

// The summary of the series of a metric with these labels (a part of them is enough), or null.
inline const SeriesSummary* find_series(const std::vector<MetricSummary>& summaries, std::string_view metric,
                                        const LabelValues& labels) {
    for (const MetricSummary& summary : summaries) {
        if (summary.metric->name != metric) continue;
        for (const SeriesSummary& series : summary.series) {
            bool all = true;
            for (const auto& wanted : labels) {
                bool found = false;
                for (const auto& label : series.labels) found = found || label == wanted;
                all = all && found;
            }
            if (all) return &series;
        }
    }
    return nullptr;
}

}  // namespace eks::metrics_test

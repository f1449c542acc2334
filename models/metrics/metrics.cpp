#include "models/metrics/metrics.hpp"

#include "libsim/check.hpp"

#include <algorithm>
#include <utility>

namespace eks {

// --- the whole

Metrics::Metrics(const Spec& spec, std::shared_ptr<const MetricsPlan> plan) { start(spec, std::move(plan)); }

void Metrics::start(const Spec& spec, std::shared_ptr<const MetricsPlan> plan) {
    CHECK(plan != nullptr, "metrics need a plan");
    plan_ = std::move(plan);
    warm_up_ = plan_->warm_up;
    has_links_ = !plan_->links.empty();
    places_.assign(plan_->layout.size(), 0);
    nodes_of_group_.assign(spec.node_groups.size(), 0);
    endpoints_.assign(spec.cni_kind == CniKind::both ? spec.workloads.size() : 0, {});
    usages_.assign(spec.usages.empty() ? 0 : spec.workloads.size(), {});
    for (std::size_t i = 0; i < usages_.size(); ++i) {
        const Usage* usage = spec.usage_of(WorkloadIx::of(i));
        if (usage != nullptr && usage->follows_traffic)
            usages_[i].pods = 1;  // what is told of it is of all its pods together
        else if (usage != nullptr)
            usages_[i] = {0, usage->points.front().cpu_milli, usage->points.front().memory_bytes};
    }
    for (const GroupSeries& group : plan_->views) add_view(group, sim::Time::origin());
    timelines_.clear();
    for (const TimelineTitle& title : plan_->timelines.titles)
        timelines_.emplace_back(sim::Time::origin(), 0, title.buckets);
    start_costs(spec);
}

void Metrics::observe(const Spec& spec, sim::Time now, const Fact& fact) {
    if (!plan_) [[unlikely]]
        start(spec, plan_metrics(spec));
    if (now > now_) pass_to(now);
    std::visit([&](const auto& kind) { on(spec, kind); }, fact);
    if (now == sim::Time::origin()) totals_.nodes_at_start = totals_.nodes;
}

void Metrics::pass_to(sim::Time now) {
    if (now_ < warm_up_ && now >= warm_up_) pods_waited_ = pods_waiting_;
    if (first_cooling_ < cooling_.size() && cooling_[first_cooling_].free_at <= now) free_cooled(now);
    now_ = now;
}

Metrics Metrics::closed_at(const Spec& spec, sim::Time end) const {
    Metrics closed = *this;
    if (!closed.plan_) closed.start(spec, plan_metrics(spec));
    if (end > closed.now_) closed.pass_to(end);
    for (GaugeSeries& gauge : closed.gauges_) gauge.pass_to(end, closed.warm_up_, closed.times_);
    for (NodeSeries& node : closed.nodes_) {
        for (GaugeSeries& level : node.levels) level.pass_to(end, closed.warm_up_, closed.times_);
    }
    for (View& view : closed.views_) closed.pass_view(view);
    return closed;
}

// --- base series

void Metrics::change(std::uint32_t series, std::int64_t difference) {
    std::uint32_t& place = places_[series];
    if (place == 0) {
        gauges_.emplace_back();
        place = static_cast<std::uint32_t>(gauges_.size());
    }
    GaugeSeries& gauge = gauges_[place - 1];
    gauge.pass_to(now_, warm_up_, times_);
    gauge.value += difference;
    if (!timelines_.empty()) record(series, difference);
    if (!has_links_) return;
    for (const ViewLink link : plan_->links_of(series)) change_view(link, difference);
}

void Metrics::count(std::uint32_t series, std::int64_t events) {
    std::uint32_t& place = places_[series];
    if (place == 0) {
        counters_.push_back(0);
        place = static_cast<std::uint32_t>(counters_.size());
    }
    if (now_ >= warm_up_) counters_[place - 1] += events;
    if (!has_links_) return;
    for (const ViewLink link : plan_->links_of(series)) count_view(link, events);
}

void Metrics::sample(std::uint32_t series, std::int64_t value, std::int32_t times) {
    std::uint32_t& place = places_[series];
    if (place == 0) {
        samples_.emplace_back();
        place = static_cast<std::uint32_t>(samples_.size());
    }
    if (now_ >= warm_up_) samples_[place - 1].add(value, times, tallies_);
    if (!has_links_) return;
    for (const ViewLink link : plan_->links_of(series)) {
        // One by one: a limit may be broken by any of them.
        for (std::int32_t i = 0; i < times; ++i) sample_view(link, value);
    }
}

void Metrics::change_node(std::uint32_t node, NodeLevel level, std::int64_t difference) {
    NodeSeries& row = nodes_[node];
    const auto which = static_cast<std::size_t>(level);
    GaugeSeries& gauge = row.levels[which];
    gauge.pass_to(now_, warm_up_, times_);
    gauge.value += difference;
    if (!timelines_.empty() && level <= NodeLevel::cooling) record_addresses(row.shape, level, difference);
    for (std::uint32_t i = row.first_link[which]; i < row.first_link[which + 1]; ++i)
        change_view(node_links_[i], difference);
}

void Metrics::count_node(std::uint32_t node, NodeCount which, std::int64_t events) {
    NodeSeries& row = nodes_[node];
    const std::size_t link = node_level_count + static_cast<std::size_t>(which);
    if (now_ >= warm_up_) row.counts[static_cast<std::size_t>(which)] += events;
    for (std::uint32_t i = row.first_link[link]; i < row.first_link[link + 1]; ++i) count_view(node_links_[i], events);
}

// --- timelines

void Metrics::record(std::uint32_t series, std::int64_t difference) {
    for (const TimelineLink link : plan_->timelines.links_of(series))
        timelines_[link.timeline].add(now_, link.sign * difference);
}

void Metrics::record_addresses(NodeShapeIx shape, NodeLevel level, std::int64_t difference) {
    static_assert(static_cast<std::uint32_t>(NodeLevel::free) == 0 &&
                  static_cast<std::uint32_t>(NodeLevel::cooling) == 2);
    const auto state = static_cast<std::uint32_t>(level);
    timelines_[state].add(now_, difference);
    const std::uint32_t of_subnet = plan_->timelines.subnet_addresses[shape.value];
    if (of_subnet != TimelinePlan::no_timeline) timelines_[of_subnet + state].add(now_, difference);
}

// --- images, API server

void Metrics::on(const Spec& spec, const ImagePulledFact& fact) {
    count(series(Family::image_pulls, fact.image.value, 0), 1);
    count(series(Family::image_bytes, fact.image.value, fact.is_from_peer ? 1 : 0), fact.bytes);
    sample(series(Family::pull_time, fact.image.value, 0), fact.lasted.us());
    if (!fact.is_from_peer && knows(fact.node)) charge_pull(spec, nodes_[node_row(fact.node)].shape, fact.bytes);
}

void Metrics::on(const Spec&, const ImageDeletedFact& fact) {
    count(series(Family::images_deleted, fact.image.value, 0), 1);
}

void Metrics::on(const Spec&, const PodEvictedFact& fact) {
    count(series(Family::kubelet_evictions, fact.workload.value, static_cast<std::size_t>(fact.why)), 1);
}

void Metrics::on(const Spec&, const PodDisruptedFact& fact) {
    count(series(Family::disruptions, fact.workload.value, static_cast<std::size_t>(fact.why)), 1);
}

void Metrics::on(const Spec&, const OutOfMemoryFact& fact) {
    count(series(Family::out_of_memory, fact.workload.value, 0), 1);
}

void Metrics::on(const Spec&, const NodePressureFact& fact) {
    if (!knows(fact.node)) return;
    change_node(node_row(fact.node), fact.is_disk ? NodeLevel::disk_pressure : NodeLevel::memory_pressure, fact.change);
}

void Metrics::on(const Spec&, const ImagePullFailedFact& fact) {
    count(series(Family::image_failures, fact.image.value, static_cast<std::uint32_t>(fact.why)), 1);
}

void Metrics::on(const Spec&, const ApiCallFact& fact) {
    if (fact.client < api_client_count)
        sample(series(Family::client_wait, fact.client, 0), fact.waited.us(), fact.calls);
}

// --- a value

bool operator==(const Metrics& a, const Metrics& b) {
    const auto same_cooling = [&] {
        return std::equal(a.cooling_.begin() + static_cast<std::ptrdiff_t>(a.first_cooling_), a.cooling_.end(),
                          b.cooling_.begin() + static_cast<std::ptrdiff_t>(b.first_cooling_), b.cooling_.end());
    };
    return a.now_ == b.now_ && a.warm_up_ == b.warm_up_ && a.totals_ == b.totals_ &&
           a.pods_waiting_ == b.pods_waiting_ && a.pods_waited_ == b.pods_waited_ && a.places_ == b.places_ &&
           a.gauges_ == b.gauges_ && a.counters_ == b.counters_ && a.samples_ == b.samples_ && a.times_ == b.times_ &&
           a.tallies_ == b.tallies_ && a.nodes_ == b.nodes_ && a.row_of_node_ == b.row_of_node_ &&
           a.nodes_of_group_ == b.nodes_of_group_ && a.node_links_ == b.node_links_ && same_cooling() &&
           a.wait_of_pod_ == b.wait_of_pod_ && a.open_waits_ == b.open_waits_ && a.free_wait_ == b.free_wait_ &&
           a.endpoints_ == b.endpoints_ && a.usages_ == b.usages_ && a.payers_ == b.payers_ &&
           a.claims_made_ == b.claims_made_ && a.transfer_ == b.transfer_ && a.on_demand_ == b.on_demand_ &&
           a.covered_ == b.covered_ && a.views_ == b.views_ && a.leaf_values_ == b.leaf_values_;
}

namespace {

void hash_series(sim::Fingerprint& print, const GaugeSeries& gauge) {
    sim::hash_all(print, gauge.value, gauge.since, gauge.integral, gauge.least, gauge.greatest);
}

}  // namespace

void hash_into(sim::Fingerprint& print, const Metrics& metrics) {
    const RunTotals& totals = metrics.totals_;
    sim::hash_all(print, metrics.now_, metrics.warm_up_, totals.pods_created, totals.pods_placed, totals.pods_finished,
                  totals.pods_failed, totals.pods_unplaced, totals.nodes_at_start, totals.nodes, totals.nodes_max,
                  metrics.pods_waiting_, metrics.pods_waited_, metrics.places_, metrics.counters_,
                  metrics.nodes_of_group_);
    for (const GaugeSeries& gauge : metrics.gauges_) hash_series(print, gauge);
    for (const SampleSeries& samples : metrics.samples_)
        sim::hash_all(print, samples.sum, samples.count, samples.least, samples.greatest);
    hash_into(print, metrics.times_);
    hash_into(print, metrics.tallies_);
    for (const NodeSeries& node : metrics.nodes_) {
        sim::hash_all(print, node.id, node.name.group, node.name.ordinal, node.shape, node.state, node.has_left,
                      node.launched, node.left, node.counts);
        if (node.is_free_of_charge) sim::hash_all(print, node.is_free_of_charge);
        for (std::size_t i = 0; i < node.levels.size(); ++i) {
            // What nobody has asked of a node's network stays at zero.
            const bool is_asked = i < static_cast<std::size_t>(NodeLevel::network_cores) || node.levels[i].value != 0 ||
                                  node.levels[i].integral != 0;
            if (is_asked) hash_series(print, node.levels[i]);
        }
    }
    for (const std::uint8_t is_made : metrics.claims_made_) {
        if (is_made != 0) sim::hash_all(print, is_made);
    }
    for (std::size_t i = metrics.first_cooling_; i < metrics.cooling_.size(); ++i) {
        sim::hash_all(print, metrics.cooling_[i].free_at, metrics.cooling_[i].node);
    }
    for (const Metrics::Payer& payer : metrics.payers_) {
        if (payer.pods != 0) sim::hash_all(print, payer.pods, payer.core_hours, payer.gib_hours, payer.by_use);
    }
    for (const std::int64_t flow : {metrics.transfer_.cross_zone, metrics.transfer_.internet})
        print.hash_u64(static_cast<std::uint64_t>(flow));
    for (const std::int64_t flow : metrics.transfer_.balanced) print.hash_u64(static_cast<std::uint64_t>(flow));
    sim::hash_all(print, metrics.on_demand_, metrics.covered_);
    // The numbers of both are the Spec's, so that a scenario without any has no part in it.
    for (const Metrics::EndpointsNow& now : metrics.endpoints_) sim::hash_all(print, now.ready, now.failing);
    for (const Metrics::UsageNow& usage : metrics.usages_)
        sim::hash_all(print, usage.pods, usage.cpu_milli, usage.memory_bytes);
    for (const std::uint32_t place : metrics.wait_of_pod_) {
        if (place == 0) continue;
        sim::hash_all(print, metrics.open_waits_[place - 1].causes, metrics.open_waits_[place - 1].lasted_us);
    }
}

}  // namespace eks

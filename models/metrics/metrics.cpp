#include "models/metrics/metrics.hpp"

#include "libsim/check.hpp"

#include <algorithm>
#include <utility>

namespace eks {

namespace {

// AWS-20: an instance is charged for 60 s at least.
constexpr sim::Duration shortest_charge = sim::Duration::microseconds(60'000'000);
constexpr std::int64_t hour_us = 3'600'000'000;

// Row of Family::container_waiting's column for each cause.
constexpr std::array<std::uint8_t, wait_cause_count> container_reason_of_cause = [] {
    std::array<std::uint8_t, wait_cause_count> columns{};
    for (std::size_t cause = 0; cause < wait_cause_count; ++cause) {
        for (std::size_t reason = 1; reason < container_waiting_reasons.size(); ++reason) {
            if (wait_cause_texts[cause].container_reason == container_waiting_reasons[reason]) {
                columns[cause] = static_cast<std::uint8_t>(reason);
            }
        }
    }
    return columns;
}();

constexpr std::uint8_t container_reason(WaitCause cause) {
    return container_reason_of_cause[static_cast<std::size_t>(cause)];
}

constexpr std::size_t column(WaitCause cause) { return static_cast<std::size_t>(cause); }
constexpr std::size_t column(PodPhase phase) { return static_cast<std::size_t>(phase); }

bool is_job_pod(const Spec& spec, WorkloadIx workload) {
    const WorkloadKind kind = spec[workload].kind;
    return kind == WorkloadKind::job || kind == WorkloadKind::cron_job;
}

}  // namespace

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
        if (usage != nullptr) usages_[i] = {0, usage->points.front().cpu_milli, usage->points.front().memory_bytes};
    }
    for (const GroupSeries& group : plan_->views) add_view(group, sim::Time::origin());
    const auto control_plane = static_cast<std::uint32_t>(spec.node_groups.size());
    change(series(Family::cost_rate, control_plane, 0), spec.control_plane_per_hour_micro_usd);
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
    for (std::uint32_t i = row.first_link[which]; i < row.first_link[which + 1]; ++i)
        change_view(node_links_[i], difference);
}

void Metrics::count_node(std::uint32_t node, NodeCount which, std::int64_t events) {
    NodeSeries& row = nodes_[node];
    const std::size_t link = node_level_count + static_cast<std::size_t>(which);
    if (now_ >= warm_up_) row.counts[static_cast<std::size_t>(which)] += events;
    for (std::uint32_t i = row.first_link[link]; i < row.first_link[link + 1]; ++i) count_view(node_links_[i], events);
}

// --- views

std::uint32_t Metrics::add_view(const GroupSeries& group, sim::Time since) {
    View view;
    view.group = group;
    view.since = since;
    const Measure& measure = plan_->measures[group.measure];
    if (measure.aggregate == Aggregate::share_of_time) {
        view.first_leaf_value = static_cast<std::uint32_t>(leaf_values_.size());
        leaf_values_.resize(leaf_values_.size() + measure.leaves.size());
    }
    views_.push_back(std::move(view));
    return static_cast<std::uint32_t>(views_.size() - 1);
}

// The view of a group of which a series has just come into being.
std::uint32_t Metrics::view_of(const Spec& spec, const GroupSeries& group, const NodeName& node) {
    const Measure& measure = plan_->measures[group.measure];
    const std::vector<std::string> labels = group_labels(spec, *plan_, group, node);
    for (std::size_t i = views_.size(); i-- > 0;) {
        const GroupSeries& known = views_[i].group;
        if (known.measure != group.measure) continue;
        if (measure.is_by_node && known.row != group.row) continue;
        const bool is_of_node = shape_of(measure.leaves[known.leaf].metric->family).axis == Axis::node;
        if (group_labels(spec, *plan_, known, is_of_node ? nodes_[known.row].name : NodeName{}) == labels) {
            return static_cast<std::uint32_t>(i);
        }
    }
    return add_view(group, now_);
}

void Metrics::pass_view(View& view) {
    if (now_ <= view.since || view.has_ended) return;
    const Measure& measure = plan_->measures[view.group.measure];
    const sim::Time from = std::max(view.since, measure.window.from);
    const sim::Time until = std::min(now_, measure.window.until);
    view.since = now_;
    if (measure.window.at_end || until <= from || measure.metric().kind == MetricKind::distribution) return;
    const std::int64_t lasted_us = until.us() - from.us();

    bool is_bad = false;
    sim::Time bad_at = from;
    if (measure.aggregate == Aggregate::share_of_time) {
        const bool is_true =
            measure.condition_holds({leaf_values_.data() + view.first_leaf_value, measure.leaves.size()});
        view.passed_us += lasted_us;
        if (is_true) view.true_us += lasted_us;
        // A bound from above is broken by the condition holding, a bound from below by its not holding.
        const bool wants_little = measure.relation == Relation::less || measure.relation == Relation::at_most;
        is_bad = (is_true == wants_little) != measure.bad_when_it_holds;
    } else if (measure.metric().kind == MetricKind::gauge) {
        view.sketch.add(view.value, static_cast<std::uint64_t>(lasted_us));
        view.last = view.value;
        is_bad = holds(static_cast<double>(view.value), measure.relation, measure.limit) == measure.bad_when_it_holds;
    } else if (measure.accrues()) {
        const double before =
            sim::as_double(view.sketch.sum()) / measure.us_per_unit() + static_cast<double>(view.total);
        view.sketch.add(view.value, static_cast<std::uint64_t>(lasted_us));
        const double after =
            sim::as_double(view.sketch.sum()) / measure.us_per_unit() + static_cast<double>(view.total);
        is_bad = measure.aggregate == Aggregate::total &&
                 holds(before, measure.relation, measure.limit) != measure.bad_when_it_holds &&
                 holds(after, measure.relation, measure.limit) == measure.bad_when_it_holds;
        if (is_bad && after > before) {
            const double share = std::clamp((measure.limit - before) / (after - before), 0.0, 1.0);
            bad_at =
                from + sim::Duration::microseconds(static_cast<std::int64_t>(share * static_cast<double>(lasted_us)));
        }
    }
    if (is_bad && view.first_breach == sim::Time::never()) view.first_breach = bad_at;
}

void Metrics::change_view(ViewLink link, std::int64_t difference) {
    View& view = views_[link.view];
    pass_view(view);
    const Measure& measure = plan_->measures[view.group.measure];
    if (measure.aggregate == Aggregate::share_of_time)
        leaf_values_[view.first_leaf_value + link.leaf] += difference;
    else
        view.value += difference;
}

void Metrics::count_view(ViewLink link, std::int64_t events) {
    View& view = views_[link.view];
    const Measure& measure = plan_->measures[view.group.measure];
    if (now_ < measure.window.from || now_ >= measure.window.until) return;
    const auto is_bad = [&] {
        return holds(static_cast<double>(view.total), measure.relation, measure.limit) == measure.bad_when_it_holds;
    };
    const bool was_bad = is_bad();
    view.total += events;
    if (measure.aggregate == Aggregate::total && !was_bad && is_bad() && view.first_breach == sim::Time::never())
        view.first_breach = now_;
}

void Metrics::sample_view(ViewLink link, std::int64_t value) {
    View& view = views_[link.view];
    const Measure& measure = plan_->measures[view.group.measure];
    if (now_ < measure.window.from || now_ >= measure.window.until) return;
    const auto breaks = [&](double signal) {
        return holds(signal, measure.relation, measure.limit) == measure.bad_when_it_holds;
    };
    // Counts and sums break a limit by growing past it; all else by a sample that is beyond it.
    const auto grown = [&] {
        return measure.aggregate == Aggregate::count ? static_cast<double>(view.sketch.count())
                                                     : sim::as_double(view.sketch.sum());
    };
    const bool grows = measure.aggregate == Aggregate::count || measure.aggregate == Aggregate::total;
    const bool was_bad = grows && breaks(grown());
    view.sketch.add(value);
    const bool is_bad = grows ? !was_bad && breaks(grown())
                              : measure.aggregate != Aggregate::rate && breaks(static_cast<double>(value));
    if (is_bad && view.first_breach == sim::Time::never()) view.first_breach = now_;
}

// --- pods

Metrics::OpenWait& Metrics::open_wait(PodId pod) {
    if (pod.slot >= wait_of_pod_.size()) wait_of_pod_.resize(static_cast<std::size_t>(pod.slot) + 1);
    std::uint32_t& place = wait_of_pod_[pod.slot];
    if (place == 0) {
        if (free_wait_ == 0) {
            open_waits_.emplace_back();
            place = static_cast<std::uint32_t>(open_waits_.size());
        } else {
            place = free_wait_;
            free_wait_ = open_waits_[place - 1].next_free;
        }
        open_waits_[place - 1].causes = 0;
        open_waits_[place - 1].next_free = 0;
    }
    return open_waits_[place - 1];
}

void Metrics::close_wait(PodId pod) {
    std::uint32_t& place = wait_of_pod_[pod.slot];
    open_waits_[place - 1] = {};
    open_waits_[place - 1].next_free = free_wait_;
    free_wait_ = place;
    place = 0;
}

void Metrics::begins_waiting(WorkloadIx workload, WaitCause cause) {
    ++pods_waiting_;
    ++pods_waited_;
    change(series(Family::waiting, workload.value, column(cause)), +1);
    if (container_reason(cause) != 0)
        change(series(Family::container_waiting, workload.value, container_reason(cause)), +1);
}

void Metrics::ends_waiting(WorkloadIx workload, WaitCause cause) {
    --pods_waiting_;
    change(series(Family::waiting, workload.value, column(cause)), -1);
    if (container_reason(cause) != 0)
        change(series(Family::container_waiting, workload.value, container_reason(cause)), -1);
}

void Metrics::flush_waits(const OpenWait& wait, WorkloadIx workload) {
    for (std::uint32_t left = wait.causes; left != 0; left &= left - 1) {
        const auto cause = static_cast<std::size_t>(__builtin_ctz(left));
        sample(series(Family::wait_time, workload.value, cause), wait.lasted_us[cause]);
    }
}

void Metrics::move_job_pod(const Spec& spec, WorkloadIx workload, std::int64_t difference) {
    if (is_job_pod(spec, workload)) change(series(Family::job_pods_active, workload.value, 0), difference);
}

void Metrics::on(const Spec& spec, const PodCreatedFact& fact) {
    ++totals_.pods_created;
    count(series(Family::created, fact.workload.value, 0), 1);
    change(series(Family::phase, fact.workload.value, column(PodPhase::pending)), +1);
    move_job_pod(spec, fact.workload, +1);
    if (fact.cause != WaitCause::none) {
        begins_waiting(fact.workload, fact.cause);
        return;
    }
    // A pod that waits for nothing stands on its node already: that is how a settled run opens.
    ++totals_.pods_placed;
    count(series(Family::placed, fact.workload.value, 0), 1);
}

void Metrics::on(const Spec&, const PodWaitsFact& fact) {
    if (fact.from == WaitCause::none) {
        if (fact.to != WaitCause::none) begins_waiting(fact.workload, fact.to);
        return;
    }
    CHECK(fact.to != WaitCause::none, "a pod goes on waiting for nothing");
    OpenWait& wait = open_wait(fact.pod);
    wait.causes |= std::uint32_t{1} << column(fact.from);
    wait.lasted_us[column(fact.from)] += fact.lasted.us();
    change(series(Family::waiting, fact.workload.value, column(fact.from)), -1);
    change(series(Family::waiting, fact.workload.value, column(fact.to)), +1);
    const std::uint8_t was = container_reason(fact.from);
    const std::uint8_t is = container_reason(fact.to);
    if (was == is) return;
    if (was != 0) change(series(Family::container_waiting, fact.workload.value, was), -1);
    if (is != 0) change(series(Family::container_waiting, fact.workload.value, is), +1);
}

void Metrics::on(const Spec&, const PodStartedFact& fact) {
    sample(series(Family::start_time, fact.workload.value, 0), fact.since_created.us());
    OpenWait& wait = open_wait(fact.pod);
    if (fact.from != WaitCause::none) {
        wait.causes |= std::uint32_t{1} << column(fact.from);
        wait.lasted_us[column(fact.from)] += fact.lasted.us();
        ends_waiting(fact.workload, fact.from);
    }
    // The kubelet's SLI ends when the containers run, and leaves out what depends on images and init containers.
    std::int64_t kubelet_us = fact.since_created.us();
    for (const WaitCause outside :
         {WaitCause::image_pull, WaitCause::init_containers, WaitCause::readiness, WaitCause::crash_backoff}) {
        kubelet_us -= wait.lasted_us[column(outside)];
    }
    sample(series(Family::kubelet_start_time, 0, 0), kubelet_us);
    flush_waits(wait, fact.workload);
    close_wait(fact.pod);
}

void Metrics::on(const Spec&, const PodGaveUpFact& fact) {
    count(series(Family::gave_up, fact.workload.value, 0), 1);
    OpenWait& wait = open_wait(fact.pod);
    if (fact.from != WaitCause::none) {
        wait.causes |= std::uint32_t{1} << column(fact.from);
        wait.lasted_us[column(fact.from)] += fact.lasted.us();
        ends_waiting(fact.workload, fact.from);
    }
    flush_waits(wait, fact.workload);
    close_wait(fact.pod);
}

void Metrics::on(const Spec& spec, const PodPhaseFact& fact) {
    if (fact.from == fact.to) return;
    change(series(Family::phase, fact.workload.value, column(fact.from)), -1);
    change(series(Family::phase, fact.workload.value, column(fact.to)), +1);
    if (fact.to != PodPhase::succeeded && fact.to != PodPhase::failed) return;
    ++(fact.to == PodPhase::succeeded ? totals_.pods_finished : totals_.pods_failed);
    count(series(Family::finished, fact.workload.value, column(fact.to) - column(PodPhase::succeeded)), 1);
    move_job_pod(spec, fact.workload, -1);
}

void Metrics::on(const Spec& spec, const PodRemovedFact& fact) {
    change(series(Family::phase, fact.workload.value, column(fact.phase)), -1);
    if (fact.phase == PodPhase::pending || fact.phase == PodPhase::running) move_job_pod(spec, fact.workload, -1);
}

void Metrics::on(const Spec&, const PodReadyFact& fact) {
    change(series(Family::ready, fact.workload.value, 0), fact.change);
    if (!endpoints_.empty()) change_endpoints(fact.workload, fact.change, 0);
}

// DPC-57: affected endpoints of all.
void Metrics::change_endpoints(WorkloadIx workload, std::int64_t ready, std::int64_t failing) {
    EndpointsNow& now = endpoints_[workload.value];
    const auto share = [&] {
        return now.ready > 0 ? now.failing * static_cast<std::int64_t>(base_per_unit(MetricUnit::share)) / now.ready
                             : 0;
    };
    const std::int64_t before = share();
    now.ready += ready;
    now.failing += failing;
    change(series(Family::failing_share, workload.value, 0), share() - before);
}

void Metrics::on(const Spec&, const PodAddressFact& fact) {
    const auto count_one = [&](AddressState state, std::int64_t difference) {
        if (state == AddressState::undisputed) return;
        const std::size_t is_unassigned = state == AddressState::taken_away ? 1 : 0;
        change(series(Family::contested, fact.workload.value, is_unassigned), difference);
        if (fails_connections(state)) change_endpoints(fact.workload, 0, difference);
    };
    count_one(fact.from, -1);
    count_one(fact.to, +1);
}

void Metrics::on(const Spec&, const ContainerRestartedFact& fact) {
    count(series(Family::restarts, fact.workload.value, 0), 1);
}

void Metrics::change_usage(const Spec& spec, WorkloadIx workload, const UsageNow& to) {
    UsageNow& now = usages_[workload.value];
    const Usage& stated = *spec.usage_of(workload);
    if (stated.states_cpu)
        change(series(Family::cpu_usage, workload.value, 0), to.pods * to.cpu_milli - now.pods * now.cpu_milli);
    if (stated.states_memory)
        change(series(Family::memory_usage, workload.value, 0),
               to.pods * to.memory_bytes - now.pods * now.memory_bytes);
    now = to;
}

void Metrics::on(const Spec& spec, const PodUsesFact& fact) {
    UsageNow to = usages_[fact.workload.value];
    to.pods += fact.change;
    change_usage(spec, fact.workload, to);
}

void Metrics::on(const Spec& spec, const UsageFact& fact) {
    change_usage(spec, fact.workload, {usages_[fact.workload.value].pods, fact.cpu_milli, fact.memory_bytes});
}

// --- scheduler

void Metrics::on(const Spec&, const PodScheduledFact& fact) {
    ++totals_.pods_placed;
    count(series(Family::placed, fact.workload.value, 0), 1);
    count(series(Family::schedule_attempts, 0, 0), 1);
    const std::uint32_t attempts = std::max<std::uint32_t>(1, fact.attempts);
    sample(series(Family::scheduling_time, 0, std::min(attempts, attempts_told_apart)), fact.since_created.us());
    sample(series(Family::scheduling_attempts, 0, 0), attempts);
}

void Metrics::on(const Spec&, const PodUnschedulableFact&) { count(series(Family::schedule_attempts, 0, 1), 1); }

void Metrics::on(const Spec&, const PodUnplacedFact& fact) {
    if (fact.from != WaitCause::none) {
        --totals_.pods_unplaced;
        change(series(Family::unplaced, fact.workload.value, column(fact.from)), -1);
    }
    if (fact.to != WaitCause::none) {
        ++totals_.pods_unplaced;
        change(series(Family::unplaced, fact.workload.value, column(fact.to)), +1);
    }
}

void Metrics::on(const Spec&, const QueueFact& fact) {
    if (fact.from == fact.to) return;
    if (fact.from != QueuePlace::none) change(series(Family::queued, 0, static_cast<std::size_t>(fact.from)), -1);
    if (fact.to != QueuePlace::none) change(series(Family::queued, 0, static_cast<std::size_t>(fact.to)), +1);
}

// --- workloads

void Metrics::on(const Spec&, const ReplicasDesiredFact& fact) {
    change(series(Family::desired, fact.workload.value, 0), fact.change);
}

void Metrics::on(const Spec& spec, const JobStartedFact& fact) {
    count(series(Family::jobs_started, fact.workload.value, 0), 1);
    change(series(Family::jobs_active, fact.workload.value, 0), +1);
    if (spec[fact.workload].kind == WorkloadKind::cron_job)
        sample(series(Family::job_lateness, fact.workload.value, 0), fact.late.us());
}

void Metrics::on(const Spec&, const JobFinishedFact& fact) {
    count(series(Family::jobs_finished, fact.workload.value, fact.succeeded ? 1 : 0), 1);
    change(series(Family::jobs_active, fact.workload.value, 0), -1);
    sample(series(Family::job_time, fact.workload.value, 0), fact.lasted.us());
}

void Metrics::on(const Spec&, const JobRemovedFact& fact) {
    if (fact.was_active) change(series(Family::jobs_active, fact.workload.value, 0), -1);
}

void Metrics::on(const Spec&, const CronTickMissedFact& fact) {
    count(series(Family::ticks_missed, fact.workload.value, 0), 1);
}

// --- nodes

std::uint32_t Metrics::node_row(NodeId node) const {
    CHECK(knows(node), "a fact is about a node that no fact has introduced");
    return row_of_node_[node.slot] - 1;
}

std::uint32_t Metrics::add_node(const Spec& spec, const NodeFact& fact) {
    const auto row = static_cast<std::uint32_t>(nodes_.size());
    NodeSeries node;
    node.id = fact.node;
    node.name = {fact.group, nodes_of_group_[fact.group.value]++};
    node.shape = fact.shape;
    node.state = fact.to;
    node.launched = now_;
    for (GaugeSeries& level : node.levels) level.since = now_;
    nodes_.push_back(node);
    if (fact.node.slot >= row_of_node_.size()) row_of_node_.resize(static_cast<std::size_t>(fact.node.slot) + 1);
    row_of_node_[fact.node.slot] = row + 1;

    for (std::uint32_t i = 0; i < series_per_node; ++i) {
        const bool is_level = i < node_level_count;
        const std::uint32_t in_family = is_level ? i : i - static_cast<std::uint32_t>(node_level_count);
        nodes_[row].first_link[i] = static_cast<std::uint32_t>(node_links_.size());
        for (const std::uint32_t m : plan_->node_measures) {
            const Measure& measure = plan_->measures[m];
            for (std::uint32_t leaf = 0; leaf < measure.leaves.size(); ++leaf) {
                const MetricDefinition& metric = *measure.leaves[leaf].metric;
                if (metric.family != (is_level ? Family::node_levels : Family::node_counts) ||
                    !metric.has_column(in_family))
                    continue;
                if (!matches_all(spec, measure.leaves[leaf].matchers, row, in_family, node.name)) continue;
                const std::uint32_t view = view_of(spec, {m, leaf, row, in_family}, node.name);
                node_links_.push_back({view, leaf});
            }
        }
    }
    nodes_[row].first_link[series_per_node] = static_cast<std::uint32_t>(node_links_.size());

    ++totals_.nodes;
    totals_.nodes_max = std::max(totals_.nodes_max, totals_.nodes);
    change(series(Family::nodes, fact.shape.value, static_cast<std::size_t>(fact.to)), +1);
    change(series(Family::cost_rate, fact.group.value, 0), spec[fact.shape].price_per_hour_micro_usd);
    if (fact.to != NodeState::launching) change_node(row, NodeLevel::known, +1);
    if (fact.to == NodeState::ready) change_node(row, NodeLevel::ready, +1);
    if (fact.to == NodeState::registered) change_node(row, NodeLevel::not_ready, +1);
    return row;
}

// Its instance has ended: it costs nothing any more, and what it had of addresses and ENIs is gone.
void Metrics::lose_node(const Spec& spec, std::uint32_t row) {
    const NodeShapeIx shape = nodes_[row].shape;
    const NodeGroupIx group = nodes_[row].name.group;
    const MicroUsd price = spec[shape].price_per_hour_micro_usd;
    --totals_.nodes;
    change(series(Family::nodes, shape.value, static_cast<std::size_t>(nodes_[row].state)), -1);
    change(series(Family::cost_rate, group.value, 0), -price);
    const sim::Duration missing = shortest_charge - (now_ - nodes_[row].launched);
    if (missing > sim::Duration::zero()) {
        const sim::Int128 charge = static_cast<sim::Int128>(price) * missing.us();
        count(series(Family::cost_minimum, group.value, 0),
              static_cast<std::int64_t>((charge + hour_us / 2) / hour_us));
    }
    std::erase_if(cooling_, [&](const Cooling& address) { return address.node == row && address.free_at > now_; });
    end_levels(row, NodeLevel::free, NodeLevel::enis);
}

// These levels, and those between them, are over: what is asked of them by node ends, and sums go on without them.
void Metrics::end_levels(std::uint32_t row, NodeLevel first, NodeLevel last) {
    for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i) {
        change_node(row, static_cast<NodeLevel>(i), -nodes_[row].levels[i].value);
        nodes_[row].levels[i].since = sim::Time::never();
        end_views(nodes_[row].first_link[i], nodes_[row].first_link[i + 1]);
    }
}

void Metrics::end_views(std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t i = from; i < to; ++i) {
        View& view = views_[node_links_[i].view];
        if (plan_->measures[view.group.measure].is_by_node) view.has_ended = true;
    }
}

void Metrics::remove_node(const Spec& spec, std::uint32_t row) {
    if (nodes_[row].state != NodeState::lost) lose_node(spec, row);
    end_levels(row, NodeLevel::ready, NodeLevel::branches_cooling);
    end_views(nodes_[row].first_link[node_level_count], nodes_[row].first_link[series_per_node]);
    nodes_[row].has_left = true;
    nodes_[row].left = now_;
    row_of_node_[nodes_[row].id.slot] = 0;
}

bool Metrics::knows(NodeId node) const {
    return node.slot < row_of_node_.size() && row_of_node_[node.slot] != 0 &&
           nodes_[row_of_node_[node.slot] - 1].id == node;
}

void Metrics::on(const Spec& spec, const NodeFact& fact) {
    if (!knows(fact.node)) {
        if (!fact.left) add_node(spec, fact);
        return;
    }
    const std::uint32_t row = node_row(fact.node);
    if (fact.left) return remove_node(spec, row);
    const NodeState was = nodes_[row].state;
    if (was == fact.to) return;
    if (fact.to == NodeState::lost) {
        lose_node(spec, row);
    } else {
        change(series(Family::nodes, nodes_[row].shape.value, static_cast<std::size_t>(was)), -1);
        change(series(Family::nodes, nodes_[row].shape.value, static_cast<std::size_t>(fact.to)), +1);
    }
    const auto show = [&](NodeState state, std::int64_t difference) {
        if (state == NodeState::launching) return;
        change_node(row, state == NodeState::ready ? NodeLevel::ready : NodeLevel::not_ready, difference);
        change_node(row, NodeLevel::known, difference);
    };
    show(was, -1);
    // An instance that ends before its node is registered leaves no Node object.
    if (was != NodeState::launching || fact.to != NodeState::lost) show(fact.to, +1);
    nodes_[row].state = fact.to;
}

void Metrics::on(const Spec&, const NodesOutdatedFact& fact) {
    change(series(Family::nodes_outdated, fact.group.value, 0), fact.change);
}

// --- addresses

void Metrics::free_cooled(sim::Time now) {
    while (first_cooling_ < cooling_.size() && cooling_[first_cooling_].free_at <= now) {
        const Cooling address = cooling_[first_cooling_++];
        now_ = std::max(now_, address.free_at);
        change_node(address.node, NodeLevel::cooling, -1);
        change_node(address.node, NodeLevel::free, +1);
    }
    if (first_cooling_ * 2 > cooling_.size()) {
        cooling_.erase(cooling_.begin(), cooling_.begin() + static_cast<std::ptrdiff_t>(first_cooling_));
        first_cooling_ = 0;
    }
}

void Metrics::on(const Spec&, const AddressAssignedFact& fact) {
    const std::uint32_t row = node_row(fact.node);
    change_node(row, NodeLevel::free, -1);
    change_node(row, NodeLevel::assigned, +1);
    count_node(row, NodeCount::add_requests, 1);
}

void Metrics::on(const Spec&, const AddressReleasedFact& fact) {
    const std::uint32_t row = node_row(fact.node);
    change_node(row, NodeLevel::assigned, -1);
    count_node(row, NodeCount::del_requests, 1);
    if (fact.free_at <= now_) {
        change_node(row, NodeLevel::free, +1);
        return;
    }
    change_node(row, NodeLevel::cooling, +1);
    // The period is one and the same, so the list is in order by itself; only a fork with another period has to look.
    const auto place =
        std::upper_bound(cooling_.begin() + static_cast<std::ptrdiff_t>(first_cooling_), cooling_.end(), fact.free_at,
                         [](sim::Time free_at, const Cooling& address) { return free_at < address.free_at; });
    cooling_.insert(place, {fact.free_at, row});
}

void Metrics::on(const Spec&, const AddressesAddedFact& fact) {
    const std::uint32_t row = node_row(fact.node);
    change_node(row, NodeLevel::free, fact.count);
    change_node(row, NodeLevel::total, fact.count);
}

void Metrics::on(const Spec&, const AddressesDroppedFact& fact) {
    const std::uint32_t row = node_row(fact.node);
    // Which of a node's cooling addresses went is not said: the latest ones are taken. One that has just cooled down
    // for us and not yet for the model counts as free here.
    std::int32_t found = 0;
    for (std::size_t i = cooling_.size(); i-- > first_cooling_ && found < fact.cooling;) {
        if (cooling_[i].node != row) continue;
        cooling_.erase(cooling_.begin() + static_cast<std::ptrdiff_t>(i));
        ++found;
    }
    change_node(row, NodeLevel::cooling, -found);
    change_node(row, NodeLevel::free, -(fact.free + fact.cooling - found));
    change_node(row, NodeLevel::assigned, -fact.assigned);
    change_node(row, NodeLevel::total, -(fact.free + fact.cooling + fact.assigned));
}

void Metrics::on(const Spec&, const AddFailedFact& fact) {
    const std::uint32_t row = node_row(fact.node);
    count_node(row, NodeCount::add_requests, 1);
    count_node(row, NodeCount::add_failures, 1);
    count(series(Family::address_failures, fact.workload.value, column(fact.cause)), 1);
}

void Metrics::on(const Spec&, const EniFact& fact) {
    const std::uint32_t row = node_row(fact.node);
    change_node(row, NodeLevel::enis, fact.change);
    if (fact.change > 0) count_node(row, NodeCount::attached, fact.change);
    if (fact.change < 0) count_node(row, NodeCount::detached, -fact.change);
}

void Metrics::on(const Spec&, const BranchEniFact& fact) {
    if (!knows(fact.node)) return;  // those of a node that has left are deleted after it
    const std::uint32_t row = node_row(fact.node);
    change_node(row, NodeLevel::branches_in_use, fact.in_use);
    change_node(row, NodeLevel::branches_cooling, fact.cooling);
}

void Metrics::on(const Spec&, const SubnetFact& fact) {
    change(series(Family::subnet_free, fact.subnet.value, 0), fact.change);
}

void Metrics::on(const Spec&, const SnatFact& fact) {
    const std::uint32_t node = node_row(fact.node);
    change_node(node, NodeLevel::snat_ports, fact.ports);
    change_node(node, NodeLevel::snat_refused, fact.refused_ppm);
}

void Metrics::on(const Spec&, const NatGatewayFact& fact) {
    change(series(Family::nat_gateways, fact.gateway, 0), fact.ports);
    change(series(Family::nat_gateways, fact.gateway, 1), fact.refused_ppm);
}

void Metrics::on(const Spec&, const UnreachableFact& fact) {
    change(series(Family::unreachable, fact.use, 0), fact.from_pods);
    change(series(Family::unreachable, fact.use, 1), fact.to_pods);
}

void Metrics::on(const Spec&, const Ec2CallFact& fact) {
    count(series(Family::ec2_calls, static_cast<std::uint32_t>(fact.action), static_cast<std::size_t>(fact.result)),
          fact.calls);
}

// --- images, API server

void Metrics::on(const Spec&, const ImagePulledFact& fact) {
    count(series(Family::image_pulls, fact.image.value, 0), 1);
    count(series(Family::image_bytes, fact.image.value, 0), fact.bytes);
    sample(series(Family::pull_time, fact.image.value, 0), fact.lasted.us());
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
           a.endpoints_ == b.endpoints_ && a.usages_ == b.usages_ && a.views_ == b.views_ &&
           a.leaf_values_ == b.leaf_values_;
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
        for (const GaugeSeries& level : node.levels) hash_series(print, level);
    }
    for (std::size_t i = metrics.first_cooling_; i < metrics.cooling_.size(); ++i) {
        sim::hash_all(print, metrics.cooling_[i].free_at, metrics.cooling_[i].node);
    }
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

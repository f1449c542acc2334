#include "models/metrics/timelines.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace eks {

namespace {

constexpr std::size_t buckets_of_part = 120;
constexpr std::array<std::string_view, 3> address_states{"free", "assigned", "cooling"};

// Puts titles and links together, family by family.
class TimelinePlanner {
  public:
    TimelinePlanner(const Spec& spec, const SeriesLayout& layout)
        : spec_(spec), layout_(layout), links_by_series_(layout.size()) {}

    TimelinePlan plan() {
        add_addresses();
        add_subnets();
        add_pods();
        add_nodes();
        add_cost();
        plan_.first_link.assign(1, 0);
        for (const std::vector<TimelineLink>& links : links_by_series_) {
            plan_.links.insert(plan_.links.end(), links.begin(), links.end());
            plan_.first_link.push_back(static_cast<std::uint32_t>(plan_.links.size()));
        }
        return std::move(plan_);
    }

  private:
    using Labels = std::vector<std::pair<std::string, std::string>>;

    std::uint32_t add(std::string name, Labels labels, bool is_always_shown = false) {
        plan_.titles.push_back({std::move(name), std::move(labels), {}, 1, is_always_shown});
        return static_cast<std::uint32_t>(plan_.titles.size() - 1);
    }

    // Of a part of the cluster, of which there may be many.
    std::uint32_t add_part(std::string name, Labels labels) {
        plan_.titles.push_back({std::move(name), std::move(labels), {}, 1, /*is_always_shown=*/false, buckets_of_part});
        return static_cast<std::uint32_t>(plan_.titles.size() - 1);
    }

    void link(Family family, std::uint32_t row, std::uint32_t column, std::uint32_t timeline, std::int32_t sign = 1) {
        links_by_series_[layout_.series(family, row, column)].push_back({timeline, sign});
    }

    // Those of nodes are no base series with a number: Metrics goes by the shape.
    void add_addresses() {
        for (const std::string_view state : address_states)
            add("addresses", {{"state", std::string(state)}}, /*is_always_shown=*/true);
        plan_.subnet_addresses.assign(spec_.shapes.size(), TimelinePlan::no_timeline);
        std::map<SubnetIx, std::uint32_t> first_of_subnet;
        if (spec_.subnets.size() < 2) return;  // the whole cluster's say it already
        for (std::size_t i = 0; i < spec_.shapes.size(); ++i) {
            const NodeShape& shape = spec_.shapes[i];
            const bool is_custom = spec_.cni.custom_networking && shape.pod_subnet.valid();
            const SubnetIx subnet = is_custom ? shape.pod_subnet : shape.subnet;
            if (!subnet.valid()) continue;
            auto place = first_of_subnet.find(subnet);
            if (place == first_of_subnet.end()) {
                const auto first = static_cast<std::uint32_t>(plan_.titles.size());
                for (const std::string_view state : address_states)
                    add_part("subnet_addresses", {{"subnet", spec_[subnet].name}, {"state", std::string(state)}});
                place = first_of_subnet.emplace(subnet, first).first;
            }
            plan_.subnet_addresses[i] = place->second;
        }
    }

    void add_subnets() {
        for (std::uint32_t row = 0; row < layout_.rows(Family::subnet_free); ++row)
            link(Family::subnet_free, row, 0, add_part("subnet_free_addresses", {{"subnet", spec_.subnets[row].name}}));
    }

    // A pod that is neither finished nor removed is ready, waits for its first start, or is something else.
    void add_pods() {
        const std::uint32_t ready = add("pods", {{"state", "ready"}}, /*is_always_shown=*/true);
        std::array<std::uint32_t, wait_cause_count> waiting{};
        for (std::size_t cause = 1; cause < wait_cause_count; ++cause)
            waiting[cause] = add("pods", {{"state", "waiting"}, {"cause", std::string(wait_cause_texts[cause].name)}});
        const std::uint32_t other = add("pods", {{"state", "other"}});
        // The sum of those that wait, since a sum of thinned lines is not the thinned sum.
        const std::uint32_t all_waiting = add("waiting_pods", {}, /*is_always_shown=*/true);
        for (std::uint32_t row = 0; row < layout_.rows(Family::phase); ++row) {
            for (const PodPhase alive : {PodPhase::pending, PodPhase::running})
                link(Family::phase, row, static_cast<std::uint32_t>(alive), other);
            link(Family::ready, row, 0, ready);
            link(Family::ready, row, 0, other, -1);
            for (std::uint32_t cause = 1; cause < wait_cause_count; ++cause) {
                link(Family::waiting, row, cause, waiting[cause]);
                link(Family::waiting, row, cause, all_waiting);
                link(Family::waiting, row, cause, other, -1);
            }
        }
    }

    void add_nodes() {
        const std::uint32_t all_ready = add("ready_nodes", {}, /*is_always_shown=*/true);
        for (std::uint32_t shape = 0; shape < spec_.shapes.size(); ++shape)
            link(Family::nodes, shape, static_cast<std::uint32_t>(NodeState::ready), all_ready);
        for (std::size_t group = 0; group < spec_.node_groups.size(); ++group) {
            const std::string& name = spec_.node_groups[group].name;
            const std::uint32_t ready = add_part("nodes", {{"node_group", name}, {"state", "ready"}});
            const std::uint32_t not_ready = add_part("nodes", {{"node_group", name}, {"state", "not-ready"}});
            for (std::uint32_t shape = 0; shape < spec_.shapes.size(); ++shape) {
                if (spec_.shapes[shape].group != NodeGroupIx::of(group)) continue;
                for (const NodeState state :
                     {NodeState::launching, NodeState::registered, NodeState::ready, NodeState::unreachable})
                    link(Family::nodes, shape, static_cast<std::uint32_t>(state),
                         state == NodeState::ready ? ready : not_ready);
            }
        }
    }

    void add_cost() {
        const std::uint32_t total = add("cost", {{"part", "total"}}, /*is_always_shown=*/true);
        const std::uint32_t idle = add("cost", {{"part", "idle"}});
        for (const std::uint32_t line : {total, idle}) {
            plan_.titles[line].unit = unit_text(MetricUnit::usd_per_hour);
            plan_.titles[line].base_per_unit = base_per_unit(MetricUnit::usd_per_hour);
        }
        for (std::uint32_t row = 0; row < layout_.rows(Family::cost_rate); ++row) {
            for (std::uint32_t column = 0; column < shape_of(Family::cost_rate).columns; ++column)
                link(Family::cost_rate, row, column, total);
        }
        // Behind the workloads; of its two columns the first goes by what pods request.
        link(Family::cost_split, static_cast<std::uint32_t>(spec_.workloads.size()), 0, idle);
    }

    const Spec& spec_;
    const SeriesLayout& layout_;
    std::vector<std::vector<TimelineLink>> links_by_series_;
    TimelinePlan plan_;
};

// The points of a bucket in the order of time, those that change nothing left out.
void append_points(std::vector<TimelinePoint>& points, const sim::Series::Bucket& bucket) {
    std::array<sim::SeriesPoint, 4> four{bucket.first, bucket.least, bucket.greatest, bucket.last};
    std::ranges::sort(four, {}, &sim::SeriesPoint::time);  // at one instant there is one value
    for (const sim::SeriesPoint& point : four) {
        if (points.empty() || points.back().value != point.value) points.push_back({point.time, point.value});
    }
}

}  // namespace

std::shared_ptr<const MetricsPlan> with_timelines(const Spec& spec, const MetricsPlan& plan) {
    auto recording = std::make_shared<MetricsPlan>(plan);
    recording->timelines = TimelinePlanner(spec, recording->layout).plan();
    return recording;
}

std::vector<Timeline> read_timelines(const Metrics& metrics) {
    std::vector<Timeline> lines;
    for (std::size_t i = 0; i < metrics.timelines().size(); ++i) {
        Timeline line{metrics.plan().timelines.titles[i], {}};
        for (const sim::Series::Bucket& bucket : metrics.timelines()[i].buckets()) append_points(line.points, bucket);
        const bool is_flat_zero = line.points.size() == 1 && line.points.front().value == 0;
        if (!is_flat_zero || line.title.is_always_shown) lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace eks

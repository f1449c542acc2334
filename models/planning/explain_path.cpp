#include "models/planning/explain_path.hpp"

#include "models/planning/autoscaler_story.hpp"
#include "models/systems/datapath/fill.hpp"
#include "models/systems/datapath/hops.hpp"
#include "models/systems/datapath/latency.hpp"
#include "models/systems/datapath/port_pool.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/world/service_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace eks {

namespace {

using datapath::ClassView;
using datapath::FailureCause;
using datapath::Hop;
using datapath::ix;
using datapath::Mode;
using datapath::NodeOnPath;
using datapath::Packet;
using datapath::Part;
using datapath::Place;

std::string role_text(NodeRole role, const ClassView& view, bool comes_by_node_ports) {
    switch (role) {
        case NodeRole::client:
            if (view.is_sent_round()) return "client of the load balancer";
            return view.use != nullptr ? "client, out of the VPC" : "client";
        case NodeRole::server: return "server";
        case NodeRole::both: return comes_by_node_ports ? "entry and server" : "client and server";
        case NodeRole::entry: return "entry";
        case NodeRole::count_: break;
    }
    return "";
}

std::string migration_text(datapath::MigrationState state) {
    using datapath::MigrationState;
    switch (state) {
        case MigrationState::kube_proxy_live:
        case MigrationState::both_on_fresh_node: return "";
        case MigrationState::rules_left: return "rules-left";
        case MigrationState::rules_flushed: return "rules-flushed";
        case MigrationState::flushed_and_rebooted: return "rules-flushed-and-rebooted";
        case MigrationState::replaced_over_live: return "replaced-over-live";
        case MigrationState::agent_without_api: return "agent-without-api";
        case MigrationState::agent_without_api_restarted: return "agent-without-api-restarted";
        case MigrationState::no_replacement_in_agent: return "no-replacement-in-agent";
    }
    return "";
}

std::string writer_text(const RuleGroup& group, ServicePath services) {
    if (services == ServicePath::none || group.is_frozen) return "nobody";
    if (group.path.is_ebpf()) {
        const bool has_rules = group.path.rules() != Mode::none;
        return has_rules ? "the eBPF agent; packets walk what rules of kube-proxy there are as well" : "the eBPF agent";
    }
    return "kube-proxy";
}

std::string rules_text(const RuleGroup& group, ServicePath services) {
    switch (services) {
        case ServicePath::none: return "none";
        case ServicePath::coming: return "coming";
        case ServicePath::rules: return group.is_frozen ? "frozen" : "live";
    }
    return "";
}

HopStory story_of(const Hop& hop, const datapath::Flow& flow, double idle_factor, double time_factor,
                  double queue_factor) {
    HopStory story;
    story.place = text_of(hop.place);
    story.rules = hop.rules;
    const datapath::Work first = first_work(hop, flow);
    const datapath::Work more = more_work(hop);
    story.cpu_us = first.total();
    // A proxy's time is its latency, not its CPU time; it waits for the same cores as everything else.
    const double in_proxy = hop.place == Place::proxy ? hop.latency_us : 0;
    story.idle_us = (first.total() - first[Part::layer7]) * idle_factor + in_proxy;
    story.now_us = (first.total() - first[Part::layer7]) * time_factor + in_proxy * queue_factor;
    story.request_us = (more.total() - more[Part::layer7]) * time_factor + in_proxy * queue_factor;
    return story;
}

bool is_between_nodes(const Hop& hop) { return hop.place == Place::network || hop.place == Place::balancer; }

// Nodes of which the same is to be said: role, group of rules, what works there, migration.
using StageKey = std::tuple<NodeRole, std::uint32_t, ServicePath, datapath::MigrationState>;
struct StageNodes {
    std::vector<std::uint32_t> slots;
    std::vector<double> shares;
};

class Teller {
  public:
    Teller(const PathMoment& moment, std::size_t of_class, NodeId from_node)
        : moment_(moment),
          spec_(moment.spec),
          state_(moment.world.data_path),
          k_(of_class),
          view_(datapath::class_view(moment.spec, of_class)),
          one_(state_.classes[of_class]),
          from_node_(from_node),
          c_(spec_.data_paths.coefficients),
          flow_(datapath::flow_of(spec_, of_class)),
          rules_(datapath::table_of(spec_, moment.world)) {}

    PathStory tell() {
        PathStory story;
        story.name = class_name(spec_, k_);
        story.from = from_node_.valid() ? story_name(spec_, moment_.world.nodes[from_node_]) : from_name(spec_, k_);
        story.to = to_name(spec_, k_);
        story.at = moment_.now;
        story.attempts = one_.attempts;
        story.requests = flow_.requests;
        story.endpoints = one_.endpoints;
        story.between_nodes = one_.between_nodes;
        story.between_zones = one_.between_zones;
        story.connect_us = one_.connect_us;
        story.connect_p90_us = one_.connect_p90_us;
        story.connect_p99_us = one_.connect_p99_us;
        story.request_us = one_.request_us;
        story.wrong_pod = one_.wrong_pod;
        story.stale = one_.stale_share;
        tell_failures(story);
        tell_stages(story);
        tell_network(story);
        tell_assumptions(story);
        return story;
    }

  private:
    const NodeDataPath& row(std::uint32_t slot) const { return state_.nodes[slot]; }
    std::string node_name(std::uint32_t slot) const {
        const Node* node = moment_.world.nodes.find(row(slot).node);
        return node != nullptr ? story_name(spec_, *node) : "a node that is gone";
    }

    // From a node: what its own callers meet.
    void tell_failures(PathStory& story) const {
        const datapath::Callers callers = datapath::callers_of(spec_, moment_.world, moment_.now, k_);
        std::array<double, datapath::failure_cause_count> shares{};
        double all = 0;
        for (const datapath::CallersOn& some : callers.groups) {
            if (from_node_.valid() && some.slot != from_node_.slot) continue;
            all += some.share;
            for (std::size_t i = 0; i < shares.size(); ++i)
                shares[i] += some.share * some.failures.by(static_cast<FailureCause>(i));
        }
        double failing = 0;
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (shares[i] <= 0 || all <= 0) continue;
            const double share = shares[i] / all;
            failing += share;
            story.wait_seconds += share * callers.known_after_seconds[i];
            story.failing.push_back(
                {std::string(text_of(static_cast<FailureCause>(i))), share, callers.known_after_seconds[i]});
        }
        if (failing > 0) story.wait_seconds /= failing;
    }

    void tell_stages(PathStory& story) {
        std::map<StageKey, StageNodes> stages;
        for (const std::uint32_t slot : one_.nodes) {
            const NodeDataPath& node = row(slot);
            const ClassShare& share =
                *std::ranges::lower_bound(node.shares, static_cast<std::uint32_t>(k_), {}, &ClassShare::of_class);
            for (std::size_t r = 0; r < node_role_count; ++r) {
                const auto role = static_cast<NodeRole>(r);
                if (share.roles[r] <= 0) continue;
                if (from_node_.valid() && role != NodeRole::server && slot != from_node_.slot) continue;
                StageNodes& nodes = stages[{role, node.group, node.services, node.migration}];
                nodes.slots.push_back(slot);
                nodes.shares.push_back(share.roles[r]);
            }
        }
        for (const NodeRole role : {NodeRole::client, NodeRole::entry, NodeRole::both, NodeRole::server}) {
            for (const auto& [key, nodes] : stages)
                if (std::get<NodeRole>(key) == role) tell_stage(key, nodes, story);
        }
    }

    void tell_stage(const StageKey& key, const StageNodes& nodes, PathStory& story) {
        const auto [role, group_at, services, migration] = key;
        const RuleGroup& group = state_.groups[group_at];
        StageStory stage;
        stage.role = role_text(role, view_, view_.comes_by_node_ports(spec_));
        stage.mode = text_of(group.path.mode);
        stage.writer = writer_text(group, services);
        stage.rules = rules_text(group, services);
        stage.migration = migration_text(migration);
        stage.version = group.version;
        if (services == ServicePath::coming) stage.works_at = row(nodes.slots.front()).works_at;
        if (group.ends_at != sim::Time::never()) stage.sync_ends = group.ends_at;
        if (group.starts_at != sim::Time::never()) stage.sync_starts = group.starts_at;
        stage.services = rules_.services;
        const bool asks_balancer = view_.is_sent_round() && role == NodeRole::client;
        if (view_.is_to_service() && !asks_balancer) stage.service = service_in(group);
        double time_factor = 0;
        double queue_factor = 0;
        for (std::size_t i = 0; i < nodes.slots.size(); ++i) {
            const NodeDataPath& node = row(nodes.slots[i]);
            stage.nodes.push_back(node_name(nodes.slots[i]));
            stage.share += nodes.shares[i];
            stage.load_mean += nodes.shares[i] * node.load;
            stage.load_most = std::max(stage.load_most, node.load);
            time_factor += nodes.shares[i] * node.time_factor;
            queue_factor += nodes.shares[i] * node.queue_factor;
            tell_tables(nodes.slots[i], group, stage);
        }
        stage.load_mean /= stage.share;
        time_factor /= stage.share;
        queue_factor /= stage.share;
        tell_hops(role, group, time_factor, queue_factor, stage);
        remember_usual(role, group, stage.share);
        story.stages.push_back(std::move(stage));
    }

    ServiceStory service_in(const RuleGroup& group) const {
        const auto service = static_cast<std::uint32_t>(view_.traffic->service);
        ServiceStory story;
        story.position = datapath::position_of(spec_, moment_.world, moment_.key, k_).value_or(0);
        story.known = group.kernel[service].endpoints();
        story.stale = dead_endpoints(moment_.world, group, service, 0);
        story.missing = state_.services[service].added - group.kernel[service].added;
        return story;
    }

    void tell_tables(std::uint32_t slot, const RuleGroup& group, StageStory& stage) const {
        constexpr std::array names{"conntrack", "BPF connection map", "EC2 connection tracking"};
        const std::string node = node_name(slot);
        for (std::size_t t = 0; t < node_table_count; ++t) {
            const TableFill& table = row(slot).tables[t];
            keep_fullest({names[t], node, datapath::entries_at(table, moment_.now), table.limit}, stage);
        }
        if (group.path.is_ebpf())
            keep_fullest({"LB map", node, datapath::lb_entries(rules_.services, rules_.endpoints),
                          spec_.data_paths.cilium.lb_map_entries},
                         stage);
        // Of the node's address, towards one destination (DPC-36).
        const auto& outside = moment_.world.outside_nodes;
        if (view_.use != nullptr && slot < outside.size() && group.path.masquerade != datapath::Masquerade::none)
            keep_fullest({"source ports", node, static_cast<double>(outside[slot].ports),
                          group.path.masquerade == datapath::Masquerade::ebpf ? datapath::ports_of_programs
                                                                              : c_[datapath::Coefficient::ports_node]},
                         stage);
    }

    static void keep_fullest(const TableStory& table, StageStory& stage) {
        if (table.limit <= 0) return;
        const auto found = std::ranges::find(stage.tables, table.table, &TableStory::table);
        if (found == stage.tables.end())
            stage.tables.push_back(table);
        else if (table.entries * found->limit > found->entries * table.limit)
            *found = table;
    }

    void tell_hops(NodeRole role, const RuleGroup& group, double time_factor, double queue_factor,
                   StageStory& stage) const {
        const auto visits = datapath::visits_of(spec_, moment_.world, moment_.key, group.path, k_);
        if (!visits[ix(role)]) return;
        const NodeOnPath node{group.path, *visits[ix(role)]};
        const std::vector<Hop> first = hops_of({&node, 1}, c_, rules_, flow_, {}, Packet::first);
        const std::vector<Hop> later = hops_of({&node, 1}, c_, rules_, flow_, {}, Packet::later);
        for (const Hop& hop : first) {
            HopStory told = story_of(hop, flow_, datapath::work_factor(0, c_), time_factor, queue_factor);
            told.first_only = std::ranges::none_of(later, [&](const Hop& one) { return one.place == hop.place; });
            stage.hops.push_back(std::move(told));
        }
    }

    // The way that most connections take, for what lies between its nodes.
    void remember_usual(NodeRole role, const RuleGroup& group, double share) {
        if (role == NodeRole::client && view_.is_sent_round()) return;  // the load balancer comes after it
        const auto visits = datapath::visits_of(spec_, moment_.world, moment_.key, group.path, k_);
        const bool is_last = role == NodeRole::server;
        if (!visits[ix(role)] || share <= (is_last ? last_share_ : first_share_)) return;
        (is_last ? last_share_ : first_share_) = share;
        (is_last ? last_ : first_) = NodeOnPath{group.path, *visits[ix(role)]};
        is_both_ = is_last ? is_both_ : role == NodeRole::both;
    }

    void tell_network(PathStory& story) const {
        std::vector<NodeOnPath> nodes;
        if (first_) nodes.push_back(*first_);
        if (last_ && (!first_ || !is_both_)) nodes.push_back(*last_);
        datapath::HopNetwork network;
        network.comes_from_far = view_.is_from_outside() || view_.is_sent_round();
        network.leaves_for_far = view_.use != nullptr;
        network.has_balancer = view_.balancer(spec_) != nullptr;
        network.balancer_us = static_cast<double>(spec_.data_paths.balancer_latency.us());
        const double on_the_way_in = datapath::between_zones_on_the_way_in(spec_, moment_.world, k_);
        network.cross_zone_share = one_.between_nodes > 0
                                       ? std::clamp((one_.between_zones - on_the_way_in) / one_.between_nodes, 0.0, 1.0)
                                       : 0;
        if (view_.is_sent_round()) {
            HopStory to_balancer;
            to_balancer.place = text_of(Place::network);
            to_balancer.idle_us = to_balancer.now_us = to_balancer.request_us =
                datapath::round_trip_us(spec_, 1, on_the_way_in);
            story.network.push_back(std::move(to_balancer));
        }
        for (const Hop& hop : hops_of(nodes, c_, rules_, flow_, network, Packet::first)) {
            if (!is_between_nodes(hop)) continue;
            HopStory told;
            told.place = text_of(hop.place);
            told.idle_us = told.now_us = told.request_us = hop.latency_us;
            story.network.push_back(std::move(told));
        }
        double in_nodes = 0;
        for (const std::uint32_t slot : one_.nodes) {
            const NodeDataPath& node = row(slot);
            const auto& work = state_.groups[node.group].work[k_];
            const ClassShare& share =
                *std::ranges::lower_bound(node.shares, static_cast<std::uint32_t>(k_), {}, &ClassShare::of_class);
            for (std::size_t r = 0; r < node_role_count; ++r)
                in_nodes += share.roles[r] *
                            (work.roles[r].connect_us * node.time_factor + work.roles[r].proxy_us * node.queue_factor);
        }
        story.network_us = std::max(0.0, one_.connect_us - in_nodes);
    }

    void tell_assumptions(PathStory& story) const {
        const std::string& profile = spec_.data_paths.profile;
        story.assumptions.push_back(profile.empty()
                                        ? "Costs are the defaults, of another machine than yours: measure yours with "
                                          "`ekssim calibrate datapath` (DPA-10)."
                                        : fmt::format("Costs are those of the profile {}.", profile));
        const bool is_ebpf = (first_ && first_->path.is_ebpf()) || (last_ && last_->path.is_ebpf());
        if (is_ebpf)
            story.assumptions.emplace_back(
                "Publications contradict each other on eBPF against kube-proxy for short connections with few "
                "Services: 2.2 "
                "times slower in one, 1.5 times faster in another; measure before you compare the two (DPA-6).");
        const bool has_proxies = datapath::call_of(spec_, moment_.world, k_).layer7 != datapath::Layer7::none;
        if (has_proxies || (first_ && first_->path.mode == Mode::ipvs))
            story.assumptions.emplace_back("IPVS and proxies are not measured; their ranges are wide (DPA-7).");
        if (view_.balancer(spec_) != nullptr && spec_.data_paths.balancer_latency == sim::Duration{})
            story.assumptions.emplace_back(
                "The load balancer is taken to add no time: nobody publishes how much (DPA-9).");
        const bool has_place = view_.is_to_service() && (!first_ || !first_->path.is_ebpf());
        if (has_place)
            story.assumptions.emplace_back("The Service's place among the rules is drawn from the seed (DPC-3).");
        const auto origin = [&](datapath::Coefficient name) {
            const auto& row = datapath::coefficient_table()[static_cast<std::size_t>(name)];
            return fmt::format("{} ({})", row.id, text_of(row.origin));
        };
        if (!story.network.empty())
            story.assumptions.push_back(fmt::format("Round trips in the network: {}, {}.",
                                                    origin(datapath::Coefficient::rtt_zone),
                                                    origin(datapath::Coefficient::rtt_xzone)));
    }

    const PathMoment& moment_;
    const Spec& spec_;
    const DataPathState& state_;
    std::size_t k_;
    ClassView view_;
    const ClassDataPath& one_;
    NodeId from_node_;
    const datapath::Coefficients& c_;
    datapath::Flow flow_;
    datapath::RuleTable rules_;
    std::optional<NodeOnPath> first_;
    std::optional<NodeOnPath> last_;
    double first_share_ = 0;
    double last_share_ = 0;
    bool is_both_ = false;
};

}  // namespace

sim::Result<std::vector<PathStory>, std::string> explain_paths(const PathMoment& moment, std::string_view from,
                                                               std::string_view to) {
    const auto found = find_paths(moment, from, to);
    if (!found) return sim::failure(found.error());
    std::vector<PathStory> stories;
    for (const std::size_t k : found->classes) stories.push_back(Teller(moment, k, found->from_node).tell());
    return stories;
}

sim::Result<std::vector<PathStory>, std::string> explain_path(const Scenario& scenario, const StartOptions& options,
                                                              std::string_view from, std::string_view to,
                                                              sim::Duration at) {
    Run run = start(scenario, options);
    run.until(at);
    return explain_paths({run.spec(), run.world(), run.simulation().key(), run.now()}, from, to);
}

}  // namespace eks

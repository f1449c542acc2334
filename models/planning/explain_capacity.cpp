#include "models/planning/explain_capacity.hpp"

#include "models/planning/autoscaler_story.hpp"
#include "models/scenario/near_miss.hpp"
#include "models/spec/layer7_words.hpp"
#include "models/systems/datapath/port_pool.hpp"
#include "models/systems/datapath/proxy_cost.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/systems/network/dns_packets.hpp"
#include "models/world/service_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <ranges>
#include <utility>

namespace eks {

namespace {

using datapath::ClassView;
using datapath::NodeClass;
using datapath::Protocol;

std::optional<double> if_any(double value) { return value > 0 ? std::optional(value) : std::nullopt; }

datapath::Role role_of(NodeRole role, const ClassView& view, bool comes_by_node_ports) {
    switch (role) {
        case NodeRole::client: return view.use != nullptr ? datapath::Role::egress : datapath::Role::client;
        case NodeRole::server: return datapath::Role::server;
        case NodeRole::both: return comes_by_node_ports ? datapath::Role::entry : datapath::Role::both;
        default: return datapath::Role::entry;
    }
}

NodeClass node_class(const PathMoment& moment, std::size_t k, NodeRole role, double share) {
    const ClassView view = datapath::class_view(moment.spec, k);
    const ClassDataPath& one = moment.world.data_path.classes[k];
    const datapath::Call call = datapath::call_of(moment.spec, moment.world, k);
    NodeClass node;
    node.role = role_of(role, view, view.comes_by_node_ports(moment.spec));
    node.connections_per_second = one.attempts * share * (role == NodeRole::server ? one.reaching : 1);
    node.flow = datapath::flow_of(moment.spec, k);
    node.ending = node.flow.protocol == Protocol::udp ? datapath::Ending::udp : datapath::Ending::closed;
    node.is_to_service = call.is_to_service && !(role == NodeRole::client && view.is_sent_round());
    node.endpoints = call.endpoints;
    node.local_share = role == NodeRole::both ? 1 : 0;
    node.destination = view.use != nullptr ? static_cast<std::int32_t>(view.use->network) : 0;
    node.layer7 = call.layer7;
    node.proxy = call.proxy;
    node.is_targeted = role == NodeRole::server && (view.is_from_outside() || view.is_sent_round()) &&
                       !view.comes_by_node_ports(moment.spec);
    node.position = datapath::position_of(moment.spec, moment.world, moment.key, k);
    return node;
}

// Pods of the node that ask or answer by proxies of the kind.
double pods_with(const PathMoment& moment, NodeId node, datapath::Layer7 kind) {
    const auto is_its = [&](WorkloadIx workload) {
        const auto& classes = moment.spec.traffic.classes;
        for (std::size_t k = 0; k < classes.size(); ++k) {
            if (!classes[k].connections.is_said || datapath::call_of(moment.spec, moment.world, k).layer7 != kind)
                continue;
            if (classes[k].from == workload) return true;
            if (std::ranges::find(classes[k].to, workload) != classes[k].to.end()) return true;
        }
        return false;
    };
    double pods = 0;
    for (PodId id = moment.world.nodes[node].first_pod; id.valid(); id = moment.world.pods[id].next_on_node)
        pods += moment.world.pods[id].stage == PodStage::ready && is_its(moment.world.pods[id].workload) ? 1 : 0;
    return pods;
}

std::vector<ProxyStory> proxies_on(const PathMoment& moment, NodeId node) {
    using datapath::Layer7;
    std::vector<ProxyStory> stories;
    for (const Layer7 kind :
         {Layer7::node_proxy, Layer7::ingress_proxy, Layer7::one_sidecar, Layer7::two_sidecars, Layer7::ztunnel}) {
        const double pods = pods_with(moment, node, kind);
        if (pods == 0) continue;
        const datapath::ProxyCost cost =
            datapath::proxy_cost(kind, {.pods = pods}, {}, moment.spec.data_paths.coefficients);
        stories.push_back({kind, pods, cost.proxies, cost.memory_mb, cost.pods_that_fail_together});
    }
    return stories;
}

double first_multiple(const datapath::Capacity& capacity) {
    return capacity.limits[capacity.first].multiple.value_or(std::numeric_limits<double>::infinity());
}

std::vector<std::string> assumptions_of(const Spec& spec) {
    std::vector<std::string> lines;
    lines.emplace_back(spec.data_paths.profile.empty()
                           ? "Costs are the defaults, of another machine than yours: measure yours with `ekssim "
                             "calibrate datapath` (DPA-10)."
                           : fmt::format("Costs are those of the profile {}.", spec.data_paths.profile));
    lines.emplace_back(
        "eBPF against kube-proxy at few Services: 2.2 times slower in one publication, 1.5 times faster in "
        "another; measure yours before you compare (DPA-6).");
    if (!spec.data_paths.allowances.packets_per_second)
        lines.emplace_back(
            "EC2's packet rates do not limit here: AWS publishes none (DPA-9); say "
            "cluster.dataPath.packetsPerSecond if you know yours.");
    if (!spec.data_paths.allowances.tracked_connections)
        lines.emplace_back("Nor does EC2's connection tracking: say cluster.dataPath.trackedConnections.");
    if (!spec.dns.uses.empty())
        lines.emplace_back(
            "The resolver of the VPC takes 1024 packets a second from one ENI, and the excess is lost (DPD-30): "
            "counted is "
            "the ENI that asks most.");
    return lines;
}

}  // namespace

std::string_view text_of(datapath::Layer7 kind) { return datapath::layer7_words.at(static_cast<std::size_t>(kind)); }

NodeQuestion capacity_question(const PathMoment& moment, NodeId id) {
    const Spec& spec = moment.spec;
    const DataPathState& state = moment.world.data_path;
    const NodeDataPath& row = state.nodes[id.slot];
    const NodeShape& shape = spec[moment.world.nodes[id].shape];
    NodeQuestion question;
    question.path = state.groups[row.group].path;
    question.demand.rules = datapath::table_of(spec, moment.world);
    question.demand.application_cores = row.application_cores;
    question.demand.resolver_packets_per_second = resolver_packets_of(spec, moment.world, id);
    for (const ClassShare& share : row.shares) {
        for (std::size_t r = 0; r < node_role_count; ++r)
            if (share.roles[r] > 0)
                question.demand.classes.push_back(
                    node_class(moment, share.of_class, static_cast<NodeRole>(r), share.roles[r]));
    }
    datapath::NodeLimits& limits = question.limits;
    limits.ports_of_programs = datapath::ports_of_programs;  // as runs have it
    limits.cores = std::max(1, shape.vcpus);
    limits.conntrack = datapath::conntrack_entries(spec, shape);
    limits.bpf_map = datapath::bpf_map_entries(spec, shape);
    limits.lb_map = spec.data_paths.cilium.lb_map_entries;
    limits.ec2_tracking = spec.data_paths.allowances.tracked_connections;
    limits.bytes_in_per_second = if_any(static_cast<double>(shape.network_baseline_bytes_per_second));
    limits.bytes_out_per_second = limits.bytes_in_per_second;
    limits.packets_per_second = spec.data_paths.allowances.packets_per_second;
    return question;
}

sim::Result<CapacityStory, std::string> capacity_story(const PathMoment& moment, std::string_view node) {
    const Spec& spec = moment.spec;
    CapacityStory story;
    story.at = moment.now;
    std::vector<std::string> names;
    std::vector<std::pair<NodeCapacityStory, NodeId>> nodes;
    bool is_there = false;
    for (const NodeId id : moment.world.node_order) {
        const Node& object = moment.world.nodes[id];
        names.push_back(story_name(spec, object));
        if (!node.empty() && names.back() != node) continue;
        is_there = true;
        const NodeDataPath* row = data_path_of(moment.world, id);
        if (row == nullptr || row->shares.empty()) continue;
        const NodeQuestion question = capacity_question(moment, id);
        NodeCapacityStory one;
        one.node = names.back();
        one.instance_type = spec[object.shape].instance_type;
        one.mode = text_of(question.path.mode);
        one.cores = question.limits.cores;
        one.application_cores = question.demand.application_cores;
        one.own = capacity_of(question.path, spec.data_paths.coefficients, question.demand, question.limits);
        one.proxies = proxies_on(moment, id);
        story.cores += one.own.cores;
        nodes.emplace_back(std::move(one), id);
    }
    if (!node.empty() && !is_there) {
        const std::vector<std::string_view> views(names.begin(), names.end());
        return sim::failure(
            fmt::format("there is no node {} at {}; {}", node, story_time(moment.now), did_you_mean(node, views)));
    }
    if (nodes.empty())
        return sim::failure(
            fmt::format("no connections come by {} at {}; write `connections: keep-alive` to an entry "
                        "of `traffic`",
                        node.empty() ? "any node" : std::string(node), story_time(moment.now)));
    std::ranges::stable_sort(nodes, {}, [](const auto& one) { return first_multiple(one.first.own); });
    const NodeQuestion worst = capacity_question(moment, nodes.front().second);
    story.modes = capacity_by_mode(worst.path, spec.data_paths.coefficients, worst.demand, worst.limits);
    for (auto& [one, id] : nodes) story.nodes.push_back(std::move(one));
    story.assumptions = assumptions_of(spec);
    return story;
}

sim::Result<CapacityStory, std::string> explain_capacity(const Scenario& scenario, const StartOptions& options,
                                                         std::string_view node, sim::Duration at) {
    Run run = start(scenario, options);
    run.until(at);
    return capacity_story({run.spec(), run.world(), run.simulation().key(), run.now()}, node);
}

namespace {

std::string multiple_text(const datapath::Capacity& capacity) {
    const auto& multiple = capacity.limits[capacity.first].multiple;
    return multiple ? fmt::format("{:.3g} x", *multiple) : "never";
}

std::string first_text(const datapath::Capacity& capacity) {
    const datapath::Limit& first = capacity.limits[capacity.first];
    return first.multiple ? std::string(text_of(first.kind)) : "nothing";
}

void add_limits(const datapath::Capacity& capacity, std::vector<std::string>& lines) {
    for (const datapath::Limit& limit : capacity.limits) {
        const std::string reached = limit.multiple ? fmt::format("reached at {:.3g} x today's traffic", *limit.multiple)
                                                   : "not reached by more of this traffic";
        lines.push_back(fmt::format("    {:<14}{:>14.6g} of {:>14.6g}  {:>6.1f}%  {}", text_of(limit.kind), limit.used,
                                    limit.cap, limit.used / limit.cap * 100, reached));
    }
}

}  // namespace

std::vector<std::string> to_lines(const CapacityStory& story) {
    constexpr std::size_t nodes_shown = 10;
    std::vector<std::string> lines{fmt::format("At {}: {} nodes with connections; their network takes {:.3f} cores.",
                                               story_time(story.at), story.nodes.size(), story.cores.total())};
    lines.push_back(fmt::format("  {:<24}{:<14}{:<20}{:>9}{:>7}  {:<14}{:>10}", "node", "type", "data path", "network",
                                "load", "breaks first", "at"));
    for (const NodeCapacityStory& node : story.nodes | std::views::take(nodes_shown))
        lines.push_back(fmt::format("  {:<24}{:<14}{:<20}{:>9.3f}{:>7.2f}  {:<14}{:>10}", node.node, node.instance_type,
                                    node.mode, node.own.cores.total(), node.own.load, first_text(node.own),
                                    multiple_text(node.own)));
    if (story.nodes.size() > nodes_shown)
        lines.push_back(fmt::format("  and {} more, which break later", story.nodes.size() - nodes_shown));

    const NodeCapacityStory& worst = story.nodes.front();
    lines.push_back(fmt::format("  {}: {:.0f} cores, {:.3f} of them for applications; for the network:", worst.node,
                                worst.cores, worst.application_cores));
    for (std::size_t part = 0; part < datapath::part_count; ++part) {
        const double cores = worst.own.cores.parts[part];
        if (cores > 0)
            lines.push_back(fmt::format("    {:<14}{:>8.4f} cores  {:>5.1f}%",
                                        text_of(static_cast<datapath::Part>(part)), cores,
                                        cores / worst.own.cores.total() * 100));
    }
    add_limits(worst.own, lines);
    for (const ProxyStory& kind : worst.proxies)
        lines.push_back(fmt::format(
            "    {} of kind {} for {:.0f} pods: {:.0f} MB without load (Istio's of 1.24, DPD-25), and {:.0f} {} with "
            "one",
            kind.proxies == 1 ? "1 proxy" : fmt::format("{:.0f} proxies", kind.proxies), text_of(kind.kind), kind.pods,
            kind.memory_mb, kind.pods_that_fail_together, kind.pods_that_fail_together == 1 ? "fails" : "fail"));
    lines.push_back(fmt::format("  The same traffic on {} with each data path:", worst.node));
    lines.push_back(fmt::format("    {:<20}{:>9}{:>10}{:>7}  {:<14}{:>10}", "data path", "cores", "spared", "load",
                                "breaks first", "at"));
    for (const datapath::ModeCapacity& mode : story.modes)
        lines.push_back(fmt::format("    {:<20}{:>9.4f}{:>9.1f}%{:>7.2f}  {:<14}{:>10}", text_of(mode.mode),
                                    mode.capacity.cores.total(), mode.avoided_share * 100, mode.capacity.load,
                                    first_text(mode.capacity), multiple_text(mode.capacity)));
    for (const std::string& assumption : story.assumptions) lines.push_back("  " + assumption);
    return lines;
}

}  // namespace eks

// Where the connections of a class begin and end: the pods that ask and those that answer, by node, and the nodes at
// which a load balancer's connections come in (DPC-5, DPD-33).
#include "models/systems/datapath/run/run.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

namespace eks::datapath {

namespace {

// Shares by slot of the node; all of them make 1, or there is nobody.
using Shares = std::vector<double>;

double sum_of(const Shares& shares) { return std::accumulate(shares.begin(), shares.end(), 0.0); }

void make_whole(Shares& shares) {
    const double all = sum_of(shares);
    if (all <= 0) return;
    for (double& share : shares) share /= all;
}

std::size_t zone_of(const Spec& spec, const World& world, std::size_t slot) {
    return spec[world.nodes[world.data_path.nodes[slot].node].shape].zone.value;
}

double between_zones(const Spec& spec, const World& world, const Shares& from, const Shares& to) {
    Shares from_zone(spec.zones.size(), 0.0);
    Shares to_zone(spec.zones.size(), 0.0);
    for (std::size_t slot = 0; slot < from.size(); ++slot)
        if (from[slot] > 0) from_zone[zone_of(spec, world, slot)] += from[slot];
    for (std::size_t slot = 0; slot < to.size(); ++slot)
        if (to[slot] > 0) to_zone[zone_of(spec, world, slot)] += to[slot];
    double across = sum_of(from_zone) * sum_of(to_zone);
    for (std::size_t zone = 0; zone < from_zone.size(); ++zone) across -= from_zone[zone] * to_zone[zone];
    return std::max(0.0, across);
}

bool works_for_a_job(const Pod& pod) { return pod.job.valid() && containers_run(pod); }

class Placement {
  public:
    Placement(const Spec& spec, World& world, Turn& turn) : spec_(spec), world_(world), turn_(turn) {}

    Shares callers(const ClassView& view) {
        Shares callers = nobody();
        if (view.use != nullptr)
            count(view.use->workload, callers, [](const Pod& pod) { return containers_run(pod); });
        else if (view.traffic->from.valid())
            count(view.traffic->from, callers, [](const Pod& pod) { return is_asking(pod); });
        make_whole(callers);
        return callers;
    }

    // Evenly over the ready endpoints: kube-proxy looks at no zone. `ready` becomes their number.
    Shares endpoints(const ClassView& view, double& ready) {
        Shares endpoints = nobody();
        if (view.traffic == nullptr) return endpoints;
        for (const WorkloadIx to : view.traffic->to) count(to, endpoints, [](const Pod& pod) { return answers(pod); });
        ready = sum_of(endpoints);
        make_whole(endpoints);
        return endpoints;
    }

    // Of a load balancer that sends to NodePorts: all nodes with a Node object, or those with an endpoint.
    Shares entries(const LoadBalancer& balancer, const Shares& endpoints) {
        Shares entries = nobody();
        for (const NodeId id : world_.node_order) {
            slot_of(id, entries);
            const bool has_endpoint = id.slot < endpoints.size() && endpoints[id.slot] > 0;
            if (!balancer.is_local || has_endpoint) entries[id.slot] = 1;
        }
        spread_over_zones(balancer, entries);
        return entries;
    }

    // Without cross-zone balancing each zone gets as much, and within a zone each target does.
    void spread_over_zones(const LoadBalancer& balancer, Shares& targets) {
        if (!balancer.is_cross_zone) {
            Shares zones(spec_.zones.size(), 0.0);
            for (std::size_t slot = 0; slot < targets.size(); ++slot)
                if (targets[slot] > 0) zones[zone_of(slot)] += targets[slot];
            for (std::size_t slot = 0; slot < targets.size(); ++slot)
                if (targets[slot] > 0) targets[slot] /= zones[zone_of(slot)];
        }
        make_whole(targets);
    }

    std::size_t zone_of(std::size_t slot) const { return datapath::zone_of(spec_, world_, slot); }

    double between_zones(const Shares& from, const Shares& to) const {
        return datapath::between_zones(spec_, world_, from, to);
    }

  private:
    static bool answers(const Pod& pod) { return counts_as_ready(pod) || works_for_a_job(pod); }

    Shares nobody() const { return Shares(world_.data_path.nodes.size(), 0.0); }

    void slot_of(NodeId node, Shares& shares) {
        row_of(spec_, world_, turn_, node);
        if (shares.size() <= node.slot) shares.resize(node.slot + std::size_t{1}, 0.0);
    }

    void count(WorkloadIx workload, Shares& shares, const auto& counts) {
        for_each_pod(world_, workload, [&](PodId, const Pod& pod) {
            if (!pod.node.valid() || !counts(pod)) return;
            slot_of(pod.node, shares);
            shares[pod.node.slot] += 1;
        });
    }

    const Spec& spec_;
    World& world_;
    Turn& turn_;
};

double at(const Shares& shares, std::size_t slot) { return slot < shares.size() ? shares[slot] : 0.0; }

void forget(DataPathState& state, std::uint32_t of_class) {
    ClassDataPath& one = state.classes[of_class];
    for (const std::uint32_t slot : one.nodes) {
        NodeDataPath& row = state.nodes[slot];
        std::erase_if(row.shares, [&](const ClassShare& share) { return share.of_class == of_class; });
        row.is_due = true;
    }
    one.nodes.clear();
}

}  // namespace

bool is_asking(const Pod& pod) { return pod.stage == PodStage::ready || works_for_a_job(pod); }

double between_zones_on_the_way_in(const Spec& spec, const World& world, std::size_t of_class) {
    const ClassView view = class_view(spec, of_class);
    if (!view.is_sent_round()) return 0;
    Shares clients(world.data_path.nodes.size(), 0.0);
    Shares ways_in = clients;
    for (const std::uint32_t slot : world.data_path.classes[of_class].nodes) {
        const auto& roles = std::ranges::lower_bound(world.data_path.nodes[slot].shares,
                                                     static_cast<std::uint32_t>(of_class), {}, &ClassShare::of_class)
                                ->roles;
        clients[slot] = roles[ix(NodeRole::client)];
        ways_in[slot] = view.comes_by_node_ports(spec) ? roles[ix(NodeRole::entry)] + roles[ix(NodeRole::both)]
                                                       : roles[ix(NodeRole::server)];
    }
    return between_zones(spec, world, clients, ways_in);
}

void place_class(const Spec& spec, World& world, Turn& turn, std::size_t of_class) {
    DataPathState& state = world.data_path;
    const auto k = static_cast<std::uint32_t>(of_class);
    forget(state, k);
    const ClassView view = class_view(spec, of_class);
    Placement placement(spec, world, turn);
    double ready = 0;
    Shares from = placement.callers(view);
    Shares to = placement.endpoints(view, ready);
    Shares clients;  // of a load balancer, where they are pods of the cluster
    if (view.is_sent_round()) clients.swap(from);
    const LoadBalancer* balancer = view.balancer(spec);
    const bool has_entries = view.comes_by_node_ports(spec);
    if (balancer != nullptr && !has_entries) placement.spread_over_zones(*balancer, to);
    if (has_entries) from = placement.entries(*balancer, to);

    ClassDataPath& one = state.classes[of_class];
    if (ready != one.endpoints) {
        one.endpoints = ready;
        // How many there are is part of what a connection costs (DPC-12).
        for (RuleGroup& group : state.groups)
            if (of_class < group.work.size()) group.work[of_class] = work_of(spec, world, turn.key(), group, of_class);
    }
    one.between_nodes = one.between_zones = 0;
    const bool stays = has_entries && balancer->is_local;  // where it comes in
    const std::size_t slots = std::max({from.size(), to.size(), clients.size()});
    for (std::size_t slot = 0; slot < slots; ++slot) {
        const double asks = at(from, slot);
        const double answers = at(to, slot);
        if (asks <= 0 && answers <= 0 && at(clients, slot) <= 0) continue;
        ClassShare share{k, {}};
        auto& roles = share.roles;
        const NodeRole first = has_entries ? NodeRole::entry : NodeRole::client;
        if ((view.is_from_outside() || view.is_sent_round()) && !has_entries) {
            roles[ix(NodeRole::server)] = answers;
        } else if (view.use != nullptr) {
            roles[ix(NodeRole::client)] = asks;
        } else if (stays) {
            roles[ix(NodeRole::both)] = asks;
        } else {
            roles[ix(NodeRole::both)] = asks * answers;
            roles[ix(first)] = asks * (1 - answers);
            roles[ix(NodeRole::server)] = answers * (1 - asks);
            one.between_nodes += asks * (1 - answers);
        }
        roles[ix(NodeRole::client)] += at(clients, slot);
        NodeDataPath& row = state.nodes[slot];
        row.shares.insert(std::ranges::lower_bound(row.shares, k, {}, &ClassShare::of_class), share);
        row.is_due = true;
        one.nodes.push_back(static_cast<std::uint32_t>(slot));
    }
    if (view.traffic != nullptr && !stays && one.between_nodes > 0)
        one.between_zones = placement.between_zones(from, to);
    one.between_zones += between_zones_on_the_way_in(spec, world, of_class);
    one.is_due = false;
    one.is_judged = false;
}

}  // namespace eks::datapath

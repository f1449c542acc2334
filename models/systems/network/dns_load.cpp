// The load on the cluster's DNS as it is now, and what becomes of the lookups (DNS-2, DNS-3, DNS-7): a steady state,
// worked out anew when a pod that looks names up, or one that answers, comes or goes.
//
// Questions are shared evenly among the servers. Each loses what is beyond its own rate, and the resolver of the VPC
// loses what is beyond 1024 packets a second from one ENI. What repeated questions add to the load is left out.
#include "models/systems/handlers.hpp"
#include "models/systems/network/dns_arithmetic.hpp"
#include "models/systems/network/dns_packets.hpp"
#include "models/systems/signals.hpp"
#include "models/world/cluster_dns.hpp"
#include "models/world/service_path.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

namespace eks {

namespace {

constexpr double thousandths = 1e-3;
constexpr double parts_per_million = 1e6;
constexpr double resolver_packets_per_second = 1024;  // DNS-3, for each ENI

// How a pod's questions travel.
enum class DnsPath : std::uint8_t { to_servers, by_node_cache, to_vpc, nowhere };

EniId primary_eni(const World& world, NodeId node) {
    for (EniId eni = world.pools[world.nodes[node].first_pool].first_eni; eni.valid();
         eni = world.enis[eni].next_in_pool)
        if (world.enis[eni].is_primary) return eni;
    return EniId::none();
}

// The ENI by which a pod's packets leave the node.
EniId eni_of(const World& world, const Pod& pod) { return pod.eni.valid() ? pod.eni : primary_eni(world, pod.node); }

// Whether Cilium's agent has taken Services over on the node, with the settings that are in force. Its programs stay
// while it is away.
bool is_taken_over(const Spec& spec, const World& world, NodeId id) {
    if (world.nodes[id].services.are_replaced) return true;
    if (spec.cni_kind == CniKind::vpc_cni) {
        const WorkloadIx agents = spec.cilium.agent_workload;
        for (PodId p = agents.valid() ? world[agents].first_pod : PodId::none(); p.valid();
             p = world.pods[p].next_of_owner)
            if (world.pods[p].node == id && world.pods[p].stage == PodStage::ready) return true;
        return false;
    }
    return daemon_of(world.nodes[id], Cni::cilium).serves &&
           std::ranges::find(world.cni_update.left, id) == world.cni_update.left.end();
}

void take_over_services(const Spec& spec, World& world, Turn& turn) {
    for (const NodeId id : world.node_order) {
        bool& are_replaced = world.nodes[id].services.are_replaced;
        const bool are_now = spec.cilium.replaces_kube_proxy && is_taken_over(spec, world, id);
        if (are_now == are_replaced) continue;
        are_replaced = are_now;
        service_handling_changes(spec, world, turn, id);
    }
}

class DnsLoad {
  public:
    DnsLoad(const Spec& spec, const World& world) : spec_(spec), world_(world) {}

    DnsState look() {
        find_servers();
        for (const DnsUse& use : spec_.dns.uses) {
            for_each_pod(use.workload, [&](const Pod& pod) {
                if (containers_run(pod)) add(use, pod);
            });
        }
        add_forwarded_by_servers();
        for (const Share& share : shares_) judge(share);
        return rounded();
    }

    // A second, to the VPC's resolver.
    double packets_by(EniId eni) const {
        const auto found = eni.valid() ? by_eni_.find(eni.slot) : by_eni_.end();
        return found == by_eni_.end() ? 0 : found->second;
    }

  private:
    // Lookups of one use from one node.
    struct Share {
        const DnsUse* use = nullptr;
        DnsPath path = DnsPath::to_servers;
        EniId direct;  // by which questions go to the VPC's resolver from the node itself
        double lookups = 0;
        double reached = 1;  // of the questions to the servers, by the node's rules for Services
        double races = 0;    // of the lookups, those whose two questions race in conntrack (DPS-15)
    };

    template <class F>
    void for_each_pod(WorkloadIx workload, F f) const {
        const auto walk = [&](PodId id) {
            for (; id.valid(); id = world_.pods[id].next_of_owner) f(world_.pods[id]);
        };
        walk(world_[workload].first_pod);
        for (JobId job = world_[workload].first_job; job.valid(); job = world_.jobs[job].next_of_workload)
            walk(world_.jobs[job].first_pod);
    }

    void find_servers() {
        for (const WorkloadIx server : spec_.dns.servers) {
            for_each_pod(server, [&](const Pod& pod) {
                if (pod.stage == PodStage::ready) servers_.push_back(eni_of(world_, pod));
                silent_servers_ += pod.seems_ready ? 1 : 0;
            });
        }
        if (!spec_.dns.node_cache.valid()) return;
        for_each_pod(spec_.dns.node_cache, [&](const Pod& pod) {
            if (pod.stage != PodStage::ready) return;
            has_cache_.resize(std::max<std::size_t>(has_cache_.size(), pod.node.slot + std::size_t{1}));
            has_cache_[pod.node.slot] = true;
        });
    }

    DnsPath path_from(const DnsUse& use, NodeId node) const {
        if (use.asks_vpc) return DnsPath::to_vpc;
        if (spec_.dns.node_cache.valid()) {
            const bool has_cache = node.slot < has_cache_.size() && has_cache_[node.slot];
            return has_cache ? DnsPath::by_node_cache : DnsPath::nowhere;
        }
        return servers_.empty() ? DnsPath::nowhere : DnsPath::to_servers;
    }

    // A server whose machine has stopped keeps its share of the questions until the control plane has missed it
    // (NODE-2).
    double reached_where_kept() const {
        const auto live = static_cast<double>(servers_.size());
        return servers_.empty() ? 0 : live / (live + silent_servers_);
    }

    // DPC-55, DPC-56: the share of the endpoints in the node's rules that are still there.
    double reached_from(NodeId id) const {
        if (const NodeDataPath* row = data_path_of(world_, id)) return reached_by(*row);
        const ServiceRules& rules = world_.nodes[id].services;
        if (!spec_.dns.kube_proxy.valid() || rules.are_kept || rules.are_replaced) return reached_where_kept();
        if (!rules.are_written || rules.dns_servers == 0) return 0;
        std::int32_t left = 0;
        for (const WorkloadIx server : spec_.dns.servers) {
            for_each_pod(server, [&](const Pod& pod) {
                left += pod.stage == PodStage::ready && pod.started <= rules.kept_until ? 1 : 0;
            });
        }
        return static_cast<double>(left) / rules.dns_servers;
    }

    // Where data paths are looked at, the servers are a Service like any other.
    double reached_by(const NodeDataPath& row) const {
        if (row.services != ServicePath::rules || servers_.empty()) return 0;
        const RuleGroup& group = world_.data_path.groups[row.group];
        for (std::uint32_t i = 0; i < spec_.services.size(); ++i) {
            if (spec_.services[i].to != spec_.dns.servers) continue;
            return 1 - dead_share(world_, group, i, silent_servers_).value_or(1);
        }
        return reached_where_kept();
    }

    double race_share(NodeId id) const {
        const NodeDataPath* row = data_path_of(world_, id);
        return row != nullptr ? row->racing_lookups : 0;
    }

    void add(const DnsUse& use, const Pod& pod) {
        Share share{&use, path_from(use, pod.node), EniId::none(),
                    static_cast<double>(use.lookups_milli_per_second) * thousandths};
        share.reached = reached_from(pod.node);
        if (share.path == DnsPath::to_servers) share.races = race_share(pod.node);
        const double missed = 1 - use.cached_ppm / parts_per_million;
        const int local = use.queries.asked - use.queries.forwarded;
        switch (share.path) {
            case DnsPath::to_servers:
                to_servers_ += share.lookups * share.reached * use.queries.asked;
                forwarded_ += share.lookups * share.reached * use.queries.forwarded * missed;
                break;
            case DnsPath::by_node_cache:
                to_servers_ += share.lookups * share.reached * local * missed;
                share.direct = primary_eni(world_, pod.node);
                by_eni_[share.direct.slot] += share.lookups * use.queries.forwarded * missed;
                break;
            case DnsPath::to_vpc:
                share.direct = eni_of(world_, pod);
                by_eni_[share.direct.slot] += share.lookups * use.queries.forwarded;
                break;
            case DnsPath::nowhere: break;
        }
        shares_.push_back(share);
    }

    // What the servers pass on leaves by the ENI that holds their address; two on one ENI share it.
    void add_forwarded_by_servers() {
        if (servers_.empty()) return;
        const auto count = static_cast<double>(servers_.size());
        server_loss_ =
            dns::lost_share(to_servers_ / count, static_cast<double>(spec_.dns.queries_per_second_of_server));
        passed_on_ = forwarded_ * (1 - server_loss_);
        for (const EniId eni : servers_) by_eni_[eni.slot] += passed_on_ / count;
    }

    double loss_on(EniId eni) const { return dns::lost_share(by_eni_.at(eni.slot), resolver_packets_per_second); }

    double loss_behind_servers() const {
        double sum = 0;
        for (const EniId eni : servers_) sum += loss_on(eni);
        return servers_.empty() ? 1.0 : sum / static_cast<double>(servers_.size());
    }

    void judge(const Share& share) {
        const DnsUse& use = *share.use;
        const double missed = 1 - use.cached_ppm / parts_per_million;
        const double server_loss = 1 - share.reached * (1 - server_loss_);
        dns::Outcome outcome{0, 0, 1};
        switch (share.path) {
            case DnsPath::to_servers:
                outcome = dns::outcome_of(use.queries, server_loss,
                                          server_loss + (1 - server_loss) * missed * loss_behind_servers());
                break;
            case DnsPath::by_node_cache:
                outcome = dns::outcome_of(use.queries, missed * (servers_.empty() ? 1.0 : server_loss),
                                          missed * loss_on(share.direct));
                break;
            case DnsPath::to_vpc: outcome = dns::outcome_of(use.queries, 0, loss_on(share.direct)); break;
            case DnsPath::nowhere: break;
        }
        at_once_ += share.lookups * outcome.at_once * (1 - share.races);
        late_ += share.lookups * (outcome.late + outcome.at_once * share.races);
        failed_ += share.lookups * outcome.failed;
    }

    DnsState rounded() const {
        double passed_on = 0;
        double dropped = 0;
        for (const auto& [eni, load] : by_eni_) {
            passed_on += load;
            dropped += load * dns::lost_share(load, resolver_packets_per_second);
        }
        DnsState state;
        state.at_once = std::llround(at_once_);
        state.late = std::llround(late_);
        state.failed = std::llround(failed_);
        const double all = at_once_ + late_ + failed_;
        state.failed_ppm = all > 0 ? std::llround(failed_ / all * parts_per_million) : 0;
        state.to_servers = std::llround(to_servers_);
        state.passed_on = std::llround(passed_on);
        state.dropped = std::llround(dropped);
        return state;
    }

    const Spec& spec_;
    const World& world_;
    std::vector<EniId> servers_;
    std::int32_t silent_servers_ = 0;
    std::vector<bool> has_cache_;  // by slot of the node
    std::vector<Share> shares_;
    std::map<std::uint32_t, double> by_eni_;  // packets a second to the VPC's resolver, by slot
    double to_servers_ = 0;
    double forwarded_ = 0;
    double passed_on_ = 0;
    double server_loss_ = 0;
    double at_once_ = 0;
    double late_ = 0;
    double failed_ = 0;
};

}  // namespace

double resolver_packets_of(const Spec& spec, const World& world, NodeId node) {
    if (spec.dns.uses.empty()) return 0;
    DnsLoad load(spec, world);
    load.look();
    double most = load.packets_by(primary_eni(world, node));
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node)
        most = std::max(most, load.packets_by(eni_of(world, world.pods[id])));
    return most;
}

void dns_changes(const Spec& spec, World& world, Turn& turn) {
    if ((spec.dns.uses.empty() && !spec.data_paths.are_used) || world.dns.is_due) return;
    world.dns.is_due = true;
    turn.at(turn.now(), DnsChanges{});
}

void on(const Spec& spec, World& world, Turn& turn, const DnsChanges&) {
    take_over_services(spec, world, turn);
    if (spec.dns.uses.empty()) {
        world.dns.is_due = false;
        return;
    }
    DnsState now = DnsLoad(spec, world).look();
    now.is_look_due = world.dns.is_look_due;
    const DnsState& was = world.dns;
    if (now.failed_ppm != was.failed_ppm) lookups_fare_otherwise(spec, world, turn);
    const DnsFact fact{now.at_once - was.at_once,       now.late - was.late,
                       now.failed - was.failed,         now.failed_ppm - was.failed_ppm,
                       now.to_servers - was.to_servers, now.passed_on - was.passed_on,
                       now.dropped - was.dropped};
    world.dns = now;
    turn.note(fact);
}

}  // namespace eks

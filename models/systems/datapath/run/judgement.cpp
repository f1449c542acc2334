// How the connections of a class fare: how long they take, which share fails and why, and what that does to requests
// (DPC-16 to DPC-18, DPC-53, DPC-66, DPC-67).
#include "models/systems/datapath/balancer_target.hpp"
#include "models/systems/datapath/failure.hpp"
#include "models/systems/datapath/latency.hpp"
#include "models/systems/datapath/migration.hpp"
#include "models/systems/datapath/run/run.hpp"
#include "models/world/service_path.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <utility>

namespace eks::datapath {

namespace {

// Endpoints that count as ready and are not reached: their machine has stopped (NODE-2), or their address is lost or
// another pod's too (DPC-57).
double silent_endpoints(const World& world, const ClassView& view) {
    double silent = 0;
    if (view.traffic == nullptr) return silent;
    for (const WorkloadIx to : view.traffic->to)
        for_each_pod(world, to, [&](PodId, const Pod& pod) {
            silent += pod.seems_ready || (pod.stage == PodStage::ready && fails_connections(pod.address)) ? 1 : 0;
        });
    return silent;
}

double names_fail(const Spec& spec, const World& world, const ClassView& view) {
    const WorkloadIx asks = view.use != nullptr ? view.use->workload : view.traffic->from;
    const auto is_its = [&](const DnsUse& use) { return use.workload == asks; };
    if (!asks.valid() || std::ranges::none_of(spec.dns.uses, is_its)) return 0;
    return static_cast<double>(world.dns.failed_ppm) / parts_per_million;
}

// Whether the node cannot reach a Service's address that way.
bool lacks_service(const NodeDataPath& row, const ClassWork& work, NodeRole role) {
    if (row.services != ServicePath::rules || work.is_dead) return true;
    return role == NodeRole::entry && effect_of(row.migration).fresh == NewConnections::work_from_pods_to_cluster_ips;
}

// Of those that come so far, some fail for another reason.
void fail_also(double& share, double more) {
    if (more > 0) share = 1 - (1 - share) * (1 - more);
}

class Judgement {
  public:
    Judgement(const Spec& spec, const World& world, sim::Time now, std::size_t of_class)
        : spec_(spec),
          world_(world),
          now_(now),
          k_(static_cast<std::uint32_t>(of_class)),
          view_(class_view(spec, of_class)),
          one_(world.data_path.classes[of_class]) {}

    ClassDataPath judge() {
        one_.failing.fill(0);
        one_.wrong_pod = 0;
        look();
        for (const std::uint32_t slot : one_.nodes) add_callers(slot);
        if (first_ends_ <= 0) add_those_without_a_first_node();
        one_.reaching = goes_ > 0 ? reaching_ / goes_ : 1;
        add_network();
        wait();
        return std::move(one_);
    }

    Callers callers() {
        look();
        Callers callers;
        for (const std::uint32_t slot : one_.nodes) {
            const ClassShare& share = share_on(row(slot));
            for (const NodeRole role : {NodeRole::both, away()}) {
                if (share.roles[ix(role)] > 0)
                    callers.groups.push_back({slot, role, share.roles[ix(role)], failures_at(slot, role)});
            }
        }
        if (callers.groups.empty()) callers.groups.push_back({{}, NodeRole::server, 1, failures_from_outside()});
        for (std::size_t cause = 0; cause < failure_cause_count; ++cause)
            callers.known_after_seconds[cause] = known_after(static_cast<FailureCause>(cause));
        callers.lost_segments = lost_;
        return callers;
    }

  private:
    void look() {
        dns_ = names_fail(spec_, world_, view_);
        silent_ = silent_endpoints(world_, view_);
        look_at_servers();
    }
    // What the first node is for connections that leave it.
    NodeRole away() const { return view_.comes_by_node_ports(spec_) ? NodeRole::entry : NodeRole::client; }
    const NodeDataPath& row(std::uint32_t slot) const { return world_.data_path.nodes[slot]; }
    const ClassShare& share_on(const NodeDataPath& row) const {
        return *std::ranges::lower_bound(row.shares, k_, {}, &ClassShare::of_class);
    }

    // What happens at the nodes where connections end, and the time in all nodes.
    void look_at_servers() {
        const Coefficients& c = spec_.data_paths.coefficients;
        one_.connect_us = one_.connect_p90_us = one_.connect_p99_us = one_.request_us = 0;
        for (const std::uint32_t slot : one_.nodes) {
            const NodeDataPath& node = row(slot);
            const ClassWork& work = world_.data_path.groups[node.group].work[k_];
            const ClassShare& share = share_on(node);
            const double ends = share.roles[ix(NodeRole::server)];
            servers_ += ends;
            refused_by_servers_ += ends * node.refused_share();
            beyond_servers_ += ends * beyond_cores(node.load);
            if (view_.is_sent_round() && view_.comes_by_node_ports(spec_)) {
                const double clients = share.roles[ix(NodeRole::client)];
                refused_by_clients_ += clients * node.refused_share();
                beyond_clients_ += clients * beyond_cores(node.load);
            }
            lost_ += (ends + share.roles[ix(NodeRole::client)] + share.roles[ix(NodeRole::entry)]) * node.lost_share;
            for (std::size_t r = 0; r < node_role_count; ++r) {
                const double weight = share.roles[r];
                if (weight <= 0) continue;
                const RoleWork& role = work.roles[r];
                const double proxies = role.proxy_us * node.queue_factor;
                const double connect = weight * (role.connect_us * node.time_factor + proxies);
                one_.connect_us += connect;
                one_.connect_p90_us += connect * p90_factor(node.load, c);
                one_.connect_p99_us += connect * p99_factor(node.load, c);
                one_.request_us += weight * (role.request_us * node.time_factor + proxies);
            }
        }
    }

    // The first node that a connection meets: that of its client, or where the load balancer brings it in.
    void add_callers(std::uint32_t slot) {
        const NodeDataPath& node = row(slot);
        const ClassShare& share = share_on(node);
        const double stays = share.roles[ix(NodeRole::both)];
        const double goes = share.roles[ix(away())];
        if (stays + goes <= 0) return;
        first_ends_ += stays + goes;
        if (view_.is_to_service()) {
            const RuleGroup& group = world_.data_path.groups[node.group];
            const auto service = static_cast<std::uint32_t>(view_.traffic->service);
            const RuleGroup& knows = sends_to_pods() ? targets(world_) : group;
            one_.wrong_pod += (stays + goes) * wrong_pod_share(spec_, world_, knows, service, now_);
        }
        const Failures on_node = failures_at(slot, NodeRole::both);
        reaching_ += goes * (1 - on_node.total());
        goes_ += goes;
        add(on_node, stays);
        add(failures_at(slot, away()), goes);
    }

    // From this node to a pod there (`both`), or to one elsewhere.
    Failures failures_at(std::uint32_t slot, NodeRole role) const {
        const NodeDataPath& node = row(slot);
        Failures failures;
        failures[FailureCause::dns] = dns_;
        if (sends_to_pods()) {
            failures[FailureCause::endpoint] = dead_without_rules();
        } else if (view_.is_to_service()) {
            const RuleGroup& group = world_.data_path.groups[node.group];
            failures[FailureCause::rule] = lacks_service(node, group.work[k_], away()) ? 1 : 0;
            const auto service = static_cast<std::uint32_t>(view_.traffic->service);
            failures[FailureCause::endpoint] = dead_behind(group, service);
        } else if (view_.traffic != nullptr) {
            failures[FailureCause::endpoint] = dead_without_rules();
        }
        fail_also(failures[FailureCause::endpoint], comes_back_to_client(share_on(node)));
        failures[FailureCause::port] = ports_refused(slot);
        failures[FailureCause::quota] = 1 - (1 - lost_for_good(node.lost_share)) * (1 - beyond_cores(node.load));
        const double beyond = servers_ > 0 ? refused_by_servers_ / servers_ : 0;
        double refused = node.refused_share();
        fail_also(refused, refused_by_clients_);
        fail_also(failures[FailureCause::quota], beyond_clients_);
        if (role == NodeRole::both) {
            failures[FailureCause::table] = refused;
            return failures;
        }
        failures[FailureCause::table] = 1 - (1 - refused) * (1 - beyond);
        if (servers_ > 0)
            failures[FailureCause::quota] = 1 - (1 - failures[FailureCause::quota]) * (1 - beyond_servers_ / servers_);
        return failures;
    }

    // From outside to the pods themselves.
    void add_those_without_a_first_node() { add(failures_from_outside(), 1); }
    Failures failures_from_outside() const {
        Failures failures;
        failures[FailureCause::endpoint] = dead_without_rules();
        failures[FailureCause::table] = servers_ > 0 ? refused_by_servers_ / servers_ : 0;
        const double beyond = servers_ > 0 ? beyond_servers_ / servers_ : 0;
        failures[FailureCause::quota] = 1 - (1 - lost_for_good(lost_)) * (1 - beyond);
        return failures;
    }

    // A client in the cluster asks a load balancer that sends to pods themselves: no node's rules are asked.
    bool sends_to_pods() const { return view_.is_sent_round() && !view_.comes_by_node_ports(spec_); }

    // DPS-22: of the connections that come in at the node, or leave it for a load balancer that sends to pods, those
    // whose target is their own client, where its address is kept: a node for those from its pods, a pod for its own.
    double comes_back_to_client(const ClassShare& share) const {
        const LoadBalancer* balancer = view_.balancer(spec_);
        if (!view_.is_sent_round() || !fails_as_hairpin(balancer->keeps_client_address, true)) return 0;
        if (!sends_to_pods()) return share.roles[ix(NodeRole::client)];
        const bool are_targets = std::ranges::find(view_.traffic->to, view_.traffic->from) != view_.traffic->to.end();
        return are_targets && one_.endpoints > 0 ? 1 / one_.endpoints : 0;
    }

    // Pods of Jobs are no endpoints that anybody keeps count of: kernels are taken to know those that run.
    double dead_behind(const RuleGroup& group, std::uint32_t service) const {
        const auto ends = [&](WorkloadIx workload) { return spec_.template_of(workload).runs_to_completion; };
        if (std::ranges::any_of(view_.traffic->to, ends))
            return one_.endpoints > 0 ? std::min(1.0, silent_ / one_.endpoints) : 1;
        return dead_share(world_, group, service, silent_).value_or(1);
    }

    double dead_without_rules() const {
        if (view_.is_to_service() && view_.balancer(spec_) != nullptr)
            return dead_behind(targets(world_), static_cast<std::uint32_t>(view_.traffic->service));
        return one_.endpoints > 0 ? std::min(1.0, silent_ / one_.endpoints) : 1;
    }

    void add(const Failures& failures, double weight) {
        for (std::size_t cause = 0; cause < failure_cause_count; ++cause)
            one_.failing[cause] += weight * failures.by(static_cast<FailureCause>(cause));
    }

    // IPAM-165, DPC-36: of connections to networks outside, those for which no source port is left.
    double ports_refused(std::uint32_t slot) const {
        if (view_.use == nullptr || slot >= world_.outside_nodes.size()) return 0;
        double passes = 1 - world_.outside_nodes[slot].refused_ppm / parts_per_million;
        const std::size_t count = slot * spec_.outside.uses.size() + (k_ - spec_.traffic.classes.size());
        const std::int32_t gateway =
            spec_.outside.gateway_of_zone.empty()
                ? -1
                : spec_.outside.gateway_of_zone[spec_[world_.nodes[row(slot).node].shape].zone.value];
        if (gateway >= 0 && count < world_.outside_counts.size() && world_.outside_counts[count].through_gateway > 0)
            passes *= 1 - world_.outside_gateways[static_cast<std::size_t>(gateway)].refused_ppm / parts_per_million;
        return 1 - passes;
    }

    // DPC-19: a node whose cores are all at work does no more than that.
    static double beyond_cores(double load) { return load > 1 ? 1 - 1 / load : 0; }

    // Each SYN, and each time it is sent again, is lost with this chance.
    double lost_for_good(double lost) const {
        double all = lost;
        for (int i = 0; i < ClientPatience{}.syn_retries; ++i) all *= lost;
        return all;
    }

    void add_network() {
        const Coefficients& c = spec_.data_paths.coefficients;
        const bool is_tcp = view_.traffic == nullptr || view_.traffic->connections.protocol == Protocol::tcp;
        const bool is_from_far = view_.use != nullptr || (view_.is_from_outside() && first_ends_ <= 0);
        const double from_balancer = view_.balancer(spec_) != nullptr ? 1 : 0;
        const double to_balancer = view_.is_sent_round() ? 1 : 0;
        const double hops = is_from_far ? 1 : one_.between_nodes + from_balancer + to_balancer;
        const double trip = round_trip_us(spec_, hops, one_.between_zones);
        const double balancer =
            view_.balancer(spec_) != nullptr ? static_cast<double>(spec_.data_paths.balancer_latency.us()) : 0;
        // What a lost SYN costs, and a lost segment (DPC-39).
        const double again = lost_ < 1 ? lost_ / (1 - lost_) : 0;
        const double more = again * c[Coefficient::syn_retry] * 1e6;
        const double opening = (is_tcp ? 2 : 1) * trip + balancer + more;
        one_.connect_us += opening;
        one_.connect_p90_us += opening;
        one_.connect_p99_us += opening;
        one_.request_us += trip + balancer + lost_ * c[Coefficient::rto];
    }

    double known_after(FailureCause cause) const {
        const Coefficients& c = spec_.data_paths.coefficients;
        ClientPatience client;
        if (view_.traffic != nullptr)
            client.connect_timeout_seconds = view_.traffic->connections.connect_timeout_seconds;
        switch (cause) {
            case FailureCause::dns: return seconds_until_known(FailureKind::dns, client, c);
            case FailureCause::port: return seconds_until_known(FailureKind::refused, client, c);
            // Without an endpoint in the kernel the node itself says no.
            case FailureCause::endpoint:
                return seconds_until_known(one_.endpoints > 0 ? FailureKind::blackhole : FailureKind::refused, client,
                                           c);
            default: return seconds_until_known(FailureKind::blackhole, client, c);
        }
    }

    void wait() {
        const double all = one_.failing_share();
        one_.wait_seconds = 0;
        if (all <= 0) return;
        for (std::size_t cause = 0; cause < failure_cause_count; ++cause)
            one_.wait_seconds += one_.failing[cause] / all * known_after(static_cast<FailureCause>(cause));
    }

    const Spec& spec_;
    const World& world_;
    sim::Time now_;
    std::uint32_t k_;
    ClassView view_;
    ClassDataPath one_;  // as it is, and then as it is judged
    double dns_ = 0;
    double silent_ = 0;
    double servers_ = 0;
    double refused_by_servers_ = 0;
    double beyond_servers_ = 0;
    double refused_by_clients_ = 0;  // on their way to a load balancer
    double beyond_clients_ = 0;
    double lost_ = 0;
    double first_ends_ = 0;
    double goes_ = 0;
    double reaching_ = 0;
};

}  // namespace

void judge_class(const Spec& spec, World& world, sim::Time now, std::size_t of_class) {
    ClassDataPath& one = world.data_path.classes[of_class];
    one = Judgement(spec, world, now, of_class).judge();
    one.is_judged = true;
}

Callers callers_of(const Spec& spec, const World& world, sim::Time now, std::size_t of_class) {
    return Judgement(spec, world, now, of_class).callers();
}

}  // namespace eks::datapath

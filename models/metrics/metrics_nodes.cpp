// What facts about nodes, addresses and EC2 do to the metrics.
#include "libsim/check.hpp"
#include "models/metrics/metrics.hpp"

#include <algorithm>
#include <utility>

namespace eks {

namespace {

// AWS-20: an instance is charged for 60 s at least.
constexpr sim::Duration shortest_charge = sim::Duration::microseconds(60'000'000);
constexpr std::int64_t hour_us = 3'600'000'000;

}  // namespace

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
    charge_node(spec, fact.shape, +1);
    if (fact.to != NodeState::launching) change_node(row, NodeLevel::known, +1);
    if (fact.to == NodeState::ready) change_node(row, NodeLevel::ready, +1);
    if (fact.to == NodeState::registered) change_node(row, NodeLevel::not_ready, +1);
    if (fact.to == NodeState::unreachable) change_node(row, NodeLevel::unknown, +1);
    return row;
}

// Its instance has ended: it costs nothing any more, and what it had of addresses and ENIs is gone.
void Metrics::lose_node(const Spec& spec, std::uint32_t row) {
    const NodeShapeIx shape = nodes_[row].shape;
    const NodeGroupIx group = nodes_[row].name.group;
    const MicroUsd price = spec[shape].price_per_hour_micro_usd;
    --totals_.nodes;
    change(series(Family::nodes, shape.value, static_cast<std::size_t>(nodes_[row].state)), -1);
    if (!nodes_[row].is_free_of_charge) {
        charge_node(spec, shape, -1);
        const sim::Duration missing = shortest_charge - (now_ - nodes_[row].launched);
        if (missing > sim::Duration::zero()) {
            const sim::Int128 charge = static_cast<sim::Int128>(price) * missing.us();
            charge_once(group.value, idle_row(), static_cast<MicroUsd>((charge + hour_us / 2) / hour_us));
        }
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
    end_levels(row, NodeLevel::unknown, NodeLevel::unknown);
    if (spec.data_paths.are_used) end_levels(row, NodeLevel::network_cores, NodeLevel::no_services);
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
        const NodeLevel level = state == NodeState::ready         ? NodeLevel::ready
                                : state == NodeState::unreachable ? NodeLevel::unknown
                                                                  : NodeLevel::not_ready;
        change_node(row, level, difference);
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

void Metrics::on(const Spec& spec, const NeverRunsFact& fact) {
    if (!knows(fact.node)) return;
    const std::uint32_t row = node_row(fact.node);
    nodes_[row].is_free_of_charge = true;
    charge_node(spec, nodes_[row].shape, -1);
}

void Metrics::on(const Spec&, const InterruptionFact& fact) {
    if (knows(fact.node)) count(series(Family::interruptions, nodes_[node_row(fact.node)].name.group.value, 0), 1);
}

// --- Karpenter

void Metrics::on(const Spec&, const NodeClaimCreatedFact& fact) {
    count(series(Family::claims_created, fact.pool, static_cast<std::size_t>(fact.reason)), 1);
}

void Metrics::on(const Spec&, const NodeClaimTerminatedFact& fact) {
    count(series(Family::claims_terminated, fact.pool, 0), 1);
}

void Metrics::on(const Spec&, const NodeClaimDisruptedFact& fact) {
    count(series(Family::claims_disrupted, fact.pool, static_cast<std::size_t>(fact.why)), 1);
}

void Metrics::on(const Spec&, const DisruptionDecidedFact& fact) {
    const std::size_t decision = fact.replaces ? disruption_method_count : 0;
    count(series(Family::disruption_decisions, 0, decision + static_cast<std::size_t>(fact.method)), 1);
}

void Metrics::on(const Spec&, const BlockedEvaluationFact& fact) {
    change(series(Family::blocked_evaluations, 0, 0), fact.change);
}

void Metrics::on(const Spec&, const NomadScaledFact& fact) {
    count(series(Family::nomad_scalings, fact.group.value, 0), 1);
}

void Metrics::on(const Spec&, const UnschedulablePodsFact& fact) {
    change(series(Family::unschedulable, 0, 0), fact.change);
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
    if (!knows(fact.node)) return;  // it ended with its node
    const std::uint32_t node = node_row(fact.node);
    change_node(node, NodeLevel::snat_ports, fact.ports);
    change_node(node, NodeLevel::snat_refused, fact.refused_ppm);
}

void Metrics::on(const Spec&, const NatGatewayFact& fact) {
    change(series(Family::nat_gateways, fact.gateway, 0), fact.ports);
    change(series(Family::nat_gateways, fact.gateway, 1), fact.refused_ppm);
}

void Metrics::on(const Spec&, const DnsFact& fact) {
    const auto add = [&](DnsLevel level, std::int64_t amount) {
        change(series(Family::dns, 0, static_cast<std::size_t>(level)), amount);
    };
    add(DnsLevel::at_once, fact.at_once);
    add(DnsLevel::late, fact.late);
    add(DnsLevel::failed, fact.failed);
    add(DnsLevel::failed_share, fact.failed_ppm);
    add(DnsLevel::to_servers, fact.to_servers);
    add(DnsLevel::passed_on, fact.passed_on);
    add(DnsLevel::dropped, fact.dropped);
}

void Metrics::on(const Spec&, const UnreachableFact& fact) {
    change(series(Family::unreachable, fact.use, 0), fact.from_pods);
    change(series(Family::unreachable, fact.use, 1), fact.to_pods);
}

void Metrics::on(const Spec&, const Ec2CallFact& fact) {
    count(series(Family::ec2_calls, static_cast<std::uint32_t>(fact.action), static_cast<std::size_t>(fact.result)),
          fact.calls);
}

void Metrics::on(const Spec& spec, const AwsCallFact& fact) {
    const auto first = static_cast<std::uint32_t>(first_balancer_action);
    if (service_of(fact.action) == AwsService::load_balancing && spec.identity.balancer_controller.valid())
        count(series(Family::balancer_calls, static_cast<std::uint32_t>(fact.action) - first,
                     static_cast<std::size_t>(fact.result)),
              fact.calls);
    count(series(Family::aws_calls, static_cast<std::uint32_t>(fact.action), static_cast<std::size_t>(fact.result)),
          fact.calls);
}

void Metrics::on(const Spec&, const SteadyCallsFact& fact) {
    change(series(Family::steady_calls, fact.caller, static_cast<std::size_t>(AwsResult::success)),
           fact.answered_micro);
    change(series(Family::steady_calls, fact.caller, static_cast<std::size_t>(AwsResult::throttled)),
           fact.refused_micro);
}

void Metrics::on(const Spec&, const ExposureFact& fact) {
    change(series(Family::exposed, 0, 0), fact.api_servers);
    change(series(Family::exposed, 0, 1), fact.load_balancers);
}

// Of an object that is not there there is nothing to tell.
void Metrics::on(const Spec& spec, const BalancerFact& fact) {
    change(series(Family::load_balancers, fact.object, static_cast<std::size_t>(fact.to)), 1);
    if (fact.from != BalancerStage::absent)
        change(series(Family::load_balancers, fact.object, static_cast<std::size_t>(fact.from)), -1);
    if (fact.to == BalancerStage::serving)
        sample(series(Family::balancer_time, fact.object, 0), fact.since_created.us());
    if (fact.makes_balancer)
        charge_balancer(spec, spec.load_balancers[spec.identity.balancer_objects[fact.object].balancer]);
}

void Metrics::on(const Spec&, const NameResolvesFact& fact) {
    sample(series(Family::name_time, fact.object, 0), fact.since_created.us());
}

void Metrics::on(const Spec&, const DnsSyncFact& fact) {
    if (fact.is_error) return count(series(Family::dns_errors, fact.dns, 0), 1);
    change(series(Family::dns_syncs, fact.dns, 0), fact.later);
}

// All that were tried, and of these the failed ones. One that stands as the run begins counts as looked at then.
void Metrics::on(const Spec&, const SecretSyncFact& fact) {
    if (fact.is_new) change(series(Family::secrets, fact.secret, 0), 1);
    count(series(Family::secret_syncs, fact.secret, 0), 1);
    if (fact.is_error) count(series(Family::secret_syncs, fact.secret, 1), 1);
}

}  // namespace eks

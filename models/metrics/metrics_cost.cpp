// Facts to money: what the cluster costs, and how much of that each workload takes, by what its pods request and by
// what they use. What nobody takes of the nodes is idle, and what is no node's is shared: with these two rows the
// workloads add up to the bill (FR-29). The rows have the names that OpenCost gives them.
//
// Nodes are split at list price. What a savings plan saves, and the minimum of 60 s that a node which ended early is
// charged, show in the shared and the idle row.
#include "models/metrics/metrics.hpp"

#include <algorithm>
#include <array>

namespace eks {

namespace {

constexpr std::int64_t seconds_an_hour = 3600;
constexpr std::int64_t bytes_in_gb = 1'000'000'000;
constexpr Bytes gib = Bytes{1} << 30;

// Of a flow in bytes a second.
MicroUsd hourly(std::int64_t bytes_per_second, MicroUsd per_gb) {
    return static_cast<MicroUsd>(sim::Int128{bytes_per_second} * seconds_an_hour * per_gb / bytes_in_gb);
}

// AWS-76: a capacity unit is a GB an hour; the other dimensions of one come as so many bytes.
MicroUsd unit_price(const Prices& prices, BalancerKind kind) {
    switch (kind) {
        case BalancerKind::application: return prices.application_unit_hour;
        case BalancerKind::network: return prices.network_unit_hour;
        case BalancerKind::classic: return prices.classic_balancer_gb;
    }
    return 0;
}

// The controller makes it in the run, for an object that the timeline creates.
bool comes_later(const Identity& identity, std::uint32_t balancer) {
    return std::ranges::any_of(identity.balancer_objects, [&](const BalancerObject& object) {
        return object.comes_alone && object.balancer == balancer;
    });
}

MicroUsd of_volume(const Prices& prices, Bytes bytes) {
    return prices.ebs_gib_month * ((bytes + gib - 1) / gib) / hours_a_month;
}

}  // namespace

void Metrics::change_split(std::uint32_t row, MicroUsd by_requests, MicroUsd by_use) {
    if (by_requests != 0) change(series(Family::cost_split, row, 0), by_requests);
    if (by_use != 0) change(series(Family::cost_split, row, 1), by_use);
}

void Metrics::charge_shared(SharedCost kind, MicroUsd rate) {
    if (rate == 0) return;
    change(series(Family::cost_rate, groups() + static_cast<std::uint32_t>(kind), 0), rate);
    change_split(shared_row(), rate, rate);
}

void Metrics::start_costs(const Spec& spec) {
    const Prices& prices = spec.prices;
    payers_.assign(spec.workloads.size(), {});
    charge_shared(SharedCost::control_plane, spec.control_plane_per_hour_micro_usd);
    charge_shared(SharedCost::nat_gateway,
                  static_cast<std::int64_t>(spec.outside.gateways.size()) * prices.nat_gateway_hour);
    for (std::uint32_t i = 0; i < spec.load_balancers.size(); ++i) {
        if (!comes_later(spec.identity, i)) charge_balancer(spec, spec.load_balancers[i]);
    }
    // Claims of the manifests are there from the start, whether a pod uses them or not.
    claims_made_.assign(spec.claims.size(), 0);
    for (const VolumeClaim& claim : spec.claims) {
        if (claim.takes_attachment && !claim.comes_later)
            charge_shared(SharedCost::volume, of_volume(prices, claim.bytes));
    }
    if (prices.savings_plan.commitment_per_hour == 0) return;
    charge_shared(SharedCost::savings_plan, prices.savings_plan.commitment_per_hour);
    on_demand_.assign(spec.shapes.size(), 0);
    covered_.assign(spec.node_groups.size(), 0);
    for (std::uint32_t s = 0; s < spec.shapes.size(); ++s) {
        const NodeShape& shape = spec.shapes[s];
        if (!shape.is_spot && shape.plan_price_per_hour_micro_usd > 0) covered_shapes_.push_back(s);
    }
    // AWS-22: the highest discount first.
    std::ranges::stable_sort(covered_shapes_, {}, [&](std::uint32_t s) {
        const NodeShape& shape = spec.shapes[s];
        return shape.plan_price_per_hour_micro_usd * 1'000'000 / std::max<MicroUsd>(shape.price_per_hour_micro_usd, 1);
    });
}

void Metrics::charge_balancer(const Spec& spec, const LoadBalancer& balancer) {
    charge_shared(SharedCost::load_balancer, balancer.kind == BalancerKind::classic ? spec.prices.classic_balancer_hour
                                                                                    : spec.prices.load_balancer_hour);
}

void Metrics::charge_node(const Spec& spec, NodeShapeIx ix, std::int64_t change_of_nodes) {
    const NodeShape& shape = spec[ix];
    const MicroUsd list = change_of_nodes * shape.price_per_hour_micro_usd;
    const MicroUsd volume = change_of_nodes * root_volume_per_hour(spec.prices, shape);
    change(series(Family::cost_rate, shape.group.value, shape.is_spot ? 1U : 0U), list);
    if (volume != 0) change(series(Family::cost_rate, shape.group.value, 2), volume);
    change_split(idle_row(), list + volume, list + volume);
    if (covered_.empty() || shape.is_spot) return;
    on_demand_[ix.value] += change_of_nodes;
    apply_savings_plan(spec);
}

// AWS-22. The commitment is one for each hour; here it is taken as a rate, which is the same as long as the nodes of an
// hour do not change.
void Metrics::apply_savings_plan(const Spec& spec) {
    MicroUsd left = spec.prices.savings_plan.commitment_per_hour;
    std::vector<MicroUsd> covered(covered_.size(), 0);
    for (const std::uint32_t s : covered_shapes_) {
        const NodeShape& shape = spec.shapes[s];
        const MicroUsd at_plan = on_demand_[s] * shape.plan_price_per_hour_micro_usd;
        if (at_plan == 0) continue;
        const MicroUsd taken = std::min(left, at_plan);
        covered[shape.group.value] +=
            static_cast<MicroUsd>(sim::Int128{on_demand_[s]} * shape.price_per_hour_micro_usd * taken / at_plan);
        left -= taken;
    }
    for (std::uint32_t g = 0; g < covered.size(); ++g) {
        const MicroUsd less = covered[g] - covered_[g];
        if (less == 0) continue;
        change(series(Family::cost_rate, g, 0), -less);
        change_split(shared_row(), -less, -less);
    }
    covered_ = std::move(covered);
}

void Metrics::charge_once(std::uint32_t payer, std::uint32_t split_row, MicroUsd amount) {
    count(series(Family::cost_once, payer, 0), amount);
    count(series(Family::split_once, split_row, 0), amount);
    count(series(Family::split_once, split_row, 1), amount);
}

// An image that comes by a NAT gateway; that VPC endpoints may stand in its way is left out (AWS-101).
void Metrics::charge_pull(const Spec& spec, NodeShapeIx ix, Bytes bytes) {
    const NodeShape& shape = spec[ix];
    const bool has_gateway = shape.zone.value < spec.outside.gateway_of_zone.size() &&
                             spec.outside.gateway_of_zone[shape.zone.value] >= 0 && spec[shape.subnet].is_private;
    if (!has_gateway) return;
    charge_once(groups() + static_cast<std::uint32_t>(SharedCost::nat_gateway), shared_row(),
                static_cast<MicroUsd>(sim::Int128{bytes} * spec.prices.nat_gateway_gb / bytes_in_gb));
}

void Metrics::on(const Spec& spec, const PodRoomFact& fact) {
    Payer& payer = payers_[fact.workload.value];
    const UnitPrices unit = unit_prices(spec.prices, spec[fact.shape]);
    const PodTemplate& pod = spec[fact.pods];
    payer.pods += fact.change;
    payer.core_hours += fact.change * unit.core_hour;
    payer.gib_hours += fact.change * unit.gib_hour;
    const MicroUsd requested = fact.change * price_of(unit, pod.requests);
    change_split(fact.workload.value, requested, 0);
    change_split(idle_row(), -requested, 0);
    charge_use(fact.workload);
    for (const std::uint32_t ix : pod.claims) {
        const VolumeClaim& claim = spec.claims[ix];
        if (!claim.comes_later || !claim.takes_attachment || claims_made_[ix] != 0) continue;
        claims_made_[ix] = 1;
        charge_shared(SharedCost::volume, of_volume(spec.prices, claim.bytes));
    }
    for (const VolumeClaim& claim : pod.passing_claims) {
        if (claim.takes_attachment)
            charge_shared(SharedCost::volume, fact.change * of_volume(spec.prices, claim.bytes));
    }
}

// What a workload's pods use costs what it does on average on the nodes where they are.
void Metrics::charge_use(WorkloadIx workload) {
    if (usages_.empty()) return;
    constexpr std::int64_t milli = 1000;
    constexpr std::int64_t mib = 1024 * 1024;
    constexpr std::int64_t mib_in_gib = 1024;
    Payer& payer = payers_[workload.value];
    const UsageNow& use = usages_[workload.value];
    MicroUsd rate = 0;
    if (payer.pods > 0) {
        const auto cpu = sim::Int128{use.pods} * use.cpu_milli * payer.core_hours / (payer.pods * milli);
        const auto memory =
            sim::Int128{use.pods} * (use.memory_bytes / mib) * payer.gib_hours / (payer.pods * mib_in_gib);
        rate = static_cast<MicroUsd>(cpu + memory);
    }
    change_split(workload.value, 0, rate - payer.by_use);
    change_split(idle_row(), 0, payer.by_use - rate);
    payer.by_use = rate;
}

void Metrics::on(const Spec& spec, const VolumeMadeFact& fact) {
    charge_shared(SharedCost::volume, of_volume(spec.prices, fact.bytes));
}

void Metrics::on(const Spec& spec, const TransferFact& fact) {
    const auto flow = [&](SharedCost kind, std::int64_t& now, std::int64_t difference, MicroUsd per_gb) {
        charge_shared(kind, hourly(now + difference, per_gb) - hourly(now, per_gb));
        now += difference;
    };
    flow(SharedCost::cross_zone, transfer_.cross_zone, fact.cross_zone, spec.prices.cross_zone_gb);
    flow(SharedCost::internet, transfer_.internet, fact.internet, spec.prices.internet_gb);
    for (std::size_t kind = 0; kind < fact.balanced.size(); ++kind)
        flow(SharedCost::load_balancer, transfer_.balanced[kind], fact.balanced[kind],
             unit_price(spec.prices, static_cast<BalancerKind>(kind)));
}

}  // namespace eks

#include "models/sizing/fleet_cost.hpp"

namespace eks::sizing {

namespace {

// What a share of a node costs at the price that is paid for it, which for reserved instances is not that of the shape.
struct NodeRate {
    UnitPrices unit;
    double factor = 1.0;
    double usd(const Resources& amount) const {
        return static_cast<double>(price_of(unit, amount)) / micro_usd_per_usd * factor;
    }
};

NodeRate rate_of(const Supply& supply, const Offer& offer) {
    const Spec& spec = supply.spec_of(offer);
    const NodeShape& shape = spec[supply.shape_of(offer)];
    const MicroUsd listed = shape.price_per_hour_micro_usd + root_volume_per_hour(spec.prices, shape);
    const double paid = offer.usd_per_hour() * micro_usd_per_usd;
    return {unit_prices(spec.prices, shape), listed > 0 ? paid / static_cast<double>(listed) : 1.0};
}

}  // namespace

FleetCost cost_of_fleet(const PlannedFleet& fleet, const std::vector<std::int64_t>& nodes_of_group,
                        const Supply& supply, const Demand& demand) {
    FleetCost cost;
    cost.of_workload_usd_per_hour.assign(demand.workloads.size(), 0.0);
    double whole = 0.0;
    double taken = 0.0;
    for (std::size_t g = 0; g < fleet.groups.size(); ++g) {
        const Offer& offer = supply.offers[fleet.groups[g].offer];
        const Spec& spec = supply.spec_of(offer);
        const NodeShapeIx shape = supply.shape_of(offer);
        const NodeRate rate = rate_of(supply, offer);
        const auto nodes = static_cast<double>(nodes_of_group[g]);
        const double daemons = rate.usd(daemon_load_on(spec, shape).requests);
        const double system = rate.usd(spec[shape].capacity - spec[shape].allocatable);
        cost.daemon_sets_usd_per_hour += nodes * daemons;
        cost.system_usd_per_hour += nodes * system;
        taken += nodes * (daemons + system);
        whole += nodes * offer.usd_per_hour();
    }
    // All pods, once: where the fleet stands ready for the loss of a zone, its packing holds more than there are.
    std::vector<std::int64_t> pods_packed(demand.workloads.size(), 0);
    std::vector<double> usd_packed(demand.workloads.size(), 0.0);
    for (const FleetNode& node : fleet.plan.fleet.nodes) {
        const NodeRate rate = rate_of(supply, supply.offers[fleet.types[static_cast<std::size_t>(node.type)]]);
        for (const FleetPods& pods : node.pods) {
            const auto w = static_cast<std::size_t>(pods.workload);
            pods_packed[w] += pods.count;
            usd_packed[w] += static_cast<double>(pods.count) * rate.usd(demand.workloads[w].each);
        }
    }
    for (std::size_t w = 0; w < demand.workloads.size(); ++w) {
        if (pods_packed[w] == 0) continue;
        cost.of_workload_usd_per_hour[w] =
            usd_packed[w] / static_cast<double>(pods_packed[w]) * static_cast<double>(demand.workloads[w].replicas);
        taken += cost.of_workload_usd_per_hour[w];
    }
    cost.idle_usd_per_hour = whole - taken;
    return cost;
}

}  // namespace eks::sizing

// AWS publishes neither how much of a pool is left nor how price-capacity-optimized weighs price against depth
// (KARP-33). Here a spot pool is as deep as its instances are seldom interrupted (AWS-25), and a pool's chance falls
// with the fourth power of its price: one that is a fifth dearer is taken half as often. A guess.
#include "models/systems/capacity/market.hpp"

#include "libsim/portable_math.hpp"
#include "models/spec/streams.hpp"
#include "models/world/active_faults.hpp"

#include <algorithm>
#include <string_view>

namespace eks {

namespace {

bool is_sold_out(const Spec& spec, const World& world, NodeShapeIx shape) {
    return std::ranges::any_of(world.faults, [&](const ActiveFault& active) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (!strikes_shape(spec, fault, shape)) return false;
        return active.kind == FaultKind::insufficient_capacity ||
               (active.kind == FaultKind::spot_storm && spec[shape].is_spot);
    });
}

// AWS-27: the class of quotas that the common families share.
bool is_of_standard_family(std::string_view instance_type) {
    constexpr std::string_view letters = "acdhimrtz";
    return !instance_type.empty() && letters.find(instance_type.front()) != std::string_view::npos &&
           !instance_type.starts_with("inf") && !instance_type.starts_with("dl");
}

bool is_over_quota(const Spec& spec, const World& world, const NodeShape& wanted) {
    const std::int32_t quota = wanted.is_spot ? spec.ec2.vcpus.spot : spec.ec2.vcpus.on_demand;
    if (quota == 0 || !is_of_standard_family(wanted.instance_type)) return false;
    std::int64_t running = wanted.vcpus;
    for (const auto& [id, node] : world.nodes) {
        const NodeShape& shape = spec[node.shape];
        if (node.has_instance() && shape.is_spot == wanted.is_spot && is_of_standard_family(shape.instance_type))
            running += shape.vcpus;
    }
    return running > quota;
}

double weight_of(const NodeShape& pool, MicroUsd cheapest) {
    constexpr double whole_ppm = 1e6;
    const double cheapness = pool.price_per_hour_micro_usd > 0
                                 ? static_cast<double>(cheapest) / static_cast<double>(pool.price_per_hour_micro_usd)
                                 : 1.0;
    const double depth = 1.0 - static_cast<double>(pool.interruptions_ppm_per_month) / whole_ppm;
    return cheapness * cheapness * cheapness * cheapness * depth;
}

}  // namespace

Ec2Result launch_answer(const Spec& spec, const World& world, NodeShapeIx ix) {
    const NodeShape& shape = spec[ix];
    if (is_out(spec, world, shape.zone)) return Ec2Result::internal_error;
    if (is_sold_out(spec, world, ix)) return Ec2Result::insufficient_capacity;
    if (is_over_quota(spec, world, shape)) return Ec2Result::vcpu_limit_exceeded;
    if (world.subnets[shape.subnet.value].free_single < 1) return Ec2Result::insufficient_free_addresses;
    return Ec2Result::success;
}

NodeShapeIx chosen_pool(const Spec& spec, sim::RunKey key, const std::vector<NodeShapeIx>& pools, std::uint64_t caller,
                        std::uint64_t n) {
    const auto price = [&](NodeShapeIx ix) { return spec[ix].price_per_hour_micro_usd; };
    const NodeShapeIx cheapest = *std::ranges::min_element(pools, {}, price);
    if (!spec[cheapest].is_spot) return cheapest;
    double all = 0;
    for (const NodeShapeIx ix : pools) all += weight_of(spec[ix], price(cheapest));
    double left = sim::draw_unit(key, {stream::fleet_pool, caller, n, 0}) * all;
    for (const NodeShapeIx ix : pools) {
        left -= weight_of(spec[ix], price(cheapest));
        if (left < 0) return ix;
    }
    return pools.back();
}

NodeShapeIx shape_of_settled(const Spec& spec, sim::RunKey key, const NodeGroup& group, std::uint64_t n) {
    std::vector<ZoneIx> zones;
    for (const NodeShapeIx ix : group.shapes) {
        if (std::ranges::find(zones, spec[ix].zone) == zones.end()) zones.push_back(spec[ix].zone);
    }
    std::vector<NodeShapeIx> pools;
    for (const NodeShapeIx ix : group.shapes) {
        if (spec[ix].zone == zones[n % zones.size()]) pools.push_back(ix);
    }
    return spec[pools.front()].is_spot ? chosen_pool(spec, key, pools, group.stable_key, n) : pools.front();
}

}  // namespace eks

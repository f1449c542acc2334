// AWS publishes neither how much of a pool is left nor how price-capacity-optimized weighs price against depth
// (KARP-33). Here a spot pool is as deep as its instances are seldom interrupted (AWS-25), and a pool's chance falls
// with the fourth power of its price: one that is a fifth dearer is taken half as often. A guess.
#include "models/systems/capacity/market.hpp"

#include "libsim/portable_math.hpp"
#include "models/spec/streams.hpp"
#include "models/world/active_faults.hpp"

#include <algorithm>
#include <array>
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

// AWS-27: the families that share the quota of standard instances, by the letters before the generation; "trn1" is
// none of them, and neither are "hpc7a" and "mac2".
bool is_of_standard_family(std::string_view instance_type) {
    constexpr std::array<std::string_view, 9> letters{"a", "c", "d", "h", "i", "m", "r", "t", "z"};
    const std::string_view family = instance_type.substr(0, instance_type.find_first_of("0123456789"));
    // "im4gn" and "is4gen" are families of storage like the plain "i".
    return std::ranges::find(letters, family) != letters.end() || family == "im" || family == "is";
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

NodeShapeIx chosen_spot_pool(const Spec& spec, sim::RunKey key, const NodeGroup& group,
                             const std::vector<NodeShapeIx>& pools, std::uint64_t n) {
    switch (group.purchase.strategy) {
        case SpotAllocation::price_capacity_optimized: break;
        case SpotAllocation::capacity_optimized:
            return *std::ranges::min_element(pools, {},
                                             [&](NodeShapeIx ix) { return spec[ix].interruptions_ppm_per_month; });
        case SpotAllocation::lowest_price: {
            std::vector<NodeShapeIx> by_price = pools;
            std::ranges::stable_sort(by_price, {}, [&](NodeShapeIx ix) { return spec[ix].price_per_hour_micro_usd; });
            const std::size_t count = std::min(by_price.size(), static_cast<std::size_t>(group.purchase.spot_pools));
            return by_price[n % count];
        }
    }
    return chosen_pool(spec, key, pools, group.stable_key, n);
}

bool is_next_spot(const PurchaseMix& mix, std::int64_t instances, std::int64_t on_demand) {
    constexpr std::int64_t whole_percent = 100;
    const std::int64_t above = std::max<std::int64_t>(instances + 1 - mix.on_demand_base, 0);
    const std::int64_t wanted =
        instances + 1 - above + (above * mix.on_demand_percent + whole_percent - 1) / whole_percent;
    return on_demand >= wanted;
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
    if (group.purchase.is_mixed) {
        std::int64_t on_demand = 0;
        for (std::uint64_t i = 0; i < n; ++i)
            on_demand += is_next_spot(group.purchase, static_cast<std::int64_t>(i), on_demand) ? 0 : 1;
        const bool is_spot = is_next_spot(group.purchase, static_cast<std::int64_t>(n), on_demand);
        std::erase_if(pools, [&](NodeShapeIx ix) { return spec[ix].is_spot != is_spot; });
    }
    return spec[pools.front()].is_spot ? chosen_spot_pool(spec, key, group, pools, n) : pools.front();
}

}  // namespace eks

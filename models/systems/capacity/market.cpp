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
                             const std::vector<NodeShapeIx>& pools, std::uint64_t n, std::uint64_t spot_in_zone) {
    switch (group.purchase.strategy) {
        case SpotAllocation::price_capacity_optimized: break;
        case SpotAllocation::capacity_optimized:
            return *std::ranges::min_element(pools, {},
                                             [&](NodeShapeIx ix) { return spec[ix].interruptions_ppm_per_month; });
        case SpotAllocation::lowest_price: {
            std::vector<NodeShapeIx> by_price = pools;
            std::ranges::stable_sort(by_price, {}, [&](NodeShapeIx ix) { return spec[ix].price_per_hour_micro_usd; });
            const std::size_t count = std::min(by_price.size(), static_cast<std::size_t>(group.purchase.spot_pools));
            return by_price[spot_in_zone % count];
        }
    }
    return chosen_pool(spec, key, pools, group.stable_key, n);
}

namespace {

// Of so many instances that a group has bought, those on demand.
std::int64_t on_demand_of(const PurchaseMix& mix, std::int64_t instances) {
    constexpr std::int64_t whole_percent = 100;
    const std::int64_t above = std::max<std::int64_t>(instances - mix.on_demand_base, 0);
    return instances - above + (above * mix.on_demand_percent + whole_percent - 1) / whole_percent;
}

// Whether the n-th purchase of a group that has only grown was a spot instance.
bool was_spot(const NodeGroup& group, bool is_all_spot, std::uint64_t n) {
    if (!group.purchase.is_mixed) return is_all_spot;
    const auto before = static_cast<std::int64_t>(n);
    return is_next_spot(group.purchase, before, on_demand_of(group.purchase, before));
}

}  // namespace

bool is_next_spot(const PurchaseMix& mix, std::int64_t instances, std::int64_t on_demand) {
    return on_demand >= on_demand_of(mix, instances + 1);
}

NodeShapeIx shape_of_settled(const Spec& spec, sim::RunKey key, const NodeGroup& group, std::uint64_t n) {
    std::vector<ZoneIx> zones;
    for (const NodeShapeIx ix : group.shapes) {
        if (std::ranges::find(zones, spec[ix].zone) == zones.end()) zones.push_back(spec[ix].zone);
    }
    const bool is_all_spot = spec[group.shapes.front()].is_spot;
    const bool is_spot = was_spot(group, is_all_spot, n);
    std::vector<NodeShapeIx> pools;
    for (const NodeShapeIx ix : group.shapes) {
        if (spec[ix].zone == zones[n % zones.size()] && spec[ix].is_spot == is_spot) pools.push_back(ix);
    }
    if (!is_spot) return pools.front();
    std::uint64_t spot_in_zone = 0;
    if (group.purchase.strategy == SpotAllocation::lowest_price) {
        for (std::uint64_t i = n % zones.size(); i < n; i += zones.size())
            spot_in_zone += was_spot(group, is_all_spot, i) ? 1U : 0U;
    }
    return chosen_spot_pool(spec, key, group, pools, n, spot_in_zone);
}

}  // namespace eks

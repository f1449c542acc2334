#include "models/sizing/problem.hpp"

#include "models/catalog/max_pods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eks::sizing {

namespace {

constexpr Bytes memory_unit = kibibyte;
constexpr Bytes storage_unit = mebibyte;

std::int64_t rounded_up(std::int64_t amount, std::int64_t unit) { return amount / unit + (amount % unit > 0 ? 1 : 0); }

std::int64_t less_headroom(std::int64_t amount, double headroom) {
    return headroom == 0.0 ? amount : static_cast<std::int64_t>(static_cast<double>(amount) * (1.0 - headroom) + 1e-6);
}

// A burstable type keeps up its baseline alone (AWS-24): what pods ask for above it would be paid for in credits.
std::int64_t lasting_cpu(const InstanceType& type, std::int64_t cpu_milli) {
    if (!type.burstable()) return cpu_milli;
    return std::min<std::int64_t>(cpu_milli, std::int64_t{type.vcpus} * type.burst_baseline_per_mille);
}

// No type has more than one kind of device, so that one room does for all.
std::int64_t devices_of(const Resources& resources) { return resources.gpus + resources.neurons; }

std::int64_t pods_by_rule(const Spec& spec, NodeShapeIx ix, const InstanceType& type, const NodeRoom& room,
                          PodsRule rule) {
    if (rule == PodsRule::as_it_is) return std::min(room.pods, room.addresses);
    const DaemonLoad daemons = daemon_load_on(spec, ix);
    MaxPodsCalculation calculation = calculation_for(type);
    calculation.custom_networking = spec.cni.custom_networking;
    calculation.prefix_delegation =
        rule == PodsRule::prefixes || (rule == PodsRule::without_ceiling && spec.cni.prefix_delegation);
    calculation.without_ceiling = rule == PodsRule::without_ceiling;
    AddressUse use{.first_interface_index = spec.cni.custom_networking ? 1 : 0};
    if (spec.cni.max_eni > 0) calculation.cni_max_eni = use.max_eni = spec.cni.max_eni;
    use.prefix_delegation = calculation.prefix_delegation && takes_prefixes(type);
    const std::int64_t pods = max_pods_calculator(calculation) - daemons.pods;
    const std::int64_t addresses = pod_address_capacity(eni_limits_of(type), use) - daemons.addresses;
    return std::max<std::int64_t>(std::min(pods, addresses), 0);
}

FleetType fleet_type(const Supply& supply, const Offer& offer, const ProblemSettings& settings,
                     const Catalog& catalog) {
    const Spec& spec = supply.spec_of(offer);
    const NodeShapeIx shape = supply.shape_of(offer);
    const InstanceType& type = *catalog.find(offer.instance_type);
    const NodeRoom room = room_of(spec, shape);
    constexpr std::int64_t million = 1'000'000;
    const Bytes more_memory = type.memory_mib * mebibyte / million * settings.more_memory_ppm;
    FleetType made;
    made.name = offer.instance_type;
    made.usd_per_hour = offer.usd_per_hour() * settings.price_factor;
    const auto with_headroom = [&](std::int64_t amount) { return less_headroom(amount, settings.headroom); };
    of(made.room, Room::cpu_milli) = with_headroom(lasting_cpu(type, room.resources.cpu_milli));
    of(made.room, Room::memory) = with_headroom((room.resources.memory_bytes + more_memory) / memory_unit);
    of(made.room, Room::pods) = with_headroom(pods_by_rule(spec, shape, type, room, settings.pods_rule));
    of(made.room, Room::volumes) = room.volumes;
    of(made.room, Room::gpus) = devices_of(room.resources);
    of(made.room, Room::storage) = room.resources.ephemeral_bytes / storage_unit;
    return made;
}

FleetWorkload fleet_workload(const DemandedWorkload& wanted, std::int64_t parts) {
    FleetWorkload made;
    made.name = wanted.title;
    made.replicas = rounded_up(wanted.replicas, parts);
    made.most_per_node = wanted.most_per_node;
    of(made.each, Room::cpu_milli) = wanted.each.cpu_milli;
    of(made.each, Room::memory) = rounded_up(wanted.each.memory_bytes, memory_unit);
    of(made.each, Room::pods) = 1;
    of(made.each, Room::volumes) = wanted.attachments;
    of(made.each, Room::gpus) = devices_of(wanted.each);
    of(made.each, Room::storage) = rounded_up(wanted.each.ephemeral_bytes, storage_unit);
    return made;
}

bool holds_one(const FleetType& type, const FleetWorkload& workload) {
    for (std::size_t r = 0; r < room_kinds; ++r)
        if (workload.each[r] > type.room[r]) return false;
    return true;
}

// Why no type holds a pod: the bound that refuses it most often, or that it may run on none.
std::string why_nothing_fits(const Supply& supply, const DemandedWorkload& wanted, std::size_t w, Purchase purchase) {
    std::array<std::int64_t, bound_kinds> refusals{};
    std::int64_t may_run = 0;
    for (const Offer& offer : supply.offers) {
        const Density::Cell& cell = supply.cell(offer, w);
        if (offer.purchase != purchase || cell.bound < 0) continue;
        ++may_run;
        ++refusals[static_cast<std::size_t>(cell.bound)];
    }
    if (may_run == 0) return "no node that can be bought matches its node selector, affinity and tolerations";
    const auto most = std::max_element(refusals.begin(), refusals.end()) - refusals.begin();
    return fmt::format("a pod of it fits none of {} types, most of them for want of {}", may_run,
                       text_of(static_cast<Bound>(most)) == "device" && wanted.each.gpus > 0
                           ? "gpus"
                           : text_of(static_cast<Bound>(most)));
}

}  // namespace

Problem problem_of(const Supply& supply, const Demand& demand, Purchase purchase, const ProblemSettings& settings,
                   const Catalog& catalog) {
    Problem problem;
    problem.copies = settings.zones;
    const std::int64_t parts = std::max<std::int64_t>(settings.zones - 1, 1);
    for (std::size_t o = 0; o < supply.offers.size(); ++o) {
        if (supply.offers[o].purchase != purchase) continue;
        problem.offer_of.push_back(o);
        problem.mix.types.push_back(fleet_type(supply, supply.offers[o], settings, catalog));
    }
    for (std::size_t w = 0; w < demand.workloads.size(); ++w) {
        FleetWorkload workload = fleet_workload(demand.workloads[w], parts);
        bool fits_any = false;
        for (std::size_t t = 0; t < problem.mix.types.size(); ++t) {
            const Density::Cell& cell = supply.cell(supply.offers[problem.offer_of[t]], w);
            const bool fits = cell.count > 0 && holds_one(problem.mix.types[t], workload);
            workload.allowed.push_back(fits);
            fits_any = fits_any || fits;
        }
        if (!fits_any) problem.misfits.push_back({w, why_nothing_fits(supply, demand.workloads[w], w, purchase)});
        problem.mix.workloads.push_back(std::move(workload));
    }
    return problem;
}

Problem restricted_to(const Problem& problem, const std::vector<std::int32_t>& types) {
    Problem part;
    part.copies = problem.copies;
    for (const std::int32_t t : types) {
        part.mix.types.push_back(problem.mix.types[static_cast<std::size_t>(t)]);
        part.offer_of.push_back(problem.offer_of[static_cast<std::size_t>(t)]);
    }
    for (const FleetWorkload& whole : problem.mix.workloads) {
        FleetWorkload workload = whole;
        workload.allowed.clear();
        for (const std::int32_t t : types)
            workload.allowed.push_back(whole.allowed.empty() || whole.allowed[static_cast<std::size_t>(t)]);
        part.mix.workloads.push_back(std::move(workload));
    }
    return part;
}

double one_type_bound(const FleetMix& mix, std::int32_t t) {
    const FleetType& type = mix.types[static_cast<std::size_t>(t)];
    std::array<double, room_kinds> asked{};
    double nodes = 1.0;
    for (const FleetWorkload& workload : mix.workloads) {
        const bool fits_any = workload.allowed.empty() || std::find(workload.allowed.begin(), workload.allowed.end(),
                                                                    true) != workload.allowed.end();
        if (!fits_any || workload.replicas == 0) continue;
        const bool fits = workload.allowed.empty() || workload.allowed[static_cast<std::size_t>(t)];
        if (!fits) return std::numeric_limits<double>::infinity();
        for (std::size_t r = 0; r < room_kinds; ++r)
            asked[r] += static_cast<double>(workload.each[r]) * static_cast<double>(workload.replicas);
        const std::int64_t apart =
            workload.replicas / workload.most_per_node + (workload.replicas % workload.most_per_node > 0 ? 1 : 0);
        nodes = std::max(nodes, static_cast<double>(apart));
    }
    for (std::size_t r = 0; r < room_kinds; ++r) {
        if (asked[r] > 0.0) nodes = std::max(nodes, std::ceil(asked[r] / static_cast<double>(type.room[r]) - 1e-9));
    }
    return nodes * type.usd_per_hour;
}

std::array<double, room_kinds> shares_used(const Fleet& fleet, const FleetMix& mix) {
    std::array<double, room_kinds> used{};
    std::array<double, room_kinds> room{};
    for (const FleetNode& node : fleet.nodes) {
        for (std::size_t r = 0; r < room_kinds; ++r)
            room[r] += static_cast<double>(mix.types[static_cast<std::size_t>(node.type)].room[r]);
        for (const FleetPods& pods : node.pods) {
            const Amounts& each = mix.workloads[static_cast<std::size_t>(pods.workload)].each;
            for (std::size_t r = 0; r < room_kinds; ++r)
                used[r] += static_cast<double>(each[r]) * static_cast<double>(pods.count);
        }
    }
    for (std::size_t r = 0; r < room_kinds; ++r) used[r] = room[r] > 0.0 ? used[r] / room[r] : 0.0;
    return used;
}

}  // namespace eks::sizing

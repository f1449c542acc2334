// Mixes of workloads to size, drawn by seed, over what EC2 sells.
#pragma once

#include "libsim/random.hpp"
#include "models/catalog/catalog.hpp"
#include "models/catalog/max_pods.hpp"
#include "models/catalog/node_reserve.hpp"
#include "models/sizing/fleet.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace eks::testing {

// Every type with a price in us-east-1 that is not burstable (their processors are rated, not theirs), less what the
// node keeps for itself: about a thousand. Memory in MiB.
inline std::vector<sizing::FleetType> priced_types() {
    std::vector<sizing::FleetType> types;
    for (const InstanceType& type : Catalog::builtin().all()) {
        const auto price = Catalog::builtin().price(type.name, "us-east-1");
        if (!price || !type.is_complete() || type.burstable()) continue;
        const int max_pods = max_pods_calculator(calculation_for(type));
        const Resources reserved = kube_reserved_eks(type.vcpus, max_pods);
        const Bytes memory = memory_capacity_bytes(type) - reserved.memory_bytes - 100 * mebibyte;
        sizing::FleetType& one = types.emplace_back();
        one.name = type.name;
        of(one.room, sizing::Room::cpu_milli) = type.vcpus * 1000 - reserved.cpu_milli;
        of(one.room, sizing::Room::memory) = memory / mebibyte;
        of(one.room, sizing::Room::pods) = max_pods;
        one.usd_per_hour = static_cast<double>(*price) / 1e6;
    }
    return types;
}

enum class MixShape {
    even,    // requests as people write them, from a short list
    skewed,  // requests and replicas over two orders of magnitude
    large,   // pods that take much of a small node
};

inline sizing::FleetMix drawn_mix(MixShape shape, std::uint64_t seed, int workloads = 60, std::int64_t pods = 700) {
    std::uint32_t n = 0;
    const auto pick = [&](std::uint64_t below) {
        return static_cast<std::int64_t>(sim::draw_below(sim::RunKey{seed, 0}, {901, 0, 0, n++}, below));
    };
    static constexpr std::array<std::int64_t, 7> cpus{50, 100, 200, 250, 500, 750, 1000};
    static constexpr std::array<std::int64_t, 7> memories{64, 128, 256, 512, 1024, 1536, 2048};
    sizing::FleetMix mix{{}, priced_types()};
    std::int64_t left = pods;
    for (int w = 0; w < workloads; ++w) {
        sizing::FleetWorkload& one = mix.workloads.emplace_back();
        one.name = "workload-" + std::to_string(w);
        std::int64_t cpu = cpus[static_cast<std::size_t>(pick(7))];
        std::int64_t memory = memories[static_cast<std::size_t>(pick(7))];
        if (shape == MixShape::skewed) {
            // Products of draws, which lie about a straight line on a logarithmic scale.
            cpu = 20 + pick(40) * pick(40) * pick(5);
            memory = 32 + pick(60) * pick(60) * pick(8);
        } else if (shape == MixShape::large) {
            cpu = 1000 * (1 + pick(7));
            memory = 2048 * (1 + pick(14));
        }
        of(one.each, sizing::Room::cpu_milli) = cpu;
        of(one.each, sizing::Room::memory) = memory;
        of(one.each, sizing::Room::pods) = 1;
        const std::int64_t others = workloads - w - 1;
        const std::int64_t share = 2 * left / (others + 1);
        one.replicas = others == 0 ? left
                                   : std::min(left - others,
                                              1 + pick(static_cast<std::uint64_t>(std::max<std::int64_t>(share, 1))));
        left -= one.replicas;
    }
    return mix;
}

}  // namespace eks::testing

// What a fleet is asked to be: the constraints of `ekssim size`.
#pragma once

#include "models/catalog/instance_type.hpp"
#include "models/scenario/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eks::sizing {

enum class Purchase : std::uint8_t { on_demand, spot, reserved_1y, reserved_3y };
inline constexpr std::array all_purchases{Purchase::on_demand, Purchase::spot, Purchase::reserved_1y,
                                          Purchase::reserved_3y};

constexpr std::string_view text_of(Purchase purchase) {
    switch (purchase) {
        case Purchase::on_demand: return "on-demand";
        case Purchase::spot: return "spot";
        case Purchase::reserved_1y: return "reserved-1y";
        case Purchase::reserved_3y: break;
    }
    return "reserved-3y";
}

struct Wishes {
    std::vector<Architecture> architectures;  // empty: all
    std::vector<std::string> families;        // "m7g"; empty: all
    std::vector<std::string> types;           // "m7g.xlarge"; empty: all
    // Types that AWS calls previous generations (m4, a1), which are left out unless named by type or family.
    bool older_generations = false;
    std::vector<Purchase> purchases{Purchase::on_demand};
    std::vector<std::string> zones;  // empty: those that the scenario's node groups have
    std::int64_t nodes_min = 0;
    std::optional<std::int64_t> nodes_max;
    double headroom = 0.0;  // share of the CPU, memory and pods of every node that the packing leaves free, in [0, 0.9]
    bool survive_zone_loss = false;
    std::size_t top = 5;  // candidates that are simulated
    int effort = 1;       // see cheapest_fleet()
    bool simulate = true;
    ReplicationBounds replications{5, 40};
    std::optional<std::uint64_t> seed;
    std::uint32_t jobs = 1;
};

}  // namespace eks::sizing

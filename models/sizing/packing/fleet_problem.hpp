// A fleet mix made ready for search: without workloads that nothing holds, and without types that another type beats.
#pragma once

#include "models/sizing/fleet.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace eks::sizing {

struct FleetProblem {
    struct Workload {
        std::int32_t of_mix = 0;
        Amounts each{};
        std::int64_t replicas = 0;
        std::int64_t most_per_node = 0;
    };
    struct Type {
        std::int32_t of_mix = 0;
        Amounts room{};
        double usd_per_hour = 0.0;
    };

    std::vector<Workload> workloads;
    std::vector<Type> types;
    std::vector<std::vector<std::uint8_t>> runs_on;  // by workload and type: allowed there, and one pod fits
    std::vector<std::int32_t> misfits;               // of the mix
    std::vector<Room> rooms;                         // those of which any workload takes anything

    std::int64_t pods() const;
    // Sets `rooms` by the workloads that there are.
    void find_rooms();
};

// `only`: the one type to regard, or all of them where it is negative.
FleetProblem problem_of(const FleetMix& mix, std::int32_t only = -1);

// How many pods of a size fit into what is free, of `most` that there are. `rooms` are those that count.
inline std::int64_t fitting(const std::vector<Room>& rooms, const Amounts& each, const Amounts& free,
                            std::int64_t most) {
    for (const Room r : rooms)
        if (of(each, r) > 0) most = std::min(most, of(free, r) / of(each, r));
    return most;
}

// What these pods take together; `workloads` are a mix's or a problem's.
template <typename Workload>
Amounts load_of(const std::vector<Workload>& workloads, const std::vector<FleetPods>& pods) {
    Amounts load{};
    for (const FleetPods& some : pods)
        for (std::size_t r = 0; r < room_kinds; ++r)
            load[r] += some.count * workloads[static_cast<std::size_t>(some.workload)].each[r];
    return load;
}

inline bool has_room(const Amounts& room, const Amounts& load) {
    for (std::size_t r = 0; r < room_kinds; ++r)
        if (load[r] > room[r]) return false;
    return true;
}

}  // namespace eks::sizing

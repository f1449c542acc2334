#include "models/sizing/packing/fleet_problem.hpp"

#include <algorithm>
#include <numeric>

namespace eks::sizing {

namespace {

bool has_room(const Amounts& room, const Amounts& each) {
    for (std::size_t r = 0; r < room_kinds; ++r)
        if (each[r] > room[r]) return false;
    return true;
}

bool is_allowed(const FleetWorkload& workload, std::size_t type) {
    return workload.allowed.empty() || workload.allowed[type];
}

// Whether `a` does all that `b` does and costs no more. Of two equal types the first one stays.
bool beats(const FleetProblem& problem, std::size_t a, std::size_t b) {
    const auto& x = problem.types[a];
    const auto& y = problem.types[b];
    if (x.usd_per_hour > y.usd_per_hour) return false;
    for (const Room room : problem.rooms)
        if (of(x.room, room) < of(y.room, room)) return false;
    for (const auto& runs : problem.runs_on)
        if (runs[b] && !runs[a]) return false;
    const bool are_equal = x.usd_per_hour == y.usd_per_hour && x.room == y.room;
    return !are_equal || a < b;
}

void drop_beaten_types(FleetProblem& problem) {
    // The cheapest first, so that a type is compared with those that may beat it only.
    std::vector<std::size_t> order(problem.types.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        return problem.types[a].usd_per_hour < problem.types[b].usd_per_hour;
    });
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < order.size(); ++i) {
        bool is_beaten = std::ranges::any_of(kept, [&](std::size_t k) { return beats(problem, k, order[i]); });
        // Types of the same price stand side by side in the order; any of them may beat any other.
        for (std::size_t j = i + 1; j < order.size() && !is_beaten &&
                                    problem.types[order[j]].usd_per_hour == problem.types[order[i]].usd_per_hour;
             ++j)
            is_beaten = beats(problem, order[j], order[i]);
        if (!is_beaten) kept.push_back(order[i]);
    }
    std::ranges::sort(kept);
    FleetProblem rest = problem;
    rest.types.clear();
    for (const std::size_t t : kept) rest.types.push_back(problem.types[t]);
    for (std::size_t w = 0; w < problem.workloads.size(); ++w) {
        rest.runs_on[w].clear();
        for (const std::size_t t : kept) rest.runs_on[w].push_back(problem.runs_on[w][t]);
    }
    problem = std::move(rest);
}

}  // namespace

std::int64_t FleetProblem::pods() const {
    return std::accumulate(workloads.begin(), workloads.end(), std::int64_t{0},
                           [](std::int64_t sum, const Workload& w) { return sum + w.replicas; });
}

FleetProblem problem_of(const FleetMix& mix, std::int32_t only) {
    FleetProblem problem;
    for (std::size_t t = 0; t < mix.types.size(); ++t)
        if (only < 0 || static_cast<std::size_t>(only) == t)
            problem.types.push_back({static_cast<std::int32_t>(t), mix.types[t].room, mix.types[t].usd_per_hour});
    std::array<bool, room_kinds> is_taken{};
    for (std::size_t w = 0; w < mix.workloads.size(); ++w) {
        const FleetWorkload& workload = mix.workloads[w];
        if (workload.replicas <= 0) continue;
        std::vector<std::uint8_t> runs_on(problem.types.size(), 0);
        for (std::size_t t = 0; t < problem.types.size(); ++t)
            runs_on[t] = workload.most_per_node > 0 && has_room(problem.types[t].room, workload.each) &&
                         is_allowed(workload, static_cast<std::size_t>(problem.types[t].of_mix));
        if (std::ranges::none_of(runs_on, [](std::uint8_t runs) { return runs != 0; })) {
            problem.misfits.push_back(static_cast<std::int32_t>(w));
            continue;
        }
        problem.workloads.push_back(
            {static_cast<std::int32_t>(w), workload.each, workload.replicas, workload.most_per_node});
        problem.runs_on.push_back(std::move(runs_on));
        for (std::size_t r = 0; r < room_kinds; ++r) is_taken[r] = is_taken[r] || workload.each[r] > 0;
    }
    for (std::size_t r = 0; r < room_kinds; ++r)
        if (is_taken[r]) problem.rooms.push_back(static_cast<Room>(r));
    drop_beaten_types(problem);
    return problem;
}

}  // namespace eks::sizing

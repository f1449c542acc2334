#include "models/sizing/packing/fleet_problem.hpp"

#include "libsim/check.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace eks::sizing {

namespace {

bool is_allowed(const FleetWorkload& workload, std::size_t type) {
    return workload.allowed.empty() || workload.allowed[type];
}

void check(const FleetMix& mix) {
    for (const FleetWorkload& workload : mix.workloads) {
        CHECK(of(workload.each, Room::pods) >= 1, "a pod takes a pod's place");
        CHECK(std::ranges::all_of(workload.each, [](std::int64_t amount) { return amount >= 0; }),
              "an amount below zero");
        CHECK(workload.allowed.empty() || workload.allowed.size() == mix.types.size(), "allowed is by type");
    }
    for (const FleetType& type : mix.types)
        CHECK(std::isfinite(type.usd_per_hour) && type.usd_per_hour >= 0.0, "a price that is none");
}

// Whether `a` does all that `b` does and costs no more.
bool does_as_much(const FleetProblem& problem, std::size_t a, std::size_t b) {
    const auto& x = problem.types[a];
    const auto& y = problem.types[b];
    if (x.usd_per_hour > y.usd_per_hour) return false;
    for (const Room room : problem.rooms)
        if (of(x.room, room) < of(y.room, room)) return false;
    return std::ranges::none_of(problem.runs_on, [&](const auto& runs) { return runs[b] && !runs[a]; });
}

// Of types that do each as much as the other the first one stays.
bool beats(const FleetProblem& problem, std::size_t a, std::size_t b) {
    if (!does_as_much(problem, a, b)) return false;
    return a < b || !does_as_much(problem, b, a);
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

void FleetProblem::find_rooms() {
    rooms.clear();
    for (std::size_t r = 0; r < room_kinds; ++r)
        if (std::ranges::any_of(workloads, [&](const Workload& w) { return w.each[r] > 0; }))
            rooms.push_back(static_cast<Room>(r));
}

FleetProblem problem_of(const FleetMix& mix, std::int32_t only) {
    check(mix);
    FleetProblem problem;
    for (std::size_t t = 0; t < mix.types.size(); ++t)
        if (only < 0 || static_cast<std::size_t>(only) == t)
            problem.types.push_back({static_cast<std::int32_t>(t), mix.types[t].room, mix.types[t].usd_per_hour});
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
    }
    problem.find_rooms();
    drop_beaten_types(problem);
    return problem;
}

}  // namespace eks::sizing

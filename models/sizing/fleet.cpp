#include "models/sizing/fleet.hpp"

#include "libsim/check.hpp"
#include "models/sizing/packing/cover_bound.hpp"
#include "models/sizing/packing/covering.hpp"
#include "models/sizing/packing/pattern_fleet.hpp"
#include "models/sizing/packing/totals_fleet.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace eks::sizing {

namespace {

constexpr std::int64_t moves_per_effort = 1'500'000;
constexpr std::int64_t steps_per_effort = 2'000'000;
constexpr int width_per_effort = 12;
constexpr int most_width = 240;
constexpr int rounds_per_effort = 45;
constexpr double wanted_gap = 0.006;  // with effort 1; more effort wants less

struct Draft {
    DraftFleet fleet;
    double bound = 0.0;
};

// By totals first; where that leaves a gap, by patterns too.
Draft cheapest_draft(const FleetProblem& problem, int effort) {
    const Covering covering = covering_of(problem);
    const RelaxedCover relaxed = relaxed_cover(covering);
    Draft draft;
    draft.fleet =
        totals_fleet(problem, covering, relaxed,
                     {.moves = moves_per_effort * effort, .width = std::min(width_per_effort * effort, most_width)});
    draft.bound = whole_bound(covering, relaxed, draft.fleet.usd_per_hour, steps_per_effort * effort);
    if (draft.fleet.usd_per_hour <= draft.bound * (1.0 + wanted_gap / effort)) return draft;
    PatternFleet patterns = pattern_fleet(problem, draft.fleet, rounds_per_effort * effort);
    if (patterns.fleet.usd_per_hour < draft.fleet.usd_per_hour) draft.fleet = std::move(patterns.fleet);
    draft.bound = std::min(std::max(draft.bound, patterns.lower_bound), draft.fleet.usd_per_hour);
    return draft;
}

Fleet fleet_of(const FleetProblem& problem, const DraftFleet& draft) {
    Fleet fleet;
    for (std::size_t n = 0; n < draft.types.size(); ++n) {
        if (draft.pods[n].empty()) continue;
        FleetNode node{.type = problem.types[static_cast<std::size_t>(draft.types[n])].of_mix};
        for (const FleetPods& pods : draft.pods[n])
            node.pods.push_back({problem.workloads[static_cast<std::size_t>(pods.workload)].of_mix, pods.count});
        fleet.nodes.push_back(std::move(node));
    }
    return fleet;
}

// A mix of very many pods as equal parts of it, each solved once, and a rest: a fleet for one part is one for them all.
constexpr std::int64_t most_pods = 8'000;

FleetMix with_replicas(FleetMix mix, const std::vector<std::int64_t>& replicas) {
    for (std::size_t w = 0; w < replicas.size(); ++w) mix.workloads[w].replicas = replicas[w];
    return mix;
}

void append(Fleet& fleet, const Fleet& part, std::int64_t times) {
    for (std::int64_t i = 0; i < times; ++i)
        fleet.nodes.insert(fleet.nodes.end(), part.nodes.begin(), part.nodes.end());
}

std::int64_t pods_of(const FleetMix& mix) {
    std::int64_t pods = 0;
    for (const FleetWorkload& workload : mix.workloads) pods += std::max<std::int64_t>(workload.replicas, 0);
    return pods;
}

template <typename Solve>
Fleet in_parts(const FleetMix& mix, const Solve& solve) {
    const std::int64_t parts = (pods_of(mix) + most_pods - 1) / most_pods;
    std::vector<std::int64_t> part;
    std::vector<std::int64_t> rest;
    for (const FleetWorkload& workload : mix.workloads) {
        part.push_back(workload.replicas / std::max<std::int64_t>(parts, 1));
        rest.push_back(workload.replicas % std::max<std::int64_t>(parts, 1));
    }
    const FleetMix one = with_replicas(mix, part);
    if (parts <= 1 || pods_of(one) == 0) return solve(mix);
    Fleet fleet;
    append(fleet, solve(one), parts);
    append(fleet, in_parts(with_replicas(mix, rest), solve), 1);
    return fleet;
}

// Nodes in order of their types, and what they cost.
Fleet finished(Fleet fleet, const FleetMix& mix, const std::vector<std::int32_t>& misfits) {
    fleet.misfits = misfits;
    std::ranges::stable_sort(fleet.nodes, {}, &FleetNode::type);
    fleet.usd_per_hour = 0.0;
    for (const FleetNode& node : fleet.nodes)
        fleet.usd_per_hour += mix.types[static_cast<std::size_t>(node.type)].usd_per_hour;
    CHECK(holds(fleet, mix), "a fleet that does not hold its pods");
    return fleet;
}

// As few nodes of the problem's one type as a search packs.
DraftFleet fewest_nodes(const FleetProblem& problem, int effort) {
    const Covering covering = covering_of(problem);
    const RelaxedCover relaxed = relaxed_cover(covering);
    const Worth worth = worth_of(problem, covering, relaxed);
    DraftFleet best = *first_fit(problem, 0, worth);
    if (DraftFleet other = *best_fit(problem, 0, worth); other.types.size() < best.types.size())
        best = std::move(other);
    PackingBudget budget{.moves = moves_per_effort * effort / 8};
    // By halving: what is packed into some nodes can be packed into more.
    auto low = static_cast<std::size_t>(std::max(1.0, std::ceil(relaxed.nodes.front() - 1e-6)));
    while (low < best.types.size()) {
        const std::vector<std::int32_t> types((low + best.types.size()) / 2, 0);
        if (auto pods = packed(problem, types, worth, budget, moves_per_effort * effort / 32))
            best = {types, std::move(*pods), problem.types.front().usd_per_hour * static_cast<double>(types.size())};
        else
            low = types.size() + 1;
    }
    return best;
}

}  // namespace

FleetPlan cheapest_fleet(const FleetMix& mix, int effort) {
    const FleetProblem whole = problem_of(mix);
    FleetPlan plan;
    double bound_of_part = 0.0;
    Fleet fleet = in_parts(mix, [&](const FleetMix& part) {
        const FleetProblem problem = problem_of(part);
        if (problem.workloads.empty()) return Fleet{};
        const Draft draft = cheapest_draft(problem, std::max(effort, 1));
        bound_of_part = draft.bound;
        return fleet_of(problem, draft.fleet);
    });
    plan.fleet = finished(std::move(fleet), mix, whole.misfits);
    // A bound of a part says nothing of the whole, where there are parts.
    plan.lower_bound_usd_per_hour =
        whole.pods() <= most_pods ? bound_of_part : relaxed_cover(covering_of(whole)).usd_per_hour;
    return plan;
}

FleetPlan homogeneous_fleet(const FleetMix& mix, std::int32_t type, int effort) {
    const FleetProblem whole = problem_of(mix, type);
    const FleetProblem any = problem_of(mix);
    FleetPlan plan;
    plan.fleet.misfits = any.misfits;
    if (whole.workloads.empty() || whole.misfits != any.misfits) return plan;
    Fleet fleet = in_parts(mix, [&](const FleetMix& part) {
        const FleetProblem problem = problem_of(part, type);
        return problem.workloads.empty() ? Fleet{} : fleet_of(problem, fewest_nodes(problem, std::max(effort, 1)));
    });
    plan.fleet = finished(std::move(fleet), mix, any.misfits);
    const double nodes = relaxed_cover(covering_of(whole)).nodes.front();
    plan.lower_bound_usd_per_hour = std::ceil(nodes - 1e-6) * whole.types.front().usd_per_hour;
    return plan;
}

bool holds(const Fleet& fleet, const FleetMix& mix) {
    std::vector<std::int64_t> placed(mix.workloads.size(), 0);
    for (const FleetNode& node : fleet.nodes) {
        for (const FleetPods& pods : node.pods) {
            const auto w = static_cast<std::size_t>(pods.workload);
            const FleetWorkload& workload = mix.workloads[w];
            if (pods.count <= 0 || pods.count > workload.most_per_node) return false;
            if (!workload.allowed.empty() && !workload.allowed[static_cast<std::size_t>(node.type)]) return false;
            placed[w] += pods.count;
        }
        if (!has_room(mix.types[static_cast<std::size_t>(node.type)].room, load_of(mix.workloads, node.pods)))
            return false;
    }
    for (std::size_t w = 0; w < placed.size(); ++w) {
        const bool is_misfit = std::ranges::find(fleet.misfits, static_cast<std::int32_t>(w)) != fleet.misfits.end();
        if (placed[w] != (is_misfit ? 0 : std::max<std::int64_t>(mix.workloads[w].replicas, 0))) return false;
    }
    return true;
}

}  // namespace eks::sizing

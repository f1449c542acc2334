#include "models/sizing/fleets.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace eks::sizing {

namespace {

double price_of_fleet(const Fleet& fleet, const FleetMix& mix) {
    double sum = 0.0;
    for (const FleetNode& node : fleet.nodes) sum += mix.types[static_cast<std::size_t>(node.type)].usd_per_hour;
    return sum;
}

// Empty nodes, of the cheapest type that is in the fleet anyway, until there are as many as were asked for.
void fill_up(Fleet& fleet, const FleetMix& mix, std::int64_t least) {
    if (fleet.nodes.empty()) return;
    const auto price = [&](std::int32_t type) { return mix.types[static_cast<std::size_t>(type)].usd_per_hour; };
    std::int32_t cheapest = fleet.nodes.front().type;
    for (const FleetNode& node : fleet.nodes)
        if (price(node.type) < price(cheapest)) cheapest = node.type;
    while (static_cast<std::int64_t>(fleet.nodes.size()) < least) fleet.nodes.push_back({cheapest, {}});
    std::stable_sort(fleet.nodes.begin(), fleet.nodes.end(),
                     [](const FleetNode& a, const FleetNode& b) { return a.type < b.type; });
    fleet.usd_per_hour = price_of_fleet(fleet, mix);
}

std::int64_t copies_for(std::int64_t nodes, std::int64_t copies) { return (nodes + copies - 1) / copies; }

PlannedFleet planned(const Problem& problem, FleetPlan plan, FleetKind kind, const NodeBounds& bounds) {
    PlannedFleet made;
    made.kind = kind;
    made.copies = problem.copies;
    fill_up(plan.fleet, problem.mix, copies_for(bounds.least, problem.copies));
    std::map<std::int32_t, std::int64_t> nodes;
    for (const FleetNode& node : plan.fleet.nodes) nodes[node.type] += problem.copies;
    for (const auto& [type, count] : nodes)
        made.groups.push_back({problem.offer_of[static_cast<std::size_t>(type)], count});
    const auto cost = [&](const FleetGroup& group) {
        const auto at = std::find(problem.offer_of.begin(), problem.offer_of.end(), group.offer);
        const auto type = static_cast<std::size_t>(at - problem.offer_of.begin());
        return problem.mix.types[type].usd_per_hour * static_cast<double>(group.nodes);
    };
    std::stable_sort(made.groups.begin(), made.groups.end(),
                     [&](const FleetGroup& a, const FleetGroup& b) { return cost(a) > cost(b); });
    made.used = shares_used(plan.fleet, problem.mix);
    const auto copies = static_cast<double>(problem.copies);
    made.usd_per_hour = plan.fleet.usd_per_hour * copies;
    made.lower_bound_usd_per_hour = plan.lower_bound_usd_per_hour * copies;
    made.plan = std::move(plan);
    made.types = problem.offer_of;
    return made;
}

bool is_small_enough(const FleetPlan& plan, const Problem& problem, const NodeBounds& bounds) {
    return !bounds.most || static_cast<std::int64_t>(plan.fleet.nodes.size()) * problem.copies <= *bounds.most;
}

// The mix with a price on every node.
FleetPlan with_node_price(const FleetMix& mix, double node_price, int effort) {
    FleetMix dearer = mix;
    for (FleetType& type : dearer.types) type.usd_per_hour += node_price;
    FleetPlan plan = cheapest_fleet(dearer, effort);
    plan.fleet.usd_per_hour = price_of_fleet(plan.fleet, mix);
    return plan;
}

// The relaxation: for every price of a node, what all fleets of at most `most` nodes cost is at least the bound with
// that price, less what `most` nodes pay of it.
std::optional<FleetPlan> within_most_nodes(const Problem& problem, const FleetPlan& unbounded, const NodeBounds& bounds,
                                           int effort) {
    const std::int64_t most = *bounds.most / problem.copies;
    if (most < 1) return std::nullopt;
    constexpr int doublings = 24;
    constexpr int halvings = 6;
    std::optional<FleetPlan> best;
    double bound = std::max(unbounded.lower_bound_usd_per_hour, transport_bound(problem_of(problem.mix), most));
    const auto try_price = [&](double price) {
        FleetPlan plan = with_node_price(problem.mix, price, effort);
        bound = std::max(bound, plan.lower_bound_usd_per_hour - price * static_cast<double>(most));
        const bool is_small = is_small_enough(plan, problem, bounds);
        if (is_small && (!best || plan.fleet.usd_per_hour < best->fleet.usd_per_hour)) best = plan;
        return is_small;
    };
    double too_low = 0.0;
    double price = unbounded.fleet.usd_per_hour / static_cast<double>(unbounded.fleet.nodes.size());
    bool is_found = false;
    for (int i = 0; i < doublings && !is_found; ++i) {
        is_found = try_price(price);
        if (is_found) break;
        too_low = price;
        price *= 2.0;
    }
    if (!is_found) return std::nullopt;
    double high_enough = price;
    for (int i = 0; i < halvings; ++i) {
        const double middle = (too_low + high_enough) / 2.0;
        (try_price(middle) ? high_enough : too_low) = middle;
    }
    best->lower_bound_usd_per_hour = std::min(bound, best->fleet.usd_per_hour);
    return best;
}

bool is_cheaper(const PlannedFleet& a, const PlannedFleet& b) { return a.usd_per_hour < b.usd_per_hour; }

}  // namespace

std::string_view text_of(FleetKind kind) {
    switch (kind) {
        case FleetKind::homogeneous: return "homogeneous";
        case FleetKind::two_types: return "two-types";
        case FleetKind::mixed: break;
    }
    return "mixed";
}

std::int64_t PlannedFleet::nodes() const {
    std::int64_t sum = 0;
    for (const FleetGroup& group : groups) sum += group.nodes;
    return sum;
}

bool PlannedFleet::buys_the_same(const PlannedFleet& other) const {
    return groups.size() == other.groups.size() &&
           std::equal(groups.begin(), groups.end(), other.groups.begin(), [](const FleetGroup& a, const FleetGroup& b) {
               return a.offer == b.offer && a.nodes == b.nodes;
           });
}

std::optional<LeastNodes> proven_too_few(const Problem& problem, const NodeBounds& bounds) {
    if (!bounds.most) return std::nullopt;
    LeastNodes least = least_nodes(problem_of(problem.mix));
    least.nodes *= problem.copies;
    if (least.nodes <= *bounds.most) return std::nullopt;
    return least;
}

std::vector<PlannedFleet> cheapest_of_one_type(const Problem& problem, const NodeBounds& bounds, std::size_t count,
                                               int effort) {
    if (proven_too_few(problem, bounds)) return {};
    const auto copies = static_cast<double>(problem.copies);
    std::vector<std::pair<double, std::int32_t>> by_bound;
    for (std::size_t t = 0; t < problem.mix.types.size(); ++t) {
        const double bound = one_type_bound(problem.mix, static_cast<std::int32_t>(t));
        const double price = problem.mix.types[t].usd_per_hour;
        const bool is_too_small = bounds.most && bound * copies > (static_cast<double>(*bounds.most) + 0.5) * price;
        if (std::isfinite(bound) && !is_too_small) by_bound.emplace_back(bound, static_cast<std::int32_t>(t));
    }
    std::sort(by_bound.begin(), by_bound.end());
    std::vector<PlannedFleet> found;
    for (const auto& [bound, type] : by_bound) {
        if (found.size() >= count && found[count - 1].usd_per_hour <= bound * copies) break;
        FleetPlan plan = homogeneous_fleet(problem.mix, type, effort);
        if (plan.fleet.nodes.empty() || !is_small_enough(plan, problem, bounds)) continue;
        plan.lower_bound_usd_per_hour = std::max(plan.lower_bound_usd_per_hour, bound);
        found.push_back(planned(problem, std::move(plan), FleetKind::homogeneous, bounds));
        std::stable_sort(found.begin(), found.end(), is_cheaper);
        if (found.size() > count) found.resize(count);
    }
    return found;
}

std::optional<PlannedFleet> cheapest_mixed(const Problem& problem, const NodeBounds& bounds, int effort) {
    if (proven_too_few(problem, bounds)) return std::nullopt;
    std::optional<FleetPlan> plan = cheapest_fleet(problem.mix, effort);
    if (plan->fleet.nodes.empty()) return std::nullopt;
    if (!is_small_enough(*plan, problem, bounds)) plan = within_most_nodes(problem, *plan, bounds, effort);
    if (!plan) return std::nullopt;
    return planned(problem, std::move(*plan), FleetKind::mixed, bounds);
}

std::optional<PlannedFleet> cheapest_of_two_types(const Problem& problem, const NodeBounds& bounds,
                                                  const std::vector<PlannedFleet>& of_one_type,
                                                  const std::optional<PlannedFleet>& mixed, int effort) {
    constexpr std::size_t from_one_type = 3;
    constexpr std::size_t from_mixed = 3;
    std::vector<std::size_t> offers;
    const auto add = [&](std::size_t offer) {
        if (std::find(offers.begin(), offers.end(), offer) == offers.end()) offers.push_back(offer);
    };
    for (std::size_t i = 0; i < std::min(from_one_type, of_one_type.size()); ++i)
        add(of_one_type[i].groups.front().offer);
    if (mixed) {
        for (std::size_t i = 0; i < std::min(from_mixed, mixed->groups.size()); ++i) add(mixed->groups[i].offer);
    }
    const auto type_of = [&](std::size_t offer) {
        const auto at = std::find(problem.offer_of.begin(), problem.offer_of.end(), offer);
        return static_cast<std::int32_t>(at - problem.offer_of.begin());
    };
    std::optional<PlannedFleet> best;
    for (std::size_t i = 0; i < offers.size(); ++i) {
        for (std::size_t j = i + 1; j < offers.size(); ++j) {
            const Problem pair = restricted_to(problem, {type_of(offers[i]), type_of(offers[j])});
            FleetPlan plan = cheapest_fleet(pair.mix, effort);
            const std::vector<std::int32_t>& known =
                mixed ? mixed->plan.fleet.misfits : of_one_type.front().plan.fleet.misfits;
            if (plan.fleet.nodes.empty() || plan.fleet.misfits != known || !is_small_enough(plan, problem, bounds))
                continue;
            PlannedFleet made = planned(pair, std::move(plan), FleetKind::two_types, bounds);
            if (made.groups.size() == 2 && (!best || made.usd_per_hour < best->usd_per_hour)) best = std::move(made);
        }
    }
    // Of all fleets, as nobody has looked at all pairs.
    if (best && mixed) best->lower_bound_usd_per_hour = mixed->lower_bound_usd_per_hour;
    return best;
}

std::vector<PlannedFleet> candidates_for(const Problem& problem, Purchase purchase, const NodeBounds& bounds,
                                         const std::vector<PlannedFleet>& of_one_type, std::size_t top, int effort) {
    std::vector<PlannedFleet> found;
    const std::optional<PlannedFleet> mixed = cheapest_mixed(problem, bounds, effort);
    if (mixed && mixed->groups.size() > 2) {
        if (auto two = cheapest_of_two_types(problem, bounds, of_one_type, mixed, effort)) found.push_back(*two);
    }
    if (mixed) found.push_back(*mixed);
    if (mixed && mixed->groups.size() == 1) found.back().kind = FleetKind::homogeneous;
    if (mixed && mixed->groups.size() == 2) found.back().kind = FleetKind::two_types;
    for (const PlannedFleet& one : of_one_type) {
        const bool is_there = std::any_of(found.begin(), found.end(),
                                          [&](const PlannedFleet& other) { return one.buys_the_same(other); });
        if (found.size() < top && !is_there) found.push_back(one);
    }
    std::stable_sort(found.begin(), found.end(), is_cheaper);
    if (found.size() > top) found.resize(top);
    for (PlannedFleet& one : found) one.purchase = purchase;
    return found;
}

}  // namespace eks::sizing

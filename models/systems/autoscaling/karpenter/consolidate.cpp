#include "models/systems/autoscaling/karpenter/consolidate.hpp"

#include "models/systems/autoscaling/karpenter/cluster_node.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <ranges>
#include <utility>

namespace eks::karpenter {

namespace {

constexpr double no_price = std::numeric_limits<double>::max();
constexpr double base_cost = 1;             // of a node with nothing on it
constexpr std::size_t most_together = 100;  // candidates of one command, KARP-54
constexpr std::size_t spot_types = 15;      // KARP-53

const std::string* label_of(const ClusterNode& node, std::string_view label) {
    const auto found = labels_of(node).find(label);
    return found == labels_of(node).end() ? nullptr : &found->second;
}

std::optional<TypeIx> type_named(const Cluster& cluster, const std::string* name) {
    if (name == nullptr) return std::nullopt;
    const auto found = std::ranges::find(cluster.types, *name, &InstanceType::name);
    return found == cluster.types.end() ? std::nullopt
                                        : std::optional(static_cast<TypeIx>(found - cluster.types.begin()));
}

// Of its type in its zone and capacity type, whether or not that is to be had now.
double price_of(const InstanceType& type, const std::string& zone, const std::string& capacity_type) {
    const auto found = std::ranges::find_if(type.offerings, [&](const Offering& offering) {
        return offering.zone == zone && offering.capacity_type == capacity_type;
    });
    return found == type.offerings.end() ? 0 : found->price;
}

// KARP-41 and KARP-42.
bool may_go(const Round& round, NodeIx n) {
    const ClusterNode& node = round.cluster.nodes[n];
    if (!node.node || !node.claim || !is_initialized(node) || is_being_deleted(node)) return false;
    if (node.node->is_not_to_be_disrupted || !node.claim->is_consolidatable || !round.nodes[n].look->pool) return false;
    const NodePool& pool = round.cluster.pools[*round.nodes[n].look->pool];
    return pool.policy != ConsolidationPolicy::when_empty && pool.consolidate_after_us.has_value();
}

// From 1.14 a node that is itself still within its consolidateAfter is no place for pods of others (KARP-51).
bool is_unsettled(const Round& round, NodeIx n, std::int64_t now_us) {
    const std::optional<NodeClaim>& claim = round.cluster.nodes[n].claim;
    if (!claim || !claim->initialized_us || !round.nodes[n].look->pool) return false;
    const std::int64_t after_us = round.cluster.pools[*round.nodes[n].look->pool].consolidate_after_us.value_or(0);
    return after_us != 0 && now_us - claim->last_pod_event_us.value_or(*claim->initialized_us) < after_us;
}

}  // namespace

double eviction_cost(const Pod& pod) {
    const double cost =
        1 + pod.deletion_cost / 134'217'728.0 + static_cast<double>(pod.priority) / 33'554'432.0;  // 2^27, 2^25
    return std::clamp(cost, -10.0, 10.0);
}

bool is_reschedulable(const Pod& pod) {
    const bool is_active = pod.phase != PodPhase::ended && !pod.is_terminating;
    // A StatefulSet makes the next pod only once this one is gone.
    const bool returns = pod.owner == OwnerKind::stateful_set && pod.is_terminating;
    return (is_active || returns) && pod.owner != OwnerKind::daemon_set && pod.owner != OwnerKind::node;
}

bool blocks_disruption(const Pod& pod, std::int64_t now_us) {
    if (pod.phase == PodPhase::ended || pod.is_terminating || !pod.do_not_disrupt.is_set) return false;
    if (!pod.do_not_disrupt.for_us || !pod.started_us) return true;
    return now_us - *pod.started_us < *pod.do_not_disrupt.for_us;
}

std::vector<Candidate> consolidation_candidates(const Round& round, std::int64_t now_us) {
    std::vector<Candidate> candidates;
    for (NodeIx n = 0; n < round.nodes.size(); ++n) {
        const ClusterNode& node = round.cluster.nodes[n];
        if (!may_go(round, n)) continue;
        const auto type = type_named(round.cluster, label_of(node, instance_type_label));
        const std::string* zone = label_of(node, zone_label);
        const std::string* capacity_type = label_of(node, capacity_type_label);
        if (!type || zone == nullptr || capacity_type == nullptr) continue;
        Candidate candidate;
        candidate.node = n;
        candidate.type = *type;
        candidate.price = price_of(round.cluster.types[*type], *zone, *capacity_type);
        candidate.is_spot = *capacity_type == "spot";
        candidate.cost = base_cost;
        bool is_blocked = false;
        for (PodIx p = 0; p < round.pods.size(); ++p) {
            if (round.node_of_pod[p] != n) continue;
            const Pod& pod = round.pods[p];
            is_blocked = is_blocked || blocks_disruption(pod, now_us);
            if (!is_reschedulable(pod)) continue;
            candidate.pods.push_back(p);
            candidate.cost += std::max(0.0, eviction_cost(pod));
        }
        // A node with nothing worth moving is left to Emptiness (KARP-50).
        if (!is_blocked && candidate.cost > base_cost) candidates.push_back(std::move(candidate));
    }
    std::ranges::stable_sort(candidates, std::ranges::greater{}, &Candidate::savings_ratio);
    return candidates;
}

namespace {

std::vector<bool> unsettled_nodes_of(const Round& round, std::int64_t now_us) {
    std::vector<bool> unsettled;
    for (NodeIx n = 0; n < round.nodes.size(); ++n) unsettled.push_back(is_unsettled(round, n, now_us));
    return unsettled;
}

}  // namespace

Consolidator::Consolidator(const Round& round, std::int64_t now_us)
    : Consolidator(round, consolidation_candidates(round, now_us), unsettled_nodes_of(round, now_us), now_us) {}

Consolidator::Consolidator(const Round& round, std::vector<Candidate> candidates, std::vector<bool> is_unsettled,
                           std::int64_t now_us)
    : round_(round), now_us_(now_us), candidates_(std::move(candidates)), is_unsettled_(std::move(is_unsettled)) {
    const bool some_go = std::ranges::any_of(round_.nodes, [](const RoundNode& node) { return node.is_being_deleted; });
    for (PodIx p = 0; some_go && p < round_.pods.size(); ++p) {
        const auto node = round_.node_of_pod[p];
        const Pod& pod = round_.pods[p];
        if (node && round_.nodes[*node].is_being_deleted && is_reschedulable(pod) && !blocks_disruption(pod, now_us_))
            moving_.push_back(p);
    }
    has_min_values_ = std::ranges::any_of(round_.templates,
                                          [](const ClaimTemplate& from) { return from.requirements.has_min_values(); });
    waiting_in_order_ = in_order_of_size(round_, round_.waiting);
    bound_room();
}

namespace {

bool has_room_for(const Quantities& room, const Quantities& requests) {
    for (std::size_t r = 0; r < room.size(); ++r) {
        if (room[r] < 0 || requests[r] > room[r]) return false;
    }
    return true;
}

void add_to(Quantities& sum, const Quantities& more) {
    for (std::size_t r = 0; r < sum.size(); ++r) sum[r] += std::max<std::int64_t>(more[r], 0);
}

}  // namespace

void Consolidator::bound_room() {
    const auto shapes_of = [&](const std::vector<PodIx>& pods, std::vector<ShapeIx> shapes) {
        for (const PodIx pod : pods) shapes.push_back(round_.pods[pod].shape);
        std::ranges::sort(shapes);
        shapes.erase(std::unique(shapes.begin(), shapes.end()), shapes.end());
        return shapes;
    };
    std::vector<PodIx> pods;
    for (const Candidate& candidate : candidates_)
        pods.insert(pods.end(), candidate.pods.begin(), candidate.pods.end());
    const std::vector<ShapeIx> of_candidates = shapes_of(pods, {});
    const std::vector<ShapeIx> of_others = shapes_of(moving_, shapes_of(round_.waiting, {}));
    is_usable_.resize(round_.nodes.size());
    usable_.resize(round_.resources.count());
    smallest_pod_.resize(round_.resources.count(), std::numeric_limits<std::int64_t>::max());
    for (const ShapeIx shape : of_candidates) {
        for (std::size_t r = 0; r < smallest_pod_.size(); ++r)
            smallest_pod_[r] = std::min(smallest_pod_[r], round_.demand.of(shape).requests[r]);
    }
    for (const NodeIx n : round_.node_order) {
        const RoundNode& node = round_.nodes[n];
        if (node.is_being_deleted) continue;
        const auto fits_here = [&](ShapeIx shape) { return has_room_for(node.room, round_.demand.of(shape).requests); };
        const bool is_open = std::ranges::any_of(of_candidates, fits_here);
        // Where a candidate's pod goes to a node that is still coming up, nothing comes of it (KARP-51).
        is_usable_[n] = is_open && node.is_initialized;
        if (is_usable_[n]) {
            add_to(usable_, node.room);
            usable_pods_ += pods_in(node.room);
        }
        if (is_open || std::ranges::any_of(of_others, fits_here)) open_nodes_.push_back(n);
    }
    for (const TypeIx type : std::views::iota(TypeIx{0}, static_cast<TypeIx>(round_.types.all().size()))) {
        std::optional<double> cheapest;
        for (const TypeOffering& offering : round_.types.offerings(type)) {
            if (offering.is_available) cheapest = std::min(cheapest.value_or(offering.price), offering.price);
        }
        if (!cheapest) continue;
        Quantities offers(round_.resources.count());
        for (std::size_t r = 0; r < offers.size(); ++r) offers[r] = round_.types.allocatable(r, type);
        const std::int64_t most_pods = pods_in(offers);
        offered_.push_back({*cheapest, std::move(offers), most_pods});
    }
    std::ranges::sort(offered_, {}, &Offered::price);
    for (std::size_t i = 1; i < offered_.size(); ++i) {
        for (std::size_t r = 0; r < usable_.size(); ++r)
            offered_[i].room[r] = std::max(offered_[i].room[r], offered_[i - 1].room[r]);
        offered_[i].pods = std::max(offered_[i].pods, offered_[i - 1].pods);
    }
}

std::int64_t Consolidator::pods_in(const Quantities& room) const {
    std::int64_t pods = std::numeric_limits<std::int32_t>::max();
    for (std::size_t r = 0; r < room.size(); ++r) {
        if (smallest_pod_[r] > 0) pods = std::min(pods, std::max<std::int64_t>(room[r], 0) / smallest_pod_[r]);
    }
    return pods;
}

// Whether it is not out of the question: all that has to move goes to nodes that have room for some of it, and to one
// claim that is cheaper than what goes.
bool Consolidator::may_find_places(const std::vector<const Candidate*>& gone) const {
    Quantities room = usable_;
    Quantities moved(room.size());
    std::int64_t room_for_pods = usable_pods_;
    std::int64_t moved_pods = 0;
    double price = 0;
    for (const Candidate* candidate : gone) {
        price += candidate->price;
        if (is_usable_[candidate->node]) {
            const Quantities& own = round_.nodes[candidate->node].room;
            for (std::size_t r = 0; r < room.size(); ++r) room[r] -= own[r];
            room_for_pods -= pods_in(own);
        }
        moved_pods += static_cast<std::int64_t>(candidate->pods.size());
        for (const PodIx pod : candidate->pods) add_to(moved, round_.demand.of(round_.pods[pod].shape).requests);
    }
    const auto first_dearer = std::ranges::lower_bound(offered_, price, {}, &Offered::price);
    if (first_dearer != offered_.begin()) {
        add_to(room, std::prev(first_dearer)->room);
        room_for_pods += std::prev(first_dearer)->pods;
    }
    if (moved_pods > room_for_pods) return false;
    for (std::size_t r = 0; r < room.size(); ++r) {
        if (moved[r] > room[r]) return false;
    }
    return true;
}

std::optional<std::vector<std::int64_t>> Consolidator::class_of(std::size_t i) const {
    const Candidate& candidate = candidates_[i];
    const RoundNode& node = round_.nodes[candidate.node];
    if (round_.demand.count_classes() > 0 || is_usable_[candidate.node]) return std::nullopt;
    const auto fits_here = [&](PodIx pod) {
        return has_room_for(node.room, round_.demand.of(round_.pods[pod].shape).requests);
    };
    if (std::ranges::any_of(round_.waiting, fits_here) || std::ranges::any_of(moving_, fits_here)) return std::nullopt;
    std::vector<std::int64_t> key{node.look->number, candidate.type, node.taints, std::llround(candidate.price * 1e9)};
    const std::size_t first = key.size();
    for (const PodIx pod : candidate.pods) {
        if (!round_.cluster.shapes[round_.pods[pod].shape].host_ports.empty()) return std::nullopt;
        key.push_back(round_.pods[pod].shape * 2 + (round_.pods[pod].phase == PodPhase::pending ? 1 : 0));
    }
    std::sort(key.begin() + static_cast<std::ptrdiff_t>(first), key.end());
    return key;
}

std::optional<Solution> Consolidator::without(const std::vector<std::size_t>& candidates) const {
    std::vector<const Candidate*> gone;
    for (const std::size_t candidate : candidates) gone.push_back(&candidates_[candidate]);
    Solution solution = simulate_without(gone, std::numeric_limits<std::size_t>::max());
    if (!all_find_a_settled_place(solution)) return std::nullopt;
    return solution;
}

Consolidation Consolidator::single(std::size_t candidate) const { return of_first(1, candidate); }

// The search supposes that what goes for many goes for fewer, and so may miss some.
Consolidation Consolidator::multi() const {
    Consolidation best;
    if (candidates_.size() < 2) return best;
    std::size_t low = 1;
    std::size_t high = std::min(candidates_.size() - 1, most_together);
    while (low <= high) {
        const std::size_t middle = (low + high) / 2;
        Consolidation decision = of_first(middle + 1, 0);
        if (decision.action == ConsolidationAction::replace && !drop_same_type(decision.replacement, middle + 1))
            decision.action = ConsolidationAction::none;
        if (decision.action == ConsolidationAction::none) {
            high = middle - 1;
        } else {
            best = std::move(decision);
            low = middle + 1;
        }
    }
    return best;
}

// KARP-51 and KARP-52.
Consolidation Consolidator::of_first(std::size_t count, std::size_t from) const {
    std::vector<const Candidate*> gone;
    for (std::size_t i = from; i < from + count; ++i) gone.push_back(&candidates_[i]);
    if (!may_find_places(gone)) return {};
    Solution solution = simulate_without(gone, has_min_values_ ? std::numeric_limits<std::size_t>::max() : 1);
    if (solution.is_cut_short) return {};
    Consolidation decision;
    if (!all_find_a_settled_place(solution) || solution.claims.size() > 1) return decision;
    for (const Candidate* candidate : gone) decision.nodes.push_back(candidate->node);
    if (solution.claims.empty()) {
        decision.action = ConsolidationAction::remove;
        return decision;
    }
    return replace(std::move(decision), std::move(solution.claims.front()), gone);
}

Solution Consolidator::simulate_without(const std::vector<const Candidate*>& gone, std::size_t most_claims) const {
    WhatIf what_if = WhatIf::all_waiting(round_);
    what_if.most_claims = most_claims;
    what_if.lists_by_node = false;
    what_if.open_nodes = &open_nodes_;
    what_if.first_in_order = &waiting_in_order_;
    for (const Candidate* candidate : gone) {
        what_if.is_gone[candidate->node] = true;
        what_if.pods.insert(what_if.pods.end(), candidate->pods.begin(), candidate->pods.end());
    }
    what_if.is_unsettled = is_unsettled_;
    what_if.pods.insert(what_if.pods.end(), moving_.begin(), moving_.end());
    return karpenter::solve(round_, what_if);
}

// Pods that wait anyway may go on waiting. A node that is still coming up may never do so; only for pods of nodes that
// go in any case it is good enough.
bool Consolidator::all_find_a_settled_place(const Solution& solution) const {
    const auto stays_waiting = [&](PodIx pod) { return waits(round_.pods[pod]); };
    const auto goes_anyway = [&](PodIx pod) {
        const auto node = round_.node_of_pod[pod];
        return node && round_.nodes[*node].is_being_deleted;
    };
    if (!std::ranges::all_of(solution.unplaced,
                             [&](const UnplacedPod& unplaced) { return stays_waiting(unplaced.pod); }))
        return false;
    return std::ranges::all_of(solution.placed, [&](const auto& entry) {
        const auto& [node, pod] = entry;
        return round_.nodes[node].is_initialized || stays_waiting(pod) || goes_anyway(pod);
    });
}

namespace {

// What the type costs at worst if it is launched: of the first capacity type that is allowed the dearest offering.
double worst_launch_price(const Round& round, TypeIx type, const Requirements& requirements) {
    const KeyIx key = round.types.capacity_type_key();
    for (const char* capacity_type : {"reserved", "spot", "on-demand"}) {
        const auto value = round.words.find(key, capacity_type);
        std::optional<double> dearest;
        for (const TypeOffering& offering : round.types.offerings(type)) {
            if (offering.is_available && offering.capacity_type == value &&
                round.types.is_compatible(round.words, offering, requirements))
                dearest = std::max(dearest.value_or(offering.price), offering.price);
        }
        if (dearest) return *dearest;
    }
    return no_price;
}

bool allows_capacity_type(const Round& round, const Requirements& requirements, const char* capacity_type) {
    const KeyIx key = round.types.capacity_type_key();
    const Requirement* requirement = requirements.find(key);
    const auto value = round.words.find(key, capacity_type);
    if (requirement == nullptr) return true;
    return value ? allows(*requirement, *value, round.words.numbers(key)) : requirement->is_complement;
}

void force_spot(const Round& round, Requirements& requirements) {
    const KeyIx key = round.types.capacity_type_key();
    Bits spot;
    if (const auto value = round.words.find(key, "spot")) spot.insert(*value);
    requirements.add(round.words, key, Requirement::one_of(spot));
}

Bits bits_of(const std::vector<TypeIx>& types) {
    Bits bits;
    for (const TypeIx type : types) bits.insert(type);
    return bits;
}

// How many of the first types it takes to have all minValues.
std::size_t types_for_min_values(const Round& round, const NewClaim& claim) {
    Bits first;
    for (std::size_t i = 0; i < claim.types.size(); ++i) {
        first.insert(claim.types[i]);
        if (missed_min_values(round.basis, claim.requirements, first).empty()) return i + 1;
    }
    return claim.types.size();
}

}  // namespace

// Whether something is left, and minValues hold.
bool Consolidator::keep_cheaper(NewClaim& claim, double price) const {
    std::erase_if(claim.types,
                  [&](TypeIx type) { return worst_launch_price(round_, type, claim.requirements) >= price; });
    return !claim.types.empty() && missed_min_values(round_.basis, claim.requirements, bits_of(claim.types)).empty();
}

Consolidation Consolidator::replace(Consolidation decision, NewClaim claim,
                                    const std::vector<const Candidate*>& gone) const {
    const double price = std::accumulate(gone.begin(), gone.end(), 0.0,
                                         [](double sum, const Candidate* candidate) { return sum + candidate->price; });
    const bool are_all_spot = std::ranges::all_of(gone, [](const Candidate* candidate) { return candidate->is_spot; });
    order_by_price(round_, claim.types, claim.requirements);
    const bool may_be_spot = allows_capacity_type(round_, claim.requirements, "spot");
    if (are_all_spot && may_be_spot) {
        if (!replace_spot_by_spot(claim, price, gone.size())) return {};
    } else {
        if (!keep_cheaper(claim, price)) return {};
        // It was chosen for its price as spot: it shall not come as something dearer.
        if (may_be_spot && allows_capacity_type(round_, claim.requirements, "on-demand"))
            force_spot(round_, claim.requirements);
    }
    decision.action = ConsolidationAction::replace;
    decision.replacement = std::move(claim);
    return decision;
}

// KARP-53. The node must not be among what is launched, or it would be replaced again at once.
bool Consolidator::replace_spot_by_spot(NewClaim& claim, double price, std::size_t gone) const {
    if (!round_.cluster.settings.spot_to_spot) return false;
    force_spot(round_, claim.requirements);
    std::erase_if(claim.types, [&](TypeIx type) {
        return !round_.types.cheapest(round_.words, type, claim.requirements).has_value();
    });
    if (!keep_cheaper(claim, price)) return false;
    if (gone > 1) return true;
    if (claim.types.size() < spot_types) return false;
    const std::size_t needed = claim.requirements.has_min_values() ? types_for_min_values(round_, claim) : 0;
    claim.types.resize(std::min(claim.types.size(), std::max(spot_types, needed)));
    return true;
}

// A replacement of a type that is among the candidates would be one of them kept: it must be cheaper than the cheapest
// of them.
bool Consolidator::drop_same_type(NewClaim& claim, std::size_t count) const {
    double most = no_price;
    for (const TypeIx type : claim.types) {
        // Where none of the candidates of the type has a known price it counts as 0.
        std::optional<double> cheapest;
        bool is_among_them = false;
        for (std::size_t i = 0; i < count; ++i) {
            if (candidates_[i].type != type) continue;
            is_among_them = true;
            const Requirements& labels = round_.nodes[candidates_[i].node].look->requirements;
            for (const TypeOffering& offering : round_.types.offerings(type)) {
                if (round_.types.is_compatible(round_.words, offering, labels))
                    cheapest = std::min(cheapest.value_or(offering.price), offering.price);
            }
        }
        if (is_among_them) most = std::min(most, cheapest.value_or(0));
    }
    return keep_cheaper(claim, most);
}

}  // namespace eks::karpenter

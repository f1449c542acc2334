// From a NodeClaim to an instance (KARP-30 to KARP-34). Claims made together are launched together: those that are
// alike in one call.
#include "libsim/check.hpp"
#include "models/systems/autoscaling/karpenter/run.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"
#include "models/systems/autoscaling/karpenter/subnets.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace eks {

namespace karpenter {

namespace {

constexpr std::size_t types_sent = 60;                                               // KARP-32
constexpr sim::Duration calls_are_merged = sim::Duration::microseconds(35'000);      // KARP-33
constexpr sim::Duration unavailable_for = sim::Duration::microseconds(180'000'000);  // KARP-24
// Between two tries of a call that EC2 has throttled: a guess.
constexpr sim::Duration throttled_pause = sim::Duration::microseconds(1'000'000);

struct Choice {
    NodeShapeIx shape;
    TypeIx type = 0;
    MicroUsd price = 0;
};

std::vector<Choice> choices_of(const Spec& spec, const Moment& moment, const NewClaim& claim, bool is_spot) {
    const Knowledge& known = *moment.knowledge;
    const TypeTable& types = moment.round->types;
    const Vocabulary& words = moment.round->words;
    const Requirement* zone_ids = claim.requirements.find(known.zone_id_key);
    std::vector<Choice> choices;
    for (const TypeIx type : claim.types) {
        for (const TypeOffering& offering : types.offerings(type)) {
            if (!offering.is_available || !types.is_compatible(words, offering, claim.requirements)) continue;
            if ((words.text(types.capacity_type_key(), offering.capacity_type) == "spot") != is_spot) continue;
            const std::string& zone = words.text(types.zone_key(), offering.zone);
            const auto at = std::ranges::find(spec.zones, zone);
            const NodeShapeIx shape =
                known.offer(claim.pool, type, ZoneIx::of(static_cast<std::size_t>(at - spec.zones.begin())), is_spot);
            if (!shape.valid()) continue;
            if (zone_ids != nullptr) {
                const Requirements labels = moment.round->basis.requirements_of_labels(spec[shape].labels);
                const Requirement* id = labels.find(known.zone_id_key);
                if (id != nullptr && !agree(*id, *zone_ids, words.numbers(known.zone_id_key))) continue;
            }
            choices.push_back({shape, type, spec[shape].price_per_hour_micro_usd});
        }
    }
    return choices;
}

MicroUsd cheapest_of(const std::vector<Choice>& choices) {
    return choices.empty() ? 0 : std::ranges::min_element(choices, {}, &Choice::price)->price;
}

// KARP-31: machines of metal and with accelerators only where nothing else is left.
void drop_exotic(const Spec& spec, std::vector<Choice>& choices) {
    const auto is_exotic = [&](const Choice& choice) { return spec.karpenter.types[choice.type].is_exotic; };
    if (!std::ranges::all_of(choices, is_exotic)) std::erase_if(choices, is_exotic);
}

// KARP-32: the cheapest types, with all their zones.
void keep_cheapest_types(std::vector<Choice>& choices) {
    std::ranges::stable_sort(choices, {}, &Choice::price);
    std::vector<TypeIx> kept;
    std::erase_if(choices, [&](const Choice& choice) {
        if (std::ranges::find(kept, choice.type) != kept.end()) return false;
        if (kept.size() >= types_sent) return true;
        kept.push_back(choice.type);
        return false;
    });
}

std::uint32_t pool_of(const Spec& spec, NodeShapeIx shape) {
    const auto found = std::ranges::find(spec.karpenter.pools, spec[shape].group, &eks::NodePool::group);
    return static_cast<std::uint32_t>(found - spec.karpenter.pools.begin());
}

bool is_of_class(const NodeShape& shape, const std::string& node_class) {
    return std::ranges::any_of(shape.labels, [&](const Label& label) {
        return label.key == "karpenter.k8s.aws/ec2nodeclass" && label.value == node_class;
    });
}

// As its pool offers it. A claim may be of what the pool would not launch any more, because the pool has changed since.
std::uint32_t type_of_shape(const Spec& spec, NodeShapeIx shape) {
    const std::vector<NodePoolOffer>& offers = spec.karpenter.pools[pool_of(spec, shape)].offers;
    const auto offer = std::ranges::find_if(offers, [&](const NodePoolOffer& o) { return is_of_offer(o, shape); });
    if (offer != offers.end()) return offer->type;
    const std::vector<NodePoolType>& types = spec.karpenter.types;
    const auto type = std::ranges::find_if(types, [&](const NodePoolType& known) {
        return known.name == spec[shape].instance_type && is_of_class(spec[shape], known.node_class);
    });
    CHECK(type != types.end(), "a shape that a pool has offered is of no type that Karpenter knows");
    return static_cast<std::uint32_t>(type - types.begin());
}

void launched(const Spec& spec, World& world, Turn& turn, const PendingClaim& claim, NodeId id) {
    claim_has_instance(spec, world, turn, claim, id);
    turn.after(registers_within, NodeClaimDue{id});
    for (DisruptionCommand& command : world.karpenter.commands) {
        if (command.number == claim.command) command.launched.push_back(id);
    }
}

// KARP-34: the claim is deleted, and its pods ask again.
void not_launched(const Spec& spec, World& world, Turn& turn, const PendingClaim& claim) {
    turn.note(NodeClaimTerminatedFact{claim.pool});
    if (claim.command != 0) replacement_failed(spec, world, turn, claim.command);
}

// A claim on its way to EC2.
struct Launch {
    PendingClaim claim;
    std::vector<NodeShapeIx> asked_for;
};

std::vector<Launch> launches_of(const Spec& spec, World& world, std::vector<PendingClaim> claims) {
    Subnets subnets(spec, world);
    std::vector<Launch> launches;
    for (PendingClaim& claim : claims) {
        std::vector<NodeShapeIx> asked_for = subnets.choose(claim.choices);
        launches.push_back({std::move(claim), std::move(asked_for)});
    }
    return launches;
}

void launch_at(World& world, Turn& turn, sim::Time at) {
    if (world.karpenter.launch_due <= at) return;
    world.karpenter.launch_due = at;
    turn.at(at, KarpenterLaunch{});
}

}  // namespace

std::vector<NodeShapeIx> launch_choices(const Spec& spec, const Moment& moment, const NewClaim& claim) {
    std::vector<Choice> spot = choices_of(spec, moment, claim, true);
    const std::vector<Choice> on_demand = choices_of(spec, moment, claim, false);
    const bool has_min_values = claim.requirements.has_min_values();
    // KARP-31: spot dearer than what is sold on demand.
    if (!spot.empty() && !on_demand.empty() && !has_min_values)
        std::erase_if(spot, [&](const Choice& choice) { return choice.price > cheapest_of(on_demand); });
    std::vector<Choice> choices = spot.empty() ? on_demand : std::move(spot);
    if (!has_min_values) drop_exotic(spec, choices);
    keep_cheapest_types(choices);
    std::vector<NodeShapeIx> shapes;
    for (const Choice& choice : choices) shapes.push_back(choice.shape);
    return shapes;
}

void claim_has_instance(const Spec& spec, World& world, Turn& turn, const PendingClaim& claim, NodeId id) {
    KarpenterState& state = world.karpenter;
    if (state.nodes.size() <= id.slot) state.nodes.resize(static_cast<std::size_t>(id.slot) + 1);
    const eks::NodePool& pool = spec.karpenter.pools[claim.pool];
    PoolNode& node = state.nodes[id.slot] = PoolNode{};
    node.node = id;
    node.pool = claim.pool;
    node.type = type_of_shape(spec, world.nodes[id].shape);
    node.reason = claim.reason;
    node.made_of = pool.made_of;
    node.created = turn.now();
    node.drain_limit = pool.drain_limit;
    if (pool.expire_after != sim::Duration::max()) {
        node.expires = turn.now() + pool.expire_after;
        turn.at(node.expires, NodeClaimDue{id});
    }
    state.coming.push_back(id);
}

void make_claim(const Spec& spec, World& world, Turn& turn, PendingClaim claim) {
    claim.ordinal = world.karpenter.claims_made++;
    turn.note(NodeClaimCreatedFact{claim.pool, claim.reason});
    world.karpenter.claims.push_back(std::move(claim));
    launch_at(world, turn, turn.now() + spec.latencies.api_write + spec.latencies.watch_delivery + calls_are_merged);
}

// It is EC2's type, whichever classes set it up and whether or not a pool offers it just now.
void note_unavailable(const Spec& spec, World& world, NodeShapeIx shape, sim::Time now) {
    const NodeShape& row = spec[shape];
    std::vector<UnavailableOffer>& all = world.karpenter.unavailable;
    for (std::uint32_t type = 0; type < spec.karpenter.types.size(); ++type) {
        if (spec.karpenter.types[type].name != row.instance_type) continue;
        const UnavailableOffer offer{type, row.zone, row.is_spot, now + unavailable_for};
        const auto same = std::ranges::find_if(all, [&](const UnavailableOffer& known) {
            return known.type == offer.type && known.zone == offer.zone && known.is_spot == offer.is_spot;
        });
        if (same == all.end())
            all.push_back(offer);
        else
            same->until = offer.until;
    }
}

void forget_available(World& world, sim::Time now) {
    std::erase_if(world.karpenter.unavailable, [&](const UnavailableOffer& offer) { return offer.until <= now; });
}

}  // namespace karpenter

void on(const Spec& spec, World& world, Turn& turn, const KarpenterLaunch&) {
    KarpenterState& state = world.karpenter;
    if (state.launch_due != turn.now()) return;
    state.launch_due = sim::Time::never();
    std::vector<karpenter::Launch> launches = karpenter::launches_of(spec, world, std::exchange(state.claims, {}));
    std::vector<PendingClaim> throttled;
    while (!launches.empty()) {
        std::vector<PendingClaim> alike;
        const std::vector<NodeShapeIx> asked_for = launches.front().asked_for;
        std::vector<karpenter::Launch> others;
        for (karpenter::Launch& launch : launches) {
            if (launch.asked_for == asked_for)
                alike.push_back(std::move(launch.claim));
            else
                others.push_back(std::move(launch));
        }
        launches = std::move(others);
        const std::uint64_t caller =
            spec[spec.karpenter.pools[alike.front().pool].group].stable_key + alike.front().ordinal;
        const FleetAnswer answer =
            create_fleet(spec, world, turn, asked_for, static_cast<std::int32_t>(alike.size()), caller);
        if (answer.is_throttled) {
            std::ranges::move(alike, std::back_inserter(throttled));
            continue;
        }
        state.synced_at = std::max(state.synced_at, answer.answered);
        for (const NodeShapeIx shape : answer.refused) karpenter::note_unavailable(spec, world, shape, turn.now());
        for (std::size_t i = 0; i < alike.size(); ++i) {
            if (i < answer.launched.size())
                karpenter::launched(spec, world, turn, alike[i], answer.launched[i]);
            else if (static_cast<std::int32_t>(i) < answer.allowed)
                karpenter::not_launched(spec, world, turn, alike[i]);
            else
                throttled.push_back(std::move(alike[i]));
        }
    }
    if (throttled.empty()) return;
    std::ranges::move(throttled, std::back_inserter(state.claims));
    karpenter::launch_at(world, turn, turn.now() + karpenter::throttled_pause);
}

}  // namespace eks

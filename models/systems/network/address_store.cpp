#include "models/systems/network/address_store.hpp"

#include "libsim/check.hpp"
#include "models/spec/streams.hpp"

#include <algorithm>
#include <bit>

namespace eks {

namespace {

// The moment after the last one at which an address released then still cools.
sim::Time cool_at(sim::Time released, sim::Duration cooldown) {
    return released + cooldown + sim::Duration::microseconds(1);
}

bool takes_pods(const AddressPool& pool, const Eni& eni, const EniCidr& cidr) {
    return !eni.is_excluded && cidr.in_store && pool.takes(cidr);
}

// Files a slot that has changed, or whose cooling may be over, among those that are ready or that cool.
void look_at(const World& world, const EniCidr& cidr, std::uint64_t bit, EniOffers& offers, sim::Time now) {
    if (cidr.assigned == cidr.size()) return;
    if (offered_by(world, cidr, offers.cooldown, now) != 0) {
        offers.ready |= bit;
        return;
    }
    offers.cooling |= bit;
    for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
        const AddressRecord record = record_of(world, cidr, offset);
        if (!record.owner.valid()) offers.first_release = std::min(offers.first_release, record.released);
    }
}

// Of the draws that choose an address: those of one card are kept apart from those of the next.
constexpr std::uint32_t draws_of_a_card = 1U << 26;

// The position of the n-th bit that is set.
std::uint32_t nth_bit(std::uint64_t bits, std::uint64_t n) {
    for (; n > 0; --n) bits &= bits - 1;
    return static_cast<std::uint32_t>(std::countr_zero(bits));
}

}  // namespace

const EniOffers& offers_of(World& world, EniId id, sim::Duration cooldown, sim::Time now) {
    Eni& eni = world.enis[id];
    EniOffers& offers = eni.offers;
    if (offers.cooldown != cooldown) {
        offers.cooldown = cooldown;
        offers.changed = ~std::uint64_t{0};
    }
    const bool is_one_through = offers.cooling != 0 && now - offers.first_release > cooldown;
    if (is_one_through || (offers.changed & offers.cooling) != 0) {
        offers.changed |= offers.cooling;
        offers.first_release = sim::Time::never();
    }
    if (offers.changed == 0) return offers;
    CHECK(eni.slots <= most_eni_slots, "an ENI has more slots than its offers have bits");
    offers.ready &= ~offers.changed;
    offers.cooling &= ~offers.changed;
    const AddressPool& pool = world.pools[eni.pool];
    for (std::uint64_t left = offers.changed; left != 0; left &= left - 1) {
        const auto slot = static_cast<std::uint32_t>(std::countr_zero(left));
        if (slot >= static_cast<std::uint32_t>(eni.slots)) break;
        const EniCidr& cidr = world.cidrs[eni.first_cidr + slot];
        if (cidr.in_store && pool.takes(cidr)) look_at(world, cidr, left & (~left + 1), offers, now);
    }
    offers.changed = 0;
    return offers;
}

std::uint32_t offered_by(const World& world, const EniCidr& cidr, sim::Duration cooldown, sim::Time now) {
    std::uint32_t expired = 0;
    std::uint32_t blank = 0;
    for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
        const AddressRecord record = record_of(world, cidr, offset);
        if (record.is_blank())
            blank |= 1U << offset;
        else if (!record.owner.valid() && !is_cooling(record, cooldown, now))
            expired |= 1U << offset;
    }
    return expired != 0 ? expired : blank & (~blank + 1);
}

std::int32_t cooling_addresses(const World& world, const AddressPool& pool, sim::Duration cooldown, sim::Time now) {
    std::int32_t count = 0;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) {
        for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
            if (!takes_pods(pool, eni, cidr)) return;
            for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
                if (is_cooling(record_of(world, cidr, offset), cooldown, now)) ++count;
            }
        });
    });
    return count;
}

sim::Time eni_cool_at(const World& world, const Eni& eni, sim::Duration cooldown, sim::Time now) {
    sim::Time latest = now;
    for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
        for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
            const AddressRecord record = record_of(world, cidr, offset);
            if (is_cooling(record, cooldown, now)) latest = std::max(latest, cool_at(record.released, cooldown));
        }
    });
    return latest;
}

sim::Time deletable_at(const World& world, const AddressPool& pool, const Eni& eni, const PoolState& state,
                       sim::Duration minimum_age, sim::Duration cooldown, sim::Time now) {
    if (!is_idle_and_removable(use_of(eni))) return sim::Time::never();
    OtherEnis others{pool.total, pool.available(), 0};
    if (!eni.is_excluded) {
        others.total -= eni.active_total;
        others.available -= eni.active_total - eni.active_assigned;
    }
    if (pool.uses_prefixes && state.targets.warm_prefixes != 0) {
        for_each_eni(world, pool, [&](EniId, const Eni& other) {
            if (&other == &eni || other.is_excluded) return;
            for_each_stored(world, other, [&](std::uint32_t, const EniCidr& cidr) {
                if (cidr.assigned == 0) ++others.free_cidrs;
            });
        });
    }
    if (!others_keep_enough(state, others)) return sim::Time::never();
    return std::max(eni.entered_store + minimum_age, eni_cool_at(world, eni, cooldown, now));
}

EniUse use_of(const Eni& eni) {
    return {.is_primary = eni.is_primary,
            .is_trunk = eni.is_trunk,
            .is_efa = eni.is_efa,
            .is_excluded = eni.is_excluded,
            .cidrs = eni.cidrs,
            .assigned = eni.assigned};
}

bool has_freeable_eni(const World& world, const AddressPool& pool) {
    bool found = false;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) {
        found = found || (!eni.is_primary && !eni.is_trunk && !eni.is_efa && eni.assigned == 0);
    });
    return found;
}

bool give_from_pool(const Spec& spec, World& world, sim::RunKey key, PodId id, PoolId pool_id, sim::Time now) {
    const Pod& pod = world.pods[id];
    const std::uint32_t first_draw = world.pools[pool_id].card * draws_of_a_card;
    const EniId first = world.pools[pool_id].first_eni;
    const sim::Duration cooldown = cni_of(world, pod.node).cooldown;
    const auto ready_on = [&](EniId eni) {
        return world.enis[eni].is_excluded ? 0 : offers_of(world, eni, cooldown, now).ready;
    };
    // Walking ENIs and CIDRs in random order and taking the first that has an address is picking an ENI, then a CIDR of
    // it, among those that have one.
    int enis = 0;
    for (EniId eni = first; eni.valid(); eni = world.enis[eni].next_in_pool) {
        if (ready_on(eni) != 0) ++enis;
    }
    if (enis == 0) return false;
    const auto draw = [&](std::uint32_t n, int bound) -> std::uint64_t {
        if (spec.map_order == MapOrder::insertion) return 0;
        return sim::draw_below(key,
                               {stream::address_choice, spec[pod.workload].stable_key, pod.ordinal,
                                3 * pod.sandbox_attempts + n + first_draw},
                               static_cast<std::uint64_t>(bound));
    };
    std::uint64_t skip = draw(0, enis);
    EniId chosen = first;
    while (ready_on(chosen) == 0 || skip-- > 0) chosen = world.enis[chosen].next_in_pool;
    const std::uint64_t ready = ready_on(chosen);
    AddressPlace place;
    place.cidr = world.enis[chosen].first_cidr + nth_bit(ready, draw(1, std::popcount(ready)));
    if (const EniCidr& cidr = world.cidrs[place.cidr]; cidr.is_prefix) {
        const std::uint32_t offers = offered_by(world, cidr, cooldown, now);
        place.offset = nth_bit(offers, draw(2, std::popcount(offers)));
    }
    assign_address(world, id, chosen, place, cooldown, now);
    return true;
}

std::uint16_t lowest_free_device(const World& world, const Node& node, const AddressPool& pool, std::uint16_t first) {
    const auto is_taken_in = [&](const AddressPool& store, std::uint16_t device) {
        bool is_taken = false;
        for_each_eni(world, store, [&](EniId, const Eni& eni) { is_taken = is_taken || eni.device == device; });
        return is_taken;
    };
    const AddressPool& second = world.pools[cilium_pool(node)];
    std::uint16_t device = first;
    while (is_taken_in(pool, device) || (pool.card == 0 && is_taken_in(second, device))) ++device;
    return device;
}

namespace {

sim::Time usable_at(World& world, PoolId pool, sim::Time now) {
    const sim::Duration cooldown = cni_of(world, world.pools[pool].node).cooldown;
    sim::Time earliest = sim::Time::never();
    for (EniId id = world.pools[pool].first_eni; id.valid(); id = world.enis[id].next_in_pool) {
        if (world.enis[id].is_excluded) continue;
        const EniOffers& offers = offers_of(world, id, cooldown, now);
        if (offers.ready != 0) return now;
        if (offers.cooling != 0) earliest = std::min(earliest, cool_at(offers.first_release, cooldown));
    }
    return earliest;
}

}  // namespace

// IPAM-158: the store of the lowest card that has one; or one of every card, or none. The daemon finds out that a card
// has none only when it has taken one of the cards before, which then cools for nothing; here it looks first.
std::int32_t give_from_store(const Spec& spec, World& world, sim::RunKey key, PodId id, sim::Time now) {
    const PoolId first = world.nodes[world.pods[id].node].first_pool;
    if (!spec[world.pods[id].pod_template].wants_every_card) {
        for (PoolId p = first; p.valid(); p = world.pools[p].next_on_node) {
            if (give_from_pool(spec, world, key, id, p, now)) return 1;
        }
        return 0;
    }
    for (PoolId p = first; p.valid(); p = world.pools[p].next_on_node) {
        if (usable_at(world, p, now) > now) return 0;
    }
    std::int32_t given = 0;
    for (PoolId p = first; p.valid(); p = world.pools[p].next_on_node, ++given)
        give_from_pool(spec, world, key, id, p, now);
    return given;
}

sim::Time store_usable_at(const Spec& spec, World& world, NodeId node, sim::Time now) {
    if (spec.cni.ipv6) return world.nodes[node].ipamd.has_ipv6_prefix ? now : sim::Time::never();
    sim::Time earliest = sim::Time::never();
    for (PoolId p = world.nodes[node].first_pool; p.valid(); p = world.pools[p].next_on_node)
        earliest = std::min(earliest, usable_at(world, p, now));
    return earliest;
}

}  // namespace eks

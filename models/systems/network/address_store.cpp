#include "models/systems/network/address_store.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <bit>

namespace eks {

namespace {

// The moment after the last one at which an address released then still cools.
sim::Time cool_at(sim::Time released, sim::Duration cooldown) {
    return released + cooldown + sim::Duration::microseconds(1);
}

bool takes_pods(const AddressPool& pool, const Eni& eni, const EniCidr& cidr) {
    return !eni.is_excluded && cidr.in_store && cidr.is_prefix == pool.uses_prefixes;
}

// Whether the CIDR has an address to give now, without looking at each record where that can be known from the whole.
bool has_offer(const World& world, const EniCidr& cidr, sim::Duration cooldown, sim::Time now) {
    if (cidr.assigned == cidr.size()) return false;
    if (!is_cooling({PodId::none(), cidr.record.released}, cooldown, now)) return true;
    return cidr.is_prefix && offered_by(world, cidr, cooldown, now) != 0;
}

std::uint64_t cidrs_with_offer(const World& world, const AddressPool& pool, const Eni& eni, sim::Duration cooldown,
                               sim::Time now) {
    if (eni.is_excluded || eni.active_assigned == eni.active_total) return 0;
    std::uint64_t count = 0;
    for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
        if (takes_pods(pool, eni, cidr) && has_offer(world, cidr, cooldown, now)) ++count;
    });
    return count;
}

// Of the draws that choose an address: those of one card are kept apart from those of the next.
constexpr std::uint32_t draws_of_a_card = 1U << 26;

// The n-th address of those offered.
std::uint32_t nth_offset(std::uint32_t offers, std::uint64_t n) {
    for (; n > 0; --n) offers &= offers - 1;
    return static_cast<std::uint32_t>(std::countr_zero(offers));
}

}  // namespace

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

namespace {

bool has_offer(const World& world, const AddressPool& pool, sim::Duration cooldown, sim::Time now) {
    bool found = false;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) {
        found = found || cidrs_with_offer(world, pool, eni, cooldown, now) > 0;
    });
    return found;
}

// IPAM-26, IPAM-27, in the store of one card.
bool give_address_of(const Spec& spec, World& world, sim::RunKey key, PodId id, const AddressPool& pool,
                     sim::Time now) {
    const Pod& pod = world.pods[id];
    const sim::Duration cooldown = spec.cni.cooldown;
    // Walking ENIs and CIDRs in random order and taking the first that has an address is picking an ENI, then a CIDR of
    // it, among those that have one.
    std::uint64_t enis = 0;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) {
        if (cidrs_with_offer(world, pool, eni, cooldown, now) > 0) ++enis;
    });
    if (enis == 0) return false;
    const auto draw = [&](std::uint32_t n, std::uint64_t bound) {
        return sim::draw_below(key,
                               {stream::address_choice, spec[pod.workload].stable_key, pod.ordinal,
                                3 * pod.sandbox_attempts + n + pool.card * draws_of_a_card},
                               bound);
    };
    std::uint64_t skip = draw(0, enis);
    EniId chosen = EniId::none();
    std::uint64_t cidrs = 0;
    for (EniId eni = pool.first_eni; !chosen.valid(); eni = world.enis[eni].next_in_pool) {
        cidrs = cidrs_with_offer(world, pool, world.enis[eni], cooldown, now);
        if (cidrs > 0 && skip-- == 0) chosen = eni;
    }
    skip = draw(1, cidrs);
    AddressPlace place;
    for (std::uint32_t at = world.enis[chosen].first_cidr;; ++at) {
        const EniCidr& cidr = world.cidrs[at];
        if (!takes_pods(pool, world.enis[chosen], cidr) || !has_offer(world, cidr, cooldown, now) || skip-- > 0)
            continue;
        place.cidr = at;
        if (!cidr.is_prefix) break;
        const std::uint32_t offers = offered_by(world, cidr, cooldown, now);
        place.offset = nth_offset(offers, draw(2, static_cast<std::uint64_t>(std::popcount(offers))));
        break;
    }
    assign_address(world, id, chosen, place, cooldown, now);
    return true;
}

sim::Time usable_at(const Spec& spec, const World& world, const AddressPool& pool, sim::Time now) {
    sim::Time earliest = sim::Time::never();
    for (EniId id = pool.first_eni; id.valid(); id = world.enis[id].next_in_pool) {
        const Eni& eni = world.enis[id];
        if (eni.is_excluded || eni.active_assigned == eni.active_total) continue;
        for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
            const EniCidr& cidr = world.cidrs[at];
            if (!takes_pods(pool, eni, cidr)) continue;
            if (has_offer(world, cidr, spec.cni.cooldown, now)) return now;
            for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
                const AddressRecord record = record_of(world, cidr, offset);
                if (!record.owner.valid()) earliest = std::min(earliest, cool_at(record.released, spec.cni.cooldown));
            }
        }
    }
    return earliest;
}

}  // namespace

// IPAM-158: the store of the lowest card that has one; or one of every card, or none. The daemon finds out that a card
// has none only when it has taken one of the cards before, which then cools for nothing; here it looks first.
std::int32_t give_address(const Spec& spec, World& world, sim::RunKey key, PodId id, sim::Time now) {
    const PoolId first = world.nodes[world.pods[id].node].first_pool;
    if (!spec[world.pods[id].pod_template].wants_every_card) {
        for (PoolId p = first; p.valid(); p = world.pools[p].next_on_node) {
            if (give_address_of(spec, world, key, id, world.pools[p], now)) return 1;
        }
        return 0;
    }
    for (PoolId p = first; p.valid(); p = world.pools[p].next_on_node) {
        if (!has_offer(world, world.pools[p], spec.cni.cooldown, now)) return 0;
    }
    std::int32_t given = 0;
    for (PoolId p = first; p.valid(); p = world.pools[p].next_on_node, ++given)
        give_address_of(spec, world, key, id, world.pools[p], now);
    return given;
}

sim::Time address_usable_at(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    if (spec.cni.ipv6) return world.nodes[node].ipamd.has_ipv6_prefix ? now : sim::Time::never();
    sim::Time earliest = sim::Time::never();
    for (PoolId p = world.nodes[node].first_pool; p.valid(); p = world.pools[p].next_on_node)
        earliest = std::min(earliest, usable_at(spec, world, world.pools[p], now));
    return earliest;
}

}  // namespace eks

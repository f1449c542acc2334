// The writers of a node's address store and of the ENIs behind it. Each keeps the sums of the pool, of the ENI and of
// the CIDR equal to the records; what a verb leaves alone on purpose, because the real daemon forgets it too, it says.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

namespace eks {

// --- stores and ENIs
PoolId add_pool(World& world, NodeId node, std::uint32_t card, bool uses_prefixes);
// Cilium's own store on a node whose pools are those of aws-node. From here on each ENI of card 0 has a row in both
// (Eni::twin): the verbs that change what EC2 has do so in both, and the side that has not asked for it gets to know
// that there is news.
PoolId add_second_store(World& world, NodeId node, bool uses_prefixes);
// An ENI in state `available` for this pool's node, with room for `slots` CIDRs, none yet, not in the store.
EniId add_eni(World& world, PoolId pool, SubnetIx subnet, std::int32_t slots);
// f(row) for the ENI's row and its twin: sets what EC2 knows of it.
template <class F>
void set_in_ec2(World& world, EniId id, F f) {
    f(world.enis[id]);
    if (world.enis[id].twin.valid()) f(world.enis[world.enis[id].twin]);
}
void attach_eni(World& world, EniId eni);
void detach_eni(World& world, EniId eni);
// Its instance has ended and it has not: it is in no store, attached to nothing and nobody's (IPAM-132).
void part_from_node(World& world, EniId eni);
// Its tags say something else from now on. It must be attached.
void tag_eni(World& world, EniId eni, EniTag tag);
// IPAM-16: it enters at the end of the chain with creation time now; CIDRs enter one by one with store_cidr.
void enter_store(World& world, EniId eni, sim::Time now);
// It leaves with all its CIDRs and records; owners own nothing any more. The daemon's own counters shrink by its sizes,
// and by the same once more if pods still used it (IPAM-21).
// The row of an ENI that EC2 no longer has goes with it.
void leave_store(World& world, EniId eni);
// The ENI is gone from EC2, with whatever it held there. It must have left the store. A twin that is in the other store
// stays there as `gone`.
void remove_eni(World& world, EniId eni);
void set_excluded(World& world, EniId eni, bool is_excluded);  // IPAM-33

// --- CIDRs. Places are positions in World::cidrs.
// EC2 gives it to the ENI. The place is a free slot, or the one at which the store already has it. Both rows of the ENI
// must have one: see make_places.
std::uint32_t grant_cidr(World& world, EniId eni, std::uint32_t network, bool is_prefix);
void store_cidr(World& world, EniId eni, std::uint32_t cidr);
enum class Counting : std::uint8_t { exact, forgotten };
// The store loses it with its records. `forgotten`: the daemon's counters stay as they were (IPAM-33).
void unstore_cidr(World& world, EniId eni, std::uint32_t cidr, Counting counting = Counting::exact);
// EC2 takes it back.
void revoke_cidr(World& world, EniId eni, std::uint32_t cidr);

// --- records
AddressRecord record_of(const World& world, const EniCidr& cidr, std::uint32_t offset);
// IPAM-27: makes the record; those of the CIDR that are neither assigned nor cooling go.
void assign_address(World& world, PodId pod, EniId eni, AddressPlace place, sim::Duration cooldown, sim::Time now);
// Takes the new record out again; what making it dropped stays dropped (IPAM-23).
void undo_assign(World& world, PodId pod);
// IPAM-29: the address cools from now on.
void release_address(World& world, PodId pod, sim::Time now);
// The pod has gone and the daemon has not heard of it: its store goes on having the address assigned (IPAM-122).
void abandon_address(World& world, PodId pod);

// --- a new process reads what the one before it has kept (IPAM-118, IPAM-120)
// Nothing cools any more, and what was assigned to a pod that has gone is free.
void restore_records(World& world, EniId eni);
// The daemon's own counters start from what is there, and addresses of this kind are those that pods get from now on
// (IPAM-139).
void recount_pool(World& world, PoolId pool, bool uses_prefixes);

// --- the list of nodes that the next resync of Cilium's operator looks at
void mark_due(World& world, NodeId node);

// --- questions
constexpr AddressPlace place_of(const Pod& pod) {
    return {pod.address_slot / addresses_a_prefix, pod.address_slot % addresses_a_prefix};
}
// IPAM-28: inclusive. A record without a release does not cool.
constexpr bool is_cooling(const AddressRecord& record, sim::Duration cooldown, sim::Time now) {
    return !record.owner.valid() && record.released != sim::Time::never() && now - record.released <= cooldown;
}
std::uint32_t address_at(const World& world, AddressPlace place);
// Where the ENI has this CIDR, in the store or at EC2; none if nowhere.
inline constexpr std::uint32_t no_cidr = ~std::uint32_t{0};
std::uint32_t find_cidr(const World& world, const Eni& eni, std::uint32_t network, bool is_prefix);

// f(place, cidr) for each CIDR of the ENI that the store has.
template <class F>
void for_each_stored(const World& world, const Eni& eni, F f) {
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        if (world.cidrs[at].in_store) f(at, world.cidrs[at]);
    }
}

// Whether the store is Cilium's.
inline bool is_ciliums(const World& world, const Eni& eni) { return world.pools[eni.pool].takes_both; }
// Of the two rows of one ENI the one that stands for it where ENIs are counted; else the only one.
inline bool stands_for_eni(const World& world, const Eni& eni) {
    return eni.state != EniState::gone && !(eni.twin.valid() && is_ciliums(world, eni));
}

// The store of card 0, which every managed node has; on a node with two CNIs that of aws-node.
inline const AddressPool& pool_of(const World& world, const Node& node) { return world.pools[node.first_pool]; }

}  // namespace eks

#include "models/world/address_verbs.hpp"

#include "libsim/check.hpp"

#include <algorithm>

namespace eks {

namespace {

AddressRecord& record_in(World& world, EniCidr& cidr, std::uint32_t offset) {
    return cidr.is_prefix ? world.prefix_records[cidr.records + offset] : cidr.record;
}

// Adds a CIDR's addresses, or takes them away, in all sums that the store keeps exact.
void count_cidr(World& world, Eni& eni, const EniCidr& cidr, std::int32_t sign) {
    AddressPool& pool = world.pools[eni.pool];
    eni.cidrs += sign;
    if (cidr.is_prefix && cidr.assigned == 0) pool.free_prefixes += sign;
    if (!pool.takes(cidr)) return;
    eni.active_total += sign * cidr.size();
    if (!eni.is_excluded) pool.total += sign * cidr.size();
}

void count_in_daemon(AddressPool& pool, const EniCidr& cidr, std::int32_t sign) {
    pool.counted_total += sign * cidr.size();
    if (cidr.is_prefix) pool.counted_prefixes += sign;
}

// Another slot of the ENI may have an address to give now, or has one no longer.
void note_change(Eni& eni, std::uint32_t cidr) {
    eni.offers.changed |= std::uint64_t{1} << (cidr - eni.first_cidr) % most_eni_slots;
}

void count_assigned(World& world, Eni& eni, EniCidr& cidr, std::int32_t sign) {
    AddressPool& pool = world.pools[eni.pool];
    if (cidr.is_prefix && cidr.assigned == 0) --pool.free_prefixes;
    cidr.assigned = static_cast<std::uint8_t>(cidr.assigned + sign);
    if (cidr.is_prefix && cidr.assigned == 0) ++pool.free_prefixes;
    eni.assigned += sign;
    pool.all_assigned += sign;
    if (!pool.takes(cidr)) return;
    eni.active_assigned += sign;
    if (!eni.is_excluded) pool.assigned += sign;
}

// Where a pod that has an address of each card (IPAM-158) has one on another card than this one's; its row says so from
// now on.
void point_to_further_address(World& world, PodId id, PoolId but) {
    Pod& pod = world.pods[id];
    pod.eni = EniId::none();
    for (PoolId p = world.nodes[pod.node].first_pool; p.valid(); p = world.pools[p].next_on_node) {
        if (p == but || world.pools[p].all_assigned == 0) continue;
        for (EniId e = world.pools[p].first_eni; e.valid(); e = world.enis[e].next_in_pool) {
            for_each_stored(world, world.enis[e], [&](std::uint32_t at, const EniCidr& cidr) {
                for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
                    if (record_of(world, cidr, offset).owner != id) continue;
                    pod.eni = e;
                    pod.address_slot = at * addresses_a_prefix + offset;
                }
            });
            if (pod.eni.valid()) return;
        }
    }
}

bool has_several_cards(const World& world, PodId id) {
    const Node* node = world.nodes.find(world.pods[id].node);
    return node != nullptr && node->first_pool.valid() && world.pools[node->first_pool].next_on_node.valid();
}

// The pod's row lets go of the address that it names.
void forget_address(World& world, PodId id) {
    const PoolId pool = world.enis[world.pods[id].eni].pool;
    world.pods[id].eni = EniId::none();
    if (has_several_cards(world, id)) point_to_further_address(world, id, pool);
}

// The owner's row forgets the address. The same owner may hold one on another card, which stays.
void forget_owner(World& world, PodId owner, EniId eni) {
    const Pod* pod = world.pods.find(owner);
    if (pod != nullptr && pod->eni == eni) forget_address(world, owner);
}

void drop_records(World& world, EniId id, EniCidr& cidr) {
    Eni& eni = world.enis[id];
    const std::uint32_t size = static_cast<std::uint32_t>(cidr.size());
    for (std::uint32_t offset = 0; offset < size; ++offset) {
        AddressRecord& record = record_in(world, cidr, offset);
        if (record.owner.valid()) {
            forget_owner(world, record.owner, id);
            count_assigned(world, eni, cidr, -1);
        }
        record = {};
    }
    cidr.record = {};
}

void clear_slot(World& world, EniCidr& cidr) {
    if (cidr.is_prefix) world.free_prefix_blocks.push_back(cidr.records);
    cidr = EniCidr{};
}

// Somebody else has changed what EC2 has on this row's ENI.
void note_news(World& world, const Eni& eni) {
    Node* node = world.nodes.find(eni.node);
    if (node == nullptr) return;
    if (is_ciliums(world, eni))
        mark_due(world, eni.node);
    else
        node->ipamd.may_differ = true;
}

// The other store of a node with two CNIs that sees the ENIs of this one.
PoolId second_store_of(const World& world, PoolId pool) {
    const Node* node = world.nodes.find(world.pools[pool].node);
    if (node == nullptr || !has_two_cnis(*node)) return PoolId::none();
    if (pool == node->cilium.pool) return node->first_pool;
    return pool == node->first_pool ? node->cilium.pool : PoolId::none();
}

std::uint32_t take_prefix_block(World& world) {
    if (!world.free_prefix_blocks.empty()) {
        const std::uint32_t block = world.free_prefix_blocks.back();
        world.free_prefix_blocks.pop_back();
        return block;
    }
    const auto block = static_cast<std::uint32_t>(world.prefix_records.size());
    world.prefix_records.resize(world.prefix_records.size() + addresses_a_prefix);
    return block;
}

}  // namespace

PoolId add_pool(World& world, NodeId node, std::uint32_t card, bool uses_prefixes) {
    AddressPool pool;
    pool.node = node;
    pool.card = card;
    pool.uses_prefixes = uses_prefixes;
    const PoolId id = world.pools.insert(pool);
    if (Node* row = world.nodes.find(node)) {
        PoolId* last = &row->first_pool;
        while (last->valid()) last = &world.pools[*last].next_on_node;
        *last = id;
    }
    return id;
}

PoolId add_second_store(World& world, NodeId node, bool uses_prefixes) {
    AddressPool pool;
    pool.node = node;
    pool.uses_prefixes = uses_prefixes;
    pool.takes_both = true;
    const PoolId id = world.pools.insert(pool);
    world.nodes[node].cilium.pool = id;
    return id;
}

namespace {

EniId add_row(World& world, PoolId pool, SubnetIx subnet, std::int32_t slots) {
    CHECK(slots >= 0 && static_cast<std::uint32_t>(slots) <= world.cidr_stride,
          "an ENI has more slots than a block holds");
    Eni eni;
    eni.node = world.pools[pool].node;
    eni.pool = pool;
    eni.subnet = subnet;
    eni.slots = slots;
    if (world.free_cidr_blocks.empty()) {
        eni.first_cidr = static_cast<std::uint32_t>(world.cidrs.size());
        world.cidrs.resize(world.cidrs.size() + world.cidr_stride);
    } else {
        eni.first_cidr = world.free_cidr_blocks.back();
        world.free_cidr_blocks.pop_back();
    }
    return world.enis.insert(eni);
}

// Counts an ENI that is attached to the card, by its tags.
void count_tag(AddressPool& pool, EniTag tag, int change) {
    std::uint8_t* count = tag == EniTag::untagged ? &pool.untagged_enis : &pool.no_manage_enis;
    if (tag != EniTag::managed) *count = static_cast<std::uint8_t>(*count + change);
}

void count_attached(World& world, const Eni& eni, int change) {
    world.pools[eni.pool].attached += change;
    count_tag(world.pools[eni.pool], eni.tag, change);
}

// The block of slots is nobody's from now on, nor is the row.
void erase_row(World& world, EniId id) {
    const Eni eni = world.enis[id];
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        if (!world.cidrs[at].is_empty()) clear_slot(world, world.cidrs[at]);
    }
    world.free_cidr_blocks.push_back(eni.first_cidr);
    if (eni.state == EniState::attached) count_attached(world, eni, -1);
    world.enis.erase(id);
}

// EC2 has it no more, and the store of this row, whose daemon did not ask for that, may have it still.
void lose_eni(World& world, EniId id) {
    Eni& eni = world.enis[id];
    note_news(world, eni);
    if (!eni.in_store) return erase_row(world, id);
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        EniCidr& cidr = world.cidrs[at];
        cidr.on_eni = false;
        if (!cidr.in_store && !cidr.is_empty()) clear_slot(world, cidr);
    }
    eni.granted = 0;
    if (eni.state == EniState::attached) count_attached(world, eni, -1);
    eni.state = EniState::gone;
    eni.twin = EniId::none();
}

}  // namespace

EniId add_eni(World& world, PoolId pool, SubnetIx subnet, std::int32_t slots) {
    const EniId id = add_row(world, pool, subnet, slots);
    if (const PoolId second = second_store_of(world, pool); second.valid()) {
        const EniId twin = add_row(world, second, subnet, slots);
        world.enis[id].twin = twin;
        world.enis[twin].twin = id;
    }
    return id;
}

void tag_eni(World& world, EniId id, EniTag tag) {
    CHECK(world.enis[id].state == EniState::attached, "an ENI was tagged that is attached to nothing");
    set_in_ec2(world, id, [&](Eni& row) {
        count_attached(world, row, -1);
        row.tag = tag;
        count_attached(world, row, +1);
    });
}

void attach_eni(World& world, EniId id) {
    CHECK(world.enis[id].state == EniState::available, "an ENI was attached twice");
    set_in_ec2(world, id, [&](Eni& row) {
        row.state = EniState::attached;
        count_attached(world, row, +1);
    });
    const Eni& eni = world.enis[id];
    if (Node* node = world.nodes.find(eni.node)) ++node->enis;
    if (eni.twin.valid()) note_news(world, world.enis[eni.twin]);
}

void detach_eni(World& world, EniId id) {
    CHECK(world.enis[id].state == EniState::attached, "an ENI was detached twice");
    set_in_ec2(world, id, [&](Eni& row) {
        row.state = EniState::available;
        row.ends_with_instance = false;  // which is said of an attachment
        count_attached(world, row, -1);
    });
    const Eni& eni = world.enis[id];
    if (Node* node = world.nodes.find(eni.node)) --node->enis;
    if (eni.twin.valid()) note_news(world, world.enis[eni.twin]);
}

void part_from_node(World& world, EniId id) {
    Eni& eni = world.enis[id];
    CHECK(!eni.in_store && eni.state == EniState::available, "an ENI that its node has was taken for a leak");
    if (eni.twin.valid()) {
        CHECK(!world.enis[eni.twin].in_store, "an ENI that a store has was taken for a leak");
        erase_row(world, eni.twin);
        eni.twin = EniId::none();
    }
    eni.node = NodeId::none();
    eni.pool = PoolId::none();
}

void enter_store(World& world, EniId id, sim::Time now) {
    Eni& eni = world.enis[id];
    CHECK(!eni.in_store, "an ENI entered the store twice");
    eni.in_store = true;
    eni.entered_store = now;
    AddressPool& pool = world.pools[eni.pool];
    ++pool.enis;
    EniId* last = &pool.first_eni;
    while (last->valid()) last = &world.enis[*last].next_in_pool;
    *last = id;
}

void leave_store(World& world, EniId id) {
    Eni& eni = world.enis[id];
    CHECK(eni.in_store, "an ENI left a store that it was not in");
    AddressPool& pool = world.pools[eni.pool];
    const bool had_pods = eni.assigned > 0;
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        if (!world.cidrs[at].in_store) continue;
        if (had_pods) count_in_daemon(pool, world.cidrs[at], -1);
        unstore_cidr(world, id, at);
    }
    eni.in_store = false;
    eni.is_excluded = false;
    --pool.enis;
    EniId* link = &pool.first_eni;
    while (*link != id) link = &world.enis[*link].next_in_pool;
    *link = eni.next_in_pool;
    eni.next_in_pool = EniId::none();
    if (eni.state == EniState::gone) erase_row(world, id);
}

void remove_eni(World& world, EniId id) {
    const Eni eni = world.enis[id];
    CHECK(!eni.in_store, "an ENI was removed while it was in the store");
    if (eni.state == EniState::attached) {
        if (Node* node = world.nodes.find(eni.node)) --node->enis;
    }
    if (eni.twin.valid()) lose_eni(world, eni.twin);
    erase_row(world, id);
}

void set_excluded(World& world, EniId id, bool is_excluded) {
    Eni& eni = world.enis[id];
    if (eni.is_excluded == is_excluded) return;
    eni.is_excluded = is_excluded;
    AddressPool& pool = world.pools[eni.pool];
    const std::int32_t sign = is_excluded ? -1 : +1;
    pool.total += sign * eni.active_total;
    pool.assigned += sign * eni.active_assigned;
}

std::uint32_t find_cidr(const World& world, const Eni& eni, std::uint32_t network, bool is_prefix) {
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        const EniCidr& cidr = world.cidrs[at];
        if (cidr.network == network && cidr.is_prefix == is_prefix && !cidr.is_empty()) return at;
    }
    return no_cidr;
}

namespace {

std::uint32_t grant_in_row(World& world, EniId id, std::uint32_t network, bool is_prefix) {
    Eni& eni = world.enis[id];
    std::uint32_t at = find_cidr(world, eni, network, is_prefix);
    if (at == no_cidr) {
        at = eni.first_cidr;
        const std::uint32_t end = eni.first_cidr + static_cast<std::uint32_t>(eni.slots);
        while (at != end && !world.cidrs[at].is_empty()) ++at;
        CHECK(at != end, "an ENI was given more CIDRs than it can hold");
        EniCidr& cidr = world.cidrs[at];
        cidr.network = network;
        cidr.is_prefix = is_prefix;
        if (is_prefix) {
            const std::uint32_t block = take_prefix_block(world);
            world.cidrs[at].records = block;
        }
    }
    CHECK(!world.cidrs[at].on_eni, "EC2 gave a CIDR twice");
    world.cidrs[at].on_eni = true;
    ++eni.granted;
    return at;
}

void revoke_in_row(World& world, EniId id, std::uint32_t at) {
    EniCidr& cidr = world.cidrs[at];
    CHECK(cidr.on_eni, "EC2 took back what it had not given");
    cidr.on_eni = false;
    --world.enis[id].granted;
    if (!cidr.in_store) clear_slot(world, cidr);
}

}  // namespace

std::uint32_t grant_cidr(World& world, EniId id, std::uint32_t network, bool is_prefix) {
    if (const EniId twin = world.enis[id].twin; twin.valid()) {
        grant_in_row(world, twin, network, is_prefix);
        note_news(world, world.enis[twin]);
    }
    return grant_in_row(world, id, network, is_prefix);
}

void store_cidr(World& world, EniId id, std::uint32_t at) {
    EniCidr& cidr = world.cidrs[at];
    CHECK(!cidr.is_empty() && !cidr.in_store, "a CIDR entered the store twice");
    cidr.in_store = true;
    Eni& eni = world.enis[id];
    note_change(eni, at);
    count_cidr(world, eni, cidr, +1);
    count_in_daemon(world.pools[eni.pool], cidr, +1);
}

void unstore_cidr(World& world, EniId id, std::uint32_t at, Counting counting) {
    EniCidr& cidr = world.cidrs[at];
    CHECK(cidr.in_store, "a CIDR left the store twice");
    drop_records(world, id, cidr);
    Eni& eni = world.enis[id];
    note_change(eni, at);
    count_cidr(world, eni, cidr, -1);
    if (counting == Counting::exact) count_in_daemon(world.pools[eni.pool], cidr, -1);
    cidr.in_store = false;
    if (!cidr.on_eni) clear_slot(world, cidr);
}

void revoke_cidr(World& world, EniId id, std::uint32_t at) {
    if (const EniId twin = world.enis[id].twin; twin.valid()) {
        const EniCidr& cidr = world.cidrs[at];
        revoke_in_row(world, twin, find_cidr(world, world.enis[twin], cidr.network, cidr.is_prefix));
        note_news(world, world.enis[twin]);
    }
    revoke_in_row(world, id, at);
}

void mark_due(World& world, NodeId node) {
    if (world.nodes[node].cilium.is_due) return;
    world.nodes[node].cilium.is_due = true;
    world.cilium.due.push_back(node);
}

AddressRecord record_of(const World& world, const EniCidr& cidr, std::uint32_t offset) {
    return cidr.is_prefix ? world.prefix_records[cidr.records + offset] : cidr.record;
}

std::uint32_t address_at(const World& world, AddressPlace place) {
    return world.cidrs[place.cidr].network + place.offset;
}

void assign_address(World& world, PodId pod_id, EniId eni_id, AddressPlace place, sim::Duration cooldown,
                    sim::Time now) {
    EniCidr& cidr = world.cidrs[place.cidr];
    Pod& pod = world.pods[pod_id];
    CHECK(cidr.in_store && !record_of(world, cidr, place.offset).owner.valid(), "an address was given to a second pod");
    CHECK(!pod.eni.valid() || world.enis[pod.eni].pool != world.enis[eni_id].pool, "a pod was given a second address");
    if (cidr.is_prefix) {
        for (std::uint32_t offset = 0; offset < addresses_a_prefix; ++offset) {
            AddressRecord& record = world.prefix_records[cidr.records + offset];
            if (!record.owner.valid() && !is_cooling(record, cooldown, now)) record = {};
        }
    }
    record_in(world, cidr, place.offset) = {pod_id, sim::Time::never()};
    if (!pod.eni.valid()) {
        pod.eni = eni_id;
        pod.address_slot = place.cidr * addresses_a_prefix + place.offset;
    }
    note_change(world.enis[eni_id], place.cidr);
    count_assigned(world, world.enis[eni_id], cidr, +1);
}

void undo_assign(World& world, PodId pod_id) {
    Pod& pod = world.pods[pod_id];
    const AddressPlace place = place_of(pod);
    EniCidr& cidr = world.cidrs[place.cidr];
    record_in(world, cidr, place.offset) = {};
    note_change(world.enis[pod.eni], place.cidr);
    count_assigned(world, world.enis[pod.eni], cidr, -1);
    pod.eni = EniId::none();
}

void release_address(World& world, PodId pod_id, sim::Time now) {
    Pod& pod = world.pods[pod_id];
    const AddressPlace place = place_of(pod);
    EniCidr& cidr = world.cidrs[place.cidr];
    AddressRecord& record = record_in(world, cidr, place.offset);
    CHECK(record.owner == pod_id, "a pod released an address that is not its own");
    record = {PodId::none(), now};
    cidr.record.released = now;
    note_change(world.enis[pod.eni], place.cidr);
    count_assigned(world, world.enis[pod.eni], cidr, -1);
    forget_address(world, pod_id);
}

void abandon_address(World& world, PodId pod) { world.pods[pod].eni = EniId::none(); }

void restore_records(World& world, EniId id) {
    Eni& eni = world.enis[id];
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        EniCidr& cidr = world.cidrs[at];
        if (!cidr.in_store) continue;
        note_change(eni, at);
        for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
            AddressRecord& record = record_in(world, cidr, offset);
            const Pod* owner = record.owner.valid() ? world.pods.find(record.owner) : nullptr;
            const bool is_of_pod =
                owner != nullptr && owner->eni.valid() && (owner->eni == id || world.enis[owner->eni].pool != eni.pool);
            if (is_of_pod) continue;
            if (record.owner.valid()) count_assigned(world, eni, cidr, -1);
            record = {};
        }
        if (cidr.is_prefix) cidr.record = {};
    }
}

void recount_pool(World& world, PoolId id, bool uses_prefixes) {
    AddressPool& pool = world.pools[id];
    pool.uses_prefixes = uses_prefixes;
    pool.total = pool.assigned = pool.counted_total = pool.counted_prefixes = 0;
    for (EniId e = pool.first_eni; e.valid(); e = world.enis[e].next_in_pool) {
        Eni& eni = world.enis[e];
        eni.active_total = eni.active_assigned = 0;
        eni.offers.changed = ~std::uint64_t{0};
        for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
            count_in_daemon(pool, cidr, +1);
            if (cidr.is_prefix != uses_prefixes) return;
            eni.active_total += cidr.size();
            eni.active_assigned += cidr.assigned;
        });
        if (eni.is_excluded) continue;
        pool.total += eni.active_total;
        pool.assigned += eni.active_assigned;
    }
}

}  // namespace eks

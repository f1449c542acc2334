#include "models/systems/network/address_store.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/signals.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

bool is_usable(const AddressSlot& slot, sim::Duration cooldown, sim::Time now) {
    return slot.address != 0 && !slot.owner.valid() && !is_cooling(slot, cooldown, now);
}

std::uint64_t usable_on(const World& world, const Eni& eni, sim::Duration cooldown, sim::Time now) {
    if (eni.assigned == eni.addresses) return 0;
    std::uint64_t count = 0;
    for (std::int32_t i = 0; i < eni.slots; ++i) {
        if (is_usable(world.address_slots[eni.first_slot + static_cast<std::uint32_t>(i)], cooldown, now)) ++count;
    }
    return count;
}

// The moment after the last one at which the address still cools.
sim::Time cool_at(const AddressSlot& slot, sim::Duration cooldown) {
    return slot.released + cooldown + sim::Duration::microseconds(1);
}

}  // namespace

bool give_address(const Spec& spec, World& world, sim::RunKey key, PodId id, sim::Time now) {
    const Pod& pod = world.pods[id];
    const sim::Duration cooldown = spec.cni.cooldown;
    // Walking the ENIs in random order and taking the first with a usable address is picking one of those that have
    // one.
    std::uint64_t enis = 0;
    for (EniId eni = world.nodes[pod.node].first_eni; eni.valid(); eni = world.enis[eni].next_on_node) {
        if (usable_on(world, world.enis[eni], cooldown, now) > 0) ++enis;
    }
    if (enis == 0) return false;
    const std::uint64_t owner = spec[pod.workload].stable_key;
    std::uint64_t skip =
        sim::draw_below(key, {stream::address_choice, owner, pod.ordinal, 2 * pod.sandbox_attempts}, enis);
    for (EniId eni = world.nodes[pod.node].first_eni; eni.valid(); eni = world.enis[eni].next_on_node) {
        const std::uint64_t usable = usable_on(world, world.enis[eni], cooldown, now);
        if (usable == 0 || skip-- > 0) continue;
        std::uint64_t pick =
            sim::draw_below(key, {stream::address_choice, owner, pod.ordinal, 2 * pod.sandbox_attempts + 1}, usable);
        for (std::uint32_t slot = world.enis[eni].first_slot;; ++slot) {
            if (!is_usable(world.address_slots[slot], cooldown, now)) continue;
            if (pick-- > 0) continue;
            assign_address(world, id, eni, slot);
            return true;
        }
    }
    return false;
}

sim::Time address_usable_at(const Spec& spec, const World& world, NodeId node, sim::Time now) {
    sim::Time earliest = sim::Time::never();
    for (EniId id = world.nodes[node].first_eni; id.valid(); id = world.enis[id].next_on_node) {
        const Eni& eni = world.enis[id];
        if (eni.assigned == eni.addresses) continue;
        for (std::int32_t i = 0; i < eni.slots; ++i) {
            const AddressSlot& slot = world.address_slots[eni.first_slot + static_cast<std::uint32_t>(i)];
            if (slot.address == 0 || slot.owner.valid()) continue;
            if (!is_cooling(slot, spec.cni.cooldown, now)) return now;
            earliest = std::min(earliest, cool_at(slot, spec.cni.cooldown));
        }
    }
    return earliest;
}

sim::Time eni_cool_at(const Spec& spec, const World& world, const Eni& eni, sim::Time now) {
    sim::Time latest = now;
    for (std::int32_t i = 0; i < eni.slots; ++i) {
        const AddressSlot& slot = world.address_slots[eni.first_slot + static_cast<std::uint32_t>(i)];
        if (slot.address != 0 && is_cooling(slot, spec.cni.cooldown, now))
            latest = std::max(latest, cool_at(slot, spec.cni.cooldown));
    }
    return latest;
}

}  // namespace eks

#include "models/systems/network/address_pool.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <array>

namespace eks {

namespace {

constexpr std::size_t most_enis = 32;  // a network card's largest is 24

// Space for the addresses of one call, kept between calls only so that no memory is asked for. A type that a user
// brings along may have any number of addresses an ENI.
thread_local std::vector<std::uint32_t> taken_scratch;

std::uint32_t* room_for(std::int32_t addresses) {
    taken_scratch.resize(std::max(taken_scratch.size(), static_cast<std::size_t>(addresses)));
    return taken_scratch.data();
}

// --- what the loop could do at `now`

bool has_free_slot(const Eni& eni) { return eni.addresses < eni.slots; }

// IPAM-66: an ENI that could take more addresses.
bool can_fill_existing(const Spec& spec, const World& world, const Node& node, const PoolState& pool) {
    if (spec.cni.warm_ip_targets_defined() && addresses_short(spec.cni, pool) == 0) return false;
    for (EniId id = node.first_eni; id.valid(); id = world.enis[id].next_on_node) {
        if (has_free_slot(world.enis[id])) return true;
    }
    return false;
}

bool can_make_eni(const Spec& spec, const PoolState& pool) {
    return has_room_for_eni(pool) && addresses_for_new_eni(spec.cni, pool) > 0;
}

sim::Time window_end(const Spec& spec, const Node& node) {  // IPAM-64: blocked while now − last ≤ 120 s
    if (node.last_insufficient == sim::Time::never()) return sim::Time::origin();
    return node.last_insufficient + spec.cni_constants.insufficient_cooldown + sim::Duration::microseconds(1);
}

sim::Time decrease_allowed_at(const Spec& spec, const Node& node) {  // IPAM-63: skipped while now − last ≤ 30 s
    if (node.last_decrease == sim::Time::never()) return sim::Time::origin();
    return node.last_decrease + spec.cni_constants.decrease_interval + sim::Duration::microseconds(1);
}

// When IPAM-95 would admit this ENI if nothing else changed; never if something else has to change first.
sim::Time freeable_at(const Spec& spec, const World& world, const Node& node, const Eni& eni, sim::Time now) {
    if (eni.is_primary || eni.assigned > 0) return sim::Time::never();
    const std::int32_t others_total = node.addresses - eni.addresses;
    if (!others_keep_enough(spec.cni, others_total - node.assigned, others_total)) return sim::Time::never();
    return std::max(eni.entered_store + spec.cni_constants.minimum_eni_age, eni_cool_at(spec, world, eni, now));
}

// The first instant from `now` on at which a tick would ask something of EC2; never if only a change can bring one.
sim::Time next_work_at(const Spec& spec, const World& world, const Node& node, sim::Time now) {
    const PoolState pool = pool_state(spec, node);
    sim::Time next = sim::Time::never();
    if (is_too_low(spec.cni, pool) && (can_fill_existing(spec, world, node, pool) || can_make_eni(spec, pool))) {
        next = std::max(now, window_end(spec, node));
    } else if (is_too_high(spec.cni, pool)) {
        next = std::max(now, decrease_allowed_at(spec, node));
    }
    if (has_extra_eni(spec.cni, pool)) {
        for (EniId id = node.first_eni; id.valid(); id = world.enis[id].next_on_node) {
            next = std::min(next, std::max(now, freeable_at(spec, world, node, world.enis[id], now)));
        }
    }
    return next;
}

// --- calls

void called(Turn& turn, Ec2Action action, Ec2Result result = Ec2Result::success) {
    turn.note(Ec2CallFact{action, result, 1});
}

void subnet_changed(Turn& turn, SubnetIx subnet, std::int64_t change) { turn.note(SubnetFact{subnet, change}); }

// What a choice among ENIs is for. A pass may release addresses and free an ENI at one instant, so the instant alone
// does not tell the draws of a node apart.
enum class Choice : std::uint32_t { to_fill, to_release_from, to_free };

std::uint64_t draw_choice(const Spec& spec, const World& world, Turn& turn, NodeId id, Choice what_for,
                          std::uint64_t bound) {
    const Node& node = world.nodes[id];
    const NodeGroup& group = spec[spec[node.shape].group];
    return sim::draw_below(turn.key(),
                           {stream::eni_choice, group.stable_key + node.ordinal,
                            static_cast<std::uint64_t>(turn.now().us()), static_cast<std::uint32_t>(what_for)},
                           bound);
}

// How long after the attach call the loop sees the ENI: it asks the metadata at growing intervals (IPAM-3, IPAM-78).
sim::Duration metadata_wait(const Spec& spec, const World& world, Turn& turn, NodeId id) {
    const Node& node = world.nodes[id];
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key + node.ordinal;
    const auto moment = static_cast<std::uint64_t>(turn.now().us());
    const sim::Duration visible =
        spec.latencies.eni_visible.sample(sim::draw_unit(turn.key(), {stream::eni_visible, owner, moment, 0}));
    sim::Duration asked = sim::Duration::zero();
    sim::Duration pause = sim::Duration::milliseconds(100);
    constexpr std::uint32_t tries = 12;
    for (std::uint32_t n = 0; n + 1 < tries && asked < visible; ++n) {
        const double jitter = 0.15 * sim::draw_unit(turn.key(), {stream::imds_jitter, owner, moment, n});
        asked +=
            pause + sim::Duration::microseconds(static_cast<std::int64_t>(jitter * static_cast<double>(pause.us())));
        pause = std::min(pause * 2, sim::Duration::seconds(60));
    }
    return std::max(asked, visible);
}

// Asks one existing ENI for more addresses (IPAM-66). The answer comes with the event.
void ask_existing(const Spec& spec, World& world, Turn& turn, NodeId id, std::int32_t want) {
    std::array<EniId, most_enis> candidates{};
    std::size_t count = 0;
    for (EniId eni = world.nodes[id].first_eni; eni.valid() && count < most_enis; eni = world.enis[eni].next_on_node) {
        if (has_free_slot(world.enis[eni])) candidates[count++] = eni;
    }
    const EniId eni = candidates[draw_choice(spec, world, turn, id, Choice::to_fill, count)];
    world.nodes[id].pool_busy = true;
    turn.after(spec.latencies.ec2_call,
               AddressesArrived{eni, std::min(world.enis[eni].slots - world.enis[eni].addresses, want)});
}

// Makes and attaches an ENI: steps 2 to 8 of IPAM-75, the calls of IPAM-81. Whether the subnet can supply it is decided
// now, two calls before the real one would know. False: it is exhausted.
bool make_eni(const Spec& spec, World& world, Turn& turn, NodeId id, std::int32_t addresses) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    const sim::Duration call = spec.latencies.ec2_call;
    called(turn, Ec2Action::describe_subnets);
    std::uint32_t* const taken = room_for(addresses + 1);
    if (!take_addresses(spec, world, turn.key(), shape.subnet, addresses + 1, taken)) {
        called(turn, Ec2Action::create_network_interface, Ec2Result::insufficient_free_addresses);
        return false;
    }
    subnet_changed(turn, shape.subnet, -(addresses + 1));
    for (const Ec2Action action :
         {Ec2Action::create_network_interface, Ec2Action::describe_instances, Ec2Action::attach_network_interface,
          Ec2Action::modify_network_interface_attribute, Ec2Action::describe_subnets}) {
        called(turn, action);
    }
    const EniId eni = add_eni(world, id, shape.subnet, shape.ipv4_per_eni - 1, false);
    world.enis[eni].primary_address = taken[0];
    for (std::int32_t i = 0; i < addresses; ++i) add_address(world, eni, taken[i + 1]);
    world.nodes[id].attaching_eni = true;
    world.nodes[id].pool_busy = true;
    turn.after(call * 6 + metadata_wait(spec, world, turn, id), EniArrived{eni});
    return true;
}

// IPAM-90, IPAM-91: releases up to `over` addresses that no pod uses, cooling or not, from one ENI after another.
sim::Duration release_over(const Spec& spec, World& world, Turn& turn, NodeId id, std::int32_t over) {
    std::array<EniId, most_enis> enis{};
    std::size_t count = 0;
    for (EniId eni = world.nodes[id].first_eni; eni.valid() && count < enis.size(); eni = world.enis[eni].next_on_node)
        enis[count++] = eni;
    const std::size_t first = draw_choice(spec, world, turn, id, Choice::to_release_from, count);
    sim::Duration spent = sim::Duration::zero();
    for (std::size_t i = 0; i < count && over > 0; ++i) {
        const EniId eni = enis[(first + i) % count];
        const Eni row = world.enis[eni];
        std::int32_t free = 0;
        std::int32_t cooling = 0;
        for (std::int32_t k = 0; k < row.slots && over > 0; ++k) {
            const std::uint32_t at = row.first_slot + static_cast<std::uint32_t>(k);
            const AddressSlot& slot = world.address_slots[at];
            if (slot.address == 0 || slot.owner.valid()) continue;
            ++(is_cooling(slot, spec.cni.cooldown, turn.now()) ? cooling : free);
            give_back_address(spec, world, row.subnet, drop_address(world, eni, at));
            --over;
        }
        if (free + cooling == 0) continue;
        turn.note(AddressesDroppedFact{id, free, cooling});
        subnet_changed(turn, row.subnet, free + cooling);
        called(turn, Ec2Action::unassign_private_ip_addresses);
        spent += spec.latencies.ec2_call;
    }
    return spent;
}

// IPAM-95, IPAM-97: frees one ENI of those that may go now.
sim::Duration free_eni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    std::array<EniId, most_enis> may_go{};
    std::size_t count = 0;
    for (EniId eni = world.nodes[id].first_eni; eni.valid() && count < may_go.size();
         eni = world.enis[eni].next_on_node) {
        if (freeable_at(spec, world, world.nodes[id], world.enis[eni], turn.now()) <= turn.now()) may_go[count++] = eni;
    }
    if (count == 0) return sim::Duration::zero();
    const EniId eni = may_go[draw_choice(spec, world, turn, id, Choice::to_free, count)];
    turn.note(AddressesDroppedFact{id, world.enis[eni].addresses, 0});
    turn.note(EniFact{id, -1});
    leave_store(world, eni);
    for (const Ec2Action action : {Ec2Action::describe_network_interfaces, Ec2Action::detach_network_interface,
                                   Ec2Action::delete_network_interface}) {
        called(turn, action);
    }
    const sim::Duration spent = spec.latencies.ec2_call * 3 + spec.cni_constants.delay_after_detach;
    turn.after(spent, EniDeleted{eni});
    return spent;
}

// The end of a pass that spent this long on calls since `now`: an ENI may go, and the next look comes a whole interval
// after the work is done (IPAM-60, IPAM-62).
void finish_pass(const Spec& spec, World& world, Turn& turn, NodeId id, sim::Duration spent) {
    if (world.nodes[id].pool_frees) spent += free_eni(spec, world, turn, id);
    Node& node = world.nodes[id];
    node.pool_busy = false;
    node.pool_frees = false;
    node.pool_free_at = turn.now() + spent + spec.cni_constants.pool_interval;
    node.pool_phase = node.pool_free_at.since_origin() % spec.cni_constants.pool_interval;
    pool_changed(spec, world, turn, id);
}

// No existing ENI could be filled, and the calls that showed it took `spent`: a new one, or the end of the pass. Only a
// refused creation starts the window of an exhausted subnet; refused assignments are tried again in the next pass
// (IPAM-69).
void grow_by_eni(const Spec& spec, World& world, Turn& turn, NodeId id, sim::Duration spent) {
    const PoolState pool = pool_state(spec, world.nodes[id]);
    if (can_make_eni(spec, pool)) {
        if (make_eni(spec, world, turn, id, addresses_for_new_eni(spec.cni, pool))) return;
        spent += spec.latencies.ec2_call * 2;
        world.nodes[id].last_insufficient = turn.now() + spent;
    }
    finish_pass(spec, world, turn, id, spent);
}

// IPAM-66: the pass asks the other ENIs with room in turn. They share the subnet that has just refused a single
// address, so all of them are refused: what is left of it is the calls and their time.
sim::Duration ask_others_in_vain(const Spec& spec, const World& world, Turn& turn, NodeId id, EniId refused) {
    const std::int32_t want = addresses_for_existing_eni(spec.cni, pool_state(spec, world.nodes[id]));
    sim::Duration spent = sim::Duration::zero();
    for (EniId eni = world.nodes[id].first_eni; eni.valid(); eni = world.enis[eni].next_on_node) {
        const std::int32_t room = world.enis[eni].slots - world.enis[eni].addresses;
        if (eni == refused || room <= 0) continue;
        for (std::int32_t call = 0; call < (std::min(room, want) > 1 ? 2 : 1); ++call) {
            called(turn, Ec2Action::assign_private_ip_addresses, Ec2Result::insufficient_free_addresses);
            spent += spec.latencies.ec2_call;
        }
    }
    return spent;
}

void tell_stuck_pods(World& world, Turn& turn, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (pod.stage == PodStage::stuck && is_address_shortage(pod.cause))
            wait_for(world, turn, id, WaitCause::sandbox_retry);
    }
}

}  // namespace

PoolState pool_state(const Spec& spec, const Node& node) {
    const NodeShape& shape = spec[node.shape];
    return {
        node.addresses,        node.assigned, shape.max_pods, node.enis, effective_max_enis(spec.cni, shape.max_enis),
        shape.ipv4_per_eni - 1};
}

void pool_changed(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.state != NodeState::ready || node.pool_busy) return;
    const sim::Time work = next_work_at(spec, world, node, turn.now());
    if (work == sim::Time::never()) return;
    const sim::Time tick = sim::next_tick(std::max({work, turn.now(), node.pool_free_at}), node.pool_phase,
                                          spec.cni_constants.pool_interval);
    if (node.pool_wakes_at <= tick) return;
    node.pool_wakes_at = tick;
    turn.at(tick, PoolTick{id});
}

void watch_for_address(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.stuck_pods == 0) return;
    const sim::Time usable = address_usable_at(spec, world, id, turn.now());
    if (usable >= node.address_wakes_at) return;
    if (usable <= turn.now()) {
        tell_stuck_pods(world, turn, id);
        return;
    }
    node.address_wakes_at = usable;
    turn.at(usable, AddressFree{id});
}

WaitCause shortage_cause(const Spec& spec, const World& world, NodeId id, sim::Time now) {
    const Node& node = world.nodes[id];
    if (node.assigned < node.addresses) return WaitCause::address_cooling;
    if (node.attaching_eni) return WaitCause::eni_attach;
    const bool is_refused = world.subnets[spec[node.shape].subnet.value].free == 0 &&
                            can_fill_existing(spec, world, node, pool_state(spec, node));
    if (now < window_end(spec, node) || is_refused) return WaitCause::subnet_empty;
    return WaitCause::no_address;
}

void on(const Spec& spec, World& world, Turn& turn, const PoolTick& event) {
    if (!world.nodes.contains(event.node) || world.nodes[event.node].pool_wakes_at != turn.now()) return;
    world.nodes[event.node].pool_wakes_at = sim::Time::never();

    // IPAM-62: increase or decrease, then perhaps free one ENI, all by the state that the pass started from.
    Node& node = world.nodes[event.node];
    const PoolState pool = pool_state(spec, node);
    node.pool_frees = has_extra_eni(spec.cni, pool);
    if (is_too_low(spec.cni, pool)) {
        if (turn.now() < window_end(spec, node))
            finish_pass(spec, world, turn, event.node, sim::Duration::zero());
        else if (can_fill_existing(spec, world, node, pool))
            ask_existing(spec, world, turn, event.node, addresses_for_existing_eni(spec.cni, pool));
        else if (can_make_eni(spec, pool))
            grow_by_eni(spec, world, turn, event.node, sim::Duration::zero());
        else
            finish_pass(spec, world, turn, event.node, sim::Duration::zero());
        return;
    }
    sim::Duration spent = sim::Duration::zero();
    if (is_too_high(spec.cni, pool) && turn.now() >= decrease_allowed_at(spec, node)) {
        spent = release_over(spec, world, turn, event.node, addresses_over(spec.cni, pool));
        node.last_decrease = turn.now();
    }
    finish_pass(spec, world, turn, event.node, spent);
}

void on(const Spec& spec, World& world, Turn& turn, const AddressesArrived& event) {
    if (!world.enis.contains(event.eni)) return;
    const Eni eni = world.enis[event.eni];
    std::uint32_t* const taken = room_for(event.count);
    if (take_addresses(spec, world, turn.key(), eni.subnet, event.count, taken)) {
        called(turn, Ec2Action::assign_private_ip_addresses);
        subnet_changed(turn, eni.subnet, -event.count);
        for (std::int32_t i = 0; i < event.count; ++i) add_address(world, event.eni, taken[i]);
        turn.note(AddressesAddedFact{eni.node, event.count});
        watch_for_address(spec, world, turn, eni.node);
        finish_pass(spec, world, turn, eni.node, sim::Duration::zero());
        return;
    }
    called(turn, Ec2Action::assign_private_ip_addresses, Ec2Result::insufficient_free_addresses);
    // IPAM-66, IPAM-68: all or nothing, then a single one.
    if (event.count > 1)
        turn.after(spec.latencies.ec2_call, AddressesArrived{event.eni, 1});
    else
        grow_by_eni(spec, world, turn, eni.node, ask_others_in_vain(spec, world, turn, eni.node, event.eni));
}

void on(const Spec& spec, World& world, Turn& turn, const EniArrived& event) {
    if (!world.enis.contains(event.eni)) return;
    const NodeId node = world.enis[event.eni].node;
    enter_store(world, event.eni, turn.now());
    world.nodes[node].attaching_eni = false;
    turn.note(EniFact{node, +1});
    turn.note(AddressesAddedFact{node, world.enis[event.eni].addresses});
    watch_for_address(spec, world, turn, node);
    finish_pass(spec, world, turn, node, sim::Duration::zero());
}

void on(const Spec& spec, World& world, Turn& turn, const EniDeleted& event) {
    const Eni eni = world.enis[event.eni];
    std::int64_t back = 1;
    give_back_address(spec, world, eni.subnet, eni.primary_address);
    for (std::int32_t i = 0; i < eni.slots; ++i) {
        const std::uint32_t slot = eni.first_slot + static_cast<std::uint32_t>(i);
        if (world.address_slots[slot].address == 0) continue;
        give_back_address(spec, world, eni.subnet, drop_address(world, event.eni, slot));
        ++back;
    }
    subnet_changed(turn, eni.subnet, back);
    remove_eni(world, event.eni);
    pool_changed(spec, world, turn, eni.node);
}

void on(const Spec& spec, World& world, Turn& turn, const AddressFree& event) {
    if (!world.nodes.contains(event.node)) return;
    Node& node = world.nodes[event.node];
    if (node.address_wakes_at != turn.now()) return;
    node.address_wakes_at = sim::Time::never();
    // The address may have gone to somebody else in this very instant, or have left with its ENI.
    watch_for_address(spec, world, turn, event.node);
}

bool attach_primary_eni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    std::uint32_t taken = 0;
    if (!take_addresses(spec, world, turn.key(), shape.subnet, 1, &taken)) return false;
    const EniId eni = add_eni(world, id, shape.subnet, shape.ipv4_per_eni - 1, true);
    world.enis[eni].primary_address = taken;
    subnet_changed(turn, shape.subnet, -1);
    enter_store(world, eni, turn.now());
    turn.note(EniFact{id, +1});
    return true;
}

void pre_scale(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const PoolState pool = pool_state(spec, world.nodes[id]);
    if (!is_too_low(spec.cni, pool)) return;
    const SubnetIx subnet = spec[world.nodes[id].shape].subnet;
    const std::int32_t want = std::min(addresses_for_existing_eni(spec.cni, pool), pool.addresses_per_eni);
    std::uint32_t* const taken = room_for(std::max(want, 1));
    for (const std::int32_t ask : {want, 1}) {
        if (!take_addresses(spec, world, turn.key(), subnet, ask, taken)) {
            called(turn, Ec2Action::assign_private_ip_addresses, Ec2Result::insufficient_free_addresses);
            continue;
        }
        called(turn, Ec2Action::assign_private_ip_addresses);
        for (std::int32_t i = 0; i < ask; ++i) add_address(world, world.nodes[id].first_eni, taken[i]);
        subnet_changed(turn, subnet, -ask);
        turn.note(AddressesAddedFact{id, ask});
        return;
    }
    // A subnet that has none leaves the node Ready and without pod addresses.
    world.nodes[id].last_insufficient = turn.now();
}

void settle_pool(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    std::uint32_t* const taken = room_for(shape.ipv4_per_eni);
    for (;;) {
        const PoolState pool = pool_state(spec, world.nodes[id]);
        if (!is_too_low(spec.cni, pool)) return;
        bool grew = false;
        for (EniId eni = world.nodes[id].first_eni; eni.valid() && !grew; eni = world.enis[eni].next_on_node) {
            const std::int32_t want =
                std::min(world.enis[eni].slots - world.enis[eni].addresses, addresses_for_existing_eni(spec.cni, pool));
            // A subnet that has fewer would have given them one by one (IPAM-68).
            const std::int32_t ask = want <= world.subnets[shape.subnet.value].free ? want : 1;
            if (want <= 0 || !take_addresses(spec, world, turn.key(), shape.subnet, ask, taken)) continue;
            for (std::int32_t i = 0; i < ask; ++i) add_address(world, eni, taken[i]);
            subnet_changed(turn, shape.subnet, -ask);
            turn.note(AddressesAddedFact{id, ask});
            grew = true;
        }
        if (grew) continue;
        const std::int32_t addresses = addresses_for_new_eni(spec.cni, pool);
        if (!can_make_eni(spec, pool) || !take_addresses(spec, world, turn.key(), shape.subnet, addresses + 1, taken))
            return;
        const EniId eni = add_eni(world, id, shape.subnet, shape.ipv4_per_eni - 1, false);
        world.enis[eni].primary_address = taken[0];
        for (std::int32_t i = 0; i < addresses; ++i) add_address(world, eni, taken[i + 1]);
        // Old enough that nothing about it is new (IPAM-95, test 2).
        enter_store(world, eni, turn.now() - spec.cni_constants.minimum_eni_age);
        subnet_changed(turn, shape.subnet, -(addresses + 1));
        turn.note(EniFact{id, +1});
        turn.note(AddressesAddedFact{id, addresses});
    }
}

}  // namespace eks

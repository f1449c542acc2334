#include "models/systems/network/address_pool.hpp"

#include "libsim/check.hpp"
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/resource_controller.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/world/branch_verbs.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks {

std::int32_t take_cidrs(const Spec& spec, World& world, Turn& turn, EniId id, std::int32_t want) {
    const Eni eni = world.enis[id];
    const AddressPool& pool = world.pools[eni.pool];
    std::vector<std::uint32_t> taken(static_cast<std::size_t>(std::max(want, 1)));
    for (const std::int32_t ask : {want, 1}) {
        const bool there = pool.uses_prefixes ? take_prefixes(spec, world, turn.key(), eni.subnet, ask, taken.data())
                                              : take_addresses(spec, world, turn.key(), eni.subnet, ask, taken.data());
        if (!there) continue;
        make_places(spec, world, turn, id, ask);
        for (std::int32_t n = 0; n < ask; ++n)
            store_cidr(world, id, grant_cidr(world, id, taken[static_cast<std::size_t>(n)], pool.uses_prefixes));
        const std::int32_t addresses = ask * (pool.uses_prefixes ? addresses_per_prefix : 1);
        turn.note(SubnetFact{eni.subnet, -addresses});
        if (!eni.is_excluded) note_of_ipamd(world, turn, AddressesAddedFact{eni.node, addresses});
        return ask;
    }
    return 0;
}

// An ENI with its own address only, attached and in the store since long ago.
EniId old_eni(const Spec& spec, World& world, Turn& turn, PoolId pool, SubnetIx subnet) {
    std::uint32_t primary = 0;
    if (!take_addresses(spec, world, turn.key(), subnet, 1, &primary)) return EniId::none();
    const NodeId node = world.pools[pool].node;
    const EniId id = add_eni(world, pool, subnet, spec[world.nodes[node].shape].ipv4_per_eni - 1);
    attach_eni(world, id);
    enter_store(world, id, turn.now() - spec.cni_constants.minimum_eni_age);
    if (!world.pools[pool].takes_both && spec.cni.subnet_discovery) set_excluded(world, id, excludes(spec[subnet]));
    set_in_ec2(world, id, [&, entered = world.enis[id].entered_store](Eni& eni) {
        eni.primary_address = primary;
        eni.ends_with_instance = true;
        eni.created = eni.visible_at = entered;
        eni.device = static_cast<std::uint16_t>(world.pools[pool].enis - 1);
    });
    turn.note(SubnetFact{subnet, -1});
    turn.note(EniFact{node, +1});
    return id;
}

namespace {

constexpr sim::Duration moment = sim::Duration::microseconds(1);

// An ENI that could take more CIDRs (IPAM-66).
bool can_fill_existing(const World& world, const PoolState& state, const AddressPool& pool) {
    bool found = false;
    for_each_eni(world, pool,
                 [&](EniId, const Eni& eni) { found = found || cidrs_to_ask_for(state, use_of(eni)) > 0; });
    return found;
}

bool can_make_eni(const PoolState& state) { return has_room_for_eni(state) && cidrs_for_new_eni(state) > 0; }

sim::Time window_end(const Spec& spec, const Ipamd& d) {  // IPAM-64: blocked while now − last ≤ 120 s
    if (d.last_insufficient == sim::Time::never()) return sim::Time::origin();
    return d.last_insufficient + spec.cni_constants.insufficient_cooldown + moment;
}

sim::Time decrease_allowed_at(const Spec& spec, const Ipamd& d) {  // IPAM-63: skipped while now − last ≤ 30 s
    if (d.last_decrease == sim::Time::never()) return sim::Time::origin();
    return d.last_decrease + spec.cni_constants.decrease_interval + moment;
}

// The first instant from `now` on at which an update would ask something of EC2 for this card; never if only a change
// can bring one.
sim::Time next_work_at(const Spec& spec, const World& world, const Node& node, const AddressPool& pool, sim::Time now) {
    const PoolState state = pool_state(spec, world, node, pool);
    const CniSettings& cni = cni_of(world, node);
    const bool is_restrained = node.cordoned && !cni.manages_enis_while_cordoned;
    sim::Time next = sim::Time::never();
    if (is_too_low(state)) {
        if (!is_restrained && (can_fill_existing(world, state, pool) || can_make_eni(state)))
            next = std::max(now, window_end(spec, node.ipamd));
    } else if (is_too_high(state)) {
        next = std::max(now, decrease_allowed_at(spec, node.ipamd));
    }
    if (has_extra_eni(state) && !is_restrained) {
        for_each_eni(world, pool, [&](EniId, const Eni& eni) {
            next = std::min(next, std::max(now, deletable_at(world, pool, eni, state,
                                                             spec.cni_constants.minimum_eni_age, cni.cooldown, now)));
        });
    }
    return next;
}

// The first reconcile from an instant on. They come half an interval after updates; one that finds nothing still counts
// as an action, so that the next comes more than a minute later; but each pass has one while the node waits for a trunk
// (IPAM-105).
sim::Time reconcile_at(const Spec& spec, const World& world, const Node& node, sim::Time from) {
    const Ipamd& d = node.ipamd;
    const sim::Duration interval = spec.cni_constants.pool_interval;
    const sim::Duration phase = (d.phase + interval / 2) % interval;
    if (cni_of(world, node).pod_enis && !has_trunk_in_store(world, node))
        return sim::next_tick(std::max(from, d.free_at), phase, interval);
    if (d.last_action == sim::Time::never()) return sim::next_tick(from, phase, interval);
    // One that came due while the thread was busy is made up for as soon as it has rested for half an interval.
    const sim::Time due = d.last_action + spec.cni_constants.reconcile_interval + moment;
    sim::Time at = sim::next_tick(std::max(due, d.free_at - interval / 2), phase, interval);
    const sim::Duration period = spec.cni_constants.reconcile_interval + interval;
    if (at < from) at = at + period * (((from - at) + period - moment) / period);
    return at;
}

void tell_stuck_pods(const Spec& spec, World& world, Turn& turn, NodeId node) {
    for (PodId id = world.nodes[node].first_pod; id.valid(); id = world.pods[id].next_on_node) {
        const Pod& pod = world.pods[id];
        if (pod.stage != PodStage::stuck || waits_for_network(pod) || wants_branch_eni(spec, pod)) continue;
        if (is_address_shortage(pod.cause) || pod.cause == WaitCause::cni_not_ready)
            wait_for(world, turn, id, WaitCause::sandbox_retry);
    }
}

// IPAM-61: the next round of the loop that gives a node without a /80 one; it begins when the trunk is there.
sim::Time next_healing(const Spec& spec, const World& world, sim::RunKey key, const Node& node) {
    if (awaits_trunk(spec, world, node)) return sim::Time::never();
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key + node.ordinal;
    const double share =
        sim::draw_unit(key, {stream::ipv6_healing, owner, static_cast<std::uint64_t>(node.ipamd.free_at.us()), 0});
    constexpr double span_us = 30e6;
    return node.ipamd.free_at + sim::Duration::minutes(1) +
           sim::Duration::microseconds(static_cast<std::int64_t>(share * span_us));
}

bool makes_eni(PoolStep step) { return step >= PoolStep::listing_subnets && step <= PoolStep::testing_exclusion; }

// One step of a pool that grows at leisure; false when it rests.
bool grow(const Spec& spec, World& world, Turn& turn, NodeId id, PoolId pool_id) {
    const Node& node = world.nodes[id];
    const PoolState state = pool_state(spec, world, node, world.pools[pool_id]);
    if (!is_too_low(state)) return false;
    for (EniId eni = world.pools[pool_id].first_eni; eni.valid(); eni = world.enis[eni].next_in_pool) {
        const std::int32_t want = cidrs_to_ask_for(state, use_of(world.enis[eni]));
        if (want > 0 && take_cidrs(spec, world, turn, eni, want) > 0) return true;
    }
    const NodeShape& shape = spec[node.shape];
    const AddressPool& pool = world.pools[pool_id];
    if (!can_make_eni(state) || pool.attached >= shape.enis_of_card(pool.card)) return false;
    const std::int32_t want = cidrs_for_new_eni(state);
    for (std::uint32_t tried = 0;;) {  // one subnet after another, as at run time (IPAM-77)
        const CniSettings& cni = cni_of(world, node);
        const SubnetCandidate next = subnet_for_eni(spec, world, cni, shape, cni.subnet_discovery, tried);
        if (!next.subnet.valid()) return false;
        tried |= next.bit;
        // The ENI is made with all of its CIDRs or not at all (IPAM-202).
        const SubnetState& room = world.subnets[next.subnet.value];
        if (room.free_single < 1 + (state.prefix_delegation ? 0 : want)) continue;
        if (state.prefix_delegation && room.free_blocks < want) continue;
        const EniId eni = old_eni(spec, world, turn, pool_id, next.subnet);
        return take_cidrs(spec, world, turn, eni, want) > 0;
    }
}

// The last reconcile up to now: those of a sleeping loop find nothing and are not carried out one by one.
sim::Time last_action_until(const Spec& spec, const World& world, const Node& node, sim::Time now) {
    const Ipamd& d = node.ipamd;
    if (d.last_action == sim::Time::never()) return d.last_action;
    const sim::Time next = reconcile_at(spec, world, node, now + moment);
    const sim::Time latest = next - spec.cni_constants.reconcile_interval - spec.cni_constants.pool_interval;
    return std::max(d.last_action, latest);
}

}  // namespace

void vpc_cni::pool_changed(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    Ipamd& d = node.ipamd;
    if (!node.cni.serves || d.step != PoolStep::resting) return;
    sim::Time work = sim::Time::never();
    const CniSettings& cni = cni_of(world, node);
    const bool updates = !cni.provisions_nothing && !cni.ipv6;
    for (PoolId pool = updates ? node.first_pool : PoolId::none(); pool.valid(); pool = world.pools[pool].next_on_node)
        work = std::min(work, next_work_at(spec, world, node, world.pools[pool], turn.now()));
    if (updates && may_ask_for_trunk(spec, world, node)) work = turn.now();
    sim::Time tick = sim::Time::never();
    if (work != sim::Time::never()) {
        tick = sim::next_tick(std::max({work, turn.now(), d.free_at}), d.phase, spec.cni_constants.pool_interval);
    }
    bool reconciles = false;
    // While the metadata does not answer a reconcile ends at once and changes nothing (IPAM-106).
    if (d.may_differ && !is_struck(spec, world, FaultKind::imds_unavailable, node)) {
        const sim::Time reconcile = reconcile_at(spec, world, node, turn.now());
        if (reconcile < tick) {
            reconciles = true;
            tick = reconcile;
        }
    }
    if (cni.ipv6 && !d.has_ipv6_prefix) {
        const sim::Time healing = std::max(turn.now(), next_healing(spec, world, turn.key(), node));
        reconciles = reconciles && tick <= healing;
        tick = std::min(tick, healing);
    }
    if (tick == sim::Time::never() || d.wakes_at <= tick) return;
    d.wakes_at = tick;
    d.wakes_to_reconcile = reconciles;
    turn.at(tick, PoolTick{id});
}

void vpc_cni::metadata_falls_silent(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Ipamd& d = world.nodes[id].ipamd;
    if (d.step == PoolStep::resting) d.last_action = last_action_until(spec, world, world.nodes[id], turn.now());
}

void vpc_cni::metadata_answers_again(const Spec& spec, World& world, Turn& turn, NodeId id) {
    // Of the reconciles that came due meanwhile none was completed: the next tick has one.
    Ipamd& d = world.nodes[id].ipamd;
    const sim::Time overdue = turn.now() - spec.cni_constants.reconcile_interval;
    if (d.last_action != sim::Time::never()) d.last_action = std::max(d.last_action, overdue);
    vpc_cni::metadata_changed(spec, world, turn, id);
}

void on(const Spec& spec, World& world, Turn& turn, const PoolTick& event) {
    if (!world.nodes.contains(event.node) || world.nodes[event.node].ipamd.wakes_at != turn.now()) return;
    Ipamd& d = world.nodes[event.node].ipamd;
    d.wakes_at = sim::Time::never();
    if (!world.nodes[event.node].cni.serves || d.step != PoolStep::resting) return;
    IpamdThread thread(spec, world, turn, event.node);
    if (d.wakes_to_reconcile)
        thread.begin_reconcile();
    else if (spec.cni.ipv6)
        thread.begin_ipv6();
    else
        thread.begin_update();
}

void watch_for_address(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    if (node.stuck_pods == 0 || !answering_daemon(node).serves) return;
    const sim::Time usable = address_usable_at(spec, world, id, turn.now());
    if (usable >= node.address_wakes_at) return;
    if (usable <= turn.now()) {
        tell_stuck_pods(spec, world, turn, id);
        return;
    }
    node.address_wakes_at = usable;
    turn.at(usable, AddressFree{id});
}

void on(const Spec& spec, World& world, Turn& turn, const AddressFree& event) {
    if (!world.nodes.contains(event.node)) return;
    Node& node = world.nodes[event.node];
    if (node.address_wakes_at != turn.now()) return;
    node.address_wakes_at = sim::Time::never();
    // The address may have gone to somebody else in this very instant, or have left with its ENI.
    watch_for_address(spec, world, turn, event.node);
}

WaitCause vpc_cni::shortage_cause(const Spec& spec, const World& world, NodeId id, sim::Time now) {
    const Node& node = world.nodes[id];
    for (PoolId p = node.first_pool; p.valid(); p = world.pools[p].next_on_node) {
        if (world.pools[p].assigned < world.pools[p].total) return WaitCause::address_cooling;
    }
    const AddressPool& pool = pool_of(world, node);
    if (makes_eni(node.ipamd.step)) return WaitCause::eni_attach;
    const NodeShape& shape = spec[node.shape];
    const SubnetState& subnet = world.subnets[(shape.pod_subnet.valid() ? shape.pod_subnet : shape.subnet).value];
    const bool is_empty = pool.uses_prefixes ? subnet.free_blocks == 0 : subnet.free_single == 0;
    const bool is_refused = is_empty && can_fill_existing(world, pool_state(spec, world, node, pool), pool);
    if (now < window_end(spec, node.ipamd) || is_refused) return WaitCause::subnet_empty;
    return WaitCause::no_address;
}

AddressWait vpc_cni::next_addresses_await(const Spec& spec, const World& world, NodeId id, sim::Time now) {
    const Node& node = world.nodes[id];
    const AddressPool& pool = pool_of(world, node);
    if (node.ipamd.step != PoolStep::resting) return AddressWait::daemon_works;
    const PoolState state = pool_state(spec, world, node, pool);
    if (!is_too_low(state)) return AddressWait::targets_are_met;
    if (node.cordoned && !cni_of(world, node).manages_enis_while_cordoned) return AddressWait::node_is_restrained;
    if (!can_fill_existing(world, state, pool) && !can_make_eni(state)) return AddressWait::node_is_full;
    return now < window_end(spec, node.ipamd) ? AddressWait::subnet_is_empty : AddressWait::next_pass;
}

void on(const Spec& spec, World& world, Turn& turn, const CidrCleanUp& event) {
    const Eni* eni = world.enis.find(event.eni);
    if (eni == nullptr || !eni->in_store || !eni->is_excluded) return;
    const std::uint32_t at = find_cidr(world, *eni, event.network, event.is_prefix);
    if (at == no_cidr || !world.cidrs[at].in_store || world.cidrs[at].assigned > 0) return;
    const NodeId node = eni->node;
    unstore_cidr(world, event.eni, at, Counting::forgotten);
    if (!world.nodes.contains(node)) return;
    world.nodes[node].ipamd.may_differ = true;  // EC2 still has it
    pool_changed(spec, world, turn, node);
}

namespace {

// The one that the pod's row names.
void take_back_one(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const NodeId node = world.pods[pod].node;
    const EniId eni = world.pods[pod].eni;
    const std::uint32_t at = place_of(world.pods[pod]).cidr;
    release_address(world, pod, turn.now());
    const bool is_active = world.cidrs[at].is_prefix == world.pools[world.enis[eni].pool].uses_prefixes;
    const bool is_excluded = world.enis[eni].is_excluded;
    if (is_active && !is_excluded)
        note_of_ipamd(world, turn, AddressReleasedFact{node, turn.now() + cni_of(world, node).cooldown + moment});
    if (is_excluded && world.cidrs[at].assigned == 0)
        turn.after(spec.cni_constants.excluded_clean_up,
                   CidrCleanUp{eni, world.cidrs[at].network, world.cidrs[at].is_prefix});
    // IPAM-139: a prefix left over from before prefix delegation was switched off goes with its last pod.
    if (!is_active && world.cidrs[at].is_prefix && world.cidrs[at].assigned == 0)
        release_at_once(spec, world, turn, eni, {at});
}

}  // namespace

void vpc_cni::take_back_address(const Spec& spec, World& world, Turn& turn, PodId pod) {
    const NodeId node = world.pods[pod].node;
    if (!world.nodes[node].cni.serves) return abandon_address(world, pod);
    while (world.pods[pod].eni.valid()) take_back_one(spec, world, turn, pod);
    watch_for_address(spec, world, turn, node);
    vpc_cni::pool_changed(spec, world, turn, node);
}

namespace {

// What others attach to an instance as it starts (IPAM-152); as many as the subnet has room for.
void attach_other_enis(const Spec& spec, World& world, Turn& turn, NodeId id, PoolId pool) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    std::uint16_t device = 0;
    for (const EnisOfOthers& others : shape.other_enis) {
        for (std::int32_t n = 0; n < others.count; ++n) {
            std::vector<std::uint32_t> taken(static_cast<std::size_t>(1 + others.addresses));
            if (!take_addresses(spec, world, turn.key(), shape.subnet, 1 + others.addresses, taken.data())) return;
            const EniId made = add_eni(world, pool, shape.subnet, shape.ipv4_per_eni - 1);
            ++device;
            set_in_ec2(world, made, [&](Eni& eni) {
                eni.primary_address = taken[0];
                eni.created = eni.visible_at = turn.now();
                eni.device = device;
                eni.ends_with_instance = true;
            });
            for (std::size_t i = 1; i < taken.size(); ++i) grant_cidr(world, made, taken[i], false);
            attach_eni(world, made);
            tag_eni(world, made, others.tag);
            turn.note(SubnetFact{shape.subnet, -std::int64_t{1 + others.addresses}});
            turn.note(EniFact{id, +1});
        }
    }
}

// How far a settled daemon is into its hourly loop: it started some whole rounds and this time ago (IPAM-130).
sim::Duration time_since_start(const Spec& spec, sim::RunKey key, const Node& node) {
    constexpr double hour_us = 3.6e9;
    const std::uint64_t owner = spec[spec[node.shape].group].stable_key + node.ordinal;
    const double share = sim::draw_unit(key, {stream::sweep_phase, owner, 0, 0});
    return sim::Duration::microseconds(static_cast<std::int64_t>(share * hour_us));
}

// A daemon that has run for long has taken over what it may.
void adopt_other_enis(const Spec& spec, World& world, Turn& turn, NodeId id) {
    if (spec[world.nodes[id].shape].other_enis.empty()) return;
    std::vector<EniId> adopted;
    for (const auto& [e, eni] : world.enis) {
        if (eni.node == id && !eni.in_store && !is_unmanaged(cni_of(world, id), eni.tag)) adopted.push_back(e);
    }
    for (const EniId e : adopted) {
        tag_eni(world, e, EniTag::managed);
        enter_store(world, e, turn.now() - spec.cni_constants.minimum_eni_age);
        const Eni eni = world.enis[e];
        for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
            if (world.cidrs[at].on_eni) store_cidr(world, e, at);
        }
        const std::int32_t active = world.enis[e].active_total;
        if (active > 0) turn.note(AddressesAddedFact{id, active});
    }
}

}  // namespace

void attach_primary_eni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    const bool runs_ipamd =
        spec.cni_kind == CniKind::vpc_cni ||
        (spec.cni_kind == CniKind::both && belongs_on(spec, world, world.nodes[id].shape, Cni::vpc_cni));
    const bool by_ipamd = spec.cni.prefix_delegation && shape.takes_prefixes;
    const bool by_cilium = spec.cilium.prefix_delegation && shape.takes_prefixes;
    const PoolId pool = add_pool(world, id, 0, runs_ipamd ? by_ipamd : by_cilium);
    world.pools[pool].takes_both = !runs_ipamd;
    if (runs_ipamd && spec.cni_kind == CniKind::both) add_second_store(world, id, by_cilium);
    // IPAM-158: with one store a card; without, what is on further cards is nobody's (IPAM-152).
    const bool fills_all = runs_ipamd && spec.cni.multi_nic;
    const std::size_t further = fills_all ? shape.enis_of_further_cards.size() : 0;
    for (std::uint32_t card = 1; card <= further; ++card) add_pool(world, id, card, by_ipamd);
    const EniId eni = old_eni(spec, world, turn, pool, shape.subnet);
    CHECK(eni.valid(), "an instance was launched into a subnet without an address for it");
    set_in_ec2(world, eni, [](Eni& row) { row.is_primary = true; });
    attach_other_enis(spec, world, turn, id, pool);
}

void vpc_cni::settle_pool(const Spec& spec, World& world, Turn& turn, NodeId id) {
    CniPod& daemon = world.nodes[id].cni;
    if (!daemon.is_placed) {
        daemon.is_placed = true;
        daemon.created = turn.now() - spec.latencies.policy_agent_start;  // beside which the policy agent is up
        daemon.started = turn.now() - time_since_start(spec, turn.key(), world.nodes[id]);
    }
    if (spec.cni.ipv6) {
        daemon.serves = world.nodes[id].ipamd.has_ipv6_prefix = true;
        return;
    }
    adopt_other_enis(spec, world, turn, id);
    for (PoolId pool = spec.cni.provisions_nothing ? PoolId::none() : world.nodes[id].first_pool; pool.valid();
         pool = world.pools[pool].next_on_node) {
        while (grow(spec, world, turn, id, pool)) {
        }
    }
    // IPAM-119: without a pod address a daemon under custom networking never gets to serve.
    daemon.serves = !spec.cni.custom_networking || pool_of(world, world.nodes[id]).total > 0;
}

}  // namespace eks

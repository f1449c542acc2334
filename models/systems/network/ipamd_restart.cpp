// The life of ipamd's process: its start from what EC2 and its own checkpoint know, and its end (IPAM-118 to IPAM-126).
//
// The start itself takes no time here but for the fill before the daemon answers (IPAM-119); what it asks of EC2 to
// list and tag ENIs is not counted.
#include "models/systems/network/address_pool.hpp"
#include "models/systems/network/address_return.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/resource_controller.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

// Made and attached to nothing when the process ends at this step: nobody remembers it.
bool leaves_unattached_eni(PoolStep step) {
    return step == PoolStep::finding_device || step == PoolStep::attaching || step == PoolStep::deleting_unattached ||
           step == PoolStep::settling || step == PoolStep::deleting;
}

// Addresses of a store by state, as the metrics count them.
AddressesDroppedFact states_of(const World& world, const AddressPool& pool, sim::Time now) {
    AddressesDroppedFact states{pool.node, 0, 0, 0};
    states.assigned = pool.assigned;
    states.cooling = cooling_addresses(world, pool, cni_of(world, pool.node).cooldown, now);
    states.free = pool.total - states.assigned - states.cooling;
    return states;
}

// ENIs that the metadata lists are in the store, and no others (IPAM-118 (3), IPAM-113).
void list_enis(const Spec& spec, World& world, Turn& turn, NodeId id, PoolId pool_id) {
    for (EniId e = world.pools[pool_id].first_eni; e.valid();) {
        const EniId next = world.enis[e].next_in_pool;
        if (!is_shown_by_metadata(spec, world, world.nodes[id], world.enis[e], turn.now())) leave_store(world, e);
        e = next;
    }
    if (world.pools[pool_id].enis == world.pools[pool_id].attached) return;
    std::vector<EniId> strangers;
    for (const auto& [e, eni] : world.enis) {
        if (eni.pool != pool_id || eni.in_store || is_unmanaged(cni_of(world, id), eni.tag)) continue;  // IPAM-118 (4)
        if (is_shown_by_metadata(spec, world, world.nodes[id], eni, turn.now())) strangers.push_back(e);
    }
    for (const EniId e : strangers) {
        tag_eni(world, e, EniTag::managed);
        enter_store(world, e, turn.now());
    }
}

// The ENI's CIDRs are those that EC2 has on it.
void list_cidrs(World& world, EniId id) {
    const Eni eni = world.enis[id];
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        const EniCidr cidr = world.cidrs[at];
        if (cidr.in_store && !cidr.on_eni) unstore_cidr(world, id, at);
        if (!cidr.in_store && cidr.on_eni) store_cidr(world, id, at);
    }
}

// What no new pod can get: all that is unused of an excluded ENI (IPAM-118 (7), IPAM-33), and of the others the CIDRs
// of the other kind (IPAM-118 (8)).
void release_what_serves_nobody(const Spec& spec, World& world, Turn& turn, PoolId pool_id) {
    const bool uses_prefixes = world.pools[pool_id].uses_prefixes;
    for (EniId e = world.pools[pool_id].first_eni; e.valid(); e = world.enis[e].next_in_pool) {
        std::vector<std::uint32_t> unused;
        for_each_stored(world, world.enis[e], [&](std::uint32_t at, const EniCidr& cidr) {
            const bool serves = !world.enis[e].is_excluded && cidr.is_prefix == uses_prefixes;
            if (!serves && cidr.assigned == 0) unused.push_back(at);
        });
        if (!unused.empty()) release_at_once(spec, world, turn, e, unused);
    }
}

void rebuild_store(const Spec& spec, World& world, Turn& turn, NodeId id, PoolId pool_id) {
    const AddressesDroppedFact before = states_of(world, world.pools[pool_id], turn.now());
    list_enis(spec, world, turn, id, pool_id);
    for (EniId e = world.pools[pool_id].first_eni; e.valid(); e = world.enis[e].next_in_pool) {
        world.enis[e].entered_store = turn.now();  // IPAM-16
        list_cidrs(world, e);
        restore_records(world, e);
        set_excluded(world, e, cni_of(world, id).subnet_discovery && excludes(spec[world.enis[e].subnet]));
    }
    recount_pool(world, pool_id, cni_of(world, id).prefix_delegation && spec[world.nodes[id].shape].takes_prefixes);
    release_what_serves_nobody(spec, world, turn, pool_id);

    const AddressesDroppedFact after = states_of(world, world.pools[pool_id], turn.now());
    if (after.free == before.free && after.cooling == before.cooling && after.assigned == before.assigned) return;
    const std::int32_t found = std::max(after.assigned - before.assigned, 0);  // by pods that run on
    note_of_ipamd(world, turn,
                  AddressesDroppedFact{id, before.free, before.cooling, std::max(before.assigned - after.assigned, 0)});
    if (after.free + found > 0) note_of_ipamd(world, turn, AddressesAddedFact{id, after.free + found});
    for (std::int32_t n = 0; n < found; ++n) note_of_ipamd(world, turn, AddressAssignedFact{id});
}

}  // namespace

void release_at_once(const Spec& spec, World& world, Turn& turn, EniId id, const std::vector<std::uint32_t>& cidrs) {
    const Eni eni = world.enis[id];
    const bool is_refused =
        attempt_call(spec, world, turn, Ec2Action::unassign_private_ip_addresses, id.slot).is_refused;
    if (!is_refused) note_call(turn, Ec2Action::unassign_private_ip_addresses, Ec2Result::success);
    std::int64_t back = 0;
    for (const std::uint32_t at : cidrs) {
        const EniCidr cidr = world.cidrs[at];
        unstore_cidr(world, id, at);
        if (is_refused) {
            world.readopt_bars.push_back({id, cidr.network, turn.now() + spec.cni_constants.readopt_cooldown});
            world.nodes[eni.node].ipamd.may_differ = true;
            continue;
        }
        revoke_cidr(world, id, at);
        back += return_cidr(spec, world, turn, eni.subnet, cidr);
    }
    if (back > 0) turn.note(SubnetFact{eni.subnet, back});
    review_addresses(spec, world, turn, eni.node);
}

void vpc_cni::start_cni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Node& node = world.nodes[id];
    // IPAM-126
    if (is_struck(spec, world, FaultKind::imds_unavailable, node))
        return cni_crashed(spec, world, turn, id, Cni::vpc_cni);
    for (PoolId pool = node.first_pool; pool.valid(); pool = world.pools[pool].next_on_node)
        rebuild_store(spec, world, turn, id, pool);
    node.ipamd.step = PoolStep::resting;
    review_addresses(spec, world, turn, id);
    node.cni.started = turn.now();
    if (may_ask_for_trunk(spec, world, node)) ask_for_trunk(spec, world, turn, id);  // IPAM-118 (12)
    IpamdThread thread(spec, world, turn, id);
    // An ENI that the metadata did not show yet is found by a reconcile.
    node.ipamd.may_differ = thread.finds_differences();
    if (cni_of(world, id).ipv6) return thread.begin_ipv6();
    thread.begin_pre_scaling();
}

void vpc_cni::stop_cni(const Spec& spec, World& world, Turn& turn, NodeId id) {
    Ipamd& d = world.nodes[id].ipamd;
    const Ipamd before = d;
    d = Ipamd{};
    d.has_ipv6_prefix = before.has_ipv6_prefix;  // EC2 has it on the ENI
    d.phase = before.phase;
    d.free_at = before.free_at;
    std::erase_if(world.readopt_bars, [&](const ReadoptBar& bar) {
        const Eni* eni = world.enis.find(bar.eni);
        return eni != nullptr && eni->node == id;
    });
    if (leaves_unattached_eni(before.step)) leak_eni(spec, world, turn, before.eni);
}

void vpc_cni::metadata_changed(const Spec& spec, World& world, Turn& turn, NodeId id) {
    world.nodes[id].ipamd.may_differ = true;
    vpc_cni::pool_changed(spec, world, turn, id);
}

}  // namespace eks

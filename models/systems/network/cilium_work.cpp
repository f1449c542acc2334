#include "models/systems/network/cilium_work.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_return.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/cilium_agent.hpp"
#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>
#include <vector>

namespace eks::cilium {

namespace {

// IPAM-312: with prefixes, all of a prefix is in use if any of it is.
std::int64_t used_with_prefixes(const World& world, const AddressPool& pool, std::int32_t own) {
    std::int64_t used = 0;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) {
        for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
            if (cidr.assigned > 0) used += cidr.size();
        });
    });
    return used == 0 && own > 0 ? addresses_per_prefix : used;
}

}  // namespace

Demand demand_of(const Spec& spec, const World& world, NodeId id) {
    const Node& node = world.nodes[id];
    const CiliumNode& c = node.cilium;
    const AddressPool& pool = world.pools[cilium_pool(node)];
    const CiliumWatermarks marks = watermarks(spec, world, id);
    const std::int64_t available = pool.total + c.acknowledged;
    Demand demand;
    demand.needed = cilium_needed(marks, available, c.reported);
    if (demand.needed > 0 || !spec.cilium.releases_excess) return demand;
    const std::int64_t used = pool.uses_prefixes ? used_with_prefixes(world, pool, c.own) : c.reported;
    demand.excess = cilium_excess(marks, available, used, spec.cilium.version_minor);
    return demand;
}

SubnetIx subnet_for_eni(const Spec& spec, const World& world, NodeId id) {
    const NodeShape& shape = spec[world.nodes[id].shape];
    SubnetIx best;
    bool keeps_route_table = false;
    const auto offer = [&](SubnetIx ix) {
        if (spec[ix].zone != shape.zone || (keeps_route_table && spec[ix].is_private != spec[shape.subnet].is_private))
            return;
        if (!best.valid() || world.subnets[ix.value].free > world.subnets[best.value].free) best = ix;
    };
    if (!spec.cilium.subnets.empty()) {
        for (const SubnetIx ix : spec.cilium.subnets) offer(ix);
        return best;
    }
    if (world.subnets[shape.subnet.value].free >= shape.ipv4_per_eni) return shape.subnet;
    // Route tables are not modelled: private subnets of a zone share one, and public ones.
    constexpr std::int32_t first_to_keep_route_table = 20;
    keeps_route_table = spec.cilium.version_minor >= first_to_keep_route_table;
    for (std::size_t i = 0; i < spec.subnets.size(); ++i) offer(SubnetIx::of(i));
    return best;
}

std::uint16_t device_for_eni(const Spec& spec, const World& world, NodeId id) {
    const Node& node = world.nodes[id];
    const auto first = static_cast<std::uint16_t>(std::max(spec.cilium.first_interface_index, 1));
    return lowest_free_device(world, node, world.pools[cilium_pool(node)], first);
}

std::uint64_t NodeWork::key() const { return spec_[shape().group].stable_key + world_.nodes[id_].ordinal; }

void NodeWork::call(CiliumStep step, Ec2Action action) {
    row().step = step;
    begin_call(spec_, world_, turn_, row().call, action, key(), CiliumStepDone{id_, world_.cilium.leaders});
}

std::int32_t NodeWork::pending_pods() const {
    std::int32_t count = 0;
    for (PodId pod = world_.nodes[id_].first_pod; pod.valid(); pod = world_.pods[pod].next_on_node)
        count += world_.pods[pod].phase == PodPhase::pending ? 1 : 0;
    return count;
}

void NodeWork::begin() {
    const Demand demand = demand_of(spec_, world_, id_);
    bool goes_on = false;
    if (demand.excess > 0) {
        goes_on = release(demand.excess);
    } else {
        cancel_release(world_, turn_, id_);
        row().excess_since = sim::Time::never();
        goes_on = demand.needed > 0 && allocate();
    }
    if (goes_on) return;
    row().step = CiliumStep::resting;
    row().awaits_resync = true;
    row().acted_at = turn_.now();
    --world_.cilium.busy;
}

// IPAM-323
bool NodeWork::allocate() {
    CiliumNode& c = row();
    const std::int64_t needed = demand_of(spec_, world_, id_).needed;
    c.want = static_cast<std::int32_t>(cilium_most(watermarks(spec_, world_, id_), needed, pending_pods()));
    std::vector<EniId> candidates;
    for_each_eni(world_, pool(), [&](EniId id, const Eni& eni) {
        if (eni.device < spec_.cilium.first_interface_index || eni.granted >= eni.slots) return;
        if (eni.state != EniState::attached) return;
        if (world_.subnets[eni.subnet.value].free > 0) candidates.push_back(id);
    });
    if (candidates.empty()) return make_eni();
    const std::uint64_t pick =
        spec_.map_order == MapOrder::insertion
            ? 0
            : sim::draw_below(turn_.key(),
                              {stream::cilium_choice, key(), static_cast<std::uint64_t>(turn_.now().us()), 0},
                              candidates.size());
    c.eni = candidates[pick];
    c.subnet = world_.enis[c.eni].subnet;
    call(CiliumStep::assigning, Ec2Action::assign_private_ip_addresses);
    return true;
}

// The CIDRs that serve `want` on an ENI with so many free slots.
std::int32_t NodeWork::cidrs_wanted(std::int32_t slots) const {
    const Node& node = world_.nodes[id_];
    if (!world_.pools[cilium_pool(node)].uses_prefixes) return std::min(node.cilium.want, slots);
    return std::min((node.cilium.want + addresses_per_prefix - 1) / addresses_per_prefix, slots);
}

void NodeWork::assigned(bool is_refused) {
    CiliumNode& c = row();
    const auto make_another = [&] {
        choose_cidrs(spec_, world_, id_);
        if (!make_eni()) done(Afterwards::rest);
    };
    // The other CNI of the node may have detached or deleted the ENI since it was chosen.
    const Eni* eni = world_.enis.find(c.eni);
    if (is_refused || eni == nullptr || eni->state != EniState::attached) return make_another();
    const bool prefixes = pool().uses_prefixes;
    std::int32_t count = cidrs_wanted(eni->slots - eni->granted);
    if (!prefixes) {
        count = static_cast<std::int32_t>(std::min<std::int64_t>(count, world_.subnets[c.subnet.value].free));
    }
    std::vector<std::uint32_t> taken(static_cast<std::size_t>(std::max(count, 1)));
    const bool there =
        count > 0 && (prefixes ? take_prefixes(spec_, world_, turn_.key(), c.subnet, count, taken.data())
                               : take_addresses(spec_, world_, turn_.key(), c.subnet, count, taken.data()));
    if (!there) {
        count_call(prefixes ? Ec2Result::insufficient_cidr_blocks : Ec2Result::insufficient_free_addresses);
        if (!prefixes) return make_another();
        pool().uses_prefixes = false;  // for this try (IPAM-327)
        return call(CiliumStep::assigning, Ec2Action::assign_private_ip_addresses);
    }
    count_call(Ec2Result::success);
    make_places(spec_, world_, turn_, c.eni, count);
    for (std::int32_t n = 0; n < count; ++n) grant_cidr(world_, c.eni, taken[static_cast<std::size_t>(n)], prefixes);
    turn_.note(SubnetFact{c.subnet, -std::int64_t{count} * (prefixes ? addresses_per_prefix : 1)});
    done();
}

// IPAM-324
bool NodeWork::make_eni() {
    CiliumNode& c = row();
    if (node().enis >= shape().max_enis) return false;
    c.subnet = subnet_for_eni(spec_, world_, id_);
    if (!c.subnet.valid()) return false;
    c.want = std::min(c.want, shape().ipv4_per_eni - 1);
    if (c.want <= 0) return false;
    call(CiliumStep::creating, Ec2Action::create_network_interface);
    return true;
}

void NodeWork::created(bool is_refused) {
    CiliumNode& c = row();
    if (is_refused) return done();
    const bool prefixes = pool().uses_prefixes;
    const std::int32_t slots = shape().ipv4_per_eni - 1;
    const std::int32_t count = cidrs_wanted(slots);
    const std::int32_t singles = 1 + (prefixes ? 0 : count);
    std::vector<std::uint32_t> taken(static_cast<std::size_t>(1 + count));
    Ec2Result result = Ec2Result::success;
    if (!take_addresses(spec_, world_, turn_.key(), c.subnet, singles, taken.data())) {
        result = Ec2Result::insufficient_free_addresses;
    } else if (prefixes && !take_prefixes(spec_, world_, turn_.key(), c.subnet, count, taken.data() + 1)) {
        give_back_address(spec_, world_, c.subnet, taken[0]);
        result = Ec2Result::insufficient_prefixes;
    }
    count_call(result);
    if (result == Ec2Result::insufficient_prefixes) {
        pool().uses_prefixes = false;  // for this try: single addresses in the same subnet (IPAM-327)
        return call(CiliumStep::creating, Ec2Action::create_network_interface);
    }
    if (result != Ec2Result::success) return done();
    const EniId id = add_eni(world_, cilium_pool(node()), c.subnet, slots);
    set_in_ec2(world_, id, [&](Eni& eni) {
        eni.created = turn_.now();
        eni.primary_address = taken[0];
    });
    for (std::int32_t n = 0; n < count; ++n) grant_cidr(world_, id, taken[static_cast<std::size_t>(n) + 1], prefixes);
    c.eni = id;
    turn_.note(SubnetFact{c.subnet, -(1 + std::int64_t{count} * (prefixes ? addresses_per_prefix : 1))});
    call(CiliumStep::attaching, Ec2Action::attach_network_interface);
}

void NodeWork::attached(bool is_refused) {
    CiliumNode& c = row();
    Ec2Result result = Ec2Result::success;
    if (!is_refused && is_struck(spec_, world_, FaultKind::eni_attach_failure, node()))
        result = Ec2Result::internal_error;
    else if (!is_refused && node().enis >= shape().max_enis)
        result = Ec2Result::attachment_limit_exceeded;
    if (!is_refused) count_call(result);
    if (is_refused || result != Ec2Result::success)
        return call(CiliumStep::deleting_unattached, Ec2Action::delete_network_interface);
    const std::uint16_t device = device_for_eni(spec_, world_, id_);
    attach_eni(world_, c.eni);
    if (has_two_cnis(node())) tag_eni(world_, c.eni, EniTag::untagged);  // Cilium's tags say nothing to aws-node
    set_in_ec2(world_, c.eni, [&](Eni& eni) {
        eni.device = device;
        eni.visible_at = turn_.now();
    });
    enter_store(world_, c.eni, turn_.now());
    turn_.note(EniFact{id_, +1});
    call(CiliumStep::marking, Ec2Action::modify_network_interface_attribute);
}

// Whether it could be marked or not, the ENI is there and a resync finds it.
void NodeWork::marked(bool is_refused) {
    constexpr std::int32_t forgets_to_resync = 12;  // IPAM-320, cilium/cilium#20595
    if (!is_refused) {
        count_call(Ec2Result::success);
        set_in_ec2(world_, row().eni, [](Eni& eni) { eni.ends_with_instance = true; });
    }
    done(spec_.cilium.version_minor == forgets_to_resync ? Afterwards::rest : Afterwards::resync);
}

void NodeWork::unattached_deleted(bool is_refused) {
    const EniId id = row().eni;
    if (is_refused) {
        leak_eni(spec_, world_, turn_, id);
    } else {
        count_call(Ec2Result::success);
        delete_from_ec2(spec_, world_, turn_, id);
    }
    done();
}

bool NodeWork::releases_prefixes() const {
    constexpr std::int32_t first_to_release_prefixes = 20;
    return spec_.cilium.version_minor >= first_to_release_prefixes;
}

// Addresses of an ENI that could be released now: those of CIDRs without a pod. Before 1.20 an ENI with prefixes is
// passed over (IPAM-329).
std::int32_t NodeWork::releasable(const Eni& eni) const {
    std::int32_t count = 0;
    bool has_prefix = false;
    for_each_stored(world_, eni, [&](std::uint32_t, const EniCidr& cidr) {
        has_prefix = has_prefix || cidr.is_prefix;
        if (cidr.assigned == 0) count += cidr.size();
    });
    return has_prefix && !releases_prefixes() ? 0 : count;
}

// IPAM-329: noticed, marked after a delay, acknowledged by the agent, unassigned.
bool NodeWork::release(std::int64_t excess) {
    CiliumNode& c = row();
    EniId best;
    std::int64_t most = 0;
    for_each_eni(world_, pool(), [&](EniId id, const Eni& eni) {
        if (eni.device < spec_.cilium.first_interface_index || eni.state != EniState::attached) return;
        const std::int64_t free = releasable(eni) + (id == c.releasing ? c.acknowledged : 0);
        std::int64_t here = std::min(free, excess);
        if (pool().uses_prefixes) here -= here % addresses_per_prefix;
        if (here > most) {
            most = here;
            best = id;
        }
    });
    if (!best.valid()) return false;
    if (best != c.releasing || c.excess_since == sim::Time::never()) {
        cancel_release(world_, turn_, id_);
        c.releasing = best;
        c.excess_since = turn_.now();
    }
    if (turn_.now() < c.excess_since + spec_.cilium.release_delay) return false;
    if (c.marked_at == sim::Time::never()) {
        c.marked_at = turn_.now();
        c.marked = static_cast<std::int32_t>(most);
        use_changed(spec_, world_, turn_, id_);
        return false;
    }
    if (c.acknowledged == 0) {
        // The agent has answered, and none of them may go: all begins anew.
        if (c.marked == 0) c.excess_since = c.marked_at = sim::Time::never();
        return false;
    }
    call(CiliumStep::unassigning, Ec2Action::unassign_private_ip_addresses);
    return true;
}

void NodeWork::unassigned(bool is_refused) {
    CiliumNode& c = row();
    if (is_refused) return done();
    // The other CNI of the node may have deleted it.
    if (!world_.enis.contains(c.releasing)) return done();
    count_call(Ec2Result::success);
    const Eni eni = world_.enis[c.releasing];
    std::int64_t back = 0;
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        const EniCidr cidr = world_.cidrs[at];
        if (!cidr.on_eni || cidr.in_store || back >= c.acknowledged) continue;
        revoke_cidr(world_, c.releasing, at);
        back += return_cidr(spec_, world_, turn_, eni.subnet, cidr);
    }
    turn_.note(SubnetFact{eni.subnet, back});
    c.acknowledged = 0;
    c.marked_at = c.excess_since = sim::Time::never();
    done();
}

void NodeWork::go_on() {
    if (!cilium::go_on(spec_, world_, turn_, row().call, key(), CiliumStepDone{id_, world_.cilium.leaders})) return;
    const bool is_refused = row().call.is_refused;
    switch (row().step) {
        case CiliumStep::resting:
        case CiliumStep::queued: break;
        case CiliumStep::assigning: assigned(is_refused); break;
        case CiliumStep::creating: created(is_refused); break;
        case CiliumStep::attaching: attached(is_refused); break;
        case CiliumStep::marking: marked(is_refused); break;
        case CiliumStep::deleting_unattached: unattached_deleted(is_refused); break;
        case CiliumStep::unassigning: unassigned(is_refused); break;
    }
}

}  // namespace eks::cilium

namespace eks {

void on(const Spec& spec, World& world, Turn& turn, const CiliumStepDone& event) {
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || !node->has_instance() || event.serial != world.cilium.leaders) return;
    cilium::NodeWork(spec, world, turn, event.node).go_on();
}

}  // namespace eks

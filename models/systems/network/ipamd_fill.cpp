// How ipamd gets more addresses: from an ENI that it has, else from a new one (IPAM-64 to IPAM-82).
#include "models/spec/streams.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"
#include "models/world/subnet_verbs.hpp"

#include <algorithm>

namespace eks {

namespace {

// Space for the addresses of one call, kept between calls only so that no memory is asked for.
std::vector<std::uint32_t>& scratch(std::size_t addresses) {
    thread_local std::vector<std::uint32_t> taken;
    taken.resize(std::max(taken.size(), addresses));
    return taken;
}

// IPAM-150: whether a new ENI may be made in this subnet of the node's zone.
bool is_for_new_enis(const Subnet& subnet, bool is_own) {
    if (subnet.cni_role == CniRole::refused) return false;
    if (subnet.cni_role == CniRole::unsaid) return is_own;
    return !subnet.is_of_other_cluster;
}

// Others' ENIs came with the instance and have the first devices.
bool is_device_of_others(const World& world, PoolId pool, std::uint16_t device) {
    const AddressPool& card = world.pools[pool];
    if (card.untagged_enis + card.no_manage_enis == 0) return false;
    for (const auto& [id, eni] : world.enis) {
        if (eni.pool == pool && !eni.in_store && eni.tag != EniTag::managed && eni.device == device) return true;
    }
    return false;
}

}  // namespace

bool excludes(const Subnet& subnet) {
    return subnet.cni_role == CniRole::refused || (subnet.cni_role == CniRole::offered && subnet.is_of_other_cluster);
}

SubnetCandidate subnet_for_eni(const Spec& spec, const World& world, const CniSettings& cni, const NodeShape& shape,
                               bool knows_subnets, std::uint32_t tried) {
    SubnetCandidate best;
    std::uint32_t bit = 1;
    const auto offer = [&](SubnetIx ix) {
        const bool is_better =
            !best.subnet.valid() || world.subnets[ix.value].free > world.subnets[best.subnet.value].free;
        if ((tried & bit) == 0 && is_better) best = {ix, bit};
        bit <<= 1;
    };
    if (cni.custom_networking) {
        if (shape.pod_subnet.valid()) offer(shape.pod_subnet);
        return best;
    }
    if (!knows_subnets) {
        if (!excludes(spec[shape.subnet])) offer(shape.subnet);
        return best;
    }
    for (std::size_t i = 0; i < spec.subnets.size() && bit != 0; ++i) {
        const SubnetIx ix = SubnetIx::of(i);
        if (spec[ix].zone == shape.zone && is_for_new_enis(spec[ix], ix == shape.subnet)) offer(ix);
    }
    return best;
}

// IPAM-64
void IpamdThread::begin_increase() {
    Ipamd& d = daemon();
    const bool is_exhausted = d.last_insufficient != sim::Time::never() &&
                              turn_.now() - d.last_insufficient <= spec_.cni_constants.insufficient_cooldown;
    if (is_restrained() || is_exhausted) return begin_freeing();
    d.asked = 0;
    d.error = Ec2Result::success;
    fill_existing();
}

// IPAM-66, IPAM-67: one ENI after another, in random order, until one could be filled.
void IpamdThread::fill_existing() {
    Ipamd& d = daemon();
    const PoolState now = state();
    std::uint32_t candidates = 0;
    std::uint32_t position = 0;
    for_each_eni(world_, card(), [&](EniId, const Eni& eni) {
        if (position < most_asked && cidrs_to_ask_for(now, use_of(eni)) > 0) candidates |= 1U << position;
        ++position;
    });
    candidates &= ~d.asked;
    if (candidates == 0) return make_eni();
    const std::uint32_t chosen = choose_bit(Choice::fill, candidates);
    d.asked |= 1U << chosen;
    d.eni = card().first_eni;
    for (std::uint32_t n = 0; n < chosen; ++n) d.eni = world_.enis[d.eni].next_in_pool;
    d.want = cidrs_to_ask_for(now, use_of(world_.enis[d.eni]));
    call(PoolStep::assigning, Ec2Action::assign_private_ip_addresses);
}

// What EC2 does about a request for so many CIDRs on an ENI: all or nothing (IPAM-202, IPAM-203). The store gets those
// that the answer names, and no other that the ENI may hold.
Ec2Result IpamdThread::add_cidrs(EniId id, std::int32_t count) {
    const Eni eni = world_.enis[id];
    const bool prefixes = world_.pools[eni.pool].uses_prefixes;
    if (eni.granted + count > eni.slots) return Ec2Result::private_ip_limit_exceeded;
    std::vector<std::uint32_t>& taken = scratch(static_cast<std::size_t>(count));
    const bool there = prefixes ? take_prefixes(spec_, world_, turn_.key(), eni.subnet, count, taken.data())
                                : take_addresses(spec_, world_, turn_.key(), eni.subnet, count, taken.data());
    if (!there) return prefixes ? Ec2Result::insufficient_cidr_blocks : Ec2Result::insufficient_free_addresses;
    make_places(spec_, world_, turn_, id, count);
    for (std::int32_t n = 0; n < count; ++n)
        store_cidr(world_, id, grant_cidr(world_, id, taken[static_cast<std::size_t>(n)], prefixes));
    const std::int32_t addresses = count * (prefixes ? addresses_per_prefix : 1);
    turn_.note(SubnetFact{eni.subnet, -std::int64_t{addresses}});
    if (!eni.is_excluded) note_of_ipamd(world_, turn_, AddressesAddedFact{id_, addresses});
    watch_for_address(spec_, world_, turn_, id_);
    return Ec2Result::success;
}

// Everything that EC2 has on the ENI is in the store from now on; a reconcile leaves out what the daemon let go of a
// moment ago (IPAM-111).
void IpamdThread::enter_cidrs(EniId id, Bars bars) {
    std::int32_t active = 0;
    const Eni& eni = world_.enis[id];
    const bool uses_prefixes = world_.pools[eni.pool].uses_prefixes;
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        const EniCidr& cidr = world_.cidrs[at];
        if (!cidr.on_eni || cidr.in_store || (bars == Bars::observed && is_barred(id, cidr.network))) continue;
        store_cidr(world_, id, at);
        if (cidr.is_prefix == uses_prefixes && !eni.is_excluded) active += cidr.size();
    }
    if (active == 0) return;
    note_of_ipamd(world_, turn_, AddressesAddedFact{id_, active});
    watch_for_address(spec_, world_, turn_, id_);
}

void IpamdThread::added() {
    daemon().last_action = turn_.now();
    begin_freeing();
}

void IpamdThread::assigned_answer(bool is_refused) {
    Ipamd& d = daemon();
    Ec2Result result = Ec2Result::request_limit_exceeded;
    if (!is_refused) {
        result = add_cidrs(d.eni, d.want);
        count_call(result);
    }
    if (result == Ec2Result::success) return added();
    d.error = result;
    if (result == Ec2Result::private_ip_limit_exceeded)
        return call(PoolStep::reading_truth, Ec2Action::describe_network_interfaces);
    if (d.step == PoolStep::assigning) {
        d.want = 1;  // IPAM-68
        return call(PoolStep::assigning_one, Ec2Action::assign_private_ip_addresses);
    }
    if (cni().subnet_discovery && is_subnet_exhausted(result)) return fill_existing();
    d.init_fails = !is_subnet_exhausted(result);
    increase_failed();
}

void IpamdThread::truth_read(bool is_refused) {
    if (is_refused) {
        daemon().init_fails = true;
        return increase_failed();
    }
    count_call(Ec2Result::success);
    enter_cidrs(daemon().eni, Bars::ignored);
    added();
}

// IPAM-64, IPAM-65: only an exhausted subnet starts the window.
void IpamdThread::increase_failed() {
    if (is_subnet_exhausted(daemon().error)) daemon().last_insufficient = turn_.now();
    begin_freeing();
}

// --- a new ENI (IPAM-75)

void IpamdThread::make_eni() {
    Ipamd& d = daemon();
    const PoolState now = state();
    // Refused requests for existing ENIs start no window of their own: what counts is how the creation ends (IPAM-69).
    d.error = Ec2Result::success;
    if (!has_room_for_eni(now)) return begin_freeing();
    d.want = cidrs_for_new_eni(now);
    if (d.want == 0) return added();
    d.asked = 0;
    d.knows_subnets = false;
    if (cni().subnet_discovery && !cni().custom_networking)
        return call(PoolStep::listing_subnets, Ec2Action::describe_subnets);
    create_in_next_subnet();
}

void IpamdThread::create_in_next_subnet() {
    Ipamd& d = daemon();
    const SubnetCandidate next = subnet_for_eni(spec_, world_, cni(), shape(), d.knows_subnets, d.asked);
    if (!next.subnet.valid()) return increase_failed();
    d.subnet = next.subnet;
    d.asked |= next.bit;
    call(PoolStep::creating, Ec2Action::create_network_interface);
}

void IpamdThread::created(bool is_refused) {
    Ipamd& d = daemon();
    if (is_refused) {
        d.error = Ec2Result::request_limit_exceeded;
        return create_in_next_subnet();
    }
    const bool prefixes = card().uses_prefixes;
    const std::int32_t singles = prefixes ? 1 : 1 + d.want;
    std::vector<std::uint32_t>& taken = scratch(static_cast<std::size_t>(singles) + static_cast<std::size_t>(d.want));
    Ec2Result result = Ec2Result::success;
    if (!take_addresses(spec_, world_, turn_.key(), d.subnet, singles, taken.data())) {
        result = Ec2Result::insufficient_free_addresses;
    } else if (prefixes && !take_prefixes(spec_, world_, turn_.key(), d.subnet, d.want, taken.data() + 1)) {
        give_back_address(spec_, world_, d.subnet, taken[0]);
        result = Ec2Result::insufficient_prefixes;
    }
    count_call(result);
    if (result != Ec2Result::success) {
        d.error = result;
        return create_in_next_subnet();
    }
    const EniId id = add_eni(world_, d.card, d.subnet, shape().ipv4_per_eni - 1);
    set_in_ec2(world_, id, [&](Eni& eni) {
        eni.created = turn_.now();
        eni.primary_address = taken[0];
    });
    for (std::int32_t n = 0; n < d.want; ++n) grant_cidr(world_, id, taken[static_cast<std::size_t>(n) + 1], prefixes);
    daemon().eni = id;
    turn_.note(SubnetFact{d.subnet, -(1 + std::int64_t{d.want} * (prefixes ? addresses_per_prefix : 1))});
    call(PoolStep::finding_device, Ec2Action::describe_instances);
}

void IpamdThread::device_found(bool is_refused) {
    if (!is_refused) {
        count_call(Ec2Result::success);
        return call(PoolStep::attaching, Ec2Action::attach_network_interface);
    }
    daemon().error = Ec2Result::request_limit_exceeded;
    daemon().tries = 0;
    call(PoolStep::deleting_unattached, Ec2Action::delete_network_interface);
}

void IpamdThread::attached(bool is_refused) {
    Ipamd& d = daemon();
    Ec2Result result = is_refused ? Ec2Result::request_limit_exceeded : Ec2Result::success;
    if (!is_refused && is_struck(spec_, world_, FaultKind::eni_attach_failure, node()))
        result = Ec2Result::internal_error;
    else if (!is_refused && card().attached >= shape().enis_of_card(card().card))
        result = Ec2Result::attachment_limit_exceeded;
    if (!is_refused) count_call(result);
    if (result != Ec2Result::success) {
        d.error = result;
        d.tries = 0;
        return call(PoolStep::deleting_unattached, Ec2Action::delete_network_interface);
    }
    attach_eni(world_, d.eni);
    // The lowest free device index of the card (IPAM-75, step 4).
    std::uint16_t device = lowest_free_device(world_, node(), card(), card().card == 0 ? 1 : 0);
    while (is_device_of_others(world_, d.card, device))
        device = lowest_free_device(world_, node(), card(), static_cast<std::uint16_t>(device + 1));
    const double unit =
        sim::draw_unit(turn_.key(), {stream::eni_visible, key(), static_cast<std::uint64_t>(turn_.now().us()), 0});
    set_in_ec2(world_, d.eni, [&](Eni& eni) {
        eni.device = device;
        eni.visible_at = turn_.now() + spec_.latencies.eni_visible.sample(unit);
    });
    turn_.note(EniFact{id_, +1});
    call(PoolStep::marking, Ec2Action::modify_network_interface_attribute);
}

void IpamdThread::marked(bool is_refused) {
    Ipamd& d = daemon();
    d.tries = 0;
    if (is_refused) {
        d.error = Ec2Result::request_limit_exceeded;
        d.undoes_creation = true;
        return call(PoolStep::finding_attachment, Ec2Action::describe_network_interfaces);
    }
    count_call(Ec2Result::success);
    set_in_ec2(world_, d.eni, [](Eni& eni) { eni.ends_with_instance = true; });
    d.step = PoolStep::waiting_for_metadata;
    look_at_metadata();
}

// IPAM-78
void IpamdThread::look_at_metadata() {
    Ipamd& d = daemon();
    if (is_shown(world_.enis[d.eni])) return enter_eni(d.eni);
    if (try_again(metadata_backoff)) return;
    // It stays attached and unknown until a reconcile learns it (IPAM-108).
    d.may_differ = true;
    d.error = Ec2Result::internal_error;
    increase_failed();
}

// IPAM-80 (b), (c)
void IpamdThread::enter_eni(EniId id) {
    enter_store(world_, id, turn_.now());
    if (cni().subnet_discovery) return call(PoolStep::testing_exclusion, Ec2Action::describe_subnets);
    enter_cidrs(id, Bars::ignored);
    added();
}

// A lookup that failed counts as not excluded (IPAM-80).
void IpamdThread::exclusion_tested() {
    const EniId id = daemon().eni;
    set_excluded(world_, id, !daemon().is_refused && excludes(spec_[world_.enis[id].subnet]));
    enter_cidrs(id, Bars::ignored);
    added();
}

void IpamdThread::unattached_deleted(bool is_refused) {
    const EniId id = daemon().eni;
    if (is_refused) {
        if (try_again(delete_backoff)) return;
        leak_eni(spec_, world_, turn_, id);
        return increase_failed();
    }
    count_call(Ec2Result::success);
    delete_from_ec2(spec_, world_, turn_, id);
    increase_failed();
}

}  // namespace eks

// How ipamd learns what EC2 really has: ENIs that it does not know, CIDRs that differ (IPAM-105 to IPAM-113). The
// metadata lists what is attached; where it differs from the store, EC2 is asked.
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <vector>

namespace eks {

namespace {

bool differs(const World& world, const Eni& eni) {
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        if (world.cidrs[at].on_eni != world.cidrs[at].in_store) return true;
    }
    return false;
}

}  // namespace

// Stale metadata shows what was attached a while before the fault began.
bool is_shown_by_metadata(const Spec& spec, const World& world, const Node& node, const Eni& eni, sim::Time now) {
    if (eni.state != EniState::attached || is_struck(spec, world, FaultKind::imds_unavailable, node)) return false;
    sim::Time as_of = now;
    for (const ActiveFault& active : world.faults) {
        const Fault& fault = spec.timeline[active.action].fault;
        if (active.kind != FaultKind::imds_stale || !strikes(spec, fault, node)) continue;
        as_of = std::min(as_of, active.since - sim::Duration::microseconds(fault.age_us));
    }
    return eni.is_primary || eni.visible_at <= as_of;
}

bool IpamdThread::is_barred(EniId eni, std::uint32_t network) const {
    return std::ranges::any_of(world_.readopt_bars, [&](const ReadoptBar& bar) {
        return bar.eni == eni && bar.network == network && turn_.now() < bar.until;
    });
}

// In the order of their slots; none: the first one.
EniId IpamdThread::stranger_after(EniId last) const {
    EniId found = EniId::none();
    for (const auto& [id, eni] : world_.enis) {
        if (eni.node != id_ || eni.pool == node().cilium.pool || eni.in_store || eni.state != EniState::attached ||
            !is_shown(eni))
            continue;
        if (is_unmanaged(cni(), eni.tag)) continue;  // IPAM-107
        if (last.valid() && id.slot <= last.slot) continue;
        if (!found.valid() || id.slot < found.slot) found = id;
    }
    return found;
}

// An ENI that the metadata does not show yet counts: it will.
bool IpamdThread::finds_differences() const {
    std::int32_t known = 0;
    for (PoolId pool = node().first_pool; pool.valid(); pool = world_.pools[pool].next_on_node)
        known += world_.pools[pool].enis + unmanaged_enis(cni(), world_.pools[pool]);
    bool found = known < node().enis;
    for (PoolId pool = node().first_pool; pool.valid(); pool = world_.pools[pool].next_on_node) {
        for_each_eni(world_, world_.pools[pool],
                     [&](EniId, const Eni& eni) { found = found || differs(world_, eni) || !is_shown(eni); });
    }
    return found;
}

void IpamdThread::begin_reconcile() {
    Ipamd& d = daemon();
    if (is_struck(spec_, world_, FaultKind::imds_unavailable, node())) return end_reconcile(Outcome::aborted);
    d.asked = 0;
    d.card = node().first_pool;
    d.eni = EniId::none();
    if (stranger_after(EniId::none()).valid())
        return call(PoolStep::describing_strangers, Ec2Action::describe_network_interfaces);
    reconcile_next();
}

// IPAM-112: what the metadata does not list goes with its pods' assignments, were it a hundred times attached.
void IpamdThread::drop_unlisted() {
    for (PoolId pool = node().first_pool; pool.valid(); pool = world_.pools[pool].next_on_node) {
        for (EniId id = world_.pools[pool].first_eni; id.valid();) {
            const EniId next = world_.enis[id].next_in_pool;
            if (!is_shown(world_.enis[id])) {
                note_dropped(world_, turn_, world_.enis[id]);
                leave_store(world_, id);
            }
            id = next;
        }
    }
}

// IPAM-108: a failure ends the reconcile.
void IpamdThread::strangers_described(bool is_refused) {
    if (is_refused) return end_reconcile(Outcome::aborted);
    count_call(Ec2Result::success);
    set_up_next_stranger();
}

void IpamdThread::set_up_next_stranger() {
    Ipamd& d = daemon();
    d.eni = stranger_after(d.eni);
    d.tries = 0;
    if (!d.eni.valid()) return reconcile_next();
    if (world_.enis[d.eni].is_trunk) return set_up_stranger();
    call(PoolStep::tagging_stranger, Ec2Action::create_tags);
}

// IPAM-108: one that cannot be tagged is left for the next reconcile.
void IpamdThread::stranger_tagged(bool is_refused) {
    if (is_refused) {
        if (try_again(tag_backoff)) return;
        return set_up_next_stranger();
    }
    count_call(Ec2Result::success);
    tag_eni(world_, daemon().eni, EniTag::managed);
    set_up_stranger();
}

// As for an ENI of its own (IPAM-80).
void IpamdThread::set_up_stranger() {
    enter_store(world_, daemon().eni, turn_.now());
    if (cni().subnet_discovery) return call(PoolStep::testing_stranger, Ec2Action::describe_subnets);
    enter_cidrs(daemon().eni, Bars::ignored);
    set_up_next_stranger();
}

void IpamdThread::stranger_tested() {
    const EniId id = daemon().eni;
    set_excluded(world_, id, !daemon().is_refused && excludes(spec_[world_.enis[id].subnet]));
    enter_cidrs(id, Bars::ignored);
    set_up_next_stranger();
}

// IPAM-109: ENIs whose CIDRs differ, one after another, on one card after another.
void IpamdThread::reconcile_next() {
    Ipamd& d = daemon();
    for (; d.card.valid(); d.card = world_.pools[d.card].next_on_node, d.asked = 0) {
        std::uint32_t position = 0;
        for (EniId id = card().first_eni; id.valid() && position < most_asked; id = world_.enis[id].next_in_pool) {
            const std::uint32_t bit = 1U << position++;
            if ((d.asked & bit) != 0 || !is_shown(world_.enis[id]) || !differs(world_, world_.enis[id])) continue;
            d.asked |= bit;
            d.eni = id;
            return call(PoolStep::describing_eni, Ec2Action::describe_network_interfaces);
        }
    }
    // IPAM-106: metadata that has fallen silent meanwhile lists nothing, and that is no reason to drop anything.
    if (is_struck(spec_, world_, FaultKind::imds_unavailable, node())) return end_reconcile(Outcome::aborted);
    std::erase_if(world_.readopt_bars, [&](const ReadoptBar& bar) { return bar.until <= turn_.now(); });
    drop_unlisted();
    end_reconcile(Outcome::completed);
}

// IPAM-110: what is missing comes in, what is not there goes, pods or not. An ENI that EC2 does not speak of stays as
// it is.
void IpamdThread::eni_described(bool is_refused) {
    const EniId id = daemon().eni;
    if (is_refused) return reconcile_next();
    count_call(Ec2Result::success);
    const Eni eni = world_.enis[id];
    const bool uses_prefixes = world_.pools[eni.pool].uses_prefixes;
    AddressesDroppedFact fact{id_, 0, 0, 0};
    for (std::uint32_t at = eni.first_cidr; at != eni.first_cidr + static_cast<std::uint32_t>(eni.slots); ++at) {
        const EniCidr cidr = world_.cidrs[at];
        if (!cidr.in_store || cidr.on_eni) continue;
        if (cidr.is_prefix == uses_prefixes && !eni.is_excluded)
            count_states(world_, cidr, cni().cooldown, turn_.now(), fact);
        unstore_cidr(world_, id, at);
    }
    if (fact.free + fact.cooling + fact.assigned > 0) note_of_ipamd(world_, turn_, fact);
    enter_cidrs(id, Bars::observed);
    reconcile_next();
}

// Only a reconcile that was completed puts off the next one (IPAM-105, IPAM-106).
void IpamdThread::end_reconcile(Outcome outcome) {
    Ipamd& d = daemon();
    d.last_action = outcome == Outcome::completed ? turn_.now() : turn_.now() - spec_.cni_constants.reconcile_interval;
    d.step = PoolStep::resting;
    d.eni = EniId::none();
    d.may_differ = finds_differences();
    review_addresses(spec_, world_, turn_, id_);
    rest(spec_.cni_constants.pool_interval / 2);
    pool_changed(spec_, world_, turn_, id_);
}

}  // namespace eks

// How ipamd gives addresses back: single CIDRs, then whole ENIs (IPAM-90 to IPAM-98).
#include "models/systems/network/address_return.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/two_cnis.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>
#include <vector>

namespace eks {

void count_states(const World& world, const EniCidr& cidr, sim::Duration cooldown, sim::Time now,
                  AddressesDroppedFact& fact) {
    for (std::uint32_t offset = 0; offset < static_cast<std::uint32_t>(cidr.size()); ++offset) {
        const AddressRecord record = record_of(world, cidr, offset);
        ++(record.owner.valid() ? fact.assigned : is_cooling(record, cooldown, now) ? fact.cooling : fact.free);
    }
}

void note_dropped(const World& world, Turn& turn, const Eni& eni) {
    const AddressPool& pool = world.pools[eni.pool];
    AddressesDroppedFact fact{eni.node, 0, 0, 0};
    if (eni.is_excluded) return;
    for_each_stored(world, eni, [&](std::uint32_t, const EniCidr& cidr) {
        if (pool.takes(cidr)) count_states(world, cidr, cni_of(world, eni.node).cooldown, turn.now(), fact);
    });
    if (fact.free + fact.cooling + fact.assigned > 0) note_of_ipamd(world, turn, fact);
}

void IpamdThread::begin_decrease() {
    Ipamd& d = daemon();
    d.over = cidrs_to_release(state());
    d.asked = 0;
    d.decreased = true;
    release_next();
}

// IPAM-90: ENIs in random order, from each what no pod uses, cooling or not (IPAM-91), in random order too.
void IpamdThread::release_next() {
    Ipamd& d = daemon();
    for (;;) {
        std::uint32_t left = 0;
        std::uint32_t position = 0;
        for_each_eni(world_, card(), [&](EniId, const Eni&) { left |= 1U << position++; });
        left &= ~d.asked;
        if (d.over <= 0 || left == 0) return begin_freeing();
        const std::uint32_t chosen = choose_bit(Choice::release_from, left);
        d.asked |= 1U << chosen;
        d.eni = card().first_eni;
        for (std::uint32_t n = 0; n < chosen; ++n) d.eni = world_.enis[d.eni].next_in_pool;

        std::vector<std::uint32_t> freeable;
        for_each_stored(world_, world_.enis[d.eni], [&](std::uint32_t at, const EniCidr& cidr) {
            if (cidr.assigned == 0) freeable.push_back(at);
        });
        if (freeable.empty()) continue;
        const auto count = static_cast<std::size_t>(std::min<std::int64_t>(d.over, std::ssize(freeable)));
        const AddressPool& pool = card();
        const bool is_excluded = world_.enis[d.eni].is_excluded;
        AddressesDroppedFact fact{id_, 0, 0, 0};
        for (std::size_t n = 0; n < count; ++n) {
            const std::uint64_t pick = choose(Choice::release, freeable.size() - n, static_cast<std::uint32_t>(n + 1));
            std::swap(freeable[n], freeable[n + pick]);
            const EniCidr& cidr = world_.cidrs[freeable[n]];
            if (pool.takes(cidr) && !is_excluded) count_states(world_, cidr, cni().cooldown, turn_.now(), fact);
            // IPAM-92
            world_.readopt_bars.push_back({d.eni, cidr.network, turn_.now() + spec_.cni_constants.readopt_cooldown});
            unstore_cidr(world_, d.eni, freeable[n]);
        }
        d.over -= static_cast<std::int64_t>(count);
        if (fact.free + fact.cooling > 0) note_of_ipamd(world_, turn_, fact);
        return call(PoolStep::unassigning, Ec2Action::unassign_private_ip_addresses);
    }
}

// One call a kind (IPAM-81). What EC2 keeps although the daemon let go of it comes back by a reconcile.
void IpamdThread::unassigned(bool is_refused) {
    Ipamd& d = daemon();
    if (is_refused) {
        d.may_differ = true;
        return release_next();
    }
    count_call(Ec2Result::success);
    const Eni eni = world_.enis[d.eni];
    bool is_kind_chosen = false;
    bool prefixes = false;
    bool other_kind_left = false;
    std::int64_t back = 0;
    // What this pass let go of is barred longest.
    sim::Time latest = sim::Time::origin();
    for (const ReadoptBar& bar : world_.readopt_bars) {
        if (bar.eni == d.eni) latest = std::max(latest, bar.until);
    }
    std::erase_if(world_.readopt_bars, [&](const ReadoptBar& bar) {
        if (bar.eni != d.eni || bar.until != latest) return false;
        for (const bool is_prefix : {true, false}) {
            const std::uint32_t at = find_cidr(world_, eni, bar.network, is_prefix);
            if (at == no_cidr || world_.cidrs[at].in_store || !world_.cidrs[at].on_eni) continue;
            if (!is_kind_chosen) {
                is_kind_chosen = true;
                prefixes = is_prefix;
            }
            if (is_prefix != prefixes) {
                other_kind_left = true;
                return false;
            }
            revoke_cidr(world_, d.eni, at);
            back += is_prefix ? return_prefix(spec_, world_, turn_, eni.subnet, bar.network)
                              : return_address(spec_, world_, turn_, eni.subnet, bar.network);
            return true;
        }
        return false;
    });
    turn_.note(SubnetFact{eni.subnet, back});
    review_addresses(spec_, world_, turn_, id_);
    if (other_kind_left) return call(PoolStep::unassigning, Ec2Action::unassign_private_ip_addresses);
    release_next();
}

// IPAM-94, IPAM-95: at most one, if the look before the pass said so.
void IpamdThread::begin_freeing() {
    Ipamd& d = daemon();
    if (!d.card_frees || d.is_pre_scaling || is_restrained()) return next_card();
    std::vector<EniId> may_go;
    const PoolState now = state();
    for_each_eni(world_, card(), [&](EniId id, const Eni& eni) {
        if (deletable_at(world_, card(), eni, now, spec_.cni_constants.minimum_eni_age, cni().cooldown, turn_.now()) <=
            turn_.now())
            may_go.push_back(id);
    });
    if (may_go.empty()) return next_card();
    free_eni(may_go[choose(Choice::free, may_go.size())]);
}

// IPAM-97: the store forgets it before EC2 is asked.
void IpamdThread::free_eni(EniId id) {
    Ipamd& d = daemon();
    note_dropped(world_, turn_, world_.enis[id]);
    leave_store(world_, id);
    d.eni = id;
    d.undoes_creation = false;
    call(PoolStep::finding_attachment, Ec2Action::describe_network_interfaces);
}

void IpamdThread::attachment_found(bool is_refused) {
    Ipamd& d = daemon();
    if (is_refused) {
        d.may_differ = true;
        return freed();
    }
    count_call(Ec2Result::success);
    d.tries = 0;
    call(PoolStep::detaching, Ec2Action::detach_network_interface);
}

void IpamdThread::detached(bool is_refused) {
    Ipamd& d = daemon();
    if (is_refused) {
        if (try_again(detach_backoff)) return;
        d.may_differ = true;
        return freed();
    }
    count_call(Ec2Result::success);
    detach_eni(world_, d.eni);
    turn_.note(EniFact{id_, -1});
    review_addresses(spec_, world_, turn_, id_);
    d.step = PoolStep::settling;
    pause(spec_.cni_constants.delay_after_detach);
}

void IpamdThread::deleted(bool is_refused) {
    Ipamd& d = daemon();
    const EniId id = d.eni;
    if (is_refused) {
        if (try_again(delete_backoff)) return;
        leak_eni(spec_, world_, turn_, id);
        return freed();
    }
    count_call(Ec2Result::success);
    delete_from_ec2(spec_, world_, turn_, id);
    freed();
}

// The end of a free, or of the undoing of a creation that went wrong at its last step (IPAM-76).
void IpamdThread::freed() {
    Ipamd& d = daemon();
    d.eni = EniId::none();
    const bool was_creation = d.undoes_creation;
    d.undoes_creation = false;
    if (was_creation)
        increase_failed();
    else
        next_card();
}

}  // namespace eks

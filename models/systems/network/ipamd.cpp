// The pass of ipamd and what it waits with.
#include "models/spec/streams.hpp"
#include "models/systems/handlers.hpp"
#include "models/systems/network/address_store.hpp"
#include "models/systems/network/ec2_api.hpp"
#include "models/systems/network/ipamd_thread.hpp"
#include "models/systems/network/resource_controller.hpp"
#include "models/systems/signals.hpp"
#include "models/world/branch_verbs.hpp"

#include <algorithm>
#include <bit>

namespace eks {

namespace {

constexpr sim::Duration longest_backoff = sim::Duration::microseconds(60'000'000);

PoolTargets targets_of(const CniSettings& cni) {
    return {cni.warm_eni_target, cni.warm_ip_target, cni.minimum_ip_target, cni.warm_prefix_target};
}

}  // namespace

PoolState pool_state(const Spec& spec, const World& world, const Node& node, const AddressPool& pool) {
    const NodeShape& shape = spec[node.shape];
    const CniSettings& cni = cni_of(world, node);
    PoolState state;
    state.is_first_card = pool.card == 0;
    state.targets = targets_of_card(targets_of(cni), state.is_first_card);
    state.prefix_delegation = pool.uses_prefixes;
    state.skips_primary = cni.custom_networking;
    state.max_pods = shape.max_pods;
    state.max_enis = effective_max_enis(cni, shape.max_enis);
    state.prefixes_per_eni = pool.uses_prefixes ? shape.ipv4_per_eni - 1 : 0;
    state.addresses_per_eni = (shape.ipv4_per_eni - 1) * (pool.uses_prefixes ? addresses_per_prefix : 1);
    state.total = pool.total;
    state.assigned = pool.assigned;
    state.prefixes = pool.counted_prefixes;
    state.free_prefixes = pool.free_prefixes;
    state.enis = pool.enis;
    for_each_eni(world, pool, [&](EniId, const Eni& eni) { state.excluded_enis += eni.is_excluded ? 1 : 0; });
    state.unmanaged_enis = unmanaged_enis(cni, pool);
    state.awaits_trunk = state.is_first_card && awaits_trunk(spec, world, node);
    state.has_idle_eni = pool.uses_prefixes && has_freeable_eni(world, pool);
    return state;
}

// --- choices

std::uint64_t IpamdThread::key() const {
    const NodeGroup& group = spec_[shape().group];
    return group.stable_key + node().ordinal;
}

std::uint64_t IpamdThread::choose(Choice what_for, std::uint64_t bound, std::uint32_t n) {
    if (bound <= 1 || spec_.map_order == MapOrder::insertion) return 0;
    return sim::draw_below(turn_.key(),
                           {stream::eni_choice, key(), static_cast<std::uint64_t>(turn_.now().us()),
                            static_cast<std::uint32_t>(what_for) + n * 16},
                           bound);
}

std::uint32_t IpamdThread::choose_bit(Choice what_for, std::uint32_t bits) {
    std::uint64_t skip = choose(what_for, static_cast<std::uint64_t>(std::popcount(bits)));
    for (; skip > 0; --skip) bits &= bits - 1;
    return static_cast<std::uint32_t>(std::countr_zero(bits));
}

// --- waiting

void IpamdThread::call(PoolStep step, Ec2Action action) {
    Ipamd& d = daemon();
    d.step = step;
    d.call = action;
    d.attempts = 0;
    send();
}

void IpamdThread::send() {
    const Ec2Attempt attempt = attempt_call(spec_, world_, turn_, daemon().call, key());
    Ipamd& d = daemon();
    ++d.attempts;
    d.is_refused = attempt.is_refused;
    d.pauses = false;
    turn_.at(attempt.answered, PoolStepDone{id_, node().cni.serial});
}

void IpamdThread::pause(sim::Duration length) {
    Ipamd& d = daemon();
    d.is_refused = false;
    d.pauses = true;
    turn_.after(length, PoolStepDone{id_, node().cni.serial});
}

sim::Duration IpamdThread::pause_before_retry(const Backoff& backoff) {
    const std::uint32_t tries = daemon().tries;
    sim::Duration length = backoff.start;
    for (std::uint32_t n = 1; n < tries && length < longest_backoff; ++n) length = length * 2;
    length = std::min(length, longest_backoff);
    const double extra =
        backoff.jitter * sim::draw_unit(turn_.key(), {stream::address_backoff, key(),
                                                      static_cast<std::uint64_t>(turn_.now().us()), tries});
    return length + sim::Duration::microseconds(static_cast<std::int64_t>(extra * static_cast<double>(length.us())));
}

bool IpamdThread::try_again(const Backoff& backoff) {
    Ipamd& d = daemon();
    if (++d.tries >= backoff.tries) return false;
    d.attempts = 0;
    pause(pause_before_retry(backoff));
    return true;
}

void IpamdThread::count_call(Ec2Result result) { note_call(turn_, daemon().call, result); }

void IpamdThread::go_on() {
    Ipamd& d = daemon();
    if (d.step == PoolStep::waiting_for_metadata) return look_at_metadata();
    if (d.pauses) {
        if (d.step == PoolStep::settling) {
            d.tries = 0;
            return call(PoolStep::deleting, Ec2Action::delete_network_interface);
        }
        return send();
    }
    if (!d.is_refused) {
        d.retry_quota = std::min<std::int16_t>(retry_quota_full, static_cast<std::int16_t>(d.retry_quota + 1));
        return answered(false);
    }
    // IPAM-4: the SDK tries again by itself while it may.
    if (d.attempts < spec_.ec2.attempts && d.retry_quota >= retry_price) {
        d.retry_quota = static_cast<std::int16_t>(d.retry_quota - retry_price);
        return pause(sdk_pause(turn_, key(), d.attempts));
    }
    answered(true);
}

void IpamdThread::answered(bool is_refused) {
    switch (daemon().step) {
        case PoolStep::resting:
        case PoolStep::waiting_for_metadata:
        case PoolStep::settling: break;
        case PoolStep::assigning:
        case PoolStep::assigning_one: assigned_answer(is_refused); break;
        case PoolStep::reading_truth: truth_read(is_refused); break;
        case PoolStep::listing_subnets:
            if (!is_refused) count_call(Ec2Result::success);
            daemon().knows_subnets = !is_refused;
            create_in_next_subnet();
            break;
        case PoolStep::creating: created(is_refused); break;
        case PoolStep::finding_device: device_found(is_refused); break;
        case PoolStep::attaching: attached(is_refused); break;
        case PoolStep::marking: marked(is_refused); break;
        case PoolStep::testing_exclusion:
            if (!is_refused) count_call(Ec2Result::success);
            exclusion_tested();
            break;
        case PoolStep::deleting_unattached: unattached_deleted(is_refused); break;
        case PoolStep::unassigning: unassigned(is_refused); break;
        case PoolStep::finding_attachment: attachment_found(is_refused); break;
        case PoolStep::detaching: detached(is_refused); break;
        case PoolStep::deleting: deleted(is_refused); break;
        case PoolStep::describing_strangers: strangers_described(is_refused); break;
        case PoolStep::tagging_stranger: stranger_tagged(is_refused); break;
        case PoolStep::testing_stranger:
            if (!is_refused) count_call(Ec2Result::success);
            stranger_tested();
            break;
        case PoolStep::describing_eni: eni_described(is_refused); break;
        case PoolStep::assigning_ipv6_prefix: ipv6_answered(is_refused); break;
    }
}

// --- the pass

bool IpamdThread::is_restrained() const {
    return NodeRestraint{.is_cordoned = node().cordoned,
                         .manages_enis_while_cordoned = cni().manages_enis_while_cordoned,
                         .is_terminating = false}
        .holds();
}

// IPAM-62 (2): what is to be done is decided for all cards by one look.
void IpamdThread::begin_update() {
    if (may_ask_for_trunk(spec_, world_, node())) ask_for_trunk(spec_, world_, turn_, id_);  // IPAM-62 (1)
    Ipamd& d = daemon();
    d.low = d.high = d.frees = d.cards_left = 0;
    d.decreased = false;
    std::uint32_t bit = 1;
    for (PoolId pool = node().first_pool; pool.valid(); pool = world_.pools[pool].next_on_node, bit <<= 1) {
        const PoolState now = pool_state(spec_, world_, node(), world_.pools[pool]);
        d.cards_left |= bit;
        if (is_too_low(now)) d.low |= bit;
        if (is_too_high(now)) d.high |= bit;
        if (has_extra_eni(now)) d.frees |= bit;
    }
    next_card();
}

void IpamdThread::begin_pre_scaling() {
    Ipamd& d = daemon();
    d.low = d.high = d.frees = d.cards_left = 0;
    d.decreased = false;
    d.is_pre_scaling = true;
    d.init_fails = false;
    std::uint32_t bit = 1;
    for (PoolId pool = cni().provisions_nothing ? PoolId::none() : node().first_pool; pool.valid();
         pool = world_.pools[pool].next_on_node, bit <<= 1) {
        if (!is_too_low(pool_state(spec_, world_, node(), world_.pools[pool]))) continue;
        d.cards_left |= bit;
        d.low |= bit;
    }
    next_card();
}

void IpamdThread::next_card() {
    Ipamd& d = daemon();
    if (d.cards_left == 0) return end_pass();
    const std::uint32_t position = choose_bit(Choice::card, d.cards_left);
    const std::uint32_t bit = 1U << position;
    d.cards_left &= ~bit;
    d.card = node().first_pool;
    for (std::uint32_t n = 0; n < position; ++n) d.card = world_.pools[d.card].next_on_node;
    const bool was_decreased_lately =
        d.last_decrease != sim::Time::never() && turn_.now() - d.last_decrease <= spec_.cni_constants.decrease_interval;
    d.card_frees = (d.frees & bit) != 0;
    if ((d.low & bit) != 0) return begin_increase();
    if ((d.high & bit) != 0 && !was_decreased_lately) return begin_decrease();
    begin_freeing();
}

void IpamdThread::end_pass() {
    Ipamd& d = daemon();
    if (d.decreased) d.last_decrease = d.last_action = turn_.now();  // IPAM-62 (4)
    const bool was_pre_scaling = d.is_pre_scaling;
    d.is_pre_scaling = false;
    d.step = PoolStep::resting;
    if (was_pre_scaling && (d.init_fails || has_no_pod_address())) {
        stop_daemon(spec_, world_, turn_, id_, Cni::vpc_cni);
        return cni_crashed(spec_, world_, turn_, id_, Cni::vpc_cni);
    }
    rest(spec_.cni_constants.pool_interval);
    if (was_pre_scaling)
        cni_initialised(spec_, world_, turn_, id_, Cni::vpc_cni);
    else
        pool_changed(spec_, world_, turn_, id_);
}

// --- IPv6: no pool and no loop over it, but one /80 for all pods of the node (IPAM-32, IPAM-61)

void IpamdThread::begin_ipv6() {
    if (daemon().has_ipv6_prefix) return end_ipv6();
    call(PoolStep::assigning_ipv6_prefix, Ec2Action::assign_ipv6_addresses);
}

void IpamdThread::ipv6_answered(bool is_refused) {
    if (!is_refused) {
        count_call(Ec2Result::success);
        daemon().has_ipv6_prefix = true;
    }
    end_ipv6();
}

void IpamdThread::end_ipv6() {
    Ipamd& d = daemon();
    const bool is_start = !node().cni.serves;
    d.step = PoolStep::resting;
    rest(sim::Duration::zero());
    if (is_start) return cni_initialised(spec_, world_, turn_, id_, Cni::vpc_cni);
    watch_for_address(spec_, world_, turn_, id_);
    pool_changed(spec_, world_, turn_, id_);
}

// IPAM-119: what no other mode minds ends a daemon under custom networking.
bool IpamdThread::has_no_pod_address() const { return cni().custom_networking && pool_of(world_, node()).total == 0; }

// The next look comes a whole interval after the work is done (IPAM-60).
void IpamdThread::rest(sim::Duration until_next_update) {
    Ipamd& d = daemon();
    d.free_at = turn_.now() + until_next_update;
    d.phase = d.free_at.since_origin() % spec_.cni_constants.pool_interval;
}

void on(const Spec& spec, World& world, Turn& turn, const PoolStepDone& event) {
    const Node* node = world.nodes.find(event.node);
    if (node == nullptr || node->cni.serial != event.serial || node->ipamd.step == PoolStep::resting) return;
    IpamdThread(spec, world, turn, event.node).go_on();
}

}  // namespace eks

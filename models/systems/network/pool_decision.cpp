#include "models/systems/network/pool_decision.hpp"

#include <algorithm>

namespace eks::decisions {

namespace {

// What one ENI holds, added up.
struct Tally {
    EniUse use;
    std::int32_t active_total = 0;
    std::int32_t active_assigned = 0;
    std::int32_t active_cooling = 0;
    std::int32_t free_prefixes = 0;
    std::int32_t free_cidrs = 0;
};

Tally tally_of(const EniSituation& eni, bool prefix_delegation) {
    const SecondaryIps& ips = eni.secondary_ips;
    const std::int32_t held_ips = ips.assigned + ips.cooling + ips.free;
    const auto prefixes = static_cast<std::int32_t>(eni.prefixes.size());
    Tally tally;
    PrefixUse in_prefixes;
    for (const PrefixUse& prefix : eni.prefixes) {
        in_prefixes.assigned += prefix.assigned;
        in_prefixes.cooling += prefix.cooling;
        if (prefix.assigned == 0) ++tally.free_prefixes;
    }
    tally.use = {.is_primary = eni.is_primary,
                 .is_trunk = eni.is_trunk,
                 .is_efa = eni.is_efa,
                 .is_excluded = eni.is_excluded,
                 .cidrs = held_ips + prefixes,
                 .assigned = ips.assigned + in_prefixes.assigned,
                 .cooling = ips.cooling + in_prefixes.cooling};
    tally.active_total = prefix_delegation ? prefixes * addresses_per_prefix : held_ips;
    tally.active_assigned = prefix_delegation ? in_prefixes.assigned : ips.assigned;
    tally.active_cooling = prefix_delegation ? in_prefixes.cooling : ips.cooling;
    tally.free_cidrs = ips.cooling + ips.free + tally.free_prefixes;
    return tally;
}

std::vector<Tally> tallies_of(const PoolSituation& situation) {
    std::vector<Tally> tallies;
    for (const EniSituation& eni : situation.enis) tallies.push_back(tally_of(eni, situation.prefix_delegation));
    return tallies;
}

PoolState pool_of(const PoolSituation& situation, const std::vector<Tally>& tallies) {
    const bool is_first_card = situation.network_card == 0;
    PoolState pool;
    pool.targets = targets_of_card(situation.targets, is_first_card);
    pool.prefix_delegation = situation.prefix_delegation;
    pool.is_first_card = is_first_card;
    pool.skips_primary = situation.custom_networking;
    pool.max_pods = situation.max_pods;
    pool.max_enis = situation.max_eni;
    pool.addresses_per_eni = situation.max_ips_per_eni;
    pool.prefixes_per_eni = situation.max_prefixes_per_eni;
    pool.unmanaged_enis = situation.unmanaged_enis;
    pool.enis = static_cast<std::int32_t>(tallies.size());
    bool has_trunk = false;
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        const Tally& tally = tallies[i];
        pool.prefixes += static_cast<std::int32_t>(situation.enis[i].prefixes.size());
        pool.free_prefixes += tally.free_prefixes;
        has_trunk = has_trunk || tally.use.is_trunk;
        pool.has_idle_eni = pool.has_idle_eni || is_idle_and_removable(tally.use);
        if (tally.use.is_excluded) {
            ++pool.excluded_enis;
            continue;
        }
        pool.total += tally.active_total;
        pool.assigned += tally.active_assigned;
    }
    pool.prefixes = situation.total_prefixes.value_or(pool.prefixes);
    pool.awaits_trunk = is_first_card && situation.enable_pod_eni && situation.trunking_compatible && !has_trunk;
    return pool;
}

// IPAM-64, IPAM-65: the window of 120 s and the spacing of 30 s (IPAM-63) both include their ends.
bool is_within(const std::optional<sim::Duration>& since, sim::Duration window) { return since && *since <= window; }

OtherEnis others_of(const std::vector<Tally>& tallies, std::size_t eni) {
    OtherEnis others;
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        if (i == eni || tallies[i].use.is_excluded) continue;
        others.total += tallies[i].active_total;
        others.available += tallies[i].active_total - tallies[i].active_assigned;
        others.free_cidrs += tallies[i].free_cidrs;
    }
    return others;
}

// IPAM-95
std::vector<std::string> freeable_enis(const PoolSituation& situation, const PoolState& pool,
                                       const std::vector<Tally>& tallies) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        const EniUse& use = tallies[i].use;
        if (is_idle_and_removable(use) && use.cooling == 0 && situation.enis[i].age >= CniConstants{}.minimum_eni_age &&
            others_keep_enough(pool, others_of(tallies, i)))
            ids.push_back(situation.enis[i].id);
    }
    std::sort(ids.begin(), ids.end());
    return ids;
}

void decide_increase(const PoolSituation& situation, const std::vector<Tally>& tallies, PoolDecision& decision) {
    for (std::size_t i = 0; i < tallies.size(); ++i) {
        if (const std::int32_t count = cidrs_to_ask_for(decision.pool, tallies[i].use); count > 0)
            decision.existing_requests[situation.enis[i].id] = count;
    }
    decision.new_eni_request_if_refused = decision.has_room_for_eni ? decision.new_eni_resources : 0;
    if (decision.existing_requests.empty()) decision.new_eni_request = decision.new_eni_request_if_refused;
}

}  // namespace

PoolDecision pool_decision(const PoolSituation& situation) {
    constexpr CniConstants constants;
    const std::vector<Tally> tallies = tallies_of(situation);
    PoolDecision decision;
    decision.pool = pool_of(situation, tallies);
    const PoolState& pool = decision.pool;
    std::int64_t free_cidrs = 0;
    for (const Tally& tally : tallies) {
        free_cidrs += tally.free_cidrs;
        if (!tally.use.is_excluded) decision.cooling += tally.active_cooling;
    }
    decision.short_by = cidrs_short(pool);
    decision.over_by = cidrs_over(pool);
    decision.is_too_low = is_too_low(pool);
    decision.is_too_high = is_too_high(pool);
    decision.extra_prefixes = extra_prefixes(pool);
    if (pool.prefix_delegation) decision.prefixes_needed = prefixes_wanted(pool);
    decision.new_eni_resources = cidrs_for_new_eni(pool);
    decision.has_room_for_eni = has_room_for_eni(pool);
    decision.removes_extra_enis = has_extra_eni(pool);
    decision.action = pool_action(pool, !is_within(situation.since_decrease, constants.decrease_interval));

    const bool is_held = situation.restraint.holds();
    if (decision.action == PoolAction::increase && !is_held &&
        !is_within(situation.since_insufficient, constants.insufficient_cooldown))
        decide_increase(situation, tallies, decision);
    if (decision.action == PoolAction::decrease) decision.released = std::min(cidrs_to_release(pool), free_cidrs);
    if (decision.removes_extra_enis && !is_held) decision.freeable_enis = freeable_enis(situation, pool, tallies);
    return decision;
}

}  // namespace eks::decisions

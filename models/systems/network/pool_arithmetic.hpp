// What ipamd's pool loop makes of one state of one network card: how many addresses or prefixes are short or over,
// whether the pool is too low or too high, what a new ENI would come with (IPAM-40 to IPAM-51, IPAM-90). Pure functions
// of plain values; the simulation and the decision call `pool_decision` share them.
//
// A CIDR is what EC2 attaches to an ENI: a secondary address (/32), or with prefix delegation a prefix (/28).
#pragma once

#include "models/quantities.hpp"
#include "models/spec/cni_settings.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// In 64 bits, as the daemon reckons: a target may be any number.
struct PoolTargets {
    std::int64_t warm_enis = 1;
    std::int64_t warm_ips = 0;     // W; 0: not set
    std::int64_t minimum_ips = 0;  // M; 0: not set
    std::int64_t warm_prefixes = 0;

    // IPAM-40: if they are, they alone size the pool.
    constexpr bool ips_defined() const { return warm_ips != 0 || minimum_ips != 0; }
};

// IPAM-40: further network cards keep one address each, whatever is set.
constexpr PoolTargets targets_of_card(PoolTargets targets, bool is_first_card) {
    if (!is_first_card) targets.warm_ips = targets.minimum_ips = 1;
    return targets;
}

struct PoolState {
    PoolTargets targets;
    bool prefix_delegation = false;
    bool is_first_card = true;
    bool skips_primary = false;  // under custom networking no pod gets an address of the primary ENI

    std::int32_t max_pods = 0;
    std::int32_t max_enis = 0;           // IPAM-5
    std::int32_t addresses_per_eni = 0;  // maxIPsPerENI: without the primary one; with prefix delegation 16 a prefix
    std::int32_t prefixes_per_eni = 0;   // maxPrefixesPerENI; 0 without prefix delegation

    // IPAM-19: the CIDRs of the active kind on ENIs that are not excluded, cooling addresses included.
    std::int32_t total = 0;          // T
    std::int32_t assigned = 0;       // A
    std::int32_t prefixes = 0;       // the daemon's own counter, which can drift (IPAM-21, IPAM-33)
    std::int32_t free_prefixes = 0;  // IPAM-20: excluded ENIs included

    std::int32_t enis = 0;  // attached or on the way
    std::int32_t excluded_enis = 0;
    std::int32_t unmanaged_enis = 0;
    bool awaits_trunk = false;  // security groups for pods are on, the type can trunk, and no trunk is attached yet
    bool has_idle_eni = false;  // some ENI that is neither primary nor trunk nor EFA has no pods

    constexpr std::int32_t available() const { return total - assigned; }  // V
    constexpr std::int32_t cidrs_per_eni() const { return prefix_delegation ? prefixes_per_eni : addresses_per_eni; }
};

// IPAM-5: MAX_ENI counts only if it lowers the limit of the type.
constexpr std::int32_t effective_max_enis(const CniSettings& cni, std::int32_t limit_of_type) {
    return cni.max_eni >= 1 && cni.max_eni < limit_of_type ? cni.max_eni : limit_of_type;
}

// The prefixes that so many addresses, never fewer than none, take up.
constexpr std::int64_t prefixes_for(std::int64_t addresses) {
    return (addresses + addresses_per_prefix - 1) / addresses_per_prefix;
}

// IPAM-41; both 0 where the warm IP targets are not defined.
constexpr std::int64_t addresses_short(const PoolState& pool) {
    if (!pool.targets.ips_defined()) return 0;
    return std::max({pool.targets.warm_ips - pool.available(), std::int64_t{0}, pool.targets.minimum_ips - pool.total});
}
constexpr std::int64_t addresses_over(const PoolState& pool) {
    if (!pool.targets.ips_defined()) return 0;
    return std::max(std::min(pool.available() - pool.targets.warm_ips, pool.total - pool.targets.minimum_ips),
                    std::int64_t{0});
}

// IPAM-44: only the first card converts to prefixes. A further one goes on with addresses, and asks for and releases
// that many prefixes.
constexpr bool counts_prefixes(const PoolState& pool) { return pool.prefix_delegation && pool.is_first_card; }

constexpr std::int64_t cidrs_short(const PoolState& pool) {
    const std::int64_t addresses = addresses_short(pool);
    return counts_prefixes(pool) ? prefixes_for(addresses) : addresses;
}
constexpr std::int64_t cidrs_over(const PoolState& pool) {
    if (!counts_prefixes(pool) || !pool.targets.ips_defined()) return addresses_over(pool);
    const std::int64_t over_warm = pool.prefixes - prefixes_for(pool.assigned + pool.targets.warm_ips);
    const std::int64_t over_minimum = pool.prefixes - prefixes_for(pool.targets.minimum_ips);
    return std::max(std::min({std::int64_t{pool.free_prefixes}, over_warm, over_minimum}), std::int64_t{0});
}

// Free prefixes beyond the warm target, whether or not it is the one that counts.
constexpr std::int64_t extra_prefixes(const PoolState& pool) {
    if (!pool.prefix_delegation) return 0;
    return std::max(pool.free_prefixes - pool.targets.warm_prefixes, std::int64_t{0});
}

// IPAM-45
constexpr bool is_too_low(const PoolState& pool) {
    if (pool.total >= pool.max_pods) return false;
    if (pool.targets.ips_defined()) return cidrs_short(pool) > 0;
    const std::int64_t target = pool.prefix_delegation ? pool.targets.warm_prefixes : pool.targets.warm_enis;
    const std::int64_t unit = pool.prefix_delegation ? addresses_per_prefix : pool.addresses_per_eni;
    return pool.available() < unit * target || (target == 0 && pool.available() == 0);
}

// IPAM-47
constexpr bool is_too_high(const PoolState& pool) {
    return pool.targets.ips_defined() ? cidrs_over(pool) > 0 : extra_prefixes(pool) > 0;
}

// IPAM-48
constexpr bool has_extra_eni(const PoolState& pool) {
    if (pool.targets.ips_defined()) return true;
    const std::int64_t target = pool.prefix_delegation ? pool.targets.warm_prefixes : pool.targets.warm_enis;
    if (pool.available() >= (target + 1) * pool.addresses_per_eni) return true;
    return pool.prefix_delegation && pool.has_idle_eni;
}

// IPAM-49
constexpr std::int64_t prefixes_wanted(const PoolState& pool) {
    const std::int64_t wanted =
        pool.targets.ips_defined() ? cidrs_short(pool) : pool.targets.warm_prefixes - pool.free_prefixes;
    return std::max(wanted, std::int64_t{1});
}

// IPAM-50: the CIDRs that a new ENI is made with; 0: none is made. No ENI takes more than its limit, and so no request
// for an existing one does (IPAM-66, IPAM-67).
constexpr std::int32_t cidrs_for_new_eni(const PoolState& pool) {
    const std::int64_t most = pool.cidrs_per_eni();
    const std::int64_t wanted = pool.prefix_delegation       ? prefixes_wanted(pool)
                                : pool.targets.ips_defined() ? cidrs_short(pool)
                                                             : most;
    return static_cast<std::int32_t>(std::min(wanted, most));
}
constexpr std::int32_t cidrs_for_existing_eni(const PoolState& pool) { return cidrs_for_new_eni(pool); }

// IPAM-51: excluded ENIs count on both sides, as in the daemon.
constexpr bool has_room_for_eni(const PoolState& pool) {
    return pool.enis - pool.excluded_enis <
           pool.max_enis - pool.unmanaged_enis - (pool.awaits_trunk ? 1 : 0) - pool.excluded_enis;
}

// IPAM-90: the most CIDRs that a decrease lets go of.
constexpr std::int64_t cidrs_to_release(const PoolState& pool) {
    return pool.targets.ips_defined() ? cidrs_over(pool) : extra_prefixes(pool);
}

}  // namespace eks

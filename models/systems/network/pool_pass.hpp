// What one pass of ipamd's pool loop would ask of EC2: increase, decrease or neither, which ENIs may be filled
// (IPAM-62 to IPAM-67) and which one may be freed (IPAM-95). Says what the state allows; the order in which the daemon
// goes through ENIs is its own.
#pragma once

#include "models/systems/network/pool_arithmetic.hpp"

#include <cstdint>

namespace eks {

enum class PoolAction : std::uint8_t { none, increase, decrease };

// IPAM-62: a pool that is too low is not lowered, and lowering is spaced (IPAM-63).
constexpr PoolAction pool_action(const PoolState& pool, bool may_decrease_now) {
    if (is_too_low(pool)) return PoolAction::increase;
    return is_too_high(pool) && may_decrease_now ? PoolAction::decrease : PoolAction::none;
}

// What keeps a node from asking for more, and from freeing ENIs (IPAM-64, IPAM-93).
struct NodeRestraint {
    bool is_cordoned = false;
    bool manages_enis_while_cordoned = false;
    bool is_terminating = false;

    constexpr bool holds() const { return is_terminating || (is_cordoned && !manages_enis_while_cordoned); }
};

// An ENI of the card as these decisions see it.
struct EniUse {
    bool is_primary = false;
    bool is_trunk = false;
    bool is_efa = false;
    bool is_excluded = false;
    std::int32_t cidrs = 0;     // of both kinds
    std::int32_t assigned = 0;  // addresses, of both kinds
    std::int32_t cooling = 0;   // the same
};

// IPAM-66, IPAM-67: the CIDRs that a pass asks for first on this ENI; 0: it is none to be filled.
constexpr std::int32_t cidrs_to_ask_for(const PoolState& pool, const EniUse& eni) {
    if (eni.is_trunk || eni.is_excluded || (eni.is_primary && pool.skips_primary)) return 0;
    return std::max(std::min(pool.cidrs_per_eni() - eni.cidrs, cidrs_for_existing_eni(pool)), 0);
}

// What the other ENIs of a card, those that are not excluded, hold among them.
struct OtherEnis {
    std::int64_t total = 0;       // addresses of the active kind
    std::int64_t available = 0;   // of these without a pod, cooling ones included
    std::int64_t free_cidrs = 0;  // of either kind, without a pod
};

// IPAM-95, tests 5 to 7. WARM_PREFIX_TARGET counts here even if it does not size the pool (IPAM-96).
constexpr bool others_keep_enough(const PoolState& pool, const OtherEnis& others) {
    const auto rounded = [&](std::int64_t target) {
        return pool.prefix_delegation ? prefixes_for(target) * addresses_per_prefix : target;
    };
    const PoolTargets& targets = pool.targets;
    return (targets.warm_ips == 0 || others.available >= rounded(targets.warm_ips)) &&
           (targets.minimum_ips == 0 || others.total >= rounded(targets.minimum_ips)) &&
           (!pool.prefix_delegation || targets.warm_prefixes == 0 || others.free_cidrs >= targets.warm_prefixes);
}

// IPAM-95, the tests that neither time nor the other ENIs have a say in.
constexpr bool is_idle_and_removable(const EniUse& eni) {
    return !eni.is_primary && !eni.is_trunk && !eni.is_efa && eni.assigned == 0;
}

}  // namespace eks

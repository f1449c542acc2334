// What ipamd's pool loop decides in one state, in secondary-address mode: pure functions of plain values (IPAM-40 to
// IPAM-51).
#pragma once

#include "models/spec/cni_settings.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// The state of one node's store as the arithmetic sees it.
struct PoolState {
    std::int32_t total = 0;     // TotalIPs T, cooling ones included (IPAM-19)
    std::int32_t assigned = 0;  // A
    std::int32_t max_pods = 0;
    std::int32_t enis = 0;               // attached or on the way
    std::int32_t max_enis = 0;           // IPAM-5
    std::int32_t addresses_per_eni = 0;  // maxIPsPerENI: without the primary one

    constexpr std::int32_t available() const { return total - assigned; }
};

// IPAM-5: MAX_ENI counts only if it lowers the limit of the type.
constexpr std::int32_t effective_max_enis(const CniSettings& cni, std::int32_t limit_of_type) {
    return cni.max_eni >= 1 && cni.max_eni < limit_of_type ? cni.max_eni : limit_of_type;
}

// IPAM-41; both 0 where the warm IP targets are not defined.
constexpr std::int32_t addresses_short(const CniSettings& cni, const PoolState& pool) {
    if (!cni.warm_ip_targets_defined()) return 0;
    return std::max({cni.warm_ip_target - pool.available(), 0, cni.minimum_ip_target - pool.total});
}
constexpr std::int32_t addresses_over(const CniSettings& cni, const PoolState& pool) {
    if (!cni.warm_ip_targets_defined()) return 0;
    const std::int32_t over = std::max(pool.available() - cni.warm_ip_target, 0);
    return std::max(std::min(over, pool.total - cni.minimum_ip_target), 0);
}

// What so many whole ENIs hold. In 64 bits, as the daemon reckons: a target may be any number.
constexpr std::int64_t warm_addresses(std::int64_t whole_enis, const PoolState& pool) {
    return whole_enis * pool.addresses_per_eni;
}

// IPAM-45
constexpr bool is_too_low(const CniSettings& cni, const PoolState& pool) {
    if (pool.total >= pool.max_pods) return false;
    if (cni.warm_ip_targets_defined()) return addresses_short(cni, pool) > 0;
    return pool.available() < warm_addresses(cni.warm_eni_target, pool) ||
           (cni.warm_eni_target == 0 && pool.available() == 0);
}

// IPAM-47
constexpr bool is_too_high(const CniSettings& cni, const PoolState& pool) {
    return cni.warm_ip_targets_defined() && addresses_over(cni, pool) > 0;
}

// IPAM-48
constexpr bool has_extra_eni(const CniSettings& cni, const PoolState& pool) {
    return cni.warm_ip_targets_defined() ||
           pool.available() >= warm_addresses(std::int64_t{cni.warm_eni_target} + 1, pool);
}

// IPAM-50: addresses that a new ENI is made with; 0: none is made.
constexpr std::int32_t addresses_for_new_eni(const CniSettings& cni, const PoolState& pool) {
    return cni.warm_ip_targets_defined() ? std::min(addresses_short(cni, pool), pool.addresses_per_eni)
                                         : pool.addresses_per_eni;
}

// IPAM-66: addresses wanted from an ENI that has room.
constexpr std::int32_t addresses_for_existing_eni(const CniSettings& cni, const PoolState& pool) {
    return cni.warm_ip_targets_defined() ? addresses_short(cni, pool) : pool.addresses_per_eni;
}

// IPAM-51, with neither unmanaged nor trunk nor excluded ENIs.
constexpr bool has_room_for_eni(const PoolState& pool) { return pool.enis < pool.max_enis; }

// IPAM-95, tests 5 and 6: what the other ENIs of the node keep among them.
constexpr bool others_keep_enough(const CniSettings& cni, std::int32_t others_available, std::int32_t others_total) {
    return (cni.warm_ip_target == 0 || others_available >= cni.warm_ip_target) &&
           (cni.minimum_ip_target == 0 || others_total >= cni.minimum_ip_target);
}

}  // namespace eks

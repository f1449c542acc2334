#include "models/catalog/max_pods.hpp"

#include <algorithm>

namespace eks {

namespace pod_formulas {
namespace {

// Every formula has this form. Absurd limits, which an imported file may hold, are no reason to overflow.
int pods_on(std::int64_t enis, std::int64_t ipv4_per_eni, std::int64_t addresses_per_slot,
            std::int64_t without_address) {
    constexpr std::int64_t pods_max = 1'000'000;
    const std::int64_t interfaces = std::clamp<std::int64_t>(enis, 0, 1000);
    const std::int64_t slots = std::clamp<std::int64_t>(ipv4_per_eni - 1, 0, 1000);
    return static_cast<int>(
        std::clamp<std::int64_t>(interfaces * slots * addresses_per_slot + without_address, 0, pods_max));
}

bool are_known(EniLimits limits) { return limits.max_enis > 0 && limits.ipv4_per_eni > 0; }

}  // namespace
}  // namespace pod_formulas

int max_pods_nodeadm(EniLimits limits) {
    if (!pod_formulas::are_known(limits)) return max_pods_fallback;
    return pod_formulas::pods_on(limits.max_enis, limits.ipv4_per_eni, 1, host_network_daemons);
}

MaxPodsCalculation calculation_for(const InstanceType& type) {
    MaxPodsCalculation calculation;
    calculation.limits = eni_limits_of(type);
    calculation.vcpus = type.vcpus;
    calculation.nitro = type.hypervisor == Hypervisor::nitro;
    return calculation;
}

int max_pods_calculator(const MaxPodsCalculation& calculation) {
    int enis = calculation.limits.max_enis;
    if (calculation.cni_max_eni) enis = std::min(enis, *calculation.cni_max_eni);
    if (calculation.custom_networking) enis -= 1;
    const bool prefixes = calculation.prefix_delegation && calculation.nitro && calculation.cni_has_prefixes;
    const int pods = pod_formulas::pods_on(enis, calculation.limits.ipv4_per_eni, prefixes ? addresses_per_prefix : 1,
                                           host_network_daemons);
    if (calculation.without_ceiling) return pods;
    return std::min(pods, calculation.vcpus <= vcpus_small_max ? max_pods_ceiling_small : max_pods_ceiling_large);
}

int max_pods_managed_node_group(std::span<const MaxPodsCalculation> types) {
    if (types.empty()) return max_pods_fallback;
    int smallest = max_pods_ceiling_large;
    for (const MaxPodsCalculation& type : types) smallest = std::min(smallest, max_pods_calculator(type));
    return smallest;
}

int max_pods_karpenter(EniLimits limits, int vcpus, const KarpenterMaxPods& settings) {
    int pods = max_pods_fallback;
    if (settings.max_pods) {
        pods = *settings.max_pods;
    } else if (settings.eni_limited_density) {
        const int enis = limits.max_enis - settings.reserved_enis - settings.efa_only_enis_on_card_0;
        pods = enis <= 0 ? 0 : pod_formulas::pods_on(enis, limits.ipv4_per_eni, 1, host_network_daemons);
    }
    if (settings.pods_per_core && *settings.pods_per_core > 0) {
        const std::int64_t by_core = std::int64_t{*settings.pods_per_core} * vcpus;
        pods = static_cast<int>(std::min<std::int64_t>(pods, by_core));
    }
    return pods;
}

int pod_address_capacity(EniLimits limits, const AddressUse& use) {
    int enis = limits.max_enis;
    if (use.max_eni) enis = std::min(enis, *use.max_eni);
    enis -= use.first_interface_index;
    return pod_formulas::pods_on(enis, limits.ipv4_per_eni, use.prefix_delegation ? addresses_per_prefix : 1,
                                 -use.addresses_for_agent);
}

int pods_without_address(int max_pods, int address_capacity, int host_network_pods) {
    return std::max(max_pods - host_network_pods - address_capacity, 0);
}

}  // namespace eks

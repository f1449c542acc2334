#include "models/catalog/max_pods.hpp"

#include <algorithm>
#include <limits>

namespace eks {

namespace pod_formulas {
namespace {

// Every formula has this form. Absurd limits, which an imported file may hold, are no reason to overflow.
MaxPods pods_on(std::int64_t enis, std::int64_t ipv4_per_eni, int addresses_per_slot, int without_address) {
    constexpr std::int64_t pods_max = 1'000'000;
    MaxPods made;
    made.enis = static_cast<int>(std::clamp<std::int64_t>(enis, 0, 1000));
    made.slots_per_eni = static_cast<int>(std::clamp<std::int64_t>(ipv4_per_eni - 1, 0, 1000));
    made.addresses_per_slot = addresses_per_slot;
    made.without_address = without_address;
    const std::int64_t addresses = std::int64_t{made.enis} * made.slots_per_eni * addresses_per_slot;
    made.before_ceiling = static_cast<int>(std::clamp<std::int64_t>(addresses + without_address, 0, pods_max));
    made.pods = made.before_ceiling;
    return made;
}

MaxPods just(int pods) {
    MaxPods made;
    made.before_ceiling = made.pods = pods;
    return made;
}

void lower_to(MaxPods& made, std::int64_t ceiling) {
    made.pods = static_cast<int>(std::min<std::int64_t>(made.before_ceiling, ceiling));
    made.ceiling = static_cast<int>(std::min<std::int64_t>(ceiling, std::numeric_limits<int>::max()));
}

bool are_known(EniLimits limits) { return limits.max_enis > 0 && limits.ipv4_per_eni > 0; }

}  // namespace
}  // namespace pod_formulas

MaxPods nodeadm_arithmetic(EniLimits limits) {
    if (!pod_formulas::are_known(limits)) return pod_formulas::just(max_pods_fallback);
    return pod_formulas::pods_on(limits.max_enis, limits.ipv4_per_eni, 1, host_network_daemons);
}
int max_pods_nodeadm(EniLimits limits) { return nodeadm_arithmetic(limits).pods; }

MaxPodsCalculation calculation_for(const InstanceType& type) {
    MaxPodsCalculation calculation;
    calculation.limits = eni_limits_of(type);
    calculation.vcpus = type.vcpus;
    calculation.nitro = type.hypervisor == Hypervisor::nitro;
    return calculation;
}

MaxPods calculator_arithmetic(const MaxPodsCalculation& calculation) {
    int enis = calculation.limits.max_enis;
    if (calculation.cni_max_eni) enis = std::min(enis, *calculation.cni_max_eni);
    if (calculation.custom_networking) enis -= 1;
    const bool prefixes = calculation.prefix_delegation && calculation.nitro && calculation.cni_has_prefixes;
    MaxPods made = pod_formulas::pods_on(enis, calculation.limits.ipv4_per_eni, prefixes ? addresses_per_prefix : 1,
                                         host_network_daemons);
    if (!calculation.without_ceiling) pod_formulas::lower_to(made, max_pods_ceiling(calculation.vcpus));
    return made;
}
int max_pods_calculator(const MaxPodsCalculation& calculation) { return calculator_arithmetic(calculation).pods; }

int max_pods_managed_node_group(std::span<const MaxPodsCalculation> types) {
    if (types.empty()) return max_pods_fallback;
    int smallest = max_pods_ceiling_large;
    for (const MaxPodsCalculation& type : types) smallest = std::min(smallest, max_pods_calculator(type));
    return smallest;
}

MaxPods karpenter_arithmetic(EniLimits limits, int vcpus, const KarpenterMaxPods& settings) {
    MaxPods made = pod_formulas::just(max_pods_fallback);
    if (settings.max_pods) {
        made = pod_formulas::just(*settings.max_pods);
    } else if (settings.eni_limited_density) {
        const int enis = limits.max_enis - settings.reserved_enis - settings.efa_only_enis_on_card_0;
        made = enis <= 0 ? pod_formulas::just(0)
                         : pod_formulas::pods_on(enis, limits.ipv4_per_eni, 1, host_network_daemons);
    }
    if (settings.pods_per_core && *settings.pods_per_core > 0)
        pod_formulas::lower_to(made, std::int64_t{*settings.pods_per_core} * vcpus);
    return made;
}
int max_pods_karpenter(EniLimits limits, int vcpus, const KarpenterMaxPods& settings) {
    return karpenter_arithmetic(limits, vcpus, settings).pods;
}

MaxPods address_arithmetic(EniLimits limits, const AddressUse& use) {
    int enis = limits.max_enis;
    if (use.max_eni) enis = std::min(enis, *use.max_eni);
    enis -= use.first_interface_index;
    return pod_formulas::pods_on(enis, limits.ipv4_per_eni, use.prefix_delegation ? addresses_per_prefix : 1,
                                 -use.addresses_for_agent);
}
int pod_address_capacity(EniLimits limits, const AddressUse& use) { return address_arithmetic(limits, use).pods; }

MaxPods cilium_arithmetic(EniLimits limits, const AddressUse& use) {
    MaxPods made = address_arithmetic(limits, use);
    made.without_address += host_network_daemons;
    made.pods = made.before_ceiling = made.pods + host_network_daemons;
    return made;
}
int max_pods_cilium(EniLimits limits, const AddressUse& use) { return cilium_arithmetic(limits, use).pods; }

int pods_without_address(int max_pods, int address_capacity, int host_network_pods) {
    return std::max(max_pods - host_network_pods - address_capacity, 0);
}

}  // namespace eks

// How many pods a node accepts, and how many of them can get an address: two numbers that nobody compares on a real
// cluster.
//
// The first is the kubelet's maxPods, which each way of making nodes computes by a formula of its own; the second
// follows from the interfaces of the instance type and the settings of the CNI. Pure functions of plain numbers: the
// node systems, the sizing and the decision call `max_pods` all use these. It stands beside the catalogue, below spec.
#pragma once

#include "models/catalog/instance_type.hpp"
#include "models/quantities.hpp"

#include <optional>
#include <span>

namespace eks {

// What the kubelet takes without any other word (KUBELET-21), and what EKS falls back to for an unknown type
// (IPAM-180).
inline constexpr int max_pods_fallback = 110;
// The CNI and kube-proxy run in the host's network and need no address: the "+2" of all formulas (IPAM-181).
inline constexpr int host_network_daemons = 2;
// Ceilings of the calculator and of managed node groups (IPAM-182, IPAM-183).
inline constexpr int max_pods_ceiling_small = 110;
inline constexpr int max_pods_ceiling_large = 250;
inline constexpr int vcpus_small_max = 30;
constexpr int max_pods_ceiling(int vcpus) {
    return vcpus <= vcpus_small_max ? max_pods_ceiling_small : max_pods_ceiling_large;
}

// The interface limits of a type, of its default network card.
struct EniLimits {
    int max_enis = 0;
    int ipv4_per_eni = 0;  // with the interface's own primary address
};

inline EniLimits eni_limits_of(const InstanceType& type) { return {type.max_enis, type.ipv4_per_eni}; }

// Whether the CNI may hand out prefixes on this type: Nitro, or bare metal.
inline bool takes_prefixes(const InstanceType& type) { return type.hypervisor == Hypervisor::nitro || type.bare_metal; }

// The number that a formula gives, with what it is made of, so that it can be explained:
//     before_ceiling = enis x slots_per_eni x addresses_per_slot + without_address
//     pods           = the smaller of before_ceiling and ceiling
// Where something else decides (an unknown type, a number set by hand), the parts are zero and before_ceiling is that.
struct MaxPods {
    int enis = 0;                // that carry pods
    int slots_per_eni = 0;       // without the interface's own address
    int addresses_per_slot = 1;  // 16 where a slot takes a prefix
    int without_address = 0;     // pods of the host's network, or less than zero for addresses that no pod gets
    int before_ceiling = 0;
    std::optional<int> ceiling = {};
    int pods = 0;
};

// nodeadm and bootstrap.sh, so every self-managed node: ENIs x (addresses - 1) + 2, without a ceiling (IPAM-180).
// Limits that are not known (zero) give the fallback.
MaxPods nodeadm_arithmetic(EniLimits limits);
int max_pods_nodeadm(EniLimits limits);

// The arguments of max-pods-calculator.sh (IPAM-182).
struct MaxPodsCalculation {
    EniLimits limits;
    int vcpus = 0;
    bool nitro = false;
    std::optional<int> cni_max_eni = {};
    bool custom_networking = false;  // the primary interface then carries no pods
    bool prefix_delegation = false;
    bool cni_has_prefixes = true;  // VPC CNI 1.9 and later
    bool without_ceiling = false;  // --show-max-allowed
};

// The calculation for a type with everything else at its default.
MaxPodsCalculation calculation_for(const InstanceType& type);

MaxPods calculator_arithmetic(const MaxPodsCalculation& calculation);
int max_pods_calculator(const MaxPodsCalculation& calculation);

// A managed node group without an AMI of its own: the calculator with its ceilings, and the smallest over the group's
// instance types (IPAM-183). A group without types gives the fallback.
int max_pods_managed_node_group(std::span<const MaxPodsCalculation> types);

// Karpenter's settings that bear on pods (IPAM-185).
struct KarpenterMaxPods {
    std::optional<int> max_pods = {};       // kubelet.maxPods of the node class
    std::optional<int> pods_per_core = {};  // kubelet.podsPerCore
    int reserved_enis = 0;                  // RESERVED_ENIS: with custom networking the user must set 1
    int efa_only_enis_on_card_0 = 0;
    bool eni_limited_density = true;  // of the AMI family: true for AL2, AL2023 and Bottlerocket
};

// What Karpenter believes a node to take. It knows nothing of prefix delegation.
MaxPods karpenter_arithmetic(EniLimits limits, int vcpus, const KarpenterMaxPods& settings);
int max_pods_karpenter(EniLimits limits, int vcpus, const KarpenterMaxPods& settings);

// How the CNI uses the interfaces; the address capacity follows.
struct AddressUse {
    int first_interface_index =
        0;  // interfaces below it carry no pods: 1 for custom networking, and Cilium's setting (IPAM-341)
    std::optional<int> max_eni = {};  // MAX_ENI
    bool prefix_delegation = false;
    int addresses_for_agent = 0;  // Cilium's router and health check take one each (IPAM-339)
};

// How many pods of the pod network can have an address on the node (IPAM-181, IPAM-341), never below zero.
MaxPods address_arithmetic(EniLimits limits, const AddressUse& use);
int pod_address_capacity(EniLimits limits, const AddressUse& use);

// As many pods as a node of Cilium's ENI mode can serve: its addresses (IPAM-302, max-allocate) less those of the
// agent, and the daemons that need none. Nothing on the node computes it; with a first-interface-index above 0 the
// number of nodeadm is larger (IPAM-341), and whoever knows sets maxPods to this.
MaxPods cilium_arithmetic(EniLimits limits, const AddressUse& use);
int max_pods_cilium(EniLimits limits, const AddressUse& use);

// How many pods that a node may accept would stay without an address (IPAM-186): they are bound and then wait in
// ContainerCreating. `host_network_pods` are those among max_pods that need none. Zero where there is no danger.
int pods_without_address(int max_pods, int address_capacity, int host_network_pods = host_network_daemons);

}  // namespace eks

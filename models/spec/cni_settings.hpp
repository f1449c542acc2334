// How the VPC CNI keeps its pool of addresses: the environment of the aws-node DaemonSet, made effective (IPAM-1,
// IPAM-2).
#pragma once

#include "libsim/time.hpp"
#include "models/spec/eni_tag.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// A range to which pods go with their own addresses.
struct SnatExclusion {
    std::uint32_t first_address = 0;
    std::int32_t prefix_length = 0;
    friend constexpr bool operator==(const SnatExclusion&, const SnatExclusion&) = default;
};

struct CniSettings {
    std::int32_t warm_eni_target = 1;
    std::int32_t warm_ip_target = 0;     // 0: not set
    std::int32_t minimum_ip_target = 0;  // 0: not set
    std::int32_t warm_prefix_target = 0;
    std::int32_t max_eni = -1;  // used only if 1 <= MAX_ENI < limit of the type
    sim::Duration cooldown = sim::Duration::microseconds(30'000'000);
    bool prefix_delegation = false;
    bool subnet_discovery = true;
    bool custom_networking = false;  // AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG
    bool pod_enis = false;           // ENABLE_POD_ENI: security groups for pods
    sim::Duration branch_eni_cooldown =
        sim::Duration::microseconds(60'000'000);    // of the resource controller, IPAM-157
    bool multi_nic = false;                         // ENABLE_MULTI_NIC: a store for each network card
    bool ipv6 = false;                              // ENABLE_IPv6: a /80 of the node's own
    bool manages_enis_while_cordoned = false;       // AWS_MANAGE_ENIS_NON_SCHEDULABLE
    bool provisions_nothing = false;                // DISABLE_NETWORK_RESOURCE_PROVISIONING or ENABLE_IMDS_ONLY_MODE
    bool sweeps_leaked_enis = true;                 // unless DISABLE_LEAKED_ENI_CLEANUP
    bool external_snat = false;                     // AWS_VPC_K8S_CNI_EXTERNALSNAT
    bool is_strict_with_pod_groups = true;          // POD_SECURITY_GROUP_ENFORCING_MODE
    bool returns_replies = true;                    // since 1.8.0: replies leave by the ENI that they belong to
    std::vector<SnatExclusion> excluded_from_snat;  // AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS
    bool manages_untagged_enis = true;              // MANAGE_UNTAGGED_ENI, IPAM-152
    bool knows_tags = true;                         // unless ENABLE_IMDS_ONLY_MODE
    bool asks_policy_agent = false;                 // NETWORK_POLICY_ENFORCING_MODE is set, IPAM-172

    // IPAM-40
    constexpr bool warm_ip_targets_defined() const { return warm_ip_target != 0 || minimum_ip_target != 0; }
    friend bool operator==(const CniSettings&, const CniSettings&) = default;
};

// IPAM-152: whether the CNI leaves an ENI alone. In IMDS-only mode it sees no tags, and so regards all as its own.
constexpr bool is_unmanaged(const CniSettings& cni, EniTag tag) {
    return cni.knows_tags && (tag == EniTag::no_manage || (tag == EniTag::untagged && !cni.manages_untagged_enis));
}

// Fixed times of the daemon, IPAM-2.
struct CniConstants {
    sim::Duration pool_interval = sim::Duration::microseconds(5'000'000);
    sim::Duration reconcile_interval = sim::Duration::microseconds(60'000'000);
    sim::Duration readopt_cooldown = sim::Duration::microseconds(60'000'000);  // ipReconcileCooldown
    sim::Duration minimum_eni_age = sim::Duration::microseconds(60'000'000);
    sim::Duration decrease_interval = sim::Duration::microseconds(30'000'000);
    sim::Duration insufficient_cooldown = sim::Duration::microseconds(120'000'000);
    sim::Duration delay_after_detach = sim::Duration::microseconds(2'000'000);
    sim::Duration excluded_clean_up = sim::Duration::microseconds(5'000'000);  // IPAM-33
    friend constexpr bool operator==(const CniConstants&, const CniConstants&) = default;
};

}  // namespace eks

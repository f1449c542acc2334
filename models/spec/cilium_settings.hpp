// How Cilium keeps a node's addresses in ENI mode: what its operator and agent are told by flags and by the IPAM part
// of each CiliumNode object (IPAM-301, IPAM-302).
#pragma once

#include "libsim/distribution.hpp"
#include "libsim/time.hpp"
#include "models/spec/indices.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// Who gives pods their addresses. `both`: on some nodes each of the two takes all ENIs for its own (IPAM-354).
enum class CniKind : std::uint8_t { vpc_cni, cilium_eni, both };

struct CiliumSettings {
    std::int32_t version_minor = 18;  // of 1.x; excess is reckoned by version (IPAM-312)
    std::int32_t pre_allocate = 0;    // 0: 8, or all that the node can hold if that is less
    std::int32_t min_allocate = 0;
    std::int32_t max_allocate = 0;  // 0: all that the node can hold
    std::int32_t max_above_watermark = 0;
    std::int32_t first_interface_index = 0;
    bool prefix_delegation = false;
    bool releases_excess = false;
    bool removes_taints = true;        // remove-cilium-node-taints (IPAM-350)
    bool sets_taints = true;           // set-cilium-node-taints, as the chart has it (IPAM-350)
    bool replaces_kube_proxy = false;  // kubeProxyReplacement (IPAM-357)
    bool checks_health = true;         // the health endpoint takes an address of the node (IPAM-339)
    sim::Duration release_delay = sim::Duration::microseconds(180'000'000);
    std::int32_t parallel_workers = 50;
    std::int32_t api_qps = 4;
    std::int32_t api_burst = 20;
    sim::Duration resync_interval = sim::Duration::microseconds(60'000'000);       // IPAM-320
    sim::Duration node_update_interval = sim::Duration::microseconds(15'000'000);  // IPAM-336
    sim::Duration start_look_interval = sim::Duration::microseconds(5'000'000);    // IPAM-335
    std::vector<SubnetIx> subnets;  // where ENIs may be made; empty: IPAM-326 decides
    WorkloadIx operator_workload;   // whose pods are the operator; none: it always runs
    WorkloadIx agent_workload;      // whose pods are the agents; none: they run on every node
    // From the attachment of an ENI to its link on the host, which an agent that starts waits for (IPAM-335). Up to 5 s
    // were seen (IPAM-566); where nothing is said it is there at once.
    sim::Duration eni_link;
    // Parts of CNI ADD that nobody documents (IPAM-340).
    sim::Distribution new_identity;  // for the first pod of a set of labels
    sim::Distribution regeneration;

    friend bool operator==(const CiliumSettings&, const CiliumSettings&) = default;
};

// IPAM-339: what the agent takes for itself, one address for the router and one for health checks.
constexpr std::int32_t cilium_own_addresses(const CiliumSettings& settings) { return settings.checks_health ? 2 : 1; }

// The defaults, with the laws that need computing: uniform over the ranges of IPAM-340, which are guesses.
CiliumSettings default_cilium_settings();

}  // namespace eks

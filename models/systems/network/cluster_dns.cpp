// What follows when pods that others wait for become ready, or are ready no longer: the servers of the cluster's DNS,
// and Cilium's agents where they are chained behind the VPC CNI.
#include "models/world/cluster_dns.hpp"

#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

void readiness_changed(const Spec& spec, World& world, Turn& turn, const Pod& pod, std::int32_t change) {
    const bool is_server = std::ranges::find(spec.dns.servers, pod.workload) != spec.dns.servers.end();
    if (is_server && change > 0) names_answered_again(spec, world, turn);
    // IPAM-353: a chained agent gives no addresses, so that all there is of it is its pod (IPAM-350).
    if (pod.workload == spec.cilium.agent_workload && spec.cni_kind == CniKind::vpc_cni)
        cilium::agent_is_ready(spec, world, turn, pod.node, change > 0);
}

}  // namespace eks

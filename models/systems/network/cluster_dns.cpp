// What follows when pods that others wait for become ready, or are ready no longer: the servers of the cluster's DNS,
// and Cilium's agents where they are chained behind the VPC CNI.
#include "models/world/cluster_dns.hpp"

#include "models/systems/network/cilium_operator.hpp"
#include "models/systems/signals.hpp"

#include <algorithm>

namespace eks {

namespace {

// DPC-55: without kube-proxy its rules stay, and nobody keeps them up to date.
void proxy_changed(const Spec& spec, World& world, NodeId node, sim::Time now, std::int32_t change) {
    ServiceRules& rules = world.nodes[node].services;
    rules.are_kept = change > 0;
    rules.are_written = true;
    if (rules.are_kept) return;
    rules.kept_until = now;
    rules.dns_servers = 0;
    for (const WorkloadIx server : spec.dns.servers) rules.dns_servers += world[server].ready;
}

}  // namespace

void readiness_changed(const Spec& spec, World& world, Turn& turn, const Pod& pod, std::int32_t change) {
    const bool is_server = std::ranges::find(spec.dns.servers, pod.workload) != spec.dns.servers.end();
    if (is_server && change > 0) names_answered_again(spec, world, turn);
    if (is_server || pod.workload == spec.dns.node_cache) dns_changes(spec, world, turn);
    if (pod.workload == spec.dns.kube_proxy) {
        proxy_changed(spec, world, pod.node, turn.now(), change);
        service_handling_changes(spec, world, turn, pod.node);
        dns_changes(spec, world, turn);
    }
    const auto is_own = [&](const auto& scaler) { return scaler.pods == pod.workload; };
    if (std::ranges::any_of(spec.dns.scalers, is_own) ||
        std::ranges::any_of(spec.pod_scaling.proportional_vertical, is_own) || pod.workload == spec.karpenter.pods ||
        pod.workload == spec.cluster_autoscaler.pods || pod.workload == spec.descheduler.pods)
        cluster_size_changes(spec, world, turn);
    // IPAM-353: a chained agent gives no addresses, so that all there is of it is its pod (IPAM-350).
    if (pod.workload == spec.cilium.agent_workload && spec.cni_kind == CniKind::vpc_cni)
        cilium::agent_is_ready(spec, world, turn, pod.node, change > 0);
}

}  // namespace eks

// What a pod that was created and is not yet ready waits for: one cause at a time, so that the parts of a pod's waiting
// time sum to the whole. This is the one place that knows the causes' texts and where each of them shows in the
// cluster.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eks {

enum class WaitCause : std::uint8_t {
    none,  // not waiting: ready, finished or gone
    scheduling,
    scheduling_backoff,
    scheduling_gates,
    no_scheduler,
    waiting_for_node,
    unschedulable_node_unschedulable,
    unschedulable_node_name,
    unschedulable_taint_toleration,
    unschedulable_node_affinity,
    unschedulable_node_ports,
    unschedulable_node_resources_fit,
    unschedulable_too_many_pods,
    unschedulable_volumes,
    unschedulable_pod_topology_spread,
    unschedulable_inter_pod_affinity,
    cni_not_ready,
    sandbox_start,
    no_address,
    address_cooling,
    eni_attach,
    subnet_empty,
    branch_eni,
    branch_eni_cooling,
    sandbox_retry,
    image_pull,
    image_backoff,
    image_never_pulled,
    disk_full,
    init_containers,
    container_start,
    readiness,
    cluster_dns,
    crash_backoff,
    node_down,
    blocked_evaluation,
    credentials,
    secret_volume,
    secret,
    target_health,
};

inline constexpr std::size_t wait_cause_count = 40;

struct WaitCauseText {
    std::string_view name;
    std::string_view
        container_reason;  // waiting reason that kube-state-metrics would show; empty: no container status yet
    std::string_view meaning;
};

inline constexpr std::array<WaitCauseText, wait_cause_count> wait_cause_texts{{
    {"none", "", "not waiting"},
    {"scheduling", "", "in the scheduler's queue, in its cycle, or in the binding call"},
    {"scheduling-backoff", "", "waiting out the scheduler's back-off after a failed attempt"},
    {"scheduling-gates", "", "its schedulingGates keep it from the scheduler"},
    {"no-scheduler", "", "it names a scheduler that nobody runs"},
    {"waiting-for-node", "", "no node has joined the cluster yet"},
    {"unschedulable-NodeUnschedulable", "", "every node that could take it is cordoned"},
    {"unschedulable-NodeName", "", "the node that it names is not there"},
    {"unschedulable-TaintToleration", "", "it does not tolerate the taints of the nodes"},
    {"unschedulable-NodeAffinity", "", "its node selector or affinity matches no node"},
    {"unschedulable-NodePorts", "", "the host ports that it wants are taken on every node that it matches"},
    {"unschedulable-NodeResourcesFit", "", "no node has the CPU, memory or devices it requests left"},
    {"unschedulable-TooManyPods", "", "the nodes that it matches hold as many pods as their max-pods allows"},
    {"unschedulable-Volumes", "", "its volumes are tied to other nodes or zones, or the nodes can attach no more"},
    {"unschedulable-PodTopologySpread", "", "on every node that it matches its spread constraints would be broken"},
    {"unschedulable-InterPodAffinity", "", "its affinity to other pods, or theirs to it, leaves it no node"},
    {"cni-not-ready", "ContainerCreating", "the node's network is not ready, or its CNI does not answer"},
    {"sandbox-start", "ContainerCreating", "its sandbox is being made"},
    {"no-address", "ContainerCreating", "every address of the node is assigned"},
    {"address-cooling", "ContainerCreating", "every free address of the node is cooling"},
    {"eni-attach", "ContainerCreating", "no address is free and the node is attaching an ENI"},
    {"subnet-empty", "ContainerCreating",
     "no address is free and the subnet of the node's pods has none left, or no free /28 where prefixes are used"},
    {"branch-eni", "ContainerCreating", "the branch ENI for its security groups has not been made yet"},
    {"branch-eni-cooling", "ContainerCreating",
     "all branch ENIs that its node may have are in use or wait to be deleted"},
    {"sandbox-retry", "ContainerCreating", "an address is free, and the kubelet has not tried again yet"},
    {"image-pull", "ContainerCreating", "an image is being pulled or waits for its turn"},
    {"image-backoff", "ImagePullBackOff", "a pull of an image failed, and the kubelet has not tried again yet"},
    {"image-never-pulled", "ErrImageNeverPull", "an image is not on its node, and its imagePullPolicy forbids a pull"},
    {"disk-full", "CreateContainerError", "its node's disk is full, so that no container can be made"},
    {"init-containers", "PodInitializing", "its init containers run"},
    {"container-start", "ContainerCreating", "its containers are being made and started"},
    {"readiness", "", "its containers run and are not ready yet"},
    {"cluster-dns", "", "its containers run and cannot resolve a name: no pod of the cluster's DNS is ready"},
    {"crash-backoff", "CrashLoopBackOff", "a container failed and waits to be started again"},
    {"node-down", "ContainerCreating", "the machine of its node has stopped, or its kubelet or runtime does not act"},
    {"blocked-evaluation", "", "Nomad has found no node that can take it, and waits until one has room"},
    {"credentials", "", "its containers run and have no credentials of AWS yet"},
    {"secret-volume", "ContainerCreating", "it mounts a Secret that its operator has not made yet"},
    {"secret", "CreateContainerConfigError",
     "a container takes variables from a Secret that its operator has not made yet"},
    {"target-health", "", "its containers are ready, and its load balancer does not send to it yet"},
}};

constexpr const WaitCauseText& text_of(WaitCause cause) { return wait_cause_texts[static_cast<std::size_t>(cause)]; }

// Bound to a node and without an address: what neither a monitor of Pending pods nor the Cluster Autoscaler sees
// (FR-7).
constexpr bool is_address_shortage(WaitCause cause) {
    return cause == WaitCause::no_address || cause == WaitCause::address_cooling || cause == WaitCause::eni_attach ||
           cause == WaitCause::subnet_empty || cause == WaitCause::branch_eni || cause == WaitCause::branch_eni_cooling;
}

// The scheduler has found no node that fits, whether the pod rests in the pool or in back-off.
constexpr bool is_unschedulable(WaitCause cause) {
    return (cause >= WaitCause::unschedulable_node_unschedulable &&
            cause <= WaitCause::unschedulable_inter_pod_affinity) ||
           cause == WaitCause::blocked_evaluation;
}

}  // namespace eks

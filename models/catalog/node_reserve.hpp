// From what AWS sells to what pods can request: capacity, reservations, allocatable.
//
//     capacity    = what the type is sold with, less what hypervisor and kernel keep of the memory (an estimate)
//     allocatable = capacity - kube-reserved - system-reserved - hard eviction thresholds, never below zero
//     (KUBELET-22)
//
// Pure functions of plain values, used by the node systems, the sizing and the autoscalers. It stands beside the
// catalogue, below spec.
#pragma once

#include "models/catalog/instance_type.hpp"
#include "models/quantities.hpp"

#include <cstdint>
#include <optional>

namespace eks {

// The share of a type's memory that the node never sees, in parts per million. No source states it by type; Karpenter
// takes 7.5 % off (VM_MEMORY_OVERHEAD_PERCENT 0.075, KARP-1), which is careful: most real nodes show a few percent more
// memory than this leaves. Whoever has measured `kubectl describe node` puts the measured share here.
inline constexpr std::int64_t vm_memory_overhead_ppm_default = 75'000;
// Graviton kernels keep this much for contiguous allocations, over and above the share (karpenter-provider-aws,
// pkg/providers/instancetype/types.go).
inline constexpr std::int64_t arm64_reserved_mib = 64;

// Memory that the kubelet reports as capacity: the size sold, less the arm64 reserve, less the share rounded up to
// whole MiB.
Bytes memory_capacity_bytes(const InstanceType& type,
                            std::int64_t vm_memory_overhead_ppm = vm_memory_overhead_ppm_default);

// What EKS nodes reserve for kubelet and container runtime (KUBELET-23). The memory depends on the pods that the
// instance formula gives, whatever the user has set maxPods to.
Millicores kube_reserved_cpu_milli(int vcpus);
Bytes kube_reserved_memory_bytes(int formula_max_pods);
inline constexpr Bytes kube_reserved_ephemeral_bytes = gibibyte;
Resources kube_reserved_eks(int vcpus, int formula_max_pods);

// What a kubelet keeps back. The defaults are those of EKS: kube-reserved as above, nothing system-reserved, eviction
// below 100 Mi of memory or 10 % of the node's disk. Kubernetes 1.10 on EKS differs only in having no kube-reserved
//
struct KubeletReserve {
    std::optional<Resources> kube_reserved = {};  // unset: the formula of EKS
    Resources system_reserved;
    Bytes eviction_memory_bytes = 100 * mebibyte;
    int eviction_nodefs_percent = 10;

    static KubeletReserve eks() { return {}; }
    static KubeletReserve kubernetes_1_10() {
        KubeletReserve reserve;
        reserve.kube_reserved = Resources{};
        return reserve;
    }
};

// The capacity of a node of this type with a root volume of this size. Processors are all there; GPUs count where
// NVIDIA makes them, accelerators where they are AWS Neuron devices. Branch interfaces (pod_enis) appear only when the
// CNI has them enabled, so they are left at zero here.
Resources node_capacity(const InstanceType& type, Bytes root_volume_bytes,
                        std::int64_t vm_memory_overhead_ppm = vm_memory_overhead_ppm_default);

// The part of the node's disk below which the kubelet evicts, in bytes as the kubelet computes them.
Bytes eviction_nodefs_bytes(Bytes capacity_bytes, int percent);

// What of a capacity pods may request.
Resources allocatable(const Resources& capacity, int formula_max_pods, const KubeletReserve& reserve);

}  // namespace eks

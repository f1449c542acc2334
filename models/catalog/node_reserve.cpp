#include "models/catalog/node_reserve.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace eks {

Bytes memory_capacity_bytes(const InstanceType& type, std::int64_t vm_memory_overhead_ppm) {
    constexpr std::int64_t parts = 1'000'000;
    const std::int64_t share_ppm = std::clamp<std::int64_t>(vm_memory_overhead_ppm, 0, parts);
    const std::int64_t reserved_mib = type.architecture == Architecture::arm64 ? arm64_reserved_mib : 0;
    const std::int64_t size_mib = std::max<std::int64_t>(type.memory_mib - reserved_mib, 0);
    const std::int64_t overhead_mib = (size_mib * share_ppm + parts - 1) / parts;
    return (size_mib - overhead_mib) * mebibyte;
}

Millicores kube_reserved_cpu_milli(int vcpus) {
    struct Range {
        Millicores start_milli;
        Millicores end_milli;
        std::int64_t per_10000;
    };
    constexpr std::array<Range, 4> ranges{Range{0, 1000, 600}, Range{1000, 2000, 100}, Range{2000, 4000, 50},
                                          Range{4000, std::numeric_limits<Millicores>::max(), 25}};
    const Millicores total_milli = Millicores{vcpus} * 1000;
    Millicores reserved_milli = 0;
    for (const Range& range : ranges) {
        const Millicores within_milli = std::min(total_milli, range.end_milli) - range.start_milli;
        if (within_milli > 0) reserved_milli += within_milli * range.per_10000 / 10'000;
    }
    return reserved_milli;
}

Bytes kube_reserved_memory_bytes(int formula_max_pods) { return (Bytes{11} * formula_max_pods + 255) * mebibyte; }

Resources kube_reserved_eks(int vcpus, int formula_max_pods) {
    Resources reserved;
    reserved.cpu_milli = kube_reserved_cpu_milli(vcpus);
    reserved.memory_bytes = kube_reserved_memory_bytes(formula_max_pods);
    reserved.ephemeral_bytes = kube_reserved_ephemeral_bytes;
    return reserved;
}

Resources node_capacity(const InstanceType& type, Bytes root_volume_bytes, std::int64_t vm_memory_overhead_ppm) {
    Resources capacity;
    capacity.cpu_milli = Millicores{type.vcpus} * 1000;
    capacity.memory_bytes = memory_capacity_bytes(type, vm_memory_overhead_ppm);
    capacity.ephemeral_bytes = root_volume_bytes;
    if (type.gpu_maker == "nvidia") capacity.gpus = type.gpus;
    if (type.accelerator_kind == "neuron") capacity.neurons = type.accelerators;
    return capacity;
}

// The kubelet holds the percentage as a 32-bit float, so that 10 % of a disk is a few bytes more than a tenth of it.
// One division and one multiplication, both exactly rounded, give its number on every compiler.
Bytes eviction_nodefs_bytes(Bytes capacity_bytes, int percent) {
    const float share = static_cast<float>(std::clamp(percent, 0, 100)) / 100.0F;
    return static_cast<Bytes>(static_cast<double>(capacity_bytes) * static_cast<double>(share));
}

Resources allocatable(const Resources& capacity, int formula_max_pods, const KubeletReserve& reserve) {
    const int vcpus = static_cast<int>(capacity.cpu_milli / 1000);
    Resources rest = capacity;
    rest -= reserve.kube_reserved.value_or(kube_reserved_eks(vcpus, formula_max_pods));
    rest -= reserve.system_reserved;
    rest.memory_bytes -= reserve.eviction_memory_bytes;
    rest.ephemeral_bytes -= eviction_nodefs_bytes(capacity.ephemeral_bytes, reserve.eviction_nodefs_percent);
    return larger_of(rest, Resources{});
}

}  // namespace eks

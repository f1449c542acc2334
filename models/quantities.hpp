// The amounts that everything in models/ counts in, and how Kubernetes writes them.
//
// All amounts are integers, so that sums do not depend on their order and two runs can be compared bit by bit:
// processor time in thousandths of a core, memory and disk in bytes, money in millionths of a US dollar. The aliases
// below only name them; the unit is carried by the name of each variable (`cpu_milli`, `memory_bytes`,
// `price_micro_usd`). This file stands below catalog, spec and world, which all include it.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eks {

using Millicores = std::int64_t;  // 1/1000 of a vCPU
using Bytes = std::int64_t;
using MicroUsd = std::int64_t;  // 1/1,000,000 of a US dollar

inline constexpr Bytes kibibyte = Bytes{1} << 10;
inline constexpr Bytes mebibyte = Bytes{1} << 20;
inline constexpr Bytes gibibyte = Bytes{1} << 30;
inline constexpr MicroUsd micro_usd_per_usd = 1'000'000;

// The resources a pod can ask for and a node can offer, in the order in which the scheduler's refusals name them.
// The number of pods is not among them: the scheduler counts it apart and checks it first.
// The last ones stand for extended resources that the scenario names itself (Spec::extended_resources).
enum class ResourceKind : std::uint8_t {
    cpu,
    memory,
    ephemeral_storage,
    gpu,
    neuron,
    pod_eni,
    extended_0,
    extended_1,
    extended_2,
    extended_3,
};

inline constexpr std::array<ResourceKind, 10> all_resource_kinds{
    ResourceKind::cpu,        ResourceKind::memory,     ResourceKind::ephemeral_storage, ResourceKind::gpu,
    ResourceKind::neuron,     ResourceKind::pod_eni,    ResourceKind::extended_0,        ResourceKind::extended_1,
    ResourceKind::extended_2, ResourceKind::extended_3,
};
inline constexpr std::size_t extended_resource_count = 4;
constexpr ResourceKind extended_resource(std::size_t place) {
    return static_cast<ResourceKind>(static_cast<std::size_t>(ResourceKind::extended_0) + place);
}
constexpr bool is_extended(ResourceKind kind) { return kind >= ResourceKind::extended_0; }

// The resource's name in Kubernetes objects: "cpu", "memory", "ephemeral-storage", "nvidia.com/gpu",
// "aws.amazon.com/neuron", "vpc.amazonaws.com/pod-eni". Empty for what the scenario names.
std::string_view resource_name(ResourceKind kind);

// What a pod requests or a node has. A plain row: sums, differences and comparisons work member by member.
struct Resources {
    Millicores cpu_milli = 0;
    Bytes memory_bytes = 0;
    Bytes ephemeral_bytes = 0;
    std::int64_t gpus = 0;      // nvidia.com/gpu: whole devices
    std::int64_t neurons = 0;   // aws.amazon.com/neuron: Inferentia and Trainium devices
    std::int64_t pod_enis = 0;  // vpc.amazonaws.com/pod-eni: branch interfaces for security groups of pods
    std::array<std::int64_t, extended_resource_count> extended{};

    constexpr std::int64_t& of(ResourceKind kind);
    constexpr const std::int64_t& of(ResourceKind kind) const { return const_cast<Resources&>(*this).of(kind); }

    constexpr Resources& operator+=(const Resources& other);
    constexpr Resources& operator-=(const Resources& other);
    friend constexpr Resources operator+(Resources a, const Resources& b) { return a += b; }
    friend constexpr Resources operator-(Resources a, const Resources& b) { return a -= b; }
    friend constexpr Resources operator*(Resources a, std::int64_t times);
    friend constexpr bool operator==(const Resources&, const Resources&) = default;
};

// Member by member the larger of the two: what a pod's init containers and containers need of a node in turn
// (SCHED-40).
constexpr Resources larger_of(const Resources& a, const Resources& b);

// Whether `request` finds room in `room`. A resource that is not requested is not looked at, so an overcommitted node
// (negative room) still takes a pod that asks for nothing of it (SCHED-41).
// A prefix on an ENI is a /28 (IPAM-136).
inline constexpr std::int32_t addresses_per_prefix = 16;

constexpr bool fits(const Resources& request, const Resources& room);

// How a quantity is counted once it is read; what is left over is rounded up (SCHED-40).
enum class QuantityUnit : std::uint8_t {
    whole,  // bytes, devices, pods
    milli,  // thousandths: processor time
    nano,   // the finest that Kubernetes keeps: processor time that is yet to be summed up
};

// Why a text is not a quantity that we can use.
enum class QuantityFault : std::uint8_t { none, empty, not_a_number, unknown_suffix, negative, too_large };

// One sentence of advice for a complaint, without the place.
std::string_view advice(QuantityFault fault);

// Either a value or the reason why there is none.
struct ParsedQuantity {
    std::int64_t value = 0;
    QuantityFault fault = QuantityFault::none;

    constexpr bool ok() const { return fault == QuantityFault::none; }
    constexpr explicit operator bool() const { return ok(); }
    constexpr std::int64_t operator*() const { return value; }
};

// Larger quantities are refused. The bound (8 PiB, or nine million million cores) is far above any machine, small
// enough that a thousand of them add up without overflow, and every number below it survives a trip through JSON.
inline constexpr std::int64_t quantity_limit = std::int64_t{1} << 53;

// Reads a Kubernetes quantity: digits with an optional point, then nothing, a decimal suffix (n u m k M G T P E), a
// binary suffix (Ki Mi Gi Ti Pi Ei), or a decimal exponent (e3, E-2).
//
//     parse_quantity("350m", QuantityUnit::milli)   -> 350
//     parse_quantity("1.5", QuantityUnit::milli)    -> 1500
//     parse_quantity("600Mi", QuantityUnit::whole)  -> 629145600
//     parse_quantity("1500m", QuantityUnit::whole)  -> 2, rounded up
//     parse_quantity("10Gb", QuantityUnit::whole)   -> fault unknown_suffix
//
// The arithmetic is exact before the rounding, for as many digits as are written. Negative amounts are refused, as no
// resource that we read can be negative.
ParsedQuantity parse_quantity(std::string_view text, QuantityUnit unit);

inline ParsedQuantity parse_millicores(std::string_view text) { return parse_quantity(text, QuantityUnit::milli); }
inline ParsedQuantity parse_bytes(std::string_view text) { return parse_quantity(text, QuantityUnit::whole); }

constexpr std::int64_t& Resources::of(ResourceKind kind) {
    switch (kind) {
        case ResourceKind::cpu: return cpu_milli;
        case ResourceKind::memory: return memory_bytes;
        case ResourceKind::ephemeral_storage: return ephemeral_bytes;
        case ResourceKind::gpu: return gpus;
        case ResourceKind::neuron: return neurons;
        case ResourceKind::pod_eni: return pod_enis;
        case ResourceKind::extended_0: return extended[0];
        case ResourceKind::extended_1: return extended[1];
        case ResourceKind::extended_2: return extended[2];
        case ResourceKind::extended_3: break;
    }
    return extended[3];
}

// Member by member and without a loop: these stand on the path of every scheduling cycle.
constexpr Resources& Resources::operator+=(const Resources& other) {
    cpu_milli += other.cpu_milli;
    memory_bytes += other.memory_bytes;
    ephemeral_bytes += other.ephemeral_bytes;
    gpus += other.gpus;
    neurons += other.neurons;
    pod_enis += other.pod_enis;
    for (std::size_t i = 0; i < extended_resource_count; ++i) extended[i] += other.extended[i];
    return *this;
}

constexpr Resources& Resources::operator-=(const Resources& other) {
    cpu_milli -= other.cpu_milli;
    memory_bytes -= other.memory_bytes;
    ephemeral_bytes -= other.ephemeral_bytes;
    gpus -= other.gpus;
    neurons -= other.neurons;
    pod_enis -= other.pod_enis;
    for (std::size_t i = 0; i < extended_resource_count; ++i) extended[i] -= other.extended[i];
    return *this;
}

constexpr Resources operator*(Resources a, std::int64_t times) {
    for (const ResourceKind kind : all_resource_kinds) a.of(kind) *= times;
    return a;
}

constexpr Resources larger_of(const Resources& a, const Resources& b) {
    Resources result;
    for (const ResourceKind kind : all_resource_kinds) result.of(kind) = std::max(a.of(kind), b.of(kind));
    return result;
}

// Nearly no pod asks for any, which is seen without a look at the node.
constexpr bool extended_fit(const Resources& request, const Resources& room) {
    const auto& asked = request.extended;
    if ((asked[0] | asked[1] | asked[2] | asked[3]) == 0) return true;
    for (std::size_t i = 0; i < extended_resource_count; ++i) {
        if (asked[i] > room.extended[i] && asked[i] > 0) return false;
    }
    return true;
}

constexpr bool fits(const Resources& request, const Resources& room) {
    const auto fits_one = [](std::int64_t asked, std::int64_t left) { return asked <= left || asked <= 0; };
    return fits_one(request.cpu_milli, room.cpu_milli) && fits_one(request.memory_bytes, room.memory_bytes) &&
           fits_one(request.ephemeral_bytes, room.ephemeral_bytes) && fits_one(request.gpus, room.gpus) &&
           fits_one(request.neurons, room.neurons) && fits_one(request.pod_enis, room.pod_enis) &&
           extended_fit(request, room);
}

}  // namespace eks

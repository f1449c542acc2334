// What Cilium's operator makes of one node's numbers in ENI mode: how many addresses it lacks, how many one allocation
// may take, how many are too many (IPAM-310 to IPAM-312, IPAM-335, IPAM-341). Pure functions of plain values.
#pragma once

#include "models/quantities.hpp"
#include "models/spec/cilium_settings.hpp"

#include <algorithm>
#include <cstdint>

namespace eks {

// What an instance type allows.
struct CiliumLimits {
    std::int64_t adapters = 0;
    std::int64_t ipv4_per_eni = 0;  // with the primary address
};

// The addresses that a node can hold for pods and agent together (IPAM-302, IPAM-341).
constexpr std::int64_t cilium_capacity(const CiliumLimits& limits, std::int64_t first_interface_index, bool prefixes) {
    const std::int64_t slots = std::max<std::int64_t>(limits.adapters - first_interface_index, 0) *
                               std::max<std::int64_t>(limits.ipv4_per_eni - 1, 0);
    return prefixes ? slots * addresses_per_prefix : slots;
}

// The watermarks of one node, with what stands for "not set" filled in.
struct CiliumWatermarks {
    std::int64_t pre = 8;
    std::int64_t min = 0;
    std::int64_t max = 0;  // 0: no limit
    std::int64_t above = 0;
};

constexpr CiliumWatermarks cilium_watermarks(const CiliumSettings& settings, const CiliumLimits& limits,
                                             bool prefixes) {
    constexpr std::int64_t usual = 8;
    CiliumWatermarks marks;
    marks.pre = settings.pre_allocate;
    if (marks.pre == 0) marks.pre = std::min(usual, cilium_capacity(limits, settings.first_interface_index, false));
    marks.min = settings.min_allocate;
    marks.max = settings.max_allocate;
    if (marks.max == 0) marks.max = cilium_capacity(limits, settings.first_interface_index, prefixes);
    marks.above = settings.max_above_watermark;
    return marks;
}

// IPAM-310
constexpr std::int64_t cilium_needed(const CiliumWatermarks& marks, std::int64_t available, std::int64_t used) {
    std::int64_t needed = std::max<std::int64_t>(marks.pre - (available - used), 0);
    if (marks.min > 0) needed = std::max(needed, marks.min - available);
    if (marks.max > 0 && available + needed > marks.max) needed = std::max<std::int64_t>(marks.max - available, 0);
    return needed;
}

// IPAM-311: what one allocation may take.
constexpr std::int64_t cilium_most(const CiliumWatermarks& marks, std::int64_t needed, std::int64_t pending_pods) {
    return needed + marks.above + std::max<std::int64_t>(pending_pods - needed, 0);
}

// IPAM-312; the documentation's other formula for 1.20 is taken for the mistake that the rule takes it for.
constexpr std::int64_t cilium_excess(const CiliumWatermarks& marks, std::int64_t available, std::int64_t used,
                                     std::int32_t version_minor) {
    constexpr std::int32_t counts_from_initial_allocation = 17;
    const std::int64_t initial = marks.min + marks.above;
    if (used <= initial) {
        if (available <= initial) return 0;
        if (version_minor >= counts_from_initial_allocation && used + marks.pre <= initial) return available - initial;
    }
    return std::max<std::int64_t>(available - used - marks.pre - marks.above, 0);
}

// IPAM-335: what the pool must hold before the agent goes on with its start. `own` are the agent's own addresses.
constexpr std::int64_t cilium_needed_to_start(const CiliumWatermarks& marks, std::int64_t own) {
    if (marks.min > 0) return marks.min;
    return marks.pre > 0 ? marks.pre : own;
}

}  // namespace eks

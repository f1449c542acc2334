// Sizes of what the EndpointSlice controller writes (EPS-1): functions of plain values.
// Source: Kubernetes 1.36, pkg/controller/endpointslice, flag --max-endpoints-per-slice.
#pragma once

#include <algorithm>
#include <cstdint>

namespace eks {

inline constexpr std::int32_t endpoints_per_slice = 100;

// A Service keeps one slice though it has no endpoint.
constexpr std::int32_t slices_of(std::int32_t endpoints) {
    return std::max((endpoints + endpoints_per_slice - 1) / endpoints_per_slice, 1);
}

// Slices that a sync writes after so many endpoints have changed: one each at most, and no more than there are.
constexpr std::int32_t slices_written(std::int32_t changed, std::int32_t before, std::int32_t after) {
    return std::min(changed, std::max(before, after));
}

}  // namespace eks

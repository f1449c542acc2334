// How much the log files of a container hold (KUBELET-54): pure functions.
//
// The kubelet looks at each file every ten seconds and rotates one that has reached its size, and keeps so many files.
// Left out: that it compresses what it has rotated, so the bound is an upper one; and that between a rotation and the
// next the files hold a little less.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/kubelet_settings.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace eks {

inline constexpr Bytes no_bound = std::numeric_limits<Bytes>::max();

// What a rate amounts to in a time.
constexpr Bytes amount(std::int64_t bytes_per_second, sim::Duration time) {
    const std::int64_t seconds = time / sim::Duration::seconds(1);
    const std::int64_t rest_us = time.us() - seconds * 1'000'000;
    return bytes_per_second * seconds + bytes_per_second * rest_us / 1'000'000;
}

// How long a rate takes for an amount.
constexpr sim::Duration time_for(Bytes bytes, std::int64_t bytes_per_second) {
    const std::int64_t rest = bytes % bytes_per_second;
    return sim::Duration::seconds(bytes / bytes_per_second) +
           sim::Duration::microseconds((rest * 1'000'000 + bytes_per_second - 1) / bytes_per_second);
}

// The most that the files of a container hold that writes so fast: each is as large as it has grown when the kubelet
// looks.
constexpr Bytes log_bytes_most(std::int64_t bytes_per_second, const KubeletSettings& kubelet) {
    constexpr std::int64_t seconds_between_looks = 10;
    if (kubelet.log_files_max == 0 || bytes_per_second == 0) return no_bound;
    const Bytes between_looks = bytes_per_second * seconds_between_looks;
    const std::int64_t looks = (kubelet.log_bytes_max + between_looks - 1) / between_looks;
    return looks * between_looks * kubelet.log_files_max;
}

constexpr Bytes log_bytes(std::int64_t bytes_per_second, sim::Duration age, const KubeletSettings& kubelet) {
    return std::min(amount(bytes_per_second, age), log_bytes_most(bytes_per_second, kubelet));
}

}  // namespace eks

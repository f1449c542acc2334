// When metrics-server reads the kubelets' counters and what it makes of two readings (HPA-20, HPA-21), as functions of
// plain values. Times are microseconds on any one clock.
// Source: kubernetes-sigs/metrics-server 0.8, pkg/scraper/scraper.go, pkg/storage/pod.go.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace eks {

// A container that is younger than the resolution, but not younger than this, has its start as its first reading.
inline constexpr std::int64_t fresh_container_us = 10'000'000;

// Scrapes of the nodes are spread over this long.
constexpr std::int64_t scrape_spread_us(std::int64_t nodes) {
    constexpr std::int64_t for_a_node = 8'000;
    constexpr std::int64_t most = 4'000'000;
    return std::min(for_a_node * nodes, most);
}

// The last scrape whose results are all in; negative: there is none yet. Scrape n begins at first + n * resolution.
constexpr std::int64_t last_scrape(std::int64_t first_us, std::int64_t resolution_us, std::int64_t spread_us,
                                   std::int64_t now_us) {
    const std::int64_t since = now_us - spread_us - first_us;
    return since < 0 ? -1 : since / resolution_us;
}

// Between which two readings a container is seen to use something.
struct SampleSpan {
    std::int64_t from_us = 0;
    std::int64_t to_us = 0;
    std::int64_t window_us() const { return to_us - from_us; }
};
// `before_us`: the reading before, if there was one. None: the container has no sample yet.
constexpr std::optional<SampleSpan> sample_span(std::int64_t started_us, std::optional<std::int64_t> before_us,
                                                std::int64_t last_us, std::int64_t resolution_us) {
    if (started_us >= last_us) return std::nullopt;
    const std::int64_t age = last_us - started_us;
    if (age < resolution_us && age >= fresh_container_us) return SampleSpan{started_us, last_us};
    // A container that has started since has counters of its own, which began at zero.
    if (!before_us || started_us >= *before_us) return std::nullopt;
    return SampleSpan{*before_us, last_us};
}

// The sample as the HPA reads it: whole nanocores, of which a part of a millicore counts as one.
inline std::int64_t cpu_milli(double core_seconds, std::int64_t window_us) {
    constexpr double nanocores_a_core = 1e9;
    constexpr double micros_a_second = 1e6;
    constexpr std::int64_t nano_a_milli = 1'000'000;
    const double cores = core_seconds * micros_a_second / static_cast<double>(window_us);
    const auto nano = static_cast<std::int64_t>(std::floor(cores * nanocores_a_core + 0.5));
    return (nano + nano_a_milli - 1) / nano_a_milli;
}

}  // namespace eks

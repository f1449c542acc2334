// How a metric that somebody scales by gets to the metrics API: an exporter shows it, Prometheus scrapes the exporter,
// an adapter asks Prometheus.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/indices.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace eks {

enum class ChainPlace : std::uint8_t { exporter, scraper, adapter };
inline constexpr std::size_t chain_length = 3;

struct ChainLink {
    WorkloadIx pods;         // none: it runs where nobody sees it, and never fails
    sim::Duration interval;  // how often what it tells is renewed; zero: whenever it is asked
    friend bool operator==(const ChainLink&, const ChainLink&) = default;
};

struct MetricChain {
    std::uint64_t stable_key = 0;  // owner in the keys of draws
    std::array<ChainLink, chain_length> links;
    friend bool operator==(const MetricChain&, const MetricChain&) = default;

    const ChainLink& operator[](ChainPlace place) const { return links[static_cast<std::size_t>(place)]; }
    ChainLink& operator[](ChainPlace place) { return links[static_cast<std::size_t>(place)]; }
    // How old what it tells can be.
    sim::Duration longest() const { return links[0].interval + links[1].interval + links[2].interval; }
};

}  // namespace eks

// Several Ingresses and the Envoys that serve them (DPS-23, DPD-23): who slows whom down, and how many load balancers
// are paid. Pure functions of plain values.
#pragma once

#include "models/systems/datapath/latency.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace eks::datapath {

enum class IngressMode : std::uint8_t { shared, dedicated };

struct IngressDemand {
    double requests_per_second = 0;
    double work_us = 0;  // of each
};

constexpr std::size_t load_balancers(IngressMode mode, std::size_t ingresses) {
    if (mode == IngressMode::dedicated) return ingresses;
    return ingresses > 0 ? 1 : 0;
}

// Mean time of a request of each Ingress, where an Envoy has so many cores. `shared`: all come through the same one.
// `dedicated`: each has an Envoy of its own kept free for it; where they all end on one node's Envoy the load is shared
// whatever the load balancers are.
inline std::vector<double> ingress_times_us(IngressMode mode, std::span<const IngressDemand> ingresses, double cores,
                                            const Coefficients& coefficients) {
    double all = 0;
    for (const IngressDemand& one : ingresses) all += one.requests_per_second * one.work_us * 1e-6;
    std::vector<double> times;
    for (const IngressDemand& one : ingresses) {
        const double own = one.requests_per_second * one.work_us * 1e-6;
        const double load = load_of(mode == IngressMode::shared ? all : own, 0, cores);
        times.push_back(time_in_node_us(one.work_us, load, cores, coefficients));
    }
    return times;
}

}  // namespace eks::datapath

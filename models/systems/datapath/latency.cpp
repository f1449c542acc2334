#include "models/systems/datapath/latency.hpp"

#include "libsim/portable_math.hpp"

#include <algorithm>

namespace eks::datapath {

namespace {

using enum Coefficient;

constexpr double normal_p99 = 2.3263478740408408;  // of the standard normal distribution

// The quantile over the mean at a standard normal value (Wilson and Hilferty).
double over_mean(double shape, double normal) {
    const double ninth = 1 / (9 * shape);
    const double root = 1 - ninth + normal * sim::math::sqrt(ninth);
    return root > 0 ? root * root * root : 0;
}

double within(double load) { return std::clamp(load, 0.0, highest_load); }

}  // namespace

double work_factor(double load, const Coefficients& c) { return 1 + c[s_idle] * (1 - within(load)); }

double queue_factor(double load, double cores, const Coefficients& c) {
    const double rho = within(load);
    if (rho == 0) return 1;
    const double power = sim::math::sqrt(2 * (cores + 1)) - 1;
    return 1 + c[kappa] * sim::math::pow(rho, power) / (cores * (1 - rho));
}

double time_in_node_us(double work_us, double load, double cores, const Coefficients& c) {
    return work_us * work_factor(load, c) * queue_factor(load, cores, c);
}

double p90_factor(double load, const Coefficients& c) { return c[p90_base] + c[p90_load] * within(load); }
double p99_factor(double load, const Coefficients& c) { return c[p99_base] + c[p99_load] * within(load); }

double Gamma::quantile(double share) const { return over_mean(shape, sim::math::normal_quantile(share)); }

Gamma gamma_with_p99(double p99_over_mean) {
    // The 99th percentile falls towards the mean as the shape grows; between these two it does so without a turn.
    double low = 0.3;
    double high = 1e6;
    for (int i = 0; i < 100; ++i) {
        const double middle = sim::math::sqrt(low * high);
        (over_mean(middle, normal_p99) > p99_over_mean ? low : high) = middle;
    }
    return {high};
}

PathTime path_time(std::span<const Visit> visits, std::span<const double> work_us, std::span<const NodeLoad> nodes,
                   const PathDemand& demand, const Coefficients& c) {
    PathTime time;
    double tail_90 = 0;
    double tail_99 = 0;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        const auto [load, cores] = nodes[i];
        const double in_node = visits[i].share * time_in_node_us(work_us[i], load, cores, c);
        // A proxy's time without load is known, and it waits for the same cores as everything else.
        const double in_proxies = visits[i].share * proxy_latency_us(visits[i], c) * queue_factor(load, cores, c);
        time.nodes += in_node;
        time.layer7 += in_proxies;
        tail_90 += (in_node + in_proxies) * p90_factor(load, c);
        tail_99 += (in_node + in_proxies) * p99_factor(load, c);
    }
    time.network = demand.round_trip_us * demand.round_trips;
    time.balancer = demand.balancer_us;
    time.mean = time.nodes + time.layer7 + time.network + time.balancer;
    time.p90 = tail_90 + time.network + time.balancer;
    time.p99 = tail_99 + time.network + time.balancer;
    return time;
}

}  // namespace eks::datapath

#include "models/spec/latencies.hpp"

namespace eks {

Latencies default_latencies(bool is_2018) {
    Latencies latencies;
    if (is_2018) latencies.kubelet = {5, 10};

    // IPAM-79: an ENI shows in the instance metadata after 3 s at the median and 20 s at the 99th percentile.
    latencies.eni_visible =
        *sim::Distribution::lognormal_p50_p99(sim::Duration::seconds(3), sim::Duration::seconds(20));

    // AWS-55: 12 s at the median; the logarithm of 12 is written out so that no compiler's library computes it.
    constexpr double log_of_12_seconds = 2.4849066497880004;
    constexpr double spread = 0.25;
    latencies.node_launch = *sim::Distribution::lognormal(log_of_12_seconds, spread);
    return latencies;
}

}  // namespace eks

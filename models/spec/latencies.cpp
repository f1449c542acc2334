#include "models/spec/latencies.hpp"

namespace eks {

ClientLimit kubelet_client(KubernetesVersion version) {
    if (version.has_fast_kubelet_client()) return {50, 100};
    return version.has_kubelet_client_of_eks() ? ClientLimit{10, 20} : ClientLimit{5, 10};
}

Latencies default_latencies(bool is_2018) {
    Latencies latencies;
    latencies.kubelet = kubelet_client(is_2018 ? KubernetesVersion{10, 0} : KubernetesVersion{});

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

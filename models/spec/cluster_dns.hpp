// Who answers names in the cluster, who asks, and who cannot start before somebody answers (DNS-1 to DNS-7, FR-21).
#pragma once

#include "models/spec/dns_lookup.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/proportional.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// What each running pod of a workload looks up.
struct DnsUse {
    WorkloadIx workload;
    std::int64_t lookups_milli_per_second = 0;
    DnsQueries queries;           // for one lookup
    std::int32_t cached_ppm = 0;  // of the names that a cache has to pass on: those that it still knows (DNS-4)
    bool asks_vpc = false;        // and no server of the cluster: dnsPolicy Default
    friend bool operator==(const DnsUse&, const DnsUse&) = default;
};

struct ClusterDns {
    // Whose pods stand behind the Service kube-system/kube-dns: CoreDNS, or kube-dns in 2018.
    std::vector<WorkloadIx> servers;
    // Whose pods resolve a name through them before they are ready.
    std::vector<WorkloadIx> in_need;
    std::vector<DnsUse> uses;
    WorkloadIx kube_proxy;  // by whose rules pods reach the servers; none: nobody asks how
    WorkloadIx node_cache;  // the DaemonSet of NodeLocal DNSCache, where there is one (DNS-7)
    // What one server answers at most. DNS-4 has 10,000 to 30,000 a second and core, measured by nobody in particular.
    std::int64_t queries_per_second_of_server = 10'000;
    std::vector<ProportionalScaler> scalers;
    ManagedScaling managed_scaling;
    friend bool operator==(const ClusterDns&, const ClusterDns&) = default;
};

}  // namespace eks

// Who answers names in the cluster, and who cannot start before somebody does (DNS-1, FR-21).
#pragma once

#include "models/spec/indices.hpp"

#include <vector>

namespace eks {

struct ClusterDns {
    // Whose pods stand behind the Service kube-system/kube-dns: CoreDNS, or kube-dns in 2018.
    std::vector<WorkloadIx> servers;
    // Whose pods resolve a name through them before they are ready.
    std::vector<WorkloadIx> in_need;
    friend bool operator==(const ClusterDns&, const ClusterDns&) = default;
};

}  // namespace eks

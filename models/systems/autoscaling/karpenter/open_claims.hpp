// The claims opened in this round, in the order in which pods try them: fewest pods first (KARP-7). Where it is sorted
// anew for each pod, the order of those with equally many stays as it was.
#pragma once

#include "models/systems/autoscaling/karpenter/supply.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace eks::karpenter {

struct OpenClaim {
    std::uint32_t from = 0;  // a template
    std::vector<PodIx> pods;
    Requirements requirements;
    Bits types;
    Quantities requests;  // without DaemonSets
    std::vector<HostPort> host_ports;
};

class ClaimOrder {
  public:
    // By rank; the numbers are those of the claims.
    const std::vector<std::uint32_t>& claims() const { return order_; }

    // A claim with its first pod stands behind all that have one.
    void add(std::uint32_t claim) {
        const auto place = std::ranges::upper_bound(pods_, 1U);
        order_.insert(order_.begin() + (place - pods_.begin()), claim);
        pods_.insert(place, 1U);
    }

    // The claim of that rank has one pod more: now it stands before all that had as many already.
    void add_pod(std::size_t rank) {
        const std::uint32_t pods = ++pods_[rank];
        const auto from = pods_.begin() + static_cast<std::ptrdiff_t>(rank);
        const auto until = std::lower_bound(from + 1, pods_.end(), pods);
        const auto moved = until - from;
        std::rotate(from, from + 1, until);
        const auto place = order_.begin() + static_cast<std::ptrdiff_t>(rank);
        std::rotate(place, place + 1, place + moved);
    }

  private:
    std::vector<std::uint32_t> order_;
    std::vector<std::uint32_t> pods_;  // how many pods the claim of that rank has
};

}  // namespace eks::karpenter

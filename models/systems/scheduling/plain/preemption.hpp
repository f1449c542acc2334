// What the scheduler does for a pod that fits no node: whom it would have to end to make room (SCHED-80 to SCHED-84).
#pragma once

#include "models/systems/scheduling/plain/cycle.hpp"

#include <cstdint>
#include <vector>

namespace eks::plain {

struct Candidate {
    const NodeInfo* node = nullptr;
    std::vector<const PodObject*> victims;  // the more important first
    std::int64_t budget_violations = 0;
};

struct Preemption {
    std::vector<Candidate> candidates;
    std::vector<const NodeInfo*> best;  // several where all criteria of SCHED-84 tie
};

Preemption preempt(const Cluster& cluster, const Profile& profile, const std::vector<NodeInfo>& nodes,
                   const PodObject& pod);

}  // namespace eks::plain

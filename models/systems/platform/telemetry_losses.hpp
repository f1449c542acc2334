// What of a log that is lost nobody else has (FR-26, FR-27): of two agents that scrape the same pods, one may lose all
// and nothing is missing.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// The logs of all agents by where they scrape. For one look at them: rows must not come or go meanwhile.
//
// MODEL: what another has stays as it was told of it: its rejections count as if nothing had been lost. Of agents that
// share targets out nobody knows later who had which, so that they stand in for none.
class OtherLogs {
  public:
    OtherLogs(const Spec& spec, const World& world) : spec_(spec), world_(world) {}

    // Of samples that have left the row's log unsent, those that no other has or has sent, in millionths.
    std::int64_t lost_for_all(const AgentPod& row, const LogSpans& gone);

  private:
    using Rows = std::vector<std::uint32_t>;  // in order
    // What was scraped: a pod, or where none is left of a workload, what there was.
    struct Place {
        WorkloadIx workload;
        PodId pod;
        NodeId node;
        std::int64_t milli = 0;
    };

    void index();
    std::vector<Place> places_of(const AgentPod& row) const;
    Rows others_at(const Place& place, const AgentPod& row) const;
    TimeSpans missing_for(const Rows& rows) const;

    const Spec& spec_;
    const World& world_;
    bool is_indexed_ = false;
    std::vector<std::vector<Rows>> by_slot_;  // by agent: by the slot of the node, or of the pod; one for all else
};

}  // namespace eks

// The filters that look at other pods (SCHED-45, SCHED-46), asked of one node after the other. They read the sums of
// the scheduler's memory, which have to be up to date (remember()).
#pragma once

#include "models/spec/spec.hpp"
#include "models/systems/scheduling/filters.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <vector>

namespace eks {

// A sum as it is looked up for a node.
class DomainSum {
  public:
    DomainSum(const World& world, SumIx sum)
        : table_(*world.scheduler.memory.counted),
          key_(table_.keys[table_.sums[sum].key]),
          sum_(world.scheduler.memory.sums[sum]) {}

    // The node's domain, or -1 if it lacks the label.
    std::int32_t domain(std::uint32_t slot, std::uint32_t shape) const {
        return key_.is_hostname ? static_cast<std::int32_t>(slot) : key_.domain_of_shape[shape];
    }
    std::int32_t pods(std::int32_t domain) const { return sum_.pods[static_cast<std::size_t>(domain)]; }
    bool is_by_hostname() const { return key_.is_hostname; }
    const SchedulerMemory::Sum& sum() const { return sum_; }

  private:
    const PodRelationsTable& table_;
    const TopologyKey& key_;
    const SchedulerMemory::Sum& sum_;
};

class RelationFilter {
  public:
    RelationFilter(const Spec& spec, const World& world, TemplateIx pod_template);

    bool is_needed() const { return is_needed_; }
    // Of the node with this slot and shape.
    Refusal refusal(std::uint32_t slot, std::uint32_t shape) const;

    // SCHED-29: no term is about any pod now, and so none will be about one that is only supposed to be there.
    bool looks_at_no_affinity() const { return looks_at_no_affinity_; }
    void skip_affinity() { looks_at_affinity_ = false; }

  private:
    struct Spread {
        DomainSum sum;
        std::int64_t most = 0;  // pods of the domain, without this one
    };
    Refusal refusal_by_affinity(std::uint32_t slot, std::uint32_t shape) const;

    std::vector<Spread> spread_;
    std::vector<DomainSum> affinity_;
    std::vector<DomainSum> anti_affinity_;
    std::vector<DomainSum> others_;
    bool is_first_ = false;
    bool looks_at_affinity_ = false;
    bool looks_at_no_affinity_ = true;
    bool is_needed_ = false;
};

}  // namespace eks

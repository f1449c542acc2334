// Karpenter's NodePools as their objects say them (KARP-12, KARP-42, KARP-43), what each of them may launch, and the
// settings of Karpenter itself (KARP-1).
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/cron_schedule.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/node_shape.hpp"
#include "models/spec/selector_requirement.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace eks {

// A label of a node that a pool asks for; so many values must be left to choose from (KARP-10), 0: no matter how many.
struct NodePoolRequirement {
    SelectorRequirement expression;
    std::int64_t min_values = 0;
    friend bool operator==(const NodePoolRequirement&, const NodePoolRequirement&) = default;
};

// Why Karpenter takes a node away of its own will.
enum class DisruptionReason : std::uint8_t { underutilized, empty, drifted };
inline constexpr std::size_t disruption_reason_count = 3;

// How many nodes of a pool may be on their way out (KARP-43).
struct NodePoolBudget {
    std::uint8_t reasons = 0;  // one bit a DisruptionReason; 0: all
    bool is_percent = false;
    std::int32_t amount = 0;
    bool is_scheduled = false;  // else always active
    CronSchedule schedule;      // in UTC
    sim::Duration lasts;

    constexpr bool is_about(DisruptionReason reason) const {
        return reasons == 0 || (reasons >> static_cast<unsigned>(reason) & 1U) != 0;
    }
    friend bool operator==(const NodePoolBudget&, const NodePoolBudget&) = default;
};

enum class NodePoolPolicy : std::uint8_t { when_empty, when_empty_or_underutilized, balanced };

// One thing that a pool can launch: an instance type in a zone, on demand or spot.
struct NodePoolOffer {
    NodeShapeIx shape;
    std::uint32_t type = 0;  // into Karpenter::types
    // The same in other subnets of the zone: it is launched where the most addresses are free then (KARP-32).
    std::vector<NodeShapeIx> elsewhere;
    friend bool operator==(const NodePoolOffer&, const NodePoolOffer&) = default;
};

// Whether the shape is what is offered, in whichever subnet.
inline bool is_of_offer(const NodePoolOffer& offer, NodeShapeIx shape) {
    return offer.shape == shape || std::ranges::find(offer.elsewhere, shape) != offer.elsewhere.end();
}

struct NodePool {
    std::string name;
    NodeGroupIx group;
    std::int64_t weight = 0;
    std::vector<Label> labels;  // of its template
    std::vector<Taint> taints;
    std::string node_class;  // the EC2NodeClass by name
    std::vector<NodePoolRequirement> requirements;
    // By resource name: cpu in thousandths of a core, everything else in whole units; `nodes` counts nodes.
    std::vector<std::pair<std::string, std::int64_t>> limits;
    NodePoolPolicy policy = NodePoolPolicy::when_empty_or_underutilized;
    sim::Duration consolidate_after;                    // max: never
    sim::Duration expire_after = sim::Duration::max();  // max: never
    sim::Duration drain_limit = sim::Duration::max();   // terminationGracePeriod; max: none
    std::vector<NodePoolBudget> budgets;
    // Made of all whose change makes a node drift (KARP-60): a node that was made with another one has drifted.
    std::uint64_t made_of = 0;
    std::vector<NodePoolOffer> offers;
    friend bool operator==(const NodePool&, const NodePool&) = default;
};

// What Karpenter takes an instance type of a node class to be, before it has seen one (KARP-20 to KARP-23).
struct NodePoolType {
    std::string name;
    std::string node_class;
    std::vector<Label> labels;  // those that all its nodes have
    bool is_exotic = false;     // bare metal, or with accelerators (KARP-31)
    Resources capacity;
    Resources allocatable;
    std::int32_t max_pods = 0;
    friend bool operator==(const NodePoolType&, const NodePoolType&) = default;
};

struct Karpenter {
    WorkloadIx pods;                  // its own; none: it runs outside of what is simulated
    std::int32_t version_minor = 14;  // of 1.x, GEN-1
    sim::Duration batch_longest = sim::Duration::microseconds(10'000'000);
    sim::Duration batch_idle = sim::Duration::microseconds(1'000'000);
    bool respects_preferences = true;
    bool min_values_best_effort = false;
    bool spot_to_spot = false;
    std::vector<NodePool> pools;
    std::vector<NodePoolType> types;
    friend bool operator==(const Karpenter&, const Karpenter&) = default;

    bool is_there() const { return !pools.empty(); }
};

}  // namespace eks

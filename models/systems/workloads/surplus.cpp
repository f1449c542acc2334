#include "models/systems/workloads/surplus.hpp"

#include "models/world/sizing.hpp"

#include <algorithm>

namespace eks {

namespace {

constexpr std::int64_t microseconds_a_second = 1'000'000;

std::int64_t seconds_of(sim::Time time) { return time.us() / microseconds_a_second; }

bool is_active(const Pod& pod) { return !pod.terminating && pod.stage != PodStage::finished; }

RankedPod rank_of(PodId id, const Pod& pod) {
    RankedPod rank;
    rank.is_assigned = pod.node.valid();
    rank.phase = pod.phase == PodPhase::pending ? RankedPhase::pending : RankedPhase::running;
    rank.is_ready = pod.stage == PodStage::ready;
    if (rank.is_ready) rank.ready_since_seconds = seconds_of(pod.cause_since);
    rank.created_seconds = seconds_of(pod.created);
    rank.restarts = static_cast<std::int32_t>(pod.restarts);
    rank.uid_order = (std::uint64_t{id.slot} << 32) | id.generation;  // the UID of the real one is random
    return rank;
}

struct Candidate {
    PodId id;
    RankedPod rank;
};

std::vector<PodId> sorted(std::vector<Candidate> candidates, sim::Time now, DeletionRules rules) {
    std::ranges::stable_sort(candidates, [&](const Candidate& a, const Candidate& b) {
        return goes_first(a.rank, b.rank, seconds_of(now), rules);
    });
    std::vector<PodId> order;
    for (const Candidate& candidate : candidates) order.push_back(candidate.id);
    return order;
}

}  // namespace

std::vector<PodId> in_order_of_deletion(const Spec& spec, const World& world, WorkloadIx workload,
                                        TemplateIx only_template, sim::Time now) {
    std::vector<std::int32_t> on_node(world.nodes.capacity_slots(), 0);
    for (PodId id = world[workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (is_active(pod) && pod.node.valid()) ++on_node[pod.node.slot];
    }
    std::vector<Candidate> candidates;
    for (PodId id = world[workload].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        const Pod& pod = world.pods[id];
        if (!is_active(pod) || (only_template.valid() && as_written(world, pod.pod_template) != only_template))
            continue;
        candidates.push_back({id, rank_of(id, pod)});
        if (pod.node.valid()) candidates.back().rank.on_same_node = on_node[pod.node.slot];
    }
    return sorted(std::move(candidates), now, spec.kubernetes.is_2018() ? DeletionRules::plain : DeletionRules::ranked);
}

std::vector<PodId> in_order_of_deletion(const World& world, JobId job, sim::Time now) {
    std::vector<Candidate> candidates;
    for (PodId id = world.jobs[job].first_pod; id.valid(); id = world.pods[id].next_of_owner) {
        if (is_active(world.pods[id])) candidates.push_back({id, rank_of(id, world.pods[id])});
    }
    return sorted(std::move(candidates), now, DeletionRules::plain);
}

}  // namespace eks

#include "models/systems/scheduling/preemption.hpp"

#include "models/spec/streams.hpp"
#include "models/systems/scheduling/select_node.hpp"
#include "models/systems/scheduling/suppose.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

namespace eks {

namespace {

std::int32_t priority_of(const Spec& spec, const Pod& pod) { return spec[pod.pod_template].priority; }

// A pod that its kubelet has not seen counts as started now.
sim::Time started(const Pod& pod) { return pod.stage == PodStage::binding ? sim::Time::never() : pod.scheduled; }

class Victims {
  public:
    Victims(const Spec& spec, World& world, PodId pod) : spec_(spec), world_(world), pod_(pod) {}

    // SCHED-82: those of a node that would have to go, or none if that does not help.
    Preemption on_node(NodeId node) {
        Preemption found;
        std::vector<PodId> pool;
        for (PodId id = world_.nodes[node].first_pod; id.valid(); id = world_.pods[id].next_on_node) {
            const Pod& other = world_.pods[id];
            if (other.holds_resources && priority_of(spec_, other) < priority_of(spec_, world_.pods[pod_]))
                pool.push_back(id);
        }
        if (pool.empty()) return found;
        std::ranges::sort(pool, [&](PodId a, PodId b) { return importance(a) < importance(b); });
        for (const PodId id : pool) suppose(spec_, world_, id, node, -1);
        if (fits(node)) {
            const std::vector<bool> breaks = breaks_budget(pool);
            for (const bool breaker : {true, false}) {
                for (std::size_t i = 0; i < pool.size(); ++i) {
                    if (breaks[i] == breaker && !is_spared(pool[i], node)) {
                        found.victims.push_back(pool[i]);
                        if (breaker) ++found.budget_violations;
                    }
                }
            }
            if (!found.victims.empty()) found.node = node;
            std::ranges::sort(found.victims, [&](PodId a, PodId b) { return importance(a) < importance(b); });
            for (const PodId id : found.victims) suppose(spec_, world_, id, node, +1);
        } else {
            for (const PodId id : pool) suppose(spec_, world_, id, node, +1);
        }
        return found;
    }

    // SCHED-84: the least is taken.
    auto badness(const Preemption& found) const {
        const std::int64_t highest = priority_of(spec_, world_.pods[found.victims.front()]);
        std::int64_t sum = 0;
        sim::Time earliest = sim::Time::never();
        for (const PodId id : found.victims) {
            const Pod& victim = world_.pods[id];
            sum += priority_of(spec_, victim) + (std::int64_t{1} << 31);
            if (priority_of(spec_, victim) == highest) earliest = std::min(earliest, started(victim));
        }
        return std::tuple(found.budget_violations, highest, sum, found.victims.size(), -earliest.us());
    }

  private:
    // More important first: higher priority, then the earlier start; what is left open goes by age.
    std::tuple<std::int32_t, sim::Time, sim::Time, PodId> importance(PodId id) const {
        const Pod& pod = world_.pods[id];
        return {-priority_of(spec_, pod), started(pod), pod.created, id};
    }

    bool fits(NodeId node) { return refusal_now(spec_, world_, pod_, node).filter == Filter::none; }

    bool is_spared(PodId id, NodeId node) {
        suppose(spec_, world_, id, node, +1);
        if (fits(node)) return true;
        suppose(spec_, world_, id, node, -1);
        return false;
    }

    // SCHED-83, of pods in the order in which they would be spared.
    std::vector<bool> breaks_budget(const std::vector<PodId>& pool) const {
        std::vector<bool> breaks(pool.size(), false);
        for (std::size_t b = 0; b < spec_.budgets.size(); ++b) {
            std::int32_t allowed = world_.budgets[b].disruptions_allowed;
            for (std::size_t i = 0; i < pool.size(); ++i) {
                const Pod& pod = world_.pods[pool[i]];
                // One that is being evicted has been charged already; labels are what a budget selects by.
                if (is_disrupted(pod) || spec_[pod.pod_template].labels.empty() ||
                    !spec_.budgets[b].counts_for_scheduler(pod.pod_template))
                    continue;
                if (--allowed < 0) breaks[i] = true;
            }
        }
        return breaks;
    }

    const Spec& spec_;
    World& world_;
    PodId pod_;
};

// SCHED-80: not while what it asked to go is going.
bool may_preempt(const Spec& spec, World& world, PodId id) {
    const Pod& pod = world.pods[id];
    if (!spec.kubernetes.has_priorities_and_preemption() || !spec[pod.pod_template].may_preempt) return false;
    if (!pod.nominated.valid()) return true;
    if (refusal_now(spec, world, id, pod.nominated).is_final) return true;
    for (PodId other = world.nodes[pod.nominated].first_pod; other.valid(); other = world.pods[other].next_on_node) {
        const Pod& victim = world.pods[other];
        if (victim.is_preempted && victim.holds_resources && priority_of(spec, victim) < priority_of(spec, pod))
            return false;
    }
    return true;
}

}  // namespace

Preemption find_victims(const Spec& spec, World& world, sim::RunKey key, PodId id) {
    constexpr std::size_t candidates_min = 100;  // SCHED-81
    constexpr std::size_t candidates_percent = 10;
    Preemption best;
    if (!may_preempt(spec, world, id)) return best;
    best.was_tried = true;
    const Pod& pod = world.pods[id];
    const bool is_above_some = std::ranges::any_of(
        spec.templates, [&](const PodTemplate& other) { return other.priority < priority_of(spec, pod); });
    if (!is_above_some) return best;
    const std::vector<NodeId> open = nodes_that_refuse_for_now(spec, world, id);
    if (open.empty()) return best;
    const std::size_t wanted = std::min(open.size(), std::max(candidates_min, open.size() * candidates_percent / 100));
    const std::size_t offset = sim::draw_below(
        key, {stream::preemption, spec[pod.workload].stable_key, pod.ordinal, pod.attempts}, open.size());
    Victims victims(spec, world, id);
    std::size_t kept = 0;
    std::size_t without_violation = 0;
    for (std::size_t i = 0; i < open.size(); ++i) {
        Preemption found = victims.on_node(open[(offset + i) % open.size()]);
        if (!found.node.valid()) continue;
        ++kept;
        if (found.budget_violations == 0) ++without_violation;
        if (!best.node.valid() || victims.badness(found) < victims.badness(best)) {
            best = std::move(found);
            best.was_tried = true;
        }
        if (without_violation > 0 && kept >= wanted) break;
    }
    return best;
}

}  // namespace eks

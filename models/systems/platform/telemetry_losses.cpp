#include "models/systems/platform/telemetry_losses.hpp"

#include "models/systems/platform/telemetry_shares.hpp"
#include "models/systems/platform/write_ahead_log.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <map>

namespace eks {

namespace {

bool is_within_reach(const TelemetryAgent& agent, const AgentPod& row, PodId id, const Pod& pod) {
    switch (agent.scope) {
        case ScrapeScope::all:
        case ScrapeScope::shared: return true;
        case ScrapeScope::own_node: return row.node == pod.node;
        case ScrapeScope::own_pod: return row.pod == id;
    }
    return false;
}

bool scrapes(const Spec& spec, const AgentPod& row, PodId id, const Pod& pod) {
    const TelemetryAgent& agent = agent_of(spec, row);
    return std::ranges::find(agent.targets, pod.workload, &ScrapeTarget::pods) != agent.targets.end() &&
           is_within_reach(agent, row, id, pod);
}

// Since when another has all samples of the pod as well; never: nobody has. Of those who share targets out each has a
// part alone, so that all of them must have been there.
sim::Time others_have_since(const Spec& spec, const World& world, const AgentPod& row, PodId id, const Pod& pod) {
    sim::Time since = sim::Time::never();
    std::map<std::uint32_t, sim::Time> of_sharers;
    for (const AgentPod& other : world.telemetry.pods) {
        if (&other == &row || !other.is_up || !scrapes(spec, other, id, pod)) continue;
        const sim::Time whole = std::max(other.up_since, other.lost_before);
        if (agent_of(spec, other).scope != ScrapeScope::shared)
            since = std::min(since, whole);
        else if (other.agent != row.agent)
            of_sharers[other.agent] = std::max(of_sharers[other.agent], whole);
    }
    for (const auto& [agent, whole] : of_sharers) since = std::min(since, whole);
    return since;
}

}  // namespace

std::int64_t lost_for_all(const Spec& spec, const World& world, const AgentPod& row, const LogSpans& gone) {
    const TelemetryAgent& agent = agent_of(spec, row);
    std::int64_t all_milli = 0;
    std::map<sim::Time, std::int64_t> milli_by_since;
    for (const ScrapeTarget& target : agent.targets) {
        for_each_pod(world, target.pods, [&](PodId id, const Pod& pod) {
            if (pod.started == sim::Time::origin() && !containers_run(pod)) return;
            if (!is_within_reach(agent, row, id, pod)) return;
            all_milli += rate_milli(target);
            milli_by_since[others_have_since(spec, world, row, id, pod)] += rate_milli(target);
        });
    }
    if (all_milli == 0) return wal::total(gone);
    std::int64_t lost = 0;
    for (const auto& [since, milli] : milli_by_since)
        lost += wal::share_of(wal::micro_before(gone, since), milli, all_milli);
    return lost;
}

}  // namespace eks

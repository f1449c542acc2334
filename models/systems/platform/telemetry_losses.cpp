#include "models/systems/platform/telemetry_losses.hpp"

#include "models/systems/platform/telemetry_shares.hpp"
#include "models/systems/platform/time_spans.hpp"
#include "models/systems/platform/write_ahead_log.hpp"
#include "models/world/verbs.hpp"

#include <map>

namespace eks {

void OtherLogs::index() {
    if (is_indexed_) return;
    is_indexed_ = true;
    by_slot_.resize(spec_.telemetry.agents.size());
    for (std::uint32_t i = 0; i < world_.telemetry.pods.size(); ++i) {
        const AgentPod& row = world_.telemetry.pods[i];
        const ScrapeScope scope = agent_of(spec_, row).scope;
        if (scope == ScrapeScope::shared || (scope == ScrapeScope::own_pod && !row.pod.valid())) continue;
        const std::size_t slot = scope == ScrapeScope::own_node  ? row.node.slot
                                 : scope == ScrapeScope::own_pod ? row.pod.slot
                                                                 : 0;
        std::vector<Rows>& rows = by_slot_[row.agent];
        if (slot >= rows.size()) rows.resize(slot + 1);
        rows[slot].push_back(i);
    }
}

std::vector<OtherLogs::Place> OtherLogs::places_of(const AgentPod& row) const {
    const TelemetryAgent& agent = agent_of(spec_, row);
    if (agent.scope == ScrapeScope::own_pod) return {{agent.pods, row.pod, row.node, 1}};
    std::vector<Place> places;
    const auto add = [&](const ScrapeTarget& target, PodId id, const Pod& pod) {
        if (pod.workload == target.pods && (pod.started != sim::Time::origin() || containers_run(pod)))
            places.push_back({pod.workload, id, pod.node, rate_milli(target)});
    };
    const Node* node = agent.scope == ScrapeScope::own_node ? world_.nodes.find(row.node) : nullptr;
    for (const ScrapeTarget& target : agent.targets) {
        if (agent.scope != ScrapeScope::own_node)
            for_each_pod(world_, target.pods, [&](PodId id, const Pod& pod) { add(target, id, pod); });
        else if (node != nullptr)
            for (PodId id = node->first_pod; id.valid(); id = world_.pods[id].next_on_node)
                add(target, id, world_.pods[id]);
    }
    if (!places.empty()) return places;
    const NodeId there = agent.scope == ScrapeScope::own_node ? row.node : NodeId::none();
    for (const ScrapeTarget& target : agent.targets)
        places.push_back({target.pods, PodId::none(), there, rate_milli(target)});
    return places;
}

OtherLogs::Rows OtherLogs::others_at(const Place& place, const AgentPod& row) const {
    Rows others;
    for (std::uint32_t a = 0; a < by_slot_.size(); ++a) {
        const TelemetryAgent& agent = spec_.telemetry.agents[a];
        if (!scrapes(agent, place.workload)) continue;
        const std::size_t slot = agent.scope == ScrapeScope::own_node  ? place.node.slot
                                 : agent.scope == ScrapeScope::own_pod ? place.pod.slot
                                                                       : 0;
        if (slot >= by_slot_[a].size()) continue;
        for (const std::uint32_t i : by_slot_[a][slot]) {
            const AgentPod& other = world_.telemetry.pods[i];
            const bool is_elsewhere = (agent.scope == ScrapeScope::own_node && other.node != place.node) ||
                                      (agent.scope == ScrapeScope::own_pod && other.pod != place.pod);
            if (&other != &row && !is_elsewhere) others.push_back(i);
        }
    }
    return others;
}

TimeSpans OtherLogs::missing_for(const Rows& rows) const {
    TimeSpans missing = world_.telemetry.pods[rows.front()].missing;
    for (std::size_t i = 1; i < rows.size(); ++i)
        missing = intersection(missing, world_.telemetry.pods[rows[i]].missing);
    return missing;
}

std::int64_t OtherLogs::lost_for_all(const AgentPod& row, const LogSpans& gone) {
    index();
    std::int64_t all_milli = 0;
    std::map<Rows, std::int64_t> milli_by_others;
    for (const Place& place : places_of(row)) {
        all_milli += place.milli;
        milli_by_others[others_at(place, row)] += place.milli;
    }
    if (all_milli == 0) return wal::total(gone);
    std::int64_t lost = 0;
    for (const auto& [others, milli] : milli_by_others) {
        const std::int64_t micro = others.empty() ? wal::total(gone) : wal::micro_within(gone, missing_for(others));
        lost += wal::share_of(micro, milli, all_milli);
    }
    return lost;
}

}  // namespace eks

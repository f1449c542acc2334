#include "models/systems/platform/telemetry_shares.hpp"

#include "libsim/wide.hpp"
#include "models/world/verbs.hpp"

#include <algorithm>
#include <cstddef>

namespace eks {

namespace {

constexpr std::int64_t ppm = 1'000'000;

class Shares {
  public:
    Shares(const Spec& spec, World& world) : spec_(spec), world_(world), levels_(spec.telemetry.agents.size()) {
        const std::size_t agents = levels_.size();
        up_.resize(agents);
        first_at_.resize(agents);
        of_each_.resize(agents);
        doubled_of_each_.resize(agents);
        doubled_.resize(world.telemetry.pods.size());
        next_there_.resize(world.telemetry.pods.size());
        for (std::size_t i = 0; i < world.telemetry.pods.size(); ++i) {
            AgentPod& row = world.telemetry.pods[i];
            row.in_milli = 0;
            if (!row.is_up) continue;
            ++up_[row.agent];
            const ScrapeScope scope = spec.telemetry.agents[row.agent].scope;
            if (scope == ScrapeScope::own_node) put(row.agent, row.node.slot, i);
            if (scope == ScrapeScope::own_pod) put(row.agent, row.pod.slot, i);
        }
    }

    std::vector<AgentLevels> share_out() {
        for (std::uint32_t a = 0; a < levels_.size(); ++a) {
            std::vector<PodId> missed;
            for (const ScrapeTarget& target : spec_.telemetry.agents[a].targets) {
                for_each_pod(world_, target.pods, [&](PodId id, const Pod& pod) {
                    if (!is_alive(pod)) return;
                    if (scrapers_of(a, id, pod) > 0) return scrape(a, target, id, pod);
                    if (a != first_agent_of(pod.workload) || scrapers_of(id, pod) > 0) return;
                    levels_[a].missed_milli += rate_milli(target);
                    missed.push_back(id);
                });
            }
            std::ranges::sort(missed, {}, &PodId::slot);
            const auto doubles = std::ranges::unique(missed);
            levels_[a].unobserved = std::ssize(missed) - std::ssize(doubles);
        }
        for (std::size_t i = 0; i < world_.telemetry.pods.size(); ++i) finish(world_.telemetry.pods[i], doubled_[i]);
        return std::move(levels_);
    }

  private:
    // Rows of one place, one after the other, as 1 + their own places; 0: no more.
    void put(std::uint32_t agent, std::uint32_t slot, std::size_t row) {
        std::vector<std::uint32_t>& first = first_at_[agent];
        if (slot >= first.size()) first.resize(std::size_t{slot} + 1);
        next_there_[row] = first[slot];
        first[slot] = static_cast<std::uint32_t>(row + 1);
    }

    // The first row of the agent's pods that scrape this one because of where they are.
    std::uint32_t first_by_place(std::uint32_t agent, PodId id, const Pod& pod) const {
        const bool by_node = spec_.telemetry.agents[agent].scope == ScrapeScope::own_node;
        const std::uint32_t slot = by_node ? pod.node.slot : id.slot;
        return slot < first_at_[agent].size() ? first_at_[agent][slot] : 0;
    }

    // How many pods of an agent scrape it.
    std::int64_t scrapers_of(std::uint32_t agent, PodId id, const Pod& pod) const {
        std::int64_t there = 0;
        switch (spec_.telemetry.agents[agent].scope) {
            case ScrapeScope::all: return up_[agent];
            case ScrapeScope::shared: return std::min<std::int64_t>(up_[agent], 1);
            case ScrapeScope::own_node:
            case ScrapeScope::own_pod:
                for (std::uint32_t row = first_by_place(agent, id, pod); row > 0; row = next_there_[row - 1]) ++there;
        }
        return there;
    }

    bool is_target_of(std::uint32_t agent, WorkloadIx pods) const {
        const auto& targets = spec_.telemetry.agents[agent].targets;
        return std::ranges::find(targets, pods, &ScrapeTarget::pods) != targets.end();
    }
    // Who answers for it where nobody scrapes it.
    std::uint32_t first_agent_of(WorkloadIx pods) const {
        std::uint32_t agent = 0;
        while (!is_target_of(agent, pods)) ++agent;
        return agent;
    }

    // All agents write to the same backend.
    std::int64_t scrapers_of(PodId id, const Pod& pod) const {
        std::int64_t sum = 0;
        for (std::uint32_t a = 0; a < levels_.size(); ++a) {
            if (is_target_of(a, pod.workload)) sum += scrapers_of(a, id, pod);
        }
        return sum;
    }

    void scrape(std::uint32_t agent, const ScrapeTarget& target, PodId id, const Pod& pod) {
        const std::int64_t rate = rate_milli(target);
        const std::int64_t scrapers = scrapers_of(id, pod);
        const std::int64_t doubled = rate * (scrapers - 1) / scrapers;  // one of them is the first
        switch (spec_.telemetry.agents[agent].scope) {
            case ScrapeScope::all:
            case ScrapeScope::shared:
                of_each_[agent] += rate;
                doubled_of_each_[agent] += doubled;
                return;
            case ScrapeScope::own_node:
            case ScrapeScope::own_pod: break;
        }
        for (std::uint32_t row = first_by_place(agent, id, pod); row > 0; row = next_there_[row - 1]) {
            world_.telemetry.pods[row - 1].in_milli += rate;
            doubled_[row - 1] += doubled;
        }
    }

    void finish(AgentPod& row, std::int64_t doubled) const {
        if (!row.is_up) return;
        const bool is_shared = spec_.telemetry.agents[row.agent].scope == ScrapeScope::shared;
        const std::int64_t among = is_shared ? up_[row.agent] : 1;
        row.in_milli += of_each_[row.agent] / among;
        doubled += doubled_of_each_[row.agent] / among;
        row.rejected_ppm = row.in_milli == 0 ? 0 : static_cast<std::int32_t>(sim::Int128{doubled} * ppm / row.in_milli);
    }

    const Spec& spec_;
    World& world_;
    std::vector<AgentLevels> levels_;
    std::vector<std::int64_t> up_;                      // by agent: its pods that are up
    std::vector<std::vector<std::uint32_t>> first_at_;  // by agent: by the slot of the node, or of the pod
    std::vector<std::uint32_t> next_there_;             // by row
    std::vector<std::int64_t> of_each_;          // by agent: what each of its pods scrapes, or all of them share out
    std::vector<std::int64_t> doubled_of_each_;  // of that, what is not the first
    std::vector<std::int64_t> doubled_;          // by row: likewise of what it scrapes because of where it is
};

}  // namespace

std::vector<AgentLevels> share_out_targets(const Spec& spec, World& world) { return Shares(spec, world).share_out(); }

}  // namespace eks

#include "models/systems/platform/telemetry_shares.hpp"

#include "models/world/verbs.hpp"

#include <algorithm>
#include <cstddef>

namespace eks {

namespace {

constexpr std::int64_t milli_micros = 1'000'000'000;  // a rate in thousandths a second, from samples and microseconds
constexpr std::int64_t ppm = 1'000'000;

std::int64_t rate_milli(const ScrapeTarget& target) { return target.samples * milli_micros / target.interval.us(); }

class Shares {
  public:
    Shares(const Spec& spec, World& world) : spec_(spec), world_(world), levels_(spec.telemetry.agents.size()) {
        const std::size_t agents = levels_.size();
        up_.resize(agents);
        on_node_.resize(agents);
        in_pod_.resize(agents);
        of_each_.resize(agents);
        doubled_of_each_.resize(agents);
        doubled_.resize(world.telemetry.pods.size());
        for (std::size_t i = 0; i < world.telemetry.pods.size(); ++i) {
            AgentPod& row = world.telemetry.pods[i];
            row.in_milli = 0;
            if (!row.is_up) continue;
            ++up_[row.agent];
            put(on_node_[row.agent], row.node.slot, i);
            put(in_pod_[row.agent], row.pod.slot, i);
        }
    }

    std::vector<AgentLevels> share_out() {
        for (std::uint32_t a = 0; a < levels_.size(); ++a) {
            std::vector<PodId> missed;
            for (const ScrapeTarget& target : spec_.telemetry.agents[a].targets) {
                for_each_pod(world_, target.pods, [&](PodId id, const Pod& pod) {
                    if (!containers_run(pod)) return;
                    if (scrapers_of(a, id, pod) > 0) return scrape(a, target, id, pod);
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
    // 1 + the place of a row, by slot.
    using Places = std::vector<std::uint32_t>;
    static void put(Places& places, std::uint32_t slot, std::size_t row) {
        if (slot >= places.size()) places.resize(std::size_t{slot} + 1);
        places[slot] = static_cast<std::uint32_t>(row + 1);
    }
    static std::uint32_t at(const Places& places, std::uint32_t slot) {
        return slot < places.size() ? places[slot] : 0;
    }

    // The row of the one pod of the agent that scrapes it, as far as it is one.
    std::uint32_t only_scraper(std::uint32_t agent, PodId id, const Pod& pod) const {
        const bool by_node = spec_.telemetry.agents[agent].scope == ScrapeScope::own_node;
        return by_node ? at(on_node_[agent], pod.node.slot) : at(in_pod_[agent], id.slot);
    }

    // How many pods of an agent scrape it.
    std::int64_t scrapers_of(std::uint32_t agent, PodId id, const Pod& pod) const {
        switch (spec_.telemetry.agents[agent].scope) {
            case ScrapeScope::all: return up_[agent];
            case ScrapeScope::shared: return std::min<std::int64_t>(up_[agent], 1);
            case ScrapeScope::own_node:
            case ScrapeScope::own_pod: return only_scraper(agent, id, pod) == 0 ? 0 : 1;
        }
        return 0;
    }

    // All agents write to the same backend.
    std::int64_t scrapers_of(PodId id, const Pod& pod) const {
        std::int64_t sum = 0;
        for (std::uint32_t a = 0; a < levels_.size(); ++a) {
            const auto& targets = spec_.telemetry.agents[a].targets;
            if (std::ranges::find(targets, pod.workload, &ScrapeTarget::pods) != targets.end())
                sum += scrapers_of(a, id, pod);
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
        const std::uint32_t row = only_scraper(agent, id, pod) - 1;
        world_.telemetry.pods[row].in_milli += rate;
        doubled_[row] += doubled;
    }

    void finish(AgentPod& row, std::int64_t doubled) const {
        if (!row.is_up) return;
        const bool is_shared = spec_.telemetry.agents[row.agent].scope == ScrapeScope::shared;
        const std::int64_t among = is_shared ? up_[row.agent] : 1;
        row.in_milli += of_each_[row.agent] / among;
        doubled += doubled_of_each_[row.agent] / among;
        row.rejected_ppm = row.in_milli == 0 ? 0 : static_cast<std::int32_t>(doubled * ppm / row.in_milli);
    }

    const Spec& spec_;
    World& world_;
    std::vector<AgentLevels> levels_;
    std::vector<std::int64_t> up_;               // by agent: its pods that are up
    std::vector<Places> on_node_;                // by agent: by the node that they are on
    std::vector<Places> in_pod_;                 // by agent: by themselves
    std::vector<std::int64_t> of_each_;          // by agent: what each of its pods scrapes, or all of them share out
    std::vector<std::int64_t> doubled_of_each_;  // of that, what is not the first
    std::vector<std::int64_t> doubled_;          // by row: likewise of what it scrapes as the only one of its agent
};

}  // namespace

std::vector<AgentLevels> share_out_targets(const Spec& spec, World& world) { return Shares(spec, world).share_out(); }

}  // namespace eks

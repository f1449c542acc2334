// Who scrapes whom now (FR-26), for the agents' pods that are up.
#pragma once

#include "models/spec/spec.hpp"
#include "models/world/world.hpp"

#include <cstdint>
#include <vector>

namespace eks {

inline const TelemetryAgent& agent_of(const Spec& spec, const AgentPod& row) {
    return spec.telemetry.agents[row.agent];
}

// Of one pod, in thousandths of samples a second.
constexpr std::int64_t rate_milli(const ScrapeTarget& target) {
    return target.samples * 1'000'000'000 / target.interval.us();
}

// Sets what each of these pods scrapes, and the share of it that the backend rejects. Answers, by agent, with what is
// missed for want of a scrape, and the pods that this is about; the other levels are zero.
std::vector<AgentLevels> share_out_targets(const Spec& spec, World& world);

}  // namespace eks

// What is demanded of any text that is given as a scenario: it is one, or there are complaints; and one that is small
// enough runs for a few hundred events without breaking an invariant.
#pragma once

#include "models/planning/run.hpp"
#include "models/scenario/diagnostics.hpp"
#include "models/scenario/scenario.hpp"
#include "models/world/invariants.hpp"
#include "tests/fuzz/require.hpp"

#include <string>
#include <string_view>

namespace eks::fuzz {

inline void check_complaints(const Complaints& complaints) {
    for (const Complaint& complaint : complaints) {
        require(!complaint.message.empty(), "a complaint says what is wrong");
        require(is_utf8(to_text(complaint)) && is_utf8(complaint.pointer), "a complaint cuts no character in two");
    }
}

// A thousand pods open quickly even under the sanitizers.
inline bool is_small(const Spec& spec) {
    std::int64_t things = 0;
    for (const NodeGroup& group : spec.node_groups) things += 4 * std::int64_t{group.desired};
    for (const Workload& workload : spec.workloads) things += workload.replicas + workload.job.parallelism;
    return things < 400 && spec.timeline.size() < 1'000;
}

inline void check_run(const Scenario& scenario) {
    constexpr int events = 400;
    Run run = start(scenario);
    for (int n = 0; n < events && run.now() < sim::Time::at(scenario.run.duration); ++n) {
        if (!run.step()) break;
        if (n % 100 != 99) continue;
        const auto broken = broken_invariants(run.spec(), run.world());
        if (!broken.empty()) require(false, broken.front());
    }
}

inline void check_scenario(std::string_view text) {
    const auto scenario = load_scenario_json(text);
    if (!scenario.ok()) {
        require(!scenario.error().empty(), "a scenario that is refused comes with complaints");
        check_complaints(scenario.error());
        return;
    }
    require(scenario->spec != nullptr, "a scenario that is read has a Spec");
    check_complaints(scenario->warnings);
    static_cast<void>(expand_variants(text));
    if (is_small(*scenario->spec)) check_run(*scenario);
}

}  // namespace eks::fuzz

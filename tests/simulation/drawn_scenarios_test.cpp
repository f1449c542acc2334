// Whole scenarios drawn at random, read as documents and run with every invariant looked at after every event. What
// fails is made small and printed as a scenario that `ekssim run` takes. `./dev fuzz` runs many more seeds.
#include "tests/support/drawn_scenario.hpp"
#include "tests/support/shrink_scenario.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>

namespace eks::testing {
namespace {

// Another place of the fork for each seed.
std::int64_t fork_of(std::uint64_t seed) { return static_cast<std::int64_t>(seed * 7'919 % 1'000'000); }

void check_seed(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed) + "; repeat it with EKSSIM_SEED=" + std::to_string(seed) +
                 " ekssim_tests --gtest_filter=DrawnScenarios.KeepEveryInvariant");
    const Json document = draw_scenario(seed);
    const CheckedRun checked = run_checked(document.dump(), fork_of(seed));
    if (checked.outcome != CheckedRun::Outcome::broken) return;
    ADD_FAILURE() << sim::to_text(checked.at) << ": " << checked.what << "\nthe smallest scenario that breaks it:\n"
                  << shrink_scenario(document, checked, fork_of(seed)).dump(1);
}

TEST(DrawnScenarios, KeepEveryInvariant) {
    const char* only = std::getenv("EKSSIM_SEED");
    const std::uint64_t first = only != nullptr ? std::strtoull(only, nullptr, 10) : 1;
    for (std::uint64_t seed = first; seed <= (only != nullptr ? first : 40) && !HasFailure(); ++seed) check_seed(seed);
}

// What is never accepted is not tested: all faults that a timeline knows, all kinds of workloads, and most drawings.
TEST(DrawnScenarios, ReachEveryFaultAndEveryKindOfWorkload) {
    constexpr std::uint64_t drawn = 300;
    std::set<FaultKind> faults;
    std::set<WorkloadKind> kinds;
    std::set<CniKind> cnis;
    std::uint64_t accepted = 0;
    std::string refusals;
    for (std::uint64_t seed = 1; seed <= drawn; ++seed) {
        const auto scenario = load_scenario_json(draw_scenario(seed).dump());
        if (!scenario.ok()) {
            refusals += std::to_string(seed) + ": " + to_text(scenario.error().front()) + '\n';
            continue;
        }
        ++accepted;
        cnis.insert(scenario->spec->cni_kind);
        for (const Workload& workload : scenario->spec->workloads) kinds.insert(workload.kind);
        for (const TimelineAction& action : scenario->spec->timeline) {
            if (action.kind == TimelineKind::fault_begins) faults.insert(action.fault.kind);
        }
    }
    EXPECT_GE(accepted, drawn * 3 / 4) << refusals;
    for (std::size_t i = 0; i < fault_kind_count; ++i)
        EXPECT_TRUE(faults.contains(static_cast<FaultKind>(i))) << fault_names[i] << " is never drawn and accepted";
    EXPECT_EQ(cnis, (std::set{CniKind::vpc_cni, CniKind::cilium_eni, CniKind::both}));
    for (const WorkloadKind kind :
         {WorkloadKind::deployment, WorkloadKind::replica_set, WorkloadKind::stateful_set, WorkloadKind::daemon_set,
          WorkloadKind::job, WorkloadKind::cron_job, WorkloadKind::pod, WorkloadKind::scaled_job})
        EXPECT_TRUE(kinds.contains(kind)) << static_cast<int>(kind);
}

// The shrinker itself: of two Deployments and a timeline only what the complaint is about is left.
TEST(ShrinkScenario, KeepsWhatBreaksAlone) {
    Json document = draw_scenario(1);
    document["culprit"]["deep"] = {1, 7, 3};
    const ScenarioShrinker::StillBreaks has_seven = [](const Json& candidate) {
        const Json* at = candidate.contains("culprit") ? &candidate["culprit"] : nullptr;
        return at != nullptr && at->contains("deep") && std::ranges::count((*at)["deep"], Json(7)) > 0;
    };
    const Json small = ScenarioShrinker(has_seven, 10'000).shrink(document);
    EXPECT_EQ(small, Json({{"culprit", {{"deep", Json::array({7})}}}}));
}

}  // namespace
}  // namespace eks::testing

// Who is missed when agents of telemetry end, and what is lost that nobody else has (FR-25 to FR-27). All numbers are
// rates times times.
#include "tests/support/scraped_cluster.hpp"

namespace eks::testing {
namespace {

constexpr sim::Duration once = sim::Duration::zero();

// A second agent of its own workload, which scrapes the same pods from the same cluster.
WorkloadIx add_twin(Scraped& scraped, WalVolume volume = WalVolume::container) {
    const WorkloadIx twin = scraped.c.add_deployment("twin", 1);
    scraped.follow(ScrapeScope::all, volume).pods = twin;
    return twin;
}

std::int64_t most_missed(const TinyRun& run) {
    std::int64_t missed = 0;
    std::int64_t most = 0;
    for (const auto& seen : run.all<TelemetryFact>(at(1_min)))
        most = std::max(most, missed += seen.fact.change.missed_milli);
    return most;
}

// Of two that scrape the same, one may lose all it has: the backend gets it from the other.
TEST(TelemetryLosses, WhatAnotherHasIsNotLost) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("agent", 1);
    scraped.follow(ScrapeScope::all);
    add_twin(scraped);
    scraped.strike(10_min, 30_min, FaultKind::telemetry_outage);
    scraped.strike(25_min, once, FaultKind::container_crash);
    TinyRun run = scraped.c.start();
    run.until(1_h);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 1U);
    EXPECT_EQ(ended(run, SampleEnd::wal_gone), 0);
    EXPECT_EQ(most_missed(run), 0);
}

// Both crash, one after the other: what is older than the first crash is with nobody then.
TEST(TelemetryLosses, WhatBothHadIsLostOnce) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("agent", 1);
    scraped.follow(ScrapeScope::all);
    const WorkloadIx twin = add_twin(scraped);
    scraped.strike(10_min, 30_min, FaultKind::telemetry_outage);
    scraped.strike(20_min, once, FaultKind::container_crash);
    scraped.strike(25_min, once, FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.workload = twin;
    TinyRun run = scraped.c.start();
    run.until(1_h);
    // Five seconds' worth waited for their batch; the first is back within two seconds.
    EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_gone)), 80 * (600 + 5 + 1), 80 * 2.0);
}

// Both keep two hours: what both no longer have is lost once.
TEST(TelemetryLosses, WhatIsTooOldForBothIsLostOnce) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("agent", 1);
    scraped.follow(ScrapeScope::all);
    add_twin(scraped);
    scraped.strike(1_h, 4_h, FaultKind::telemetry_outage);
    TinyRun run = scraped.c.start();
    run.until(6_h);
    EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_too_old)), 80 * (3'600 + 5), 80 * 60.0);
}

// One whose log outlives its own restart has what it had: but for the second in which it was away (FR-27).
TEST(TelemetryLosses, ALogThatOutlivesARestartStandsInForAnother) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("agent", 1);
    scraped.follow(ScrapeScope::all, WalVolume::empty_dir).cut_ppm = 0;
    const WorkloadIx twin = add_twin(scraped);
    scraped.strike(10_min, 40_min, FaultKind::telemetry_outage);
    scraped.strike(28_min, once, FaultKind::container_crash);
    scraped.strike(30_min, once, FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.workload = twin;
    TinyRun run = scraped.c.start();
    run.until(1_h);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 2U);
    EXPECT_LE(ended(run, SampleEnd::wal_gone), 80 * 3);
}

// Nor does it matter that the pods are gone meanwhile.
TEST(TelemetryLosses, WhatAnotherHasOfPodsThatAreGoneIsNotLost) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("agent", 1);
    scraped.follow(ScrapeScope::all);
    add_twin(scraped);
    scraped.strike(10_min, 40_min, FaultKind::telemetry_outage);
    scraped.c.scale_at(20_min, scraped.web, 0);
    scraped.strike(25_min, once, FaultKind::container_crash);
    TinyRun run = scraped.c.start();
    run.until(1_h);
    EXPECT_EQ(ended(run, SampleEnd::wal_gone), 0);
}

// A sidecar goes with its pod, and a central agent has scraped that pod, too.
TEST(TelemetryLosses, ACentralAgentHasWhatASidecarLoses) {
    Scraped scraped;
    scraped.agent = scraped.web;
    scraped.follow(ScrapeScope::own_pod);
    add_twin(scraped);
    scraped.strike(10_min, 40_min, FaultKind::telemetry_outage);
    scraped.c.scale_at(20_min, scraped.web, 4);
    TinyRun run = scraped.c.start();
    run.until(1_h);
    EXPECT_EQ(ended(run, SampleEnd::wal_gone), 0);
}

// Two pods of an agent on one node, each scraping its node: all is sent twice, and half of it rejected (FR-26).
TEST(TelemetryLosses, TwoOfAnAgentOnOneNodeScrapeItTwice) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("agent", 2);
    scraped.follow(ScrapeScope::own_node);
    scraped.c.spec.placement.pods.push_back({scraped.agent, NodeGroupIx::of(0), 0, 2});
    TinyRun run = scraped.c.start();
    run.until(10_min);
    EXPECT_EQ(levels(run).in_milli, 2 * 40'000);
    EXPECT_EQ(levels(run).rejected_milli, 40'000);
    EXPECT_EQ(levels(run).unobserved, 4);  // those of the other node
}

// Told to stop, it has its pod's grace period, here 30 s, to send a backlog of ten minutes and five seconds at 300/s.
TEST(TelemetryLosses, AStopLeavesWhatCannotBeSentInTime) {
    for (const WalVolume volume : {WalVolume::empty_dir, WalVolume::persistent}) {
        Scraped scraped;
        scraped.agent = scraped.c.add_deployment("gateway", 1);
        scraped.follow(ScrapeScope::all, volume).sends_milli_per_second = 300'000;
        scraped.strike(10_min, 20_min, FaultKind::telemetry_outage);
        TinyRun run = scraped.c.start();
        run.until(20_min);
        run.delete_pod(run.pods_of(scraped.agent).front());
        run.until(40_min);
        EXPECT_EQ(ended(run, SampleEnd::sent), 300 * 30);
        const bool is_kept = volume == WalVolume::persistent;
        EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_gone)), is_kept ? 0 : 80 * 605 - 300 * 30, 1.0);
        EXPECT_NEAR(static_cast<double>(levels(run).unsent_milli) / 1000, 80 * 5, 1.0);
    }
}

// In a rolling update the next pod is up before the one whose log it gets has ended.
TEST(TelemetryLosses, ALogOnAClaimGoesToThePodThatIsThereAlready) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("gateway", 2);
    scraped.follow(ScrapeScope::shared, WalVolume::persistent);
    scraped.strike(10_min, 30_min, FaultKind::telemetry_outage);
    TinyRun run = scraped.c.start();
    run.until(20_min);
    run.scale(scraped.agent, 1);
    run.until(25_min);
    ASSERT_EQ(run.world().telemetry.pods.size(), 1U);
    EXPECT_NEAR(static_cast<double>(levels(run).unsent_milli) / 1000, 80 * (15 * 60 + 5), 80 * 60.0);
    run.until(1_h);
    EXPECT_EQ(ended(run, SampleEnd::wal_gone), 0);
    EXPECT_NEAR(static_cast<double>(integral(run, &AgentLevels::in_milli)),
                static_cast<double>(integral(run, &AgentLevels::sent_milli) + 80 * 5), 4.0);
}

// What is on a claim ages while no agent is there, and while nothing is left to scrape: of ten minutes and five seconds
// nothing is left after an hour.
TEST(TelemetryLosses, ALogAgesWithoutItsAgentAndWithoutTargets) {
    for (const bool is_agent_away : {true, false}) {
        Scraped scraped;
        scraped.agent = scraped.c.add_deployment("gateway", 1);
        scraped.follow(ScrapeScope::all, WalVolume::persistent).keeps = 1_h;
        scraped.strike(10_min, 4_h, FaultKind::telemetry_outage);
        scraped.c.scale_at(20_min, is_agent_away ? scraped.agent : scraped.web, 0);
        TinyRun run = scraped.c.start();
        // The first samples, of five seconds before the outage, are an hour old then.
        run.until(69_min + 54_s);
        EXPECT_EQ(ended(run, SampleEnd::wal_too_old), 0);
        run.until(2_h);
        EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_too_old)), 80 * 605, 8.0);
        EXPECT_EQ(levels(run).unsent_milli, 0);
        EXPECT_EQ(run.world().telemetry.pods.empty(), is_agent_away);
    }
}

// KUBELET-10: a runtime that does not answer, here for less than it takes until pods are evicted, starts nothing,
// neither a pod's containers nor a sidecar's. Nobody is observed from the crash on until it answers again.
TEST(TelemetryLosses, NothingStartsUnderAFrozenRuntime) {
    for (const ScrapeScope scope : {ScrapeScope::own_node, ScrapeScope::own_pod}) {
        Scraped scraped;
        if (scope == ScrapeScope::own_pod) scraped.agent = scraped.web;
        const std::string container = scraped.follow(scope).container;
        scraped.strike(10_min, 12_min, FaultKind::runtime_freeze);
        scraped.strike(11_min, once, FaultKind::container_crash);
        scraped.c.spec.timeline.back().fault.container = container;
        TinyRun run = scraped.c.start();
        run.until(11_min + 50_s);
        EXPECT_EQ(levels(run).in_milli, 0);
        EXPECT_EQ(levels(run).unobserved, 8);
        EXPECT_EQ(run.count<ContainerRestartedFact>(), 0U);
        run.until(30_min);
        EXPECT_EQ(levels(run).in_milli, 80'000);
        EXPECT_EQ(run.count<ContainerRestartedFact>(), scope == ScrapeScope::own_pod ? 8U : 2U);
    }
}

// One that crashed under a frozen runtime starts with its pod, where that is started anew.
TEST(TelemetryLosses, ASidecarStartsWithItsPodAfterAFreeze) {
    Scraped scraped;
    scraped.agent = scraped.web;
    const std::string container = scraped.follow(ScrapeScope::own_pod).container;
    scraped.strike(10_min, 12_min, FaultKind::runtime_freeze);
    scraped.strike(11_min, once, FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.container = container;
    scraped.strike(11_min + 30_s, once, FaultKind::container_crash);
    TinyRun run = scraped.c.start();
    run.until(30_min);
    EXPECT_EQ(levels(run).in_milli, 80'000);
    EXPECT_EQ(levels(run).unobserved, 0);
}

// Nor does it scrape again because its pod is to go: eight pods are unobserved from the crash on.
TEST(TelemetryLosses, ACrashedSidecarOfAPodThatIsToGoStaysDown) {
    Scraped scraped;
    scraped.agent = scraped.web;
    const std::string container = scraped.follow(ScrapeScope::own_pod).container;
    scraped.strike(10_min, 40_min, FaultKind::runtime_freeze);
    scraped.strike(11_min, once, FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.container = container;
    scraped.c.scale_at(14_min, scraped.web, 0);
    scraped.strike(16_min, 17_min, FaultKind::telemetry_outage);
    TinyRun run = scraped.c.start();
    run.until(30_min);
    EXPECT_EQ(levels(run).in_milli, 0);
}

// A crash and then a freeze are one restart each.
TEST(TelemetryLosses, ARestartThatHasToWaitIsOne) {
    Scraped scraped;
    scraped.agent = scraped.web;
    const std::string container = scraped.follow(ScrapeScope::own_pod).container;
    scraped.strike(10_min, once, FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.container = container;
    scraped.strike(10_min, 12_min, FaultKind::runtime_freeze);
    TinyRun run = scraped.c.start();
    run.until(30_min);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 8U);
    EXPECT_EQ(levels(run).unobserved, 0);
}

// KUBELET-37: as long as the fault lasts it crashes as soon as it starts, each time after a longer pause: 0, 10, 20,
// 40 and 80 s within three minutes, and then 160 s; what is down does not crash.
TEST(TelemetryLosses, ASidecarThatGoesOnCrashingBacksOff) {
    Scraped scraped;
    scraped.agent = scraped.web;
    const std::string container = scraped.follow(ScrapeScope::own_pod).container;
    scraped.c.spec.placement.pods = {{scraped.web, NodeGroupIx::of(0), 0, 1}};
    scraped.c.at(scraped.web).replicas = 1;
    scraped.strike(10_min, 13_min, FaultKind::container_crash);
    for (TimelineAction& action : scraped.c.spec.timeline) action.fault.container = container;
    scraped.strike(11_min, once, FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.container = container;
    TinyRun run = scraped.c.start();
    run.until(13_min);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 5U);
    EXPECT_EQ(levels(run).unobserved, 1);
    run.until(30_min);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 6U);
    EXPECT_EQ(levels(run).unobserved, 0);
}

// A pod that has done its work stops its sidecar, which sends what it has; one that crashes does not.
TEST(TelemetryLosses, ASidecarOfAJobSendsItsLastBatch) {
    for (const bool crashes : {false, true}) {
        Scraped scraped;
        scraped.web = scraped.agent = scraped.c.add_job("work", TinyCluster::job_pod(10_min));
        scraped.follow(ScrapeScope::own_pod);
        if (crashes) scraped.strike(5_min, once, FaultKind::container_crash);
        TinyRun run = scraped.c.start();
        run.until(1_h);
        EXPECT_EQ(ended(run, SampleEnd::sent), 10 * 5);
        EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_gone)), crashes ? 10 * 5 : 0, 1.0);
    }
}

// From the revision in force on: another interval, nobody to scrape, or a template without the sidecar.
TEST(TelemetryLosses, AgentsFollowWhatTheTimelineChanges) {
    Scraped scraped;
    scraped.follow(ScrapeScope::own_node);
    scraped.c.change_at(10_min, [](Spec& s) { s.telemetry.agents.front().targets.front().interval = 10_s; });
    scraped.c.change_at(20_min, [](Spec& s) { s.telemetry.agents.front().targets.clear(); });
    TinyRun run = scraped.c.start();
    run.until(15_min);
    EXPECT_EQ(levels(run).in_milli, 3 * 80'000);
    run.until(25_min);
    EXPECT_EQ(levels(run).in_milli, 0);
    EXPECT_EQ(levels(run).unobserved, 0);
}

TEST(TelemetryLosses, ATemplateWithoutTheSidecarLeavesItsPodsUnobserved) {
    Scraped scraped;
    scraped.agent = scraped.web;
    scraped.follow(ScrapeScope::own_pod).container = "agent";
    TinyRun run = scraped.c.start();
    run.until(10_min);
    EXPECT_EQ(levels(run).unobserved, 8);
    EXPECT_TRUE(run.world().telemetry.pods.empty());
}

}  // namespace
}  // namespace eks::testing

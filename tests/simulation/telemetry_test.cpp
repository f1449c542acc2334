// Agents of telemetry in a run: whom they scrape, what the backend rejects, and what an end of theirs loses (FR-25 to
// FR-27). All numbers are rates times times.
#include "tests/support/scraped_cluster.hpp"

namespace eks::testing {
namespace {

// FR-26: each of two agents scrapes everything: the second sample of each is rejected.
TEST(Telemetry, AgentsThatScrapeAllSendEachSampleAsOftenAsThereAreAgents) {
    Scraped scraped;
    scraped.follow(ScrapeScope::all);
    TinyRun run = scraped.c.start();
    run.until(10_min);
    EXPECT_EQ(levels(run).in_milli, 2 * 80'000);
    EXPECT_EQ(levels(run).sent_milli, 2 * 80'000);
    EXPECT_EQ(levels(run).rejected_milli, 80'000);
    EXPECT_EQ(levels(run).unobserved, 0);
}

TEST(Telemetry, AgentsThatScrapeTheirNodeOrShareTargetsOutSendThemOnce) {
    for (const ScrapeScope scope : {ScrapeScope::own_node, ScrapeScope::shared}) {
        Scraped scraped;
        scraped.follow(scope);
        TinyRun run = scraped.c.start();
        run.until(10_min);
        EXPECT_EQ(levels(run).sent_milli, 80'000);
        EXPECT_EQ(levels(run).rejected_milli, 0);
        for (const AgentPod& row : run.world().telemetry.pods) EXPECT_EQ(row.in_milli, 40'000);
    }
}

// Scrapes are no events: an hour in which nothing happens costs nothing.
TEST(Telemetry, NothingIsLookedAtWhileNothingChanges) {
    Scraped scraped;
    scraped.follow(ScrapeScope::own_node);
    TinyRun run = scraped.c.start();
    run.until(1_min);
    const std::size_t facts = run.facts().size();
    run.until(1_h);
    EXPECT_EQ(run.facts().size(), facts);
}

// FR-25: the pods of its node are unobserved while an agent starts again, which misses 40 samples a second.
TEST(Telemetry, AnAgentThatCrashesLeavesThePodsOfItsNodeUnobserved) {
    Scraped scraped;
    scraped.follow(ScrapeScope::own_node);
    scraped.strike(10_min, sim::Duration::zero(), FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.count = 1;
    TinyRun run = scraped.c.start();
    std::int64_t unobserved = 0;
    std::int64_t most = 0;
    sim::Time down;
    sim::Duration lasted;
    run.until(20_min);
    for (const auto& seen : run.all<TelemetryFact>(at(1_min))) {
        unobserved += seen.fact.change.unobserved;
        if (seen.fact.change.unobserved > 0) down = seen.at;
        if (seen.fact.change.unobserved < 0) lasted = seen.at - down;
        most = std::max(most, unobserved);
    }
    EXPECT_EQ(most, 4);
    EXPECT_EQ(unobserved, 0);
    EXPECT_GT(lasted, sim::Duration::zero());
    EXPECT_NEAR(static_cast<double>(integral(run, &AgentLevels::missed_milli)), 40 * lasted.in_seconds(), 1.0);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 1U);
}

// FR-27: a quarter of an hour of an outage, then both agents crash: 80 x 900 samples and what waited for its batch.
TEST(Telemetry, ACrashLosesTheLogOnTheContainersFileSystem) {
    for (const auto& [volume, gone, cut] : {std::tuple{WalVolume::container, 80 * 905, 0},
                                            {WalVolume::empty_dir, 0, 80 * 905 / 10},
                                            {WalVolume::persistent, 0, 80 * 905 / 10}}) {
        Scraped scraped;
        scraped.follow(ScrapeScope::own_node, volume);
        scraped.strike(10_min, 30_min, FaultKind::telemetry_outage);
        scraped.strike(25_min, sim::Duration::zero(), FaultKind::container_crash);
        TinyRun run = scraped.c.start();
        run.until(2_h);
        // The kubelet sees it within a second.
        EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_gone)), gone, 80.0);
        EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_cut)), cut, 80.0);
        // Whatever came into the logs was sent, lost, or is there.
        const std::int64_t unsent = levels(run).unsent_milli / 1000;
        EXPECT_NEAR(static_cast<double>(integral(run, &AgentLevels::in_milli)),
                    static_cast<double>(integral(run, &AgentLevels::sent_milli) + ended(run, SampleEnd::wal_gone) +
                                        ended(run, SampleEnd::wal_cut) + unsent),
                    4.0);
        EXPECT_NEAR(static_cast<double>(unsent), 80 * 5, 1.0);
    }
}

// A claim goes to the next pod, whose log it is then; an emptyDir goes with its pod. Told to stop, an agent closes its
// log, so that nothing is cut.
TEST(Telemetry, AClaimOutlivesThePod) {
    for (const WalVolume volume : {WalVolume::empty_dir, WalVolume::persistent}) {
        Scraped scraped;
        scraped.agent = scraped.c.add_deployment("gateway", 1);
        scraped.follow(ScrapeScope::all, volume);
        scraped.strike(10_min, 30_min, FaultKind::telemetry_outage);
        TinyRun run = scraped.c.start();
        run.until(20_min);
        run.delete_pod(run.pods_of(scraped.agent).front());
        run.until(1_h);
        const bool is_kept = volume == WalVolume::persistent;
        EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_gone)), is_kept ? 0 : 80 * 605, 1.0);
        EXPECT_EQ(ended(run, SampleEnd::wal_cut), 0);
        EXPECT_NEAR(static_cast<double>(levels(run).unsent_milli) / 1000, 80 * 5, 1.0);
        EXPECT_EQ(run.world().telemetry.pods.size(), 1U);
    }
}

// With the backend there, an agent that is told to stop sends what it has.
TEST(Telemetry, AnAgentThatIsToldToStopLosesNothing) {
    Scraped scraped;
    scraped.agent = scraped.c.add_deployment("gateway", 1);
    scraped.follow(ScrapeScope::all);
    TinyRun run = scraped.c.start();
    run.until(20_min);
    run.delete_pod(run.pods_of(scraped.agent).front());
    run.until(30_min);
    EXPECT_EQ(ended(run, SampleEnd::wal_gone), 0);
    EXPECT_EQ(ended(run, SampleEnd::sent), 80 * 5);
}

// FR-27: the log keeps two hours of a longer outage.
TEST(Telemetry, WhatIsTooOldLeavesTheLog) {
    Scraped scraped;
    scraped.follow(ScrapeScope::own_node, WalVolume::persistent);
    scraped.strike(1_h, 4_h, FaultKind::telemetry_outage);
    TinyRun run = scraped.c.start();
    run.until(6_h);
    EXPECT_NEAR(static_cast<double>(ended(run, SampleEnd::wal_too_old)), 80 * (3'600 + 5), 1.0);
    EXPECT_NEAR(static_cast<double>(levels(run).unsent_milli) / 1000, 80 * 5, 1.0);
}

// FR-25: of a sidecar the container alone: the pod stays ready, and is the only one that nobody observes.
TEST(Telemetry, ASidecarThatCrashesLeavesItsOwnPodUnobserved) {
    Scraped scraped;
    scraped.agent = scraped.web;
    TelemetryAgent& agent = scraped.follow(ScrapeScope::own_pod);
    scraped.strike(10_min, sim::Duration::zero(), FaultKind::container_crash);
    scraped.c.spec.timeline.back().fault.count = 1;
    scraped.c.spec.timeline.back().fault.container = agent.container;
    TinyRun run = scraped.c.start();
    run.until(20_min);
    std::int64_t unobserved = 0;
    std::int64_t most = 0;
    for (const auto& seen : run.all<TelemetryFact>()) {
        unobserved += seen.fact.change.unobserved;
        most = std::max(most, unobserved);
    }
    EXPECT_EQ(most, 1);
    EXPECT_EQ(unobserved, 0);
    EXPECT_EQ(run.world()[scraped.web].ready, 8);
    EXPECT_EQ(run.count<ContainerRestartedFact>(), 1U);
}

}  // namespace
}  // namespace eks::testing

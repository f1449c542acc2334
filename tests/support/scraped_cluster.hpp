// A small cluster whose pods are scraped by agents of telemetry, and sums over what a run of it tells.
#pragma once

#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {

// Two nodes with four pods each that are scraped for 300 samples each half minute: 80 samples a second in all.
struct Scraped {
    TinyCluster c;
    WorkloadIx web;
    WorkloadIx agent;

    Scraped() : c() {
        c.add_nodes(2);
        web = c.add_deployment("web", 8);
        agent = c.add_daemon_set("agent");
        c.spec.placement.is_given = true;
        const NodeGroupIx group = NodeGroupIx::of(0);
        c.spec.placement.pods = {{web, group, 0, 4}, {web, group, 1, 4}};
    }
    TelemetryAgent& follow(ScrapeScope scope, WalVolume volume = WalVolume::container) {
        TelemetryAgent row;
        row.pods = agent;
        row.scope = scope;
        row.volume = volume;
        row.targets = {{web, 30_s, 300}};
        if (scope == ScrapeScope::own_pod) row.container = "main";
        c.spec.telemetry.agents.push_back(row);
        return c.spec.telemetry.agents.back();
    }
    // One that ends is over at `until`; zero: it strikes once.
    void strike(sim::Duration from, sim::Duration until, FaultKind kind) {
        TimelineAction action;
        action.kind = TimelineKind::fault_begins;
        action.at = from;
        action.fault.kind = kind;
        action.fault.workload = agent;
        action.fault.lasts = until != sim::Duration::zero();
        c.spec.timeline.push_back(action);
        if (until == sim::Duration::zero()) return;
        action.kind = TimelineKind::fault_ends;
        action.at = until;
        c.spec.timeline.push_back(action);
    }
};

inline std::int64_t ended(const TinyRun& run, SampleEnd end) {
    std::int64_t sum = 0;
    for (const auto& seen : run.all<SamplesEndFact>()) {
        if (seen.fact.end == end) sum += seen.fact.samples_milli;
    }
    return sum / 1000;
}

inline const AgentLevels& levels(const TinyRun& run) { return run.world().telemetry.told.front(); }

// What has come into the logs by now, from the facts.
inline std::int64_t integral(const TinyRun& run, std::int64_t AgentLevels::* level) {
    std::int64_t rate = 0;
    std::int64_t sum_us = 0;
    sim::Time since;
    const auto pass = [&](sim::Time now) {
        sum_us += rate * (now - since).us();
        since = now;
    };
    for (const auto& seen : run.all<TelemetryFact>()) {
        pass(seen.at);
        rate += seen.fact.change.*level;
    }
    pass(run.now());
    return sum_us / 1'000'000'000;
}

}  // namespace eks::testing

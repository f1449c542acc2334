// How old a metric is that comes by an exporter, a scraper and an adapter, and when there is none (FR-28).
#include "models/systems/autoscaling/metric_chain.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

using namespace sim::literals;
using enum ChainPlace;

// A chain of three workloads that are asked each minute, each minute and at once, with their clocks at the origin.
struct Chain {
    Spec spec;
    World world;
    Feed feed;

    Chain() {
        spec.workloads.resize(chain_length);
        world.workloads.resize(chain_length);
        MetricChain& chain = spec.pod_scaling.chains.emplace_back();
        for (std::size_t i = 0; i < chain_length; ++i) chain.links[i].pods = WorkloadIx::of(i);
        chain[exporter].interval = chain[scraper].interval = 1_min;
        feed.chain = 0;
        for (WorkloadState& state : world.workloads) state.ready = 1;
    }
    void open() {
        open_metric_chains(spec, world, sim::DrawSource(sim::RunKey{1, 0}));
        for (ChainLinkState& state : world.pod_scaling.chain_links) state.first_us = 0;
    }
    void set(ChainPlace place, std::int32_t ready, sim::Duration since_start) {
        world.workloads[static_cast<std::size_t>(place)].ready = ready;
        metric_chains_change(spec, world, WorkloadIx::of(static_cast<std::size_t>(place)), sim::Time::at(since_start));
    }
    std::optional<std::int64_t> seen(sim::Duration since_start) const {
        return seen_at(spec, world, feed, sim::Time::at(since_start));
    }
};

TEST(MetricChain, TellsWhatTheLastScrapeTook) {
    Chain chain;
    chain.open();
    EXPECT_EQ(chain.seen(150_s), (2_min).us());
    // What runs as the run begins has run for long.
    EXPECT_EQ(chain.seen(10_s), 0);
}

// An exporter that comes up in mid-run has nothing to tell of before: not until the next scrape.
TEST(MetricChain, AnExporterThatWasAwayAtTheStartIsSeenByTheNextScrape) {
    Chain chain;
    chain.world.workloads[0].ready = 0;
    chain.open();
    EXPECT_EQ(chain.seen(10_s), std::nullopt);
    chain.set(exporter, 1, 30_s);
    EXPECT_EQ(chain.seen(40_s), std::nullopt);
    EXPECT_EQ(chain.seen(70_s), (1_min).us());
}

// An adapter that asks each minute tells nothing before it has asked for the first time.
TEST(MetricChain, AnAdapterThatComesUpTellsNothingBeforeItHasAsked) {
    Chain chain;
    chain.spec.pod_scaling.chains[0][adapter].interval = 1_min;
    chain.open();
    chain.set(adapter, 0, 100_s);
    EXPECT_EQ(chain.seen(110_s), std::nullopt);
    chain.set(adapter, 1, 150_s);
    EXPECT_EQ(chain.seen(170_s), std::nullopt);
    EXPECT_EQ(chain.seen(190_s), (3_min).us());
}

}  // namespace
}  // namespace eks

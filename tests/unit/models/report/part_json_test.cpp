// A run's outcome travels as text and is the same afterwards, to the last bit.
#include "models/report/part_json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace eks {
namespace {

TEST(PartJson, ARunComesBackAsItWas) {
    RunOutcome run;
    run.fingerprint.hash_u64(42);
    run.events = 1'234'567'890'123;
    run.end = sim::Time::at(sim::Duration::microseconds(3'600'000'001));
    run.values.end = run.end;
    run.values.measures = {{},
                           {GroupValue{{"web", "a\"b"}, 0.1 + 0.2, sim::Time::at(sim::Duration::microseconds(7))},
                            GroupValue{{}, std::nullopt, std::nullopt},
                            GroupValue{{}, std::numeric_limits<double>::infinity(), std::nullopt}}};
    run.waiting.pods = 3;
    run.waiting.total_us = 99;
    run.waiting.by_cause_us[5] = 99;
    run.totals.pods_created = 1;
    run.totals.nodes_max = 8;
    run.cost_usd = 1.0 / 3.0;
    run.nodes_at_end = 4;

    const RunOutcome again = run_outcome_from_json(run_outcome_json(run));
    EXPECT_EQ(again.fingerprint, run.fingerprint);
    EXPECT_EQ(again.events, run.events);
    EXPECT_EQ(again.end, run.end);
    EXPECT_EQ(again.values.end, run.values.end);
    EXPECT_EQ(again.waiting, run.waiting);
    EXPECT_EQ(again.totals, run.totals);
    EXPECT_EQ(again.cost_usd, run.cost_usd);
    EXPECT_EQ(again.nodes_at_end, run.nodes_at_end);
    ASSERT_EQ(again.values.measures.size(), 2U);
    ASSERT_EQ(again.values.measures[1].size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(again.values.measures[1][i].labels, run.values.measures[1][i].labels);
        EXPECT_EQ(again.values.measures[1][i].value, run.values.measures[1][i].value);
        EXPECT_EQ(again.values.measures[1][i].first_breach, run.values.measures[1][i].first_breach);
    }
}

}  // namespace
}  // namespace eks

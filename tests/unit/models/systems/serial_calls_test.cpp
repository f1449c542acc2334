#include "models/systems/turn.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace {

using eks::ApiCallFact;
using eks::Controller;
using eks::Written;

// A world of its own, and what a controller tells while it calls.
struct Caller {
    Caller() { world.controller_calls.resize(eks::controller_count); }

    eks::Spec spec;
    eks::World world;
    sim::EventQueue<eks::Event> queue;
    std::vector<eks::Fact> facts;
    eks::Turn turn{queue, facts, sim::Time::origin(), {}};

    std::int64_t calls_told() const {
        std::int64_t calls = 0;
        for (const eks::Fact& fact : facts) calls += std::get<ApiCallFact>(fact).calls;
        return calls;
    }
    sim::Duration wait_told() const {
        sim::Duration waited;
        for (const eks::Fact& fact : facts)
            waited += std::get<ApiCallFact>(fact).waited * std::get<ApiCallFact>(fact).calls;
        return waited;
    }
};

TEST(SerialCalls, GoOutAndWaitAsTheSameCallsMadeOneByOne) {  // CLIENT-2
    Caller alone;
    Caller together;
    eks::SerialCalls calls(together.spec, together.world, Controller::cron_job, together.turn.now());
    sim::Time at = alone.turn.now();
    for (int i = 0; i < 200; ++i) {
        const Written expected = write_call(alone.spec, alone.world, alone.turn, Controller::cron_job, at);
        at = expected.done;
        const Written found = calls.next(together.turn);
        ASSERT_EQ(found.done, expected.done) << i;
        ASSERT_EQ(found.seen, expected.seen) << i;
        ASSERT_EQ(calls.at(), at);
    }
    calls.tell(together.turn);
    EXPECT_EQ(together.world.controller_calls, alone.world.controller_calls);
    EXPECT_EQ(together.calls_told(), alone.calls_told());
    EXPECT_EQ(together.wait_told(), alone.wait_told());
    // 20 calls a second and 10 ms a call: the burst of 30 is gone after some 37 calls, from then on each waits 40 ms.
    EXPECT_GT(alone.facts.size(), 150U);
    EXPECT_LE(together.facts.size(), 3U);
    EXPECT_EQ(std::get<ApiCallFact>(together.facts.back()).waited, sim::Duration::milliseconds(40));
}

}  // namespace

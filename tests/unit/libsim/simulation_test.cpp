#include "libsim/simulation.hpp"

#include "libsim/table.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace sim;
using namespace sim::literals;

// A clock that ticks at a constant delay and rings at a random one: lanes, heap, draws, facts and a table in twenty
// lines.
struct Tick {
    static constexpr Rank rank{1};
    std::uint64_t number = 0;
    bool operator==(const Tick&) const = default;
};
struct Ring {
    static constexpr Rank rank{2};
    std::uint64_t number = 0;
    bool operator==(const Ring&) const = default;
};
struct Break {
    static constexpr Rank rank{3};
    bool operator==(const Break&) const = default;
};
void hash_into(Fingerprint& print, const Tick& e) { hash_all(print, e.number); }
void hash_into(Fingerprint& print, const Ring& e) { hash_all(print, e.number); }
void hash_into(Fingerprint&, const Break&) {}

struct Bell {
    Time rung;
    bool operator==(const Bell&) const = default;
};
void hash_into(Fingerprint& print, const Bell& bell) { hash_all(print, bell.rung); }
using BellId = Id<struct BellTag>;

struct ClockSpec {
    Duration tick = 10_s;
    std::int64_t ring_within_us = 25'000'000;
};
struct ClockWorld {
    std::uint64_t ticks = 0;
    Table<BellId, Bell> bells;
    bool operator==(const ClockWorld&) const = default;
};
void hash_into(Fingerprint& print, const ClockWorld& w) { hash_all(print, w.ticks, w.bells); }
struct Heard {
    std::uint64_t number = 0;
};
struct ClockMetrics {
    std::uint64_t heard = 0;
    std::int64_t last_us = -1;
    bool operator==(const ClockMetrics&) const = default;
};
void hash_into(Fingerprint& print, const ClockMetrics& m) { hash_all(print, m.heard, m.last_us); }

using ClockEvent = std::variant<Tick, Ring, Break>;

struct Clock {
    using Spec = ClockSpec;
    using World = ClockWorld;
    using Event = ClockEvent;
    using Fact = Heard;
    using Metrics = ClockMetrics;

    static std::vector<LaneDefinition> lanes(const Spec& spec) { return {{spec.tick, Tick::rank}}; }
    static void handle(const Spec& spec, World& world, Turn<Event, Fact>& turn, const Event& event) {
        if (const Tick* tick = std::get_if<Tick>(&event)) {
            ++world.ticks;
            turn.after(LaneIx{0}, Tick{tick->number + 1});
            const auto delay =
                draw_below(turn.key(), {1, 0, tick->number, 0}, static_cast<std::uint64_t>(spec.ring_within_us));
            turn.after(Duration::microseconds(static_cast<std::int64_t>(delay)), Ring{tick->number});
        } else if (const Ring* ring = std::get_if<Ring>(&event)) {
            world.bells.insert({turn.now()});
            if (world.bells.size() > 3) world.bells.erase((*world.bells.begin()).id);
            turn.note({ring->number});
        } else {
            CHECK(world.ticks > 1'000'000, "the clock is broken");
        }
    }
    static void observe(const Spec&, const World&, Metrics& metrics, Time now, const Fact&) {
        ++metrics.heard;
        metrics.last_us = now.us();
    }
};

Simulation<Clock> started(std::uint64_t seed = 7) {
    Simulation<Clock> run(std::make_shared<const ClockSpec>(), {seed, 0});
    run.apply([](const ClockSpec&, ClockWorld&, auto& turn) { turn.at(Time::origin(), Tick{0}); });
    return run;
}

TEST(Simulation, RunsToTheEndWhichIsNotPartOfIt) {
    auto run = started();
    run.run_until(Time::at(20_s));
    EXPECT_EQ(run.now(), Time::at(20_s));
    EXPECT_EQ(run.world().ticks, 2U) << "the ticks at 0 and 10 s, not the one at 20 s";
    run.run_until(Time::at(20_s + 1_us));
    EXPECT_EQ(run.world().ticks, 3U);
    EXPECT_THROW(run.run_until(Time::at(1_s)), Defect);
}

TEST(Simulation, StepsAreTheWholeOneByOne) {
    auto whole = started();
    whole.run_until(Time::at(1_h));
    auto stepped = started();
    Time before;
    std::uint64_t steps = 0;
    while (steps < whole.events()) {
        const auto event = stepped.step();
        ASSERT_TRUE(event);
        EXPECT_GE(stepped.now(), before);
        before = stepped.now();
        EXPECT_EQ(stepped.events(), ++steps) << "one event, also where several are due in one instant";
    }
    EXPECT_LT(stepped.now(), Time::at(1_h)) << "the clock stands at the last event";
    stepped.run_until(Time::at(1_h));
    EXPECT_EQ(stepped, whole);
}

TEST(Simulation, AStepWithoutAnEventChangesNothing) {
    Simulation<Clock> idle(std::make_shared<const ClockSpec>(), {7, 0});
    const auto print = fingerprint(idle);
    EXPECT_FALSE(idle.step());
    EXPECT_EQ(fingerprint(idle), print);
}

TEST(Simulation, FactsReachTheMetrics) {
    auto run = started();
    run.run_until(Time::at(1_h));
    EXPECT_GT(run.metrics().heard, 350U);
    EXPECT_EQ(run.events(), run.world().ticks + run.metrics().heard);
}

TEST(Simulation, ACopyHasTheSameFuture) {
    auto run = started();
    run.run_until(Time::at(10_min));
    auto copy = run;
    EXPECT_EQ(copy, run);
    EXPECT_EQ(fingerprint(copy), fingerprint(run));
    run.run_until(Time::at(1_h));
    EXPECT_NE(copy, run);
    EXPECT_NE(fingerprint(copy), fingerprint(run));
    copy.run_until(Time::at(1_h));
    EXPECT_EQ(copy, run);
    EXPECT_EQ(fingerprint(copy), fingerprint(run));
}

TEST(Simulation, TwoHalvesThroughACopyAreTheWhole) {
    auto whole = started();
    whole.run_until(Time::at(1_h));
    for (int minutes = 0; minutes <= 60; minutes += 7) {
        auto first = started();
        first.run_until(Time::at(1_min * minutes));
        auto second = first;
        second.run_until(Time::at(1_h));
        EXPECT_EQ(second, whole) << "cut at minute " << minutes;
        EXPECT_EQ(fingerprint(second), fingerprint(whole));
    }
}

TEST(Simulation, AnotherSeedIsAnotherRun) {
    auto a = started(7);
    auto b = started(8);
    a.run_until(Time::at(1_h));
    b.run_until(Time::at(1_h));
    EXPECT_NE(a, b);
    EXPECT_NE(fingerprint(a), fingerprint(b));
}

TEST(Simulation, AForkUnderAnotherSpecKeepsWhatIsPending) {
    auto run = started();
    run.run_until(Time::at(10_min));
    auto slower =
        run.with_spec(std::make_shared<const ClockSpec>(ClockSpec{.tick = 60_s, .ring_within_us = 25'000'000}));
    EXPECT_EQ(slower.queue().size(), run.queue().size());
    slower.run_until(Time::at(20_min));
    EXPECT_EQ(slower.world().ticks, 60U + 10U) << "the pending tick comes in time, those after it every minute";
    EXPECT_EQ(run.spec().tick, 10_s);
}

TEST(Simulation, ADefectNamesTheTimeAndTheSeedAndEndsTheRun) {
    auto run = started(42);
    run.apply([](const ClockSpec&, ClockWorld&, auto& turn) { turn.after(95_s, Break{}); });
    try {
        run.run_until(Time::at(1_h));
        FAIL() << "the broken clock went on";
    } catch (const Defect& defect) {
        const std::string text = defect.what();
        EXPECT_NE(text.find("the clock is broken"), std::string::npos) << text;
        EXPECT_NE(text.find("95s"), std::string::npos) << text;
        EXPECT_NE(text.find("seed 42"), std::string::npos) << text;
    }
    EXPECT_FALSE(run.usable());
    EXPECT_THROW(run.run_until(Time::at(2_h)), Defect);
    EXPECT_EQ(handling_now, nullptr);
}

TEST(Simulation, NothingIsScheduledInThePast) {
    auto run = started();
    run.run_until(Time::at(10_s));
    EXPECT_THROW(run.apply([](const ClockSpec&, ClockWorld&, auto& turn) { turn.at(Time::at(9_s), Tick{}); }), Defect);
}

struct Recorder {
    struct Line {
        std::uint64_t sequence;
        Time time;
        std::size_t kind;
    };
    std::vector<Line> begun;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> causes;  // child, parent
    std::uint64_t facts = 0;

    void begin(std::uint64_t sequence, Time time, const ClockEvent& event) {
        begun.push_back({sequence, time, event.index()});
    }
    void scheduled(std::uint64_t child) { causes.emplace_back(child, begun.back().sequence); }
    void fact(const Heard&) { ++facts; }
};

TEST(Simulation, ATracerSeesEveryEventAndWhatItCausedAndChangesNothing) {
    auto silent = started();
    auto traced = started();
    Recorder recorder;
    silent.run_until(Time::at(10_min));
    traced.run_until(Time::at(10_min), recorder);
    EXPECT_EQ(silent, traced);
    EXPECT_EQ(recorder.begun.size(), traced.events());
    EXPECT_EQ(recorder.facts, traced.metrics().heard);
    ASSERT_GE(recorder.causes.size(), 4U);
    EXPECT_EQ(recorder.causes[0], (std::pair<std::uint64_t, std::uint64_t>{1, 0}))
        << "the first tick schedules the second";
    EXPECT_EQ(recorder.causes[1], (std::pair<std::uint64_t, std::uint64_t>{2, 0})) << "and its ring";
    EXPECT_EQ(recorder.causes.size() + 1, traced.queue().next_sequence());
}

TEST(Simulation, APollStopsBetweenEventsAndTheRunGoesOnAsIfNothingHappened) {
    auto whole = started();
    const Time end = Time::at(500_h);
    whole.run_until(end);
    auto stopped = started();
    NoTracer tracer;
    int polls = 0;
    const auto stop_at_second = [&polls](const auto&) { return ++polls < 2; };
    EXPECT_FALSE(stopped.run_until(end, tracer, stop_at_second));
    EXPECT_EQ(stopped.events(), 2 * Simulation<Clock>::events_between_polls);
    EXPECT_LT(stopped.now(), end);
    EXPECT_TRUE(stopped.run_until(end, tracer, NoPoll{}));
    EXPECT_EQ(stopped, whole);
}

}  // namespace

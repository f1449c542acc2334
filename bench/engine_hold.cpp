// The hold model: a queue at constant size; each step takes the first event and schedules one in its place. This is
// what an event queue does all day, without anything around it. `constant %` of the delays come from eight constants,
// the rest are exponential. All queues work the same list of delays and must pop the same events in the same order.
#include "libsim/event_queue.hpp"
#include "libsim/portable_math.hpp"
#include "libsim/random.hpp"

#include <benchmark/benchmark.h>
#include <boost/heap/d_ary_heap.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <vector>

namespace engine_hold {

using sim::Duration;
using sim::LaneDefinition;
using sim::LaneIx;
using sim::Rank;
using sim::Time;

// As large as a model's event, and half as large for comparison.
template <std::size_t Bytes>
struct Payload {
    std::uint64_t number = 0;
    std::array<std::uint64_t, Bytes / 8 - 1> rest{};
    bool operator==(const Payload&) const = default;
};

constexpr std::size_t constant_delays = 8;
constexpr std::size_t planned = 1 << 20;
constexpr Rank only_rank{0};

// The mean of every delay is about a second, so that a hold moves the clock by a second over the number pending.
Duration constant_delay(std::size_t i) {
    return Duration::microseconds(600'000 + 110'003 * static_cast<std::int64_t>(i));
}

struct Step {
    std::int64_t delay_us = 0;
    std::int32_t lane = -1;  // negative: not a constant
};

std::vector<Step> plan(std::int64_t constant_percent) {
    std::vector<Step> steps(planned);
    for (std::size_t i = 0; i < planned; ++i) {
        const sim::RunKey run{1, 0};
        if (static_cast<std::int64_t>(sim::draw_below(run, {0, 0, i, 0}, 100)) < constant_percent) {
            const auto lane = sim::draw_below(run, {1, 0, i, 0}, constant_delays);
            steps[i] = {constant_delay(lane).us(), static_cast<std::int32_t>(lane)};
        } else {
            steps[i] = {static_cast<std::int64_t>(-1e6 * sim::math::log(sim::draw_unit(run, {2, 0, i, 0}))), -1};
        }
    }
    return steps;
}

template <class Event>
class Lanes {
  public:
    Lanes() : queue_(definitions()) {}
    void push(std::int64_t now_us, const Step& step, const Event& event) {
        const Time now = Time::at(Duration::microseconds(now_us));
        if (step.lane >= 0) {
            queue_.push_lane(LaneIx{static_cast<std::uint32_t>(step.lane)}, now, event);
        } else {
            queue_.push(now + Duration::microseconds(step.delay_us), only_rank, event);
        }
    }
    std::int64_t pop(Event& event) {
        const auto due = queue_.pop();
        event = due.event;
        return due.time.us();
    }

  private:
    static std::vector<LaneDefinition> definitions() {
        std::vector<LaneDefinition> lanes;
        for (std::size_t i = 0; i < constant_delays; ++i) lanes.push_back({constant_delay(i), only_rank});
        return lanes;
    }
    sim::EventQueue<Event> queue_;
};

// The alternatives hold the whole record, as everybody writes them.
template <class Event>
struct Record {
    std::int64_t time_us;
    std::uint64_t sequence;
    Event event;
    // Reversed, for heaps whose top is the largest.
    friend bool operator<(const Record& a, const Record& b) {
        return a.time_us != b.time_us ? a.time_us > b.time_us : a.sequence > b.sequence;
    }
};

template <class Event, class Heap>
class Plain {
  public:
    void push(std::int64_t now_us, const Step& step, const Event& event) {
        heap_.push({now_us + step.delay_us, sequence_++, event});
    }
    std::int64_t pop(Event& event) {
        event = heap_.top().event;
        const std::int64_t time_us = heap_.top().time_us;
        heap_.pop();
        return time_us;
    }

  private:
    Heap heap_;
    std::uint64_t sequence_ = 0;
};
template <class Event>
using StdQueue = Plain<Event, std::priority_queue<Record<Event>>>;
template <class Event>
using BoostHeap = Plain<Event, boost::heap::d_ary_heap<Record<Event>, boost::heap::arity<4>>>;

template <class Event, class Queue>
Queue filled(std::int64_t pending, const std::vector<Step>& steps) {
    Queue queue;
    std::int64_t now_us = 0;
    // Scheduled over the shortest constant delay, so that nothing is due before the filling ends, as a running model
    // leaves it.
    const std::int64_t filling_us = constant_delay(0).us();
    for (std::int64_t i = 0; i < pending; ++i) {
        now_us = i * filling_us / pending;
        Event event;
        event.number = static_cast<std::uint64_t>(i);
        Step step = steps[static_cast<std::size_t>(i) % planned];
        if (step.lane < 0) step.delay_us += filling_us - now_us;
        queue.push(now_us, step, event);
    }
    return queue;
}

template <class Event, class Queue>
std::uint64_t hold(Queue& queue, const std::vector<Step>& steps, std::size_t count, std::size_t from) {
    std::uint64_t sum = 0;
    Event event;
    for (std::size_t i = from; i < from + count; ++i) {
        const std::int64_t now_us = queue.pop(event);
        sum = sum * 31 + event.number + static_cast<std::uint64_t>(now_us);
        queue.push(now_us, steps[i % planned], event);
    }
    return sum;
}

template <class Event, class Queue>
void run(benchmark::State& state, std::int64_t pending, std::int64_t constant_percent) {
    const std::vector<Step> steps = plan(constant_percent);
    constexpr std::size_t batch = 1 << 17;
    {
        auto ours = filled<Event, Queue>(pending, steps);
        auto other = filled<Event, StdQueue<Event>>(pending, steps);
        if (hold<Event>(ours, steps, batch, 0) != hold<Event>(other, steps, batch, 0)) {
            state.SkipWithError("the events came in another order than from std::priority_queue");
            return;
        }
    }
    Queue queue = filled<Event, Queue>(pending, steps);
    std::size_t from = 0;
    // Twice through all that is pending, so that the mix of delays and the layout in memory are those of a long run.
    const std::size_t warm_up = 2 * static_cast<std::size_t>(pending);
    benchmark::DoNotOptimize(hold<Event>(queue, steps, warm_up, from));
    from += warm_up;
    for (auto _ : state) {
        benchmark::DoNotOptimize(hold<Event>(queue, steps, batch, from));
        from += batch;
    }
    const auto events = static_cast<double>(state.iterations()) * static_cast<double>(batch);
    state.counters["events"] = events;
    state.counters["events_per_second"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
    state.counters["ns_per_event"] =
        benchmark::Counter(events / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

template <class Event>
void add(const std::string& suffix) {
    for (const std::int64_t pending : {1'000, 100'000, 1'000'000}) {
        for (const std::int64_t constant_percent : {0, 50, 90}) {
            const std::string name =
                "engine/hold/" + std::to_string(pending) + "/" + std::to_string(constant_percent) + "/";
            const auto with = [&](const char* queue, auto body) {
                benchmark::RegisterBenchmark((name + queue + suffix).c_str(), body)->Unit(benchmark::kMillisecond);
            };
            with("ekssim", [=](benchmark::State& s) { run<Event, Lanes<Event>>(s, pending, constant_percent); });
            with("std_priority_queue",
                 [=](benchmark::State& s) { run<Event, StdQueue<Event>>(s, pending, constant_percent); });
            with("boost_d_ary_heap",
                 [=](benchmark::State& s) { run<Event, BoostHeap<Event>>(s, pending, constant_percent); });
        }
    }
}

const bool added = [] {
    add<Payload<48>>("");
    add<Payload<16>>("/16_byte_events");
    return true;
}();

}  // namespace engine_hold

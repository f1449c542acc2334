// M/M/1 with a million customers: the whole engine (world, table, turn, facts, metrics, keyed draws, own logarithm)
// against the least that can be written by hand, a loop around std::priority_queue, with the same draws. Both must find
// the same total wait. bench/peers/mm1_simpy.py does the same work in SimPy.
#include "bench/mmc.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

namespace engine_mm1 {

constexpr std::uint64_t customers = 1'000'000;
constexpr sim::RunKey key{1, 0};

mmc::Spec spec() {
    mmc::Spec spec;
    spec.between_arrivals = *sim::Distribution::exponential(sim::Duration::milliseconds(1'000));
    spec.service = *sim::Distribution::exponential(sim::Duration::milliseconds(800));
    spec.customers = customers;
    return spec;
}

std::int64_t by_engine() {
    auto run = mmc::start(spec(), key);
    run.run_until(sim::Time::at(sim::Duration::days(36'500)));
    return run.metrics().waited_us;
}

std::int64_t by_bare_heap() {
    struct Item {
        std::int64_t time_us;
        int rank;  // 1 departure, 2 arrival
        bool operator<(const Item& other) const {
            return time_us != other.time_us ? time_us > other.time_us : rank > other.rank;
        }
    };
    const mmc::Spec s = spec();
    const auto between = [&](std::uint64_t i) {
        return s.between_arrivals.sample(sim::draw_unit(key, {1, 0, i, 0})).us();
    };
    const auto service = [&](std::uint64_t i) { return s.service.sample(sim::draw_unit(key, {2, 0, i, 0})).us(); };
    std::priority_queue<Item> heap;
    std::deque<std::int64_t> waiting;
    std::uint64_t arrived = 0;
    std::uint64_t begun = 0;
    std::int64_t waited_us = 0;
    bool busy = false;
    heap.push({between(0), 2});
    while (!heap.empty()) {
        const Item item = heap.top();
        heap.pop();
        if (item.rank == 2) {
            ++arrived;
            if (busy) {
                waiting.push_back(item.time_us);
            } else {
                busy = true;
                heap.push({item.time_us + service(begun++), 1});
            }
            if (arrived < customers) heap.push({item.time_us + between(arrived), 2});
        } else if (waiting.empty()) {
            busy = false;
        } else {
            waited_us += item.time_us - waiting.front();
            waiting.pop_front();
            heap.push({item.time_us + service(begun++), 1});
        }
    }
    return waited_us;
}

std::int64_t draws_alone() {
    const mmc::Spec s = spec();
    std::int64_t sum = 0;
    for (std::uint64_t i = 0; i < customers; ++i) {
        sum += s.between_arrivals.sample(sim::draw_unit(key, {1, 0, i, 0})).us();
        sum += s.service.sample(sim::draw_unit(key, {2, 0, i, 0})).us();
    }
    return sum;
}

void report(benchmark::State& state) {
    const double events = static_cast<double>(state.iterations()) * 2.0 * static_cast<double>(customers);
    state.counters["events"] = events;
    state.counters["events_per_second"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
    state.counters["ns_per_event"] =
        benchmark::Counter(events / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void engine(benchmark::State& state) {
    if (by_engine() != by_bare_heap()) {
        state.SkipWithError("the engine and the loop by hand disagree on the total wait");
        return;
    }
    for (auto _ : state) benchmark::DoNotOptimize(by_engine());
    report(state);
}
void bare_heap(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(by_bare_heap());
    report(state);
}
// The part of both that is chance: two keyed exponential draws a customer.
void draws_only(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(draws_alone());
    report(state);
}

BENCHMARK(engine)->Name("engine/mm1/1000000/ekssim")->Unit(benchmark::kMillisecond);
BENCHMARK(bare_heap)->Name("engine/mm1/1000000/bare_heap")->Unit(benchmark::kMillisecond);
BENCHMARK(draws_only)->Name("engine/mm1/1000000/draws_alone")->Unit(benchmark::kMillisecond);

}  // namespace engine_mm1

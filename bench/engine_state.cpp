// What it costs that a run is a value: copying one (a fork) and hashing one (a fingerprint), at 1,000 to 1,000,000 rows
// with an event pending for each. Rows are as large as a pod's, half of the events wait in lanes.
#include "libsim/simulation.hpp"
#include "libsim/table.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

namespace engine_state {

using namespace sim;
using namespace sim::literals;

using RowId = Id<struct RowTag>;
struct Row {
    std::array<std::uint64_t, 12> words{};
    bool operator==(const Row&) const = default;
};
void hash_into(Fingerprint& print, const Row& row) { hash_all(print, row.words); }

struct Wake {
    static constexpr Rank rank{1};
    RowId row;
    std::array<std::uint64_t, 3> more{};
    bool operator==(const Wake&) const = default;
};
void hash_into(Fingerprint& print, const Wake& wake) { hash_all(print, wake.row, wake.more); }

struct Model {
    struct Spec {};
    struct World {
        Table<RowId, Row> rows;
        bool operator==(const World&) const = default;
        friend void hash_into(Fingerprint& print, const World& world) { hash_all(print, world.rows); }
    };
    using Event = std::variant<Wake>;
    struct Fact {};
    struct Metrics {
        bool operator==(const Metrics&) const = default;
        friend void hash_into(Fingerprint&, const Metrics&) {}
    };
    static std::vector<LaneDefinition> lanes(const Spec&) { return {{30_s, Wake::rank}}; }
    static void handle(const Spec&, World& world, Turn<Event, Fact>& turn, const Event& event) {
        const Wake wake = std::get<Wake>(event);
        Row& row = world.rows[wake.row];
        ++row.words[0];
        if (wake.row.slot % 2 == 0) {
            turn.after(LaneIx{0}, wake);
        } else {
            turn.after(Duration::microseconds(
                           1 + static_cast<std::int64_t>(mix_bits(row.words[0] + wake.row.slot) % 60'000'000)),
                       wake);
        }
    }
    static void observe(const Spec&, const World&, Metrics&, Time, const Fact&) {}
};

Simulation<Model> warm(std::int64_t rows) {
    Simulation<Model> run(std::make_shared<const Model::Spec>(), {1, 0});
    run.apply([&](const Model::Spec&, Model::World& world, auto& turn) {
        for (std::int64_t i = 0; i < rows; ++i) {
            const RowId id = world.rows.insert({});
            turn.after(Duration::microseconds(i * 30'000'000 / rows), Wake{id, {}});
        }
    });
    run.run_until(Time::at(2_min));
    return run;
}

double state_bytes(std::int64_t rows) {
    return static_cast<double>(rows) * static_cast<double>(sizeof(Row) + sizeof(Model::Event) + 16);
}

void fork(benchmark::State& state) {
    const auto run = warm(state.range(0));
    auto forked = run;
    forked.run_until(Time::at(3_min));
    auto again = run;
    again.run_until(Time::at(3_min));
    if (!(forked == again)) {
        state.SkipWithError("two forks of one run went different ways");
        return;
    }
    for (auto _ : state) {
        Simulation<Model> copy = run;
        benchmark::DoNotOptimize(copy);
    }
    state.counters["bytes_per_second"] = benchmark::Counter(
        state_bytes(state.range(0)) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void print(benchmark::State& state) {
    const auto run = warm(state.range(0));
    if (fingerprint(run) != fingerprint(warm(state.range(0)))) {
        state.SkipWithError("two equal runs have different fingerprints");
        return;
    }
    for (auto _ : state) benchmark::DoNotOptimize(fingerprint(run));
    state.counters["bytes_per_second"] = benchmark::Counter(
        state_bytes(state.range(0)) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(fork)->Name("engine/fork")->Arg(1'000)->Arg(30'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(print)->Name("engine/fingerprint")->Arg(1'000)->Arg(30'000)->Arg(1'000'000)->Unit(benchmark::kMicrosecond);

}  // namespace engine_state

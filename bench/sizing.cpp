// Fleets for mixes of 60 workloads with 700 pods over the types that EC2 sells, beside what people do without ekssim.
//
// `sizing/<mix>` is ours: fleet and proof. `sizing/<mix>/one-type` is first fit decreasing on the best single type,
// `sizing/<mix>/best-fit` best fit decreasing, `sizing/<mix>/greedy` node by node the type that holds the most for its
// price. Each says how far its fleet is above the proven bound (`gap_percent`).
#include "libsim/check.hpp"
#include "models/sizing/packing/covering.hpp"
#include "models/sizing/packing/greedy_fleet.hpp"
#include "models/sizing/packing/totals_fleet.hpp"
#include "tests/support/fleet_mixes.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace {

using namespace eks::sizing;
using eks::testing::drawn_mix;
using eks::testing::MixShape;

// The bound to which all are held, worked out once for each mix.
double bound_of(const std::string& name, const FleetMix& mix) {
    static std::map<std::string, double> bounds;
    const auto known = bounds.find(name);
    if (known != bounds.end()) return known->second;
    return bounds[name] = cheapest_fleet(mix).lower_bound_usd_per_hour;
}

void report(benchmark::State& state, double usd_per_hour, double bound) {
    state.counters["usd_per_hour"] = usd_per_hour;
    state.counters["gap_percent"] = 100.0 * (usd_per_hour / bound - 1.0);
}

void ours(benchmark::State& state, const std::string& name, const FleetMix& mix) {
    const double bound = bound_of(name, mix);
    double usd_per_hour = 0.0;
    for (auto _ : state) {
        const FleetPlan plan = cheapest_fleet(mix);
        CHECK(holds(plan.fleet, mix) && plan.fleet.misfits.empty(), "the fleet does not hold the mix");
        usd_per_hour = plan.fleet.usd_per_hour;
    }
    report(state, usd_per_hour, bound);
}

struct Prepared {
    FleetProblem problem;
    Worth worth{};
};

Prepared prepared(const FleetMix& mix) {
    Prepared result{problem_of(mix), {}};
    const Covering covering = covering_of(result.problem);
    result.worth = worth_of(result.problem, covering, relaxed_cover(covering));
    return result;
}

template <auto fit>
void one_type(benchmark::State& state, const std::string& name, const FleetMix& mix) {
    const double bound = bound_of(name, mix);
    double best = 0.0;
    for (auto _ : state) {
        best = 0.0;
        const Prepared ready = prepared(mix);
        for (std::size_t t = 0; t < ready.problem.types.size(); ++t) {
            const auto fleet = fit(ready.problem, static_cast<std::int32_t>(t), ready.worth);
            if (fleet && (best == 0.0 || fleet->usd_per_hour < best)) best = fleet->usd_per_hour;
        }
        CHECK(best >= bound * (1.0 - 1e-9), "a fleet below the bound");
    }
    report(state, best, bound);
}

void greedy(benchmark::State& state, const std::string& name, const FleetMix& mix) {
    const double bound = bound_of(name, mix);
    double usd_per_hour = 0.0;
    for (auto _ : state) {
        const Prepared ready = prepared(mix);
        usd_per_hour = greedy_mixed(ready.problem, ready.worth).usd_per_hour;
        CHECK(usd_per_hour >= bound * (1.0 - 1e-9), "a fleet below the bound");
    }
    report(state, usd_per_hour, bound);
}

using Way = void (*)(benchmark::State&, const std::string&, const FleetMix&);

const bool registered = [] {
    const std::pair<const char*, MixShape> shapes[]{
        {"even", MixShape::even}, {"skewed", MixShape::skewed}, {"large", MixShape::large}};
    const std::pair<const char*, Way> ways[]{
        {"", ours}, {"/one-type", one_type<first_fit>}, {"/best-fit", one_type<best_fit>}, {"/greedy", greedy}};
    for (const auto& [shape_name, shape] : shapes)
        for (const auto& [way_name, way] : ways) {
            const std::string mix_name = shape_name;
            benchmark::RegisterBenchmark(("sizing/" + mix_name + way_name).c_str(), [mix_name, shape = shape,
                                                                                     way =
                                                                                         way](benchmark::State& state) {
                way(state, mix_name, drawn_mix(shape, 2));
            })->Unit(benchmark::kMillisecond);
        }
    return true;
}();

}  // namespace

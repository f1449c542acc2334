// What Karpenter would buy for many pods at once, without a run around it: `karpenter/benchmark/400x5000`, by the law
// of Karpenter's own scheduling benchmark. 400 instance types of 1 to 400 cores in three zones; of the pods a fifth
// each plain, spread over zones, spread over hosts, together in a zone, and none two on a host, with labels, processor
// time and memory drawn from a few values. Timed is all from plain objects to claims, numbering labels included.
//
// The last fifth needs a node for each pod, and everybody else finds room on those: with n pods there are n / 5 claims
// and nobody is left over, which is checked.
#include "libsim/check.hpp"
#include "libsim/random.hpp"
#include "models/systems/autoscaling/karpenter/solve.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace eks;
namespace kp = eks::karpenter;

kp::InstanceType fake_type(std::int64_t cores) {
    const Bytes memory = 2 * cores * gibibyte;
    const double price = 0.1 * static_cast<double>(cores) + 0.1 * static_cast<double>(memory) / 1e9;
    kp::InstanceType type;
    type.name = "fake-it-" + std::to_string(cores - 1);
    type.labels = {{"kubernetes.io/arch", {"amd64"}}, {"kubernetes.io/os", {"darwin", "linux", "windows"}}};
    type.capacity = {{"cpu", 1000 * cores}, {"memory", memory}, {"pods", 10 * cores}};
    type.overhead = {{"cpu", 100}, {"memory", 10 * mebibyte}};
    type.offerings = {{"test-zone-1", "spot", price, true},
                      {"test-zone-2", "spot", price, true},
                      {"test-zone-1", "on-demand", price, true},
                      {"test-zone-2", "on-demand", price, true},
                      {"test-zone-3", "on-demand", price, true}};
    return type;
}

Selector selector_of(const Label& label) { return {true, {{label.key, SelectorOperator::in, {label.value}, false}}}; }

SpreadConstraint spread_over(std::string_view key, const Label& label) {
    SpreadConstraint spread;
    spread.topology_key = key;
    spread.is_required = true;
    spread.selector = selector_of(label);
    return spread;
}

AffinityTerm term_about(std::string_view key, const Label& label) {
    AffinityTerm term;
    term.topology_key = key;
    term.selector = selector_of(label);
    return term;
}

class DiversePods {
  public:
    explicit DiversePods(std::uint32_t count) {
        for (std::int64_t cores = 1; cores <= 400; ++cores) cluster_.types.push_back(fake_type(cores));
        kp::NodePool pool;
        pool.name = "default";
        pool.limits = {{"cpu", 10'000'000'000}, {"memory", quantity_limit}};
        cluster_.pools = {pool};
        for (std::uint32_t i = 0; i < count; ++i) add_pod(i, i / (count / 5));
    }

    kp::Cluster take() { return std::move(cluster_); }

  private:
    std::uint32_t drawn(std::uint32_t below) {
        return static_cast<std::uint32_t>(sim::draw_u64(sim::RunKey{42, 0}, sim::DrawKey{.ordinal = draws_++}) % below);
    }
    Label label_of(const char* key) { return {key, std::string(1, static_cast<char>('a' + drawn(7)))}; }

    void add_pod(std::uint32_t number, std::uint32_t kind) {
        constexpr std::array<Millicores, 5> cpus{100, 250, 500, 1000, 1500};
        constexpr std::array<Bytes, 6> mebibytes{100, 256, 512, 1024, 2048, 4096};
        const Label own = kind == 4 ? Label{"app", "nginx"} : label_of(kind == 3 ? "my-affininity" : "my-label");
        const Label other = kind == 4 ? own : label_of(own.key.c_str());
        const std::uint32_t cpu = drawn(cpus.size());
        const std::uint32_t memory = drawn(mebibytes.size());
        const auto [found, is_new] = known_.try_emplace({kind, own.value, other.value, cpu, memory},
                                                        static_cast<kp::ShapeIx>(cluster_.shapes.size()));
        if (is_new) {
            kp::PodShape shape;
            shape.namespace_name = "default";
            shape.labels = {own};
            shape.requests = {{"cpu", cpus[cpu]}, {"memory", mebibytes[memory] * mebibyte}};
            if (kind == 1) shape.spread = {spread_over(kp::zone_label, other)};
            if (kind == 2) shape.spread = {spread_over(kp::hostname_label, other)};
            if (kind == 3) shape.required_affinity = {term_about(kp::zone_label, other)};
            if (kind == 4) shape.required_anti_affinity = {term_about(kp::hostname_label, other)};
            cluster_.shapes.push_back(std::move(shape));
        }
        kp::Pod pod;
        pod.name = "pod-" + std::to_string(number);
        pod.uid = pod.name;
        pod.shape = found->second;
        pod.created_us = static_cast<std::int64_t>(number) * 1'000'000;
        cluster_.pods.push_back(std::move(pod));
    }

    kp::Cluster cluster_;
    std::map<std::tuple<std::uint32_t, std::string, std::string, std::uint32_t, std::uint32_t>, kp::ShapeIx> known_;
    std::uint32_t draws_ = 0;
};

void buy(benchmark::State& state, std::uint32_t pods) {
    const kp::Cluster cluster = DiversePods(pods).take();
    for (auto _ : state) {
        const kp::Round round(cluster);
        const kp::Solution solution = kp::solve(round, kp::WhatIf::all_waiting(round));
        CHECK(solution.claims.size() == pods / 5, "another number of claims than Karpenter opens");
        CHECK(solution.unplaced.empty(), "pods were left over");
        benchmark::DoNotOptimize(solution.claims.data());
    }
    state.counters["pods_per_second"] = benchmark::Counter(pods, benchmark::Counter::kIsIterationInvariantRate);
}

const bool karpenter_registered = [] {
    for (const std::uint32_t pods : {5000U, 20'000U}) {
        benchmark::RegisterBenchmark(("karpenter/benchmark/400x" + std::to_string(pods)).c_str(),
                                     [=](benchmark::State& state) { buy(state, pods); })
            ->Unit(benchmark::kMillisecond);
    }
    return true;
}();

}  // namespace

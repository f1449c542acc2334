// Cluster Autoscaler's estimator without a run around it, on the input of its own benchmark: 50,000 pods of 50m and 100
// bytes and 1,000 of 95m and 190 bytes, on nodes of one core, 5,000 bytes and 100 pods, at most 3,000 of them.
//
// `ca/estimate/51000` needs 2,595 nodes, as the real one does. `ca/estimate-plainly/510` is the scheduler's whole cycle
// for each of a hundredth of the pods; that both ways answer alike is a property test's.
#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"

#include "libsim/check.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <utility>

namespace {

using namespace eks::cluster_autoscaler;

PodGroup pods_asking(std::int64_t count, std::int64_t cpu_milli, std::int64_t bytes) {
    PodGroup group;
    group.count = count;
    group.pod.namespace_name = "default";
    group.pod.name = "pod-" + std::to_string(cpu_milli);
    group.pod.requests = {{"cpu", cpu_milli}, {"memory", bytes}};
    return group;
}

EstimateQuestion question_of(std::int64_t small_pods, std::int64_t large_pods) {
    EstimateQuestion question;
    question.node_template.name = "template";
    question.node_template.allocatable = {{"cpu", 1000}, {"memory", 5000}, {"pods", 100}};
    question.groups = {pods_asking(small_pods, 50, 100), pods_asking(large_pods, 95, 190)};
    question.node_limit = 3000;
    return question;
}

using Estimator = Estimate (*)(const EstimateQuestion&);

void measure(benchmark::State& state, Estimator estimator, std::int64_t scale, std::int64_t nodes) {
    const EstimateQuestion question = question_of(500 * scale, 10 * scale);
    for (auto _ : state) {
        const Estimate found = estimator(question);
        CHECK(found.scheduled == 510 * scale && found.node_count == nodes, "the estimate is another");
    }
    state.counters["pods_per_second"] =
        benchmark::Counter(static_cast<double>(510 * scale), benchmark::Counter::kIsIterationInvariantRate);
}

const bool registered = [] {
    benchmark::RegisterBenchmark("ca/estimate/51000", [](benchmark::State& state) {
        measure(state, estimate, 100, 2595);
    })->Unit(benchmark::kMillisecond);
    // 1 node of ten large pods, which takes one small one more; 499 others are 25 nodes.
    benchmark::RegisterBenchmark("ca/estimate-plainly/510", [](benchmark::State& state) {
        measure(state, estimate_plainly, 1, 26);
    })->Unit(benchmark::kMillisecond);
    return true;
}();

}  // namespace

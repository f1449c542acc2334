// What the slices of a Service hold, when they are written, and when nodes go by them (EPS-1, EPS-2).
#include "models/systems/workloads/endpoint_arithmetic.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

struct WithService {
    TinyCluster c;
    WorkloadIx web;

    explicit WithService(std::int32_t replicas) {
        c.add_nodes(10, {.max_enis = 3, .ipv4_per_eni = 15});
        web = c.add_deployment("web", replicas);
        c.spec.services.push_back({"default", "web", {web}});
    }
};

// What the facts say so far.
EndpointsFact sum(const TinyRun& run) {
    EndpointsFact total;
    for (const auto& seen : run.all<EndpointsFact>()) {
        total.ready += seen.fact.ready;
        total.terminating += seen.fact.terminating;
        total.slices += seen.fact.slices;
    }
    return total;
}

TEST(EndpointSlices, HoldAHundredEndpointsEach) {  // EPS-1
    EXPECT_EQ(slices_of(0), 1);
    EXPECT_EQ(slices_of(100), 1);
    EXPECT_EQ(slices_of(101), 2);
    EXPECT_EQ(slices_written(5, 2, 3), 3);
    EXPECT_EQ(slices_written(1, 2, 2), 1);
    WithService s(250);
    TinyRun run = s.c.start();
    run.until(1_s);
    EXPECT_EQ(sum(run).ready, 250);
    EXPECT_EQ(sum(run).slices, 3);
}

TEST(EndpointSlices, ANewPodIsThereWhenItsSliceHasGoneToTheNodes) {
    // EPS-1, EPS-2: the watch, the write, the watch, and the second of kube-proxy. Long before it is ready it is there
    // as one that is not, so that its slice rests by then.
    WithService s(1);
    s.c.pod_of(s.web).ready_after = sim::Distribution::constant(5_s);
    s.c.scale_at(1_min, s.web, 2);
    TinyRun run = s.c.start();
    run.until(2_min);
    EXPECT_EQ(sum(run).ready, 2);
    const auto changes = run.all<EndpointsFact>(at(1_min));
    ASSERT_FALSE(changes.empty());
    const Latencies& latencies = run.spec().latencies;
    EXPECT_EQ(changes.back().fact.lag, 2 * latencies.watch_delivery + latencies.api_write + 1_s);
}

TEST(EndpointSlices, APodOnADeadMachineStaysUntilItIsMissed) {
    // EPS-2 goes by the condition Ready, which nobody takes back for forty seconds and more (NODE-2).
    WithService s(30);
    Fault fault;
    fault.kind = FaultKind::node_down;
    fault.count = 1;
    s.c.fault_at(1_min, 10_min, fault);
    s.c.scale_at(1_min + 5_s, s.web, 31);
    TinyRun run = s.c.start();
    run.until(1_min + 20_s);
    EXPECT_EQ(sum(run).ready, 31);
    run.until(3_min);
    // Then its three are dropped at once, and others take their place.
    const auto later = run.all<EndpointsFact>(at(1_min + 20_s));
    ASSERT_FALSE(later.empty());
    EXPECT_EQ(later.front().fact.ready, -3);
    EXPECT_GE(later.front().at, at(1_min + 40_s));
}

TEST(EndpointSlices, AServiceWhoseSlicesWereWrittenWaitsASecond) {  // EPS-1
    WithService s(1);
    s.c.scale_at(1_min, s.web, 60);
    TinyRun run = s.c.start();
    run.until(5_min);
    EXPECT_EQ(sum(run).ready, 60);
    const auto changes = run.all<EndpointsFact>(at(1_min));
    ASSERT_GE(changes.size(), 2U);
    for (std::size_t n = 1; n < changes.size(); ++n) EXPECT_GE(changes[n].at - changes[n - 1].at, 1_s);
    EXPECT_LT(changes.size(), 20U);  // many pods a sync
}

TEST(EndpointSlices, APodThatTerminatesServesUntilItsContainersEnd) {  // EPS-2
    WithService s(3);
    s.c.pod_of(s.web).stop_time = sim::Distribution::constant(20_s);
    s.c.scale_at(1_min, s.web, 2);
    TinyRun run = s.c.start();
    run.until(1_min + 10_s);
    EXPECT_EQ(sum(run).ready, 2);
    EXPECT_EQ(sum(run).terminating, 1);
    run.until(2_min);
    EXPECT_EQ(sum(run).ready, 2);
    EXPECT_EQ(sum(run).terminating, 0);
}

}  // namespace
}  // namespace eks::testing

// Load balancers of Ingresses that come in the middle of a run (FR-30), targets that leave them, and the records of
// their names (FR-31).

#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

std::int64_t calls_of(const TinyRun& run, AwsAction action, AwsResult result = AwsResult::success) {
    std::int64_t sum = 0;
    for (const auto& seen : run.all<AwsCallFact>()) {
        if (seen.fact.action == action && seen.fact.result == result) sum += seen.fact.calls;
    }
    return sum;
}

std::vector<sim::Time> came_to(const TinyRun& run, BalancerStage stage) {
    std::vector<sim::Time> times;
    for (const auto& seen : run.all<BalancerFact>()) {
        if (seen.fact.to == stage) times.push_back(seen.at);
    }
    return times;
}

// Ingresses that are created after a minute, each to a Service and with a load balancer of its own.
struct WithIngresses {
    TinyCluster c;
    WorkloadIx controller;
    WorkloadIx web;

    explicit WithIngresses(std::uint32_t count = 1) {
        c.add_nodes(2);
        controller = c.add_deployment("controller", 1);
        web = c.add_deployment("web", 2);
        Identity& identity = c.spec.identity;
        identity.balancer_controller = controller;
        identity.balancer_provisioning = sim::Distribution::constant(2_min);
        identity.limits[static_cast<std::size_t>(AwsService::load_balancing)].latency =
            sim::Distribution::constant(1_s);
        c.spec.services = {{"default", "web", {web}}};
        for (std::uint32_t i = 0; i < count; ++i) {
            c.spec.load_balancers.push_back({BalancerKind::application, "Ingress/default/" + std::to_string(i), {0}});
            BalancerObject object;
            object.name = c.spec.load_balancers.back().name;
            object.balancer = i;
            object.services = {0};
            object.rules = 1;
            object.healthy = 15_s;
            identity.balancer_objects.push_back(object);
            c.spec.timeline.push_back({.kind = TimelineKind::create_balancer, .at = 1_min, .object = i});
        }
    }
};

// FR-30: a target group, the load balancer, its listener, a rule; then the targets. Each call takes a second; the load
// balancer is there from the second on, and two minutes later a first target is checked for 15 s.
TEST(Balancers, AreMadeByCallsAndServeOnceAwsIsReadyAndATargetIsHealthy) {
    WithIngresses cluster;
    TinyRun run = cluster.c.start();
    run.until(10_min, 10_s);
    const sim::Duration seen = cluster.c.spec.latencies.api_write + cluster.c.spec.latencies.watch_delivery;
    const auto starting = came_to(run, BalancerStage::starting);
    const auto serving = came_to(run, BalancerStage::serving);
    ASSERT_EQ(starting.size(), 1U);
    ASSERT_EQ(serving.size(), 1U);
    EXPECT_EQ(starting[0], at(1_min) + seen + 3_s);
    EXPECT_EQ(serving[0], at(1_min) + seen + 1_s + 2_min + 15_s);
    for (const AwsAction action : {AwsAction::create_target_group, AwsAction::create_load_balancer,
                                   AwsAction::create_listener, AwsAction::create_rule, AwsAction::register_targets})
        EXPECT_EQ(calls_of(run, action), 1) << text_of(action);
    EXPECT_EQ(run.all<BalancerFact>().back().fact.since_created, serving[0] - at(1_min));
}

// What is created while nobody makes it waits, and is made when the controller is back.
TEST(Balancers, WaitForTheirController) {
    WithIngresses cluster;
    cluster.c.scale_at(10_s, cluster.controller, 0);
    cluster.c.scale_at(30_min, cluster.controller, 1);
    TinyRun run = cluster.c.start();
    run.until(30_min, 1_min);
    EXPECT_EQ(run.world().identity.balancer_objects[0].stage, BalancerStage::waiting);
    EXPECT_EQ(calls_of(run, AwsAction::create_target_group), 0);
    run.until(35_min, 1_min);
    EXPECT_EQ(run.world().identity.balancer_objects[0].stage, BalancerStage::serving);
    EXPECT_EQ(calls_of(run, AwsAction::create_load_balancer), 1);
}

// A controller that goes in the midst finds what it had made, and makes nothing twice.
TEST(Balancers, AreFinishedByTheNextController) {
    WithIngresses cluster;
    cluster.c.spec.identity.limits[static_cast<std::size_t>(AwsService::load_balancing)].latency =
        sim::Distribution::constant(40_s);
    cluster.c.scale_at(2_min, cluster.controller, 0);
    cluster.c.scale_at(10_min, cluster.controller, 1);
    TinyRun run = cluster.c.start();
    run.until(9_min, 1_min);
    EXPECT_EQ(calls_of(run, AwsAction::create_load_balancer), 1);
    EXPECT_EQ(calls_of(run, AwsAction::register_targets), 0);
    run.until(20_min, 1_min);
    EXPECT_EQ(calls_of(run, AwsAction::create_target_group), 1);
    EXPECT_EQ(calls_of(run, AwsAction::create_load_balancer), 1);
    EXPECT_EQ(run.world().identity.balancer_objects[0].stage, BalancerStage::serving);
}

// Twenty tokens and four a second: of ten times five calls, 30 wait for tokens, the last for 7.5 s at the least.
TEST(Balancers, ManyAtOnceAreHeldUpByTheLimitOfElb) {
    WithIngresses cluster(10);
    cluster.c.spec.identity.limits[static_cast<std::size_t>(AwsService::load_balancing)].latency =
        sim::Distribution::constant(1_ms);
    TinyRun run = cluster.c.start();
    run.until(10_min, 10_s);
    EXPECT_EQ(calls_of(run, AwsAction::create_load_balancer), 10);
    EXPECT_GT(calls_of(run, AwsAction::create_rule, AwsResult::throttled) +
                  calls_of(run, AwsAction::create_load_balancer, AwsResult::throttled) +
                  calls_of(run, AwsAction::create_listener, AwsResult::throttled),
              0);
    sim::Time last;
    for (const auto& seen : run.all<AwsCallFact>()) {
        if (seen.fact.result == AwsResult::success) last = seen.at;
    }
    EXPECT_GE((last - at(1_min)).us(), 7'500'000);
    EXPECT_EQ(came_to(run, BalancerStage::serving).size(), 10U);
}

// Ingresses of a group share a load balancer: one is made, and the second Ingress adds a target group and a rule to it.
TEST(Balancers, OfAGroupAreOne) {
    WithIngresses cluster(2);
    cluster.c.spec.load_balancers.pop_back();
    cluster.c.spec.identity.balancer_objects[1].balancer = 0;
    TinyRun run = cluster.c.start();
    run.until(10_min, 10_s);
    EXPECT_EQ(calls_of(run, AwsAction::create_load_balancer), 1);
    EXPECT_EQ(calls_of(run, AwsAction::create_listener), 1);
    EXPECT_EQ(calls_of(run, AwsAction::create_target_group), 2);
    EXPECT_EQ(calls_of(run, AwsAction::create_rule), 2);
    EXPECT_EQ(came_to(run, BalancerStage::serving).size(), 2U);
}

// One that joins the load balancer of an Ingress that is there from the start need not wait for AWS.
TEST(Balancers, ThatAreThereTakeANewIngressAtOnce) {
    WithIngresses cluster;
    cluster.c.spec.identity.balancer_objects[0].comes_alone = false;
    TinyRun run = cluster.c.start();
    run.until(2_min);
    EXPECT_EQ(calls_of(run, AwsAction::create_load_balancer), 0);
    EXPECT_EQ(run.world().identity.balancer_objects[0].stage, BalancerStage::serving);
}

// Without a pod behind it nothing is registered, and with the first one it is.
TEST(Balancers, ServeOnceThereIsAPod) {
    WithIngresses cluster;
    cluster.c.at(cluster.web).replicas = 0;
    cluster.c.scale_at(20_min, cluster.web, 2);
    TinyRun run = cluster.c.start();
    run.until(20_min, 1_min);
    EXPECT_EQ(run.world().identity.balancer_objects[0].stage, BalancerStage::starting);
    EXPECT_EQ(calls_of(run, AwsAction::register_targets), 0);
    run.until(21_min, 1_s);
    EXPECT_EQ(run.world().identity.balancer_objects[0].stage, BalancerStage::serving);
}

// Nobody comes by a load balancer that is not there yet.
TEST(Balancers, GetNoRequestsBeforeTheyServe) {
    WithIngresses cluster;
    TrafficClass traffic;
    traffic.name = "outside -> Service/default/web";
    traffic.service = 0;
    traffic.balancer = 0;
    traffic.to = {cluster.web};
    traffic.rate.points = {{sim::Duration::zero(), 10.0}};
    cluster.c.spec.traffic.classes = {traffic};
    cluster.c.spec.traffic.servers = {{cluster.web}};
    TinyRun run = cluster.c.start();
    run.until(3_min);
    EXPECT_EQ(run.world().traffic.classes[0].wanted, 0);
    run.until(4_min);
    EXPECT_EQ(run.world().traffic.classes[0].wanted, 10);
}

// --- targets that leave

struct WithGate {
    TinyCluster c;
    WorkloadIx controller;
    WorkloadIx web;

    explicit WithGate(std::int32_t pods) {
        c.add_nodes(4 + pods / 20);
        controller = c.add_deployment("controller", 1);
        PodTemplate pod = TinyCluster::serving_pod();
        pod.identity.gate = 0;
        web = c.add_deployment("web", pods, pod);
        c.spec.identity.balancer_controller = controller;
        c.spec.identity.gates = {{"Ingress/default/web", 15_s}};
    }
};

// FR-30: pods that leave together are taken out by one call of their target group, as they have been put in.
TEST(Targets, ThatLeaveTogetherAreTakenOutByOneCall) {
    WithGate cluster(8);
    cluster.c.scale_at(1_min, cluster.web, 2);
    TinyRun run = cluster.c.start();
    EXPECT_EQ(run.world().identity.gates[0].targets, 8);
    run.until(5_min, 10_s);
    EXPECT_EQ(run.world().identity.gates[0].targets, 2);
    const std::int64_t calls = calls_of(run, AwsAction::deregister_targets);
    EXPECT_GE(calls, 1);
    EXPECT_LE(calls, 2);
}

// 250 targets are two calls of 200 at the most (defaultDeregisterTargetsChunkSize).
TEST(Targets, OfMoreThanTwoHundredTakeMoreThanOneCall) {
    WithGate cluster(250);
    cluster.c.scale_at(1_min, cluster.controller, 0);
    cluster.c.scale_at(2_min, cluster.web, 0);
    cluster.c.scale_at(10_min, cluster.controller, 1);
    TinyRun run = cluster.c.start();
    run.until(10_min, 1_min);
    EXPECT_EQ(calls_of(run, AwsAction::deregister_targets), 0);
    EXPECT_EQ(run.world().identity.gates[0].targets, 250);
    run.until(12_min, 1_min);
    EXPECT_EQ(calls_of(run, AwsAction::deregister_targets), 2);
    EXPECT_EQ(run.world().identity.gates[0].targets, 0);
}

// Taking out comes first in a reconcile, and one that is throttled is tried again before anybody is registered.
TEST(Targets, AreTakenOutBeforeOthersComeIn) {
    WithGate cluster(2);
    Fault fault;
    fault.kind = FaultKind::aws_throttling;
    fault.service = AwsService::load_balancing;
    fault.load_milli_per_second = 100'000;
    cluster.c.fault_at(30_s, 5_min, fault);
    cluster.c.scale_at(1_min, cluster.web, 1);
    cluster.c.scale_at(2_min, cluster.web, 3);
    TinyRun run = cluster.c.start();
    run.until(5_min, 10_s);
    EXPECT_GT(calls_of(run, AwsAction::deregister_targets, AwsResult::throttled), 0);
    EXPECT_EQ(calls_of(run, AwsAction::register_targets, AwsResult::throttled), 0);
    EXPECT_EQ(run.world()[cluster.web].ready, 1);
    run.until(8_min, 10_s);
    EXPECT_EQ(run.world()[cluster.web].ready, 3);
    EXPECT_EQ(run.world().identity.gates[0].targets, 3);
}

// --- names

struct WithDns : WithIngresses {
    WorkloadIx dns;

    explicit WithDns(sim::Duration interval, bool hears_events = false) {
        dns = c.add_deployment("external-dns", 1);
        ExternalDns row;
        row.pods = dns;
        row.interval = interval;
        row.hears_events = hears_events;
        row.reads_ingresses = true;
        c.spec.identity.external_dns = {row};
        c.spec.identity.balancer_objects[0].has_name = true;
    }
};

sim::Time resolves_at(const TinyRun& run) {
    const auto seen = run.all<NameResolvesFact>();
    EXPECT_EQ(seen.size(), 1U);
    return seen.empty() ? sim::Time::never() : seen[0].at;
}

// FR-31: the record is made at the next look after the load balancer has an address, and is everywhere a minute later.
TEST(Names, ResolveAfterTheNextIntervalAndAMinute) {
    WithDns cluster(10_min);
    TinyRun run = cluster.c.start();
    run.until(30_min, 1_min);
    const sim::Time address = came_to(run, BalancerStage::starting).at(0);
    const sim::Time resolves = resolves_at(run);
    EXPECT_GE(resolves, address + 60_s);
    EXPECT_LE(resolves, address + 10_min + 60_s);
    EXPECT_EQ(calls_of(run, AwsAction::change_resource_record_sets), 1);
    // And the look was one of those that come each ten minutes.
    const auto looks = run.all<DnsSyncFact>(at(1_s));
    ASSERT_GE(looks.size(), 2U);
    for (std::size_t i = 1; i < looks.size(); ++i) EXPECT_EQ(looks[i].at - looks[i - 1].at, 10_min);
    EXPECT_TRUE(std::ranges::any_of(looks, [&](const auto& look) { return look.at + 60_s == resolves; }));
}

// With --events it is five seconds.
TEST(Names, ResolveSoonWhereEventsAreHeard) {
    WithDns cluster(60_min, true);
    TinyRun run = cluster.c.start();
    run.until(10_min, 1_min);
    EXPECT_LE(resolves_at(run), came_to(run, BalancerStage::starting).at(0) + 5_s + 60_s);
}

// Nobody makes records while ExternalDNS is away; its first look is at once.
TEST(Names, WaitForExternalDns) {
    WithDns cluster(60_min);
    cluster.c.scale_at(10_s, cluster.dns, 0);
    cluster.c.scale_at(30_min, cluster.dns, 1);
    TinyRun run = cluster.c.start();
    run.until(30_min, 1_min);
    EXPECT_TRUE(run.all<NameResolvesFact>().empty());
    run.until(33_min, 1_min);
    EXPECT_GT(resolves_at(run), at(31_min));
}

// Route 53 takes five requests a second. Where six are asked for, a sixth is refused, and a call fails when it is
// refused three times: 1 of 216. Of a thousand looks of 42 calls each 82 % succeed.
TEST(Names, AreNotLookedAtWhereRoute53Refuses) {
    WithDns cluster(1_min);
    cluster.c.spec.identity.external_dns[0].calls = 41;
    cluster.c.spec.identity.callers = {{"others", AwsAction::list_resource_record_sets, 6'000'000, WorkloadIx::none()}};
    TinyRun run = cluster.c.start();
    run.until(1000_min);
    std::int64_t errors = 0;
    std::int64_t looks = 0;
    for (const auto& seen : run.all<DnsSyncFact>(at(1_min))) {
        ++looks;
        errors += seen.fact.is_error ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(looks), 1000.0, 2.0);
    EXPECT_NEAR(static_cast<double>(errors), 177.0, 48.0);  // four standard deviations
}

}  // namespace
}  // namespace eks::testing

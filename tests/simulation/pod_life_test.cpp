// What a pod that serves goes through by itself: probes, ends of its containers and their restarts, failed init
// containers, and the order in which it is stopped (KUBELET-2, KUBELET-20, KUBELET-37 to KUBELET-39, KUBELET-50,
// KUBELET-51, NODE-7). Relists of the kubelet come each second (KUBELET-10), and so do its looks at pods that are due.
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

constexpr std::int32_t all_ppm = 1'000'000;

struct OnePod {
    TinyCluster c;
    WorkloadIx web;
    explicit OnePod(PodTemplate pod = TinyCluster::serving_pod(), std::int32_t minor = 36) : c(minor) {
        c.spec.latencies.sandbox_start = c.spec.latencies.container_start = sim::Duration::zero();
        c.add_nodes(1);
        web = c.add_deployment("web", 0, pod);
        c.scale_at(10_s, web, 1);
    }
};

PodTemplate with_liveness(sim::Duration hangs_after, std::int32_t share_ppm = all_ppm) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.containers[0].liveness = {true, 0_s, 10_s, 1_s, 3};
    pod.liveness_failure = {share_ppm, sim::Distribution::constant(hangs_after)};
    return pod;
}

PodTemplate that_exits(sim::Duration after, std::int32_t code) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.exit = {all_ppm, sim::Distribution::constant(after)};
    pod.exit_code = code;
    return pod;
}

std::vector<sim::Time> restarts(const TinyRun& run) {
    std::vector<sim::Time> found;
    for (const auto& seen : run.all<ContainerRestartedFact>()) found.push_back(seen.at);
    return found;
}

// When it became ready, and ready again.
std::vector<sim::Time> readies(const TinyRun& run) {
    std::vector<sim::Time> found;
    for (const auto& seen : run.all<PodReadyFact>()) {
        if (seen.fact.change > 0) found.push_back(seen.at);
    }
    return found;
}

// KUBELET-39: it hangs 95 s after its start; the probes at 100, 110 and 120 s fail, the last is known to at 121 s.
TEST(Liveness, KillsAContainerAfterThreeFailures) {
    TinyRun run = OnePod(with_liveness(95_s)).c.start();
    run.until(3_min, 1_s);
    const auto ready = readies(run);
    ASSERT_EQ(ready.size(), 2U);
    ASSERT_EQ(restarts(run).size(), 1U);
    const sim::Duration killed = restarts(run)[0] - ready[0];
    EXPECT_GE(killed, 121_s);
    EXPECT_LE(killed, 122_s);
    // The first restart of a series waits for nothing (KUBELET-37), but for the kubelet's tick.
    EXPECT_LE(ready[1] - restarts(run)[0], 1_s);
    EXPECT_EQ(run.world()[WorkloadIx::of(0)].ready, 1);
}

TEST(Liveness, StrikesTheShareThatTheScenarioStates) {
    TinyCluster c;
    c.add_nodes(2);
    PodTemplate pod = with_liveness(5_min, 100'000);
    pod.host_network = true;  // so that addresses bound nothing
    const WorkloadIx web = c.add_deployment("web", 200, pod);
    TinyRun run = c.start();
    run.until(8_min, 10_s);
    // 20 of 200, give or take three standard deviations of a binomial.
    EXPECT_GE(restarts(run).size(), 20U - 13U);
    EXPECT_LE(restarts(run).size(), 20U + 13U);
    EXPECT_EQ(run.world()[web].active, 200);
}

// KUBELET-37: also after exit code 0 under restartPolicy Always. Waits of 0, 10, 20, 40, 80 s, each longer by up to a
// half and a tick.
TEST(Restarts, BackOffGrowsWhateverTheExitCode) {
    for (const std::int32_t code : {0, 1}) {
        TinyRun run = OnePod(that_exits(5_s, code)).c.start();
        run.until(6_min, 1_s);
        const auto ends = restarts(run);
        const auto starts = readies(run);
        ASSERT_GE(ends.size(), 5U);
        ASSERT_GE(starts.size(), 6U);
        sim::Duration wait = 0_s;
        for (std::size_t i = 0; i < 5; ++i) {
            EXPECT_GE(starts[i + 1] - ends[i], wait) << i;
            EXPECT_LE(starts[i + 1] - ends[i], wait + wait / 2 + 2_s) << i;
            wait = wait == 0_s ? 10_s : 2 * wait;
        }
    }
}

// KUBELET-37: a container that has run for ten minutes begins a new series.
TEST(Restarts, TheSeriesIsResetAfterTenMinutes) {
    TinyRun run = OnePod(that_exits(11_min, 1)).c.start();
    run.until(2_h, 10_s);
    const auto ends = restarts(run);
    const auto starts = readies(run);
    ASSERT_GE(ends.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_LE(starts[i + 1] - ends[i], 1_s);
}

// KUBELET-2: the phase in CrashLoopBackOff is Running; it shows as such from the second restart on.
TEST(Restarts, ACrashLoopShowsAndEndsWithThePod) {
    OnePod one(that_exits(5_s, 1));
    TinyRun run = one.c.start();
    std::int32_t looping = 0;
    run.until(10_min, 1_s);
    for (const auto& seen : run.all<CrashLoopFact>()) {
        looping += seen.fact.change;
        EXPECT_GE(looping, 0);
        EXPECT_LE(looping, 1);
    }
    EXPECT_GE(run.count<CrashLoopFact>(), 5U);
    ASSERT_EQ(run.pods_of(one.web).size(), 1U);
    EXPECT_EQ(run.pod(run.pods_of(one.web).front()).phase, PodPhase::running);
    run.scale(one.web, 0);
    run.until(11_min, 1_s);
    looping = 0;
    for (const auto& seen : run.all<CrashLoopFact>()) looping += seen.fact.change;
    EXPECT_EQ(looping, 0);
    EXPECT_EQ(run.world()[one.web].ready, 0);
}

// KUBELET-39: thirty failures every ten seconds are 290 s and a timeout; who needs six minutes never comes up.
TEST(Startup, AContainerThatStartsTooSlowlyIsKilled) {
    for (const auto& [needs, comes_up] : {std::pair{4_min, true}, std::pair{6_min, false}}) {
        PodTemplate pod = TinyCluster::serving_pod();
        pod.containers[0].startup = {true, 0_s, 10_s, 1_s, 30};
        pod.ready_after = sim::Distribution::constant(needs);
        TinyRun run = OnePod(pod).c.start();
        run.until(30_min, 5_s);
        EXPECT_EQ(readies(run).size(), comes_up ? 1U : 0U);
        EXPECT_EQ(restarts(run).empty(), comes_up);
    }
}

// KUBELET-39: the startup probe blocks readiness until it has passed.
TEST(Startup, ReadinessWaitsForTheStartupProbe) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.containers[0].startup = {true, 0_s, 30_s, 1_s, 10};
    pod.ready_after = sim::Distribution::constant(31_s);
    TinyRun run = OnePod(pod).c.start();
    run.until(2_min, 1_s);
    ASSERT_EQ(readies(run).size(), 1U);
    const auto created = run.all<PodCreatedFact>();
    EXPECT_GE(readies(run)[0] - created[0].at, 60_s);
    EXPECT_LE(readies(run)[0] - created[0].at, 62_s);
}

// KUBELET-38: again and again with the back-off of KUBELET-37, or the end of a pod that may not restart (KUBELET-2).
TEST(InitContainers, AFailureIsTriedAgainOrEndsThePod) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.init_containers = {pod.containers[0]};
    pod.init_containers[0].name = "init";
    pod.init_run_time = sim::Distribution::constant(1_s);
    pod.init_failure_ppm = all_ppm;
    OnePod one(pod);
    TinyRun run = one.c.start();
    run.until(3_min, 1_s);
    EXPECT_GE(restarts(run).size(), 4U);  // after 0, 10, 20 and 40 s and their stretch
    EXPECT_LE(restarts(run).size(), 6U);
    EXPECT_EQ(run.pod(run.pods_of(one.web).front()).phase, PodPhase::pending);
    EXPECT_TRUE(readies(run).empty());

    TinyCluster c;
    c.add_nodes(1);
    PodTemplate task = TinyCluster::job_pod(5_s);
    task.init_containers = pod.init_containers;
    task.init_run_time = pod.init_run_time;
    task.init_failure_ppm = all_ppm;
    const WorkloadIx ix = c.add_job("task", task);
    c.at(ix).job.backoff_limit = 0;
    TinyRun failing = c.start();
    failing.until(2_min, 1_s);
    for (const auto& [id, job] : failing.world().jobs) EXPECT_TRUE(job.failed_for_good);
    ASSERT_EQ(failing.pods_of(ix).size(), 1U);
    EXPECT_EQ(failing.pod(failing.pods_of(ix).front()).phase, PodPhase::failed);
}

// How long the only pod takes to go.
sim::Duration time_to_go(const PodTemplate& pod) {
    OnePod one(pod);
    one.c.spec.latencies.sandbox_stop = sim::Duration::zero();
    TinyRun run = one.c.start();
    run.until(1_min);
    run.delete_pod(run.pods_of(one.web).front());
    run.until(5_min, 1_s);
    const auto gone = run.all<PodRemovedFact>();
    return gone.empty() ? sim::Duration::max() : gone.front().at - at(1_min);
}

// KUBELET-50: the hook is part of the grace; what is left of it is for SIGTERM, two seconds at least.
TEST(Termination, ThePreStopHookComesOutOfTheGrace) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.stop_time = sim::Distribution::constant(20_s);
    struct Case {
        sim::Duration hook, ends;
    };
    for (const Case& c : {Case{0_s, 20_s}, Case{5_s, 25_s}, Case{15_s, 30_s}, Case{29_s, 31_s}, Case{60_s, 32_s}}) {
        pod.containers[0].pre_stop = c.hook;
        EXPECT_GE(time_to_go(pod), c.ends);
        EXPECT_LE(time_to_go(pod), c.ends + 2_s);  // the relist, and the status
    }
}

// KUBELET-51: sidecars stop after the others, the last one first, within the same grace.
TEST(Termination, SidecarsStopAfterTheContainers) {
    PodTemplate pod = TinyCluster::serving_pod();
    ContainerSpec sidecar = pod.containers[0];
    sidecar.is_sidecar = true;
    pod.init_containers = {sidecar, sidecar};
    pod.stop_time = sim::Distribution::constant(6_s);
    EXPECT_GE(time_to_go(pod), 18_s);
    EXPECT_LE(time_to_go(pod), 20_s);
    pod.stop_time = sim::Distribution::constant(14_s);  // the last has two seconds of thirty left
    EXPECT_GE(time_to_go(pod), 30_s);
    EXPECT_LE(time_to_go(pod), 32_s);
}

// NODE-7: from 1.34 on pods have 120 s, and those that the node needs 30 s more after them; the node says so at once.
TEST(GracefulShutdown, PodsAreStoppedInOrderBeforeTheInstanceEnds) {
    for (const std::int32_t minor : {34, 33}) {
        TinyCluster c(minor);
        c.spec.latencies.node_shutdown = 30_s;
        const NodeGroupIx group = c.add_nodes(1);
        PodTemplate slow = TinyCluster::daemon_pod();
        slow.termination_grace = 10_min;
        slow.stop_time = sim::Distribution::constant(10_min);
        c.add_daemon_set("slow", slow);
        slow.priority = 2'000'001'000;
        const WorkloadIx critical = c.add_daemon_set("critical", slow);
        c.upgrade_at(60_s, group);
        TinyRun run = c.start();
        run.until(20_min, 1_s);
        const auto terminated = run.all<Ec2CallFact>();
        sim::Time asked = sim::Time::never();
        for (const auto& seen : terminated) {
            if (seen.fact.action == Ec2Action::terminate_instances) asked = std::min(asked, seen.at);
        }
        sim::Time not_ready = sim::Time::never();
        sim::Time ended = sim::Time::never();
        for (const auto& seen : run.all<NodeFact>(at(1_s))) {
            if (seen.fact.from == NodeState::ready) not_ready = std::min(not_ready, seen.at);
            if (seen.fact.to == NodeState::lost && seen.fact.from != NodeState::lost) ended = std::min(ended, seen.at);
        }
        ASSERT_NE(asked, sim::Time::never());
        const bool is_graceful = minor >= 34;
        EXPECT_EQ(not_ready, is_graceful ? asked : ended);
        EXPECT_GE(ended - asked, is_graceful ? 150_s : 30_s);
        EXPECT_LE(ended - asked, is_graceful ? 153_s : 33_s);
        std::int32_t failed = 0;
        std::int32_t refused = 0;
        for (const auto& seen : run.all<PodPhaseFact>()) {
            if (seen.fact.to == PodPhase::failed) ++(seen.fact.from == PodPhase::running ? failed : refused);
        }
        const auto ends = static_cast<std::int32_t>(run.calls(Ec2Action::terminate_instances));
        EXPECT_EQ(failed, is_graceful ? 2 * ends : 0);
        // Those that follow on the node are refused by its kubelet (KUBELET-20), and there are ever fewer (DS-3): 150 s
        // have room for 1 + 2 + 4 + … + 64.
        EXPECT_GE(refused, is_graceful ? 2 * ends : 0);
        EXPECT_LE(refused, is_graceful ? 2 * 8 * ends : 0);
        EXPECT_GE(run.world()[critical].ready, 1);
    }
}

// KUBELET-20: a pod that reaches a kubelet which shuts down has failed, and another one is made elsewhere.
TEST(Admission, AKubeletThatShutsDownTakesNoPods) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(30_s, web, 1);
    TinyRun run = c.start();
    sim::Duration time = 30_s;
    const auto is_bound = [&] {
        return !run.pods_of(web).empty() && run.pod(run.pods_of(web).front()).stage == PodStage::binding;
    };
    for (; !is_bound(); time += 1_ms) {
        ASSERT_LT(time, 31_s);
        run.until(time);
    }
    run.simulation().apply(
        [&](const Spec& s, World& world, Turn& turn) { shut_down_node(s, world, turn, run.node()); });
    run.until(time + 1_s, 100_ms);
    const Pod& pod = run.pod(run.pods_of(web).front());
    EXPECT_EQ(pod.phase, PodPhase::failed);
    EXPECT_EQ(pod.restarts, 0U);
    EXPECT_EQ(run.pods_of(web).size(), 2U);
}

std::vector<Disruption> disruptions(const TinyRun& run) {
    std::vector<Disruption> found;
    for (const auto& seen : run.all<PodDisruptedFact>()) found.push_back(seen.fact.why);
    return found;
}

// KUBELET-3: who ends a pod says why.
TEST(DisruptionTarget, HasTheReasonOfWhoeverEndsThePod) {
    {
        TinyCluster c;
        c.add_nodes(1, {.cpu_milli = 1000});
        c.add_deployment("filler", 1, TinyCluster::serving_pod(1000));
        const WorkloadIx urgent = c.add_deployment("urgent", 0, TinyCluster::serving_pod(1000));
        c.pod_of(urgent).priority = 100;
        c.scale_at(30_s, urgent, 1);
        TinyRun run = c.start();
        run.until(1_min);
        EXPECT_EQ(disruptions(run), std::vector{Disruption::preemption_by_scheduler});
    }
    {
        // The taint of a node that has fallen silent, which the pod does not bear; another node keeps its zone going.
        TinyCluster c;
        c.add_nodes(1, {.labels = {{"here", "yes"}}});
        c.add_nodes(3, {.group = "others"});
        const WorkloadIx web = c.add_deployment("web", 1);
        c.pod_of(web).node_selector = {{"here", "yes"}};
        Fault fault;
        fault.kind = FaultKind::node_down;
        fault.group = NodeGroupIx::of(0);
        c.fault_at(30_s, 10_min, fault);
        TinyRun run = c.start();
        run.until(5_min);
        EXPECT_EQ(disruptions(run), std::vector{Disruption::deletion_by_taint_manager});
    }
    {
        // What a drain evicts; then the instance shuts down under the daemon that it left (NODE-7).
        TinyCluster c;
        const NodeGroupIx group = c.add_nodes(1);
        c.add_deployment("web", 1);
        c.add_daemon_set("agent");
        c.upgrade_at(30_s, group);
        TinyRun run = c.start();
        run.until(20_min);
        const std::vector<Disruption> all = disruptions(run);
        ASSERT_GE(all.size(), 2U);
        EXPECT_EQ(all[0], Disruption::eviction_by_eviction_api);
        EXPECT_NE(std::ranges::find(all, Disruption::termination_by_kubelet), all.end());
        for (const Disruption each : all) {
            EXPECT_TRUE(each == Disruption::eviction_by_eviction_api || each == Disruption::termination_by_kubelet);
        }
    }
    {
        // PODGC-2: its node is gone.
        TinyCluster c(33);
        c.add_nodes(2);
        c.add_deployment("web", 1);
        TinyRun run = c.start();
        run.until(30_s);
        for (const auto& [id, pod] : run.world().pods) {
            if (!pod.node.valid()) continue;
            run.end(pod.node);
            break;
        }
        run.until(5_min);
        EXPECT_EQ(disruptions(run), std::vector{Disruption::deletion_by_pod_gc});
    }
}

}  // namespace
}  // namespace eks::testing

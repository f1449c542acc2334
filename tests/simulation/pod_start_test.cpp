// A pod on its node, from the binding to the end: retries without an address, images, readiness, and the parts of its
// waiting (KUBELET-30 to KUBELET-52, IPAM-173, IPAM-174).
#include "tests/support/tiny_cluster.hpp"

#include <map>

namespace eks::testing {
namespace {

TEST(PodStart, APodWithoutAddressStaysBoundThoughAnotherNodeHasPlenty) {
    // IPAM-174, FR-3: six pods spread evenly; one node has two addresses, the other many.
    TinyCluster c;
    c.add_nodes(1, {.group = "small", .max_enis = 1, .ipv4_per_eni = 3});
    c.add_nodes(1, {.group = "large", .max_enis = 1, .ipv4_per_eni = 30});
    const WorkloadIx web = c.add_deployment("web", 6);
    TinyRun run = c.start();
    const NodeId small = run.node(0);
    ASSERT_EQ(run.row(small).pods, 3);
    run.until(1_h, 1_min);
    std::size_t stuck = 0;
    for (const PodId id : run.pods_of(web)) {
        if (run.pod(id).stage != PodStage::stuck && run.pod(id).stage != PodStage::sandbox) continue;
        ++stuck;
        EXPECT_EQ(run.pod(id).node, small);
    }
    EXPECT_EQ(stuck, 1U);
    EXPECT_EQ(run.row(small).pods, 3);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
}

TEST(PodStart, TheKubeletTriesAgainAfterTenToFifteenSecondsOnItsTick) {
    // IPAM-173, KUBELET-11, KUBELET-31: 10 s × U[1, 1.5), picked up by the tick of a second; the sandbox takes 0.3 s.
    TinyCluster c;
    c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = 2});
    c.add_deployment("web", 2);
    TinyRun run = c.start();
    run.until(2_h);
    const auto failures = run.all<AddFailedFact>();
    ASSERT_GE(failures.size(), 400U);
    const sim::Duration phase = run.the_node().kubelet_phase;
    sim::Duration shortest = 1_h;
    sim::Duration longest;
    for (std::size_t n = 1; n < failures.size(); ++n) {
        const sim::Duration between = failures[n].at - failures[n - 1].at;
        shortest = std::min(shortest, between);
        longest = std::max(longest, between);
        const sim::Time retry = failures[n].at - 300_ms;
        EXPECT_EQ((retry - phase).since_origin() % 1_s, 0_s);
        EXPECT_EQ(failures[n].fact.cause, WaitCause::no_address);
    }
    EXPECT_GE(shortest, 10_s + 300_ms);
    EXPECT_LE(longest, 16_s + 300_ms);
    EXPECT_GE(longest - shortest, 3_s);  // a draw, no constant
}

TEST(PodStart, NinetyNineOfAHundredStartWithinTheObjectiveOfKubernetes) {
    // SLO-1: 5 s from creation to running, for pods that can be placed and whose images are there; below SCALE-1's
    // churn of 20 pods a second.
    TinyCluster c;
    c.add_nodes(10, {.max_enis = 3, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 10);
    for (std::int32_t n = 1; n <= 20; ++n) c.scale_at(1_min * n, web, 10 + 10 * n);
    TinyRun run = c.start();
    run.until(25_min);
    std::vector<sim::Duration> starts;
    for (const auto& seen : run.all<PodStartedFact>(at(1_min))) starts.push_back(seen.fact.since_created);
    ASSERT_EQ(starts.size(), 200U);
    std::ranges::sort(starts);
    EXPECT_LE(starts[198], 5_s);
}

TEST(PodStart, TheWaitsOfEveryPodSumToItsStart) {
    // Architecture, section 5: the split sums to the whole, to the microsecond.
    TinyCluster c;
    c.add_nodes(2, {.cpu_milli = 300, .max_pods = 14, .max_enis = 2, .ipv4_per_eni = 5});
    c.spec.images = {{"app:1", 30 * mebibyte, 60 * mebibyte}};
    c.add_daemon_set("aws-node");
    const WorkloadIx web = c.add_deployment("web", 4, TinyCluster::serving_pod(20));
    for (int n = 0; n < 5; ++n)
        c.add_cron_job("tick" + std::to_string(n), "* * * * *",
                       TinyCluster::job_pod(sim::Duration::seconds(20 + 5 * n)));
    for (int n = 0; n < 10; ++n) c.scale_at(sim::Duration::seconds(60 * n + 33), web, 3 + (n * 7) % 11);
    c.spec.opening = Opening::empty;
    TinyRun run = c.start(3);
    run.until(15_min, 10_s);

    struct Account {
        sim::Time created;
        sim::Duration waited;
        WaitCause cause = WaitCause::none;
    };
    std::map<PodId, Account> open;
    std::size_t started = 0;
    std::size_t given_up = 0;
    for (const Recorder::Entry& entry : run.facts()) {
        if (const auto* f = std::get_if<PodCreatedFact>(&entry.fact)) open[f->pod] = {entry.at, {}, f->cause};
        if (const auto* f = std::get_if<PodWaitsFact>(&entry.fact)) {
            Account& account = open.at(f->pod);
            EXPECT_EQ(account.cause, f->from);
            account.cause = f->to;
            account.waited += f->lasted;
        }
        if (const auto* f = std::get_if<PodStartedFact>(&entry.fact)) {
            Account& account = open.at(f->pod);
            EXPECT_EQ(account.cause, f->from);
            EXPECT_EQ(account.waited + f->lasted, f->since_created);
            EXPECT_EQ(f->since_created, entry.at - account.created);
            open.erase(f->pod);
            ++started;
        }
        if (const auto* f = std::get_if<PodGaveUpFact>(&entry.fact)) {
            EXPECT_EQ(open.at(f->pod).waited + f->lasted, entry.at - open.at(f->pod).created);
            open.erase(f->pod);
            ++given_up;
        }
    }
    EXPECT_GT(started, 60U);
    EXPECT_GT(given_up, 0U);
}

TEST(PodStart, AnUndisturbedStartIsTheSumOfItsSteps) {
    // Creation 20 ms after the decision; binding 20 ms, sandbox 300 ms, container 200 ms.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(1_min);
    const auto started = run.all<PodStartedFact>();
    ASSERT_EQ(started.size(), 1U);
    EXPECT_EQ(started[0].fact.since_created, 20_ms + 300_ms + 200_ms);
}

TEST(PodStart, InitContainersRunOneAfterAnotherBeforeTheOthers) {
    // KUBELET-30 (6): each to its end, which the kubelet sees at its next relist (KUBELET-12).
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.init_containers = {pod.containers[0], pod.containers[0]};
    pod.init_run_time = sim::Distribution::constant(5_s);
    const WorkloadIx web = c.add_deployment("web", 0, pod);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(1_min);
    const auto started = run.all<PodStartedFact>();
    ASSERT_EQ(started.size(), 1U);
    const sim::Duration least = 320_ms + 2 * (200_ms + 5_s) + 200_ms;
    EXPECT_GE(started[0].fact.since_created, least);
    EXPECT_LE(started[0].fact.since_created, least + 2_s);
}

TEST(PodStart, ASidecarStaysAndDoesNotHoldUpTheOthers) {
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.init_containers = {pod.containers[0]};
    pod.init_containers[0].is_sidecar = true;
    pod.init_run_time = sim::Distribution::constant(1_h);
    const WorkloadIx web = c.add_deployment("web", 0, pod);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(1_min);
    ASSERT_EQ(run.count<PodStartedFact>(), 1U);
    EXPECT_EQ(run.all<PodStartedFact>()[0].fact.since_created, 320_ms + 200_ms + 200_ms);
}

TEST(PodStart, ImagesArePulledOneByOneIn2018AndSideBySideToday) {
    // KUBELET-34. 75 MB at 75 MB/s take a second; unpacking is as fast.
    for (const std::int32_t minor : {10, 36}) {
        TinyCluster c(minor);
        c.spec.images = {{"a:1", 75'000'000, 75'000'000}, {"b:1", 75'000'000, 75'000'000}};
        c.add_nodes(1);
        if (minor == 10) c.spec.shapes[0].kubelet.parallel_pulls = 1;
        const WorkloadIx a = c.add_deployment("a", 0);
        const WorkloadIx b = c.add_deployment("b", 0);
        c.pod_of(b).containers[0].image = ImageIx::of(1);
        TinyRun run = c.start();
        run.scale(a, 1);
        run.scale(b, 1);
        run.until(1_min);
        const auto started = run.all<PodStartedFact>();
        ASSERT_EQ(started.size(), 2U);
        EXPECT_LE(started[0].at - at(0_s), 1600_ms);
        EXPECT_EQ(started[1].at - started[0].at >= 900_ms, minor == 10);
        // A second pod of the same image finds it there.
        run.scale(a, 2);
        run.until(2_min);
        EXPECT_EQ(run.count<ImagePulledFact>(), 2U);
    }
}

TEST(PodStart, ReadinessShowsAtTheFirstProbesThatMeetIt) {
    // KUBELET-39: probes at 5, 15, 25 … s; ready inside from 12 s on; a threshold of two takes one more probe.
    for (const std::int32_t threshold : {1, 2}) {
        TinyCluster c;
        c.add_nodes(1);
        PodTemplate pod = TinyCluster::serving_pod();
        pod.containers[0].has_readiness_probe = true;
        pod.containers[0].readiness_initial_delay = 5_s;
        pod.containers[0].readiness_period = 10_s;
        pod.containers[0].readiness_success_threshold = threshold;
        pod.ready_after = sim::Distribution::constant(12_s);
        const WorkloadIx web = c.add_deployment("web", 0, pod);
        TinyRun run = c.start();
        run.scale(web, 1);
        run.until(1_min);
        ASSERT_EQ(run.count<PodStartedFact>(), 1U);
        EXPECT_EQ(run.all<PodStartedFact>()[0].fact.since_created, 520_ms + (threshold == 1 ? 15_s : 25_s));
    }
}

TEST(PodEnd, AStoppedPodGivesItsAddressBackBeforeItsObjectGoes) {
    // KUBELET-52, IPAM-175; its containers are given their grace and no more (KUBELET-50).
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::serving_pod();
    pod.termination_grace = 7_s;
    pod.stop_time = sim::Distribution::constant(1_h);
    const WorkloadIx web = c.add_deployment("web", 1, pod);
    TinyRun run = c.start();
    run.scale(web, 0);
    run.until(1_min);
    const auto released = run.all<AddressReleasedFact>();
    const auto removed = run.all<PodRemovedFact>();
    ASSERT_EQ(released.size(), 1U);
    ASSERT_EQ(removed.size(), 1U);
    EXPECT_GT(removed[0].at, released[0].at);
    EXPECT_GE(released[0].at, at(7_s));
    EXPECT_LE(released[0].at, at(7_s + 40_ms + 1_s + 100_ms));
    EXPECT_EQ(run.the_node().pods, 0);
}

TEST(PodEnd, AFinishedJobsPodHoldsNeitherAddressNorRoomThoughItsObjectStays) {
    // IPAM-175, SCHED-11
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx job = c.add_job("once", TinyCluster::job_pod(5_s));
    TinyRun run = c.start();
    run.until(1_min);
    ASSERT_EQ(run.pods_of(job).size(), 1U);
    EXPECT_EQ(run.pod(run.pods_of(job)[0]).phase, PodPhase::succeeded);
    EXPECT_EQ(run.the_pool().assigned, 0);
    EXPECT_EQ(run.the_node().pods, 0);
    EXPECT_EQ(run.count<AddressReleasedFact>(), 1U);
}

// KUBELET-1: without a node the scheduler has it; with one every container waits with the reason ContainerCreating
// until the init containers run, then with PodInitializing. KUBELET-3: so the conditions come in the order
// PodScheduled, PodReadyToStartContainers, Initialized, ContainersReady.
TEST(PodStart, APodPassesTheStagesOfItsConditionsInOrder) {
    TinyCluster c;
    c.add_nodes(1);
    c.spec.images[0].compressed_bytes = 75'000'000;
    PodTemplate pod = TinyCluster::serving_pod();
    pod.init_containers = {pod.containers[0]};
    pod.init_run_time = sim::Distribution::constant(5_s);
    pod.containers[0].has_readiness_probe = true;
    pod.containers[0].readiness_period = 10_s;
    pod.ready_after = sim::Distribution::constant(5_s);
    const WorkloadIx web = c.add_deployment("web", 0, pod);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(1_min);
    std::vector<WaitCause> causes{run.all<PodCreatedFact>()[0].fact.cause};
    for (const auto& seen : run.all<PodWaitsFact>()) causes.push_back(seen.fact.to);
    EXPECT_EQ(causes, (std::vector{WaitCause::scheduling, WaitCause::sandbox_start, WaitCause::image_pull,
                                   WaitCause::init_containers, WaitCause::container_start, WaitCause::readiness}));
    std::vector<std::string_view> reasons;
    for (const WaitCause cause : causes) reasons.push_back(text_of(cause).container_reason);
    EXPECT_EQ(reasons, (std::vector<std::string_view>{"", "ContainerCreating", "ContainerCreating", "PodInitializing",
                                                      reasons[4], reasons[5]}));
    // The phase is Pending from the creation on, whatever the node has done, until the containers run.
    const auto phases = run.all<PodPhaseFact>();
    ASSERT_EQ(phases.size(), 1U);
    EXPECT_EQ(phases[0].fact.from, PodPhase::pending);
    EXPECT_EQ(phases[0].fact.to, PodPhase::running);
    EXPECT_EQ(run.all<PodScheduledFact>()[0].at - run.all<PodCreatedFact>()[0].at, 20_ms);
}

// KUBELET-13: two statuses a pod; of the 60 an old kubelet writes ten at once and five a second, so that the last pod
// is seen ready ten seconds later.
TEST(PodStart, StatusesWaitForTheLimitOfTheKubelet) {
    for (const auto& [minor, least, most] :
         {std::tuple{36, 0_s, 0_s}, std::tuple{26, 3_s, 5_s}, std::tuple{21, 9_s, 11_s}}) {
        TinyCluster c(minor);
        c.add_nodes(1, {.cpu_milli = 8000});
        const WorkloadIx web = c.add_deployment("web", 0, TinyCluster::daemon_pod());
        TinyRun run = c.start();
        run.scale(web, 30);
        run.until(1_min);
        ASSERT_EQ(run.world()[web].ready, 30);
        const auto ready = run.all<PodReadyFact>();
        const sim::Duration late = ready.back().at - ready.front().at;
        EXPECT_GE(late, least) << minor;
        EXPECT_LE(late, most + 2_s) << minor;  // the pods themselves are made over some time
    }
}

// KUBELET-13: a status that is written late is that of the run which it was about.
TEST(PodStart, ALateStatusOfARunThatHasEndedCountsForNothing) {
    TinyCluster c;
    c.add_nodes(1, {.cpu_milli = 8000});
    c.spec.shapes[0].kubelet.api_qps = 1;
    c.spec.shapes[0].kubelet.api_burst = 1;
    PodTemplate pod = TinyCluster::daemon_pod();
    pod.exit = {1'000'000, sim::Distribution::constant(4_s)};
    const WorkloadIx web = c.add_deployment("web", 0, pod);
    TinyRun run = c.start();
    run.scale(web, 20);
    run.until(3_min, 500_ms);
    for (const auto& seen : run.all<PodReadyFact>()) {
        if (seen.fact.change < 0) continue;
        // Nobody is ready for longer than its run of four seconds lasts, and a look of the kubelet more.
        const auto ended = std::ranges::count_if(run.all<PodReadyFact>(seen.at), [&](const auto& other) {
            return other.at <= seen.at + 5_s && other.fact.change < 0;
        });
        EXPECT_GE(ended, 1);
    }
}

// KUBELET-21: pods of the host's network count as any other; SCHED-41 says what the others wait for.
TEST(PodStart, MaxPodsCountsEveryPod) {
    TinyCluster c;
    c.add_nodes(1, {.max_pods = 4});
    c.add_daemon_set("agent");
    c.add_daemon_set("proxy");
    const WorkloadIx web = c.add_deployment("web", 3);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 2);
    EXPECT_EQ(run.the_node().pods, 4);
    std::int32_t waiting = 0;
    for (const PodId id : run.pods_of(web))
        waiting += run.pod(id).cause == WaitCause::unschedulable_too_many_pods ? 1 : 0;
    EXPECT_EQ(waiting, 1);
}

// SCHED-41: a resource of any name is counted as the others are.
TEST(PodStart, ExtendedResourcesLimitThePodsOfANode) {
    TinyCluster c;
    c.spec.extended_resources = {"vendor.com/other", "vendor.com/thing"};
    c.add_nodes(1);
    c.spec.shapes[0].allocatable.extended[1] = 2;
    PodTemplate pod = TinyCluster::serving_pod();
    pod.containers[0].requests.extended[1] = 1;
    const WorkloadIx web = c.add_deployment("web", 3, pod);
    pod.containers[0].requests.extended = {1, 0, 0, 0};
    const WorkloadIx homeless = c.add_deployment("homeless", 1, pod);
    TinyRun run = c.start();
    run.until(1_min);
    EXPECT_EQ(run.world()[web].ready, 2);
    EXPECT_EQ(run.world()[homeless].ready, 0);
    EXPECT_EQ(run.pod(run.pods_of(homeless)[0]).cause, WaitCause::unschedulable_node_resources_fit);
    run.scale(web, 1);
    run.until(2_min);
    run.scale(web, 2);
    run.until(3_min);
    EXPECT_EQ(run.world()[web].ready, 2);
}

}  // namespace
}  // namespace eks::testing

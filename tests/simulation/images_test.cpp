// Pulls of images in small clusters: who pulls when (KUBELET-30 to KUBELET-36), how pulls share what carries them, and
// Spegel (AWS-105).
#include "models/world/verbs.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {

namespace {

constexpr std::int64_t a_second_of_bytes = 75'000'000;  // at the rate of one pull; unpacking takes no time

// Image 0 is the one of TinyCluster and costs nothing.
ImageIx add_image(TinyCluster& c, std::int64_t bytes, std::uint32_t registry = 0) {
    const std::string name = "image-" + std::to_string(c.spec.images.size()) + ":1";
    c.spec.images.push_back({name, bytes, 0, registry});
    return ImageIx::of(c.spec.images.size() - 1);
}

WorkloadIx add_web(TinyCluster& c, std::string_view name, ImageIx image, PullPolicy policy = PullPolicy::if_not_present,
                   std::int32_t replicas = 0) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.containers[0].image = image;
    pod.containers[0].pull_policy = policy;
    return c.add_deployment(name, replicas, pod);
}

// One node a Deployment, so that each pod has a node of its own.
WorkloadIx add_web_on(TinyCluster& c, std::string_view name, ImageIx image, std::string_view group) {
    const WorkloadIx web = add_web(c, name, image);
    c.pod_of(web).node_selector = {{"group", std::string(group)}};
    return web;
}

void add_node_named(TinyCluster& c, std::string_view group) {
    c.add_nodes(1, {.group = std::string(group), .labels = {{"group", std::string(group)}}});
}

std::vector<sim::Duration> lengths_of_pulls(const TinyRun& run) {
    std::vector<sim::Duration> found;
    for (const auto& seen : run.all<ImagePulledFact>()) found.push_back(seen.fact.lasted);
    return found;
}

std::int64_t failures(const TinyRun& run, PullFailure why) {
    std::int64_t found = 0;
    for (const auto& seen : run.all<ImagePullFailedFact>()) found += seen.fact.why == why ? 1 : 0;
    return found;
}

WaitCause cause_of_only(const TinyRun& run, WorkloadIx workload) { return run.pod(run.pods_of(workload)[0]).cause; }

Fault slow_registry() {
    Fault fault;
    fault.kind = FaultKind::image_registry_slow;
    fault.registries = 1;
    return fault;
}

}  // namespace

TEST(Images, TheNextPullStartsAfterTheContainerBeforeHasStarted) {
    // KUBELET-30 (7): two pulls of a second each, and 200 ms to start the first container between them.
    TinyCluster c;
    c.add_nodes(1);
    const ImageIx a = add_image(c, a_second_of_bytes);
    const ImageIx b = add_image(c, a_second_of_bytes);
    const WorkloadIx web = add_web(c, "web", a);
    c.pod_of(web).containers.push_back(c.pod_of(web).containers[0]);
    c.pod_of(web).containers[1].image = b;
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(1_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 2U);
    EXPECT_EQ(pulls[1].at - pulls[0].at, 1200_ms);
    // 20 ms to appear and 300 ms for the sandbox are in any start of this cluster, see pod_start_test.
    EXPECT_EQ(run.all<PodStartedFact>()[0].at - pulls[1].at, 200_ms);
}

TEST(Images, NeverMeansNeverUntilSomebodyElsePulls) {
    // KUBELET-33
    TinyCluster c;
    c.add_nodes(1);
    const ImageIx a = add_image(c, a_second_of_bytes);
    const WorkloadIx never = add_web(c, "never", a, PullPolicy::never);
    const WorkloadIx other = add_web(c, "other", a);
    TinyRun run = c.start();
    run.scale(never, 1);
    run.until(5_min);
    EXPECT_EQ(cause_of_only(run, never), WaitCause::image_never_pulled);
    EXPECT_EQ(run.count<ImagePulledFact>(), 0U);
    EXPECT_EQ(failures(run, PullFailure::never), 1);
    run.scale(other, 1);
    run.until(6_min);
    EXPECT_EQ(run.pod(run.pods_of(never)[0]).stage, PodStage::ready);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
}

TEST(Images, TwoPullsBeforeTheNextLookStartAPodOnce) {
    // KUBELET-33: the second pull ends a second and a bit after the first, before the kubelet has looked again.
    TinyCluster c;
    c.add_nodes(1);
    const ImageIx a = add_image(c, a_second_of_bytes);
    const ImageIx b = add_image(c, a_second_of_bytes);
    const WorkloadIx never = add_web(c, "never", a, PullPolicy::never);
    c.pod_of(never).containers.push_back(c.pod_of(never).containers[0]);
    c.pod_of(never).containers[1].image = b;
    const WorkloadIx other = add_web(c, "other", a);
    c.pod_of(other).containers.push_back(c.pod_of(other).containers[0]);
    c.pod_of(other).containers[1].image = b;
    TinyRun run = c.start();
    run.scale(never, 1);
    run.until(5_min);
    run.scale(other, 1);
    run.until(6_min, 1_s);
    EXPECT_EQ(run.pod(run.pods_of(never)[0]).stage, PodStage::ready);
    EXPECT_EQ(run.world()[never].ready, 1);
}

TEST(Images, AlwaysAsksTheRegistryForAnImageThatIsThere) {
    // KUBELET-33: cheap, but not without the registry.
    for (const PullPolicy policy : {PullPolicy::if_not_present, PullPolicy::always}) {
        TinyCluster c;
        c.add_nodes(1);
        const WorkloadIx web = add_web(c, "web", add_image(c, a_second_of_bytes), policy, 1);
        Fault fault = slow_registry();
        fault.is_unreachable = true;
        c.fault_at(1_min, 10_min, fault);
        TinyRun run = c.start();
        run.until(2_min);
        run.scale(web, 2);
        run.until(3_min);
        const bool is_up = run.pod(run.pods_of(web)[1]).stage == PodStage::ready;
        EXPECT_EQ(is_up, policy == PullPolicy::if_not_present);
    }
}

TEST(Images, AtMostSoManyPullsRunAtATime) {
    // KUBELET-34: four images of a second each, one, two or all of them side by side.
    for (const std::int32_t most : {1, 2, 0}) {
        TinyCluster c;
        c.add_nodes(1);
        c.spec.shapes[0].kubelet.parallel_pulls = most;
        std::vector<WorkloadIx> webs;
        for (int i = 0; i < 4; ++i)
            webs.push_back(add_web(c, "web" + std::to_string(i), add_image(c, a_second_of_bytes)));
        TinyRun run = c.start();
        for (const WorkloadIx web : webs) run.scale(web, 1);
        run.until(1_min);
        const auto pulls = run.all<ImagePulledFact>();
        ASSERT_EQ(pulls.size(), 4U);
        const sim::Duration span = pulls[3].at - pulls[0].at;
        const sim::Duration expected = most == 1 ? 3_s : most == 2 ? 1_s : 0_s;
        EXPECT_GE(span, expected) << most;
        EXPECT_LT(span, expected + 500_ms) << most;
    }
}

TEST(Images, PodsOfOneNodeThatWantTheSameImageWaitForOnePull) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = add_web(c, "web", add_image(c, a_second_of_bytes));
    TinyRun run = c.start();
    run.scale(web, 3);
    run.until(1_min);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
    EXPECT_EQ(run.count<PodStartedFact>(), 3U);
}

TEST(Images, APullWithoutATokenFailsAndIsTriedAgainAfterItsBackoff) {
    // KUBELET-35, KUBELET-36: of twelve pulls at once two find no token; their back-off of 10 s ends before the worker
    // looks again, 10 to 15 s later and on the next tick of a second.
    TinyCluster c;
    c.add_nodes(1);
    std::vector<WorkloadIx> webs;
    for (int i = 0; i < 12; ++i) {
        webs.push_back(add_web(c, "web" + std::to_string(i), add_image(c, a_second_of_bytes)));
        c.pod_of(webs.back()).host_network = true;  // the node has addresses for fewer
    }
    TinyRun run = c.start();
    for (const WorkloadIx web : webs) run.scale(web, 1);
    run.until(8_s);
    EXPECT_EQ(failures(run, PullFailure::qps_exceeded), 2);
    EXPECT_EQ(run.count<ImagePulledFact>(), 10U);
    EXPECT_EQ(cause_of_only(run, webs[11]), WaitCause::image_backoff);
    run.until(1_min);
    const auto started = run.all<PodStartedFact>();
    ASSERT_EQ(started.size(), 12U);
    EXPECT_GE(started[10].at, at(10_s));
    EXPECT_LE(started[11].at, at(19_s));
}

TEST(Images, ARegistryThatDoesNotAnswerIsAskedLessAndLessOften) {
    // KUBELET-36: 30 s to find out, then a pause that doubles from 10 s to 300 s, and up to 16 s until the kubelet
    // looks.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = add_web(c, "web", add_image(c, a_second_of_bytes));
    Fault fault = slow_registry();
    fault.is_unreachable = true;
    c.fault_at(0_s, 1_h, fault);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(1_h);
    const auto failed = run.all<ImagePullFailedFact>();
    ASSERT_GT(failed.size(), 8U);
    const std::vector<sim::Duration> pauses{10_s, 20_s, 40_s, 80_s, 160_s, 300_s, 300_s};
    for (std::size_t i = 0; i < pauses.size(); ++i) {
        const sim::Duration gap = failed[i + 1].at - failed[i].at;
        EXPECT_GE(gap, pauses[i] + 30_s) << i;
        EXPECT_LE(gap, pauses[i] + 30_s + 16_s) << i;
    }
    run.until(1_h + 6_min);
    EXPECT_EQ(run.pod(run.pods_of(web)[0]).stage, PodStage::ready);
}

TEST(Images, AContainerWithoutItsImageDoesNotHoldUpTheNextOnes) {
    // KUBELET-30 (7): but an init container does.
    for (const bool is_init : {false, true}) {
        TinyCluster c;
        c.add_nodes(1);
        c.spec.registries = {Registry{}, Registry{}};
        const ImageIx lost = add_image(c, a_second_of_bytes, 0);
        const ImageIx found = add_image(c, a_second_of_bytes, 1);
        const WorkloadIx web = add_web(c, "web", found);
        ContainerSpec first = c.pod_of(web).containers[0];
        first.image = lost;
        std::vector<ContainerSpec>& list = is_init ? c.pod_of(web).init_containers : c.pod_of(web).containers;
        list.insert(list.begin(), first);
        Fault fault = slow_registry();
        fault.is_unreachable = true;
        c.fault_at(0_s, 2_min, fault);
        TinyRun run = c.start();
        run.scale(web, 1);
        run.until(90_s);
        EXPECT_EQ(run.count<ImagePulledFact>(), is_init ? 0U : 1U);
        EXPECT_EQ(run.count<PodStartedFact>(), 0U);
        run.until(10_min);
        EXPECT_EQ(run.count<ImagePulledFact>(), 2U);
        EXPECT_EQ(run.count<PodStartedFact>(), 1U);
    }
}

TEST(Images, ARegistryRefusesWhatIsAboveItsLimit) {
    // AWS-104: two pulls in ten minutes, for all nodes together.
    TinyCluster c;
    Registry limited;
    limited.pulls = 2;
    limited.per = 10_min;
    c.spec.registries = {limited};
    const ImageIx image = add_image(c, a_second_of_bytes);
    std::vector<WorkloadIx> webs;
    for (const char* group : {"a", "b", "c"}) {
        add_node_named(c, group);
        webs.push_back(add_web_on(c, group, image, group));
    }
    TinyRun run = c.start();
    for (const WorkloadIx web : webs) run.scale(web, 1);
    run.until(4_min);
    EXPECT_EQ(run.count<ImagePulledFact>(), 2U);
    EXPECT_GE(failures(run, PullFailure::too_many_requests), 3);
    run.until(12_min);
    EXPECT_EQ(run.count<ImagePulledFact>(), 3U);
}

TEST(Downloads, TwoPullsShareARegistryAsTheClosedFormSays) {
    // 100 MB each at 10 MB/s in all, the second 4 s after the first: 40 MB alone, then 5 MB/s each; the first has its
    // other 60 MB after 12 s, at 16 s; by then the second has 60 MB and takes 4 s for the rest: 16 s from its start.
    TinyCluster c;
    Registry narrow;
    narrow.bytes_per_second = 10'000'000;
    c.spec.registries = {narrow};
    const ImageIx image = add_image(c, 100'000'000);
    add_node_named(c, "a");
    add_node_named(c, "b");
    const WorkloadIx first = add_web_on(c, "first", image, "a");
    const WorkloadIx second = add_web_on(c, "second", image, "b");
    c.spec.latencies.pull_latency = 1_s;
    TinyRun run = c.start();
    run.scale(first, 1);
    run.until(4_s);
    run.scale(second, 1);
    run.until(1_min);
    EXPECT_EQ(lengths_of_pulls(run), (std::vector<sim::Duration>{1_s + 16_s, 1_s + 16_s}));
}

TEST(Downloads, ANodesNetworkIsSharedByItsPulls) {
    TinyCluster c;
    c.add_nodes(1);
    c.spec.shapes[0].network_bytes_per_second = a_second_of_bytes;
    std::vector<WorkloadIx> webs;
    for (int i = 0; i < 3; ++i) webs.push_back(add_web(c, "web" + std::to_string(i), add_image(c, a_second_of_bytes)));
    TinyRun run = c.start();
    for (const WorkloadIx web : webs) run.scale(web, 1);
    run.until(1_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 3U);
    // What three images take at the node's rate; they begin within some tens of milliseconds of each other.
    EXPECT_GE(pulls[2].fact.lasted, 2900_ms);
    EXPECT_LE(pulls[2].fact.lasted, 3_s);
}

TEST(Downloads, ASlowRegistryIsSlowForAsLongAsTheFaultLasts) {
    // 75 MB; a tenth of the rate from 10 s to 15 s takes 37.5 MB - from 10.5 s on 7.5 MB/s: in 4.5 s 33.75 MB, when it
    // had 37.5 MB; the missing 3.75 MB follow in 50 ms.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = add_web(c, "web", add_image(c, 2 * a_second_of_bytes));
    Fault fault = slow_registry();
    fault.slowdown_milli = 10'000;
    c.fault_at(11_s, 5_s, fault);
    TinyRun run = c.start();
    run.until(10_s);
    run.scale(web, 1);
    run.until(1_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 1U);
    // Five seconds of the fault do the work of half a second.
    EXPECT_EQ(pulls[0].fact.lasted, 2_s + 4500_ms);
}

TEST(Downloads, ARegistryThatGoesAwayBreaksThePullsThatAreUnderWay) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = add_web(c, "web", add_image(c, 20 * a_second_of_bytes));
    Fault fault = slow_registry();
    fault.is_unreachable = true;
    c.fault_at(10_s, 1_min, fault);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(11_s);
    EXPECT_EQ(failures(run, PullFailure::unreachable), 1);
    EXPECT_TRUE(run.world().pulls.empty());
    run.until(10_min);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
}

namespace {

// Nodes a, b, c with Spegel on each, and a Deployment for each of them.
struct WithSpegel {
    TinyCluster c;
    std::vector<WorkloadIx> webs;

    WithSpegel() {
        const WorkloadIx spegel = c.add_daemon_set("spegel");
        c.spec.spegel = spegel;
        const ImageIx image = add_image(c, 4 * a_second_of_bytes);
        for (const char* group : {"a", "b", "c"}) {
            add_node_named(c, group);
            webs.push_back(add_web_on(c, group, image, group));
        }
    }
};

}  // namespace

TEST(Spegel, AnImageThatANodeHasComesFromThatNode) {
    // AWS-105
    WithSpegel s;
    TinyRun run = s.c.start();
    run.scale(s.webs[0], 1);
    run.until(1_min);
    run.scale(s.webs[1], 1);
    run.until(2_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 2U);
    EXPECT_FALSE(pulls[0].fact.is_from_peer);
    EXPECT_EQ(pulls[0].fact.lasted, 4_s);
    EXPECT_TRUE(pulls[1].fact.is_from_peer);
    // AWS-106: 300 MB at 250 MB/s, and what the smallest image takes.
    EXPECT_EQ(pulls[1].fact.lasted, 150_ms + 1200_ms);
}

TEST(Spegel, NodesThatBeginAtOnceAllGoToTheRegistry) {
    // AWS-106: nothing is announced until it is whole.
    WithSpegel s;
    TinyRun run = s.c.start();
    for (const WorkloadIx web : s.webs) run.scale(web, 1);
    run.until(1_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 3U);
    for (const auto& pull : pulls) EXPECT_FALSE(pull.fact.is_from_peer);
}

TEST(Spegel, WithoutAPodOfItsOwnANodeAsksTheRegistry) {
    WithSpegel s;
    s.c.pod_of(s.c.spec.spegel).node_selector = {{"group", "a"}};
    TinyRun run = s.c.start();
    run.scale(s.webs[0], 1);
    run.until(1_min);
    run.scale(s.webs[1], 1);
    run.until(2_min);
    EXPECT_FALSE(run.all<ImagePulledFact>()[1].fact.is_from_peer);
}

TEST(Spegel, WhenThePeerEndsTheRestComesFromTheRegistry) {
    // AWS-105: 0.15 s and half a second at 250 MB/s leave 175 MB, for which 75 MB/s take 2.33 s.
    WithSpegel s;
    TinyRun run = s.c.start();
    run.scale(s.webs[0], 1);
    run.until(1_min);
    const NodeId peer = run.pod(run.pods_of(s.webs[0])[0]).node;
    run.scale(s.webs[1], 1);
    while (run.world().pulls.empty() || run.world().pulls.id_at(0).valid() == false ||
           run.world().pulls[run.world().pulls.id_at(0)].state != PullState::fetching)
        run.until(run.now() - sim::Time::origin() + 10_ms);
    run.until(run.now() - sim::Time::origin() + 490_ms);
    run.end(peer);
    run.until(3_min);
    auto pulls = run.all<ImagePulledFact>();
    std::erase_if(pulls, [&](const auto& seen) { return seen.fact.workload != s.webs[1]; });
    ASSERT_EQ(pulls.size(), 1U);
    EXPECT_FALSE(pulls[0].fact.is_from_peer);
    EXPECT_GE(pulls[0].fact.lasted, 2900_ms);
    EXPECT_LE(pulls[0].fact.lasted, 3000_ms);
}

TEST(Images, ANodeReportsItsFiftyLargest) {
    // SCHED-56: of 52 images of 1 to 52 bytes the two smallest are not reported; when a large one goes, one comes back.
    TinyCluster c;
    c.add_nodes(1);
    for (std::int64_t i = 1; i <= 52; ++i) {
        add_image(c, 0);
        c.spec.images.back().unpacked_bytes = i;
    }
    TinyRun run = c.start();
    World world = run.world();
    const NodeId node = run.node();
    for (std::size_t i = 1; i <= 52; ++i) put_image_on_node(run.spec(), world, node, ImageIx::of(i), run.now());
    EXPECT_TRUE(node_has_image(world, node, ImageIx::of(1)));
    EXPECT_FALSE(node_reports_image(world, node, ImageIx::of(1)));
    EXPECT_FALSE(node_reports_image(world, node, ImageIx::of(2)));
    EXPECT_TRUE(node_reports_image(world, node, ImageIx::of(3)));
    EXPECT_EQ(world.image_nodes[2], 0);
    take_image_off_node(run.spec(), world, node, ImageIx::of(52));
    EXPECT_TRUE(node_reports_image(world, node, ImageIx::of(2)));
    EXPECT_FALSE(node_reports_image(world, node, ImageIx::of(1)));
    EXPECT_EQ(world.image_nodes[2], 1);
    EXPECT_EQ(world.image_nodes[52], 0);
}

namespace {

// A second node fetches from a first one; answers the first one when bytes have flown for a while.
NodeId peer_of_a_fetch(WithSpegel& s, TinyRun& run) {
    run.scale(s.webs[0], 1);
    run.until(1_min);
    const NodeId peer = run.pod(run.pods_of(s.webs[0])[0]).node;
    run.scale(s.webs[1], 1);
    const auto is_fetching = [&] {
        for (const auto& [id, pull] : run.world().pulls) {
            if (pull.state == PullState::fetching) return true;
        }
        return false;
    };
    while (!is_fetching()) run.until(run.now() - sim::Time::origin() + 10_ms);
    return peer;
}

}  // namespace

TEST(Spegel, TheRestIsNotToBeHadFromARegistryThatDoesNotAnswer) {
    // AWS-105: a pull that has lost its peer is one like any other.
    WithSpegel s;
    Fault fault = slow_registry();
    fault.is_unreachable = true;
    s.c.fault_at(50_s, 10_min, fault);
    TinyRun run = s.c.start();
    const NodeId peer = peer_of_a_fetch(s, run);
    const sim::Time ended = run.now();
    run.end(peer);
    run.until(3_min);
    const auto failed = run.all<ImagePullFailedFact>();
    ASSERT_GE(failed.size(), 1U);
    EXPECT_EQ(failed[0].fact.why, PullFailure::unreachable);
    EXPECT_EQ(failed[0].at - ended, run.spec().latencies.registry_timeout);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
}

TEST(Spegel, TheRestCountsAgainstTheLimitOfTheRegistry) {
    // AWS-104, AWS-105
    WithSpegel s;
    s.c.spec.registries.emplace_back();
    s.c.spec.registries[0].pulls = 1;
    s.c.spec.registries[0].per = 1_h;
    TinyRun run = s.c.start();
    run.end(peer_of_a_fetch(s, run));
    run.until(2_min);
    EXPECT_GE(failures(run, PullFailure::too_many_requests), 1);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
}

TEST(Spegel, AMachineThatStopsServesNobody) {
    // AWS-105: the instance is still there; 0.15 s and some of the 1.2 s at the peer's rate, the rest at the
    // registry's.
    WithSpegel s;
    TinyRun run = s.c.start();
    const NodeId peer = peer_of_a_fetch(s, run);
    run.simulation().apply([&](const Spec& spec, World& world, Turn& turn) { stop_machine(spec, world, turn, peer); });
    run.until(3_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 2U);
    EXPECT_FALSE(pulls[1].fact.is_from_peer);
    EXPECT_GE(pulls[1].fact.lasted, 3900_ms);
}

TEST(Images, AMachineThatStopsPullsNothing) {
    // KUBELET-32: what it was about is void, and begins anew when it is back.
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = add_web(c, "web", add_image(c, 20 * a_second_of_bytes));
    Fault fault;
    fault.kind = FaultKind::node_down;
    c.fault_at(15_s, 60_s, fault);
    TinyRun run = c.start();
    run.until(10_s);
    run.scale(web, 1);
    run.until(74_s);
    EXPECT_EQ(run.count<ImagePulledFact>(), 0U);
    run.until(94_s);
    EXPECT_EQ(run.count<ImagePulledFact>(), 0U);
    run.until(97_s);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
}

TEST(Images, ARuntimeThatDoesNotAnswerStartsNoFurtherContainer) {
    // KUBELET-30 (7), FR-11: it freezes between the start of the first container and the pull for the second.
    TinyCluster c;
    c.add_nodes(1);
    const ImageIx a = add_image(c, a_second_of_bytes);
    const ImageIx b = add_image(c, a_second_of_bytes);
    const WorkloadIx web = add_web(c, "web", a);
    c.pod_of(web).containers.push_back(c.pod_of(web).containers[0]);
    c.pod_of(web).containers[1].image = b;
    TinyRun run = c.start();
    run.scale(web, 1);
    while (run.count<ImagePulledFact>() == 0) run.until(run.now() - sim::Time::origin() + 10_ms);
    run.simulation().apply(
        [&](const Spec& spec, World& world, Turn& turn) { freeze_runtime(spec, world, turn, run.node()); });
    run.until(1_min);
    EXPECT_EQ(run.count<ImagePulledFact>(), 1U);
    EXPECT_EQ(cause_of_only(run, web), WaitCause::node_down);
    run.simulation().apply(
        [&](const Spec& spec, World& world, Turn& turn) { thaw_runtime(spec, world, turn, run.node()); });
    run.until(2_min);
    EXPECT_EQ(run.count<ImagePulledFact>(), 2U);
    EXPECT_EQ(run.world()[web].ready, 1);
}

TEST(Images, AKubeletThatIsBackTakesTheOldestPodFirst) {
    // KUBELET-14: both have come to the node while its kubelet was away.
    TinyCluster c;
    c.add_nodes(1);
    c.spec.shapes[0].kubelet.parallel_pulls = 1;
    const ImageIx a = add_image(c, a_second_of_bytes);
    const ImageIx b = add_image(c, a_second_of_bytes);
    const WorkloadIx first = add_web(c, "first", a);
    const WorkloadIx second = add_web(c, "second", b);
    Fault fault;
    fault.kind = FaultKind::kubelet_restart;
    c.fault_at(10_s, 30_s, fault);
    TinyRun run = c.start();
    run.until(15_s);
    run.scale(first, 1);
    run.until(20_s);
    run.scale(second, 1);
    run.until(1_min);
    const auto pulls = run.all<ImagePulledFact>();
    ASSERT_EQ(pulls.size(), 2U);
    EXPECT_EQ(pulls[0].fact.image, a);
}

TEST(Images, TheBackoffsOfADeletedJobsPodsGoWithThem) {  // KUBELET-36
    TinyCluster c;
    c.add_nodes(1);
    PodTemplate pod = TinyCluster::job_pod(10_s);
    pod.containers[0].image = add_image(c, 75'000'000);
    const WorkloadIx job = c.add_job("once", pod);
    Fault fault = slow_registry();
    fault.is_unreachable = true;
    c.fault_at(0_s, 1_h, fault);
    TinyRun run = c.start();
    run.until(3_min);
    ASSERT_FALSE(run.world().image_backoffs.empty());
    run.remove(job);
    run.until(10_min, 1_s);
    EXPECT_EQ(run.world().pods.size(), 0U);
    EXPECT_TRUE(run.world().image_backoffs.empty());
}

}  // namespace eks::testing

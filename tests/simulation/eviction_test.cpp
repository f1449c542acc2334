// Nodes that run short of disk or memory: logs, garbage collection of images, evictions (KUBELET-54 to KUBELET-64).
#include "models/world/verbs.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {

namespace {

constexpr Bytes disk = 20 * gibibyte;

// One node with a disk of 20 GiB and nothing on it.
struct OneDisk {
    TinyCluster c;

    explicit OneDisk(std::int32_t minor = 36) : c(minor) {
        c.add_nodes(1);
        c.spec.shapes[0].capacity.ephemeral_bytes = disk;
        c.spec.system_disk_bytes = 0;
        c.spec.system_memory_bytes = 0;
    }
    KubeletSettings& kubelet() { return c.spec.shapes[0].kubelet; }
    WorkloadIx add_writer(std::string_view name, std::int64_t bytes_per_second, std::int32_t replicas = 1) {
        PodTemplate pod = TinyCluster::serving_pod();
        pod.log_bytes_per_second = bytes_per_second;
        return c.add_deployment(name, replicas, pod);
    }
    // Uses one amount of memory, and another one from an instant on.
    WorkloadIx add_user(std::string_view name, Bytes before, Bytes after, sim::Duration when,
                        std::int32_t replicas = 1) {
        Usage usage;
        usage.states_memory = true;
        usage.points = {{0_s, 0, before}, {when, 0, after}};
        PodTemplate pod = TinyCluster::serving_pod();
        pod.usage = UsageIx::of(c.spec.usages.size());
        c.spec.usages.push_back(usage);
        return c.add_deployment(name, replicas, pod);
    }
    ImageIx add_image(Bytes unpacked) {
        c.spec.images.push_back({"image-" + std::to_string(c.spec.images.size()) + ":1", 0, unpacked, 0});
        return ImageIx::of(c.spec.images.size() - 1);
    }
    WorkloadIx add_with_image(std::string_view name, Bytes unpacked) {
        PodTemplate pod = TinyCluster::serving_pod();
        pod.containers[0].image = add_image(unpacked);
        return c.add_deployment(name, 0, pod);
    }
};

std::vector<sim::Time> times_of_pressure(const TinyRun& run, std::int32_t change) {
    std::vector<sim::Time> found;
    for (const auto& seen : run.all<NodePressureFact>()) {
        if (seen.fact.change == change) found.push_back(seen.at);
    }
    return found;
}

}  // namespace

TEST(Disk, WithoutRotationLogsFillItUntilTheirPodIsEvicted) {
    // KUBELET-54, KUBELET-60, KUBELET-61: 18 GiB at 10 MiB/s take 1843.2 s; the manager looks each ten seconds.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    const WorkloadIx web = d.add_writer("web", 10 * mebibyte);
    TinyRun run = d.c.start();
    run.until(1_h);
    const auto evicted = run.all<PodEvictedFact>();
    ASSERT_EQ(evicted.size(), 1U);
    EXPECT_EQ(evicted[0].fact.why, EvictedFor::disk);
    EXPECT_GE(evicted[0].at, at(1843_s));
    EXPECT_LE(evicted[0].at, at(1854_s));
    // KUBELET-62: the object stays, and its controller has made another pod, which waits for as long as the node has
    // the condition: five minutes from the last look at which the disk was full (KUBELET-63, NODE-3).
    const auto pods = run.pods_of(web);
    ASSERT_EQ(pods.size(), 2U);
    EXPECT_EQ(run.pod(pods[0]).phase, PodPhase::failed);
    EXPECT_EQ(run.pod(pods[0]).disruption, Disruption::termination_by_kubelet);
    EXPECT_EQ(run.pod(pods[1]).stage, PodStage::ready);
    const auto begins = times_of_pressure(run, +1);
    const auto ends = times_of_pressure(run, -1);
    ASSERT_EQ(begins.size(), 1U);
    ASSERT_EQ(ends.size(), 1U);
    EXPECT_EQ(begins[0], evicted[0].at);
    EXPECT_GE(ends[0] - begins[0], 5_min);
    EXPECT_LE(ends[0] - begins[0], 5_min + 15_s);
    EXPECT_GE(run.pod(pods[1]).scheduled, ends[0]);
}

TEST(Disk, WithRotationNothingIsEvicted) {
    // KUBELET-54
    OneDisk d;
    d.add_writer("web", 10 * mebibyte);
    TinyRun run = d.c.start();
    run.until(24_h);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    EXPECT_EQ(run.the_node().pressure.looks_at, sim::Time::never());
}

TEST(Disk, OnlySoManyPodsGoAsMustAndOneAtATime) {
    // KUBELET-61, KUBELET-62: four pods fill it together; the first to go leaves 13.5 GiB, and the others take 4.5 GiB
    // more before the next one does.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    d.add_writer("web", 10 * mebibyte, 4);
    TinyRun run = d.c.start();
    run.until(500_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 1U);
    run.until(600_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 1U);
    run.until(640_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 2U);
}

TEST(Disk, CriticalPodsStay) {
    // KUBELET-62
    OneDisk d;
    d.kubelet().log_files_max = 0;
    const WorkloadIx web = d.add_writer("web", 10 * mebibyte);
    d.c.pod_of(web).priority = 2'000'000'000;
    TinyRun run = d.c.start();
    run.until(1_h);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    EXPECT_TRUE(run.the_node().pressure.disk);
}

TEST(Disk, UnusedImagesGoBeforeAnyPod) {
    // KUBELET-62 (3): 6 GiB of an image that nobody uses any more; with them deleted the logs have room for longer.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    d.kubelet().image_gc_high_percent = 100;
    d.add_writer("web", 10 * mebibyte);
    const WorkloadIx old = d.add_with_image("old", 6 * gibibyte);
    TinyRun run = d.c.start();
    run.scale(old, 1);
    run.until(10_min);
    run.scale(old, 0);
    run.until(1300_s);
    ASSERT_EQ(run.count<ImageDeletedFact>(), 1U);
    EXPECT_GE(run.all<ImageDeletedFact>()[0].at, at(1228_s));
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    run.until(1_h);
    EXPECT_EQ(run.count<PodEvictedFact>(), 1U);
}

TEST(Disk, TheCollectorDeletesTheImageThatWasUsedLongestAgo) {
    // KUBELET-55: 6 + 5.5 + 6 GiB are 87 %. One image brings it below 80 %: the one whose pod went first.
    OneDisk d;
    const WorkloadIx a = d.add_with_image("a", 6 * gibibyte);
    const WorkloadIx b = d.add_with_image("b", 11 * gibibyte / 2);
    const WorkloadIx used = d.add_with_image("used", 6 * gibibyte);
    TinyRun run = d.c.start();
    run.scale(a, 1);
    run.scale(b, 1);
    run.until(10_min);
    run.scale(b, 0);
    run.until(11_min);
    run.scale(a, 0);
    run.until(20_min);
    EXPECT_EQ(run.count<ImageDeletedFact>(), 0U);
    run.scale(used, 1);
    run.until(30_min);
    const auto deleted = run.all<ImageDeletedFact>();
    ASSERT_EQ(deleted.size(), 1U);
    EXPECT_EQ(deleted[0].fact.image, run.spec().template_of(b).containers[0].image);
    EXPECT_FALSE(node_has_image(run.world(), run.node(), deleted[0].fact.image));
    EXPECT_EQ(run.world().image_nodes[deleted[0].fact.image.value], 0);
    EXPECT_LE(deleted[0].at - at(20_min), 5_min + 60_s);
}

TEST(Disk, StatisticsThatAreNonsenseLetItFill) {
    // FR-12: neither the collector nor the manager starts; in the end images do not fit and containers cannot be made.
    for (const bool is_corrupt : {false, true}) {
        OneDisk d;
        std::vector<WorkloadIx> releases;
        for (int i = 0; i < 5; ++i) releases.push_back(d.add_with_image("web" + std::to_string(i), 6 * gibibyte));
        Fault fault;
        fault.kind = FaultKind::disk_stats_corrupt;
        if (is_corrupt) d.c.fault_at(0_s, 10_h, fault);
        TinyRun run = d.c.start();
        for (std::size_t i = 0; i < releases.size(); ++i) {
            run.scale(releases[i], 1);
            if (i > 0) run.scale(releases[i - 1], 0);
            run.until(1_h * static_cast<std::int64_t>(i + 1));
        }
        std::int64_t without_room = 0;
        for (const auto& seen : run.all<ImagePullFailedFact>())
            without_room += seen.fact.why == PullFailure::no_space ? 1 : 0;
        EXPECT_EQ(without_room > 0, is_corrupt);
        EXPECT_EQ(run.count<ImageDeletedFact>() > 0, !is_corrupt);
        EXPECT_EQ(run.pod(run.pods_of(releases.back())[0]).stage == PodStage::ready, !is_corrupt);
    }
}

TEST(Disk, OnAFullOneNoContainerIsMade) {
    // FR-12: logs fill it to the last byte while nobody notices.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    d.add_writer("web", 100 * mebibyte);
    const WorkloadIx late = d.c.add_deployment("late", 0);
    Fault fault;
    fault.kind = FaultKind::disk_stats_corrupt;
    d.c.fault_at(0_s, 1_h, fault);
    TinyRun run = d.c.start();
    run.until(10_min);
    run.scale(late, 1);
    run.until(20_min);
    EXPECT_EQ(run.pod(run.pods_of(late)[0]).cause, WaitCause::disk_full);
    // When the statistics are right again the writer is evicted, and there is room.
    run.until(62_min);
    EXPECT_EQ(run.count<PodEvictedFact>(), 1U);
    EXPECT_EQ(run.pod(run.pods_of(late)[0]).stage, PodStage::ready);
}

TEST(Memory, APodThatUsesMoreThanItRequestedIsEvicted) {
    // KUBELET-60, KUBELET-62: of 8 GiB 50 MiB are left from ten minutes on. The smaller one has requested what it uses.
    OneDisk d;
    const WorkloadIx honest = d.add_user("honest", gibibyte, 3 * gibibyte, 10_min);
    const WorkloadIx greedy = d.add_user("greedy", gibibyte, 5 * gibibyte - 50 * mebibyte, 10_min);
    d.c.pod_of(honest).containers[0].requests.memory_bytes = 3 * gibibyte;
    TinyRun run = d.c.start();
    run.until(10_min);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    run.until(11_min);
    const auto evicted = run.all<PodEvictedFact>();
    ASSERT_GE(evicted.size(), 1U);
    EXPECT_EQ(evicted[0].fact.workload, greedy);
    EXPECT_EQ(evicted[0].fact.why, EvictedFor::memory);
    EXPECT_LE(evicted[0].at, at(10_min + 11_s));
    EXPECT_EQ(run.pods_of(honest).size(), 1U);
}

TEST(Memory, PressureKeepsBestEffortPodsAway) {
    // KUBELET-63, NODE-3: others come all the same.
    OneDisk d;
    d.add_user("greedy", gibibyte, 8 * gibibyte - 50 * mebibyte, 10_min);
    PodTemplate nothing = TinyCluster::serving_pod();
    nothing.containers[0].requests = {};
    const WorkloadIx best_effort = d.c.add_deployment("best-effort", 0, nothing);
    const WorkloadIx burstable = d.c.add_deployment("burstable", 0);
    TinyRun run = d.c.start();
    run.until(11_min);
    ASSERT_TRUE(run.the_node().pressure.memory);
    run.scale(best_effort, 1);
    run.scale(burstable, 1);
    run.until(12_min);
    EXPECT_EQ(run.pod(run.pods_of(best_effort)[0]).cause, WaitCause::unschedulable_taint_toleration);
    EXPECT_EQ(run.pod(run.pods_of(burstable)[0]).stage, PodStage::ready);
}

TEST(Memory, AContainerAboveItsLimitIsKilledAndStartedAgain) {
    // KUBELET-64, KUBELET-37: at once at first, then after 10, 20, 40 … s.
    OneDisk d;
    const WorkloadIx web = d.add_user("web", 100 * mebibyte, 300 * mebibyte, 5_min);
    d.c.pod_of(web).containers[0].limits.memory_bytes = 256 * mebibyte;
    TinyRun run = d.c.start();
    run.until(5_min);
    EXPECT_EQ(run.count<OutOfMemoryFact>(), 0U);
    run.until(6_min);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    const auto killed = run.all<OutOfMemoryFact>();
    ASSERT_GE(killed.size(), 3U);
    EXPECT_EQ(killed[0].at, at(5_min));
    EXPECT_LE(killed[1].at - killed[0].at, 3_s);
    EXPECT_GE(killed[2].at - killed[1].at, 10_s);
    EXPECT_LE(killed[2].at - killed[1].at, 18_s);
}

TEST(Admission, ThePressureOfADiskKeepsAwayEvenThoseThatTolerateIt) {
    // KUBELET-63: the kubelet itself refuses all but critical pods.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    const WorkloadIx web = d.add_writer("web", 100 * mebibyte);
    d.c.pod_of(web).priority = 2'000'000'000;
    PodTemplate tolerant = TinyCluster::serving_pod();
    Toleration everything;
    everything.exists = true;
    tolerant.tolerations = {everything};
    const WorkloadIx late = d.c.add_deployment("late", 0, tolerant);
    tolerant.priority = 2'000'000'000;
    const WorkloadIx critical = d.c.add_deployment("critical", 0, tolerant);
    TinyRun run = d.c.start();
    run.until(195_s);
    ASSERT_TRUE(run.the_node().pressure.disk);
    run.scale(late, 1);
    run.scale(critical, 1);
    run.until(196_s);
    EXPECT_EQ(run.pod(run.pods_of(late)[0]).phase, PodPhase::failed);
    EXPECT_GE(run.count<PodEvictedFact>(), 1U);
    EXPECT_FALSE(run.pod(run.pods_of(late)[0]).has_sandbox);
    EXPECT_EQ(run.pod(run.pods_of(critical)[0]).stage, PodStage::ready);
}

TEST(Pressure, IsATaintOfTheNodeForAsLongAsTheConditionLasts) {
    // NODE-3; nobody hears of the condition while the machine is away (NODE-2), nor is it there when it is back with
    // room on its disk.
    constexpr ConditionTaints taint = no_schedule(ConditionTaint::disk_pressure);
    OneDisk d;
    d.kubelet().log_files_max = 0;
    const WorkloadIx web = d.add_writer("web", 100 * mebibyte);
    d.c.pod_of(web).priority = 2'000'000'000;
    Fault down;
    down.kind = FaultKind::node_down;
    d.c.fault_at(10_min, 5_min, down);
    TinyRun run = d.c.start();
    run.until(180_s);
    EXPECT_EQ(run.the_node().condition_taints & taint, 0U);
    run.until(200_s);
    EXPECT_EQ(run.the_node().condition_taints & taint, taint);
    run.until(10_min);
    EXPECT_EQ(run.the_node().condition_taints & taint, taint);
    run.until(12_min);
    EXPECT_EQ(run.the_node().state, NodeState::unreachable);
    EXPECT_EQ(run.the_node().condition_taints & taint, 0U);
    run.until(16_min);
    EXPECT_EQ(run.the_node().state, NodeState::ready);
    EXPECT_EQ(run.the_node().condition_taints & taint, 0U);
    run.until(20_min);
    EXPECT_EQ(run.the_node().condition_taints & taint, taint);
}

TEST(Pressure, OfADiskIsToleratedByNobodyIn2018) {
    // it is a condition and no taint.
    for (const std::int32_t minor : {10, 36}) {
        OneDisk d(minor);
        d.kubelet().log_files_max = 0;
        const WorkloadIx web = d.add_writer("web", 100 * mebibyte);
        d.c.pod_of(web).priority = 2'000'000'000;
        PodTemplate tolerant = TinyCluster::serving_pod();
        Toleration everything;
        everything.exists = true;
        tolerant.tolerations = {everything};
        tolerant.priority = 2'000'000'000;
        const WorkloadIx late = d.c.add_deployment("late", 0, tolerant);
        TinyRun run = d.c.start();
        run.until(200_s);
        ASSERT_TRUE(run.the_node().pressure.disk);
        EXPECT_EQ(run.the_node().condition_taints != 0, minor != 10);
        run.scale(late, 1);
        run.until(210_s);
        EXPECT_EQ(run.pod(run.pods_of(late)[0]).stage, minor == 10 ? PodStage::queued : PodStage::ready);
    }
}

TEST(Pressure, EvictsNoPodWhileTheKubeletIsAway) {
    // Nobody looks then; the first look after it is back finds the disk full.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    d.add_writer("web", 100 * mebibyte);
    Fault away;
    away.kind = FaultKind::kubelet_restart;
    d.c.fault_at(100_s, 200_s, away);
    TinyRun run = d.c.start();
    run.until(300_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    run.until(311_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 1U);
}

TEST(SoftThreshold, EvictsWhenItsGraceIsOver) {
    // KUBELET-61, KUBELET-63: less than 1 GiB is left from ten minutes on. The condition is there at once, and the pod
    // goes two minutes later, with the shorter of the two graces: what it needs to stop is cut off.
    for (const sim::Duration most : {20_s, 60_s}) {
        OneDisk d;
        const WorkloadIx greedy = d.add_user("greedy", gibibyte, 8 * gibibyte - 500 * mebibyte, 10_min);
        d.c.pod_of(greedy).stop_time = sim::Distribution::constant(10_min);
        d.kubelet().soft[0] = {{gibibyte, 0}, 2_min};
        d.kubelet().soft_grace_most = most;
        TinyRun run = d.c.start();
        run.until(10_min + 11_s);
        EXPECT_TRUE(run.the_node().pressure.memory);
        EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
        run.until(11_min + 59_s);
        EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
        run.until(14_min);  // the one that is made anew is not over its grace yet
        const auto evicted = run.all<PodEvictedFact>();
        ASSERT_EQ(evicted.size(), 1U);
        EXPECT_GE(evicted[0].at, at(12_min));
        EXPECT_LE(evicted[0].at, at(12_min + 20_s));
        const sim::Duration stopped = run.pod(run.pods_of(greedy)[0]).finished - evicted[0].at;
        EXPECT_GE(stopped, std::min(most, 30_s));
        EXPECT_LE(stopped, std::min(most, 30_s) + 1_s);
    }
}

TEST(SoftThreshold, StartsAnewWhenItWasNotMetInBetween) {
    // KUBELET-61
    OneDisk d;
    const WorkloadIx greedy = d.add_user("greedy", gibibyte, 8 * gibibyte - 500 * mebibyte, 10_min);
    std::vector<UsagePoint>& points = d.c.spec.usages[d.c.pod_of(greedy).usage.value].points;
    points.push_back({11_min, 0, gibibyte});
    points.push_back({12_min, 0, 8 * gibibyte - 500 * mebibyte});
    d.kubelet().soft[0] = {{gibibyte, 0}, 2_min};
    TinyRun run = d.c.start();
    run.until(13_min + 59_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    run.until(14_min + 20_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 1U);
}

TEST(MinimumReclaim, AnotherPodGoesUntilItIsThere) {
    // KUBELET-62: three pods leave 50 MiB of 8 GiB. One pod of 1 GiB is enough for the threshold, and a minimum reclaim
    // of 2 GiB takes a second and a third one, as each leaves 1 GiB more.
    for (const Bytes reclaim : {Bytes{0}, 2 * gibibyte}) {
        OneDisk d;
        for (const char* name : {"a", "b", "c"})  // nobody makes them anew
            d.c.at(d.add_user(name, 0, gibibyte, 10_min)).kind = WorkloadKind::pod;
        const WorkloadIx large = d.add_user("large", 0, 5 * gibibyte - 50 * mebibyte, 10_min);
        d.c.pod_of(large).priority = 2'000'000'000;
        d.kubelet().minimum_reclaim[0] = {reclaim, 0};
        TinyRun run = d.c.start();
        run.until(10_min + 50_s);
        EXPECT_EQ(run.count<PodEvictedFact>(), reclaim == 0 ? 1U : 3U);
    }
}

TEST(LocalStorage, APodAboveItsLimitIsEvicted) {
    // KUBELET-62 (1): of 1 GiB 600 MiB are written at the start, and 424 MiB more take 424 s at 1 MiB/s. The node has
    // room.
    OneDisk d;
    d.kubelet().log_files_max = 0;
    const WorkloadIx web = d.add_writer("web", mebibyte);
    d.c.pod_of(web).disk_bytes = 600 * mebibyte;
    d.c.pod_of(web).containers[0].limits.ephemeral_bytes = gibibyte;
    TinyRun run = d.c.start();
    run.until(424_s);
    EXPECT_EQ(run.count<PodEvictedFact>(), 0U);
    run.until(440_s);
    const auto evicted = run.all<PodEvictedFact>();
    ASSERT_EQ(evicted.size(), 1U);
    EXPECT_EQ(evicted[0].fact.why, EvictedFor::pod_limit);
    EXPECT_FALSE(run.the_node().pressure.disk);
}

TEST(LocalStorage, AVolumeAboveItsLimitTakesItsPodAlong) {
    // KUBELET-62 (1), KUBELET-61: at the first look; and only what has a limit.
    for (const Bytes limit : {Bytes{0}, gibibyte, 3 * gibibyte}) {
        OneDisk d;
        PodTemplate pod = TinyCluster::serving_pod();
        pod.disk_bytes = 2 * gibibyte;
        pod.empty_dirs = {{"cache", limit, 2 * gibibyte}};
        d.c.add(WorkloadKind::pod, "web", pod);
        TinyRun run = d.c.start();
        run.until(15_s);
        EXPECT_EQ(run.count<PodEvictedFact>(), limit == gibibyte ? 1U : 0U) << limit;
        if (limit == gibibyte) {
            EXPECT_EQ(run.all<PodEvictedFact>()[0].fact.why, EvictedFor::empty_dir_limit);
        }
    }
}

TEST(Memory, WhatIsMoreThanTheNodeHasIsKilledByTheKernel) {
    // KUBELET-64: 9 GiB of 8. The guaranteed one uses most, and is the last to go; of the others the one without
    // requests goes, which leaves enough. All of it before the kubelet looks.
    OneDisk d;
    const WorkloadIx guaranteed = d.add_user("guaranteed", gibibyte, 6 * gibibyte, 605_s);
    for (Resources* amounts :
         {&d.c.pod_of(guaranteed).containers[0].requests, &d.c.pod_of(guaranteed).containers[0].limits}) {
        amounts->cpu_milli = 100;
        amounts->memory_bytes = 7 * gibibyte;
    }
    const WorkloadIx best_effort = d.add_user("best-effort", gibibyte, 3 * gibibyte / 2, 605_s);
    d.c.pod_of(best_effort).containers[0].requests = {};
    d.add_user("burstable", gibibyte, 3 * gibibyte / 2, 605_s);
    TinyRun run = d.c.start();
    run.until(605_s + 1_ms);
    const auto killed = run.all<OutOfMemoryFact>();
    ASSERT_EQ(killed.size(), 1U);
    EXPECT_EQ(killed[0].fact.workload, best_effort);
    EXPECT_EQ(killed[0].at, at(605_s));
}

}  // namespace eks::testing

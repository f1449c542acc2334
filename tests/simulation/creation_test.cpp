// Objects that the timeline makes while a run is under way.
#include "tests/support/cilium_cluster.hpp"

namespace eks::testing {
namespace {

TEST(Creation, AnObjectIsNotThereBeforeItIsMade) {
    for (const Opening opening : {Opening::settled, Opening::empty}) {
        TinyCluster c;
        c.spec.opening = opening;
        c.add_nodes(2);
        const WorkloadIx web = c.add_deployment("web", 3);
        const WorkloadIx pod = c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod());
        const WorkloadIx agents = c.add_daemon_set("agents");
        const WorkloadIx job = c.add_job("job", TinyCluster::job_pod(10_s));
        const WorkloadIx tick = c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(1_s));
        for (const WorkloadIx ix : {web, pod, agents, job, tick}) {
            c.spec.made_later.push_back(ix);
            c.spec.timeline.push_back({.kind = TimelineKind::create, .at = 10_min, .workload = ix});
        }
        TinyRun run = c.start();
        run.until(9_min, 1_min);
        EXPECT_EQ(run.world().pods.size(), 0U);
        EXPECT_EQ(run.count<JobStartedFact>(), 0U);
        run.until(12_min + 30_s, 1_s);
        EXPECT_EQ(ready_pods(run, web), 3U);
        EXPECT_EQ(ready_pods(run, pod), 1U);
        EXPECT_EQ(ready_pods(run, agents), 2U);
        EXPECT_EQ(run.count<JobStartedFact>(), 3U);  // one Job, and the CronJob's ticks of 11 and 12 minutes
        EXPECT_GE(run.all<PodCreatedFact>()[0].at, at(10_min));
    }
}

// A bare pod that has ended is not followed by another one.
TEST(Creation, ABarePodThatEndsIsTheLastOne) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx pod = c.add(WorkloadKind::pod, "bare", TinyCluster::job_pod(10_s));
    c.spec.made_later = {pod};
    c.spec.timeline.push_back({.kind = TimelineKind::create, .at = 1_min, .workload = pod});
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(run.count<PodCreatedFact>(), 1U);
}

TEST(Creation, WhatIsDeletedCanBeMadeAgain) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx web = c.add_deployment("web", 2);
    c.spec.timeline.push_back({.kind = TimelineKind::remove, .at = 5_min, .workload = web});
    c.spec.timeline.push_back({.kind = TimelineKind::create, .at = 10_min, .workload = web});
    TinyRun run = c.start();
    run.until(9_min, 1_s);
    EXPECT_EQ(run.world().pods.size(), 0U);
    run.until(11_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 2U);
}

}  // namespace
}  // namespace eks::testing

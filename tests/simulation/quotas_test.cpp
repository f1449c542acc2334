// Quotas in runs (QUOTA-1): what is refused, how its controller goes on (CTRL-1, CTRL-3), and when there is room again.
#include "models/systems/workloads/quotas.hpp"

#include "tests/support/tiny_cluster.hpp"

#include <map>

namespace eks::testing {
namespace {

QuotaBound bound_on(QuotaMeasure measure, std::int64_t limit, ResourceKind resource = ResourceKind::cpu) {
    return {"bound", measure, resource, limit};
}

ResourceQuota quota_of(std::vector<QuotaBound> bounds) { return {"default", "quota", {}, std::move(bounds)}; }

// From the call to the moment at which its answer is seen.
sim::Duration call_of(const TinyRun& run) {
    return run.spec().latencies.api_write + run.spec().latencies.watch_delivery;
}

std::vector<sim::Time> refusals_of(const TinyRun& run, WorkloadIx workload) {
    std::vector<sim::Time> times;
    for (const auto& seen : run.all<PodRefusedFact>()) {
        if (seen.fact.workload == workload) times.push_back(seen.at);
    }
    return times;
}

TEST(Quotas, ADeploymentGetsAsManyPodsAsThereIsRoomForAndTriesAgainEverMoreSlowly) {  // QUOTA-1, CTRL-1
    TinyCluster c;
    c.add_nodes(1);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::pods, 3)})};
    const WorkloadIx web = c.add_deployment("web", 5);
    TinyRun run = c.start();
    run.until(50_min, 10_s);
    EXPECT_EQ(run.pods_of(web).size(), 3U);
    EXPECT_EQ(run.world()[web].desired, 5);
    EXPECT_EQ(run.world().quota_uses[0].used, 3);
    // 5 ms doubling up to 1000 s, from the refusal on. The opening's own refusals come first, in one instant.
    std::vector<sim::Time> times = refusals_of(run, web);
    const auto first = std::ranges::upper_bound(times, sim::Time::origin());
    times.erase(times.begin(), first);
    ASSERT_GT(times.size(), 19U);
    sim::Duration wait = 5_ms;
    for (std::size_t i = 1; i < times.size(); ++i) {
        EXPECT_EQ(times[i] - times[i - 1], std::min(wait, sim::Duration::seconds(1000)) + call_of(run)) << i;
        wait = 2 * wait;
    }
    EXPECT_EQ(run.all<ReplicaFailureFact>().size(), 1U);
}

TEST(Quotas, ARefusalStopsTheBatchesThatWouldFollow) {  // CTRL-3
    TinyCluster c;
    c.add_nodes(1);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::pods, 4)})};
    const WorkloadIx web = c.add_deployment("web", 0);
    TinyRun run = c.start();
    run.scale(web, 20);
    run.until(40_ms + 4 * call_of(run));
    // 1 and 2 are let in, and of the next 4 one: 3 refusals, and no batch of 8. Then one at a time.
    const std::vector<sim::Time> times = refusals_of(run, web);
    ASSERT_GE(times.size(), 4U);
    EXPECT_EQ(times[0], times[2]);
    EXPECT_GT(times[3], times[2]);
    EXPECT_EQ(run.pods_of(web).size(), 4U);
    for (std::size_t i = 4; i < times.size(); ++i) EXPECT_GT(times[i], times[i - 1]);
}

TEST(Quotas, WhatIsGivenBackIsTakenAtTheNextAttempt) {  // QUOTA-1
    TinyCluster c;
    c.add_nodes(1);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::requests, 300)})};
    const WorkloadIx batch = c.add_deployment("batch", 1, TinyCluster::serving_pod(200));
    const WorkloadIx web = c.add_deployment("web", 2, TinyCluster::serving_pod(100));
    TinyRun run = c.start();
    run.until(1_min, 1_s);
    EXPECT_EQ(run.pods_of(web).size(), 1U);
    run.scale(batch, 0);
    // The key has failed 14 times by now: 5 ms · 2^13 = 41 s and less are over, so it looks within twice that.
    run.until(3_min, 1_s);
    EXPECT_EQ(run.pods_of(web).size(), 2U);
    EXPECT_EQ(run.world().quota_uses[0].used, 200);
    ASSERT_EQ(run.count<ReplicaFailureFact>(), 2U);
    EXPECT_EQ(run.all<ReplicaFailureFact>()[1].fact.change, -1);
    // No refusal wakes its controller: it came by itself.
    EXPECT_GT(run.all<ReplicaFailureFact>()[1].at, at(1_min));
}

TEST(Quotas, PodsThatHaveEndedCountAsObjectsAlone) {  // QUOTA-1
    TinyCluster c;
    c.add_nodes(1);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::pods, 10), bound_on(QuotaMeasure::requests, 10),
                               bound_on(QuotaMeasure::pod_objects, 10)})};
    c.add_job("once", TinyCluster::job_pod(10_s), 3, 3);
    TinyRun run = c.start();
    run.until(5_s);
    EXPECT_EQ(run.world().quota_uses[0].used, 3);
    EXPECT_EQ(run.world().quota_uses[1].used, 3);
    run.until(1_min, 1_s);
    EXPECT_EQ(run.world().quota_uses[0].used, 0);
    EXPECT_EQ(run.world().quota_uses[1].used, 0);
    EXPECT_EQ(run.world().quota_uses[2].used, 3);
}

TEST(Quotas, AJobWaitsByTheLimitOfItsOwnQueue) {  // job_controller.go: 1 s doubling up to a minute
    TinyCluster c;
    c.add_nodes(1);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::pods, 2)})};
    const WorkloadIx job = c.add_job("batch", TinyCluster::job_pod(1_h), 4, 4);
    c.at(job).job.is_indexed = true;
    TinyRun run = c.start();
    run.until(10_min, 1_s);
    EXPECT_EQ(run.pods_of(job).size(), 2U);
    const std::vector<sim::Time> times = refusals_of(run, job);
    ASSERT_GT(times.size(), 9U);
    // The batch of two after the first one has the first refusal.
    sim::Duration wait = 1_s;
    for (std::size_t i = 1; i < times.size(); ++i) {
        EXPECT_EQ(times[i] - times[i - 1], std::min(wait, 60_s) + call_of(run)) << i;
        wait = 2 * wait;
    }
    // An index that was asked for in vain is free: the pods that come later have it.
    EXPECT_EQ(run.world().job_indexes[2].state, IndexState::free);
}

TEST(Quotas, ControllersShareALimitForKeysThatFailed) {  // CTRL-1: ten a second, a hundred at once
    TinyCluster c;
    c.add_nodes(1);
    c.spec.latencies.controller = {100'000, 100'000};
    c.spec.latencies.api_seats = 1'000'000;
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::pods, 0)})};
    for (int i = 0; i < 130; ++i) c.add_deployment("web-" + std::to_string(i), 0);
    TinyRun run = c.start();
    for (std::uint32_t i = 0; i < 130; ++i) run.scale(WorkloadIx{i}, 1);
    const sim::Duration first = call_of(run) + call_of(run);  // the scaling is seen, and the creation refused
    run.until(first + 5_ms + call_of(run) + 1_ms);
    std::map<std::uint32_t, int> attempts;
    for (const auto& seen : run.all<PodRefusedFact>()) ++attempts[seen.fact.workload.value];
    ASSERT_EQ(attempts.size(), 130U);
    const auto tried_again = std::ranges::count_if(attempts, [](const auto& one) { return one.second == 2; });
    EXPECT_EQ(tried_again, 100);
}

TEST(Quotas, WhoDoesNotSayWhatItAsksForIsRefusedHoweverMuchIsLeft) {  // QUOTA-1
    TinyCluster c;
    c.add_nodes(2);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::limits, gibibyte, ResourceKind::memory)})};
    const WorkloadIx web = c.add_deployment("web", 1);
    const WorkloadIx agent = c.add_daemon_set("agent");
    c.pod_of(agent).containers[0].limits.memory_bytes = mebibyte;
    const WorkloadIx set = c.add(WorkloadKind::stateful_set, "set", c.pod_of(agent), 2);
    c.pod_of(set).host_network = false;
    TinyRun run = c.start();
    run.until(1_min, 1_s);
    EXPECT_EQ(run.pods_of(web).size(), 0U);
    EXPECT_EQ(run.pods_of(agent).size(), 2U);
    EXPECT_EQ(run.pods_of(set).size(), 2U);
    for (const auto& seen : run.all<PodRefusedFact>()) EXPECT_TRUE(seen.fact.is_unstated);
    EXPECT_EQ(run.world().quota_uses[0].used, 4 * mebibyte);
}

TEST(Quotas, DaemonsStatefulPodsAndNewReplicaSetsAreRefusedToo) {  // QUOTA-1
    TinyCluster c;
    c.add_nodes(2);
    c.spec.quotas = {quota_of({bound_on(QuotaMeasure::pods, 3)})};
    const WorkloadIx agent = c.add_daemon_set("agent");
    const WorkloadIx web = c.add_deployment("web", 1);
    const WorkloadIx set = c.add(WorkloadKind::stateful_set, "set", TinyCluster::serving_pod(), 1);
    const WorkloadIx bare = c.add(WorkloadKind::pod, "bare", TinyCluster::serving_pod());
    const auto second = TemplateIx::of(c.spec.templates.size());
    c.spec.templates.push_back(TinyCluster::serving_pod());
    for (PodTemplate& pod : c.spec.templates) pod.namespace_name = "default";  // the quota counts both of web's
    c.at(web).rollout.max_surge = {1, false};
    c.change_at(1_min, [&](Spec& s) { s.workloads[web.value].pod_template = second; });
    c.change_at(10_min, [](Spec& s) { s.quotas[0].bounds[0].limit = 5; });
    TinyRun run = c.start();
    run.until(9_min, 1_s);
    EXPECT_EQ(run.pods_of(agent).size(), 2U);
    EXPECT_EQ(run.pods_of(set).size(), 0U);
    EXPECT_EQ(run.pods_of(bare).size(), 0U);
    ASSERT_EQ(run.pods_of(web).size(), 1U);
    EXPECT_NE(run.pod(run.pods_of(web)[0]).pod_template, second);  // the surge finds no room
    // With more, the StatefulSet and the rollout come through. A pod that was made by hand does not come by itself.
    run.until(40_min, 1_s);
    EXPECT_EQ(run.pods_of(set).size(), 1U);
    ASSERT_EQ(run.pods_of(web).size(), 1U);
    EXPECT_EQ(run.pod(run.pods_of(web)[0]).pod_template, second);
    EXPECT_EQ(run.pods_of(bare).size(), 0U);
    EXPECT_EQ(run.world().quota_uses[0].used, 4);
}

TEST(Quotas, TheirScopesSayWhichPodsCount) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.namespace_name = "default";
    pod.qos = QualityOfService::burstable;
    ResourceQuota quota = quota_of({bound_on(QuotaMeasure::pods, 1)});
    const auto counts = [&](QuotaScope scope, SelectorOperator op = SelectorOperator::exists,
                            std::vector<std::string> values = {}) {
        quota.scopes = {{scope, op, std::move(values)}};
        return counts_pods_of(quota, pod);
    };
    EXPECT_FALSE(counts(QuotaScope::best_effort));
    EXPECT_TRUE(counts(QuotaScope::not_best_effort));
    EXPECT_FALSE(counts(QuotaScope::terminating));
    EXPECT_TRUE(counts(QuotaScope::not_terminating));
    pod.has_active_deadline = true;
    EXPECT_TRUE(counts(QuotaScope::terminating));
    EXPECT_FALSE(counts(QuotaScope::priority_class));
    EXPECT_TRUE(counts(QuotaScope::priority_class, SelectorOperator::does_not_exist));
    pod.priority_class = "high";
    EXPECT_TRUE(counts(QuotaScope::priority_class, SelectorOperator::in, {"low", "high"}));
    EXPECT_FALSE(counts(QuotaScope::priority_class, SelectorOperator::not_in, {"low", "high"}));
    quota.scopes.clear();
    quota.namespace_name = "other";
    EXPECT_FALSE(counts_pods_of(quota, pod));
}

TEST(Quotas, SharesAreOfWhatIsBound) {
    EXPECT_EQ(used_share_ppm(1, 4), 250'000);
    EXPECT_EQ(used_share_ppm(quantity_limit / 2, quantity_limit), 500'000);
    EXPECT_EQ(used_share_ppm(0, 0), 1'000'000);
}

TEST(Quotas, TheJobsQueueOf2018IsSlower) {
    EXPECT_EQ(requeue_delay(Controller::job, 1, true), 10_s);
    EXPECT_EQ(requeue_delay(Controller::job, 9, true), 360_s);
    EXPECT_EQ(requeue_delay(Controller::replica_set, 1, true), 5_ms);
    EXPECT_EQ(requeue_delay(Controller::stateful_set, 60, false), 1000_s);
}

}  // namespace
}  // namespace eks::testing

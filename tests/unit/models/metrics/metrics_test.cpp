// Metrics folded from hand-made facts whose integrals, extremes and counts are known.
#include "tests/unit/models/metrics/scene.hpp"

#include <gtest/gtest.h>

#include <cstddef>

namespace eks::metrics_test {
namespace {

std::int64_t waited_us(const Telling& told, WaitCause cause) {
    return summarize_waiting(told.spec, told.closed()).by_cause_us[static_cast<std::size_t>(cause)];
}

// web's pod 0: created at 10 s, 2 s in the scheduler's queue, 5 s of image pull, 3 s of readiness.
void tell_one_start(Telling& told, std::uint32_t slot = 0, std::int64_t created = 10) {
    told(at(created), PodCreatedFact{pod(slot), web, WaitCause::scheduling});
    told(at(created + 2), PodWaitsFact{pod(slot), web, WaitCause::scheduling, WaitCause::image_pull, lasting(2)});
    told(at(created + 7), PodWaitsFact{pod(slot), web, WaitCause::image_pull, WaitCause::readiness, lasting(5)});
    told(at(created + 10), PodStartedFact{pod(slot), web, WaitCause::readiness, lasting(3), lasting(10)});
}

TEST(Metrics, WaitingTimeIsSplitByCauseAndSumsToTheWhole) {
    Scene scene;
    Telling told(scene);
    tell_one_start(told);
    EXPECT_EQ(waited_us(told, WaitCause::scheduling), 2'000'000);
    EXPECT_EQ(waited_us(told, WaitCause::image_pull), 5'000'000);
    EXPECT_EQ(waited_us(told, WaitCause::readiness), 3'000'000);
    const WaitingSummary waiting = summarize_waiting(told.spec, told.closed());
    EXPECT_EQ(waiting.total_us, 10'000'000);
    EXPECT_EQ(waiting.pods, 1);

    const auto summaries = summarize(told.spec, told.closed());
    const SeriesSummary* pull =
        find_series(summaries, "ekssim_pod_wait_seconds", {{"workload", "web"}, {"cause", "image-pull"}});
    ASSERT_NE(pull, nullptr);
    EXPECT_EQ(pull->count, 1);
    EXPECT_DOUBLE_EQ(*pull->total, 5.0);
    EXPECT_DOUBLE_EQ(*pull->p99, 5.0);
    const SeriesSummary* start =
        find_series(summaries, "ekssim_pod_start_seconds", {{"namespace", "shop"}, {"workload", "web"}});
    ASSERT_NE(start, nullptr);
    EXPECT_DOUBLE_EQ(*start->mean, 10.0);
    // The kubelet's SLI knows neither the pull nor the readiness probe.
    const SeriesSummary* sli = find_series(summaries, "kubelet_pod_start_sli_duration_seconds", {});
    ASSERT_NE(sli, nullptr);
    EXPECT_DOUBLE_EQ(*sli->mean, 2.0);
}

// DPC-57: of four ready pods one works with an address that another has, one has lost the fight for it, one has lost
// its address: two of four fail. The share follows the number of ready pods.
TEST(Metrics, TheShareOfFailingConnectionsIsThatOfTheEndpointsThatFail) {
    Scene scene;
    Spec spec = scene_spec();
    spec.cni_kind = CniKind::both;
    scene.scenario.spec = std::make_shared<const Spec>(spec);
    Telling told(scene);
    const auto becomes = [&](std::uint32_t slot, AddressState from, AddressState to) {
        return PodAddressFact{pod(slot), web, from, to};
    };
    using enum AddressState;
    told(at(0), PodReadyFact{web, node(0), 4});
    told(at(900), becomes(0, undisputed, shared));
    told(at(900), becomes(1, undisputed, overwritten));
    told(at(900), becomes(2, undisputed, taken_away));
    // The one without an address goes: one of three fails for as long again.
    told(at(1800), PodReadyFact{web, node(0), -1});
    told(at(1800), becomes(2, taken_away, undisputed));
    const auto summaries = summarize(told.spec, told.closed());
    const SeriesSummary* share = find_series(summaries, "ekssim_failing_connection_share", {{"workload", "web"}});
    ASSERT_NE(share, nullptr);
    EXPECT_DOUBLE_EQ(*share->max, 0.5);
    EXPECT_NEAR(*share->last, 1.0 / 3.0, 1e-6);
    EXPECT_NEAR(*share->mean, 0.25 * 0.5 + 0.5 / 3.0, 1e-6);
    const SeriesSummary* doubles =
        find_series(summaries, "ekssim_pods_with_contested_address", {{"workload", "web"}, {"state", "duplicate"}});
    ASSERT_NE(doubles, nullptr);
    EXPECT_DOUBLE_EQ(*doubles->last, 2.0);
    const SeriesSummary* lost =
        find_series(summaries, "ekssim_pods_with_contested_address", {{"workload", "web"}, {"state", "unassigned"}});
    ASSERT_NE(lost, nullptr);
    EXPECT_DOUBLE_EQ(*lost->max, 1.0);
    EXPECT_DOUBLE_EQ(*lost->last, 0.0);
}

TEST(Metrics, APodThatStillWaitsAtTheEndIsInTheSplit) {
    Scene scene;
    Telling told(scene);
    told(at(3000), PodCreatedFact{pod(0), web, WaitCause::no_address});
    EXPECT_EQ(waited_us(told, WaitCause::no_address), 600'000'000);
    EXPECT_EQ(summarize_waiting(told.spec, told.closed()).total_us, 600'000'000);
    // It has not finished waiting, so there is no sample of it.
    EXPECT_EQ(find_series(summarize(told.spec, told.closed()), "ekssim_pod_wait_seconds", {}), nullptr);
}

TEST(Metrics, APodThatGivesUpLeavesItsWaitAndNoStart) {
    Scene scene;
    Telling told(scene);
    told(at(10), PodCreatedFact{pod(0), web, WaitCause::no_address});
    told(at(30), PodGaveUpFact{pod(0), web, WaitCause::no_address, lasting(20)});
    const auto summaries = summarize(told.spec, told.closed());
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_pod_wait_seconds", {{"cause", "no-address"}})->total, 20.0);
    EXPECT_EQ(find_series(summaries, "ekssim_pod_start_seconds", {}), nullptr);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_pods_gave_up_total", {{"workload", "web"}})->total, 1.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_pods_waiting", {{"cause", "no-address"}})->last, 0.0);
}

TEST(Metrics, WaitsOfOneCauseInSeveralPiecesAreOneSample) {
    Scene scene;
    Telling told(scene);
    told(at(0), PodCreatedFact{pod(0), web, WaitCause::no_address});
    told(at(4), PodWaitsFact{pod(0), web, WaitCause::no_address, WaitCause::sandbox_retry, lasting(4)});
    told(at(5), PodWaitsFact{pod(0), web, WaitCause::sandbox_retry, WaitCause::no_address, lasting(1)});
    told(at(12), PodStartedFact{pod(0), web, WaitCause::no_address, lasting(7), lasting(12)});
    const auto summaries = summarize(told.spec, told.closed());
    const SeriesSummary* wait = find_series(summaries, "ekssim_pod_wait_seconds", {{"cause", "no-address"}});
    EXPECT_EQ(wait->count, 1);
    EXPECT_DOUBLE_EQ(*wait->max, 11.0);
}

TEST(Metrics, GaugesAreWeightedByTime) {
    Scene scene;
    Telling told(scene);
    told(at(0), ReplicasDesiredFact{web, 4});
    told(at(900), ReplicasDesiredFact{web, 6});     // 10 from 900 s
    told(at(1800), ReplicasDesiredFact{web, -10});  // 0 from 1800 s
    const auto summaries = summarize(told.spec, told.closed());
    const SeriesSummary* replicas = find_series(summaries, "kube_deployment_spec_replicas",
                                                {{"deployment", "web"}, {"workload_kind", "Deployment"}});
    ASSERT_NE(replicas, nullptr);
    EXPECT_DOUBLE_EQ(*replicas->mean, (4 * 900.0 + 10 * 900.0) / 3600.0);
    EXPECT_DOUBLE_EQ(*replicas->min, 0.0);
    EXPECT_DOUBLE_EQ(*replicas->max, 10.0);
    EXPECT_DOUBLE_EQ(*replicas->last, 0.0);
    EXPECT_DOUBLE_EQ(*replicas->p50, 0.0);  // for half of the hour
    EXPECT_DOUBLE_EQ(*replicas->p99, 10.0);
    // Metrics of one kind of workload do not show another's.
    EXPECT_EQ(find_series(summaries, "kube_daemonset_status_desired_number_scheduled", {}), nullptr);
}

TEST(Metrics, WhatLastsNoTimeLeavesNoTrace) {
    Scene scene;
    scene.expect("max(ekssim_pods_waiting) < 2").expect("max(ekssim_pods_waiting{cause=\"no-address\"}) < 1");
    Telling told(scene);
    told(at(1), PodCreatedFact{pod(0), web, WaitCause::scheduling});
    told(at(5), PodWaitsFact{pod(0), web, WaitCause::scheduling, WaitCause::no_address, lasting(4)});
    told(at(5), PodWaitsFact{pod(0), web, WaitCause::no_address, WaitCause::image_pull, lasting(0)});
    told(at(9), PodStartedFact{pod(0), web, WaitCause::image_pull, lasting(4), lasting(8)});
    const RunValues values = read_values(told.spec, told.closed());
    EXPECT_EQ(values.measures[0][0].value, 1.0);
    EXPECT_EQ(values.measures[1][0].value, 0.0);
}

TEST(Metrics, TheWarmUpDoesNotCount) {
    Scene scene;
    scene.warm_up(600);
    Telling told(scene);
    told(at(0), ReplicasDesiredFact{web, 100});
    tell_one_start(told, 0, 100);
    told(at(590), PodCreatedFact{pod(1), web, WaitCause::no_address});
    told(at(600), ReplicasDesiredFact{web, -99});
    told(at(700), PodStartedFact{pod(1), web, WaitCause::no_address, lasting(110), lasting(110)});
    const auto summaries = summarize(told.spec, told.closed());
    const SeriesSummary* replicas = find_series(summaries, "kube_deployment_spec_replicas", {});
    EXPECT_DOUBLE_EQ(*replicas->max, 1.0);
    EXPECT_DOUBLE_EQ(*replicas->mean, 1.0);
    EXPECT_EQ(find_series(summaries, "ekssim_pod_start_seconds", {})->count, 1);
    EXPECT_EQ(find_series(summaries, "ekssim_pods_created_total", {}), nullptr);
    // The part of the wait that lies after the warm-up.
    const WaitingSummary waiting = summarize_waiting(told.spec, told.closed());
    EXPECT_EQ(waiting.total_us, 100'000'000);
    EXPECT_EQ(waiting.pods, 1);
    EXPECT_EQ(told.metrics.totals().pods_created, 2);
}

// AWS-20: by the second, sixty at least for each start; an instance that EC2 ends before it runs costs nothing.
TEST(Metrics, AnInstanceIsChargedForAMinuteAtLeastUnlessItNeverRuns) {
    const auto cost_of = [](std::int64_t seconds, bool never_runs) {
        Scene scene;
        Telling told(scene);
        told(at(100), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::launching, true, false});
        if (never_runs) told(at(100), NeverRunsFact{node(0)});
        told(at(100 + seconds),
             NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::lost, false, false});
        const auto summaries = summarize(told.spec, told.closed());
        const SeriesSummary* cost =
            find_series(summaries, "ekssim_cost_usd_total", {{"node_group", "workers"}, {"kind", "node"}});
        return cost == nullptr ? 0.0 : *cost->total;  // what never had a value is not listed
    };
    constexpr double a_second = 0.2 / 3600;
    EXPECT_NEAR(cost_of(12, false), 60 * a_second, 1e-6);
    EXPECT_NEAR(cost_of(60, false), 60 * a_second, 1e-6);
    EXPECT_NEAR(cost_of(61, false), 61 * a_second, 1e-6);
    EXPECT_NEAR(cost_of(1800, false), 0.1, 1e-6);
    EXPECT_NEAR(cost_of(12, true), 0, 1e-9);
}

TEST(Metrics, CoolingAddressesBecomeFreeByThemselves) {
    Scene scene;
    Telling told(scene);
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(0), AddressesAddedFact{node(0), 14});
    told(at(10), AddressAssignedFact{node(0)});
    told(at(20), AddressReleasedFact{node(0), at(50)});
    // Nothing is said at 50 s.
    const auto summaries = summarize(told.spec, told.closed(100));
    const auto mean_us = [&](const char* state) {
        return find_series(summaries, "ekssim_addresses", {{"node", "workers-0"}, {"state", state}})->mean.value();
    };
    EXPECT_DOUBLE_EQ(mean_us("cooling"), 30.0 / 100);
    EXPECT_DOUBLE_EQ(mean_us("assigned"), 10.0 / 100);
    EXPECT_DOUBLE_EQ(mean_us("free"), (14.0 * 100 - 40) / 100);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "awscni_total_ip_addresses", {})->min, 14.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "awscni_assigned_ip_addresses", {})->max, 1.0);
}

TEST(Metrics, DroppedAddressesCoolNoMore) {
    Scene scene;
    Telling told(scene);
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(0), AddressesAddedFact{node(0), 10});
    told(at(0), AddressAssignedFact{node(0)});
    told(at(20), AddressReleasedFact{node(0), at(50)});
    told(at(30), AddressesDroppedFact{node(0), 4, 1});
    const auto summaries = summarize(told.spec, told.closed(100));
    const SeriesSummary* free = find_series(summaries, "ekssim_addresses", {{"state", "free"}});
    EXPECT_DOUBLE_EQ(*free->last, 5.0);
    EXPECT_DOUBLE_EQ(*free->max, 9.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_addresses", {{"state", "cooling"}})->mean, 10.0 / 100);
}

TEST(Metrics, AShorterCoolingPeriodInAForkMayEndFirst) {
    Scene scene;
    Telling told(scene);
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(0), AddressesAddedFact{node(0), 2});
    told(at(0), AddressAssignedFact{node(0)})(at(0), AddressAssignedFact{node(0)});
    told(at(10), AddressReleasedFact{node(0), at(40)});
    told(at(12), AddressReleasedFact{node(0), at(22)});
    const auto summaries = summarize(told.spec, told.closed(100));
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_addresses", {{"state", "cooling"}})->mean, (30.0 + 10.0) / 100);
}

TEST(Metrics, ANodeThatLeavesEndsItsSeries) {
    Scene scene;
    scene.expect("min(ekssim_addresses{state=\"free\"}) by (node) >= 1")
        .expect("min(ekssim_addresses{state=\"free\"}) >= 1");
    Telling told(scene);
    told(at(100), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(100), AddressesAddedFact{node(0), 10});
    told(at(200), NodeFact{node(0), workers, worker_a, NodeState::ready, NodeState::ready, false, true});
    // The slot is used again by another node.
    told(at(300), NodeFact{NodeId{0, 2}, workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(300), AddressesAddedFact{NodeId{0, 2}, 5});
    const RunValues values = read_values(told.spec, told.closed());
    ASSERT_EQ(values.measures[0].size(), 2u);
    EXPECT_EQ(values.measures[0][0].labels, (std::vector<std::string>{"workers-0"}));
    EXPECT_EQ(values.measures[0][0].value, 10.0);
    EXPECT_EQ(values.measures[0][1].labels, (std::vector<std::string>{"workers-1"}));
    EXPECT_EQ(values.measures[0][1].value, 5.0);
    // The sum over nodes goes on, and was 0 in between.
    EXPECT_EQ(values.measures[1][0].value, 0.0);
    const auto summaries = summarize(told.spec, told.closed());
    EXPECT_DOUBLE_EQ(*find_series(summaries, "kube_node_info", {{"node", "workers-0"}})->mean, 1.0);
    EXPECT_EQ(told.metrics.totals().nodes, 1);
    EXPECT_EQ(told.metrics.totals().nodes_at_start, 0);
    EXPECT_EQ(told.metrics.totals().nodes_max, 1);
}

// AWS-20: an instance that has ended costs nothing and has no addresses, though its Node object is there for a while
// (NODE-6), not Ready.
TEST(Metrics, ALostNodeIsAnObjectWithoutAnInstance) {
    Scene scene;
    scene.expect("min(ekssim_addresses{state=\"free\"}) by (node) >= 1");
    Telling told(scene);
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(0), AddressesAddedFact{node(0), 10});
    told(at(1800), NodeFact{node(0), workers, worker_a, NodeState::ready, NodeState::lost, false, false});
    EXPECT_EQ(told.metrics.totals().nodes, 0);
    told(at(1810), NodeFact{node(0), workers, worker_a, NodeState::lost, NodeState::deleted, false, true});
    const RunValues values = read_values(told.spec, told.closed());
    EXPECT_EQ(values.measures[0][0].value, 10.0);
    const auto summaries = summarize(told.spec, told.closed());
    EXPECT_DOUBLE_EQ(
        *find_series(summaries, "ekssim_cost_usd_total", {{"node_group", "workers"}, {"kind", "node"}})->total, 0.1);
    const auto* not_ready = find_series(summaries, "kube_node_status_condition", {{"status", "false"}});
    ASSERT_NE(not_ready, nullptr);
    EXPECT_DOUBLE_EQ(*not_ready->mean, 10.0 / 1810);
}

TEST(Metrics, ANodeIsChargedByTheSecondAndForAMinuteAtLeast) {  // AWS-20, AWS-1
    Scene scene;
    Telling told(scene);
    told(at(0),
         NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::launching, true, false});  // 0.2 USD/h
    told(at(1800),
         NodeFact{node(1), batch, batch_b, NodeState::launching, NodeState::launching, true, false});  // 0.36 USD/h
    told(at(1800 + 30), NodeFact{node(1), batch, batch_b, NodeState::launching, NodeState::launching, false, true});
    const auto summaries = summarize(told.spec, told.closed());
    EXPECT_DOUBLE_EQ(
        *find_series(summaries, "ekssim_cost_usd_total", {{"node_group", "workers"}, {"kind", "node"}})->total, 0.2);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_cost_usd_total", {{"node_group", "batch"}})->total,
                     0.36 * 60 / 3600);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_cost_usd_total", {{"kind", "control-plane"}})->total, 0.1);
    const SeriesSummary* batch_rate = find_series(summaries, "ekssim_cost_usd_per_hour", {{"node_group", "batch"}});
    EXPECT_DOUBLE_EQ(*batch_rate->max, 0.36);
    EXPECT_DOUBLE_EQ(*batch_rate->mean, 0.36 * 30 / 3600);
}

TEST(Metrics, SubnetsStartWithWhatTheOpeningSays) {
    Scene scene;
    Telling told(scene);
    told(at(0), SubnetFact{subnet_a, 240})(at(0), SubnetFact{subnet_b, 251});
    told(at(60), SubnetFact{subnet_a, -40});
    const auto summaries = summarize(told.spec, told.closed());
    const SeriesSummary* a =
        find_series(summaries, "ekssim_subnet_free_addresses", {{"subnet", "private-a"}, {"zone", "eu-central-1a"}});
    EXPECT_DOUBLE_EQ(*a->max, 240.0);
    EXPECT_DOUBLE_EQ(*a->last, 200.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "ekssim_subnet_free_addresses", {{"subnet", "private-b"}})->min, 251.0);
}

TEST(Metrics, PhasesAndWaitingReasonsFollowThePods) {
    Scene scene;
    Telling told(scene);
    told(at(0), PodCreatedFact{pod(0), report, WaitCause::scheduling});
    told(at(10), PodWaitsFact{pod(0), report, WaitCause::scheduling, WaitCause::sandbox_start, lasting(10)});
    told(at(20), PodWaitsFact{pod(0), report, WaitCause::sandbox_start, WaitCause::image_pull, lasting(10)});
    told(at(30), PodPhaseFact{report, PodPhase::pending, PodPhase::running});
    told(at(30), PodStartedFact{pod(0), report, WaitCause::image_pull, lasting(10), lasting(30)});
    told(at(60), PodPhaseFact{report, PodPhase::running, PodPhase::succeeded});
    told(at(90), PodRemovedFact{pod(0), report, PodPhase::succeeded});
    const auto summaries = summarize(told.spec, told.closed(100));
    const auto mean = [&](const char* metric, const LabelValues& labels) {
        return find_series(summaries, metric, labels)->mean.value();
    };
    EXPECT_DOUBLE_EQ(mean("kube_pod_status_phase", {{"phase", "Pending"}}), 0.3);
    EXPECT_DOUBLE_EQ(mean("kube_pod_status_phase", {{"phase", "Running"}}), 0.3);
    EXPECT_DOUBLE_EQ(mean("kube_pod_status_phase", {{"phase", "Succeeded"}}), 0.3);
    EXPECT_DOUBLE_EQ(mean("kube_job_status_succeeded", {{"workload", "report"}}), 0.3);
    EXPECT_DOUBLE_EQ(mean("kube_job_status_active", {}), 0.6);
    EXPECT_DOUBLE_EQ(mean("kube_pod_container_status_waiting_reason", {{"reason", "ContainerCreating"}}), 0.2);
    EXPECT_EQ(told.metrics.totals().pods_finished, 1);
    EXPECT_EQ(told.metrics.totals().pods_failed, 0);
}

TEST(Metrics, JobsQueuesCallsAndPullsAreCounted) {
    Scene scene;
    Telling told(scene);
    told(at(60), JobStartedFact{report, lasting(2)});
    told(at(100), JobFinishedFact{report, true, lasting(40)});
    told(at(120), JobStartedFact{report, lasting(4)});
    told(at(130), JobRemovedFact{report, true});
    told(at(180), CronTickMissedFact{report});
    told(at(0 + 200), QueueFact{QueuePlace::none, QueuePlace::active});
    told(at(236), QueueFact{QueuePlace::active, QueuePlace::unschedulable});
    told(at(272), QueueFact{QueuePlace::unschedulable, QueuePlace::none});
    told(at(236), PodUnschedulableFact{pod(0), web, WaitCause::unschedulable_too_many_pods});
    told(at(272), PodScheduledFact{pod(0), web, node(0), 2, lasting(72)});
    told(at(300), Ec2CallFact{Ec2Action::attach_network_interface, Ec2Result::success, 1});
    told(at(300), Ec2CallFact{Ec2Action::attach_network_interface, Ec2Result::request_limit_exceeded, 2});
    told(at(300), Ec2CallFact{Ec2Action::run_instances, Ec2Result::success, 7});
    told(at(310), ImagePulledFact{node(0), ImageIx{0}, web, lasting(9), 1000});
    told(at(320), ApiCallFact{api_client_kubelet, 1, lasting(1)});
    const auto summaries = summarize(told.spec, told.closed());
    const auto total = [&](const char* metric, const LabelValues& labels) {
        return find_series(summaries, metric, labels)->total.value();
    };
    EXPECT_DOUBLE_EQ(total("ekssim_jobs_started_total", {{"workload", "report"}}), 2.0);
    EXPECT_DOUBLE_EQ(total("ekssim_jobs_finished_total", {{"result", "succeeded"}}), 1.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "kube_cronjob_status_active", {{"cronjob", "report"}})->mean, 50.0 / 3600);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "cronjob_controller_job_creation_skew_duration_seconds", {})->mean, 3.0);
    EXPECT_DOUBLE_EQ(total("ekssim_cron_ticks_missed_total", {}), 1.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "scheduler_pending_pods", {{"queue", "unschedulable"}})->mean,
                     36.0 / 3600);
    EXPECT_DOUBLE_EQ(total("scheduler_schedule_attempts_total", {{"result", "unschedulable"}}), 1.0);
    EXPECT_DOUBLE_EQ(*find_series(summaries, "scheduler_pod_scheduling_sli_duration_seconds", {{"attempts", "2"}})->max,
                     72.0);
    EXPECT_DOUBLE_EQ(
        total("ekssim_ec2_calls_total", {{"action", "AttachNetworkInterface"}, {"result", "RequestLimitExceeded"}}),
        2.0);
    EXPECT_DOUBLE_EQ(total("ekssim_ec2_calls_total", {{"action", "RunInstances"}}), 7.0);
    EXPECT_DOUBLE_EQ(total("awscni_ec2api_req_count", {{"fn", "AttachNetworkInterface"}}), 3.0);
    EXPECT_DOUBLE_EQ(total("awscni_ec2api_error_count", {{"fn", "AttachNetworkInterface"}}), 2.0);
    EXPECT_EQ(find_series(summaries, "awscni_ec2api_req_count", {{"fn", "RunInstances"}}), nullptr);
    EXPECT_DOUBLE_EQ(total("ekssim_image_pull_bytes_total", {{"image", "shop/web:1"}}), 1000.0);
    EXPECT_EQ(find_series(summaries, "rest_client_rate_limiter_duration_seconds", {{"client", "kubelet"}})->count, 1);
    EXPECT_EQ(told.metrics.totals().pods_placed, 1);
}

TEST(Metrics, MemoryFollowsPodsThatWaitAndNotThoseThatAreGone) {
    Scene scene;
    Telling once(scene);
    Telling often(scene);
    tell_one_start(once, 0, 10);
    for (int i = 0; i < 100; ++i) tell_one_start(often, 0, 10 + 20 * i);
    // Every record of a wait is used again, so both hold as many.
    sim::Fingerprint a;
    sim::Fingerprint b;
    hash_into(a, once.metrics);
    hash_into(b, often.metrics);
    EXPECT_NE(a, b);
    EXPECT_EQ(often.metrics.totals().pods_created, 100);
    EXPECT_EQ(summarize_waiting(often.spec, often.closed()).total_us, 100 * 10'000'000);
}

TEST(Metrics, ACopyIsAForkAndEqualHistoriesAreEqual) {
    Scene scene;
    scene.expect("max(ekssim_pods_waiting) by (workload) < 5").expect("mean(ekssim_addresses) by (node) < 5");
    Telling whole(scene);
    Telling first(scene);
    whole(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    first(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    whole(at(0), AddressesAddedFact{node(0), 3})(at(1), AddressAssignedFact{node(0)})(
        at(2), AddressReleasedFact{node(0), at(32)});
    first(at(0), AddressesAddedFact{node(0), 3})(at(1), AddressAssignedFact{node(0)})(
        at(2), AddressReleasedFact{node(0), at(32)});
    Telling second = first;
    EXPECT_TRUE(second.metrics == first.metrics);
    tell_one_start(whole);
    tell_one_start(second);
    EXPECT_TRUE(second.metrics == whole.metrics);
    EXPECT_FALSE(second.metrics == first.metrics);
    sim::Fingerprint a;
    sim::Fingerprint b;
    sim::Fingerprint c;
    hash_into(a, whole.metrics);
    hash_into(b, second.metrics);
    hash_into(c, first.metrics);
    EXPECT_EQ(a, b);
    EXPECT_NE(a, c);
}

TEST(Metrics, TheFingerprintDoesNotDependOnWhatIsAsked) {
    Scene plain;
    Scene asked;
    asked.expect("max(ekssim_pods_waiting) by (workload) < 5");
    Telling a(plain);
    Telling b(asked);
    tell_one_start(a);
    tell_one_start(b);
    sim::Fingerprint print_a;
    sim::Fingerprint print_b;
    hash_into(print_a, a.metrics);
    hash_into(print_b, b.metrics);
    EXPECT_EQ(print_a, print_b);
}

TEST(Metrics, AMetricsWithoutAPlanFollowsEverything) {
    const Spec spec = scene_spec();
    Metrics metrics;
    observe(spec, World{}, metrics, at(10), PodCreatedFact{pod(0), web, WaitCause::no_address});
    EXPECT_EQ(summarize_waiting(spec, metrics.closed_at(spec, at(30))).total_us, 20'000'000);
    const auto nothing_seen = summarize(spec, Metrics().closed_at(spec, at(30)));
    EXPECT_DOUBLE_EQ(*find_series(nothing_seen, "ekssim_cost_usd_per_hour", {{"kind", "control-plane"}})->mean,
                     0.1);  // AWS-1
}

// --- windows and aggregates of measures

double value(const Telling& told, std::size_t measure, std::size_t group = 0) {
    const RunValues values = read_values(told.spec, told.closed());
    return values.measures.at(measure).at(group).value.value_or(-1.0);
}

TEST(Measure, LevelsHaveEveryAggregateWithinTheirWindow) {
    Scene scene;
    const char* aggregates[] = {"min", "max", "mean", "last", "p50", "p90"};
    for (const char* aggregate : aggregates) {
        scene.expect(std::string(aggregate) + "(kube_deployment_spec_replicas) < 1", "between 10m and 20m");
    }
    scene.expect("last(kube_deployment_spec_replicas) < 1", "at end");
    Telling told(scene);
    told(at(0), ReplicasDesiredFact{web, 100});
    told(at(600), ReplicasDesiredFact{web, -98});  // 2 from the first instant of the window
    told(at(900), ReplicasDesiredFact{web, 6});    // 8 for the second half
    told(at(1200), ReplicasDesiredFact{web, 50});  // the window's end is not in it
    const double expected[] = {2, 8, 5, 8, 2, 8};
    for (std::size_t i = 0; i < std::size(expected); ++i)
        EXPECT_DOUBLE_EQ(value(told, i), expected[i]) << aggregates[i];
    EXPECT_DOUBLE_EQ(value(told, 6), 58.0);
}

TEST(Measure, CountersHaveTotalAndRateWithinTheirWindow) {
    Scene scene;
    scene.expect("total(ekssim_pods_created_total) < 3")
        .expect("total(ekssim_pods_created_total{workload=\"web\"}) < 9", "between 0s and 30m");
    scene.expect("rate(ekssim_pods_created_total) < 1/h");
    Telling told(scene);
    for (std::uint32_t i = 0; i < 4; ++i)
        told(at(600 * (i + 1)), PodCreatedFact{pod(i), i == 1 ? report : web, WaitCause::none});
    EXPECT_DOUBLE_EQ(value(told, 0), 4.0);
    EXPECT_DOUBLE_EQ(value(told, 1), 1.0);  // at 600 s; the one at 1800 s is outside
    EXPECT_DOUBLE_EQ(value(told, 2), 4.0 / 3600);
    // Three at 1800 s is the first total that is not below 3.
    EXPECT_EQ(read_values(told.spec, told.closed()).measures[0][0].first_breach, at(1800));
}

TEST(Measure, SamplesOfMatchingSeriesAreMerged) {
    Scene scene;
    for (const char* aggregate : {"count", "min", "max", "mean", "total", "p50", "p99"}) {
        const bool counts = std::string_view(aggregate) == "count";
        scene.expect(std::string(aggregate) + "(ekssim_pod_start_seconds) < " + (counts ? "5" : "25s"));
    }
    scene.expect("max(ekssim_pod_start_seconds) by (workload) < 25s");
    Telling told(scene);
    const std::int64_t lengths[] = {10, 20, 30, 40};
    for (std::uint32_t i = 0; i < 4; ++i) {
        const WorkloadIx workload = i % 2 == 0 ? web : report;
        told(at(100 * i), PodCreatedFact{pod(i), workload, WaitCause::readiness});
        told(at(100 * i + lengths[i]),
             PodStartedFact{pod(i), workload, WaitCause::readiness, lasting(lengths[i]), lasting(lengths[i])});
    }
    EXPECT_DOUBLE_EQ(value(told, 0), 4.0);
    EXPECT_DOUBLE_EQ(value(told, 1), 10e6);
    EXPECT_DOUBLE_EQ(value(told, 2), 40e6);
    EXPECT_DOUBLE_EQ(value(told, 3), 25e6);
    EXPECT_DOUBLE_EQ(value(told, 4), 100e6);
    EXPECT_NEAR(value(told, 5), 20e6, 20e6 * sim::Sketch::relative_error);
    EXPECT_NEAR(value(told, 6), 40e6, 40e6 * sim::Sketch::relative_error);
    const RunValues values = read_values(told.spec, told.closed());
    EXPECT_EQ(values.measures[6][0].first_breach, at(230));  // the first sample that is not below 25 s
    ASSERT_EQ(values.measures[7].size(), 3u);                // agent has none
    EXPECT_EQ(values.measures[7][0].labels, (std::vector<std::string>{"web"}));
    EXPECT_EQ(values.measures[7][0].value, 30e6);
    EXPECT_EQ(values.measures[7][1].value, 40e6);
    EXPECT_FALSE(values.measures[7][2].value.has_value());
}

TEST(Measure, AShareOfTimeFollowsItsConditionExactly) {
    Scene scene;
    scene.expect("share_of_time(kube_deployment_spec_replicas > 3) <= 5%");
    scene.expect("share_of_time(kube_deployment_spec_replicas > 3 and not ekssim_jobs_active > 0) <= 50%");
    scene.expect("share_of_time(ekssim_pods_waiting > 0) by (workload) <= 50%");
    Telling told(scene);
    told(at(360), ReplicasDesiredFact{web, 4});
    told(at(720), JobStartedFact{report, lasting(0)});
    told(at(1080), ReplicasDesiredFact{web, -4});
    told(at(1800), PodCreatedFact{pod(0), report, WaitCause::no_address});
    EXPECT_DOUBLE_EQ(value(told, 0), 0.2);
    EXPECT_DOUBLE_EQ(value(told, 1), 0.1);
    const RunValues values = read_values(told.spec, told.closed());
    EXPECT_EQ(values.measures[0][0].first_breach, at(360));
    ASSERT_EQ(values.measures[2].size(), 3u);
    EXPECT_EQ(values.measures[2][0].value, 0.0);
    EXPECT_EQ(values.measures[2][1].value, 0.5);
}

TEST(Measure, CostIsTheLevelOfSpendingOverTime) {
    Scene scene;
    scene.expect("total(ekssim_cost_usd_total) < 0.2").expect("mean(ekssim_cost_usd_per_hour) < 42");
    scene.expect("rate(ekssim_cost_usd_total{kind=\"node\"}) < 1/h")
        .expect("total(ekssim_cost_usd_total) < 1", "between 30m and 45m");
    Telling told(scene);
    told(at(0), NodeFact{node(0), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(1800), NodeFact{node(1), workers, worker_a, NodeState::launching, NodeState::ready, true, false});
    told(at(1800 + 36), NodeFact{node(1), workers, worker_a, NodeState::ready, NodeState::ready, false, true});
    // 0.1 control plane, 0.2 first node, 60 s of the second.
    EXPECT_NEAR(value(told, 0), 300'000 + 200'000 / 60.0, 1.0);
    EXPECT_NEAR(cost_usd_of(told.closed()), 0.3 + 0.2 / 60, 1e-6);
    EXPECT_NEAR(value(told, 1), 300'000 + 200'000 * 36 / 3600.0, 1e-6);
    EXPECT_NEAR(value(told, 2) * 3600, 200'000 + 200'000 / 60.0, 1.0);
    EXPECT_NEAR(value(told, 3), 300'000 / 4.0 + 200'000 / 60.0, 1.0);
    // 0.3 USD/h reach 0.15 at 1800 s; 0.5 USD/h for 36 s make 0.155, the charge to the full minute 0.1563; 0.2 USD is
    // reached (0.2 - 0.15633) / 0.3 h after 1836 s.
    const RunValues values = read_values(told.spec, told.closed());
    ASSERT_TRUE(values.measures[0][0].first_breach.has_value());
    EXPECT_NEAR(values.measures[0][0].first_breach->since_origin().in_seconds(),
                1836 + (0.2 - 0.155 - 0.2 * 24 / 3600) / 0.3 * 3600, 0.1);
}

TEST(Measure, TheFirstBreachIsWhenTheLevelItselfBreaksTheLimit) {
    Scene scene;
    scene.expect("max(kube_deployment_spec_replicas) < 10")
        .expect("min(kube_deployment_spec_replicas) >= 5", "between 20m and 40m");
    scene.expect("not max(kube_deployment_spec_replicas) >= 10")
        .expect("share_of_runs(max(kube_deployment_spec_replicas) >= 10) <= 1%");
    Telling told(scene);
    told(at(100), ReplicasDesiredFact{web, 7});
    told(at(500), ReplicasDesiredFact{web, 7});
    told(at(600), ReplicasDesiredFact{web, -10});
    const RunValues values = read_values(told.spec, told.closed());
    EXPECT_EQ(values.measures[0][0].first_breach, at(500));
    EXPECT_EQ(values.measures[1][0].first_breach, at(1200));  // it was broken when the window opened
    EXPECT_EQ(values.measures[2][0].first_breach, at(500));
    EXPECT_EQ(values.measures[3][0].first_breach, at(500));
}

}  // namespace
}  // namespace eks::metrics_test

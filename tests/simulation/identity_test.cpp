// What AWS gives to pods in a run: credentials (AWS-110, AWS-111, AWS-113), Secrets of an operator (FR-36), places
// among a load balancer's targets (FR-30); and callers at a constant rate (FR-13, FR-31).
#include "models/world/secrets.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

std::int64_t aws_calls(const TinyRun& run, AwsAction action, AwsResult result, sim::Duration until) {
    std::int64_t sum = 0;
    for (const auto& seen : run.all<AwsCallFact>()) {
        if (seen.at < at(until) && seen.fact.action == action && seen.fact.result == result) sum += seen.fact.calls;
    }
    return sum;
}

std::int32_t waiting_for(const TinyRun& run, WaitCause cause) {
    std::int32_t count = 0;
    for (const auto& [id, pod] : run.world().pods) count += pod.cause == cause ? 1 : 0;
    return count;
}

PodTemplate pod_with_role(CredentialSource source, std::uint8_t processes) {
    PodTemplate pod = TinyCluster::serving_pod();
    pod.identity.credentials = source;
    pod.identity.processes = processes;
    return pod;
}

// A cluster whose only workload is scaled up to `pods` after a minute.
struct WithRole {
    TinyCluster c;
    WorkloadIx web;

    WithRole(std::int32_t pods, CredentialSource source, std::uint8_t processes = 3) {
        c.add_nodes(4);
        c.spec.identity.is_asked_for = true;
        web = c.add_deployment("web", 0, pod_with_role(source, processes));
        c.scale_at(1_min, web, pods);
    }
    AwsLimit& limit(AwsService service) { return c.spec.identity.limits[static_cast<std::size_t>(service)]; }
};

// AWS-110: one call a process at its start, and again before the hour is over.
TEST(Identity, EachProcessAsksForCredentialsAndRenewsThem) {
    WithRole cluster(2, CredentialSource::web_identity);
    TinyRun run = cluster.c.start();
    run.until(70_min, 1_min);
    const auto asked = [&](sim::Duration until) {
        return aws_calls(run, AwsAction::assume_role_with_web_identity, AwsResult::success, until);
    };
    EXPECT_EQ(run.world()[cluster.web].ready, 2);
    EXPECT_EQ(asked(50_min), 6);
    EXPECT_EQ(asked(65_min), 12);
    EXPECT_EQ(asked(70_min), 12);
}

// AWS-111: STS answers no more than its bucket and what it is refilled with; others try again, and all get there.
TEST(Identity, StsAnswersNoMoreThanItsLimit) {
    WithRole cluster(60, CredentialSource::web_identity, 1);
    cluster.limit(AwsService::sts).bucket = 10;
    cluster.limit(AwsService::sts).refill_milli_per_second = 2000;
    TinyRun run = cluster.c.start();
    run.until(3_min, 1_s);
    const auto calls = run.all<AwsCallFact>();
    ASSERT_FALSE(calls.empty());
    std::int64_t answered = 0;
    for (const auto& seen : calls) {
        if (seen.fact.result == AwsResult::success) answered += seen.fact.calls;
        EXPECT_LE(answered, 10 + 2 * ((seen.at - calls.front().at).us() / 1'000'000 + 1));
    }
    EXPECT_EQ(answered, 60);
    EXPECT_EQ(run.world()[cluster.web].ready, 60);
    EXPECT_GT(aws_calls(run, AwsAction::assume_role_with_web_identity, AwsResult::throttled, 3_min), 0);
}

// AWS-113: the agent of the node asks EKS, once for a pod; without it nobody answers.
TEST(Identity, TheAgentAsksOnceForAPod) {
    for (const bool has_agent : {true, false}) {
        WithRole cluster(5, CredentialSource::pod_identity);
        if (has_agent) cluster.c.spec.identity.agent = cluster.c.add_daemon_set("agent");
        TinyRun run = cluster.c.start();
        run.until(10_min);
        EXPECT_EQ(run.world()[cluster.web].ready, has_agent ? 5 : 0);
        EXPECT_EQ(waiting_for(run, WaitCause::credentials), has_agent ? 0 : 5);
        EXPECT_EQ(aws_calls(run, AwsAction::assume_role_for_pod_identity, AwsResult::success, 10_min),
                  has_agent ? 5 : 0);
        EXPECT_EQ(aws_calls(run, AwsAction::assume_role_with_web_identity, AwsResult::success, 10_min), 0);
    }
}

// AWS-111: what others in the account call falls on the same bucket.
TEST(Identity, OthersMayUseUpTheLimit) {
    WithRole cluster(3, CredentialSource::web_identity);
    Fault fault;
    fault.kind = FaultKind::aws_throttling;
    fault.service = AwsService::sts;
    fault.load_milli_per_second = 1'200'000;
    cluster.c.fault_at(30_s, 5_min, fault);
    TinyRun run = cluster.c.start();
    run.until(5_min);
    EXPECT_EQ(run.world()[cluster.web].ready, 0);
    EXPECT_EQ(waiting_for(run, WaitCause::credentials), 3);
    run.until(6_min);
    EXPECT_EQ(run.world()[cluster.web].ready, 3);
}

// Those of a settled cluster have had credentials for some part of their session, and ask within the rest of it.
TEST(Identity, PodsThatStandRenewWithinTheirSession) {
    TinyCluster c;
    c.add_nodes(1);
    c.spec.identity.is_asked_for = true;
    c.add_deployment("web", 8, pod_with_role(CredentialSource::web_identity, 1));
    TinyRun run = c.start();
    run.until(55_min);
    EXPECT_EQ(aws_calls(run, AwsAction::assume_role_with_web_identity, AwsResult::success, 55_min), 8);
}

// --- Secrets

struct WithSecret {
    TinyCluster c;
    WorkloadIx operator_pods;
    WorkloadIx web;

    explicit WithSecret(std::int32_t container, bool is_there_early = false) {
        c.add_nodes(2);
        operator_pods = c.add_deployment("operator", 0);
        PodTemplate pod = TinyCluster::serving_pod();
        pod.identity.secrets = {{0, container}};
        web = c.add_deployment("web", 0, pod);
        OperatedSecret secret;
        secret.namespace_name = "default";
        secret.name = "db";
        secret.is_there_early = is_there_early;
        c.spec.identity.secrets = {secret};
        c.spec.identity.secret_operators = {{operator_pods}};
        c.scale_at(1_min, web, 1);
    }
};

// FR-36: without its operator the Secret never comes, and the cause says which way the pod needs it.
TEST(Identity, PodsWaitForTheSecretOfAnAbsentOperator) {
    for (const bool is_mounted : {true, false}) {
        WithSecret cluster(is_mounted ? SecretNeed::the_pod : 0);
        cluster.c.scale_at(30_min, cluster.operator_pods, 1);
        TinyRun run = cluster.c.start();
        run.until(30_min, 1_min);
        EXPECT_EQ(waiting_for(run, is_mounted ? WaitCause::secret_volume : WaitCause::secret), 1);
        EXPECT_EQ(run.pod(run.pods_of(cluster.web)[0]).has_sandbox, !is_mounted);
        run.until(33_min, 1_min);
        EXPECT_EQ(run.world()[cluster.web].ready, 1);
    }
}

// The pauses between attempts to mount: 0.5 s, 1 s, 2 s, … so that a Secret that comes after 4 s is seen at 7.5 s.
TEST(Identity, MountsAreTriedAgainAfterPausesThatDouble) {
    WithSecret cluster(SecretNeed::the_pod);
    cluster.c.scale_at(10_s, cluster.operator_pods, 1);
    cluster.c.spec.identity.secret_read = 4_s;  // from the first pod that needs it on
    TinyRun run = cluster.c.start();
    run.until(2_min);
    const auto syncs = run.all<SecretSyncFact>();
    ASSERT_EQ(syncs.size(), 1U);
    const sim::Time bound = syncs[0].at - 4_s;
    std::optional<sim::Time> mounted;
    for (const auto& waits : run.all<PodWaitsFact>()) {
        if (waits.fact.to == WaitCause::sandbox_start && waits.at > bound && !mounted) mounted = waits.at;
    }
    ASSERT_TRUE(mounted.has_value());
    EXPECT_EQ((*mounted - bound).us(), 7'500'000);
}

// A Secret that is there stays when its operator goes.
TEST(Identity, SecretsOutliveTheirOperator) {
    WithSecret cluster(0, true);
    TinyRun run = cluster.c.start();
    run.until(2_min);
    EXPECT_EQ(run.world()[cluster.web].ready, 1);
}

// Systems Manager answers 40 calls a second: an operator with more to read takes its time, and reads all.
TEST(Identity, OperatorsKeepToTheLimitOfTheirProvider) {
    WithSecret cluster(0);
    OperatedSecret secret = cluster.c.spec.identity.secrets[0];
    secret.action = AwsAction::get_parameter;
    secret.calls = 30;
    cluster.c.spec.identity.secrets = {secret, secret};
    cluster.c.spec.identity.secret_read = 1_ms;
    cluster.c.pod_of(cluster.web).identity.secrets = {{0, 0}, {1, 0}};
    cluster.c.scale_at(10_s, cluster.operator_pods, 1);
    TinyRun run = cluster.c.start();
    run.until(3_min);
    EXPECT_EQ(aws_calls(run, AwsAction::get_parameter, AwsResult::throttled, 3_min) > 0, true);
    EXPECT_EQ(run.world()[cluster.web].ready, 1);
}

// --- targets

struct WithGate {
    TinyCluster c;
    WorkloadIx controller;
    WorkloadIx web;

    WithGate() {
        c.add_nodes(2);
        controller = c.add_deployment("controller", 1);
        PodTemplate pod = TinyCluster::serving_pod();
        pod.identity.gate = 0;
        web = c.add_deployment("web", 0, pod);
        c.spec.identity.balancer_controller = controller;
        c.spec.identity.gates = {{"Ingress/default/web", 30_s}};
        c.scale_at(1_min, web, 4);
    }
};

// FR-30: a gated pod is ready once its target is healthy; pods that are due together are registered in one call.
TEST(Identity, GatedPodsWaitUntilTheyAreHealthyTargets) {
    WithGate cluster;
    TinyRun run = cluster.c.start();
    run.until(85_s);
    EXPECT_EQ(run.world()[cluster.web].ready, 0);
    EXPECT_EQ(waiting_for(run, WaitCause::target_health), 4);
    run.until(2_min);
    EXPECT_EQ(run.world()[cluster.web].ready, 4);
    const std::int64_t calls = aws_calls(run, AwsAction::register_targets, AwsResult::success, 2_min);
    EXPECT_GE(calls, 1);
    EXPECT_LE(calls, 4);
}

// Without the controller no new pod becomes ready, and those that are stay so.
TEST(Identity, WithoutItsControllerNoGateOpens) {
    WithGate cluster;
    cluster.c.scale_at(3_min, cluster.controller, 0);
    cluster.c.scale_at(5_min, cluster.web, 6);
    cluster.c.scale_at(20_min, cluster.controller, 1);
    TinyRun run = cluster.c.start();
    run.until(20_min, 1_min);
    EXPECT_EQ(run.world()[cluster.web].ready, 4);
    EXPECT_EQ(waiting_for(run, WaitCause::target_health), 2);
    run.until(22_min);
    EXPECT_EQ(run.world()[cluster.web].ready, 6);
}

// FR-36: an object of more keys than the provider's bucket holds comes to be all the same.
TEST(Identity, MoreKeysThanTheBucketHoldsAreReadInTheEnd) {
    WithSecret cluster(0);
    cluster.c.scale_at(30_s, cluster.operator_pods, 1);
    cluster.c.spec.identity.secrets[0].calls = 41;
    cluster.c.spec.identity.limits[static_cast<std::size_t>(service_of(cluster.c.spec.identity.secrets[0].action))]
        .bucket = 40;
    TinyRun run = cluster.c.start();
    run.until(30_min, 1_min);
    EXPECT_TRUE(run.world().identity.secrets[0].exists);
}

// --- steady callers

// AWS-111: 700 a second against 600: the bucket of 600 lasts six seconds, and then a seventh is refused.
TEST(Identity, SteadyCallersAreRefusedWhatIsBeyondTheLimit) {
    TinyCluster c;
    c.add_nodes(1);
    c.spec.identity.callers = {{"ci", AwsAction::get_caller_identity, 350'000'000, WorkloadIx::none()},
                               {"ci", AwsAction::assume_role, 350'000'000, WorkloadIx::none()}};
    TinyRun run = c.start();
    run.until(1_min);
    std::int64_t refused = 0;
    for (const auto& seen : run.all<SteadyCallsFact>()) {
        if (seen.fact.refused_micro == 0) continue;
        EXPECT_EQ(seen.at, at(6_s));
        refused += seen.fact.refused_micro;
    }
    EXPECT_NEAR(static_cast<double>(refused), 100'000'000.0, 2000.0);
}

// A caller whose pods are away does not call.
TEST(Identity, WhoIsAwayDoesNotCall) {
    TinyCluster c;
    c.add_nodes(1);
    const WorkloadIx dns = c.add_deployment("external-dns", 1);
    c.spec.identity.callers = {{"dns", AwsAction::list_resource_record_sets, 6'000'000, dns}};
    c.scale_at(1_min, dns, 0);
    TinyRun run = c.start();
    run.until(5_min);
    const auto facts = run.all<SteadyCallsFact>();
    std::int64_t answered = 0;
    std::int64_t refused = 0;
    for (const auto& seen : facts) {
        answered += seen.fact.answered_micro;
        refused += seen.fact.refused_micro;
    }
    EXPECT_GE(facts.size(), 3U);  // up, refused after five seconds, down
    EXPECT_EQ(answered, 0);
    EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace eks::testing

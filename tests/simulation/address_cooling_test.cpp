// Released addresses cool, nobody is told when they have cooled, and a pool of cooling addresses asks for nothing
// (IPAM-28 to IPAM-31, IPAM-43 and the incidents that follow from them; FR-5).
#include "models/systems/network/address_store.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

// One node with one ENI that holds so many pod addresses.
TinyCluster one_eni(std::int32_t addresses) {
    TinyCluster c;
    c.add_nodes(1, {.max_enis = 1, .ipv4_per_eni = addresses + 1});
    return c;
}

TEST(AddressCooling, AnAddressIsUsableAfterThePeriodAndNotAtItsEnd) {
    TinyCluster c = one_eni(1);
    const WorkloadIx web = c.add_deployment("web", 1);
    TinyRun run = c.start();
    run.scale(web, 0);
    run.until(10_s);
    const auto released = run.all<AddressReleasedFact>();
    ASSERT_EQ(released.size(), 1U);
    const sim::Time end = released[0].at + 30_s;
    EXPECT_EQ(released[0].fact.free_at, end + 1_us);
    run.scale(web, 1);
    run.until(20_s);
    const PodId waiting = run.pods_of(web).at(0);
    EXPECT_EQ(run.pod(waiting).cause, WaitCause::address_cooling);
    // IPAM-28 is inclusive.
    World copy = run.world();
    EXPECT_FALSE(give_address(run.spec(), copy, sim::RunKey{}, waiting, end));
    EXPECT_TRUE(give_address(run.spec(), copy, sim::RunKey{}, waiting, end + 1_us));
}

TEST(AddressCooling, EndsSilently) {
    // IPAM-30: with nobody waiting there is no event at its end, and an idle cluster has no events at all.
    TinyCluster c = one_eni(4);
    const WorkloadIx web = c.add_deployment("web", 2);
    TinyRun run = c.start();
    run.scale(web, 1);
    run.until(10_s);
    ASSERT_EQ(run.count<AddressReleasedFact>(), 1U);
    EXPECT_EQ(run.simulation().queue().peek_time(), sim::Time::never());
}

TEST(AddressCooling, TheWaitingPodGetsItAtItsNextTryAndItsWaitIsSplitThere) {
    TinyCluster c = one_eni(1);
    const WorkloadIx web = c.add_deployment("web", 1);
    TinyRun run = c.start();
    run.scale(web, 0);
    run.until(5_s);
    run.scale(web, 1);
    run.until(2_min);
    const sim::Time usable = run.all<AddressReleasedFact>().at(0).fact.free_at;
    sim::Duration cooling;
    sim::Duration retrying;
    for (const auto& wait : run.all<PodWaitsFact>()) {
        if (wait.fact.from == WaitCause::address_cooling) {
            cooling += wait.fact.lasted;
            EXPECT_LE(wait.at, usable);
        }
        if (wait.fact.from == WaitCause::sandbox_retry) retrying += wait.fact.lasted;
    }
    EXPECT_GT(cooling, 20_s);
    EXPECT_LE(cooling, 30_s);
    EXPECT_LE(retrying, 16_s);  // at most one kubelet pause of 15 s and its tick
    const auto assigned = run.all<AddressAssignedFact>(at(1_s));
    ASSERT_EQ(assigned.size(), 1U);
    EXPECT_GE(assigned[0].at, usable);
}

TEST(AddressCooling, ByANodesFreeAddressesAloneNothingIsRequested) {
    // IPAM-43, IPAM-500, IPAM-501: targets 2 and 6, of six addresses four assigned and two cooling. Both targets are
    // met, so nothing is requested although no address is usable.
    TinyCluster c = one_eni(29);
    c.spec.cni.warm_ip_target = 2;
    c.spec.cni.minimum_ip_target = 6;
    const WorkloadIx web = c.add_deployment("web", 4);
    TinyRun run = c.start();
    ASSERT_EQ(run.the_pool().total, 6);
    run.scale(web, 2);
    run.until(5_s);
    run.scale(web, 6);
    run.until(25_s, 1_s);
    EXPECT_EQ(run.the_pool().assigned, 4);
    EXPECT_EQ(run.the_pool().total, 6);
    EXPECT_EQ(run.calls(Ec2Action::assign_private_ip_addresses), 0);
    const auto failures = run.all<AddFailedFact>();
    ASSERT_GE(failures.size(), 2U);
    for (const auto& failure : failures) {
        EXPECT_EQ(failure.fact.cause, WaitCause::address_cooling);
        EXPECT_EQ(failure.fact.assigned, 4);
        EXPECT_EQ(failure.fact.addresses, 6);
    }
    // Nothing is unschedulable meanwhile: that is why nobody notices (FR-7).
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
    // When the two have cooled they are used, and only then the pool is short.
    run.until(2_min);
    EXPECT_EQ(run.the_pool().assigned, 6);
    EXPECT_EQ(run.the_pool().total, 8);
}

TEST(AddressCooling, TwoWarmAddressesCannotFollowABurst) {
    // IPAM-505: WARM_IP_TARGET 2 with 12 of 14 assigned. A minimum above the expected pods is the remedy.
    for (const std::int32_t minimum : {0, 40}) {
        TinyCluster c = one_eni(49);
        c.spec.cni.warm_ip_target = 2;
        c.spec.cni.minimum_ip_target = minimum;
        const WorkloadIx web = c.add_deployment("web", 12);
        TinyRun run = c.start();
        run.scale(web, 24);
        run.until(3_min);
        EXPECT_EQ(run.the_pool().assigned, 24);
        if (minimum == 0) {
            EXPECT_GE(run.count<AddFailedFact>(), 8U);
        } else {
            EXPECT_EQ(run.count<AddFailedFact>(), 0U);
        }
    }
}

TEST(AddressCooling, APeriodOfZeroLetsPodsReuseAddressesAtOnce) {
    // IPAM-503: the same churn with 0, 10 and 30 s.
    std::vector<std::size_t> failures;
    for (const sim::Duration period : {0_s, 10_s, 30_s}) {
        TinyCluster c = one_eni(4);
        c.spec.cni.cooldown = period;
        const WorkloadIx web = c.add_deployment("web", 4);
        for (int n = 0; n < 10; ++n) {
            c.scale_at(sim::Duration::seconds(20 * n + 5), web, 0);
            c.scale_at(sim::Duration::seconds(20 * n + 10), web, 4);
        }
        TinyRun run = c.start();
        run.until(5_min);
        failures.push_back(run.count<AddFailedFact>());
    }
    EXPECT_EQ(failures[0], 0U);
    EXPECT_LT(failures[1], failures[2]);
}

TEST(AddressCooling, ADeadlineOfAMinutelyJobRunsOutWhileItWaits) {
    // IPAM-502: the pod is bound, waits for cooling, and its Job ends with DeadlineExceeded.
    TinyCluster c = one_eni(2);
    c.add_deployment("web", 1);
    const WorkloadIx cron = c.add_cron_job("tick", "* * * * *", TinyCluster::job_pod(10_s));
    // Runs that end late leave the one spare address cooling when the next tick comes.
    c.pod_of(cron).run_time = sim::Distribution::constant(38_s);
    c.at(cron).job.has_active_deadline = true;
    c.at(cron).job.active_deadline = 50_s;
    TinyRun run = c.start();
    run.until(30_min);
    std::size_t failed = 0;
    for (const auto& job : run.all<JobFinishedFact>()) failed += job.fact.succeeded ? 0 : 1;
    EXPECT_GE(failed, 5U);
    EXPECT_EQ(run.count<PodUnschedulableFact>(), 0U);
}

TEST(AddressCooling, AnAddressIsNeverReusedWithinThePeriod) {
    // IPAM section H, 3, on every slot of a busy node.
    TinyCluster c = one_eni(8);
    for (int n = 0; n < 6; ++n)
        c.add_cron_job("tick" + std::to_string(n), "* * * * *",
                       TinyCluster::job_pod(sim::Duration::seconds(5 * n + 7)));
    TinyRun run = c.start();
    std::vector<EniCidr> before = run.world().cidrs;
    for (sim::Duration t = 0_s; t < 20_min; t += 200_ms) {
        run.simulation().run_until(at(t));
        const std::vector<EniCidr>& after = run.world().cidrs;
        for (std::size_t slot = 0; slot < before.size(); ++slot) {
            const AddressRecord& was = before[slot].record;
            if (!was.owner.valid() && after[slot].record.owner.valid() && was.released != sim::Time::never()) {
                EXPECT_GT(run.now() - was.released, 30_s);
            }
        }
        before = after;
    }
    EXPECT_GT(run.count<AddressReleasedFact>(), 80U);
}

}  // namespace
}  // namespace eks::testing

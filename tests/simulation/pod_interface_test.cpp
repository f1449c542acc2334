// What can still go wrong with CNI ADD once a pod has its address: its interface, and the agent of network policies.
#include "tests/support/one_node.hpp"

#include <set>
#include <utility>

namespace eks::testing {
namespace {

TEST(PodInterface, AFailedSetUpReleasesTheAddressAtOnceAndItCools) {
    // IPAM-171; IPAM-28: 30 s; KUBELET-31: again after 10 s and half as long again at most.
    OneNode one;
    Fault failure;
    failure.kind = FaultKind::pod_interface_failure;
    one.c.fault_at(10_s, 60_s, failure);
    one.c.scale_at(20_s, one.web, 1);
    TinyRun run = one.c.start();
    run.until(70_s, 100_ms);
    const auto failed = run.all<AddFailedFact>();
    ASSERT_GE(failed.size(), 3U);
    EXPECT_LE(failed.size(), 6U);
    for (const auto& add : failed) EXPECT_EQ(add.fact.cause, WaitCause::sandbox_retry);
    // Each attempt took an address and gave it back in the same instant.
    const auto given_back = run.all<AddressReleasedFact>();
    ASSERT_EQ(given_back.size(), failed.size());
    for (std::size_t i = 0; i < failed.size(); ++i) EXPECT_EQ(given_back[i].at, failed[i].at);
    EXPECT_EQ(run.the_pool().assigned, 0);
    run.until(90_s, 1_s);
    EXPECT_EQ(run.world()[one.web].ready, 1);
}

TEST(PodInterface, AShareOfThePodsIsStruck) {
    // Of 200 pods at 25 % between 26 and 74 (four standard deviations of 6.1) fail their first ADD.
    TinyCluster c;
    c.add_nodes(4, {.max_enis = 8, .ipv4_per_eni = 30});
    const WorkloadIx web = c.add_deployment("web", 0);
    Fault failure;
    failure.kind = FaultKind::pod_interface_failure;
    failure.share_ppm = 250'000;
    c.fault_at(10_s, 10_min, failure);
    c.scale_at(20_s, web, 200);
    TinyRun run = c.start();
    run.until(5_min, 1_s);
    std::set<PodId> struck;
    for (const auto& add : run.all<AddFailedFact>()) {
        if (add.fact.cause == WaitCause::sandbox_retry) struck.insert(add.fact.pod);
    }
    EXPECT_GE(struck.size(), 26U);
    EXPECT_LE(struck.size(), 74U);
    EXPECT_EQ(run.world()[web].ready, 200);
}

// A new node whose policy agent answers so long after the start of the CNI's container.
TinyCluster with_policy_agent(sim::Duration start, bool is_asked) {
    TinyCluster c;
    c.spec.opening = Opening::empty;
    c.spec.cni.asks_policy_agent = is_asked;
    c.spec.latencies.policy_agent_start = start;
    c.add_nodes(1);
    c.add_deployment("web", 1);
    return c;
}

TEST(PolicyAgent, AddFailsOnANewNodeUntilTheAgentAnswers) {
    // IPAM-172: the plugin waits for it for 2 s; then ADD fails, and the DEL for the failed sandbox gives the address
    // back, which cools.
    const TinyCluster c = with_policy_agent(20_s, true);
    TinyRun run = c.start();
    run.until(3_min, 100_ms);
    const auto failed = run.all<AddFailedFact>();
    ASSERT_GE(failed.size(), 1U);
    const auto assigned = run.all<AddressAssignedFact>();
    ASSERT_EQ(assigned.size(), failed.size() + 1);
    for (std::size_t i = 0; i < failed.size(); ++i) {
        EXPECT_EQ(failed[i].at - assigned[i].at, 2_s);
        EXPECT_EQ(failed[i].fact.cause, WaitCause::sandbox_retry);
    }
    EXPECT_EQ(run.all<AddressReleasedFact>().size(), failed.size());
    const sim::Time agent_up = run.the_node().cni.created + 20_s;
    EXPECT_LT(failed.back().at, agent_up);
    EXPECT_GE(assigned.back().at + 2_s, agent_up);
    EXPECT_EQ(run.all<PodReadyFact>().size(), 1U);
}

TEST(PolicyAgent, NobodyWaitsForItWhereItIsNotAskedOrUp) {
    for (const auto& [start, is_asked] : {std::pair(20_s, false), std::pair(0_s, true)}) {
        TinyRun run = with_policy_agent(start, is_asked).start();
        run.until(3_min, 1_s);
        EXPECT_EQ(run.count<AddFailedFact>(), 0U);
        EXPECT_EQ(run.count<PodReadyFact>(), 1U);
    }
}

TEST(PolicyAgent, OneThatComesUpWithinTheLimitOnlyDelaysTheAdd) {
    // IPAM-172: the plugin waits for 2 s, which is as long as this one takes.
    const TinyCluster c = with_policy_agent(2_s, true);
    TinyRun run = c.start();
    run.until(3_min, 100_ms);
    EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    const auto running = run.all<PodPhaseFact>();
    ASSERT_GE(running.size(), 1U);
    EXPECT_GE(running.front().at, run.the_node().cni.created + 2_s);
}

}  // namespace
}  // namespace eks::testing

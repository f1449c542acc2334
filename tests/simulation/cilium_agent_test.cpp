// Cilium's agents in ENI mode: what they report, what an ADD takes, taints, and the link of a new ENI.
#include "models/systems/signals.hpp"
#include "models/world/subnet_verbs.hpp"
#include "tests/support/cilium_cluster.hpp"

namespace eks::testing {
namespace {

// IPAM-336
TEST(Cilium, TheAgentReportsItsUseEveryFifteenSecondsAtMost) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 4);
    for (int n = 0; n < 60; ++n) c.scale_at(60_s + n * 3_s, web, 4 + n % 7);
    TinyRun run = c.start();
    sim::Time last = run.the_node().cilium.last_report;
    int reports = 0;
    for (int second = 1; second < 240; ++second) {
        run.until(second * 1_s);
        const sim::Time now = run.the_node().cilium.last_report;
        if (now == last) continue;
        EXPECT_GE(now - last, 15_s);
        last = now;
        ++reports;
    }
    EXPECT_GE(reports, 8);
}

// IPAM-340: an ADD takes as long as its endpoint; one that takes longer than 330 s fails, and the address is free.
TEST(Cilium, AnAddTakesAsLongAsItsEndpointAndFailsAfterThreeHundredAndThirtySeconds) {
    for (const sim::Duration regeneration : {3_s, 400_s}) {
        TinyCluster c = cilium_cluster();
        c.spec.cilium.regeneration = sim::Distribution::constant(regeneration);
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 0);
        c.scale_at(1_min, web, 1);
        TinyRun run = c.start();
        run.until(1_min + 330_s);
        const bool is_in_time = regeneration < 330_s;
        EXPECT_EQ(ready_pods(run, web), is_in_time ? 1U : 0U);
        EXPECT_EQ(run.count<AddFailedFact>(), 0U);
        run.until(1_min + 335_s);
        EXPECT_EQ(run.count<AddFailedFact>(), is_in_time ? 0U : 1U);
        EXPECT_EQ(run.the_pool().assigned, is_in_time ? 1 : 0);
        run.until(60_min, 10_s);
        EXPECT_EQ(ready_pods(run, web), is_in_time ? 1U : 0U);
    }
}

// IPAM-350: the operator taints a node whose agent is not ready, and takes the taint away.
TEST(Cilium, WhileItsAgentIsDownANodeTakesNoPodsThatMindTheTaint) {
    TinyCluster c = cilium_cluster();
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 1);
    const WorkloadIx tolerant = c.add_deployment("tolerant", 0, TinyCluster::daemon_pod());
    c.fault_at(5_min, 10_min, {.kind = FaultKind::cni_daemon_down});
    c.scale_at(6_min, web, 2);
    c.scale_at(6_min, tolerant, 1);
    TinyRun run = c.start();
    run.until(14_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 1U);
    EXPECT_EQ(ready_pods(run, tolerant), 1U);
    for (const PodId id : run.pods_of(web))
        EXPECT_TRUE(run.pod(id).node.valid() || run.pod(id).stage != PodStage::stuck);
    EXPECT_EQ(run.count<AddFailedFact>(), 0U);
    run.until(16_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 2U);
}

// IPAM-340: an agent that goes while it makes a pod's endpoint leaves the address behind, which is free again when it
// is back: the pod gets another one, and has one in the end.
TEST(Cilium, AnAgentThatGoesWhileItMakesAnEndpointFreesTheAddressLater) {
    TinyCluster c = cilium_cluster();
    c.spec.cilium.new_identity = sim::Distribution::constant(1_s);
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx web = c.add_deployment("web", 0);
    c.scale_at(5_min, web, 1);
    c.fault_at(5_min + 500_ms, 2_min, {.kind = FaultKind::cni_daemon_down});
    TinyRun run = c.start();
    run.until(5_min + 10_s, 10_ms);
    EXPECT_EQ(run.the_pool().assigned, 1);
    EXPECT_FALSE(run.pod(run.pods_of(web).front()).eni.valid());
    run.until(10_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 1U);
    EXPECT_EQ(run.the_pool().assigned, 1);
}

// IPAM-350: an operator that takes no taints away leaves a node that with which it has joined.
TEST(Cilium, AnOperatorThatRemovesNoTaintsKeepsPodsThatMindThemAway) {
    for (const Opening opening : {Opening::empty, Opening::settled}) {
        for (const bool removes : {true, false}) {
            TinyCluster c = cilium_cluster();
            c.spec.opening = opening;
            c.spec.cilium.removes_taints = removes;
            c.spec.cilium.sets_taints = false;
            c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
            c.spec.shapes[0].waits_for_cilium = true;
            const WorkloadIx web = c.add_deployment("web", 2);
            const WorkloadIx tolerates = c.add_daemon_set("tolerates");
            TinyRun run = c.start();
            run.until(10_min, 1_s);
            EXPECT_EQ(run.the_node().state, NodeState::ready);
            EXPECT_EQ(ready_pods(run, tolerates), 1U);
            EXPECT_EQ(ready_pods(run, web), removes ? 2U : 0U);
        }
    }
}

// IPAM-350: nor that which it sets itself when an agent is away.
TEST(Cilium, ATaintThatIsSetAndNotRemovedStaysWhenTheAgentIsBack) {
    for (const bool removes : {true, false}) {
        TinyCluster c = cilium_cluster();
        c.spec.cilium.removes_taints = removes;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        const WorkloadIx web = c.add_deployment("web", 1);
        c.fault_at(5_min, 1_min, {.kind = FaultKind::cni_daemon_down});
        c.scale_at(10_min, web, 2);
        TinyRun run = c.start();
        run.until(12_min, 1_s);
        EXPECT_EQ(ready_pods(run, web), removes ? 2U : 1U);
    }
}

// The same with a churn of Jobs and scaling, with every invariant at each second.
// IPAM-335, IPAM-566: an agent that starts looks for the link of each ENI after 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3 s and
// so on, 15 times in 201.1 s; then it ends and is started again.
TEST(Cilium, AnAgentThatStartsWaitsForTheLinkOfItsEni) {
    const auto ready_at = [](sim::Duration link, std::uint64_t seed) {
        TinyCluster c = cilium_cluster();
        c.spec.opening = Opening::empty;
        c.spec.cilium.first_interface_index = 1;  // its addresses are on an ENI that is attached while it starts
        c.spec.cilium.eni_link = link;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        TinyRun run = c.start(seed);
        run.until(30_min, 100_ms);
        sim::Time attached = sim::Time::never();
        for (const auto& eni : run.all<EniFact>()) attached = eni.at;
        return std::pair(run.the_node().ready_at, attached);
    };
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const auto [at_once, attached_at_once] = ready_at(0_s, seed);
        const auto [late, attached] = ready_at(20_s, seed);
        EXPECT_EQ(attached, attached_at_once);
        EXPECT_GE(late, attached + 20_s);
        EXPECT_LE(late, at_once + 25'500_ms);  // it looked 12.7 s after its first look, and then 25.5 s after it
        // 300 s are more than it waits: it ends after 201.1 s, and the next one finds the link at its twelfth look at
        // the latest.
        const auto [restarted, attached_too] = ready_at(300_s, seed);
        EXPECT_GE(restarted, attached_too + 300_s);
        EXPECT_LE(restarted, at_once + 201'100_ms + 200_ms + 5_s + 111'100_ms);
    }
}

}  // namespace
}  // namespace eks::testing

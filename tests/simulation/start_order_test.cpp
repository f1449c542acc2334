// Pods and agents that cannot start before a name is resolved, in a run (FR-21).
#include "tests/support/cilium_cluster.hpp"

namespace eks::testing {
namespace {

TEST(StartOrderInARun, APodInNeedOfNamesIsReadyOnceADnsPodIs) {
    TinyCluster c;
    c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
    const WorkloadIx dns = c.add_deployment("coredns", 0);
    const WorkloadIx web = c.add_deployment("web", 0);
    c.spec.dns = {{dns}, {web}};
    c.scale_at(1_min, web, 2);
    c.scale_at(5_min, dns, 1);
    TinyRun run = c.start();
    run.until(4_min, 1_s);
    EXPECT_EQ(ready_pods(run, web), 0U);
    for (const PodId id : run.pods_of(web)) EXPECT_EQ(run.pod(id).cause, WaitCause::cluster_dns);
    run.until(6_min, 1_s);
    EXPECT_EQ(ready_pods(run, dns), 1U);
    EXPECT_EQ(ready_pods(run, web), 2U);
}

// BOOT-4, IPAM-350, IPAM-356: an agent in need of a name, on nodes that only it can make Ready.
TEST(StartOrderInARun, AnAgentInNeedOfNamesNeverStartsWhileDnsNeedsItsNode) {
    for (const bool on_host_network : {false, true}) {
        TinyCluster c = cilium_cluster();
        c.spec.opening = Opening::empty;
        c.add_nodes(2, {.max_enis = 4, .ipv4_per_eni = 15});
        c.spec.shapes[0].waits_for_cilium = true;
        const WorkloadIx agents = c.add_daemon_set("cilium");
        PodTemplate dns_pod = TinyCluster::daemon_pod();
        dns_pod.host_network = on_host_network;
        const WorkloadIx dns = c.add_deployment("coredns", 1, dns_pod);
        const WorkloadIx web = c.add_deployment("web", 2);
        c.spec.cilium.agent_workload = agents;
        c.spec.dns = {{dns}, {agents}};
        TinyRun run = c.start();
        run.until(30_min, 1_s);
        EXPECT_EQ(ready_pods(run, dns), on_host_network ? 1U : 0U);
        EXPECT_EQ(ready_pods(run, web), on_host_network ? 2U : 0U);
        for (const auto& [id, node] : run.world().nodes)
            EXPECT_EQ(node.state, on_host_network ? NodeState::ready : NodeState::registered);
    }
}

// IPAM-350, IPAM-353: chained behind the VPC CNI, the node is Ready and keeps the taint until the agent's pod is.
TEST(StartOrderInARun, AChainedAgentTakesItsTaintAway) {
    for (const bool tolerates : {false, true}) {
        TinyCluster c;
        c.spec.opening = Opening::empty;
        c.add_nodes(1, {.max_enis = 4, .ipv4_per_eni = 15});
        c.spec.shapes[0].waits_for_cilium = true;
        const WorkloadIx agents = c.add_daemon_set("cilium");
        PodTemplate dns_pod = TinyCluster::serving_pod();
        Toleration taint;
        taint.key = "node.cilium.io/agent-not-ready";
        taint.exists = true;
        if (tolerates) dns_pod.tolerations = {taint};
        const WorkloadIx dns = c.add_deployment("coredns", 1, dns_pod);
        const WorkloadIx web = c.add_deployment("web", 1);
        c.spec.cilium.agent_workload = agents;
        c.spec.dns = {{dns}, {agents}};
        TinyRun run = c.start();
        run.until(30_min, 1_s);
        EXPECT_EQ(run.the_node().state, NodeState::ready);
        EXPECT_EQ(run.the_node().cilium.is_tainted, !tolerates);
        EXPECT_EQ(ready_pods(run, dns), tolerates ? 1U : 0U);
        EXPECT_EQ(ready_pods(run, web), tolerates ? 1U : 0U);
    }
}

}  // namespace
}  // namespace eks::testing

// The filters that look at one node by itself, and the order in which they are asked (SCHED-28, SCHED-41 to SCHED-44).
#include "models/systems/scheduling/node_look.hpp"

#include "models/world/verbs.hpp"
#include "tests/support/tiny_cluster.hpp"

namespace eks::testing {
namespace {

// A node that takes anything, with 1000m of its 2000m requested and one pod of ten.
class FiltersOfOneNode : public ::testing::Test {
  protected:
    explicit FiltersOfOneNode(std::int32_t minor = 36) : cluster_(minor) {
        cluster_.add_nodes(1, {.cpu_milli = 2000, .max_pods = 10});
        pod_ = cluster_.add_deployment("web", 1, TinyCluster::serving_pod(1000));
    }

    // After this the templates no longer change.
    void begin() {
        complete(cluster_.spec);
        world_ = empty_world(cluster_.spec);
        node_ = add_node(cluster_.spec, world_, NodeShapeIx::of(0), sim::Time::origin());
        list_node(cluster_.spec, world_, node_);
        node().state = NodeState::ready;
        node().requested.cpu_milli = 1000;
        node().pods = 1;
    }
    Node& node() { return world_.nodes[node_]; }
    PodTemplate& pod() { return cluster_.pod_of(pod_); }
    Refusal refusal(NodeId pinned = NodeId::none()) {
        return refusal_of_node(cluster_.spec, world_, cluster_.at(pod_).pod_template, pinned, node_);
    }

    TinyCluster cluster_;
    WorkloadIx pod_;
    World world_;
    NodeId node_;
};

TEST_F(FiltersOfOneNode, ARequestFitsUpToTheLastMillicore) {
    // SCHED-41: request > allocatable - requested fails.
    begin();
    EXPECT_EQ(refusal(), Refusal{});
    node().requested.cpu_milli = 1001;
    EXPECT_EQ(refusal(), for_now_by(Filter::node_resources_fit));
}

TEST_F(FiltersOfOneNode, ARequestThatNoEmptyNodeMeetsIsRefusedForGood) {  // SCHED-41, from 1.36 on
    pod().containers[0].requests.cpu_milli = 2001;
    begin();
    EXPECT_EQ(refusal(), final_by(Filter::node_resources_fit));
    node().pods = 10;
    EXPECT_EQ(refusal(), final_by(Filter::too_many_pods));
    cluster_.spec.kubernetes.minor = 34;
    EXPECT_EQ(refusal(), for_now_by(Filter::too_many_pods));
}

TEST_F(FiltersOfOneNode, APodWithoutRequestsGoesOntoAnOvercommittedNode) {
    pod().containers[0].requests = {};
    begin();
    node().requested.cpu_milli = 3000;
    EXPECT_EQ(refusal(), Refusal{});
}

TEST_F(FiltersOfOneNode, TheCountOfPodsIsAskedBeforeTheirRequests) {
    begin();
    node().pods = 10;
    node().requested.cpu_milli = 2000;
    EXPECT_EQ(refusal(), for_now_by(Filter::too_many_pods));
}

TEST_F(FiltersOfOneNode, TheFirstFilterThatRefusesEndsTheNode) {
    // SCHED-28: NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodePorts, NodeResourcesFit.
    pod().node_selector = {{"disk", "fast"}};
    pod().constraints.host_ports = {{"TCP", "0.0.0.0", 80}};
    cluster_.spec.shapes[0].taints = {{"dedicated", "", TaintEffect::no_schedule}};
    begin();
    const NodeId other{node_.slot + 1, 1};
    node().cordoned = true;
    node().pods = 10;
    EXPECT_EQ(refusal(other), final_by(Filter::node_unschedulable));
    node().cordoned = false;
    EXPECT_EQ(refusal(other), final_by(Filter::node_name));
    EXPECT_EQ(refusal(), final_by(Filter::taint_toleration));
    cluster_.spec.shapes[0].taints.clear();
    complete(cluster_.spec);
    EXPECT_EQ(refusal(), final_by(Filter::node_affinity));
    cluster_.spec.shapes[0].labels = {{"disk", "fast"}};
    complete(cluster_.spec);
    EXPECT_EQ(refusal(), for_now_by(Filter::too_many_pods));
    node().pods = 1;
    node().requested = {};
    put_on_node(cluster_.spec, world_, add_pod(cluster_.spec, world_, pod_, 0, JobId::none(), sim::Time::origin()),
                node_);
    EXPECT_EQ(refusal(), for_now_by(Filter::node_ports));  // SCHED-44
}

TEST_F(FiltersOfOneNode, PortsMeetOnTheSameAddressOnly) {  // SCHED-44
    const auto with_port = [](const char* protocol, const char* ip, std::int64_t port) {
        PodTemplate t;
        t.constraints.host_ports = {{protocol, ip, port}};
        return t;
    };
    const PodTemplate everywhere = with_port("TCP", "0.0.0.0", 80);
    EXPECT_TRUE(want_the_same_port(everywhere, with_port("TCP", "10.0.0.1", 80)));
    EXPECT_FALSE(want_the_same_port(everywhere, with_port("UDP", "10.0.0.1", 80)));
    EXPECT_FALSE(want_the_same_port(everywhere, with_port("TCP", "10.0.0.1", 81)));
    EXPECT_FALSE(want_the_same_port(with_port("TCP", "10.0.0.2", 80), with_port("TCP", "10.0.0.1", 80)));
}

TEST_F(FiltersOfOneNode, ATaintOfTheNodesStateKeepsPodsAwayThatDoNotTolerateIt) {  // SCHED-42, NODE-3
    begin();
    node().condition_taints = no_schedule(ConditionTaint::not_ready);
    EXPECT_EQ(refusal(), final_by(Filter::taint_toleration));
    cluster_.spec.templates[0].tolerated_condition_taints = no_schedule(ConditionTaint::not_ready);
    EXPECT_EQ(refusal(), Refusal{});
}

TEST(Filters, EveryRefusalHasACauseOfItsOwn) {
    EXPECT_EQ(cause_of(Filter::node_resources_fit), WaitCause::unschedulable_node_resources_fit);
    EXPECT_EQ(cause_of(Filter::too_many_pods), WaitCause::unschedulable_too_many_pods);
    EXPECT_EQ(cause_of(Filter::node_affinity), WaitCause::unschedulable_node_affinity);
    EXPECT_EQ(cause_of(Filter::inter_pod_affinity), WaitCause::unschedulable_inter_pod_affinity);
    EXPECT_EQ(cause_of(Filter::none), WaitCause::none);
}

}  // namespace
}  // namespace eks::testing

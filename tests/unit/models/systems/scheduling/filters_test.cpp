// The default filters and the order in which they are asked (SCHED-28).
#include "models/systems/scheduling/filters.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

// A node that takes anything, with 1000m of its 2000m requested and one pod of ten.
class FiltersOfOneNode : public ::testing::Test {
  protected:
    FiltersOfOneNode() {
        fit_.affinity_matches = true;
        fit_.taints_tolerated = true;
        allocatable_.cpu_milli = 2000;
        requested_.cpu_milli = 1000;
        node_.fit = &fit_;
        node_.requested = &requested_;
        node_.allocatable = &allocatable_;
        node_.pods = 1;
        node_.max_pods = 10;
    }
    static Resources cpu(Millicores milli) {
        Resources request;
        request.cpu_milli = milli;
        return request;
    }

    TemplateOnShape fit_;
    Resources requested_;
    Resources allocatable_;
    NodeForFilters node_;
};

TEST_F(FiltersOfOneNode, ARequestFitsUpToTheLastMillicore) {
    // SCHED-41: request > allocatable - requested fails.
    EXPECT_EQ(first_refusal(cpu(1000), node_), Filter::none);
    EXPECT_EQ(first_refusal(cpu(1001), node_), Filter::node_resources_fit);
}

TEST_F(FiltersOfOneNode, APodWithoutRequestsGoesOntoAnOvercommittedNode) {
    requested_.cpu_milli = 3000;
    EXPECT_EQ(first_refusal(cpu(0), node_), Filter::none);
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::node_resources_fit);
}

TEST_F(FiltersOfOneNode, TheCountOfPodsIsAskedBeforeTheirRequests) {
    node_.pods = 9;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::none);
    node_.pods = 10;
    EXPECT_EQ(first_refusal(cpu(5000), node_), Filter::too_many_pods);
}

TEST_F(FiltersOfOneNode, TheFirstFilterThatRefusesEndsTheNode) {
    // SCHED-28: NodeUnschedulable, NodeName, TaintToleration, NodeAffinity, NodeResourcesFit.
    node_.cordoned = true;
    node_.is_other_node = true;
    fit_.taints_tolerated = false;
    fit_.affinity_matches = false;
    node_.pods = 10;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::node_unschedulable);
    node_.tolerates_cordon = true;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::node_name);
    node_.is_other_node = false;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::taint_toleration);
    fit_.taints_tolerated = true;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::node_affinity);
    fit_.affinity_matches = true;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::too_many_pods);
}

TEST_F(FiltersOfOneNode, ANodeThatIsNotReadyTakesOnlyPodsThatTolerateIt) {
    node_.ready = false;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::taint_toleration);
    node_.tolerates_not_ready = true;
    EXPECT_EQ(first_refusal(cpu(1), node_), Filter::none);
}

TEST(Filters, EveryRefusalHasACauseOfItsOwn) {
    EXPECT_EQ(cause_of(Filter::node_resources_fit), WaitCause::unschedulable_node_resources_fit);
    EXPECT_EQ(cause_of(Filter::too_many_pods), WaitCause::unschedulable_too_many_pods);
    EXPECT_EQ(cause_of(Filter::taint_toleration), WaitCause::unschedulable_taint_toleration);
    EXPECT_EQ(cause_of(Filter::node_affinity), WaitCause::unschedulable_node_affinity);
    EXPECT_EQ(cause_of(Filter::node_name), WaitCause::unschedulable_node_name);
    EXPECT_EQ(cause_of(Filter::node_unschedulable), WaitCause::unschedulable_node_unschedulable);
}

}  // namespace
}  // namespace eks

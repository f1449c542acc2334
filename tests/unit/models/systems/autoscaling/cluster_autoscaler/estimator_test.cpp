// CA-13 to CA-16: how many nodes of a group the pending pods need.
#include "models/systems/autoscaling/cluster_autoscaler/estimator.hpp"

#include "models/systems/autoscaling/cluster_autoscaler/limiter.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eks::cluster_autoscaler {
namespace {

constexpr std::int64_t cores = 1000;

plain::NodeObject node_of(std::int64_t cpu, std::int64_t memory, std::int64_t pods) {
    plain::NodeObject node;
    node.name = "template";
    node.labels = {{std::string(hostname_label), "template"}, {"topology.kubernetes.io/zone", "a"}};
    node.allocatable = {{"cpu", cpu}, {"memory", memory}, {"pods", pods}};
    return node;
}

PodGroup group_of(std::int64_t count, std::int64_t cpu, std::int64_t memory, const std::string& app = "app") {
    PodGroup group;
    group.count = count;
    group.pod.namespace_name = "default";
    group.pod.name = app;
    group.pod.labels = {{"app", app}};
    group.pod.requests = {{"cpu", cpu}, {"memory", memory}};
    group.first_container = {static_cast<double>(cpu) / 1000, static_cast<double>(memory)};
    return group;
}

Selector app_is(const std::string& app) { return {true, {{"app", SelectorOperator::in, {app}, false}}}; }

void spread_over(PodGroup& group, std::string_view key) {
    SpreadConstraint constraint;
    constraint.topology_key = key;
    constraint.max_skew = 1;
    constraint.is_required = true;
    constraint.selector = app_is(group.pod.name);
    group.pod.spread = {constraint};
}

void keep_apart(PodGroup& group, std::string_view key) {
    AffinityTerm term;
    term.topology_key = key;
    term.selector = app_is(group.pod.name);
    group.pod.required_anti_affinity = {term};
}

EstimateQuestion question_of(plain::NodeObject node, std::vector<PodGroup> groups) {
    EstimateQuestion question;
    question.template_capacity = {static_cast<double>(node.allocatable["cpu"]) / 1000,
                                  static_cast<double>(node.allocatable["memory"])};
    question.node_template = std::move(node);
    question.groups = std::move(groups);
    return question;
}

// Both ways of estimating, which must be one.
Estimate answer(const EstimateQuestion& question) {
    const Estimate quick = estimate(question);
    const Estimate plain = estimate_plainly(question);
    EXPECT_EQ(quick.node_count, plain.node_count);
    EXPECT_EQ(quick.scheduled_per_group, plain.scheduled_per_group);
    return quick;
}

// The estimator's own benchmark: ten of the larger pods a node leave room for one of the smaller, then twenty a node.
TEST(CaEstimate, FiftyOneThousandPodsNeed2595Nodes) {
    EstimateQuestion question =
        question_of(node_of(1 * cores, 5000, 100), {group_of(50'000, 50, 100, "small"), group_of(1'000, 95, 190)});
    question.node_limit = 3000;
    const Estimate found = estimate(question);
    EXPECT_EQ(found.node_count, 2595);
    EXPECT_EQ(found.scheduled, 51'000);
}

// CA-13: the group with the largest share of a node comes first, whatever their order; the only node goes to it.
TEST(CaEstimate, LargerPodsComeFirst) {
    EstimateQuestion question =
        question_of(node_of(4 * cores, 100, 100), {group_of(9, 1 * cores, 10), group_of(1, 500, 60, "large")});
    question.node_limit = 1;
    EXPECT_EQ(answer(question).scheduled_per_group, (std::vector<std::int64_t>{3, 1}));
}

// CA-13: a resource that the template lacks does not count, and equal groups keep their order.
TEST(CaEstimate, AMissingResourceDoesNotOrder) {
    plain::NodeObject node = node_of(4 * cores, 0, 100);
    EstimateQuestion question = question_of(node, {group_of(1, 3 * cores, 0, "first"), group_of(2, 3 * cores, 0)});
    question.node_limit = 1;
    EXPECT_EQ(answer(question).scheduled_per_group, (std::vector<std::int64_t>{1, 0}));
}

// CA-14, phase 1: the search goes on behind the node it found last, so that two pods go on two nodes although both
// would fit the first. Neither has room for the pod that comes after them.
TEST(CaEstimate, RoomIsSoughtInACircle) {
    const EstimateQuestion question =
        question_of(node_of(10 * cores, 100, 100),
                    {group_of(2, 6 * cores, 40, "a"), group_of(2, 2 * cores, 30, "b"), group_of(1, 4 * cores, 0, "c")});
    const Estimate found = answer(question);
    EXPECT_EQ(found.scheduled, 5);
    EXPECT_EQ(found.node_count, 3);
}

// CA-14: the node that was added in vain stays, and is not added again; the next group finds it.
TEST(CaEstimate, AnEmptyNodeIsNotAddedTwice) {
    EstimateQuestion question =
        question_of(node_of(4 * cores, 100, 100), {group_of(5, 5 * cores, 10, "huge"), group_of(3, 1 * cores, 10)});
    question.node_limit = 1;
    const Estimate found = answer(question);
    EXPECT_EQ(found.scheduled_per_group, (std::vector<std::int64_t>{0, 3}));
    EXPECT_EQ(found.node_count, 1);
}

// CA-14, CA-15: after a refusal later groups only fill what is there.
TEST(CaEstimate, AfterTheLimitLaterGroupsFillGaps) {
    EstimateQuestion question =
        question_of(node_of(4 * cores, 100, 100), {group_of(5, 3 * cores, 10, "large"), group_of(5, 500, 10, "small")});
    question.node_limit = 2;
    const Estimate found = answer(question);
    EXPECT_EQ(found.scheduled_per_group, (std::vector<std::int64_t>{2, 4}));
    EXPECT_EQ(found.node_count, 2);
    question.node_limit = no_node_allowed;
    EXPECT_EQ(answer(question).node_count, 0);
}

// CA-14: pods spread over nodes may use old nodes once the last one has too many; these count.
TEST(CaEstimate, PodsSpreadOverNodesAlsoGoOnOldOnes) {
    PodGroup group = group_of(2, 100, 10);
    spread_over(group, hostname_label);
    EstimateQuestion question = question_of(node_of(4 * cores, 100, 100), {group});
    question.cluster.nodes = {node_of(4 * cores, 100, 100)};
    question.cluster.nodes[0].name = "old";
    question.cluster.nodes[0].labels[std::string(hostname_label)] = "old";
    question.node_limit = 1;
    EXPECT_EQ(answer(question).node_count, 2);
    EXPECT_EQ(answer(question).scheduled, 2);
    // A cordoned one is not looked at, even if the pods would tolerate it.
    question.cluster.nodes[0].is_unschedulable = true;
    question.groups[0].pod.tolerations = {{"", "", true, true, TaintEffect::no_schedule}};
    EXPECT_EQ(answer(question).scheduled, 1);
}

// CA-14: anti-affinity and spread over zones do not lead back to old nodes.
TEST(CaEstimate, OtherFailuresDoNotLeadToOldNodes) {
    PodGroup apart = group_of(2, 100, 10);
    keep_apart(apart, hostname_label);
    EstimateQuestion question = question_of(node_of(4 * cores, 100, 100), {apart});
    question.cluster.nodes = {node_of(4 * cores, 100, 100)};
    question.cluster.nodes[0].name = "old";
    question.cluster.nodes[0].labels = {{std::string(hostname_label), "old"}, {"topology.kubernetes.io/zone", "b"}};
    question.node_limit = 1;
    EXPECT_EQ(answer(question).scheduled, 1);
    PodGroup spread = group_of(2, 100, 10);
    spread_over(spread, "topology.kubernetes.io/zone");
    question.groups = {spread};
    EXPECT_EQ(answer(question).scheduled, 1);
}

TEST(CaEstimate, DaemonPodsTakeTheirPartOfEachNode) {
    EstimateQuestion question = question_of(node_of(4 * cores, 100, 3), {group_of(4, 1 * cores, 10)});
    question.template_pods = {group_of(1, 1 * cores, 10, "daemon").pod};
    EXPECT_EQ(answer(question).node_count, 2);  // two slots are left on each, and three cores
}

// CA-2: a pod that others make room for is on its node already.
TEST(CaEstimate, NominatedPodsTakeRoomOnOldNodes) {
    PodGroup group = group_of(2, 100, 10);
    spread_over(group, hostname_label);
    EstimateQuestion question = question_of(node_of(4 * cores, 100, 100), {group});
    question.cluster.nodes = {node_of(4 * cores, 100, 1)};
    question.cluster.nodes[0].name = "old";
    question.cluster.nodes[0].labels[std::string(hostname_label)] = "old";
    question.cluster.pods = {group_of(1, 100, 10, "nominated").pod};
    question.cluster.pods[0].nominated_node = "old";
    question.node_limit = 1;
    EXPECT_EQ(answer(question).scheduled, 1);
}

// CA-16: the last group is not packed but multiplied: 3 of 10 a node are 4 nodes, room on earlier nodes used first.
TEST(CaEstimate, TheFastPathMultipliesOneNode) {
    EstimateQuestion question = question_of(node_of(4 * cores, 100, 100), {group_of(11, 1300, 10)});
    question.may_take_fast_path = true;
    EXPECT_EQ(answer(question).node_count, 4);
    EXPECT_EQ(answer(question).scheduled, 11);
    question.node_limit = 2;
    EXPECT_EQ(answer(question).scheduled, 6);
    question.node_limit = no_node_limit;
    question.groups = {group_of(11, 5 * cores, 10)};
    EXPECT_EQ(answer(question).scheduled, 0);
}

// CA-16: the group that saves most goes last, although its pods are the larger; then the small ones open the nodes.
TEST(CaEstimate, TheGroupThatSavesMostGoesLast) {
    EstimateQuestion question =
        question_of(node_of(4 * cores, 100, 100), {group_of(10, 2 * cores, 10, "many"), group_of(1, 100, 10)});
    question.node_limit = 1;
    EXPECT_EQ(answer(question).scheduled_per_group, (std::vector<std::int64_t>{2, 0}));
    question.may_take_fast_path = true;
    // The small pod has opened the only node, and one large pod finds room beside it.
    EXPECT_EQ(answer(question).scheduled_per_group, (std::vector<std::int64_t>{1, 1}));
}

// CA-16: spread constraints and anti-affinity beyond a node keep a group off the fast path, anti-affinity on a node
// counts as a node a pod; equal savings take the last.
TEST(CaEstimate, CoupledGroupsKeepOffTheFastPath) {
    PodGroup spread = group_of(10, 4 * cores, 10, "spread");
    spread_over(spread, hostname_label);
    PodGroup apart = group_of(10, 4 * cores, 10, "apart");
    keep_apart(apart, "topology.kubernetes.io/zone");
    for (const PodGroup& coupled : {spread, apart}) {
        EstimateQuestion question = question_of(node_of(4 * cores, 100, 100), {coupled, group_of(1, 100, 10)});
        question.node_limit = 1;
        question.may_take_fast_path = true;
        EXPECT_EQ(answer(question).scheduled_per_group, (std::vector<std::int64_t>{1, 0}));
    }
    PodGroup alone = group_of(9, 1 * cores, 10, "alone");
    keep_apart(alone, hostname_label);
    // 9 nodes by anti-affinity save 9 - 1; 10 pods on 2 nodes save 10 - 5: `alone` goes last, and nothing is left for
    // it.
    EstimateQuestion question = question_of(node_of(4 * cores, 100, 100), {alone, group_of(10, 800, 10)});
    question.node_limit = 1;
    question.may_take_fast_path = true;
    EXPECT_EQ(answer(question).scheduled_per_group, (std::vector<std::int64_t>{0, 5}));
}

// CA-15
TEST(CaLimiter, TheStrictestThresholdCounts) {
    EXPECT_EQ(strictest({1000, similar_groups_threshold(7), cluster_threshold(100, 80)}), 7);
    EXPECT_EQ(strictest({1000, similar_groups_threshold(70), cluster_threshold(100, 80)}), 20);
    EXPECT_EQ(strictest({1000, similar_groups_threshold(70), cluster_threshold(0, 80)}), 70);
    EXPECT_EQ(strictest({0, 0}), no_node_limit);
    EXPECT_EQ(strictest({1000, similar_groups_threshold(0)}), no_node_allowed);
    EXPECT_EQ(strictest({1000, cluster_threshold(100, 100)}), no_node_allowed);
    NodeLimiter limiter(2);
    EXPECT_TRUE(limiter.permits_node());
    EXPECT_TRUE(limiter.permits_node());
    EXPECT_FALSE(limiter.permits_node());
}

}  // namespace
}  // namespace eks::cluster_autoscaler

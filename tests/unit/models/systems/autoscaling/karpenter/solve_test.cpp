// One provisioning simulation, rule by rule (KARP-5 to KARP-14).
#include "tests/support/karpenter_cluster.hpp"

#include <gtest/gtest.h>

namespace eks::karpenter::testing {
namespace {

using Names = std::vector<std::string>;
using Groups = std::vector<Names>;
using Refused = std::vector<std::pair<std::string, Refusals>>;

PodShape alone(PodShape shape) {
    shape.required_anti_affinity = {term_about(hostname, shape.labels.front().value)};
    return shape;
}

// --- KARP-5

TEST(KarpenterSolve, LargerPodsComeFirstThenOlderOnes) {
    Scene scene;
    scene.add_pods(shape_of("tiny", 100), 1);
    scene.add_pods(shape_of("lean", 500, gibibyte), 2);
    scene.add_pods(shape_of("fat", 500, 2 * gibibyte), 1);
    scene.add_pods(shape_of("big", 900), 1);
    EXPECT_EQ(solved(scene).claims, Groups{(Names{"big-0", "fat-0", "lean-0", "lean-1", "tiny-0"})});
    std::swap(scene.cluster.pods[1].created_us, scene.cluster.pods[2].created_us);
    EXPECT_EQ(solved(scene).claims, Groups{(Names{"big-0", "fat-0", "lean-1", "lean-0", "tiny-0"})});
    scene.cluster.pods[1].created_us = scene.cluster.pods[2].created_us;
    EXPECT_EQ(solved(scene).claims, Groups{(Names{"big-0", "fat-0", "lean-0", "lean-1", "tiny-0"})}) << "by uid";
}

TEST(KarpenterSolve, APodWithoutAPlaceIsTriedAgainAfterTheOthers) {
    Scene scene;
    PodShape follower = shape_of("follower", 1000);
    follower.required_affinity = {term_about(zone, "leader")};
    PodShape leader = shape_of("leader", 100);
    leader.node_selector = {{zone, "b"}};
    scene.add_pods(follower, 1);
    scene.add_pods(leader, 1);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.claims, Groups{(Names{"leader-0", "follower-0"})});
    EXPECT_TRUE(outcome.unplaced.empty());
}

// --- KARP-6

TEST(KarpenterSolve, PreferencesHoldAsLongAsTheyCan) {
    Scene scene;
    PodShape shape = shape_of("web", 100);
    shape.preferred_node_terms = {{1, {{expression(zone, SelectorOperator::in, {"b"})}}}};
    scene.add_pods(shape, 1);
    EXPECT_EQ(solved(scene).zones, Groups{Names{"b"}});
    scene.cluster.settings.respects_preferences = false;
    EXPECT_EQ(solved(scene).zones, Groups{Names{}});
    scene.cluster.settings.respects_preferences = true;
    scene.cluster.shapes[0].preferred_node_terms[0].term.all[0].values = {"nowhere"};
    const Outcome relaxed = solved(scene);
    EXPECT_EQ(relaxed.claims, Groups{Names{"web-0"}});
    EXPECT_EQ(relaxed.zones, Groups{Names{}});
}

// --- KARP-7

TEST(KarpenterSolve, NodesThatHaveComeUpComeFirstThenByName) {
    Scene scene;
    scene.add_node("n0", "medium").node->labels.erase(std::string(initialized_label));
    scene.add_node("n2", "medium");
    scene.add_node("n1", "medium");
    scene.add_pods(shape_of("web", 3000), 4);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.on_nodes, (Groups{{"web-2"}, {"web-1"}, {"web-0"}}));
    EXPECT_EQ(outcome.claims, Groups{Names{"web-3"}});
}

TEST(KarpenterSolve, ClaimsWithFewerPodsComeFirstAndTheOrderOfEqualsStays) {
    Scene scene;
    scene.add_pods(alone(shape_of("a", 1000)), 2);
    scene.add_pods(shape_of("x", 100), 4);
    // x-0 to the first; x-1 to the second, which then stands before the first, as it has caught up; so x-2 goes there.
    EXPECT_EQ(solved(scene).claims, (Groups{{"a-0", "x-0", "x-3"}, {"a-1", "x-1", "x-2"}}));
}

TEST(KarpenterSolve, PoolsAreTriedByWeightThenFromTheEndOfTheAlphabet) {
    Scene scene;
    scene.pool().name = "batch";
    scene.add_pool("general");
    scene.add_pods(shape_of("web", 100), 1);
    EXPECT_EQ(solved(scene).pools, Names{"general"});
    scene.pool().weight = 1;
    EXPECT_EQ(solved(scene).pools, Names{"batch"});
    scene.pool().taints = {taint("dedicated", "batch", TaintEffect::no_schedule)};
    EXPECT_EQ(solved(scene).pools, Names{"general"}) << "the first that can host it";
}

// --- KARP-8

TEST(KarpenterSolve, ANodeThatComesUpHasWhatItsClaimExpects) {
    Scene scene;
    ClusterNode& launched = scene.add_node("n1", "medium");
    launched.node.reset();
    scene.add_pods(shape_of("web", 4000), 2);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.on_nodes, Groups{Names{"web-0"}});
    EXPECT_EQ(outcome.claims, Groups{Names{"web-1"}});
}

TEST(KarpenterSolve, TaintsThatGoAwayBeforeItIsUpKeepNobodyOff) {
    Scene scene;
    ClusterNode& node = scene.add_node("n1", "medium");
    const Taint startup = taint("node.cilium.io/agent-not-ready", "", TaintEffect::no_execute);
    node.node->taints = {startup, taint("node.kubernetes.io/not-ready", "", TaintEffect::no_schedule)};
    node.claim->startup_taints = {startup};
    scene.add_pods(shape_of("web", 100), 1);
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{}}) << "it is up: the taints mean what they say";
    scene.cluster.nodes[0].node->labels.erase(std::string(initialized_label));
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{"web-0"}});
    scene.cluster.nodes[0].node->taints.push_back(taint("mine", "", TaintEffect::no_schedule));
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{}});
}

TEST(KarpenterSolve, ANodeThatIsBeingDeletedIsNoPlace) {
    Scene scene;
    scene.add_node("n1", "medium").claim->is_being_deleted = true;
    scene.add_pods(shape_of("web", 100), 1);
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{}});
}

// --- KARP-9

TEST(KarpenterSolve, AClaimKeepsEveryTypeThatHasRoom) {
    Scene scene;
    scene.add_pods(shape_of("web", 3000), 1);
    EXPECT_EQ(solved(scene).types, (Groups{{"medium", "large"}}));
    scene.add_pods(shape_of("more", 3000), 2);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.claims, (Groups{{"web-0", "more-0"}, {"more-1"}}));
    EXPECT_EQ(outcome.types, (Groups{{"large"}, {"medium", "large"}}));
}

TEST(KarpenterSolve, ATypeNeedsAnOfferingOfTheZoneAndCapacityTypeTogether) {
    Scene scene;
    // Small is there in zone b, and there is spot of it, but no spot in zone b.
    for (Offering& offering : scene.cluster.types[0].offerings) {
        if (offering.zone == "b" && offering.capacity_type == "spot") offering.is_available = false;
    }
    PodShape shape = shape_of("web", 100);
    shape.node_selector = {{zone, "b"}, {std::string(capacity_type_label), "spot"}};
    scene.add_pods(shape, 1);
    EXPECT_EQ(solved(scene).types, (Groups{{"medium", "large"}}));
}

TEST(KarpenterSolve, LabelsOfTheUsersOwnMustBeDefinedByThePool) {
    Scene scene;
    PodShape shape = shape_of("web", 100);
    shape.node_selector = {{"team", "a"}};
    scene.add_pods(shape, 1);
    EXPECT_EQ(solved(scene).unplaced, (Refused{{"web-0", bit(Refusal::requirements)}}));
    scene.pool().labels = {{"team", "a"}};
    EXPECT_EQ(solved(scene).claims, Groups{Names{"web-0"}});
    scene.cluster.shapes[0].node_selector.clear();
    scene.cluster.shapes[0].required_node_terms = {{{expression("team", SelectorOperator::not_in, {"b"})}}};
    scene.pool().labels.clear();
    EXPECT_EQ(solved(scene).claims, Groups{Names{"web-0"}}) << "NotIn holds where there is no such label";
}

TEST(KarpenterSolve, GtAndLtBoundWhatTypesAreLeft) {
    Scene scene;
    PodShape shape = shape_of("web", 100);
    shape.required_node_terms = {{{expression("karpenter.k8s.aws/instance-cpu", SelectorOperator::greater, {"2"})}}};
    scene.add_pods(shape, 1);
    scene.pool().requirements = {
        {expression("karpenter.k8s.aws/instance-cpu", SelectorOperator::less, {"8"}), std::nullopt}};
    EXPECT_EQ(solved(scene).types, (Groups{{"medium"}}));
}

TEST(KarpenterSolve, HostPortsOfAClaimAreTakenOnce) {
    Scene scene;
    PodShape shape = shape_of("web", 100);
    shape.host_ports = {{"TCP", "0.0.0.0", 80}};
    scene.add_pods(shape, 2);
    EXPECT_EQ(solved(scene).claims, (Groups{{"web-0"}, {"web-1"}}));
}

// --- KARP-10

PoolRequirement at_least(std::int64_t values) {
    return {expression(std::string(instance_type_label), SelectorOperator::exists), values};
}

TEST(KarpenterSolve, MinValuesMustBeLeft) {
    Scene scene;
    scene.pool().requirements = {at_least(2)};
    scene.add_pods(shape_of("web", 5000), 1);
    EXPECT_EQ(solved(scene).unplaced, (Refused{{"web-0", bit(Refusal::min_values)}}));
    // Best effort takes what there is, in the heaviest pool.
    scene.cluster.settings.min_values_best_effort = true;
    scene.pool().weight = 1;
    scene.add_pool("light");
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.pools, Names{"default"});
    EXPECT_EQ(outcome.types, (Groups{{"large"}}));
}

TEST(KarpenterSolve, AnOpenClaimIsNeverLowered) {
    Scene scene;
    scene.pool().requirements = {at_least(2)};
    scene.cluster.settings.min_values_best_effort = true;
    scene.add_pods(shape_of("web", 3000), 2);
    EXPECT_EQ(solved(scene).claims, (Groups{{"web-0"}, {"web-1"}}));
}

TEST(KarpenterSolve, APoolThatCannotHaveItsMinValuesIsNone) {
    Scene scene;
    scene.pool().requirements = {at_least(4)};
    scene.add_pods(shape_of("web", 100), 1);
    EXPECT_EQ(solved(scene).unplaced, (Refused{{"web-0", bit(Refusal::no_node_pool)}}));
}

// --- KARP-11

TEST(KarpenterSolve, DaemonSetsTakeTheirShareOfEveryTypeTheyRunOn) {
    Scene scene;
    PodShape agent = shape_of("agent", 1000);
    agent.node_selector = {{"karpenter.k8s.aws/instance-cpu", "2"}};
    scene.cluster.shapes.push_back(agent);
    scene.cluster.daemons = {0};
    scene.add_pods(shape_of("web", 1500), 1);
    EXPECT_EQ(solved(scene).types, (Groups{{"medium", "large"}}));
    scene.cluster.shapes[0].node_selector = {{arch_label, "arm64"}};
    EXPECT_EQ(solved(scene).types, (Groups{{"small", "medium", "large"}}));
}

TEST(KarpenterSolve, TaintsOfThePoolKeepDaemonSetsOffUnlessTheyArePreferences) {
    Scene scene;
    scene.cluster.shapes.push_back(shape_of("agent", 1000));
    scene.cluster.daemons = {0};
    PodShape web = shape_of("web", 1500);
    const Taint hard = taint("dedicated", "x", TaintEffect::no_schedule);
    web.tolerations = {toleration_of(hard)};
    scene.add_pods(web, 1);
    scene.pool().taints = {hard};
    EXPECT_EQ(solved(scene).types, (Groups{{"small", "medium", "large"}}));
    scene.pool().taints = {taint("soft", "x", TaintEffect::prefer_no_schedule)};
    EXPECT_EQ(solved(scene).types, (Groups{{"medium", "large"}}));
}

TEST(KarpenterSolve, OnANodeOnlyWhatDaemonSetsLackIsSetAside) {
    Scene scene;
    scene.add_node("n1", "medium");
    scene.cluster.shapes.push_back(shape_of("agent", 1000));
    scene.cluster.daemons = {0};
    scene.add_pods(shape_of("web", 3500), 1);
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{}}) << "4000m less the 1000m of the DaemonSet";
    scene.cluster.shapes[1].requests["cpu"] = 3000;
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{"web-0"}});
    scene.bind(shape_of("agent", 1000), "n1");
    scene.cluster.pods.back().owner = OwnerKind::daemon_set;
    EXPECT_EQ(solved(scene).on_nodes, Groups{Names{"web-0"}}) << "it is not counted twice";
}

// --- KARP-12

TEST(KarpenterSolve, TheLargestThatAClaimMayBecomeCountsAgainstTheLimit) {
    Scene scene;
    scene.pool().limits = {{"cpu", 10'000}};
    scene.add_pods(alone(shape_of("web", 1500)), 3);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.types, (Groups{{"small", "medium", "large"}, {"small"}})) << "8 of 10 cores, then 2 of 2";
    EXPECT_EQ(outcome.unplaced, (Refused{{"web-2", bit(Refusal::limits)}}));
}

TEST(KarpenterSolve, WhatExistsCountsAgainstTheLimit) {
    Scene scene;
    scene.pool().limits = {{"memory", 40 * gibibyte}};
    scene.add_node("n1", "large");  // 32 GiB
    scene.add_pods(shape_of("web", 8000, gibibyte), 1);
    scene.add_pods(shape_of("more", 1000, gibibyte), 1);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.on_nodes, Groups{Names{"web-0"}});
    EXPECT_EQ(outcome.types, (Groups{{"small"}})) << "8 GiB are left";
}

TEST(KarpenterSolve, ALimitOfNodesCountsOnlyThoseOfBefore) {
    Scene scene;
    scene.add_node("n1", "small");
    scene.pool().limits = {{"nodes", 1}};
    scene.add_pods(alone(shape_of("web", 2000)), 4);
    EXPECT_EQ(solved(scene).unplaced.size(), 3U);
    EXPECT_EQ(solved(scene).unplaced.front().second, bit(Refusal::limits));
    scene.pool().limits = {{"nodes", 2}};
    EXPECT_EQ(solved(scene).claims.size(), 3U) << "one round may overshoot";
}

TEST(KarpenterSolve, LimitsAreLookedAtBeforeTaints) {
    Scene scene;
    scene.pool().limits = {{"cpu", 1000}};
    scene.pool().taints = {taint("dedicated", "x", TaintEffect::no_schedule)};
    const std::vector<Taint> taints = scene.pool().taints;
    scene.add_pool("second").taints = taints;
    scene.add_pods(shape_of("web", 100), 1);
    EXPECT_EQ(solved(scene).unplaced,
              (Refused{{"web-0", static_cast<Refusals>(bit(Refusal::limits) | bit(Refusal::taint))}}));
}

TEST(KarpenterSolve, APodTooLargeForEveryTypeSaysSo) {
    Scene scene;
    scene.add_pods(shape_of("web", 9000), 1);
    EXPECT_EQ(solved(scene).unplaced, (Refused{{"web-0", bit(Refusal::instance_types)}}));
}

// --- KARP-14

TEST(KarpenterSolve, TheCheapestTypesAreKept) {
    Scene scene;
    scene.cluster.types.clear();
    for (std::size_t i = 0; i <= types_kept; ++i) {
        // The dearest stands in the middle.
        const double price = i == types_kept / 2 ? 100 : 1 + 0.01 * static_cast<double>(i);
        scene.cluster.types.push_back(instance_type("t" + std::to_string(i), 4, price));
    }
    scene.add_pods(shape_of("web", 100), 1);
    const Names kept = solved(scene).types.front();
    EXPECT_EQ(kept.size(), types_kept);
    EXPECT_EQ(kept.front(), "t0");
    EXPECT_EQ(std::ranges::count(kept, "t" + std::to_string(types_kept / 2)), 0);
}

}  // namespace
}  // namespace eks::karpenter::testing

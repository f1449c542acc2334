// Where other pods are and may be (KARP-13).
#include "tests/support/karpenter_cluster.hpp"

#include <gtest/gtest.h>

namespace eks::karpenter::testing {
namespace {

using Names = std::vector<std::string>;
using Groups = std::vector<Names>;
using Refused = std::vector<std::pair<std::string, Refusals>>;

PodShape spread(PodShape shape, const char* key, std::int64_t max_skew) {
    shape.spread = {spread_over(key, shape.labels.front().value, max_skew)};
    return shape;
}

TEST(KarpenterTopology, PodsAreSpreadOverAllZonesThatCanBeHad) {
    Scene scene;
    scene.add_pods(spread(shape_of("web", 100), zone, 1), 4);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.zones, (Groups{{"a"}, {"b"}, {"c"}}));
    EXPECT_EQ(outcome.claims, (Groups{{"web-0", "web-3"}, {"web-1"}, {"web-2"}}));
}

TEST(KarpenterTopology, OnlyZonesOfThePoolAreDomains) {
    Scene scene;
    scene.pool().requirements = {{expression(zone, SelectorOperator::in, {"b", "c"}), std::nullopt}};
    scene.add_pods(spread(shape_of("web", 100), zone, 1), 2);
    EXPECT_EQ(solved(scene).zones, (Groups{{"b"}, {"c"}}));
}

TEST(KarpenterTopology, OnHostsTheLeastCountIsAlwaysZero) {
    Scene scene;
    scene.add_node("n1", "large");
    scene.bind(shape_of("web", 100), "n1");
    scene.add_pods(spread(shape_of("web", 100), hostname, 2), 5);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.on_nodes, Groups{Names{"web-0"}}) << "the one that is there makes it two";
    EXPECT_EQ(outcome.claims, (Groups{{"web-1", "web-2"}, {"web-3", "web-4"}}));
}

TEST(KarpenterTopology, BoundPodsCountUnlessTheyEnd) {
    Scene scene;
    scene.add_node("n1", "small");
    scene.bind(shape_of("web", 2000), "n1");
    scene.add_pods(spread(shape_of("web", 1000), zone, 1), 1);
    EXPECT_EQ(solved(scene).zones, Groups{Names{"b"}}) << "a has one, b and c have none";
    scene.cluster.pods.front().is_terminating = true;
    EXPECT_EQ(solved(scene).zones, Groups{Names{"a"}});
}

TEST(KarpenterTopology, TooFewDomainsMakeTheLeastCountZero) {
    Scene scene;
    PodShape shape = spread(shape_of("web", 100), zone, 1);
    shape.spread.front().min_domains = 4;
    scene.add_pods(shape, 4);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.claims.size(), 3U);
    EXPECT_EQ(outcome.unplaced, (Refused{{"web-3", bit(Refusal::topology)}}));
}

TEST(KarpenterTopology, NodesThatThePodDoesNotAcceptDoNotCount) {
    Scene scene;
    scene.add_node("n1", "small").node->labels[arch_label] = "arm64";
    scene.bind(shape_of("web", 2000), "n1");
    PodShape shape = spread(shape_of("web", 1000), zone, 1);
    shape.node_selector = {{arch_label, "amd64"}};
    scene.add_pods(shape, 1);
    EXPECT_EQ(solved(scene).zones, Groups{Names{"a"}});
    scene.cluster.shapes.back().spread.front().honors_affinity = false;
    EXPECT_EQ(solved(scene).zones, Groups{Names{"b"}});
}

TEST(KarpenterTopology, ThoseThatLookForEachOtherBeginSomewhereAndStayTogether) {
    Scene scene;
    PodShape shape = shape_of("web", 3000);
    shape.required_affinity = {term_about(zone, "web")};
    scene.add_pods(shape, 3);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.zones, (Groups{{"a"}, {"a"}}));
    EXPECT_TRUE(outcome.unplaced.empty());
    scene.cluster.shapes[0].required_affinity = {term_about(zone, "nobody")};
    EXPECT_EQ(solved(scene).unplaced.size(), 3U) << "somebody else must be there first";
    EXPECT_EQ(solved(scene).unplaced.front().second, bit(Refusal::topology));
}

TEST(KarpenterTopology, AntiAffinityBlocksEveryZoneThatMayBe) {
    Scene scene;
    PodShape shape = shape_of("web", 100);
    shape.required_anti_affinity = {term_about(zone, "web")};
    scene.add_pods(shape, 2);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.zones, (Groups{{"a", "b", "c"}}));
    EXPECT_EQ(outcome.unplaced, (Refused{{"web-1", bit(Refusal::topology)}}));
}

TEST(KarpenterTopology, AntiAffinityOfPodsThatAreThereHoldsForThoseThatCome) {
    Scene scene;
    scene.add_node("n1", "small");
    PodShape lonely = shape_of("lonely", 100);
    lonely.required_anti_affinity = {term_about(zone, "web")};
    scene.bind(lonely, "n1");
    scene.add_pods(shape_of("web", 100), 1);
    const Outcome outcome = solved(scene);
    EXPECT_EQ(outcome.on_nodes, Groups{Names{}});
    EXPECT_EQ(outcome.zones, (Groups{{"b", "c"}}));
}

// Karpenter looks for domains of affinity only where the pod tolerates the pool, and keeps what it found while the pod
// gives up preferences.
TEST(KarpenterTopology, BehindATaintThereIsNoDomainForAffinity) {
    Scene scene;
    scene.pool().taints = {taint("soft", "x", TaintEffect::prefer_no_schedule)};
    PodShape shape = shape_of("web", 100);
    scene.add_pods(shape, 1);
    EXPECT_EQ(solved(scene).claims, Groups{Names{"web-0"}});
    scene.cluster.shapes[0].required_affinity = {term_about(zone, "web")};
    EXPECT_EQ(solved(scene).unplaced, (Refused{{"web-0", bit(Refusal::topology)}}));
    scene.cluster.shapes[0].tolerations = {toleration_of(scene.pool().taints.front())};
    EXPECT_EQ(solved(scene).claims, Groups{Names{"web-0"}});
}

TEST(KarpenterTopology, OtherNamespacesAreOthers) {
    Scene scene;
    PodShape shape = shape_of("web", 100);
    shape.required_anti_affinity = {term_about(hostname, "web")};
    PodShape elsewhere = shape;
    elsewhere.namespace_name = "elsewhere";
    scene.add_pods(shape, 1);
    scene.add_pods(elsewhere, 1);
    EXPECT_EQ(solved(scene).claims.size(), 1U);
}

}  // namespace
}  // namespace eks::karpenter::testing

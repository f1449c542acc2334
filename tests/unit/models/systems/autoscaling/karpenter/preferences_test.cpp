// KARP-6: what a pod gives up, and in which order.
#include "models/systems/autoscaling/karpenter/preferences.hpp"

#include "tests/support/karpenter_cluster.hpp"

#include <gtest/gtest.h>

namespace eks::karpenter::testing {
namespace {

NodeSelectorTerm in_zone(const std::string& name) { return {{expression(zone, SelectorOperator::in, {name})}}; }

AffinityTerm weighted(const std::string& app, std::int64_t weight) {
    AffinityTerm term = term_about(hostname, app);
    term.weight = weight;
    return term;
}

TEST(KarpenterPreferences, OneThingIsGivenUpAtATimeTheHeaviestFirst) {
    PodShape shape = shape_of("web", 100);
    shape.required_node_terms = {in_zone("a"), in_zone("b")};
    shape.preferred_affinity = {weighted("light", 1), weighted("heavy", 100)};
    shape.preferred_anti_affinity = {weighted("other", 1)};
    shape.preferred_node_terms = {{1, in_zone("a")}, {50, in_zone("b")}};
    shape.spread = {spread_over(zone, "first", 1, false), spread_over(zone, "must", 1, true),
                    spread_over(zone, "last", 1, false)};

    std::vector<std::string> given_up;
    for (std::optional<PodShape> less = relaxed(shape, true); less; less = relaxed(*less, true)) {
        const PodShape& now = *less;
        if (now.required_node_terms.size() != shape.required_node_terms.size())
            given_up.push_back("required term " + shape.required_node_terms.front().all.front().values.front());
        if (now.preferred_affinity.size() != shape.preferred_affinity.size())
            given_up.push_back("affinity, left " + std::to_string(now.preferred_affinity.size()));
        if (now.preferred_anti_affinity.size() != shape.preferred_anti_affinity.size())
            given_up.emplace_back("anti-affinity");
        if (now.preferred_node_terms.size() != shape.preferred_node_terms.size())
            given_up.push_back("node term, left " + std::to_string(now.preferred_node_terms.size()));
        if (now.spread.size() != shape.spread.size())
            given_up.push_back("spread, first is " + now.spread.front().selector.all.front().values.front());
        if (now.tolerations.size() != shape.tolerations.size()) given_up.emplace_back("PreferNoSchedule");
        if (now.preferred_affinity.size() == 1) {
            EXPECT_EQ(now.preferred_affinity.front().weight, 1) << "the heaviest goes first";
        }
        if (now.preferred_node_terms.size() == 1) {
            EXPECT_EQ(now.preferred_node_terms.front().weight, 1) << "the heaviest goes first";
        }
        shape = now;
    }
    const std::vector<std::string> expected{"required term a",       "affinity, left 1",      "affinity, left 0",
                                            "anti-affinity",         "node term, left 1",     "node term, left 0",
                                            "spread, first is last", "spread, first is must", "PreferNoSchedule"};
    EXPECT_EQ(given_up, expected);
    EXPECT_EQ(shape.required_node_terms.size(), 1U) << "the last required term stays";
}

TEST(KarpenterPreferences, TaintsAreGivenInToOnlyWhereAPoolPrefersNoSchedule) {
    const PodShape shape = shape_of("web", 100);
    EXPECT_FALSE(relaxed(shape, false));
    const std::optional<PodShape> less = relaxed(shape, true);
    ASSERT_TRUE(less);
    EXPECT_EQ(less->tolerations, std::vector<Toleration>{prefer_no_schedule_toleration()});
    EXPECT_FALSE(relaxed(*less, true));
}

}  // namespace
}  // namespace eks::karpenter::testing

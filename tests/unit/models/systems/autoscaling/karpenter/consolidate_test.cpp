// Which nodes Karpenter would do without (KARP-41 to KARP-54).
#include "models/systems/autoscaling/karpenter/consolidate.hpp"

#include "tests/support/karpenter_cluster.hpp"

#include <gtest/gtest.h>

namespace eks::karpenter::testing {
namespace {

using Names = std::vector<std::string>;

struct Decision {
    ConsolidationAction action = ConsolidationAction::none;
    Names nodes;
    Names types;
    Names capacity_types;
};

struct Answers {
    Names candidates;
    std::vector<Decision> single;
    Decision multi;
};

Decision decision_of(const Round& round, const Consolidation& consolidation) {
    Decision decision;
    decision.action = consolidation.action;
    for (const NodeIx node : consolidation.nodes) decision.nodes.push_back(round.cluster.nodes[node].node->name);
    if (consolidation.action != ConsolidationAction::replace) return decision;
    for (const TypeIx type : consolidation.replacement.types) decision.types.push_back(round.cluster.types[type].name);
    const KeyIx key = round.types.capacity_type_key();
    if (const Requirement* requirement = consolidation.replacement.requirements.find(key))
        requirement->values.for_each(
            [&](ValueIx value) { decision.capacity_types.push_back(round.words.text(key, value)); });
    return decision;
}

Answers consolidated(const Scene& scene, std::int64_t now_us = 1'000'000'000) {
    const Round round(scene.cluster);
    const Consolidator consolidator(round, now_us);
    Answers answers;
    for (std::size_t i = 0; i < consolidator.candidates().size(); ++i) {
        answers.candidates.push_back(scene.cluster.nodes[consolidator.candidates()[i].node].node->name);
        answers.single.push_back(decision_of(round, consolidator.single(i)));
    }
    answers.multi = decision_of(round, consolidator.multi());
    return answers;
}

// On demand alone.
Scene on_demand() {
    Scene scene;
    scene.pool().requirements = {
        {expression(std::string(capacity_type_label), SelectorOperator::in, {"on-demand"}), std::nullopt}};
    return scene;
}

// --- KARP-44

TEST(KarpenterConsolidate, APodCostsByDeletionCostAndPriorityWithinBounds) {
    Pod pod;
    EXPECT_EQ(eviction_cost(pod), 1);
    pod.deletion_cost = 134'217'728;  // 2^27
    EXPECT_EQ(eviction_cost(pod), 2);
    pod.priority = 33'554'432;  // 2^25
    EXPECT_EQ(eviction_cost(pod), 3);
    pod.priority = 2'000'000'000;
    EXPECT_EQ(eviction_cost(pod), 10);
    pod.deletion_cost = -2'147'483'647;
    pod.priority = -33'554'432;
    EXPECT_EQ(eviction_cost(pod), -10);
}

// --- KARP-41, KARP-42, KARP-45

TEST(KarpenterConsolidate, TheMostSavedByTheLeastMovingComesFirst) {
    Scene scene = on_demand();
    scene.add_node("dear", "large");
    scene.add_node("busy", "large");
    scene.add_node("cheap", "small");
    scene.bind(shape_of("a", 100), "dear", 1);   // 0.4 / 2
    scene.bind(shape_of("b", 100), "busy", 3);   // 0.4 / 4
    scene.bind(shape_of("c", 100), "cheap", 3);  // 0.1 / 4
    EXPECT_EQ(consolidated(scene).candidates, (Names{"dear", "busy", "cheap"}));
}

TEST(KarpenterConsolidate, WhatIsNoCandidate) {
    const auto candidates = [](auto&& change) {
        Scene scene = on_demand();
        scene.add_node("n1", "large");
        scene.bind(shape_of("web", 100), "n1");
        change(scene);
        return consolidated(scene).candidates;
    };
    EXPECT_EQ(candidates([](Scene&) {}), Names{"n1"});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.pods.clear(); }), Names{}) << "empty: that is Emptiness's";
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.pods[0].priority = -33'554'432; }), Names{}) << "worth nothing";
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.pods[0].owner = OwnerKind::daemon_set; }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.pods[0].is_terminating = true; }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.nodes[0].claim.reset(); }), Names{}) << "not managed";
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.nodes[0].claim->is_being_deleted = true; }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.nodes[0].claim->is_consolidatable = false; }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.nodes[0].node->is_not_to_be_disrupted = true; }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.nodes[0].node->labels.erase(zone); }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.nodes[0].node->labels[std::string(instance_type_label)] = "?"; }),
              Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.pool().policy = ConsolidationPolicy::when_empty; }), Names{});
    EXPECT_EQ(candidates([](Scene& s) { s.pool().consolidate_after_us.reset(); }), Names{}) << "Never";
    EXPECT_EQ(candidates([](Scene& s) { s.cluster.pods[0].do_not_disrupt.is_set = true; }), Names{});
}

TEST(KarpenterConsolidate, DoNotDisruptForATimeEnds) {
    Pod pod;
    pod.do_not_disrupt = {true, 60'000'000};
    EXPECT_TRUE(blocks_disruption(pod, 0)) << "not started yet, as far as is known";
    pod.started_us = 0;
    EXPECT_TRUE(blocks_disruption(pod, 59'999'999));
    EXPECT_FALSE(blocks_disruption(pod, 60'000'000));
}

TEST(KarpenterConsolidate, PodsOfAStatefulSetThatEndMustGoElsewhere) {
    Pod pod;
    pod.is_terminating = true;
    EXPECT_FALSE(is_reschedulable(pod));
    pod.owner = OwnerKind::stateful_set;
    EXPECT_TRUE(is_reschedulable(pod));
    pod.owner = OwnerKind::node;
    EXPECT_FALSE(is_reschedulable(pod)) << "a static pod belongs to its node";
}

// --- KARP-51, KARP-52

TEST(KarpenterConsolidate, ANodeWhosePodsFitElsewhereGoes) {
    Scene scene = on_demand();
    scene.add_node("n1", "medium");
    scene.add_node("n2", "medium");
    scene.bind(shape_of("web", 1000), "n1");
    scene.bind(shape_of("api", 1000), "n2");
    const Answers answers = consolidated(scene);
    ASSERT_EQ(answers.candidates, (Names{"n1", "n2"}));
    EXPECT_EQ(answers.single[0].action, ConsolidationAction::remove);
    EXPECT_EQ(answers.single[0].nodes, Names{"n1"});
}

TEST(KarpenterConsolidate, AReplacementMustBeCheaperAtItsWorst) {
    Scene scene = on_demand();
    scene.add_node("n1", "large");
    scene.bind(shape_of("web", 1000), "n1");
    const Decision decision = consolidated(scene).single.at(0);
    EXPECT_EQ(decision.action, ConsolidationAction::replace);
    EXPECT_EQ(decision.types, (Names{"small", "medium"})) << "another large costs 0.402 in zone c";
    EXPECT_EQ(decision.capacity_types, Names{"on-demand"});
}

TEST(KarpenterConsolidate, AReplacementThatMayBeSpotMustBeSpot) {
    Scene scene;
    scene.add_node("n1", "large");
    scene.bind(shape_of("web", 1000), "n1");
    const Decision decision = consolidated(scene).single.at(0);
    EXPECT_EQ(decision.types, (Names{"small", "medium", "large"}));
    EXPECT_EQ(decision.capacity_types, Names{"spot"});
}

TEST(KarpenterConsolidate, NothingIsDoneWhereTwoNodesWouldBeNeeded) {
    Scene scene = on_demand();
    scene.add_node("n1", "large");
    PodShape shape = shape_of("web", 100);
    shape.required_anti_affinity = {term_about(hostname, "web")};
    scene.bind(shape, "n1", 2);
    EXPECT_EQ(consolidated(scene).single.at(0).action, ConsolidationAction::none);
}

TEST(KarpenterConsolidate, MinValuesMustBeLeftOfTheReplacement) {
    Scene scene = on_demand();
    scene.pool().requirements.push_back({expression(std::string(instance_type_label), SelectorOperator::exists), 3});
    scene.add_node("n1", "large");
    scene.bind(shape_of("web", 1000), "n1");
    EXPECT_EQ(consolidated(scene).single.at(0).action, ConsolidationAction::none);
}

TEST(KarpenterConsolidate, AnUninitialisedNodeIsNoSafePlace) {
    Scene scene = on_demand();
    scene.add_node("n1", "large");
    scene.bind(shape_of("web", 1000), "n1");
    scene.add_node("n2", "large").node->labels.erase(std::string(initialized_label));
    EXPECT_EQ(consolidated(scene).single.at(0).action, ConsolidationAction::none);
}

TEST(KarpenterConsolidate, PodsDoNotMoveToANodeThatIsItselfUnsettled) {
    Scene scene = on_demand();
    scene.pool().consolidate_after_us = 60'000'000;
    scene.add_node("n1", "large");
    scene.add_node("n2", "large").claim->last_pod_event_us = 90'000'000;
    scene.bind(shape_of("web", 1000), "n1");
    EXPECT_EQ(consolidated(scene, 149'999'999).single.at(0).action, ConsolidationAction::replace);
    EXPECT_EQ(consolidated(scene, 150'000'000).single.at(0).action, ConsolidationAction::remove);
}

TEST(KarpenterConsolidate, PodsThatWaitAnywayMayGoOnWaiting) {
    Scene scene = on_demand();
    scene.add_node("n1", "medium");
    scene.add_node("n2", "medium");
    scene.bind(shape_of("web", 1000), "n1");
    scene.add_pods(shape_of("huge", 90'000), 1);
    EXPECT_EQ(consolidated(scene).single.at(0).action, ConsolidationAction::remove);
}

// --- KARP-53

Scene spot_node(int cheaper_types) {
    Scene scene;
    for (int i = 0; i < cheaper_types; ++i)
        scene.cluster.types.push_back(instance_type("t" + std::to_string(10 + i), 2, 0.2 + 0.01 * i));
    scene.cluster.types.erase(scene.cluster.types.begin(), scene.cluster.types.begin() + 2);  // large is left
    scene.cluster.types.front().offerings[1].price = 1;                                       // as spot in zone a
    scene.add_node("n1", "large").node->labels[std::string(capacity_type_label)] = "spot";
    scene.bind(shape_of("web", 1000), "n1");
    scene.cluster.settings.spot_to_spot = true;
    return scene;
}

TEST(KarpenterConsolidate, SpotForSpotNeedsFifteenThatAreCheaper) {
    EXPECT_EQ(consolidated(spot_node(14)).single.at(0).action, ConsolidationAction::none);
    const Decision decision = consolidated(spot_node(20)).single.at(0);
    EXPECT_EQ(decision.action, ConsolidationAction::replace);
    ASSERT_EQ(decision.types.size(), 15U);
    EXPECT_EQ(decision.types.front(), "t10");
    EXPECT_EQ(decision.types.back(), "t24");
    EXPECT_EQ(decision.capacity_types, Names{"spot"});
    Scene without_gate = spot_node(20);
    without_gate.cluster.settings.spot_to_spot = false;
    EXPECT_EQ(consolidated(without_gate).single.at(0).action, ConsolidationAction::none);
}

TEST(KarpenterConsolidate, ManyTypesAreKeptForMinValues) {
    Scene scene = spot_node(20);
    scene.pool().requirements = {{expression(std::string(instance_type_label), SelectorOperator::exists), 18}};
    EXPECT_EQ(consolidated(scene).single.at(0).types.size(), 18U);
}

// --- KARP-54

TEST(KarpenterConsolidate, SeveralGoForOneThatIsCheaperThanTheCheapestOfItsType) {
    Scene scene = on_demand();
    scene.add_node("n1", "medium");
    scene.add_node("n2", "medium");
    scene.bind(shape_of("web", 1000), "n1");
    scene.bind(shape_of("api", 1000), "n2");
    const Decision decision = consolidated(scene).multi;
    EXPECT_EQ(decision.action, ConsolidationAction::replace);
    EXPECT_EQ(decision.nodes, (Names{"n1", "n2"}));
    EXPECT_EQ(decision.types, Names{"small"}) << "a medium would be one of the two kept";
}

TEST(KarpenterConsolidate, TheSearchTakesAsManyAsGoTogether) {
    Scene scene = on_demand();
    for (const char* name : {"n1", "n2", "n3", "n4"}) {
        scene.add_node(name, "medium");
        scene.bind(shape_of("web", 1000), name);
    }
    // Room for three pods beside, none to be moved: full, but for what they need.
    scene.add_node("rest", "large");
    scene.bind(shape_of("full", 5000), "rest");
    scene.cluster.pods.back().do_not_disrupt.is_set = true;
    const Decision three = consolidated(scene).multi;
    // All four: three go to the rest, the fourth needs a node, which costs less than four do.
    EXPECT_EQ(three.action, ConsolidationAction::replace);
    EXPECT_EQ(three.nodes.size(), 4U);
    scene.pool().limits = {{"cpu", 1000}};
    const Decision removed = consolidated(scene).multi;
    EXPECT_EQ(removed.action, ConsolidationAction::remove) << "nothing can be bought: the first three go";
    EXPECT_EQ(removed.nodes, (Names{"n1", "n2", "n3"}));
}

TEST(KarpenterConsolidate, OneAloneIsNotForMany) {
    Scene scene = on_demand();
    scene.add_node("n1", "large");
    scene.bind(shape_of("web", 1000), "n1");
    EXPECT_EQ(consolidated(scene).multi.action, ConsolidationAction::none);
}

}  // namespace
}  // namespace eks::karpenter::testing

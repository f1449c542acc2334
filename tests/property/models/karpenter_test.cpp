// Karpenter's fast ways against slow and obvious ones: requirements as bit sets against values tried one by one, the
// order of claims against a sort, and what claims may become against all types looked at anew.
#include "models/systems/autoscaling/karpenter/consolidate.hpp"
#include "models/systems/autoscaling/karpenter/open_claims.hpp"
#include "tests/support/karpenter_cluster.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace eks::karpenter::testing {
namespace {

class Draws {
  public:
    explicit Draws(std::uint64_t seed) : bits_(seed) {}
    std::size_t below(std::size_t n) { return bits_() % n; }
    bool one_in(std::size_t n) { return below(n) == 0; }

  private:
    std::mt19937_64 bits_;
};

// --- requirements

constexpr int least_value = -2;
constexpr int values = 9;  // the last of them is named by nobody

SelectorRequirement random_expression(Draws& draw) {
    constexpr SelectorOperator operators[] = {SelectorOperator::in,      SelectorOperator::not_in,
                                              SelectorOperator::exists,  SelectorOperator::does_not_exist,
                                              SelectorOperator::greater, SelectorOperator::less};
    SelectorRequirement e{"size", operators[draw.below(6)], {}, false};
    const bool is_bound = e.op == SelectorOperator::greater || e.op == SelectorOperator::less;
    const bool is_list = e.op == SelectorOperator::in || e.op == SelectorOperator::not_in;
    const std::size_t count = is_bound ? 1 : is_list ? 1 + draw.below(4) : 0;
    for (std::size_t i = 0; i < count; ++i)
        e.values.push_back(std::to_string(least_value + static_cast<int>(draw.below(values - 1))));
    return e;
}

bool holds(const SelectorRequirement& e, int value) {
    const bool is_listed = std::ranges::find(e.values, std::to_string(value)) != e.values.end();
    switch (e.op) {
        case SelectorOperator::in: return is_listed;
        case SelectorOperator::not_in: return !is_listed;
        case SelectorOperator::exists: return true;
        case SelectorOperator::does_not_exist: return false;
        case SelectorOperator::greater: return value > std::stoi(e.values.front());
        case SelectorOperator::less: break;
    }
    return value < std::stoi(e.values.front());
}

TEST(KarpenterProperties, RequirementsAreTheSetsOfValuesThatMeetThem) {
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        Draws draw(seed);
        Vocabulary words;
        const KeyIx key = words.add("size");
        for (int value = least_value; value < least_value + values; ++value) words.add(key, std::to_string(value));
        std::vector<SelectorRequirement> expressions;
        Requirements together;
        for (std::size_t left = 1 + draw.below(4); left > 0; --left) {
            expressions.push_back(random_expression(draw));
            add_expression(words, together, expressions.back());
        }
        const SelectorRequirement last = random_expression(draw);
        Requirements other;
        add_expression(words, other, last);
        bool meet = false;
        for (int value = least_value; value < least_value + values; ++value) {
            const bool all = std::ranges::all_of(expressions, [&](const auto& e) { return holds(e, value); });
            const ValueIx ix = *words.find(key, std::to_string(value));
            ASSERT_EQ(allows(*together.find(key), ix, words.numbers(key)), all) << "seed " << seed;
            meet = meet || (all && holds(last, value));
        }
        // Of two complements numbers that nobody names may be in both.
        const bool is_exact = !together.find(key)->is_complement || !other.find(key)->is_complement;
        const bool found = intersects(*together.find(key), *other.find(key), words.numbers(key));
        ASSERT_TRUE(found == meet || (!is_exact && found)) << "seed " << seed;
    }
}

// --- the order of claims

TEST(KarpenterProperties, ClaimsStandAsIfSortedAnewForEachPod) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Draws draw(seed);
        ClaimOrder fast;
        std::vector<std::pair<std::size_t, std::uint32_t>> slow;  // pods, claim
        for (int step = 0; step < 120; ++step) {
            std::ranges::stable_sort(slow, {}, [](const auto& entry) { return entry.first; });
            ASSERT_TRUE(std::ranges::equal(fast.claims(), slow, {}, {}, [](const auto& e) { return e.second; }))
                << "seed " << seed << ", step " << step;
            if (slow.empty() || draw.one_in(3)) {
                fast.add(static_cast<std::uint32_t>(slow.size()));
                slow.emplace_back(1, static_cast<std::uint32_t>(slow.size()));
            } else {
                const std::size_t rank = draw.below(slow.size());
                fast.add_pod(rank);
                ++slow[rank].first;
            }
        }
    }
}

// --- whole rounds

Scene random_scene(Draws& draw) {
    Scene scene;
    scene.cluster.types.clear();
    const std::size_t types = 3 + draw.below(70);
    for (std::size_t i = 0; i < types; ++i) {
        InstanceType type = instance_type("t" + std::to_string(i), static_cast<std::int64_t>(1 + draw.below(16)), 0.1);
        type.labels[arch_label] = {draw.one_in(3) ? "arm64" : "amd64"};
        type.overhead = {{"cpu", 100}};
        for (Offering& offering : type.offerings) offering.is_available = !draw.one_in(4);
        scene.cluster.types.push_back(std::move(type));
    }
    if (draw.one_in(2)) scene.pool().requirements = {{expression(zone, SelectorOperator::not_in, {"c"}), std::nullopt}};
    if (draw.one_in(3)) scene.pool().limits = {{"cpu", 40'000}};
    for (int app = 0; app < 5; ++app) {
        const std::string name(1, static_cast<char>('p' + app));
        PodShape shape = shape_of(name, static_cast<Millicores>(100 + 700 * draw.below(6)));
        if (draw.one_in(4)) shape.node_selector[zone] = draw.one_in(2) ? "a" : "b";
        if (draw.one_in(5)) shape.node_selector[arch_label] = "arm64";
        if (draw.one_in(3)) shape.spread = {spread_over(draw.one_in(2) ? zone : hostname, name, 1, !draw.one_in(3))};
        if (draw.one_in(4)) shape.required_anti_affinity = {term_about(hostname, name)};
        if (draw.one_in(6)) shape.required_affinity = {term_about(zone, name)};
        scene.add_pods(shape, static_cast<int>(1 + draw.below(8)));
    }
    return scene;
}

bool is_met_by(const Requirement* requirement, const Round& round, KeyIx key, const std::string& value) {
    const auto ix = round.words.find(key, value);
    return requirement == nullptr || (ix && allows(*requirement, *ix, round.words.numbers(key)));
}

// By the final requirements and sizes, as KARP-9 reads.
bool may_become(const Round& round, const NewClaim& claim, const InstanceType& type) {
    Millicores cpu = 0;
    Bytes memory = 0;
    for (const PodIx pod : claim.pods) {
        cpu += round.cluster.shapes[round.cluster.pods[pod].shape].requests.at("cpu");
        memory += round.cluster.shapes[round.cluster.pods[pod].shape].requests.at("memory");
    }
    if (cpu > type.capacity.at("cpu") - 100 || memory > type.capacity.at("memory")) return false;
    for (const auto& [key, requirement] : claim.requirements) {
        const auto label = type.labels.find(round.words.name(key));
        if (label != type.labels.end() && !is_met_by(&requirement, round, key, label->second.front())) return false;
    }
    return std::ranges::any_of(type.offerings, [&](const Offering& offering) {
        const KeyIx zones = round.types.zone_key();
        const KeyIx capacity_types = round.types.capacity_type_key();
        return offering.is_available && is_met_by(claim.requirements.find(zones), round, zones, offering.zone) &&
               is_met_by(claim.requirements.find(capacity_types), round, capacity_types, offering.capacity_type);
    });
}

TEST(KarpenterProperties, AClaimHasJustTheTypesThatItMayBecome) {
    std::size_t claims = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Draws draw(seed);
        Scene scene = random_scene(draw);
        // A limit takes types away when a claim is opened, which its requirements do not show.
        scene.pool().limits.clear();
        const Round round(scene.cluster);
        const Solution solution = solve(round, WhatIf::all_waiting(round));
        std::size_t placed = 0;
        for (const NewClaim& claim : solution.claims) {
            ++claims;
            placed += claim.pods.size();
            for (TypeIx type = 0; type < scene.cluster.types.size(); ++type) {
                ASSERT_EQ(std::ranges::count(claim.types, type),
                          may_become(round, claim, scene.cluster.types[type]) ? 1 : 0)
                    << "seed " << seed << ", " << scene.cluster.types[type].name;
            }
        }
        ASSERT_EQ(placed + solution.unplaced.size(), scene.cluster.pods.size()) << "seed " << seed;
    }
    EXPECT_GT(claims, 400U);
}

TEST(KarpenterProperties, TheOrderOfTheListsHasNoMeaning) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Draws draw(seed);
        Scene scene = random_scene(draw);
        const Outcome before = solved(scene);
        std::ranges::reverse(scene.cluster.pods);
        const Outcome after = solved(scene);
        ASSERT_EQ(before.claims, after.claims) << "seed " << seed;
        ASSERT_EQ(before.zones, after.zones) << "seed " << seed;
        ASSERT_EQ(before.unplaced.size(), after.unplaced.size()) << "seed " << seed;
    }
}

TEST(KarpenterProperties, PodsThatAreInOrderAlreadyArePlacedAsThoseThatAreNot) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Draws draw(seed);
        Scene scene = random_scene(draw);
        for (Pod& pod : scene.cluster.pods) pod.created_us = static_cast<std::int64_t>(draw.below(5));
        const Round round(scene.cluster);
        WhatIf what_if = WhatIf::all_waiting(round);
        const Solution plain = solve(round, what_if);
        // As many of the first as a what-if would have that adds pods of nodes to those that wait.
        std::vector<PodIx> first(what_if.pods.begin(),
                                 what_if.pods.begin() + static_cast<std::ptrdiff_t>(draw.below(what_if.pods.size())));
        first = in_order_of_size(round, std::move(first));
        what_if.first_in_order = &first;
        const Solution merged = solve(round, what_if);
        ASSERT_EQ(plain.claims.size(), merged.claims.size()) << "seed " << seed;
        for (std::size_t i = 0; i < plain.claims.size(); ++i)
            ASSERT_EQ(plain.claims[i].pods, merged.claims[i].pods) << "seed " << seed;
        ASSERT_EQ(plain.unplaced.size(), merged.unplaced.size()) << "seed " << seed;
        for (std::size_t i = 0; i < plain.unplaced.size(); ++i)
            ASSERT_EQ(plain.unplaced[i].pod, merged.unplaced[i].pod) << "seed " << seed;
    }
}

// --- consolidation

// Nodes that are more or less full, on demand, of types whose prices follow no rule.
Scene random_cluster(Draws& draw) {
    Scene scene;
    scene.cluster.types.clear();
    for (int i = 0; i < 3; ++i)
        scene.cluster.types.push_back(instance_type("t" + std::to_string(i),
                                                    static_cast<std::int64_t>(2 + draw.below(4)),
                                                    0.05 * static_cast<double>(1 + draw.below(8))));
    scene.pool().requirements = {
        {expression(std::string(capacity_type_label), SelectorOperator::in, {"on-demand"}), std::nullopt}};
    const std::size_t nodes = 2 + draw.below(24);
    for (std::size_t n = 0; n < nodes; ++n) {
        const std::string name = "n" + std::to_string(n);
        ClusterNode& node =
            scene.add_node(name, "t" + std::to_string(draw.below(3)), "default", draw.one_in(2) ? "a" : "b");
        if (draw.one_in(6)) node.node->labels.erase(std::string(initialized_label));  // it is still coming up
        const std::size_t pods = draw.below(4);
        for (std::size_t p = 0; p < pods; ++p)
            scene.bind(shape_of("x", static_cast<Millicores>(500 * (1 + draw.below(4)))), name);
    }
    if (draw.one_in(3)) scene.add_pods(shape_of("w", static_cast<Millicores>(500 * (1 + draw.below(6)))), 2);
    // Pods of one size are alike.
    for (Pod& pod : scene.cluster.pods) {
        const auto same =
            std::ranges::find(scene.cluster.shapes, scene.cluster.shapes[pod.shape].requests, &PodShape::requests);
        pod.shape = static_cast<ShapeIx>(same - scene.cluster.shapes.begin());
    }
    return scene;
}

// As KARP-52 reads, of what goes where when the node is not there.
ConsolidationAction by_the_rule(const Round& round, const Consolidator& consolidator, std::size_t candidate) {
    const auto solution = consolidator.without({candidate});
    if (!solution || solution->claims.size() > 1) return ConsolidationAction::none;
    if (solution->claims.empty()) return ConsolidationAction::remove;
    const NewClaim& claim = solution->claims.front();
    const double price = consolidator.candidates()[candidate].price;
    const bool has_cheaper = std::ranges::any_of(claim.types, [&](TypeIx type) {
        double dearest = 0;
        for (const TypeOffering& offering : round.types.offerings(type)) {
            if (offering.is_available && round.types.is_compatible(round.words, offering, claim.requirements))
                dearest = std::max(dearest, offering.price);
        }
        return dearest < price;
    });
    return has_cheaper ? ConsolidationAction::replace : ConsolidationAction::none;
}

TEST(KarpenterProperties, WhatIsNotTriedWouldHaveComeToNothing) {
    std::size_t told_apart = 0;
    std::size_t alike = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        Draws draw(seed);
        const Scene scene = random_cluster(draw);
        const Round round(scene.cluster);
        const Consolidator consolidator(round, 0);
        std::map<std::vector<std::int64_t>, ConsolidationAction> of_class;
        for (std::size_t i = 0; i < consolidator.candidates().size(); ++i) {
            const ConsolidationAction action = consolidator.single(i).action;
            ASSERT_EQ(action, by_the_rule(round, consolidator, i)) << "seed " << seed << ", candidate " << i;
            told_apart += action == ConsolidationAction::none ? 0U : 1U;
            const auto like = consolidator.class_of(i);
            if (!like) continue;
            const auto [known, is_new] = of_class.try_emplace(*like, action);
            alike += is_new ? 0U : 1U;
            ASSERT_EQ(known->second, action) << "seed " << seed << ", candidate " << i;
        }
    }
    // The clusters are such that both happens.
    EXPECT_GT(told_apart, 100U);
    EXPECT_GT(alike, 10U);
}

}  // namespace
}  // namespace eks::karpenter::testing

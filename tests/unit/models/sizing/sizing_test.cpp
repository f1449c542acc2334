#include "models/sizing/sizing.hpp"

#include "models/report/size_json.hpp"
#include "models/sizing/fleet_cost.hpp"
#include "models/sizing/recommendation.hpp"
#include "tests/support/sizing_cluster.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace eks::sizing {
namespace {

using sizing_test::deployment;
using sizing_test::only;

Wishes of_types(std::vector<std::string> types) {
    Wishes wishes;
    wishes.types = std::move(types);
    wishes.simulate = false;
    return wishes;
}

Sizing sized(const LoadOptions& options, const Wishes& wishes) {
    auto sizing = size_scenario(scenario_test::small_scenario, options, wishes);
    if (!sizing) throw std::runtime_error(scenario_test::listed(sizing.error()));
    return std::move(*sizing);
}

std::string refusal(const LoadOptions& options, const Wishes& wishes) {
    const auto sizing = size_scenario(scenario_test::small_scenario, options, wishes);
    return sizing ? std::string() : scenario_test::listed(sizing.error());
}

// By hand: an m5.large has 1930 millicores and 6932 MiB for pods (rules as in the density test), of which aws-node and
// kube-proxy take 125; three pods of half a core fit and four do not. CoreDNS has two pods of 100 millicores.
TEST(Sizing, OfOneTypeIsWhatIsWorkedOutByHand) {
    const Sizing sizing =
        sized(only({deployment("web", 8, R"({"cpu":"550m","memory":"1Gi"})")}), of_types({"m5.large"}));
    ASSERT_EQ(sizing.of_one_type.size(), 1U);
    // 1805 millicores hold three of 550 and one of CoreDNS.
    EXPECT_EQ(sizing.of_one_type.front().nodes(), 3);
    const double price =
        3 * (0.115 + 80 * 0.08 / 730);  // eu-central-1, with eksctl's volume of 80 GiB (AWS-90, AWS-120)
    EXPECT_NEAR(sizing.of_one_type.front().usd_per_hour, price, 1e-4);
    EXPECT_LE(sizing.of_one_type.front().lower_bound_usd_per_hour, sizing.of_one_type.front().usd_per_hour + 1e-12);
}

TEST(Sizing, EveryFleetHoldsItsMixAndCostsNoLessThanItsBound) {
    std::vector<std::string> objects;
    for (int i = 0; i < 12; ++i)
        objects.push_back(
            deployment(fmt::format("w{}", i), 3 + i % 5,
                       fmt::format(R"({{"cpu":"{}m","memory":"{}Mi"}})", 100 + 130 * i, 200 + 900 * (i % 4))));
    Wishes wishes;
    wishes.families = {"m7g", "c7g", "r7g", "m5"};
    wishes.simulate = false;
    wishes.top = 8;
    const Sizing sizing = sized(only(objects), wishes);
    ASSERT_GE(sizing.judging.fleets.size(), 3U);
    double before = 0.0;
    for (const JudgedFleet& judged : sizing.judging.fleets) {
        EXPECT_GE(judged.usd_per_hour, before);  // cheapest first
        before = judged.usd_per_hour;
        EXPECT_GE(judged.fleet.usd_per_hour, judged.fleet.lower_bound_usd_per_hour - 1e-9);
        if (judged.fleet.kind != FleetKind::homogeneous) continue;
        EXPECT_TRUE(holds(judged.fleet.plan.fleet, sizing.problems.front().mix));
    }
    // No fleet of one type is cheaper than what holds for all fleets.
    const auto mixed = cheapest_mixed(sizing.problems.front(), {}, 1);
    ASSERT_TRUE(mixed.has_value());
    EXPECT_LE(mixed->lower_bound_usd_per_hour, sizing.of_one_type.front().usd_per_hour + 1e-9);
    EXPECT_LE(mixed->usd_per_hour, sizing.of_one_type.front().usd_per_hour + 1e-9);
}

// Two zones: each has to hold everything, so that twice the nodes stand there.
TEST(Sizing, WithTwoZonesTheLossOfOneIsSurvivedByTwoWholeFleets) {
    const LoadOptions options = only({deployment("web", 8, R"({"cpu":"550m","memory":"1Gi"})")});
    Wishes wishes = of_types({"m5.large"});
    const std::int64_t alone = sized(options, wishes).of_one_type.front().nodes();
    wishes.survive_zone_loss = true;
    const Sizing sizing = sized(options, wishes);
    EXPECT_EQ(sizing.of_one_type.front().nodes(), 2 * alone);
    EXPECT_EQ(sizing.problems.front().copies, 2);
}

// Six pods that keep each other off their nodes need as many nodes as there are in any two of three zones: replicas are
// rounded up in each zone, so that 6 / 2 = 3 of them stand in each.
TEST(Sizing, ReplicasAreDividedOverTheZonesThatAreLeft) {
    const std::string port = R"(,"ports":[{"containerPort":80,"hostPort":8080}])";
    Wishes wishes = of_types({"m5.2xlarge"});
    wishes.survive_zone_loss = true;
    const auto nodes_for = [&](int replicas) {
        LoadOptions options = only({deployment("web", replicas, R"({"cpu":"100m"})", "", port)});
        options.set.emplace_back("cluster.vpc", "{}");
        options.set.emplace_back("cluster.availabilityZones", R"(["eu-central-1a","eu-central-1b","eu-central-1c"])");
        return sized(options, wishes).of_one_type.front().nodes();
    };
    EXPECT_EQ(nodes_for(6), 9);
    EXPECT_EQ(nodes_for(7), 12);
}

TEST(Sizing, HeadroomIsLeftFreeOnEveryNode) {
    Wishes wishes = of_types({"m5.xlarge"});
    const LoadOptions options = only({deployment("web", 10, R"({"cpu":"1"})")});
    const auto room = [&] {
        return of(sized(options, wishes).problems.front().mix.types.front().room, Room::cpu_milli);
    };
    const std::int64_t whole = room();
    wishes.headroom = 0.25;
    EXPECT_EQ(room(), whole * 3 / 4);
}

TEST(Sizing, BoundsOnTheNumberOfNodesHold) {
    std::vector<std::string> objects{deployment("web", 40, R"({"cpu":"900m","memory":"2Gi"})")};
    Wishes wishes;
    wishes.families = {"m5"};
    wishes.simulate = false;
    const std::int64_t free = sized(only(objects), wishes).judging.fleets.front().nodes();
    ASSERT_GT(free, 1);
    const std::int64_t most = free - 1;
    wishes.nodes_max = most;
    const Sizing few = sized(only(objects), wishes);
    for (const JudgedFleet& fleet : few.judging.fleets) {
        EXPECT_LE(fleet.nodes(), most);
        EXPECT_GE(fleet.usd_per_hour, fleet.fleet.lower_bound_usd_per_hour - 1e-9);
    }
    wishes.nodes_max.reset();
    wishes.nodes_min = free + 5;
    for (const JudgedFleet& fleet : sized(only(objects), wishes).judging.fleets) EXPECT_GE(fleet.nodes(), free + 5);
}

TEST(Sizing, TooFewNodesAreRefusedWithTheNumberThatItTakes) {
    // An m5.large has 1805 millicores for pods (above). 40 pods of 900 and two of CoreDNS of 100 are 36,200 millicores,
    // of which a node holds at most 1,800 in whole hundreds: 21 nodes.
    Wishes wishes = of_types({"m5.large"});
    wishes.nodes_max = 20;
    const LoadOptions options = only({deployment("web", 40, R"({"cpu":"900m"})")});
    const std::string why = refusal(options, wishes);
    EXPECT_NE(why.find("their CPU takes at least 21 nodes"), std::string::npos) << why;
    EXPECT_NE(why.find("allow 21 nodes or more"), std::string::npos) << why;
    wishes.nodes_max = 22;
    EXPECT_EQ(refusal(options, wishes), "");
}

// AWS-24: a t3.medium keeps up 20 % of each of its two vCPUs, which is what a packing may count on.
TEST(Sizing, BurstableTypesCountWithTheirBaseline) {
    const Sizing sizing = sized(only({deployment("web", 2, R"({"cpu":"100m"})")}), of_types({"t3.medium"}));
    EXPECT_EQ(of(sizing.problems.front().mix.types.front().room, Room::cpu_milli), 400);
}

TEST(Sizing, WhoPaysSumsToThePrice) {
    const Sizing sizing = sized(only({deployment("web", 9, R"({"cpu":"700m","memory":"3Gi"})"),
                                      deployment("api", 4, R"({"cpu":"200m","memory":"5Gi"})")}),
                                of_types({"m5.xlarge", "r5.large"}));
    for (const JudgedFleet& judged : sizing.judging.fleets) {
        const FleetCost cost = cost_of_fleet(judged.fleet, judged.nodes_of_group, sizing.supply, sizing.demand);
        double sum = cost.daemon_sets_usd_per_hour + cost.system_usd_per_hour + cost.idle_usd_per_hour;
        for (const double usd : cost.of_workload_usd_per_hour) {
            EXPECT_GT(usd, 0.0);
            sum += usd;
        }
        EXPECT_NEAR(sum, judged.usd_per_hour, 1e-9);
        EXPECT_GE(cost.idle_usd_per_hour, 0.0);
    }
}

TEST(Sizing, WhatNoTypeHoldsIsNamedAndLeftOut) {
    const Sizing sizing =
        sized(only({deployment("web", 2, R"({"cpu":"100m"})"), deployment("ai", 1, R"({"nvidia.com/gpu":"8"})"),
                    deployment("lost", 1, "{}", R"(,"nodeSelector":{"disk":"fast"})")}),
              of_types({"m5.large"}));
    ASSERT_EQ(sizing.problems.front().misfits.size(), 2U);
    EXPECT_NE(sizing.problems.front().misfits[0].why.find("gpus"), std::string::npos);
    EXPECT_NE(sizing.problems.front().misfits[1].why.find("node selector"), std::string::npos);
    EXPECT_EQ(sizing.judging.fleets.front().nodes(), 1);
}

TEST(Sizing, NodeSelectorsChooseTypes) {
    Wishes wishes;
    wishes.families = {"m7g", "m5"};
    wishes.simulate = false;
    const Sizing sizing = sized(
        only({deployment("web", 2, R"({"cpu":"100m"})", R"(,"nodeSelector":{"kubernetes.io/arch":"amd64"})")}), wishes);
    for (const PlannedFleet& fleet : sizing.of_one_type)
        EXPECT_EQ(family_of(sizing.supply.offers[fleet.groups.front().offer].instance_type), "m5");
}

TEST(Sizing, WrongWishesAreRefusedWithANearMiss) {
    const LoadOptions options = only({deployment("web", 2, "{}")});
    EXPECT_NE(refusal(options, of_types({"m5.lrage"})).find("did you mean m5.large"), std::string::npos);
    Wishes wishes;
    wishes.families = {"m7q"};
    EXPECT_NE(refusal(options, wishes).find("EKS301"), std::string::npos);
    wishes.families = {"p5"};
    wishes.architectures = {Architecture::arm64};
    EXPECT_NE(refusal(options, wishes).find("allow more"), std::string::npos);
    EXPECT_NE(refusal(only({}), of_types({"m5.large"})), "no");
}

// A fleet of one node cannot lose it, and one of many small ones has pods to place: what the simulation finds is the
// same whatever the number of threads.
TEST(Sizing, TheAnswerDoesNotDependOnThreads) {
    const LoadOptions options =
        only({deployment("web", 12, R"({"cpu":"700m","memory":"1Gi"})")},
             {{"behaviour", R"([{"for":"Deployment/shop/web","ready":{"lognormal":{"p50":"4s","p95":"9s"}}}])"},
              {"timeline", R"([{"at":"20m","scale":"Deployment/shop/web","replicas":6},
                                                       {"at":"30m","scale":"Deployment/shop/web","replicas":12}])"}});
    Wishes wishes = of_types({"m5.large", "m5.xlarge", "c5.xlarge"});
    wishes.simulate = true;
    wishes.top = 3;
    wishes.replications = {3, 6};
    const Sizing alone = sized(options, wishes);
    wishes.jobs = 3;
    const Sizing together = sized(options, wishes);
    EXPECT_EQ(to_json(alone), to_json(together));
    EXPECT_NE(alone.recommended(), nullptr) << sentence_of(alone);
}

// IPAM-27, IPAM-28: an address rests for 30 s after its pod. Forty Jobs a minute, of 28 s each, are forty pods for a
// packing; in time each of them blocks its address beyond the next minute, so that nodes with an address for each pod
// are too few.
TEST(Sizing, SimulationReversesThePackingWhereAddressesCool) {
    std::vector<std::string> objects;
    for (int i = 0; i < 40; ++i)
        objects.push_back(
            sizing_test::cron_job(fmt::format("report-{}", i), "* * * * *", R"({"cpu":"40m","memory":"128Mi"})"));
    const LoadOptions options = only(
        objects, {{"behaviour", R"([{"for":"CronJob/shop/*","runTime":"28s"}])"},
                  {"run", R"({"for":"1h","warmUp":"10m","seed":7})"},
                  {"expect", R"([{"name":"quick","that":"p99(ekssim_pod_start_seconds{namespace=\"shop\"}) < 8s"}])"}});
    Wishes wishes = of_types({"t4g.small", "c6g.xlarge"});
    wishes.simulate = true;
    wishes.top = 2;
    wishes.replications = {2, 4};
    const Sizing sizing = sized(options, wishes);
    const JudgedFleet* best = sizing.recommended();
    const JudgedFleet* cheapest = sizing.reversed_by_simulation();
    ASSERT_NE(best, nullptr) << sentence_of(sizing);
    ASSERT_NE(cheapest, nullptr) << sentence_of(sizing);
    EXPECT_LT(cheapest->fleet.usd_per_hour, best->usd_per_hour);
    EXPECT_EQ(sizing.supply.offers[best->fleet.groups.front().offer].instance_type, "c6g.xlarge");
    EXPECT_NE(reversal_of(sizing).find("address-cooling"), std::string::npos) << reversal_of(sizing);
}

// The document says what the values say.
TEST(Sizing, TheDocumentIsWhole) {
    const std::string text =
        size_as_json(scenario_test::small_scenario, R"({"wishes":{"types":["m5.large"],"simulate":false},"mix":true})");
    const auto document = nlohmann::json::parse(text);
    ASSERT_FALSE(document.contains("complaints")) << text;
    EXPECT_EQ(document["format"], "ekssim.dev/sizing/v1alpha1");
    EXPECT_EQ(document["density"]["counts"].size(), document["density"]["types"].size());
    EXPECT_EQ(document["candidates"][0]["groups"][0]["instance_type"], "m5.large");
    EXPECT_EQ(document["mix"][0]["types"][0]["name"], "m5.large");
    EXPECT_EQ(document["recommendation"]["candidate"], "c1");
}

}  // namespace
}  // namespace eks::sizing

// The bill of a run: its kinds, whom it is split over, and a savings plan (AWS-20, AWS-22, AWS-73 to AWS-76, AWS-90,
// FR-29). Expected amounts are worked out by hand from the prices of the rules.
#include "tests/support/bill.hpp"

namespace eks::testing {
namespace {

TEST(Bill, HasInstancesVolumesGatewayAndControlPlane) {
    const Bill bill = bill_of({});
    EXPECT_NEAR(bill.kind("node"), 3 * 0.2 * hours, rounding);
    EXPECT_NEAR(bill.kind("root-volume"), 3 * 80 * 0.08 / 730 * hours, rounding);  // AWS-90, AWS-92
    EXPECT_NEAR(bill.kind("nat-gateway"), 0.045 * hours, rounding);                // AWS-73; eksctl makes one
    EXPECT_NEAR(bill.kind("control-plane"), 0.1 * hours, rounding);                // AWS-1
    EXPECT_NEAR(bill.usd, bill.total("ekssim_cost_usd_total"), rounding);
}

// FR-29: by requests and by use, with what is idle and what is shared, the workloads are the bill.
TEST(Bill, IsWhatWorkloadsIdleAndSharedAddUpTo) {
    const Bill bill =
        bill_of({{"behaviour[0]", R"({"for": "Deployment/shop/web", "usage": {"cpu": "350m", "memory": "600Mi"}})"},
                 {"timeline", R"([{"at": "30m", "scale": "Deployment/shop/web", "replicas": 9}])"}});
    for (const char* by : {"requests", "use"})
        EXPECT_NEAR(bill.total("ekssim_workload_cost_usd_total", {by}), bill.usd, rounding) << by;
    EXPECT_GT(bill.total("ekssim_workload_cost_usd_total", {"web", "use"}),
              bill.total("ekssim_workload_cost_usd_total", {"web", "requests"}));
    EXPECT_GT(bill.total("ekssim_workload_cost_usd_total", {"__idle__", "use"}), 0);
}

// A node of 4 cores and 16 GiB at 0.2 USD and 80 x 0.08 / 730 for its volume; OpenCost's ratio of a core to a GiB.
TEST(Bill, SplitsANodeInTheRatioOfCoreAndMemoryPrices) {
    const Bill bill =
        bill_of({{"assume", R"({"vmMemoryOverhead": "0%"})"},
                 {"behaviour[0]", R"({"for": "Deployment/shop/web", "usage": {"cpu": "1", "memory": "2Gi"}})"}});
    const double node = 0.2 + 80 * 0.08 / 730;
    const double core = node * 0.031611 / (4 * 0.031611 + 16 * 0.004237);
    const double gib = node * 0.004237 / (4 * 0.031611 + 16 * 0.004237);
    EXPECT_NEAR(bill.total("ekssim_workload_cost_usd_total", {"web", "requests"}),
                2 * (0.1 * core + 64.0 / 1024 * gib) * hours, 1e-4);
    EXPECT_NEAR(bill.total("ekssim_workload_cost_usd_total", {"web", "use"}), 2 * (core + 2 * gib) * hours, 1e-4);
}

// AWS-22, AWS-23: 0.060 USD an hour under a plan of one year against 0.096; 0.09 cover one instance and a half.
TEST(SavingsPlan, IsPaidWholeAndWhatItDoesNotCoverOnDemand) {
    const Changes large{{"cluster.managedNodeGroups[workers].instanceType", "\"m5.large\""}};
    const auto with_plan = [&](const std::string& commitment) {
        Changes changes = large;
        changes.push_back({"prices", R"({"instances": {"m5.large": 0.096}, "savingsPlan": {"commitment": )" +
                                         commitment + R"(, "years": 1}})"});
        return bill_of(changes);
    };
    const Bill half = with_plan("0.09");
    EXPECT_NEAR(half.kind("savings-plan"), 0.09 * hours, rounding);
    EXPECT_NEAR(half.kind("node"), 1.5 * 0.096 * hours, 1e-4);
    EXPECT_NEAR(half.total("ekssim_workload_cost_usd_total", {"requests"}), half.usd, rounding);
    const Bill too_much = with_plan("0.3");
    EXPECT_NEAR(too_much.kind("savings-plan"), 0.3 * hours, rounding);
    EXPECT_NEAR(too_much.kind("node"), 0, rounding);
}

TEST(Bill, ChargesAnswersToTheInternetAndLoadBalancers) {
    const auto service = [](const std::string& annotations) {
        return R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", "annotations": {)" +
               annotations +
               R"(}}, "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}})";
    };
    const Changes traffic{{"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"},
                          {"traffic", R"([{"to": "Service/shop/web", "rate": "100/s", "request": )" + heavy + "}]"}};
    Changes network = traffic;
    network.insert(network.begin(),
                   {"manifests[1]", service(R"("service.beta.kubernetes.io/aws-load-balancer-type": "external")")});
    const Bill nlb = bill_of(network);
    EXPECT_NEAR(nlb.kind("internet"), gb_an_hour * 0.09 * hours, 1e-3);                       // AWS-75
    EXPECT_NEAR(nlb.kind("load-balancer"), (0.0225 + 2 * gb_an_hour * 0.006) * hours, 1e-3);  // AWS-76
    Changes classic = traffic;
    classic.insert(classic.begin(), {"manifests[1]", service("")});
    EXPECT_NEAR(bill_of(classic).kind("load-balancer"), (0.025 + 2 * gb_an_hour * 0.008) * hours, 1e-3);
    Changes none = traffic;
    none[1].second = R"([{"to": "Deployment/shop/web", "rate": "100/s", "request": )" + heavy + "}]";
    EXPECT_EQ(bill_of(none).kind("load-balancer"), 0);
}

TEST(Bill, ChargesWhatGoesFromZoneToZone) {
    const auto in_zone = [](const std::string& zone) {
        const std::string api =
            R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"},
             "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"}},
              "template": {"metadata": {"labels": {"app": "api"}},
               "spec": {"nodeSelector": {"topology.kubernetes.io/zone": ")" +
            zone + R"("}, "containers": [{"name": "api", "image": "api:1"}]}}}})";
        return bill_of(
            {{"manifests[1]", api},
             {"manifests[0].spec.template.spec.nodeSelector", R"({"topology.kubernetes.io/zone": "eu-central-1a"})"},
             {"behaviour", R"([{"for": "Deployment/shop/*", "ready": "5s"}])"},
             {"traffic", R"([{"to": "Deployment/shop/web", "rate": "100/s", "request": {"cpu": "1ms"}},
                             {"from": "Deployment/shop/web", "to": "Deployment/shop/api", "perRequest": 1, "request": )" +
                             heavy + "}]"}});
    };
    EXPECT_NEAR(in_zone("eu-central-1b").kind("cross-zone"), 2 * gb_an_hour * 0.02 * hours, 1e-3);  // AWS-75
    EXPECT_EQ(in_zone("eu-central-1a").kind("cross-zone"), 0);
}

TEST(Prices, WrongOnesAreRefused) {
    for (const auto& [prices, rule] : {
             std::pair{R"({"instances": {"m55.large": 1}})", Rule::unknown_instance_type},
             std::pair{R"({"savingsPlan": {"years": 1}})", Rule::missing_field},
             std::pair{R"({"savingsPlan": {"commitment": 1, "years": 2}})", Rule::not_one_of},
             std::pair{R"({"natGateway": 1})", Rule::unknown_field},
             std::pair{R"({"natGatewayHour": -1})", Rule::out_of_range},
         }) {
        const auto bad = scenario_test::load({{"prices", prices}});
        ASSERT_FALSE(bad.ok()) << prices;
        EXPECT_NE(find(bad.error(), rule), nullptr) << prices << '\n' << listed(bad.error());
    }
}

}  // namespace
}  // namespace eks::testing

// What else a bill has, and that its parts are the whole (AWS-21, AWS-25, AWS-73, AWS-90, AWS-120). Amounts are worked
// out by hand from published prices.
#include "tests/support/bill.hpp"

#include <cmath>

namespace eks::testing {
namespace {

// On demand 0.2 USD. The Spot Advisor has its saving, which the catalogue brings.
TEST(Bill, TakesTheSpotAdvisorsSavingOffSpotInstances) {
    const Changes spot{{"cluster.managedNodeGroups[workers].spot", "true"},
                       {"assume", R"({"ec2": {"interruptsSpot": false}})"}};
    const auto scenario = scenario_test::load(with(spot));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const auto said = std::ranges::find_if(scenario->assumptions, [](const Assumption& one) {
        return one.what.find("spot saving of m5.xlarge") != std::string::npos;
    });
    ASSERT_NE(said, scenario->assumptions.end());
    const double saving = std::stod(said->value) / 100;
    ASSERT_GT(saving, 0.2);
    EXPECT_NEAR(bill_of(spot).kind("node"), 3 * 0.2 * (1 - saving) * hours, 1e-4);
    EXPECT_NEAR(bill_of(spot).total("ekssim_cost_usd_total", {"spot"}), 3 * 0.2 * (1 - saving) * hours, 1e-4);
}

// AWS-73: a pod on a node that has not its image yet: the image of 1 GB comes by the NAT gateway, once.
TEST(Bill, ChargesImagesThatComeByTheGateway) {
    const auto gateway = [](const std::string& bytes) {
        return bill_of(
                   {{"assume", R"({"imageSize": )" + bytes + "}"},
                    {"timeline", R"([{"at": "30m", "apply": "Deployment/shop/web", "image": {"web": "nginx:1.28"}}])"}})
            .kind("nat-gateway");
    };
    const double once = gateway("1000000000") - 0.045 * hours;
    // By each node that a new pod goes to.
    const double pulls = std::round(once / 0.045);
    EXPECT_GE(pulls, 1);
    EXPECT_LE(pulls, 3);
    EXPECT_NEAR(once, pulls * 0.045, rounding);
    EXPECT_NEAR(gateway("2000000000") - 0.045 * hours, 2 * pulls * 0.045, rounding);
}

const std::string database =
    R"({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"},
    "spec": {"replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}},
             "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db:1"}]}},
             "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"],
                 "resources": {"requests": {"storage": "100Gi"}}}}]}})";
const std::string claim =
    R"({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "50Gi"}}}})";
const std::string mount_it = R"("volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])";
// The Deployment web with one pod, and what else stands in its pods' spec.
std::string web(const std::string& more) {
    return R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": {"metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}])" +
           more + "}}}}";
}
constexpr double gib_hour = 0.08 / 730;

// AWS-90: two volumes of 100 GiB of a StatefulSet, and the claim of 50 GiB that a Deployment mounts.
TEST(Bill, ChargesVolumesOfPods) {
    const Bill bill = bill_of({{"manifests", "[" + web(", " + mount_it) + "," + database + "," + claim + "]"},
                               {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"}});
    EXPECT_NEAR(bill.kind("volume"), (2 * 100 + 50) * gib_hour * hours, rounding);
}

// A claim that a Deployment mounts from one hour on has its volume made then, for the first pod, half a minute at most
// after the change.
TEST(Bill, ChargesAClaimThatComesLaterFromThenOn) {
    const Bill bill = bill_of(
        {{"manifests", "[" + web("") + "," + claim + "]"},
         {"behaviour", R"([{"for": "Deployment/shop/web", "ready": "5s"}])"},
         {"timeline", R"([{"at": "1h", "apply": "Deployment/shop/web", "merge": {"spec": {"template": {"spec": {)" +
                          mount_it + "}}}}}]"}});
    EXPECT_LE(bill.kind("volume"), 50 * gib_hour * 1.0);
    EXPECT_GE(bill.kind("volume"), 50 * gib_hour * (1.0 - 30.0 / 3600));
}

// AWS-120, without the addresses of AWS-74: control plane, nodes and their volumes, a volume, the gateway, a network
// load balancer with its units, what goes to the internet, and what goes from zone to zone.
TEST(Bill, IsTheSumOfItsParts) {
    const std::string balanced =
        R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop",
            "annotations": {"service.beta.kubernetes.io/aws-load-balancer-type": "external"}},
            "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 80}]}})";
    const std::string api =
        R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"},
         "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "api"}},
          "template": {"metadata": {"labels": {"app": "api"}},
           "spec": {"nodeSelector": {"topology.kubernetes.io/zone": "eu-central-1b"},
                    "containers": [{"name": "api", "image": "api:1"}]}}}})";
    const Bill bill =
        bill_of({{"manifests", "[" + web(R"(, "nodeSelector": {"topology.kubernetes.io/zone": "eu-central-1a"})") +
                                   "," + balanced + "," + api + "," + database + "]"},
                 {"behaviour", R"([{"for": "Deployment/shop/*", "ready": "5s"}])"},
                 {"traffic", R"([{"to": "Service/shop/web", "rate": "100/s", "request": )" + heavy + R"(},
                         {"from": "Deployment/shop/web", "to": "Deployment/shop/api", "perRequest": 1, "request": )" +
                                 heavy + "}]"}});
    const double an_hour = 0.10                               // AWS-1
                           + 3 * (0.2 + 80 * gib_hour)        // AWS-20, AWS-90
                           + 2 * 100 * gib_hour               // AWS-90
                           + 0.045                            // AWS-73
                           + 0.0225 + 2 * gb_an_hour * 0.006  // AWS-76
                           + gb_an_hour * 0.09                // AWS-75, to the internet
                           + 2 * gb_an_hour * 0.02;           // AWS-75, both ways between zones
    EXPECT_NEAR(bill.usd, an_hour * hours, 1e-2);
    EXPECT_NEAR(bill.total("ekssim_cost_usd_total"), bill.usd, rounding);
    EXPECT_NEAR(bill.total("ekssim_workload_cost_usd_total", {"requests"}), bill.usd, 1e-4);
}

}  // namespace
}  // namespace eks::testing

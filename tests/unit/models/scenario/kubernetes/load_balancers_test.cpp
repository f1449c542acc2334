// Load balancers of Services and Ingresses, as annotations and Cilium's settings say it.
#include "tests/unit/models/scenario/data_path_text.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace load_balancers {

using data_path_test::Changes;
using data_path_test::is_complained_of;
using data_path_test::load;
using scenario_test::listed;

constexpr std::string_view prefix = "service.beta.kubernetes.io/aws-load-balancer-";

std::string service(std::string_view annotations,
                    std::string_view spec = R"("loadBalancerClass": "service.k8s.aws/nlb")") {
    return R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front", "namespace": "shop", "annotations": {)" +
           std::string(annotations) + R"(}}, "spec": {"type": "LoadBalancer", "selector": {"app": "web"}, )" +
           std::string(spec) + "}}";
}

std::string said(std::string_view key, std::string_view value) {
    return "\"" + std::string(prefix) + std::string(key) + "\": \"" + std::string(value) + "\"";
}

LoadBalancer only_balancer(const std::string& manifests, Changes changes = {}) {
    const auto scenario = load(manifests, std::move(changes));
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    if (!scenario.ok() || scenario->spec->load_balancers.size() != 1) {
        ADD_FAILURE() << "not one load balancer";
        return {};
    }
    return scenario->spec->load_balancers[0];
}

TEST(LoadBalancers, OfTheNetworkSendToNodesAndKeepTheClientsAddress) {  // DPD-33
    const LoadBalancer balancer = only_balancer(service(""));
    EXPECT_EQ(balancer.kind, BalancerKind::network);
    EXPECT_EQ(balancer.target, BalancerTarget::instance);
    EXPECT_TRUE(balancer.keeps_client_address);
    EXPECT_FALSE(balancer.is_cross_zone);
    EXPECT_FALSE(balancer.is_local);
    EXPECT_EQ(balancer.deregistration_delay, sim::Duration::seconds(300));
    EXPECT_EQ(balancer.name, "Service/shop/front");
    EXPECT_EQ(balancer.services.size(), 1U);
}

TEST(LoadBalancers, OfTheNetworkToPodsDoNotButForUdp) {  // DPD-33
    const LoadBalancer to_pods = only_balancer(service(said("nlb-target-type", "ip")));
    EXPECT_EQ(to_pods.target, BalancerTarget::ip);
    EXPECT_FALSE(to_pods.keeps_client_address);
    const LoadBalancer old = only_balancer(service(said("type", "nlb-ip"), R"("ports": [{"port": 80}])"));
    EXPECT_EQ(old.target, BalancerTarget::ip);
    const LoadBalancer udp = only_balancer(
        service(said("nlb-target-type", "ip"),
                R"("loadBalancerClass": "service.k8s.aws/nlb", "ports": [{"port": 53, "protocol": "UDP"}])"));
    EXPECT_TRUE(udp.keeps_client_address);
    const LoadBalancer kept = only_balancer(service(
        said("nlb-target-type", "ip") + ", " + said("target-group-attributes", "preserve_client_ip.enabled=true")));
    EXPECT_TRUE(kept.keeps_client_address);
}

TEST(LoadBalancers, TakeAttributesOfTheirTargetGroups) {
    const LoadBalancer balancer =
        only_balancer(service(said("attributes", "load_balancing.cross_zone.enabled=true") + ", " +
                                  said("target-group-attributes",
                                       "deregistration_delay.timeout_seconds=30, preserve_client_ip.enabled=false"),
                              R"("loadBalancerClass": "service.k8s.aws/nlb", "externalTrafficPolicy": "Local")"));
    EXPECT_TRUE(balancer.is_cross_zone);
    EXPECT_FALSE(balancer.keeps_client_address);
    EXPECT_EQ(balancer.deregistration_delay, sim::Duration::seconds(30));
    EXPECT_FALSE(balancer.ends_connections);
    EXPECT_TRUE(only_balancer(service(said("target-group-attributes",
                                           "deregistration_delay.connection_termination.enabled=true")))
                    .ends_connections);
    EXPECT_TRUE(balancer.is_local);
    EXPECT_TRUE(only_balancer(service(said("cross-zone-load-balancing-enabled", "true"))).is_cross_zone);
}

TEST(LoadBalancers, AClassicOneDrainsWhereItIsTold) {
    const LoadBalancer plain = only_balancer(service("", R"("ports": [{"port": 80}])"));
    EXPECT_EQ(plain.kind, BalancerKind::classic);
    EXPECT_EQ(plain.deregistration_delay, sim::Duration::zero());
    EXPECT_FALSE(plain.keeps_client_address);
    const LoadBalancer drains = only_balancer(
        service(said("connection-draining-enabled", "true") + ", " + said("connection-draining-timeout", "60"),
                R"("ports": [])"));
    EXPECT_EQ(drains.deregistration_delay, sim::Duration::seconds(60));
}

std::string ingress(std::string_view name, std::string_view annotations, std::string_view class_name = "alb") {
    return R"({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": ")" + std::string(name) +
           R"(", "namespace": "shop", "annotations": {)" + std::string(annotations) +
           R"(}}, "spec": {"ingressClassName": ")" + std::string(class_name) +
           R"(", "defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}})";
}

TEST(LoadBalancers, OfApplicationsGoAcrossZones) {  // DPD-33
    const LoadBalancer plain = only_balancer(ingress("web", ""));
    EXPECT_EQ(plain.kind, BalancerKind::application);
    EXPECT_TRUE(plain.is_cross_zone);
    EXPECT_EQ(plain.target, BalancerTarget::instance);
    EXPECT_FALSE(plain.keeps_client_address);
    const LoadBalancer said = only_balancer(ingress("web", R"("alb.ingress.kubernetes.io/target-type": "ip",
        "alb.ingress.kubernetes.io/target-group-attributes": "deregistration_delay.timeout_seconds=5,load_balancing.cross_zone.enabled=false")"));
    EXPECT_EQ(said.target, BalancerTarget::ip);
    EXPECT_FALSE(said.is_cross_zone);
    EXPECT_EQ(said.deregistration_delay, sim::Duration::seconds(5));
}

TEST(LoadBalancers, IngressesOfAGroupThatDifferAreWarnedAbout) {
    constexpr std::string_view group = R"("alb.ingress.kubernetes.io/group.name": "g")";
    const std::string first = ingress("one", std::string(group) + R"(, "alb.ingress.kubernetes.io/target-type": "ip")");
    const auto scenario = load(first + ", " + ingress("two", group));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    ASSERT_EQ(scenario->spec->load_balancers.size(), 1U);
    EXPECT_EQ(scenario->spec->load_balancers[0].target, BalancerTarget::ip);
    EXPECT_TRUE(data_path_test::warns(*scenario, Rule::unused_setting));
}

TEST(LoadBalancers, BadAnnotationsAreAllSaid) {
    const auto scenario = load(service(said("nlb-target-type", "pod") + ", " +
                                       said("attributes", "load_balancing.cross_zone.enabled=on") + ", " +
                                       said("target-group-attributes", "deregistration_delay.timeout_seconds=5m")));
    ASSERT_FALSE(scenario.ok());
    const std::string at = "/manifests/3/metadata/annotations/service.beta.kubernetes.io~1aws-load-balancer-";
    EXPECT_TRUE(is_complained_of(scenario.error(), Rule::not_one_of, at + "nlb-target-type"))
        << listed(scenario.error());
    EXPECT_TRUE(is_complained_of(scenario.error(), Rule::bad_quantity, at + "attributes"));
    EXPECT_TRUE(is_complained_of(scenario.error(), Rule::bad_quantity, at + "target-group-attributes"));
}

TEST(LoadBalancers, AnnotationsAreNotReadWhereNobodyLooksAtConnections) {
    const auto scenario = load(service(said("nlb-target-type", "pod")), {{"traffic", "[]"}});
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    EXPECT_EQ(scenario->spec->load_balancers.size(), 1U);
}

// --- Cilium's Ingress (DPD-23)

std::string cilium(std::string_view controller) {
    return R"({"chart": "cilium", "helmValues": {"cni": {"chainingMode": "aws-cni"}, "routingMode": "native",
               "ingressController": {)" +
           std::string(controller) + "}}}";
}

std::vector<LoadBalancer> balancers(const std::string& manifests) {
    const auto scenario = load(manifests);
    EXPECT_TRUE(scenario.ok()) << listed(scenario.error());
    return scenario.ok() ? scenario->spec->load_balancers : std::vector<LoadBalancer>{};
}

TEST(CiliumIngress, EachHasALoadBalancerOfItsOwn) {
    const std::string two = ingress("a", said("type", "nlb"), "cilium") + ", " + ingress("b", "", "cilium");
    EXPECT_TRUE(balancers(two).empty());  // no controller
    const auto made = balancers(cilium(R"("enabled": true)") + ", " + two);
    ASSERT_EQ(made.size(), 2U);
    EXPECT_EQ(made[0].name, "Service/shop/cilium-ingress-a");
    EXPECT_EQ(made[0].kind, BalancerKind::network);  // as for any Service, by annotations
    EXPECT_EQ(made[1].kind, BalancerKind::classic);
    for (const LoadBalancer& each : made) {
        EXPECT_TRUE(each.is_cilium_ingress);
        EXPECT_EQ(each.services.size(), 1U);
    }
}

TEST(CiliumIngress, OrAllShareOne) {
    const std::string controller =
        R"("enabled": true, "loadbalancerMode": "shared", "service": {"externalTrafficPolicy": "Local", "annotations": {)" +
        said("type", "nlb") + "}}";
    const std::string two = ingress("a", "", "cilium") + ", " + ingress("b", "", "cilium");
    const auto made = balancers(cilium(controller) + ", " + two);
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].name, "Service/kube-system/cilium-ingress");
    EXPECT_EQ(made[0].kind, BalancerKind::network);
    EXPECT_TRUE(made[0].is_cilium_ingress);
    EXPECT_TRUE(made[0].is_local);
    // One Ingress may say otherwise.
    const auto mixed = balancers(cilium(controller) + ", " + ingress("a", "", "cilium") + ", " +
                                 ingress("b", R"("ingress.cilium.io/loadbalancer-mode": "dedicated")", "cilium"));
    ASSERT_EQ(mixed.size(), 2U);
    EXPECT_EQ(mixed[1].name, "Service/shop/cilium-ingress-b");
    EXPECT_EQ(mixed[1].services.size(), 1U);
}

TEST(CiliumIngress, WithoutAClassOnlyWhereItIsTheDefault) {
    std::string plain = ingress("a", "", "cilium");
    plain.replace(plain.find(R"("ingressClassName": "cilium", )"),
                  std::string_view(R"("ingressClassName": "cilium", )").size(), "");
    EXPECT_TRUE(balancers(cilium(R"("enabled": true)") + ", " + plain).empty());
    EXPECT_EQ(balancers(cilium(R"("enabled": true, "default": true)") + ", " + plain).size(), 1U);
}

TEST(CiliumIngress, OnTheNodesOwnPortsHasNone) {
    EXPECT_TRUE(
        balancers(cilium(R"("enabled": true, "hostNetwork": {"enabled": true})") + ", " + ingress("a", "", "cilium"))
            .empty());
}

TEST(CiliumIngress, IsAProxyOnTheWay) {
    const auto scenario = load(cilium(R"("enabled": true)") + ", " + ingress("a", "", "cilium"));
    ASSERT_TRUE(scenario.ok()) << listed(scenario.error());
    const TrafficClass& traffic = data_path_test::first_class(*scenario);
    EXPECT_EQ(traffic.balancer, 0);
    EXPECT_EQ(traffic.connections.layer7, datapath::Layer7::ingress_proxy);
}

}  // namespace load_balancers
}  // namespace eks

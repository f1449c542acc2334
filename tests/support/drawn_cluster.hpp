// Clusters drawn at random, in the words of eksctl, with a CNI and the add-ons that act in a run. For
// drawn_scenario.hpp.
#pragma once

#include "tests/support/drawn_workloads.hpp"

namespace eks::testing {

enum class DrawnCni : std::uint8_t { vpc_cni, cilium, cilium_chained, both };

struct DrawnCluster {
    DrawnCni cni = DrawnCni::vpc_cni;
    bool has_spot = false;
    bool runs_nomad = false;
    std::vector<std::string> groups;
    std::vector<std::string> zones;
    std::vector<std::string> subnets;
};

class ClusterDraw {
  public:
    ClusterDraw(Choices& choose, Json& document) : choose_(choose), document_(document) {}

    DrawnCluster draw() {
        DrawnCluster drawn;
        drawn.runs_nomad = choose_.one_in(20);
        drawn.cni = drawn.runs_nomad
                        ? DrawnCni::vpc_cni
                        : choose_.one_of({DrawnCni::vpc_cni, DrawnCni::vpc_cni, DrawnCni::vpc_cni, DrawnCni::cilium,
                                          DrawnCni::cilium, DrawnCni::cilium_chained, DrawnCni::both});
        Json& cluster = document_["cluster"];
        const int minor = choose_.one_of({29, 30, 31, 32, 33, 33, 34, 34, 35, 36, 37});
        cluster["metadata"] = {{"name", "drawn"}, {"region", "us-east-1"}, {"version", "1." + std::to_string(minor)}};
        draw_subnets(cluster, drawn);
        for (int count = choose_.between(1, 3); count > 0; --count) draw_group(cluster, drawn, count);
        draw_addons(cluster);
        if (drawn.cni == DrawnCni::vpc_cni && choose_.one_in(12))
            cluster["kubernetesNetworkConfig"] = {{"ipFamily", "IPv6"}};
        if (choose_.one_in(4))
            cluster["dataPath"] = {
                {"mode", choose_.one_of({"iptables-legacy", "iptables-nft", "nftables", "ipvs"})},
                {"otherServices", {{"count", choose_.between(0, 3'000)}, {"endpoints", choose_.between(1, 4)}}}};
        if (drawn.runs_nomad) {
            cluster["orchestrator"] = "nomad";
            cluster.erase("dataPath");
        }
        draw_cilium(drawn);
        if (!drawn.runs_nomad) draw_autoscaler(drawn);
        return drawn;
    }

  private:
    void draw_subnets(Json& cluster, DrawnCluster& drawn) {
        Json subnets = Json::object();
        const int count = choose_.between(1, 3);
        for (int zone = 0; zone < count; ++zone) {
            drawn.zones.push_back(std::string("us-east-1") + static_cast<char>('a' + zone));
            Json subnet{
                {"cidr", "10.0." + std::to_string(16 * zone) + ".0/" + std::to_string(choose_.between(20, 27))}};
            if (choose_.one_in(3)) subnet["inUse"] = choose_.between(0, 10);
            subnets[drawn.zones.back()] = std::move(subnet);
            drawn.subnets.push_back(drawn.zones.back());
        }
        cluster["vpc"] = {{"cidr", "10.0.0.0/16"}, {"subnets", {{"private", std::move(subnets)}}}};
        if (choose_.one_in(3)) cluster["vpc"]["nat"] = {{"gateway", choose_.one_of({"Single", "HighlyAvailable"})}};
    }

    void draw_group(Json& cluster, DrawnCluster& drawn, int number) {
        drawn.groups.push_back("group" + std::to_string(number));
        const int desired = choose_.between(number == 1 ? 1 : 0, 4);
        Json group{{"name", drawn.groups.back()}, {"minSize", choose_.between(0, desired)},
                   {"desiredCapacity", desired},  {"maxSize", desired + choose_.between(number == 1 ? 1 : 0, 4)},
                   {"privateNetworking", true},   {"labels", {{"pool", choose_.one_of({"a", "b"})}}}};
        if (group["maxSize"] == 0) group["maxSize"] = 1;
        if (choose_.one_in(4)) {
            group["spot"] = drawn.has_spot = true;
            group["instanceTypes"] = {"m5.large", "m5a.large"};
        } else {
            group["instanceType"] = choose_.one_of({"m5.large", "t3.medium", "c5.xlarge", "t3.small", "m6g.large"});
        }
        if (choose_.one_in(4))
            group["taints"] =
                Json::array({{{"key", "dedicated"},
                              {"value", "x"},
                              {"effect", choose_.one_of({"NoSchedule", "PreferNoSchedule", "NoExecute"})}}});
        if (choose_.one_in(4)) group["maxPodsPerNode"] = choose_.between(8, 60);
        if (choose_.one_in(4)) group["volumeSize"] = choose_.between(20, 40);
        if (choose_.one_in(4)) group["updateConfig"] = {{"maxUnavailable", choose_.between(1, 3)}};
        if (choose_.one_in(4)) group["availabilityZones"] = {drawn.zones.front()};
        cluster["managedNodeGroups"].push_back(std::move(group));
    }

    void draw_addons(Json& cluster) {
        Json env = Json::object();
        if (choose_.one_in(3)) env["WARM_ENI_TARGET"] = std::to_string(choose_.between(0, 2));
        if (choose_.one_in(3)) env["WARM_IP_TARGET"] = std::to_string(choose_.between(0, 5));
        if (choose_.one_in(3)) env["MINIMUM_IP_TARGET"] = std::to_string(choose_.between(0, 12));
        if (choose_.one_in(6)) env["MAX_ENI"] = std::to_string(choose_.between(1, 3));
        if (choose_.one_in(6)) env["IP_COOLDOWN_PERIOD"] = std::to_string(choose_.one_of({0, 5, 30}));
        if (choose_.one_in(5)) env["ENABLE_POD_ENI"] = "true";
        if (choose_.one_in(5)) env["AWS_VPC_K8S_CNI_EXTERNALSNAT"] = "true";
        if (choose_.one_in(5)) {
            env["ENABLE_PREFIX_DELEGATION"] = "true";
            env["WARM_PREFIX_TARGET"] = "1";
        }
        cluster["addons"] = Json::array({{{"name", "vpc-cni"}, {"configurationValues", {{"env", env}}}}});
        if (choose_.one_in(2)) cluster["addons"].push_back({{"name", "metrics-server"}});
        if (env.contains("ENABLE_POD_ENI")) {
            document_["manifests"].push_back({{"apiVersion", "vpcresources.k8s.aws/v1beta1"},
                                              {"kind", "SecurityGroupPolicy"},
                                              {"metadata", {{"name", "x"}, {"namespace", "shop"}}},
                                              {"spec",
                                               {{"podSelector", {{"matchLabels", {{"tier", "x"}}}}},
                                                {"securityGroups", {{"groupIds", {"sg-0a1b2c3d4e5f60718"}}}}}}});
        }
    }

    void draw_cilium(const DrawnCluster& drawn) {
        if (drawn.cni == DrawnCni::vpc_cni) return;
        Json values{{"image", {{"tag", choose_.one_of({"v1.15.5", "v1.17.2", "v1.18.2"})}}}};
        if (drawn.cni == DrawnCni::cilium_chained) {
            values["cni"] = {{"chainingMode", "aws-cni"}, {"exclusive", false}};
            values["enableIPv4Masquerade"] = false;
        } else {
            values["eni"] = {{"enabled", true}};
            values["ipam"] = {{"mode", "eni"}};
            if (choose_.one_in(3)) values["ipam"]["nodeSpec"] = {{"ipamMinAllocate", choose_.between(0, 20)}};
        }
        if (choose_.one_in(3)) values["kubeProxyReplacement"] = true;
        document_["manifests"].push_back({{"chart", "cilium"}, {"helmValues", std::move(values)}});
        if (drawn.cni != DrawnCni::cilium) return;
        document_["patches"].push_back(
            {{"target", "DaemonSet/kube-system/aws-node"},
             {"merge",
              {{"spec", {{"template", {{"spec", {{"nodeSelector", {{"io.cilium/aws-node-enabled", "true"}}}}}}}}}}}});
    }

    static Json deployment(const std::string& name, const std::string& image, Json command) {
        const Json labels{{"app", name}, {"app.kubernetes.io/name", name}};
        Json container{
            {"name", name}, {"image", image}, {"resources", {{"requests", {{"cpu", "100m"}, {"memory", "64Mi"}}}}}};
        if (!command.empty()) container["command"] = std::move(command);
        return {{"apiVersion", "apps/v1"},
                {"kind", "Deployment"},
                {"metadata", {{"name", name}, {"namespace", "kube-system"}, {"labels", labels}}},
                {"spec",
                 {{"replicas", 1},
                  {"selector", {{"matchLabels", {{"app", name}}}}},
                  {"template",
                   {{"metadata", {{"labels", labels}}},
                    {"spec",
                     {{"priorityClassName", "system-cluster-critical"},
                      {"tolerations", Json::array({{{"operator", "Exists"}}})},
                      {"containers", Json::array({std::move(container)})}}}}}}}};
    }

    void draw_autoscaler(DrawnCluster& drawn) {
        Json& manifests = document_["manifests"];
        const std::int64_t which = choose_.below(4);
        if (which == 0) {
            Json command{"./cluster-autoscaler", "--cloud-provider=aws",
                         "--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/"
                         "cluster-autoscaler/drawn"};
            command.push_back(std::string("--expander=") + choose_.one_of({"random", "least-waste", "most-pods"}));
            command.push_back("--scale-down-unneeded-time=" + std::to_string(choose_.between(1, 10)) + "m");
            manifests.push_back(deployment(
                "cluster-autoscaler", "registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.0", std::move(command)));
        }
        if (which != 1) return;
        drawn.has_spot = true;
        manifests.push_back(deployment("karpenter", "public.ecr.aws/karpenter/controller:1.14.1", {}));
        drawn.groups.push_back("drawn-pool");
        Json requirements =
            Json::array({{{"key", "karpenter.sh/capacity-type"}, {"operator", "In"}, {"values", {"spot", "on-demand"}}},
                         {{"key", "node.kubernetes.io/instance-type"},
                          {"operator", "In"},
                          {"values", {"m5.large", "m5.xlarge", "c5.large", "r5.large"}}}});
        manifests.push_back(
            {{"apiVersion", "karpenter.sh/v1"},
             {"kind", "NodePool"},
             {"metadata", {{"name", "drawn-pool"}}},
             {"spec",
              {{"disruption",
                {{"consolidationPolicy", choose_.one_of({"WhenEmpty", "WhenEmptyOrUnderutilized"})},
                 {"consolidateAfter", choose_.one_of({"0s", "30s", "5m"})}}},
               {"limits", {{"cpu", std::to_string(choose_.between(4, 20))}}},
               {"template",
                {{"metadata", {{"labels", {{"pool", choose_.one_of({"a", "b"})}}}}},
                 {"spec",
                  {{"expireAfter", choose_.one_of({"Never", "20m", "720h"})},
                   {"nodeClassRef", {{"group", "karpenter.k8s.aws"}, {"kind", "EC2NodeClass"}, {"name", "default"}}},
                   {"requirements", std::move(requirements)}}}}}}}});
        manifests.push_back(
            {{"apiVersion", "karpenter.k8s.aws/v1"},
             {"kind", "EC2NodeClass"},
             {"metadata", {{"name", "default"}}},
             {"spec",
              {{"amiSelectorTerms", Json::array({{{"alias", "al2023@v20260901"}}})},
               {"role", "node"},
               {"subnetSelectorTerms", Json::array({{{"tags", {{"karpenter.sh/discovery", "drawn"}}}}})},
               {"securityGroupSelectorTerms", Json::array({{{"tags", {{"karpenter.sh/discovery", "drawn"}}}}})}}}});
    }

    Choices& choose_;
    Json& document_;
};

}  // namespace eks::testing

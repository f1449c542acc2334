#include "models/scenario/kubernetes/eks_defaults.hpp"

#include "libsim/check.hpp"
#include "models/scenario/kubernetes/pod_spec_of.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

namespace eks {
namespace {

// IPAM-1 (column "Manifest"), IPAM-116.
constexpr std::string_view aws_node = R"json({
  "apiVersion": "apps/v1", "kind": "DaemonSet",
  "metadata": {"name": "aws-node", "namespace": "kube-system", "labels": {"k8s-app": "aws-node"}},
  "spec": {
    "selector": {"matchLabels": {"k8s-app": "aws-node"}},
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
    "template": {
      "metadata": {"labels": {"k8s-app": "aws-node", "app.kubernetes.io/name": "aws-node"}},
      "spec": {
        "hostNetwork": true,
        "priorityClassName": "system-node-critical",
        "terminationGracePeriodSeconds": 10,
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [
          {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
          {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]},
          {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate", "hybrid", "auto"]}]}]}}},
        "initContainers": [
          {"name": "aws-vpc-cni-init", "image": "eks/amazon-k8s-cni-init:v1.23.2",
           "resources": {"requests": {"cpu": "25m"}}}],
        "containers": [
          {"name": "aws-node", "image": "eks/amazon-k8s-cni:v1.23.2",
           "env": [
             {"name": "AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG", "value": "false"},
             {"name": "AWS_VPC_K8S_CNI_EXTERNALSNAT", "value": "false"},
             {"name": "AWS_VPC_K8S_CNI_RANDOMIZESNAT", "value": "prng"},
             {"name": "DISABLE_NETWORK_RESOURCE_PROVISIONING", "value": "false"},
             {"name": "ENABLE_IMDS_ONLY_MODE", "value": "false"},
             {"name": "ENABLE_MULTI_NIC", "value": "false"},
             {"name": "ENABLE_POD_ENI", "value": "false"},
             {"name": "ENABLE_PREFIX_DELEGATION", "value": "false"},
             {"name": "ENABLE_SUBNET_DISCOVERY", "value": "true"},
             {"name": "NETWORK_POLICY_ENFORCING_MODE", "value": "standard"},
             {"name": "WARM_ENI_TARGET", "value": "1"},
             {"name": "WARM_PREFIX_TARGET", "value": "1"}],
           "livenessProbe": {"initialDelaySeconds": 60, "timeoutSeconds": 10},
           "readinessProbe": {"initialDelaySeconds": 1, "timeoutSeconds": 10},
           "resources": {"requests": {"cpu": "25m"}}}]
      }
    }
  }
})json";

// Manifest of version 1.0 of the CNI: no priority, no probes, 10m.
constexpr std::string_view aws_node_2018 = R"json({
  "apiVersion": "extensions/v1beta1", "kind": "DaemonSet",
  "metadata": {"name": "aws-node", "namespace": "kube-system", "labels": {"k8s-app": "aws-node"}},
  "spec": {
    "selector": {"matchLabels": {"k8s-app": "aws-node"}},
    "updateStrategy": {"type": "RollingUpdate"},
    "template": {
      "metadata": {"labels": {"k8s-app": "aws-node"}, "annotations": {"scheduler.alpha.kubernetes.io/critical-pod": ""}},
      "spec": {
        "hostNetwork": true,
        "tolerations": [{"operator": "Exists", "effect": "NoExecute"}, {"operator": "Exists", "effect": "NoSchedule"}],
        "containers": [
          {"name": "aws-node", "image": "eks/amazon-k8s-cni:1.0.0",
           "env": [{"name": "AWS_VPC_K8S_CNI_LOGLEVEL", "value": "DEBUG"}],
           "resources": {"requests": {"cpu": "10m"}}}]
      }
    }
  }
})json";

// BOOT-4; 100m is what the add-on requests.
constexpr std::string_view kube_proxy = R"json({
  "apiVersion": "@API_VERSION@", "kind": "DaemonSet",
  "metadata": {"name": "kube-proxy", "namespace": "kube-system", "labels": {"k8s-app": "kube-proxy"}},
  "spec": {
    "selector": {"matchLabels": {"k8s-app": "kube-proxy"}},
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
    "template": {
      "metadata": {"labels": {"k8s-app": "kube-proxy"}},
      "spec": {
        "hostNetwork": true,
        "priorityClassName": "system-node-critical",
        "tolerations": [{"operator": "Exists"}],
        "containers": [
          {"name": "kube-proxy", "image": "eks/kube-proxy:v@VERSION@",
           "resources": {"requests": {"cpu": "100m"}}}]
      }
    }
  }
})json";

// DNS-1
constexpr std::string_view coredns = R"json({
  "apiVersion": "apps/v1", "kind": "Deployment",
  "metadata": {"name": "coredns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"}},
  "spec": {
    "replicas": 2,
    "selector": {"matchLabels": {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"}},
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
    "template": {
      "metadata": {"labels": {"k8s-app": "kube-dns", "eks.amazonaws.com/component": "coredns"}},
      "spec": {
        "priorityClassName": "system-cluster-critical",
        "tolerations": [
          {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"},
          {"key": "CriticalAddonsOnly", "operator": "Exists"}],
        "affinity": {
          "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
            {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64", "arm64"]}]}]}},
          "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": {
            "topologyKey": "kubernetes.io/hostname",
            "labelSelector": {"matchExpressions": [{"key": "k8s-app", "operator": "In", "values": ["kube-dns"]}]}}}]}},
        "containers": [
          {"name": "coredns", "image": "eks/coredns:v1.12",
           "livenessProbe": {"initialDelaySeconds": 60, "timeoutSeconds": 5, "failureThreshold": 5},
           "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}},
           "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}}}]
      }
    }
  }
})json";

// DNS-1; the requests of the three containers are those of the upstream manifest of the time.
constexpr std::string_view kube_dns_2018 = R"json({
  "apiVersion": "extensions/v1beta1", "kind": "Deployment",
  "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
  "spec": {
    "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
    "strategy": {"rollingUpdate": {"maxSurge": "10%", "maxUnavailable": 0}},
    "template": {
      "metadata": {"labels": {"k8s-app": "kube-dns"}, "annotations": {"scheduler.alpha.kubernetes.io/critical-pod": ""}},
      "spec": {
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        "containers": [
          {"name": "kubedns", "image": "eks/kube-dns/kube-dns:1.14.10",
           "readinessProbe": {"initialDelaySeconds": 3, "timeoutSeconds": 5},
           "resources": {"limits": {"memory": "170Mi"}, "requests": {"cpu": "100m", "memory": "70Mi"}}},
          {"name": "dnsmasq", "image": "eks/kube-dns/dnsmasq-nanny:1.14.10",
           "resources": {"requests": {"cpu": "150m", "memory": "20Mi"}}},
          {"name": "sidecar", "image": "eks/kube-dns/sidecar:1.14.10",
           "resources": {"requests": {"cpu": "10m", "memory": "20Mi"}}}]
      }
    }
  }
})json";

constexpr std::string_view dns_service = R"json({
  "apiVersion": "v1", "kind": "Service",
  "metadata": {"name": "kube-dns", "namespace": "kube-system"},
  "spec": {"selector": {"k8s-app": "kube-dns"}, "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}]}
})json";

std::string with_values(std::string_view object, std::string_view key, std::string_view value) {
    std::string text(object);
    for (std::size_t at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size())) {
        text.replace(at, key.size(), value);
    }
    return text;
}

}  // namespace

void mark_everything_used(const JsonValue& value) {
    value.used = true;
    for (const JsonValue& item : value.items) mark_everything_used(item);
    for (const JsonMember& member : value.members) mark_everything_used(member.value);
}

JsonValue eks_default_objects(KubernetesVersion version, Origins& origins, Diagnostics& diagnostics) {
    const bool is_2018 = version.is_2018();
    std::string proxy = with_values(kube_proxy, "@API_VERSION@", is_2018 ? "extensions/v1beta1" : "apps/v1");
    proxy = with_values(proxy, "@VERSION@", fmt::format("1.{}", version.minor));
    const std::string text = fmt::format("[{},{},{},{}]", is_2018 ? aws_node_2018 : aws_node, proxy,
                                         is_2018 ? kube_dns_2018 : coredns, dns_service);
    JsonValue objects;
    const OriginIx root = origins.add_source(fmt::format("<EKS 1.{} defaults>", version.minor));
    const bool is_read = parse_json(text, root, origins, diagnostics, objects);
    CHECK(is_read, "the objects that EKS installs must be JSON");
    mark_everything_used(objects);
    return objects;
}

void install_for_ipv6(JsonValue& objects) {
    struct Variable {
        std::string_view name;
        std::string_view value;
    };
    constexpr std::array<Variable, 3> variables{
        {{"ENABLE_IPv4", "false"}, {"ENABLE_IPv6", "true"}, {"ENABLE_PREFIX_DELEGATION", "true"}}};
    JsonValue* pod_spec = pod_spec_of(objects.items.front(), "DaemonSet");
    CHECK(pod_spec != nullptr, "the first object that EKS installs must be the VPC CNI");
    JsonValue& environment = pod_spec->member("containers").items.front().member("env");
    environment.kind = JsonKind::list;
    for (const Variable& variable : variables) {
        std::erase_if(environment.items,
                      [&](const JsonValue& entry) { return entry.find("name")->text == variable.name; });
        JsonValue entry = JsonValue::of_map(environment.origin);
        entry.member("name") = JsonValue::of_text(std::string(variable.name), environment.origin);
        entry.member("value") = JsonValue::of_text(std::string(variable.value), environment.origin);
        environment.items.push_back(std::move(entry));
    }
    mark_everything_used(objects);
}

}  // namespace eks

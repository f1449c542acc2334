#include "models/scenario/kubernetes/cluster_dns.hpp"

#include "models/scenario/cidr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace eks {
namespace {

constexpr std::string_view dns_namespace = "kube-system";

bool makes_pods_for_good(WorkloadKind kind) {
    return kind == WorkloadKind::deployment || kind == WorkloadKind::replica_set ||
           kind == WorkloadKind::stateful_set || kind == WorkloadKind::daemon_set;
}

// The selector of the Service kube-dns (cluster/addons/dns/coredns/coredns.yaml.base).
bool is_dns_server(const Workload& workload, const PodTemplate& pod) {
    return workload.namespace_name == dns_namespace && makes_pods_for_good(workload.kind) &&
           std::ranges::find(pod.labels, Label{"k8s-app", "kube-dns"}) != pod.labels.end();
}

// As in cluster/addons/dns/nodelocaldns/nodelocaldns.yaml (DNS-7).
bool is_node_cache(const Workload& workload, const PodTemplate& pod) {
    return workload.kind == WorkloadKind::daemon_set &&
           std::ranges::find(pod.labels, Label{"k8s-app", "node-local-dns"}) != pod.labels.end();
}

// Pods of the host's network ask the cluster's DNS only with ClusterFirstWithHostNet (pkg/kubelet/network/dns/dns.go,
// getPodDNSType).
bool asks_cluster_dns(const Reader& pod_spec, const PodTemplate& pod) {
    const std::string policy = pod_spec.text("dnsPolicy").value_or("ClusterFirst");
    return policy == "ClusterFirstWithHostNet" || (policy == "ClusterFirst" && !pod.host_network);
}

bool is_address(const std::string& host) {
    return parse_cidr(host + "/32").has_value() || host.find(':') != std::string::npos;
}

// The API server's address in the variable that Kubernetes sets to that of its Service, if it was set to a name.
std::optional<std::string> named_api_server(const Reader& pod_spec) {
    for (const Reader& container : pod_spec.items("containers")) {
        if (!container.is_map()) continue;
        for (const Reader& variable : container.items("env")) {
            if (!variable.is_map() || variable.text("name") != "KUBERNETES_SERVICE_HOST") continue;
            const auto value = variable.text("value");
            if (value && !value->empty() && !is_address(*value)) return value;
        }
    }
    return std::nullopt;
}

std::optional<Reader> pod_spec_of(const Reader& object, WorkloadKind kind) {
    std::array<std::string_view, 5> path{"spec", "jobTemplate", "spec", "template", "spec"};
    if (kind == WorkloadKind::scaled_job) path = {"", "spec", "jobTargetRef", "template", "spec"};
    const std::size_t skipped = kind == WorkloadKind::cron_job     ? 0
                                : kind == WorkloadKind::scaled_job ? 1
                                : kind == WorkloadKind::pod        ? 4
                                                                   : 2;
    std::optional<Reader> at = object;
    for (std::size_t i = skipped; i < path.size(); ++i) {
        at = at->is_map() ? at->member(path[i]) : std::nullopt;
        if (!at) return std::nullopt;
    }
    return at->is_map() ? at : std::nullopt;
}

// What the pods' resolver does, where it is not what it does where nothing is said.
std::optional<Resolver> resolver_of(const Reader& pod_spec, const PodTemplate& pod) {
    constexpr std::int64_t most_dots = 15;  // RES_MAXNDOTS
    Resolver resolver = asks_cluster_dns(pod_spec, pod) ? Resolver{} : resolver_of_node();
    const auto config = pod_spec.member("dnsConfig");
    if (config && config->is_map()) {
        for (const Reader& option : config->items("options")) {
            if (!option.is_map() || option.text("name") != "ndots") continue;
            const auto text = option.text("value").value_or("");
            std::int32_t dots = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), dots);
            if (error == std::errc{} && end == text.data() + text.size() && dots >= 0)
                resolver.ndots = std::min(dots, static_cast<std::int32_t>(most_dots));
        }
    }
    return resolver == Resolver{} ? std::nullopt : std::optional(resolver);
}

// What the pods resolve before they are ready, in words that follow their name; nothing if they resolve nothing.
// Known cases: an agent that calls the API server by name (kubernetes/kops#12393), and Cilium's operator in ENI mode,
// which calls EC2 by name (cilium/cilium#24774).
std::optional<std::string> name_needed_by(const ScenarioBuilder& builder, WorkloadIx workload) {
    if (!makes_pods_for_good(builder.spec[workload].kind)) return std::nullopt;
    const auto pod_spec = pod_spec_of(builder.object_of(workload), builder.spec[workload].kind);
    if (!pod_spec || !asks_cluster_dns(*pod_spec, builder.spec.template_of(workload))) return std::nullopt;
    if (const auto host = named_api_server(*pod_spec))
        return fmt::format("resolves the API server's name {} through the cluster's DNS", *host);
    if (builder.spec.cni_kind != CniKind::vpc_cni && workload == builder.spec.cilium.operator_workload)
        return "resolves the name of EC2's API through the cluster's DNS";
    return std::nullopt;
}

}  // namespace

void find_cluster_dns(ScenarioBuilder& builder) {
    ClusterDns& dns = builder.spec.dns;
    if (const auto proxy = builder.find_workload(WorkloadKind::daemon_set, std::string(dns_namespace), "kube-proxy"))
        dns.kube_proxy = *proxy;
    const auto coredns = builder.find_workload(WorkloadKind::deployment, std::string(dns_namespace), "coredns");
    if (builder.coredns_scaling && coredns) {
        dns.managed_scaling = *builder.coredns_scaling;
        dns.managed_scaling.target = *coredns;
    }
    for (std::size_t i = 0; i < builder.spec.workloads.size(); ++i) {
        const WorkloadIx workload = WorkloadIx::of(i);
        const PodTemplate& pod = builder.spec.template_of(workload);
        if (const auto spec = pod_spec_of(builder.object_of(workload), builder.spec[workload].kind)) {
            if (const auto resolver = resolver_of(*spec, pod)) builder.resolvers.emplace(workload.value, *resolver);
        }
        if (is_node_cache(builder.spec[workload], pod)) dns.node_cache = workload;
        if (is_dns_server(builder.spec[workload], builder.spec.template_of(workload))) {
            dns.servers.push_back(workload);
        } else if (auto name = name_needed_by(builder, workload)) {
            builder.need_names(workload, std::move(*name));
        }
    }
}

}  // namespace eks

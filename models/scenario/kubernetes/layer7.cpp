#include "models/scenario/kubernetes/layer7.hpp"

#include "models/scenario/kubernetes/container_flags.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace eks {

namespace {

// --- CiliumNetworkPolicy

bool has_http_rules(const Reader& direction) {
    for (const Reader& ports : direction.is_map() ? direction.items("toPorts") : std::vector<Reader>{}) {
        const auto rules = ports.is_map() ? ports.member("rules") : std::nullopt;
        if (!rules || !rules->is_map() || rules->items("http").empty()) continue;
        rules->member("http")->mark_used();
        return true;
    }
    return false;
}

// Cilium's labels have their source before them: "k8s:app", "any:app".
void without_sources(LabelSelector& selector) {
    for (SelectorRequirement& requirement : selector.all) {
        for (const std::string_view source : {"k8s:", "any:"}) {
            if (requirement.key.starts_with(source)) requirement.key.erase(0, source.size());
        }
    }
}

void add_policy_rule(const Reader& rule, const std::string& namespace_name, ScenarioBuilder& builder) {
    if (!rule.is_map()) return;
    const auto inwards = rule.items("ingress");
    if (!std::ranges::any_of(inwards, has_http_rules)) return;
    const auto endpoints = rule.member("endpointSelector");
    if (!endpoints || !endpoints->expect_map()) return;  // nodeSelector: the host itself
    HttpPolicy policy{namespace_name, read_label_selector(*endpoints)};
    without_sources(policy.selector);
    builder.http_policies.push_back(std::move(policy));
}

bool selects_pods(const HttpPolicy& policy, WorkloadIx workload, const ScenarioBuilder& builder) {
    constexpr std::string_view namespace_label = "io.kubernetes.pod.namespace";
    const Workload& row = builder.spec[workload];
    if (!policy.namespace_name.empty() && policy.namespace_name != row.namespace_name) return false;
    std::vector<Label> labels = builder.spec.template_of(workload).labels;
    labels.push_back({std::string(namespace_label), row.namespace_name});
    std::ranges::sort(labels);
    return selects(policy.selector, labels);
}

// --- Istio

std::string_view label_in(const std::vector<Label>& labels, std::string_view key) {
    const auto found = std::ranges::find(labels, key, &Label::key);
    return found == labels.end() ? std::string_view{} : std::string_view(found->value);
}

// An annotation of the pods, which came before the label of the same name.
std::string annotation_of_pods(WorkloadIx workload, std::string_view key, const ScenarioBuilder& builder) {
    const JsonValue* at = &builder.object_of(workload).value();
    if (builder.spec[workload].kind != WorkloadKind::pod) {
        for (const std::string_view part : {"spec", "template"}) at = at != nullptr ? at->find(part) : nullptr;
    }
    for (const std::string_view part : {std::string_view("metadata"), std::string_view("annotations"), key})
        at = at != nullptr ? at->find(part) : nullptr;
    if (at == nullptr || at->kind != JsonKind::text) return {};
    at->used = true;
    return at->text;
}

enum class Mesh : std::uint8_t { none, sidecar, ambient };

// Pods of the host's network stay out of it.
Mesh mesh_of(WorkloadIx workload, const ScenarioBuilder& builder) {
    const PodTemplate& pod = builder.spec.template_of(workload);
    if (pod.host_network) return Mesh::none;
    constexpr std::string_view inject = "sidecar.istio.io/inject";
    constexpr std::string_view data_plane = "istio.io/dataplane-mode";
    const std::vector<Label> around = builder.spec.labels_of_namespace(builder.spec[workload].namespace_name);
    std::string said(label_in(pod.labels, inject));
    if (said.empty()) said = annotation_of_pods(workload, inject, builder);
    const bool is_on_here = label_in(around, "istio-injection") == "enabled" ||
                            (label_in(around, "istio-injection").empty() && !label_in(around, "istio.io/rev").empty());
    const bool is_off_here = label_in(around, "istio-injection") == "disabled";
    if (said == "true" ? !is_off_here : is_on_here && said != "false") return Mesh::sidecar;
    std::string_view mode = label_in(pod.labels, data_plane);
    if (mode.empty()) mode = label_in(around, data_plane);
    return mode == "ambient" ? Mesh::ambient : Mesh::none;
}

datapath::Layer7 layer7_of_mesh(const TrafficClass& traffic, const ScenarioBuilder& builder) {
    using datapath::Layer7;
    const auto any_is = [&](Mesh mesh) {
        return std::ranges::any_of(traffic.to, [&](WorkloadIx to) { return mesh_of(to, builder) == mesh; });
    };
    const Mesh from = traffic.from.valid() ? mesh_of(traffic.from, builder) : Mesh::none;
    const int sidecars = (from == Mesh::sidecar ? 1 : 0) + (any_is(Mesh::sidecar) ? 1 : 0);
    if (sidecars == 2) return Layer7::two_sidecars;
    if (sidecars == 1) return Layer7::one_sidecar;
    return from == Mesh::ambient || any_is(Mesh::ambient) ? Layer7::ztunnel : Layer7::none;
}

}  // namespace

void read_http_policy(const Reader& object, const std::string& namespace_name, ScenarioBuilder& builder) {
    if (const auto spec = object.member("spec")) add_policy_rule(*spec, namespace_name, builder);
    for (const Reader& rule : object.items("specs")) add_policy_rule(rule, namespace_name, builder);
}

datapath::Layer7 layer7_by_objects(const TrafficClass& traffic, const ScenarioBuilder& builder) {
    using datapath::Layer7;
    const Layer7 of_mesh = layer7_of_mesh(traffic, builder);
    if (of_mesh == Layer7::two_sidecars) return of_mesh;
    const auto& balancers = builder.spec.load_balancers;
    if (traffic.balancer >= 0 && balancers[static_cast<std::size_t>(traffic.balancer)].is_cilium_ingress)
        return Layer7::ingress_proxy;
    if (of_mesh == Layer7::one_sidecar) return of_mesh;
    const auto is_seen_through = [&](const HttpPolicy& policy) {
        return std::ranges::any_of(traffic.to, [&](WorkloadIx to) { return selects_pods(policy, to, builder); });
    };
    if (std::ranges::any_of(builder.http_policies, is_seen_through)) return Layer7::node_proxy;
    return of_mesh;
}

}  // namespace eks

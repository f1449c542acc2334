#include "models/scenario/kubernetes/addons.hpp"

#include "models/scenario/kubernetes/eni_configs.hpp"
#include "models/scenario/kubernetes/environment_patch.hpp"
#include "models/scenario/kubernetes/metrics_server.hpp"
#include "models/scenario/kubernetes/pod_identity.hpp"
#include "models/scenario/kubernetes/pod_spec_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace eks {
namespace {

struct AddonObject {
    std::string_view addon;
    std::string_view title;      // of its object
    std::string_view container;  // the one that settings mean
};
constexpr std::string_view vpc_cni = "vpc-cni";
constexpr std::string_view metrics_server = "metrics-server";
constexpr std::string_view pod_identity_agent = "eks-pod-identity-agent";
constexpr std::array<AddonObject, 5> addon_objects{{
    {vpc_cni, "DaemonSet/kube-system/aws-node", "aws-node"},
    {"kube-proxy", "DaemonSet/kube-system/kube-proxy", "kube-proxy"},
    {"coredns", "Deployment/kube-system/coredns", "coredns"},
    {metrics_server, "Deployment/kube-system/metrics-server", "metrics-server"},
    {pod_identity_agent, "DaemonSet/kube-system/eks-pod-identity-agent", pod_identity_agent},
}};

// Settings that replace a member of the pod spec as they are.
constexpr std::array<std::string_view, 4> pod_spec_settings{"tolerations", "nodeSelector", "affinity",
                                                            "topologySpreadConstraints"};

JsonValue take_over(const Reader& setting) {
    setting.mark_used();
    JsonValue copy = setting.value();
    Reader(copy, setting.reading()).mark_ignored();  // whether the object's reader uses it is seen there
    return copy;
}

JsonValue* container_named(JsonValue& pod_spec, std::string_view name) {
    JsonValue* containers = pod_spec.find("containers");
    if (containers == nullptr) return nullptr;
    for (JsonValue& container : containers->items) {
        const JsonValue* its_name = container.find("name");
        if (its_name != nullptr && its_name->text == name) return &container;
    }
    return nullptr;
}

// DNS-6: {enabled: true, minReplicas: 2, maxReplicas: 10}
void read_autoscaling(const Reader& setting, ScenarioBuilder& builder) {
    constexpr std::int64_t most_replicas = 1'000'000;
    if (!setting.expect_map() || !setting.boolean("enabled").value_or(false)) return;
    ManagedScaling scaling;
    if (const auto least = setting.integer("minReplicas", 1, most_replicas)) scaling.least = *least;
    if (const auto most = setting.integer("maxReplicas", 1, most_replicas)) scaling.most = *most;
    if (scaling.most < scaling.least) {
        setting.complain(Rule::size_order, fmt::format("{}: maxReplicas {} is below minReplicas {}", setting.title(),
                                                       scaling.most, scaling.least));
        return;
    }
    builder.coredns_scaling = scaling;
}

void apply_setting(const std::string& key, const Reader& setting, JsonValue& object, JsonValue& pod_spec,
                   JsonValue& container, ScenarioBuilder& builder) {
    if (setting.is_null()) return;
    if (key == "env") {
        set_environment(container, setting);
    } else if (key == "resources") {
        container.member("resources") = take_over(setting);
    } else if (key == "replicaCount") {
        object.member("spec").member("replicas") = take_over(setting);
    } else if (key == "autoScaling") {
        read_autoscaling(setting, builder);
    } else if (std::ranges::find(pod_spec_settings, key) != pod_spec_settings.end()) {
        pod_spec.member(key) = take_over(setting);
    }
}

void apply_settings(const Reader& settings, const AddonObject& where, KubernetesObjects& objects,
                    ScenarioBuilder& builder) {
    const auto position = objects.find(where.title);
    if (!position) return;  // 1.10 has kube-dns in the place of coredns
    JsonValue& object = objects.changeable(*position);
    for (const auto& [key, setting] : settings.members()) {
        if (key == "eniConfig" && where.addon == vpc_cni && !setting.is_null()) {
            add_eni_configs(setting, objects, builder);
            continue;
        }
        JsonValue* pod_spec = pod_spec_of(object, objects.all()[*position].kind);
        JsonValue* container = pod_spec != nullptr ? container_named(*pod_spec, where.container) : nullptr;
        if (container != nullptr) apply_setting(key, setting, object, *pod_spec, *container, builder);
    }
}

void apply_addon(const Addon& addon, const AddonObject& where, KubernetesObjects& objects, ScenarioBuilder& builder) {
    if (!addon.configuration) return;
    apply_settings(*addon.configuration, where, objects, builder);
    // Settings written as a map stand in the cluster section and are listed with it.
    const auto written = addon.entry.member("configurationValues");
    if (written && written->is_text()) builder.list_ignored("addon " + addon.name, addon.configuration->value());
}

}  // namespace

void apply_vpc_cni_values(const Reader& values, KubernetesObjects& objects, ScenarioBuilder& builder) {
    apply_settings(values, addon_objects.front(), objects, builder);
}

void apply_addons(KubernetesObjects& objects, ScenarioBuilder& builder) {
    for (const Addon& addon : builder.addons) {
        const auto* const where = std::ranges::find(addon_objects, addon.name, &AddonObject::addon);
        if (where != addon_objects.end()) {
            if (addon.name == metrics_server) {
                builder.kept.push_back(metrics_server_of_addon(builder.reading.origins, builder.reading.diagnostics));
                objects.add(Reader(builder.kept.back(), builder.reading), true);
            }
            if (addon.name == pod_identity_agent) {
                builder.kept.push_back(
                    pod_identity_agent_of_addon(builder.reading.origins, builder.reading.diagnostics));
                objects.add(Reader(builder.kept.back(), builder.reading), true);
            }
            apply_addon(addon, *where, objects, builder);
        } else {
            addon.entry.warn(
                Rule::kind_not_modelled,
                fmt::format("the pods of the add-on {} are not modelled: they take no room on the nodes here",
                            addon.name),
                "add its manifests to have them counted");
        }
    }
}

}  // namespace eks

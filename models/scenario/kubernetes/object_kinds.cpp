#include "models/scenario/kubernetes/object_kinds.hpp"

#include <algorithm>
#include <array>

namespace eks {
namespace {

using enum ObjectRole;

constexpr bool in_namespace = true;
constexpr bool cluster_wide = false;

constexpr auto object_kind_table = std::to_array<ObjectKind>({
    // What makes pods.
    {"Pod", "", workload, in_namespace},
    {"ReplicationController", "", workload, in_namespace},
    {"Deployment", "apps", workload, in_namespace},
    {"Deployment", "extensions", workload, in_namespace},
    {"ReplicaSet", "apps", workload, in_namespace},
    {"ReplicaSet", "extensions", workload, in_namespace},
    {"StatefulSet", "apps", workload, in_namespace},
    {"DaemonSet", "apps", workload, in_namespace},
    {"DaemonSet", "extensions", workload, in_namespace},
    {"Job", "batch", workload, in_namespace},
    {"CronJob", "batch", workload, in_namespace},

    // What bears on pods.
    {"Service", "", service, in_namespace},
    {"ServiceAccount", "", service_account, in_namespace},
    {"Namespace", "", namespaces, cluster_wide},
    {"PriorityClass", "scheduling.k8s.io", priority_class, cluster_wide},
    {"LimitRange", "", limit_range, in_namespace},
    {"ResourceQuota", "", resource_quota, in_namespace},
    {"PersistentVolume", "", volume, cluster_wide},
    {"PersistentVolumeClaim", "", volume_claim, in_namespace},
    {"StorageClass", "storage.k8s.io", storage_class, cluster_wide},
    {"KubeSchedulerConfiguration", "kubescheduler.config.k8s.io", scheduler_configuration, cluster_wide},
    {"PodDisruptionBudget", "policy", disruption_budget, in_namespace},
    {"SecurityGroupPolicy", "vpcresources.k8s.aws", security_group_policy, in_namespace},
    {"ENIConfig", "crd.k8s.amazonaws.com", eni_config, cluster_wide},
    {"HorizontalPodAutoscaler", "autoscaling", horizontal_autoscaler, in_namespace},
    {"VerticalPodAutoscaler", "autoscaling.k8s.io", vertical_autoscaler, in_namespace},
    {"ScaledObject", "keda.sh", scaled_object, in_namespace},
    {"ScaledJob", "keda.sh", workload, in_namespace},
    {"NodePool", "karpenter.sh", node_pool, cluster_wide},
    {"EC2NodeClass", "karpenter.k8s.aws", node_class, cluster_wide},
    {"CiliumNetworkPolicy", "cilium.io", http_policy, in_namespace},
    {"CiliumClusterwideNetworkPolicy", "cilium.io", http_policy, cluster_wide},
    {"Secret", "", secret, in_namespace},
    {"ExternalSecret", "external-secrets.io", operated_secret, in_namespace},
    {"VaultStaticSecret", "secrets.hashicorp.com", operated_secret, in_namespace},
    {"SecretStore", "external-secrets.io", secret_store, in_namespace},
    {"ClusterSecretStore", "external-secrets.io", secret_store, cluster_wide},
    {"ServiceMonitor", "monitoring.coreos.com", monitor, in_namespace},
    {"PodMonitor", "monitoring.coreos.com", monitor, in_namespace},
    {"Prometheus", "monitoring.coreos.com", operated_workload, in_namespace},
    {"Alertmanager", "monitoring.coreos.com", operated_workload, in_namespace},
    {"List", "", list, cluster_wide},

    // What a later model reads.
    {"NodeClaim", "karpenter.sh", not_modelled, cluster_wide},
    {"Provisioner", "karpenter.sh", not_modelled, cluster_wide},
    {"AWSNodeTemplate", "karpenter.k8s.aws", not_modelled, cluster_wide},
    {"RuntimeClass", "node.k8s.io", not_modelled, cluster_wide},
    {"Node", "", not_modelled, cluster_wide},
    // The Prometheus operator makes workloads of these, too.
    {"PrometheusAgent", "monitoring.coreos.com", not_modelled, in_namespace},
    {"ThanosRuler", "monitoring.coreos.com", not_modelled, in_namespace},

    // The rest of Kubernetes.
    {"Binding", "", inert, in_namespace},
    {"ComponentStatus", "", inert, cluster_wide},
    {"ConfigMap", "", inert, in_namespace},
    {"Endpoints", "", inert, in_namespace},
    {"Event", "", inert, in_namespace},
    {"Event", "events.k8s.io", inert, in_namespace},
    {"PodTemplate", "", inert, in_namespace},
    {"ControllerRevision", "apps", inert, in_namespace},
    {"Eviction", "policy", inert, in_namespace},
    {"PodSecurityPolicy", "policy", inert, cluster_wide},
    {"PodSecurityPolicy", "extensions", inert, cluster_wide},
    {"Ingress", "extensions", ingress, in_namespace},
    {"NetworkPolicy", "extensions", inert, in_namespace},
    {"Ingress", "networking.k8s.io", ingress, in_namespace},
    {"IngressClass", "networking.k8s.io", inert, cluster_wide},
    {"NetworkPolicy", "networking.k8s.io", inert, in_namespace},
    {"Role", "rbac.authorization.k8s.io", inert, in_namespace},
    {"RoleBinding", "rbac.authorization.k8s.io", inert, in_namespace},
    {"ClusterRole", "rbac.authorization.k8s.io", inert, cluster_wide},
    {"ClusterRoleBinding", "rbac.authorization.k8s.io", inert, cluster_wide},
    {"CSIDriver", "storage.k8s.io", inert, cluster_wide},
    {"CSINode", "storage.k8s.io", inert, cluster_wide},
    {"VolumeAttachment", "storage.k8s.io", inert, cluster_wide},
    {"CustomResourceDefinition", "apiextensions.k8s.io", inert, cluster_wide},
    {"APIService", "apiregistration.k8s.io", inert, cluster_wide},
    {"MutatingWebhookConfiguration", "admissionregistration.k8s.io", inert, cluster_wide},
    {"ValidatingWebhookConfiguration", "admissionregistration.k8s.io", inert, cluster_wide},
    {"ValidatingAdmissionPolicy", "admissionregistration.k8s.io", inert, cluster_wide},
    {"ValidatingAdmissionPolicyBinding", "admissionregistration.k8s.io", inert, cluster_wide},
    {"Lease", "coordination.k8s.io", inert, in_namespace},
    {"EndpointSlice", "discovery.k8s.io", inert, in_namespace},
    {"FlowSchema", "flowcontrol.apiserver.k8s.io", inert, cluster_wide},
    {"PriorityLevelConfiguration", "flowcontrol.apiserver.k8s.io", inert, cluster_wide},
    {"CertificateSigningRequest", "certificates.k8s.io", inert, cluster_wide},

    // Often seen beside them.
    {"Probe", "monitoring.coreos.com", inert, in_namespace},
    {"PrometheusRule", "monitoring.coreos.com", inert, in_namespace},
    {"AlertmanagerConfig", "monitoring.coreos.com", inert, in_namespace},
    {"TriggerAuthentication", "keda.sh", inert, in_namespace},
    {"Certificate", "cert-manager.io", inert, in_namespace},
    {"Issuer", "cert-manager.io", inert, in_namespace},
    {"ClusterIssuer", "cert-manager.io", inert, cluster_wide},
});

constexpr bool is_digit_of_version(char c) { return c >= '0' && c <= '9'; }

// Takes off a number; false if there is none.
bool take_number(std::string_view& text) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit_of_version(text[digits])) ++digits;
    text.remove_prefix(digits);
    return digits > 0;
}

}  // namespace

std::span<const ObjectKind> known_object_kinds() { return object_kind_table; }

std::string_view group_of(std::string_view api_version) {
    const std::size_t slash = api_version.find('/');
    return slash == std::string_view::npos ? std::string_view{} : api_version.substr(0, slash);
}

bool is_version_name(std::string_view api_version) {
    const std::size_t slash = api_version.find('/');
    std::string_view version = slash == std::string_view::npos ? api_version : api_version.substr(slash + 1);
    if (!version.starts_with('v')) return false;
    version.remove_prefix(1);
    if (!take_number(version)) return false;
    if (version.empty()) return true;
    for (const std::string_view stage : {std::string_view("alpha"), std::string_view("beta")}) {
        if (!version.starts_with(stage)) continue;
        version.remove_prefix(stage.size());
        return take_number(version) && version.empty();
    }
    return false;
}

const ObjectKind* find_object_kind(std::string_view kind, std::string_view group) {
    const auto found = std::ranges::find_if(
        object_kind_table, [&](const ObjectKind& known) { return known.kind == kind && known.group == group; });
    return found == object_kind_table.end() ? nullptr : &*found;
}

bool is_built_in_group(std::string_view group) {
    return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io");
}

}  // namespace eks

#include "models/scenario/kubernetes/objects.hpp"

#include "models/scenario/kubernetes/addons.hpp"
#include "models/scenario/kubernetes/admission.hpp"
#include "models/scenario/kubernetes/cilium.hpp"
#include "models/scenario/kubernetes/cluster_autoscaler.hpp"
#include "models/scenario/kubernetes/cni_environment.hpp"
#include "models/scenario/kubernetes/descheduler.hpp"
#include "models/scenario/kubernetes/disruption_budgets.hpp"
#include "models/scenario/kubernetes/eks_defaults.hpp"
#include "models/scenario/kubernetes/eni_configs.hpp"
#include "models/scenario/kubernetes/goldilocks.hpp"
#include "models/scenario/kubernetes/horizontal_autoscalers.hpp"
#include "models/scenario/kubernetes/keda_objects.hpp"
#include "models/scenario/kubernetes/kube_proxy.hpp"
#include "models/scenario/kubernetes/layer7.hpp"
#include "models/scenario/kubernetes/load_balancers.hpp"
#include "models/scenario/kubernetes/metrics_server.hpp"
#include "models/scenario/kubernetes/node_pools.hpp"
#include "models/scenario/kubernetes/object_list.hpp"
#include "models/scenario/kubernetes/operated_workloads.hpp"
#include "models/scenario/kubernetes/pod_identity.hpp"
#include "models/scenario/kubernetes/pod_networks.hpp"
#include "models/scenario/kubernetes/prometheus_adapter.hpp"
#include "models/scenario/kubernetes/proportional_scalers.hpp"
#include "models/scenario/kubernetes/proportional_vertical.hpp"
#include "models/scenario/kubernetes/resource_quotas.hpp"
#include "models/scenario/kubernetes/scheduler_configuration.hpp"
#include "models/scenario/kubernetes/spreading.hpp"
#include "models/scenario/kubernetes/vertical_autoscalers.hpp"
#include "models/scenario/kubernetes/workloads.hpp"
#include "models/scenario/limits.hpp"
#include "models/scenario/patches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace eks {
namespace {

constexpr std::string_view aws_node_title = "DaemonSet/kube-system/aws-node";

void add_eks_defaults(KubernetesObjects& objects, ScenarioBuilder& builder) {
    if (builder.spec.nomad.runs) return;
    builder.kept.push_back(
        eks_default_objects(builder.spec.kubernetes, builder.reading.origins, builder.reading.diagnostics));
    if (builder.is_ipv6) install_for_ipv6(builder.kept.back());
    const JsonValue& defaults = builder.kept.back();
    for (const JsonValue& object : defaults.items) objects.add(Reader(object, builder.reading), true);
}

bool is_cilium_chart(const std::optional<std::string>& chart) { return chart == "cilium" || chart == "cilium/cilium"; }

// {helmValues: …, chart: …}: only charts whose objects we know can be filled with values.
void add_chart(const Reader& entry, KubernetesObjects& objects, ScenarioBuilder& builder, CiliumReading& cilium) {
    const auto chart = entry.text("chart");
    const Reader values = *entry.member("helmValues");
    if (is_cilium_chart(chart)) return cilium.add_values(values, objects);
    if (chart == "aws-vpc-cni" || chart == "eks/aws-vpc-cni") {
        if (values.expect_map()) apply_vpc_cni_values(values, objects, builder);
        builder.list_ignored(entry.path(), entry.value());
        return;
    }
    if (chart == "karpenter" || chart == "karpenter/karpenter" || chart == "oci://public.ecr.aws/karpenter/karpenter") {
        builder.karpenter_values.push_back(values);
        return;
    }
    entry.complain(Rule::not_yet_modelled,
                   fmt::format("{}: Helm values of this chart are not yet modelled", entry.title()),
                   "render the chart with `helm template` and give the manifests");
}

void add_manifests(const Reader& manifests, KubernetesObjects& objects, ScenarioBuilder& builder,
                   CiliumReading& cilium) {
    for (const Reader& manifest : manifests.items()) {
        if (manifest.has("helmValues") && !manifest.has("kind")) {
            add_chart(manifest, objects, builder, cilium);
            continue;
        }
        objects.add(manifest, false);
    }
}

// The name and namespace of an object count where the object does.
void mark_identity_used(const Reader& object) {
    const auto metadata = object.member("metadata");
    if (!metadata || !metadata->is_map()) return;
    for (const std::string_view key : {"name", "namespace"}) {
        if (const auto value = metadata->member(key)) value->mark_used();
    }
    if (metadata->has("name")) return;
    if (const auto prefix = metadata->member("generateName")) prefix->mark_used();
}

// Kinds that are passed over, with how often: they are spoken of once each.
class PassedOver {
  public:
    void note(const Reader& object, const KubernetesObject& identity) {
        const std::string kind =
            identity.group.empty() ? identity.kind : fmt::format("{}.{}", identity.kind, identity.group);
        const auto [position, is_new] = positions_.try_emplace(kind, noted_.size());
        if (is_new) noted_.push_back({object, kind, identity.known != nullptr, 0});
        ++noted_[position->second].count;
    }

    void warn() const {
        for (const Noted& noted : noted_) {
            const std::string objects = noted.count == 1 ? "1 object is" : fmt::format("{} objects are", noted.count);
            if (noted.is_known) {
                noted.first.warn(
                    Rule::kind_not_modelled,
                    fmt::format("{} is not yet modelled: {} passed over, and the outcome may be another one with it",
                                noted.kind, objects));
            } else {
                noted.first.warn(
                    Rule::unknown_custom_kind,
                    fmt::format("{} is a custom resource that is not known here: {} passed over", noted.kind, objects),
                    "if an operator makes pods of it, add these as manifests");
            }
        }
    }

  private:
    struct Noted {
        Reader first;
        std::string kind;
        bool is_known = false;
        std::int64_t count = 0;
    };
    std::vector<Noted> noted_;
    std::map<std::string, std::size_t, std::less<>> positions_;
};

// Reads the objects in passes, because pods need the priority classes and limit ranges that may come behind them.
class ObjectReading {
  public:
    ObjectReading(const KubernetesObjects& objects, ScenarioBuilder& builder)
        : objects_(objects),
          builder_(builder),
          admission_(builder.spec.kubernetes.has_priorities_and_preemption()),
          balancers_(builder) {}

    void read() {
        for (const KubernetesObject& object : objects_.all()) read_what_pods_need(object);
        std::int64_t workloads = 0;
        for (const KubernetesObject& object : objects_.all()) {
            if (role_of(object) != ObjectRole::workload) continue;
            if (++workloads > limits::workloads) {
                objects_.reader_of(object).complain(
                    Rule::beyond_reason, fmt::format("the scenario has more than {} workloads", limits::workloads));
                break;
            }
            const Reader reader = objects_.reader_of(object);
            mark_identity_used(reader);
            read_workload(reader, object.kind, object.namespace_name, object.name, object.is_addon, admission_,
                          builder_, selectors_);
        }
        decide_spreading(services_, selectors_, builder_);
        find_endpoints(services_, builder_);
        for (const KubernetesObject& object : objects_.all()) read_scaler(object);
        add_goldilocks_scalers(objects_, admission_, builder_);
        warn_of_unstated_amounts(builder_);
        passed_over_.warn();
    }

    // Needs what Cilium does with Ingresses.
    void make_load_balancers() { balancers_.finish(builder_); }

    // Needs the settings of the CNI.
    void warn_of_idle_policies() const { admission_.security_groups.warn_of_idle_ones(builder_.spec.cni.pod_enis); }

  private:
    static ObjectRole role_of(const KubernetesObject& object) {
        return object.known != nullptr ? object.known->role : ObjectRole::inert;
    }

    void read_scaler(const KubernetesObject& object) {
        const Reader reader = objects_.reader_of(object);
        if (role_of(object) == ObjectRole::horizontal_autoscaler) {
            mark_identity_used(reader);
            read_horizontal_autoscaler(reader, object.namespace_name, object.name, builder_);
        } else if (role_of(object) == ObjectRole::vertical_autoscaler) {
            mark_identity_used(reader);
            read_vertical_autoscaler(reader, object.namespace_name, object.name, admission_, builder_);
        } else if (role_of(object) == ObjectRole::scaled_object) {
            mark_identity_used(reader);
            read_scaled_object(reader, object.namespace_name, object.name, builder_);
        } else if (object.kind == "ScaledJob" && role_of(object) == ObjectRole::workload) {
            read_scaled_job(reader, object.namespace_name, object.name, builder_);
        }
    }

    void read_what_pods_need(const KubernetesObject& object) {
        const Reader reader = objects_.reader_of(object);
        switch (role_of(object)) {
            case ObjectRole::workload:
            case ObjectRole::horizontal_autoscaler:  // read when all workloads are known
            case ObjectRole::vertical_autoscaler:
            case ObjectRole::scaled_object:
            case ObjectRole::eni_config:  // read when the settings of the CNI are known
            case ObjectRole::node_pool:   // with Karpenter's own settings, when all workloads are
            case ObjectRole::node_class:
            case ObjectRole::list: return;
            case ObjectRole::operated_workload: mark_identity_used(reader); return;
            case ObjectRole::ingress:
                mark_identity_used(reader);
                balancers_.add_ingress(object.namespace_name, object.name, reader);
                return;
            case ObjectRole::service:
                mark_identity_used(reader);
                balancers_.add_service(object.namespace_name, object.name, reader);
                note_headless(object, reader);
                if (auto selector = peek_service_selector(reader)) {
                    services_.push_back({object.namespace_name, object.name, std::move(*selector), reader});
                }
                return;
            case ObjectRole::namespaces:
                mark_identity_used(reader);
                builder_.namespace_named(object.name);
                read_namespace_labels(reader, object.name);
                return;
            case ObjectRole::priority_class: admission_.add_priority_class(object.name, reader); return;
            case ObjectRole::volume:
                mark_identity_used(reader);
                admission_.volumes.add_volume(object.name, reader);
                return;
            case ObjectRole::volume_claim:
                mark_identity_used(reader);
                admission_.volumes.add_claim(object.namespace_name, object.name, reader);
                return;
            case ObjectRole::storage_class:
                mark_identity_used(reader);
                admission_.volumes.add_class(object.name, reader);
                return;
            case ObjectRole::scheduler_configuration:
                mark_identity_used(reader);
                configure_scheduler(reader);
                return;
            case ObjectRole::limit_range: admission_.add_limit_range(object.namespace_name, reader); return;
            case ObjectRole::disruption_budget:
                mark_identity_used(reader);
                read_disruption_budget(reader, object.namespace_name, object.name, builder_);
                return;
            case ObjectRole::resource_quota:
                mark_identity_used(reader);
                read_resource_quota(reader, object.namespace_name, object.name, builder_);
                return;
            case ObjectRole::service_account:
                reader.mark_ignored();
                admission_.security_groups.add_service_account(object.namespace_name, object.name, reader);
                read_role_of_account(reader, object.namespace_name, object.name, builder_);
                return;
            case ObjectRole::secret:
                reader.mark_ignored();
                note_secret(object.namespace_name, object.name, builder_);
                return;
            case ObjectRole::operated_secret:
                mark_identity_used(reader);
                read_operated_secret(reader, object.namespace_name, object.name, builder_);
                return;
            case ObjectRole::secret_store:
                mark_identity_used(reader);
                read_secret_store(reader, object.namespace_name, object.name, builder_);
                return;
            case ObjectRole::security_group_policy:
                mark_identity_used(reader);
                admission_.security_groups.add_policy(object.namespace_name, reader);
                return;
            case ObjectRole::monitor:
                mark_identity_used(reader);
                builder_.monitors.push_back({object.title, object.namespace_name, object.kind == "PodMonitor", reader});
                return;
            case ObjectRole::http_policy:
                if (builder_.spec.data_paths.are_used) {
                    mark_identity_used(reader);
                    read_http_policy(reader, object.namespace_name, builder_);
                    return;
                }
                [[fallthrough]];
            case ObjectRole::not_modelled:
                reader.mark_ignored();
                passed_over_.note(reader, object);
                return;
            case ObjectRole::inert:
                reader.mark_ignored();
                if (object.known == nullptr) passed_over_.note(reader, object);
                return;
        }
    }

    // Whoever asks for a Service without an address of its own is told those of its pods.
    void note_headless(const KubernetesObject& object, const Reader& reader) {
        if (!builder_.spec.data_paths.are_used) return;
        const auto spec = reader.member("spec");
        if (spec && spec->is_map() && spec->text("clusterIP") == "None")
            builder_.headless_services.insert(object.namespace_name + "/" + object.name);
    }

    // Profiles that it names take the place of what there was; the default one stays where it names others alone.
    void configure_scheduler(const Reader& reader) {
        SchedulerSettings& settings = builder_.spec.scheduler;
        SchedulerConfiguration read = read_scheduler_configuration(reader);
        if (read.percentage_of_nodes_to_score)
            settings.percentage_of_nodes_to_score = *read.percentage_of_nodes_to_score;
        for (SchedulerProfile& profile : read.profiles) {
            const auto there = std::ranges::find(settings.profiles, profile.name, &SchedulerProfile::name);
            if (there == settings.profiles.end())
                settings.profiles.push_back(std::move(profile));
            else
                *there = std::move(profile);
        }
    }

    // What namespaceSelectors select by; the API server adds the name.
    void read_namespace_labels(const Reader& reader, const std::string& name) {
        std::vector<Label>& labels = builder_.spec.namespace_labels[name];
        if (const auto metadata = reader.member("metadata"); metadata && metadata->is_map()) {
            if (const auto stated = metadata->member("labels")) labels = read_labels(*stated);
        }
        std::erase_if(labels, [](const Label& label) { return label.key == "kubernetes.io/metadata.name"; });
    }

    const KubernetesObjects& objects_;
    ScenarioBuilder& builder_;
    Admission admission_;
    std::vector<ServiceSelector> services_;
    LoadBalancerObjects balancers_;
    std::vector<OwnedSelector> selectors_;
    PassedOver passed_over_;
};

void read_address_settings(const KubernetesObjects& objects, const Reader& at, ScenarioBuilder& builder) {
    if (const auto position = objects.find(aws_node_title)) {
        read_cni_environment(objects.reader_of(objects.all()[*position]), builder);
        return;
    }
    if (builder.spec.cni_kind == CniKind::cilium_eni || builder.spec.nomad.runs) return;
    at.complain(Rule::not_yet_modelled,
                fmt::format("{} is gone; a cluster without the VPC CNI is not yet modelled", aws_node_title),
                "keep the DaemonSet");
}

// Cilium's settings are complete only once all objects have been read.
void list_unread_cilium_values(const Reader& manifests, ScenarioBuilder& builder) {
    for (const Reader& manifest : manifests.items()) {
        if (!manifest.is_map() || manifest.has("kind") || !manifest.has("helmValues")) continue;
        if (is_cilium_chart(manifest.text("chart")))
            builder.list_ignored("Helm values of cilium", manifest.member("helmValues")->value());
    }
}

void list_what_nobody_read(const KubernetesObject& object, const std::string& subject, ScenarioBuilder& builder) {
    if (!object.is_addon) {
        builder.leaves.all += count_leaves(*object.value);
        for (const IgnoredLeaves& unread : unread_leaves(*object.value)) builder.leaves.ignored += unread.count;
    }
    builder.list_ignored(subject, *object.value);
}

}  // namespace

void read_objects(const std::optional<Reader>& manifests, const std::optional<Reader>& patches,
                  ScenarioBuilder& builder, std::span<const Reader> changes) {
    KubernetesObjects objects(builder.reading, builder.kept);
    add_eks_defaults(objects, builder);
    apply_addons(objects, builder);
    CiliumReading cilium(builder);
    if (manifests) add_manifests(*manifests, objects, builder, cilium);
    if (patches) apply_patches(*patches, objects);
    apply_changes(changes, objects);
    add_operated_workloads(objects, builder);

    ObjectReading reading(objects, builder);
    reading.read();
    read_node_pools(objects, builder);
    cilium.finish(objects);
    reading.make_load_balancers();
    read_kube_proxy(objects, builder);
    read_proportional_scalers(objects, builder);
    read_proportional_vertical(objects, builder);
    find_metrics_server(builder);
    read_metrics_adapter(objects, builder);
    serve_resources_by_adapter(objects, builder);
    read_vertical_processes(builder);
    if (patches) {
        read_address_settings(objects, *patches, builder);
    } else if (const auto position = objects.find(aws_node_title)) {
        read_cni_environment(objects.reader_of(objects.all()[*position]), builder);
    }
    reading.warn_of_idle_policies();
    read_resource_controller_settings(objects, builder);
    offer_branch_enis(builder);
    check_ipv6(builder);
    assign_eni_configs(objects, builder);
    read_cluster_autoscaler(objects, builder);
    read_descheduler(objects, builder);
    finish_pod_identity(builder);
    // EKS's own Service is nobody's manifest; its workloads are all read, so what is left there came from a patch.
    mark_what_they_are_made_of(objects);
    for (const KubernetesObject& object : objects.all()) {
        if (object.made_of != nullptr) continue;
        const bool is_workload = object.known != nullptr && object.known->role == ObjectRole::workload;
        if (!object.is_addon || is_workload) list_what_nobody_read(object, object.title, builder);
    }
    if (manifests) list_unread_cilium_values(*manifests, builder);
    for (const Reader& values : builder.karpenter_values)
        builder.list_ignored("Helm values of karpenter", values.value());
    for (const KubernetesObject& object : objects.gone()) {
        objects.reader_of(object).mark_ignored();
        list_what_nobody_read(object, object.title + " (replaced)", builder);
    }
}

}  // namespace eks

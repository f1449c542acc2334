#include "models/metrics/base_series.hpp"

#include "models/facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace eks {

namespace {

std::uint32_t rows_of_axis(const Spec& spec, Axis axis) {
    switch (axis) {
        case Axis::whole: return 1;
        case Axis::workload: return static_cast<std::uint32_t>(spec.workloads.size());
        case Axis::usage: return spec.usages.empty() ? 0 : static_cast<std::uint32_t>(spec.workloads.size());
        case Axis::contest:
            return spec.cni_kind == CniKind::both ? static_cast<std::uint32_t>(spec.workloads.size()) : 0;
        case Axis::subnet: return static_cast<std::uint32_t>(spec.subnets.size());
        case Axis::payer: return static_cast<std::uint32_t>(spec.node_groups.size() + shared_cost_count);
        case Axis::share: return static_cast<std::uint32_t>(spec.workloads.size()) + 2;
        case Axis::shape: return static_cast<std::uint32_t>(spec.shapes.size());
        case Axis::image: return static_cast<std::uint32_t>(spec.images.size());
        case Axis::ec2_action: return static_cast<std::uint32_t>(ec2_action_count);
        case Axis::client: return static_cast<std::uint32_t>(api_client_count);
        case Axis::outside: return static_cast<std::uint32_t>(spec.outside.uses.size());
        // Nothing goes through them that a scenario does not speak of.
        case Axis::nat_gateway:
            return spec.outside.uses.empty() ? 0 : static_cast<std::uint32_t>(spec.outside.gateways.size());
        case Axis::connections:
            return spec.data_paths.are_used
                       ? static_cast<std::uint32_t>(spec.traffic.classes.size() + spec.outside.uses.size())
                       : 0;
        case Axis::data_path: return spec.data_paths.are_used ? 1 : 0;
        case Axis::dns: return spec.dns.uses.empty() ? 0 : 1;
        case Axis::admission: return spec.quotas.empty() ? 0 : static_cast<std::uint32_t>(spec.workloads.size());
        case Axis::node_pool: return static_cast<std::uint32_t>(spec.karpenter.pools.size());
        case Axis::service: return static_cast<std::uint32_t>(spec.services.size());
        case Axis::budget: return static_cast<std::uint32_t>(spec.budgets.size());
        case Axis::descheduler:
            return spec.descheduler.pods.valid() ? static_cast<std::uint32_t>(spec.workloads.size()) : 0;
        case Axis::aws_action: return spec.identity.is_empty() ? 0 : static_cast<std::uint32_t>(aws_action_count);
        case Axis::steady_caller: return static_cast<std::uint32_t>(spec.identity.callers.size());
        case Axis::balancer_action:
            return spec.identity.balancer_controller.valid() && !spec.identity.is_empty()
                       ? static_cast<std::uint32_t>(balancer_action_count)
                       : 0;
        case Axis::balancer_object: return static_cast<std::uint32_t>(spec.identity.balancer_objects.size());
        case Axis::external_dns: return static_cast<std::uint32_t>(spec.identity.external_dns.size());
        case Axis::secret: return static_cast<std::uint32_t>(spec.identity.secrets.size());
        case Axis::exposure: return spec.identity.exposure.is_said || !spec.identity.exposure.balancers.empty() ? 1 : 0;
        case Axis::cluster_autoscaler: return spec.cluster_autoscaler.pods.valid() ? 1 : 0;
        case Axis::quota: {
            std::size_t bounds = 0;
            for (const ResourceQuota& quota : spec.quotas) bounds += quota.bounds.size();
            return static_cast<std::uint32_t>(bounds);
        }
        case Axis::traffic: return spec.traffic.servers.empty() ? 0 : static_cast<std::uint32_t>(spec.workloads.size());
        case Axis::message_queue: return static_cast<std::uint32_t>(spec.traffic.queues.size());
        case Axis::scaler: return static_cast<std::uint32_t>(spec.pod_scaling.horizontal.size());
        case Axis::vertical_scaler: return static_cast<std::uint32_t>(spec.pod_scaling.vertical.size());
        case Axis::advised: return static_cast<std::uint32_t>(spec.pod_scaling.advice.workloads.size());
        case Axis::keda_trigger: return spec.pod_scaling.trigger_count;
        case Axis::telemetry: return static_cast<std::uint32_t>(spec.telemetry.agents.size());
        case Axis::node: return 0;
    }
    return 0;
}

constexpr std::array<std::string_view, 4> phase_texts{"Pending", "Running", "Succeeded", "Failed"};
constexpr std::array<std::string_view, 3> dns_result_texts{"ok", "slow", "failed"};
constexpr std::array<std::string_view, 4> lost_samples_texts{"unscraped", "wal-gone", "wal-cut", "wal-too-old"};
constexpr std::array<std::string_view, 3> scaler_condition_texts{"AbleToScale", "ScalingActive", "ScalingLimited"};
constexpr std::array<std::string_view, advice_bound_count> advice_texts{"lower", "target", "upper"};
// In the order of AdvisedAmount.
constexpr std::array<std::string_view, advised_amount_count> advised_texts{"request", "limit",      "request",  "limit",
                                                                           "current", "guaranteed", "burstable"};
constexpr std::array<std::string_view, 2> rescale_texts{"up", "down"};
constexpr std::array<std::string_view, node_table_count> table_texts{"conntrack", "bpf", "ec2"};

// A class of traffic, or a use of a network outside: "outside -> Service/shop/web".
struct Ends {
    std::string from;
    std::string to;
};
Ends ends_of(const Spec& spec, std::uint32_t row) {
    const std::size_t classes = spec.traffic.classes.size();
    if (row >= classes) {
        const OutsideUse& use = spec.outside.uses[row - classes];
        const Workload& workload = spec[use.workload];
        return {fmt::format("{}/{}/{}", kind_name(workload.kind), workload.namespace_name, workload.name),
                spec.outside.networks[use.network].name};
    }
    constexpr std::string_view arrow = " -> ";
    const std::string& name = spec.traffic.classes[row].name;
    const std::size_t at = name.find(arrow);
    return {name.substr(0, at), name.substr(at + arrow.size())};
}

constexpr std::array<std::string_view, 2> direction_texts{"from-pod", "to-pod"};
constexpr std::array<std::string_view, 5> queue_texts{"", "active", "backoff", "unschedulable", "gated"};
constexpr std::array<std::string_view, 2> attempt_texts{"scheduled", "unschedulable"};
constexpr std::array<std::string_view, 2> job_result_texts{"failed", "succeeded"};
constexpr std::array<std::string_view, 4> node_state_texts{"launching", "not-ready", "ready", "unreachable"};
// In the order of AutoscalerLevel, from `ready` and from `not_underutilized` on.
constexpr std::array<std::string_view, 5> autoscaler_node_texts{"ready", "unready", "notStarted", "unregistered",
                                                                "longUnregistered"};
constexpr std::array<std::string_view, 5> unremovable_texts{"NotUnderutilized", "NodeGroupMinSizeReached",
                                                            "BlockedByPod", "NoPlaceToMovePods", "RecentlyUnremovable"};
// In the order of AutoscalerCount, from `empty` and from `out_of_resources` on.
constexpr std::array<std::string_view, 3> scale_down_texts{"empty", "underutilized", "unready"};
// The first is the error code that the AWS provider gives to instances which a group does not get: the real one calls
// them placeholders (cloudprovider/aws/auto_scaling_groups.go, placeholderUnfulfillableStatus; CA-29).
constexpr std::array<std::string_view, 2> scale_up_failure_texts{"placeholder-cannot-be-fulfilled", "timeout"};
constexpr std::array<std::string_view, 2> contest_state_texts{"duplicate", "unassigned"};
constexpr std::array<std::string_view, 2> image_source_texts{"registry", "peer"};
constexpr std::array<std::string_view, pull_failure_count> pull_failure_texts{
    "too-many-requests", "qps-exceeded", "unreachable", "no-space", "never-pulled"};
constexpr std::array<std::string_view, evicted_for_count> eviction_signal_texts{
    "memory.available", "nodefs.available", "ephemeralpodfs.limit", "emptydirfs.limit"};
// KUBELET-3
constexpr std::array<std::string_view, disruption_count> disruption_texts{"",
                                                                          "PreemptionByScheduler",
                                                                          "DeletionByTaintManager",
                                                                          "EvictionByEvictionAPI",
                                                                          "DeletionByPodGC",
                                                                          "TerminationByKubelet"};
constexpr std::array<std::string_view, claim_reason_count> claim_reason_texts{"provisioned", "underutilized", "empty",
                                                                              "drifted"};
constexpr std::array<std::string_view, disrupted_for_count> disrupted_for_texts{
    "underutilized", "empty", "drifted", "expired", "liveness", "spot_interrupted"};
// By DisruptionMethod.
constexpr std::array<std::string_view, disruption_method_count> disruption_reason_texts{
    "empty", "drifted", "underutilized", "underutilized"};
constexpr std::array<std::string_view, disruption_method_count> consolidation_type_texts{"empty", "", "multi",
                                                                                         "single"};
constexpr std::array<std::string_view, 3> address_state_texts{"free", "assigned", "cooling"};
constexpr std::array<std::string_view, api_client_count> client_texts{
    "deployment-controller",    "replicaset-controller", "statefulset-controller",
    "daemonset-controller",     "job-controller",        "cronjob-controller",
    "endpointslice-controller", "kube-scheduler",        "kubelet"};
// Error codes as the EC2 API spells them (IPAM-65, IPAM-202).
constexpr std::array<std::string_view, aws_result_count> aws_result_texts{"success", "throttled"};
// As ELB answers (userguide/elb-api-throttling.html), and the SDK calls it.
constexpr std::array<std::string_view, aws_result_count> status_texts{"200", "400"};
constexpr std::array<std::string_view, aws_result_count> error_texts{"", "ThrottlingException"};
constexpr std::array<std::string_view, balancer_stage_count> balancer_stage_texts{"", "waiting", "starting", "serving"};
constexpr std::array<std::string_view, ec2_result_count> ec2_result_texts{"success",
                                                                          "InsufficientFreeAddressesInSubnet",
                                                                          "InsufficientCidrBlocks",
                                                                          "InvalidParameterValue",
                                                                          "PrivateIpAddressLimitExceeded",
                                                                          "AttachmentLimitExceeded",
                                                                          "RequestLimitExceeded",
                                                                          "InternalError",
                                                                          "InsufficientInstanceCapacity",
                                                                          "VcpuLimitExceeded"};

template <class Texts>
std::string text_at(const Texts& texts, std::size_t index) {
    return index < texts.size() ? std::string(texts[index]) : std::string();
}

const ResourceQuota& quota_of_use(const Spec& spec, std::uint32_t use) {
    const auto is_behind = [use](const ResourceQuota& quota) { return quota.first_use + quota.bounds.size() > use; };
    return *std::ranges::find_if(spec.quotas, is_behind);
}

const Scaled& scaled_of_trigger(const Spec& spec, std::uint32_t trigger) {
    const auto is_behind = [trigger](const Scaled& scaled) {
        return scaled.first_trigger + scaled.triggers.size() > trigger;
    };
    return *std::ranges::find_if(spec.pod_scaling.objects, is_behind);
}

// Conditions of a HorizontalPodAutoscaler, two columns each.
std::size_t of_condition(std::size_t column) { return column - static_cast<std::size_t>(ScalerLevel::able_to_scale); }

std::string zone_text(const Spec& spec, ZoneIx zone) {
    return zone.valid() ? text_at(spec.zones, zone.value) : std::string();
}

}  // namespace

SeriesLayout::SeriesLayout(const Spec& spec) {
    for (std::size_t i = 0; i < static_family_count; ++i) {
        const FamilyShape& shape = shape_of(static_cast<Family>(i));
        extents_[i] = {size_, shape.columns, rows_of_axis(spec, shape.axis)};
        size_ += extents_[i].columns * extents_[i].rows;
    }
}

std::string to_text(const Spec& spec, const NodeName& node) {
    const std::string group =
        node.group.valid() && node.group.value < spec.node_groups.size() ? spec[node.group].name : "node";
    return group + "-" + std::to_string(node.ordinal);
}

namespace {

std::string cost_kind_text(const Spec& spec, std::uint32_t row, std::uint32_t column) {
    constexpr std::array<std::string_view, shared_cost_count> shared{
        "control-plane", "nat-gateway", "load-balancer", "volume", "cross-zone", "internet", "savings-plan"};
    constexpr std::uint32_t root_volumes = 2;  // the column
    if (row >= spec.node_groups.size()) return text_at(shared, row - spec.node_groups.size());
    return column == root_volumes ? "root-volume" : "node";
}

}  // namespace

std::string label_value(const Spec& spec, LabelSource source, std::uint32_t row, std::uint32_t column,
                        const NodeName& node) {
    switch (source) {
        case LabelSource::none:
        case LabelSource::always_empty: return {};
        case LabelSource::namespace_name: return spec.workloads[row].namespace_name;
        case LabelSource::workload: return spec.workloads[row].name;
        case LabelSource::workload_kind: return kind_name(spec.workloads[row].kind);
        case LabelSource::cause: return std::string(text_of(static_cast<WaitCause>(column)).name);
        case LabelSource::container_reason: return text_at(container_waiting_reasons, column);
        case LabelSource::phase: return text_at(phase_texts, column);
        case LabelSource::finished_phase:
            return text_at(phase_texts, column + static_cast<std::size_t>(PodPhase::succeeded));
        case LabelSource::queue: return text_at(queue_texts, column);
        case LabelSource::attempt_result: return text_at(attempt_texts, column);
        case LabelSource::attempts:
            return column < attempts_told_apart ? std::to_string(column) : std::to_string(column) + "+";
        case LabelSource::job_result: return text_at(job_result_texts, column);
        case LabelSource::ec2_action: return std::string(text_of(static_cast<Ec2Action>(row)));
        case LabelSource::ec2_result: return text_at(ec2_result_texts, column);
        case LabelSource::aws_service: return std::string(text_of(service_of(static_cast<AwsAction>(row))));
        case LabelSource::aws_action: return std::string(text_of(static_cast<AwsAction>(row)));
        case LabelSource::aws_result: return text_at(aws_result_texts, column);
        case LabelSource::steady_caller: return spec.identity.callers[row].name;
        case LabelSource::service_of_caller: return std::string(text_of(service_of(spec.identity.callers[row].action)));
        case LabelSource::action_of_caller: return std::string(text_of(spec.identity.callers[row].action));
        case LabelSource::client_id: return "Elastic Load Balancing v2";
        case LabelSource::balancer_action:
            return std::string(
                text_of(static_cast<AwsAction>(static_cast<std::uint32_t>(first_balancer_action) + row)));
        case LabelSource::status_code: return text_at(status_texts, column);
        case LabelSource::error_code: return text_at(error_texts, column);
        case LabelSource::balancer_object: return spec.identity.balancer_objects[row].name;
        case LabelSource::balancer_stage: return text_at(balancer_stage_texts, column);
        case LabelSource::namespace_of_dns: return spec[spec.identity.external_dns[row].pods].namespace_name;
        case LabelSource::dns_workload: return spec[spec.identity.external_dns[row].pods].name;
        case LabelSource::dns_kind: return kind_name(spec[spec.identity.external_dns[row].pods].kind);
        case LabelSource::exposed: return column == 0 ? "api-server" : "load-balancer";
        case LabelSource::namespace_of_secret: return spec.identity.secrets[row].namespace_name;
        case LabelSource::secret: return spec.identity.secrets[row].name;
        case LabelSource::client: return text_at(client_texts, row);
        case LabelSource::image: return spec.images[row].name;
        case LabelSource::registry_of_image: return spec.registries[spec.images[row].registry].host;
        case LabelSource::image_source: return text_at(image_source_texts, column);
        case LabelSource::eviction_signal: return text_at(eviction_signal_texts, column);
        case LabelSource::disruption: return text_at(disruption_texts, column);
        case LabelSource::pull_failure: return text_at(pull_failure_texts, column);
        case LabelSource::subnet: return spec.subnets[row].name;
        case LabelSource::zone_of_subnet: return zone_text(spec, spec.subnets[row].zone);
        case LabelSource::node: return to_text(spec, node);
        case LabelSource::address_state: return text_at(address_state_texts, column);
        case LabelSource::contest_state: return text_at(contest_state_texts, column);
        case LabelSource::branch_state:
            return column == static_cast<std::uint32_t>(NodeLevel::branches_in_use) ? "in-use" : "cooling";
        case LabelSource::condition:
            return column == static_cast<std::uint32_t>(NodeLevel::memory_pressure) ? "MemoryPressure"
                   : column == static_cast<std::uint32_t>(NodeLevel::disk_pressure) ? "DiskPressure"
                                                                                    : "Ready";
        case LabelSource::condition_status:
            if (column == static_cast<std::uint32_t>(NodeLevel::unknown)) return "unknown";
            return column == static_cast<std::uint32_t>(NodeLevel::not_ready) ? "false" : "true";
        case LabelSource::group_of_shape:
            return spec.shapes[row].group.valid() ? spec[spec.shapes[row].group].name : std::string();
        case LabelSource::zone_of_shape: return zone_text(spec, spec.shapes[row].zone);
        case LabelSource::instance_type: return spec.shapes[row].instance_type;
        case LabelSource::node_state: return text_at(node_state_texts, column);
        case LabelSource::cost_kind: return cost_kind_text(spec, row, column);
        case LabelSource::capacity_type:
            return row < spec.node_groups.size() && column < 2 ? (column == 1 ? "spot" : "on-demand") : std::string();
        case LabelSource::namespace_of_share:
            return row < spec.workloads.size() ? spec.workloads[row].namespace_name : std::string();
        case LabelSource::workload_of_share:
            if (row < spec.workloads.size()) return spec.workloads[row].name;
            return row == spec.workloads.size() ? "__idle__" : "__shared__";
        case LabelSource::kind_of_share:
            return row < spec.workloads.size() ? kind_name(spec.workloads[row].kind) : std::string();
        case LabelSource::split_by: return column == 0 ? "requests" : "use";
        case LabelSource::workload_of_use: return spec[spec.outside.uses[row].workload].name;
        case LabelSource::namespace_of_use: return spec[spec.outside.uses[row].workload].namespace_name;
        case LabelSource::network_of_use: return spec.outside.networks[spec.outside.uses[row].network].name;
        case LabelSource::direction: return text_at(direction_texts, column);
        case LabelSource::dns_result: return text_at(dns_result_texts, column);
        case LabelSource::namespace_of_service: return spec.services[row].namespace_name;
        case LabelSource::service: return spec.services[row].name;
        case LabelSource::namespace_of_budget: return spec.budgets[row].namespace_name;
        case LabelSource::budget: return spec.budgets[row].name;
        case LabelSource::namespace_of_quota: return quota_of_use(spec, row).namespace_name;
        case LabelSource::quota: return quota_of_use(spec, row).name;
        case LabelSource::bound_of_quota: {
            const ResourceQuota& quota = quota_of_use(spec, row);
            return quota.bounds[row - quota.first_use].name;
        }
        case LabelSource::namespace_of_scaler: return spec.pod_scaling.horizontal[row].namespace_name;
        case LabelSource::scaler: return spec.pod_scaling.horizontal[row].name;
        case LabelSource::scaler_condition: return text_at(scaler_condition_texts, of_condition(column) / 2);
        case LabelSource::scaler_condition_status: return of_condition(column) % 2 == 0 ? "true" : "false";
        case LabelSource::rescale_direction: return text_at(rescale_texts, column);
        case LabelSource::namespace_of_vertical_scaler: return spec.pod_scaling.vertical[row].namespace_name;
        case LabelSource::vertical_scaler: return spec.pod_scaling.vertical[row].name;
        case LabelSource::advice_bound: return text_at(advice_texts, column);
        case LabelSource::namespace_of_advised: return spec[spec.pod_scaling.advice.workloads[row]].namespace_name;
        case LabelSource::advised_workload: return spec[spec.pod_scaling.advice.workloads[row]].name;
        case LabelSource::advised_kind: return kind_name(spec[spec.pod_scaling.advice.workloads[row]].kind);
        case LabelSource::advised_bound: return text_at(advised_texts, column);
        case LabelSource::namespace_of_trigger: return scaled_of_trigger(spec, row).namespace_name;
        case LabelSource::scaled_object: return scaled_of_trigger(spec, row).name;
        case LabelSource::trigger: {
            const Scaled& scaled = scaled_of_trigger(spec, row);
            return scaled.triggers[row - scaled.first_trigger].name;
        }
        case LabelSource::autoscaler_node_state:
            return text_at(autoscaler_node_texts, column - static_cast<std::uint32_t>(AutoscalerLevel::ready));
        case LabelSource::unremovable_reason:
            return text_at(unremovable_texts, column - static_cast<std::uint32_t>(AutoscalerLevel::not_underutilized));
        case LabelSource::scale_down_reason:
            return text_at(scale_down_texts, column - static_cast<std::uint32_t>(AutoscalerCount::empty));
        case LabelSource::namespace_of_agent: return spec[spec.telemetry.agents[row].pods].namespace_name;
        case LabelSource::agent_workload: return spec[spec.telemetry.agents[row].pods].name;
        case LabelSource::agent_kind: return kind_name(spec[spec.telemetry.agents[row].pods].kind);
        case LabelSource::lost_samples_cause:
            return text_at(lost_samples_texts, column - static_cast<std::uint32_t>(TelemetryLevel::unscraped));
        case LabelSource::descheduler_strategy: return std::string(name_of(static_cast<DeschedulerStrategy>(column)));
        case LabelSource::scale_up_failure:
            return text_at(scale_up_failure_texts,
                           column - static_cast<std::uint32_t>(AutoscalerCount::out_of_resources));
        case LabelSource::message_queue: return spec.traffic.queues[row].name;
        case LabelSource::node_pool: return spec.karpenter.pools[row].name;
        case LabelSource::claim_reason: return text_at(claim_reason_texts, column);
        case LabelSource::disrupted_for: return text_at(disrupted_for_texts, column);
        case LabelSource::disruption_decision: return column < disruption_method_count ? "delete" : "replace";
        case LabelSource::disruption_reason: return text_at(disruption_reason_texts, column % disruption_method_count);
        case LabelSource::consolidation_type:
            return text_at(consolidation_type_texts, column % disruption_method_count);
        case LabelSource::connections_from: return ends_of(spec, row).from;
        case LabelSource::connections_to: return ends_of(spec, row).to;
        case LabelSource::failure_cause:
            return std::string(datapath::text_of(static_cast<datapath::FailureCause>(
                column - static_cast<std::uint32_t>(ConnectionLevel::fails_by_dns))));
        case LabelSource::network_layer: return std::string(datapath::text_of(static_cast<datapath::Part>(column)));
        case LabelSource::connection_table:
            return text_at(table_texts, column - static_cast<std::uint32_t>(NodeLevel::conntrack));
        case LabelSource::nat_gateway: return spec.outside.gateways[row].name;
        case LabelSource::group_of_payer:
            return row < spec.node_groups.size() ? spec.node_groups[row].name : std::string();
    }
    return {};
}

bool is_exported(const Spec& spec, const MetricDefinition& metric) {
    constexpr std::uint64_t ports = std::uint64_t{1} << static_cast<unsigned>(NodeLevel::snat_ports) |
                                    std::uint64_t{1} << static_cast<unsigned>(NodeLevel::snat_refused);
    if (metric.family == Family::node_levels && (metric.columns & ~ports) == 0) return !spec.outside.uses.empty();
    constexpr std::uint64_t network =
        (std::uint64_t{1} << node_level_count) - (std::uint64_t{1} << static_cast<unsigned>(NodeLevel::network_cores));
    if (metric.family == Family::node_levels && (metric.columns & ~network) == 0) return spec.data_paths.are_used;
    if (metric.exporter == karpenter_exporter) return spec.karpenter.is_there();
    if (metric.exporter == vpc_cni_exporter) return spec.cni_kind == CniKind::vpc_cni;
    return metric.exporter != cilium_exporter || spec.cni_kind != CniKind::vpc_cni;
}

bool reads_row(const Spec& spec, const MetricDefinition& metric, std::uint32_t row) {
    if (!is_exported(spec, metric)) return false;
    switch (shape_of(metric.family).axis) {
        case Axis::usage: {
            const Usage* usage = spec.usage_of(WorkloadIx{row});
            return usage != nullptr && (metric.family == Family::cpu_usage ? usage->states_cpu : usage->states_memory);
        }
        case Axis::traffic:
            return std::ranges::find(spec.traffic.servers, WorkloadIx{row}, &TrafficServer::workload) !=
                   spec.traffic.servers.end();
        case Axis::workload: return (metric.row_kinds >> static_cast<unsigned>(spec.workloads[row].kind) & 1) != 0;
        case Axis::ec2_action: return (metric.row_kinds >> row & 1) != 0;
        case Axis::connections:
            return row >= spec.traffic.classes.size() || spec.traffic.classes[row].connections.is_said;
        case Axis::admission: return !spec.quotas_of[spec.workloads[row].pod_template.value].empty();
        default: return true;
    }
}

bool Matcher::matches(const std::string& label) const {
    switch (kind) {
        case MatchKind::equal: return label == value;
        case MatchKind::unequal: return label != value;
        case MatchKind::pattern: return pattern->matches(label);
        case MatchKind::not_pattern: return !pattern->matches(label);
    }
    return false;
}

bool matches_all(const Spec& spec, const std::vector<Matcher>& matchers, std::uint32_t row, std::uint32_t column,
                 const NodeName& node) {
    for (const Matcher& matcher : matchers) {
        if (!matcher.matches(label_value(spec, matcher.source, row, column, node))) return false;
    }
    return true;
}

}  // namespace eks

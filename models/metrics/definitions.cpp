#include "models/metrics/definitions.hpp"

#include "models/facts.hpp"
#include "models/metrics/families.hpp"
#include "models/spec/workload.hpp"

namespace eks {

std::string_view unit_text(MetricUnit unit) {
    switch (unit) {
        case MetricUnit::count:
        case MetricUnit::share: return "";
        case MetricUnit::seconds: return "s";
        case MetricUnit::bytes: return "bytes";
        case MetricUnit::cores: return "cores";
        case MetricUnit::short_time: return "s";
        case MetricUnit::fine_cores: return "cores";
        case MetricUnit::rate:
        case MetricUnit::fine_rate: return "";
        case MetricUnit::usd: return "USD";
        case MetricUnit::usd_per_hour: return "USD/h";
    }
    return "";
}

double base_per_unit(MetricUnit unit) {
    switch (unit) {
        case MetricUnit::share:
        case MetricUnit::seconds:
        case MetricUnit::usd:
        case MetricUnit::usd_per_hour: return 1e6;
        case MetricUnit::fine_cores:
        case MetricUnit::fine_rate: return 1e6;
        case MetricUnit::short_time: return 1e9;
        case MetricUnit::rate:
        case MetricUnit::cores: return 1e3;
        case MetricUnit::count:
        case MetricUnit::bytes: break;
    }
    return 1.0;
}

std::string_view kind_text(MetricKind kind) {
    switch (kind) {
        case MetricKind::gauge: return "gauge";
        case MetricKind::counter: return "counter";
        case MetricKind::distribution: return "distribution";
    }
    return "";
}

namespace metric_table {

using enum MetricKind;

using Labels = std::array<MetricLabel, labels_max>;

constexpr MetricLabel namespace_label{"namespace", LabelSource::namespace_name};
constexpr MetricLabel workload_label{"workload", LabelSource::workload};
constexpr MetricLabel workload_kind_label{"workload_kind", LabelSource::workload_kind};
constexpr MetricLabel node_label{"node", LabelSource::node};

constexpr Labels no_labels{};
constexpr Labels by_workload{namespace_label, workload_label, workload_kind_label};
constexpr Labels by_node{node_label};
constexpr Labels by_target_node{MetricLabel{"target_node", LabelSource::node}};
constexpr Labels by_image{MetricLabel{"image", LabelSource::image}};
constexpr Labels by_client{MetricLabel{"client", LabelSource::client}};
constexpr Labels by_gateway{MetricLabel{"nat_gateway", LabelSource::nat_gateway}};
constexpr Labels by_service{MetricLabel{"namespace", LabelSource::namespace_of_service},
                            MetricLabel{"service", LabelSource::service}};
constexpr Labels by_budget{MetricLabel{"namespace", LabelSource::namespace_of_budget},
                           MetricLabel{"poddisruptionbudget", LabelSource::budget}};
constexpr Labels by_quota{MetricLabel{"namespace", LabelSource::namespace_of_quota},
                          MetricLabel{"resourcequota", LabelSource::quota},
                          MetricLabel{"resource", LabelSource::bound_of_quota}};
constexpr Labels by_payer{
    MetricLabel{"kind", LabelSource::cost_kind}, MetricLabel{"node_group", LabelSource::group_of_payer},
    MetricLabel{"capacity_type", LabelSource::capacity_type}, MetricLabel{"workload", LabelSource::always_empty}};
constexpr Labels by_share{
    MetricLabel{"namespace", LabelSource::namespace_of_share}, MetricLabel{"workload", LabelSource::workload_of_share},
    MetricLabel{"workload_kind", LabelSource::kind_of_share}, MetricLabel{"by", LabelSource::split_by}};
constexpr Labels by_agent(std::string_view last = "", LabelSource source = LabelSource::none) {
    return {MetricLabel{"namespace", LabelSource::namespace_of_agent},
            MetricLabel{"workload", LabelSource::agent_workload}, MetricLabel{"workload_kind", LabelSource::agent_kind},
            MetricLabel{last, source}};
}
constexpr Labels by_scaler{MetricLabel{"namespace", LabelSource::namespace_of_scaler},
                           MetricLabel{"horizontalpodautoscaler", LabelSource::scaler}};
constexpr Labels by_advice{MetricLabel{"namespace", LabelSource::namespace_of_vertical_scaler},
                           MetricLabel{"verticalpodautoscaler", LabelSource::vertical_scaler},
                           MetricLabel{"bound", LabelSource::advice_bound}};
constexpr Labels by_vertical_scaler{MetricLabel{"namespace", LabelSource::namespace_of_vertical_scaler},
                                    MetricLabel{"verticalpodautoscaler", LabelSource::vertical_scaler}};
constexpr Labels by_container(std::string_view last) {
    return {MetricLabel{"namespace", LabelSource::namespace_of_advised},
            MetricLabel{"workload", LabelSource::advised_workload},
            MetricLabel{"workload_kind", LabelSource::advised_kind}, MetricLabel{last, LabelSource::advised_bound}};
}
constexpr Labels by_steady_caller{
    MetricLabel{"caller", LabelSource::steady_caller}, MetricLabel{"service", LabelSource::service_of_caller},
    MetricLabel{"action", LabelSource::action_of_caller}, MetricLabel{"result", LabelSource::aws_result}};
constexpr Labels by_controller_call{
    MetricLabel{"service", LabelSource::client_id}, MetricLabel{"operation", LabelSource::balancer_action},
    MetricLabel{"status_code", LabelSource::status_code}, MetricLabel{"error_code", LabelSource::error_code}};
constexpr Labels by_balancer_object{MetricLabel{"object", LabelSource::balancer_object}};
constexpr Labels by_dns{MetricLabel{"namespace", LabelSource::namespace_of_dns},
                        MetricLabel{"workload", LabelSource::dns_workload},
                        MetricLabel{"workload_kind", LabelSource::dns_kind}};
constexpr Labels by_secret{MetricLabel{"namespace", LabelSource::namespace_of_secret},
                           MetricLabel{"name", LabelSource::secret}};
constexpr Labels by_trigger{MetricLabel{"namespace", LabelSource::namespace_of_trigger},
                            MetricLabel{"scaledObject", LabelSource::scaled_object},
                            MetricLabel{"scaler", LabelSource::trigger}};

constexpr Labels by_connection(std::string_view name = "", LabelSource source = LabelSource::none) {
    return {MetricLabel{"from", LabelSource::connections_from}, MetricLabel{"to", LabelSource::connections_to},
            MetricLabel{name, source}};
}

constexpr Labels workload_and(std::string_view name, LabelSource source) {
    return {namespace_label, workload_label, workload_kind_label, MetricLabel{name, source}};
}

constexpr std::uint64_t column(std::size_t index) { return std::uint64_t{1} << index; }
constexpr std::uint64_t column(NodeLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t column(DnsLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t column(ConnectionLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t failure_columns =
    column(ConnectionLevel::fails_by_dns) | column(ConnectionLevel::fails_by_rule) |
    column(ConnectionLevel::fails_by_endpoint) | column(ConnectionLevel::fails_by_table) |
    column(ConnectionLevel::fails_by_port) | column(ConnectionLevel::fails_by_quota);
constexpr std::uint64_t column(RequestLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t column(ScalerLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t column(AutoscalerLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t column(TelemetryLevel level) { return column(static_cast<std::size_t>(level)); }
constexpr std::uint64_t column(AdvisedAmount amount) { return column(static_cast<std::size_t>(amount)); }
constexpr std::uint64_t column(AutoscalerCount count) { return column(static_cast<std::size_t>(count)); }
constexpr std::uint64_t column(VerticalUpdate what) { return column(static_cast<std::size_t>(what)); }
constexpr std::uint64_t autoscaled_nodes =
    column(AutoscalerLevel::ready) | column(AutoscalerLevel::unready) | column(AutoscalerLevel::not_started) |
    column(AutoscalerLevel::unregistered) | column(AutoscalerLevel::long_unregistered);
constexpr std::uint64_t unremovable_nodes =
    column(AutoscalerLevel::not_underutilized) | column(AutoscalerLevel::group_min_size_reached) |
    column(AutoscalerLevel::blocked_by_pod) | column(AutoscalerLevel::no_place_to_move_pods) |
    column(AutoscalerLevel::recently_unremovable);
constexpr std::uint64_t column(NodeCount count) { return column(static_cast<std::size_t>(count)); }
constexpr std::uint32_t only(WorkloadKind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); }

constexpr std::uint64_t every_column = ~std::uint64_t{0};
constexpr std::uint64_t but_none = every_column & ~column(0);  // causes and queues: 0 is "none"
constexpr std::uint32_t every_kind = ~std::uint32_t{0};
constexpr std::uint32_t rolled_kinds =
    only(WorkloadKind::deployment) | only(WorkloadKind::stateful_set) | only(WorkloadKind::daemon_set);
constexpr std::uint32_t job_kinds =
    only(WorkloadKind::job) | only(WorkloadKind::cron_job) | only(WorkloadKind::scaled_job);

// The calls that the VPC CNI makes: all but run_instances.
constexpr std::uint32_t cni_actions =
    ~(std::uint32_t{1} << static_cast<unsigned>(Ec2Action::run_instances) |
      std::uint32_t{1} << static_cast<unsigned>(Ec2Action::associate_trunk_interface));
constexpr std::uint64_t failures = every_column & ~column(static_cast<std::size_t>(Ec2Result::success));

// Cost is a level of micro-dollars an hour, processor time one of millicores.
constexpr std::int64_t hour_us = 3'600'000'000;
constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t millicores_per_core = 1'000;

constexpr std::string_view ksm = "kube-state-metrics";
constexpr std::string_view autoscaler = "Cluster Autoscaler";

// Names and labels of real exporters: kube-state-metrics 2.x, kube-scheduler, kubelet and controller-manager of
// Kubernetes 1.29 and later, the VPC CNI's ipamd 1.13 and later. Where we count something coarser than they do, the
// meaning says so.
constexpr MetricDefinition definitions[] = {
    // --- what nobody exports: waiting and starting
    {"ekssim_pods_waiting", gauge, MetricUnit::count, "ekssim",
     "pods created and not yet ready (Jobs: not yet running), by what they wait for now",
     workload_and("cause", LabelSource::cause), Family::waiting, but_none, every_kind},
    {"ekssim_pod_wait_seconds", distribution, MetricUnit::seconds, "ekssim",
     "a pod's waiting time split by cause, one sample a pod and cause when its waiting ends; the causes of a pod sum "
     "to its whole",
     workload_and("cause", LabelSource::cause), Family::wait_time, but_none, every_kind},
    {"ekssim_pod_start_seconds", distribution, MetricUnit::seconds, "ekssim",
     "creation of a pod to ready (Jobs: to running)", by_workload, Family::start_time, every_column, every_kind},
    {"ekssim_pods_unplaced", gauge, MetricUnit::count, "ekssim",
     "pods that fit no node now, by the reason of the last refusal", workload_and("reason", LabelSource::cause),
     Family::unplaced, but_none, every_kind},
    {"ekssim_pods_created_total", counter, MetricUnit::count, "ekssim", "pods created", by_workload, Family::created,
     every_column, every_kind},
    {"ekssim_pods_placed_total", counter, MetricUnit::count, "ekssim", "pods bound to a node", by_workload,
     Family::placed, every_column, every_kind},
    {"ekssim_pods_finished_total", counter, MetricUnit::count, "ekssim",
     "pods that reached the phase Succeeded or Failed", workload_and("phase", LabelSource::finished_phase),
     Family::finished, every_column, every_kind},
    {"ekssim_pods_gave_up_total", counter, MetricUnit::count, "ekssim",
     "pods gone or finished before they were ever ready", by_workload, Family::gave_up, every_column, every_kind},

    // --- disruption budgets
    {"ekssim_evictions_total", counter, MetricUnit::count, "ekssim", "pods that the eviction API let go", by_workload,
     Family::evictions, column(std::size_t{0}), every_kind},
    {"ekssim_evictions_refused_total", counter, MetricUnit::count, "ekssim",
     "calls of the eviction API that a disruption budget refused (429)", by_workload, Family::evictions,
     column(std::size_t{1}), every_kind},

    {"kube_poddisruptionbudget_status_pod_disruptions_allowed", gauge, MetricUnit::count, ksm,
     "pods that may be evicted now", by_budget, Family::budgets, column(std::size_t{0}), every_kind},
    {"kube_poddisruptionbudget_status_current_healthy", gauge, MetricUnit::count, ksm,
     "pods of the budget that are ready and not terminating", by_budget, Family::budgets, column(std::size_t{1}),
     every_kind},
    {"kube_poddisruptionbudget_status_desired_healthy", gauge, MetricUnit::count, ksm,
     "pods of the budget that have to stay healthy", by_budget, Family::budgets, column(std::size_t{2}), every_kind},

    // --- Services
    {"ekssim_service_endpoints_ready", gauge, MetricUnit::count, "ekssim",
     "endpoints of a Service that its slices hold as ready", by_service, Family::endpoints, column(std::size_t{0}),
     every_kind},
    {"ekssim_service_endpoints_terminating", gauge, MetricUnit::count, "ekssim",
     "endpoints of a Service that its slices hold as serving and terminating", by_service, Family::endpoints,
     column(std::size_t{1}), every_kind},
    {"ekssim_service_endpoint_slices", gauge, MetricUnit::count, "ekssim", "slices of a Service, of 100 endpoints each",
     by_service, Family::endpoints, column(std::size_t{2}), every_kind},
    {"ekssim_endpoint_lag_seconds", distribution, MetricUnit::seconds, "ekssim",
     "from the change of a pod until the last node's kube-proxy goes by it, one sample a sync", by_service,
     Family::endpoint_lag, every_column, every_kind},

    // --- quotas
    {"ekssim_pods_refused_total", counter, MetricUnit::count, "ekssim",
     "creations of pods that a ResourceQuota refused (403): not enough left, or an amount that has to be stated is not",
     by_workload, Family::refusals, every_column, every_kind},
    {"ekssim_replica_failures", gauge, MetricUnit::count, "ekssim",
     "ReplicaSets, StatefulSets, DaemonSets and Jobs of the workload whose controller was refused its last creation of "
     "a pod: condition ReplicaFailure, FailedCreate",
     by_workload, Family::replica_failures, every_column, every_kind},
    {"ekssim_quota_used_share", gauge, MetricUnit::share, "ekssim",
     "share of a bound of a ResourceQuota that is used, by its status; 1 where the bound is 0", by_quota,
     Family::quota_shares, every_column, every_kind},

    // --- rollouts
    {"ekssim_rollouts", gauge, MetricUnit::count, "ekssim",
     "workloads whose pod template was changed and whose pods are being replaced", by_workload, Family::rollouts,
     column(std::size_t{0}), rolled_kinds},
    {"ekssim_rollouts_stalled", gauge, MetricUnit::count, "ekssim",
     "Deployments without progress for progressDeadlineSeconds: condition Progressing is False, "
     "ProgressDeadlineExceeded",
     by_workload, Family::rollouts, column(std::size_t{1}), only(WorkloadKind::deployment)},
    {"ekssim_rollout_seconds", distribution, MetricUnit::seconds, "ekssim",
     "change of a pod template to all pods replaced and available", by_workload, Family::rollout_time, every_column,
     rolled_kinds},

    // --- Jobs
    {"ekssim_jobs_active", gauge, MetricUnit::count, "ekssim", "Jobs started and neither finished nor removed",
     by_workload, Family::jobs_active, every_column, job_kinds},
    {"ekssim_jobs_started_total", counter, MetricUnit::count, "ekssim", "Jobs started", by_workload,
     Family::jobs_started, every_column, job_kinds},
    {"ekssim_jobs_finished_total", counter, MetricUnit::count, "ekssim", "Jobs that completed or failed",
     workload_and("result", LabelSource::job_result), Family::jobs_finished, every_column, job_kinds},
    {"ekssim_job_seconds", distribution, MetricUnit::seconds, "ekssim", "start of a Job to its end", by_workload,
     Family::job_time, every_column, job_kinds},
    {"ekssim_cron_ticks_missed_total", counter, MetricUnit::count, "ekssim",
     "times at which a CronJob should have started a Job and did not", by_workload, Family::ticks_missed, every_column,
     only(WorkloadKind::cron_job)},

    // --- addresses and EC2
    {"ekssim_addresses", gauge, MetricUnit::count, "ekssim",
     "addresses of pods in the CNI's store of a node: free, assigned, or cooling; with two CNIs in Cilium's",
     Labels{node_label, MetricLabel{"state", LabelSource::address_state}}, Family::node_levels,
     column(NodeLevel::free) | column(NodeLevel::assigned) | column(NodeLevel::cooling), every_kind},
    {"ekssim_branch_enis", gauge, MetricUnit::count, "ekssim",
     "branch ENIs of a node: in use by a pod with security groups of its own, or cooling until they are deleted",
     Labels{node_label, MetricLabel{"state", LabelSource::branch_state}}, Family::node_levels,
     column(NodeLevel::branches_in_use) | column(NodeLevel::branches_cooling), every_kind},
    {"ekssim_address_failures_total", counter, MetricUnit::count, "ekssim",
     "CNI ADD calls that failed, by why no address was to be had", workload_and("cause", LabelSource::cause),
     Family::address_failures, but_none, every_kind},
    {"ekssim_pods_with_contested_address", gauge, MetricUnit::count, "ekssim",
     "ready pods on nodes with two CNIs whose address is another pod's too (duplicate) or no longer on the node "
     "(unassigned)",
     workload_and("state", LabelSource::contest_state), Family::contested, every_column, every_kind},
    {"ekssim_failing_connection_share", gauge, MetricUnit::share, "ekssim",
     "share of new connections to the workload's ready pods that fail for want of the address: those to pods whose "
     "address a later pod got too, or which is no longer on the node; sums over workloads mean nothing",
     by_workload, Family::failing_share, every_column, every_kind},
    {"ekssim_subnet_free_addresses", gauge, MetricUnit::count, "ekssim", "addresses of a subnet that nobody holds",
     Labels{MetricLabel{"subnet", LabelSource::subnet}, MetricLabel{"zone", LabelSource::zone_of_subnet}},
     Family::subnet_free, every_column, every_kind},
    {"ekssim_snat_ports_in_use", gauge, MetricUnit::count, "ekssim",
     "source ports of a node's primary address that connections of its pods hold, towards the outside network that "
     "holds "
     "most: there are 64512 for each address, port and protocol there",
     by_node, Family::node_levels, column(NodeLevel::snat_ports), every_kind},
    {"ekssim_snat_refused_connections_share", gauge, MetricUnit::share, "ekssim",
     "share of the new connections that a node translates and that find no source port", by_node, Family::node_levels,
     column(NodeLevel::snat_refused), every_kind},
    {"ekssim_nat_gateway_ports_in_use", gauge, MetricUnit::count, "ekssim",
     "source ports of a NAT gateway, towards the outside network that holds most: 55000 for each of its addresses",
     by_gateway, Family::nat_gateways, column(0), every_kind},
    {"ekssim_nat_gateway_refused_connections_share", gauge, MetricUnit::share, "ekssim",
     "share of the new connections through a NAT gateway that find no source port", by_gateway, Family::nat_gateways,
     column(1), every_kind},
    {"ekssim_dns_lookups_per_second", gauge, MetricUnit::count, "ekssim",
     "lookups of all pods, by what becomes of them: ok, slow (a question is asked again after 5 s) or failed",
     Labels{MetricLabel{"result", LabelSource::dns_result}}, Family::dns,
     column(DnsLevel::at_once) | column(DnsLevel::late) | column(DnsLevel::failed), every_kind},
    {"ekssim_dns_lookups_total", counter, MetricUnit::count, "ekssim", "lookups of all pods, by what became of them",
     Labels{MetricLabel{"result", LabelSource::dns_result}}, Family::dns,
     column(DnsLevel::at_once) | column(DnsLevel::late) | column(DnsLevel::failed), every_kind, second_us},
    {"ekssim_dns_failed_lookups_share", gauge, MetricUnit::share, "ekssim", "share of all lookups that fail", no_labels,
     Family::dns, column(DnsLevel::failed_share), every_kind},
    {"ekssim_dns_resolver_packets_per_second", gauge, MetricUnit::count, "ekssim",
     "questions to the VPC's resolver, of which each ENI may send 1024 a second", no_labels, Family::dns,
     column(DnsLevel::passed_on), every_kind},
    {"coredns_dns_requests_total", counter, MetricUnit::count, "coredns",
     "questions that the cluster's DNS was asked, over all its pods", no_labels, Family::dns,
     column(DnsLevel::to_servers), every_kind, second_us},
    {"linklocal_allowance_exceeded", counter, MetricUnit::count, "ena",
     "packets to the VPC's resolver that were dropped beyond 1024 a second from one ENI, over all ENIs", no_labels,
     Family::dns, column(DnsLevel::dropped), every_kind, second_us},
    {"ekssim_unreachable_peers", gauge, MetricUnit::count, "ekssim",
     "running pods that cannot call an outside network (from-pod), or that cannot be called from there (to-pod)",
     Labels{MetricLabel{"namespace", LabelSource::namespace_of_use},
            MetricLabel{"workload", LabelSource::workload_of_use}, MetricLabel{"peer", LabelSource::network_of_use},
            MetricLabel{"direction", LabelSource::direction}},
     Family::unreachable, every_column, every_kind},
    {"ekssim_eni_attachments_total", counter, MetricUnit::count, "ekssim",
     "ENIs attached to a node, those it started with included", by_node, Family::node_counts,
     column(NodeCount::attached), every_kind},
    {"ekssim_eni_detachments_total", counter, MetricUnit::count, "ekssim", "ENIs detached from a node", by_node,
     Family::node_counts, column(NodeCount::detached), every_kind},
    {"ekssim_ec2_calls_total", counter, MetricUnit::count, "ekssim", "calls to the EC2 API by the cluster's components",
     Labels{MetricLabel{"action", LabelSource::ec2_action}, MetricLabel{"result", LabelSource::ec2_result}},
     Family::ec2_calls, every_column, every_kind},
    {"ekssim_aws_calls_total", counter, MetricUnit::count, "ekssim",
     "calls of pods, agents and operators to APIs of AWS other than EC2's",
     Labels{MetricLabel{"service", LabelSource::aws_service}, MetricLabel{"action", LabelSource::aws_action},
            MetricLabel{"result", LabelSource::aws_result}},
     Family::aws_calls, every_column, every_kind},
    {"ekssim_aws_steady_calls_per_second", gauge, MetricUnit::fine_rate, "ekssim",
     "calls to APIs of AWS at a constant rate, by logins to the cluster and by ExternalDNS, and what becomes of them",
     by_steady_caller, Family::steady_calls, every_column, every_kind},
    {"ekssim_aws_steady_calls_total", counter, MetricUnit::count, "ekssim", "the same, counted", by_steady_caller,
     Family::steady_calls, every_column, every_kind, 1'000'000 * second_us},
    // Of its Describe calls there are none here. A call ends when it is answered: the controller's SDK tries ten times,
    // and then the controller itself begins again, which the model takes for one call.
    {"aws_api_calls_total", counter, MetricUnit::count, balancer_controller_exporter,
     "calls of the AWS Load Balancer Controller that change something at ELB, by how they ended", by_controller_call,
     Family::balancer_calls, column(0), every_kind},
    {"aws_api_requests_total", counter, MetricUnit::count, balancer_controller_exporter,
     "the requests that these took, those that were throttled included", by_controller_call, Family::balancer_calls,
     every_column, every_kind},
    {"ekssim_load_balancers", gauge, MetricUnit::count, "ekssim",
     "Ingresses and Services that the timeline has created for the AWS Load Balancer Controller: waiting (for it, or "
     "for its calls), starting (AWS has it, and no target is healthy yet), serving",
     Labels{MetricLabel{"object", LabelSource::balancer_object}, MetricLabel{"state", LabelSource::balancer_stage}},
     Family::load_balancers, ~column(0), every_kind},
    {"ekssim_load_balancer_seconds", distribution, MetricUnit::seconds, "ekssim",
     "from the creation of such an object until its first target could get requests by its address", by_balancer_object,
     Family::balancer_time, every_column, every_kind},
    {"ekssim_name_resolves_seconds", distribution, MetricUnit::seconds, "ekssim",
     "from the creation of such an object until its hostname, for which ExternalDNS makes a record, resolves",
     by_balancer_object, Family::name_time, every_column, every_kind},
    {"external_dns_controller_last_sync_timestamp_seconds", gauge, MetricUnit::count, external_dns_exporter,
     "when ExternalDNS last looked at all its records and made those that were missing", by_dns, Family::dns_syncs,
     every_column, every_kind},
    {"external_dns_registry_errors_total", counter, MetricUnit::count, external_dns_exporter,
     "looks of ExternalDNS that Route 53 refused", by_dns, Family::dns_errors, every_column, every_kind},
    {"ekssim_exposed_to_internet", gauge, MetricUnit::count, "ekssim",
     "API servers that every address of the internet reaches, and load balancers that face it",
     Labels{MetricLabel{"what", LabelSource::exposed}}, Family::exposed, every_column, every_kind},
    {"ekssim_secret_exists", gauge, MetricUnit::count, "ekssim",
     "1 while a Secret is there that an operator makes from an ExternalSecret or VaultStaticSecret", by_secret,
     Family::secrets, every_column, every_kind},
    {"externalsecret_sync_calls_total", counter, MetricUnit::count, "external-secrets",
     "syncs of an ExternalSecret, or of a VaultStaticSecret", by_secret, Family::secret_syncs, column(0), every_kind},
    {"externalsecret_sync_calls_error", counter, MetricUnit::count, "external-secrets",
     "of these, those that the provider's API throttled", by_secret, Family::secret_syncs, column(1), every_kind},

    // --- nodes, images and money
    {"ekssim_nodes", gauge, MetricUnit::count, "ekssim",
     "instances launched and not ended, by how far their nodes have come",
     Labels{MetricLabel{"node_group", LabelSource::group_of_shape}, MetricLabel{"zone", LabelSource::zone_of_shape},
            MetricLabel{"instance_type", LabelSource::instance_type}, MetricLabel{"state", LabelSource::node_state}},
     Family::nodes, every_column, every_kind},
    {"ekssim_nodes_outdated", gauge, MetricUnit::count, "ekssim",
     "nodes that an upgrade of their group has still to replace, or that have drifted (Karpenter)",
     Labels{MetricLabel{"node_group", LabelSource::group_of_payer}}, Family::nodes_outdated, every_column, every_kind},
    {"ekssim_spot_interruptions_total", counter, MetricUnit::count, "ekssim",
     "spot instances that have got their notice of two minutes",
     Labels{MetricLabel{"node_group", LabelSource::group_of_payer}}, Family::interruptions, every_column, every_kind},
    {"karpenter_nodeclaims_created_total", counter, MetricUnit::count, karpenter_exporter,
     "NodeClaims made, by what for",
     Labels{MetricLabel{"nodepool", LabelSource::node_pool}, MetricLabel{"reason", LabelSource::claim_reason}},
     Family::claims_created, every_column, every_kind},
    {"karpenter_nodeclaims_terminated_total", counter, MetricUnit::count, karpenter_exporter,
     "NodeClaims that are gone", Labels{MetricLabel{"nodepool", LabelSource::node_pool}}, Family::claims_terminated,
     every_column, every_kind},
    {"karpenter_nodeclaims_disrupted_total", counter, MetricUnit::count, karpenter_exporter,
     "NodeClaims that Karpenter began to take away, by why",
     Labels{MetricLabel{"nodepool", LabelSource::node_pool}, MetricLabel{"reason", LabelSource::disrupted_for}},
     Family::claims_disrupted, every_column, every_kind},
    {"karpenter_voluntary_disruption_decisions_total", counter, MetricUnit::count, karpenter_exporter,
     "commands to take nodes away, with or without a replacement",
     Labels{MetricLabel{"decision", LabelSource::disruption_decision},
            MetricLabel{"reason", LabelSource::disruption_reason},
            MetricLabel{"consolidation_type", LabelSource::consolidation_type}},
     Family::disruption_decisions, every_column, every_kind},
    {"nomad_nomad_blocked_evals_total_blocked", gauge, MetricUnit::count, nomad_exporter,
     "jobs that have allocations which no node can take; all Jobs of a CronJob count as one", no_labels,
     Family::blocked_evaluations, every_column, every_kind},
    {"nomad_autoscaler_scale_invoke_success_count", counter, MetricUnit::count, "Nomad Autoscaler",
     "changes of the size of a node group by its scaling policy",
     Labels{MetricLabel{"node_group", LabelSource::group_of_payer}}, Family::nomad_scalings, every_column, every_kind},
    {"karpenter_scheduler_unschedulable_pods_count", gauge, MetricUnit::count, karpenter_exporter,
     "pods for which the last round found neither a node nor anything to launch", no_labels, Family::unschedulable,
     every_column, every_kind},
    {"ekssim_image_pulls_total", counter, MetricUnit::count, "ekssim", "images pulled by nodes", by_image,
     Family::image_pulls, every_column, every_kind},
    {"ekssim_image_pull_bytes_total", counter, MetricUnit::bytes, "ekssim", "compressed bytes pulled by nodes",
     by_image, Family::image_bytes, every_column, every_kind},
    {"ekssim_registry_bytes_total", counter, MetricUnit::bytes, "ekssim",
     "compressed bytes of images by where they came from: the registry itself, or another node (peer)",
     Labels{MetricLabel{"registry", LabelSource::registry_of_image}, MetricLabel{"source", LabelSource::image_source},
            MetricLabel{"image", LabelSource::image}},
     Family::image_bytes, every_column, every_kind},
    {"ekssim_image_pull_failures_total", counter, MetricUnit::count, "ekssim", "pulls that failed, by why",
     Labels{MetricLabel{"image", LabelSource::image}, MetricLabel{"reason", LabelSource::pull_failure}},
     Family::image_failures, every_column, every_kind},
    {"ekssim_image_pull_seconds", distribution, MetricUnit::seconds, "ekssim",
     "time of one pull of an image, waiting for its turn included", by_image, Family::pull_time, every_column,
     every_kind},
    {"ekssim_cost_usd_total", counter, MetricUnit::usd, "ekssim",
     "cost by list price: instances by the second from launch to end and 60 s at least, and the control plane",
     by_payer, Family::cost_rate, every_column, every_kind, hour_us},
    {"ekssim_cost_usd_per_hour", gauge, MetricUnit::usd_per_hour, "ekssim",
     "what the nodes there are now and the control plane cost an hour", by_payer, Family::cost_rate, every_column,
     every_kind},
    {"ekssim_workload_cost_usd_total", counter, MetricUnit::usd, "ekssim",
     "what a workload's pods take of the bill, by what they request or by what they use; with what is idle (__idle__) "
     "and what is no node's (__shared__) it adds up to the bill",
     by_share, Family::cost_split, every_column, every_kind, hour_us},
    {"ekssim_workload_cost_usd_per_hour", gauge, MetricUnit::usd_per_hour, "ekssim",
     "what a workload's pods take of the bill an hour", by_share, Family::cost_split, every_column, every_kind},

    // --- kube-state-metrics
    {"kube_pod_status_phase", gauge, MetricUnit::count, ksm, "pods by phase", workload_and("phase", LabelSource::phase),
     Family::phase, every_column, every_kind},
    {"kube_pod_container_status_waiting_reason", gauge, MetricUnit::count, ksm,
     "pods that have not started and whose containers show this waiting reason (a pod counts once, whatever its number "
     "of containers)",
     workload_and("reason", LabelSource::container_reason), Family::container_waiting, but_none, every_kind},
    {"kube_pod_container_status_restarts_total", counter, MetricUnit::count, ksm, "restarts of containers", by_workload,
     Family::restarts, every_column, every_kind},
    {"kube_deployment_spec_replicas", gauge, MetricUnit::count, ksm, "replicas asked for",
     workload_and("deployment", LabelSource::workload), Family::desired, every_column, only(WorkloadKind::deployment)},
    {"kube_deployment_status_replicas_ready", gauge, MetricUnit::count, ksm, "replicas that are ready",
     workload_and("deployment", LabelSource::workload), Family::ready, every_column, only(WorkloadKind::deployment)},
    {"kube_deployment_status_replicas_available", gauge, MetricUnit::count, ksm,
     "replicas that are ready (minReadySeconds is not waited for)", workload_and("deployment", LabelSource::workload),
     Family::ready, every_column, only(WorkloadKind::deployment)},
    {"kube_replicaset_spec_replicas", gauge, MetricUnit::count, ksm, "replicas asked for",
     workload_and("replicaset", LabelSource::workload), Family::desired, every_column, only(WorkloadKind::replica_set)},
    {"kube_replicaset_status_ready_replicas", gauge, MetricUnit::count, ksm, "replicas that are ready",
     workload_and("replicaset", LabelSource::workload), Family::ready, every_column, only(WorkloadKind::replica_set)},
    {"kube_statefulset_replicas", gauge, MetricUnit::count, ksm, "replicas asked for",
     workload_and("statefulset", LabelSource::workload), Family::desired, every_column,
     only(WorkloadKind::stateful_set)},
    {"kube_statefulset_status_replicas_ready", gauge, MetricUnit::count, ksm, "replicas that are ready",
     workload_and("statefulset", LabelSource::workload), Family::ready, every_column, only(WorkloadKind::stateful_set)},
    {"kube_daemonset_status_desired_number_scheduled", gauge, MetricUnit::count, ksm,
     "nodes that should run the daemon pod", workload_and("daemonset", LabelSource::workload), Family::desired,
     every_column, only(WorkloadKind::daemon_set)},
    {"kube_daemonset_status_number_ready", gauge, MetricUnit::count, ksm, "nodes whose daemon pod is ready",
     workload_and("daemonset", LabelSource::workload), Family::ready, every_column, only(WorkloadKind::daemon_set)},
    {"kube_job_status_active", gauge, MetricUnit::count, ksm,
     "pods of Jobs that are Pending or Running, over all Jobs of a CronJob", by_workload, Family::job_pods_active,
     every_column, job_kinds},
    {"kube_job_status_succeeded", gauge, MetricUnit::count, ksm,
     "pods of Jobs that reached the phase Succeeded and are still there", by_workload, Family::phase,
     column(static_cast<std::size_t>(PodPhase::succeeded)), job_kinds},
    {"kube_job_status_failed", gauge, MetricUnit::count, ksm,
     "pods of Jobs that reached the phase Failed and are still there", by_workload, Family::phase,
     column(static_cast<std::size_t>(PodPhase::failed)), job_kinds},
    {"kube_cronjob_status_active", gauge, MetricUnit::count, ksm, "Jobs of a CronJob that are active",
     workload_and("cronjob", LabelSource::workload), Family::jobs_active, every_column, only(WorkloadKind::cron_job)},
    {"kube_node_info", gauge, MetricUnit::count, ksm, "1 while the node object is there", by_node, Family::node_levels,
     column(NodeLevel::known), every_kind},
    {"kube_node_status_condition", gauge, MetricUnit::count, ksm,
     "1 for the status that the condition Ready of the node has; for MemoryPressure and DiskPressure, 1 while they are "
     "true",
     Labels{node_label, MetricLabel{"condition", LabelSource::condition},
            MetricLabel{"status", LabelSource::condition_status}},
     Family::node_levels,
     column(NodeLevel::ready) | column(NodeLevel::not_ready) | column(NodeLevel::unknown) |
         column(NodeLevel::memory_pressure) | column(NodeLevel::disk_pressure),
     every_kind},

    // --- what pods use, as far as the scenario says it: series exist for those workloads alone
    {"container_cpu_usage_seconds_total", counter, MetricUnit::seconds, "cAdvisor",
     "processor time used; its rate is the number of cores in use", by_workload, Family::cpu_usage, every_column,
     every_kind, millicores_per_core},
    {"ekssim_cpu_usage_cores", gauge, MetricUnit::cores, "ekssim", "cores that the running pods use now", by_workload,
     Family::cpu_usage, every_column, every_kind},
    {"container_memory_working_set_bytes", gauge, MetricUnit::bytes, "cAdvisor", "memory that the running pods use now",
     by_workload, Family::memory_usage, every_column, every_kind},

    // --- data paths
    {"ekssim_connections_per_second", gauge, MetricUnit::rate, "ekssim",
     "connections that are tried, of a class of traffic or of pods to a network outside", by_connection(),
     Family::connections, column(ConnectionLevel::per_second), every_kind},
    {"ekssim_connect_seconds", gauge, MetricUnit::short_time, "ekssim",
     "mean time to open a connection and to have its first request at the other end's socket and back, of those that "
     "work (DPC-18)",
     by_connection(), Family::connections, column(ConnectionLevel::connect), every_kind},
    {"ekssim_connect_p90_seconds", gauge, MetricUnit::short_time, "ekssim", "the 90th percentile of that (DPC-17)",
     by_connection(), Family::connections, column(ConnectionLevel::connect_p90), every_kind},
    {"ekssim_connect_p99_seconds", gauge, MetricUnit::short_time, "ekssim", "the 99th percentile of that (DPC-17)",
     by_connection(), Family::connections, column(ConnectionLevel::connect_p99), every_kind},
    {"ekssim_request_path_seconds", gauge, MetricUnit::short_time, "ekssim",
     "mean time that a request on an open connection spends between the pods: nodes, proxies, network (DPC-18)",
     by_connection(), Family::connections, column(ConnectionLevel::request), every_kind},
    {"ekssim_connections_failing_share", gauge, MetricUnit::share, "ekssim",
     "share of the connections that fail, by the first cause that they meet: these add up (DPC-66)",
     by_connection("cause", LabelSource::failure_cause), Family::connections, failure_columns, every_kind},
    {"ekssim_connections_wrong_pod_share", gauge, MetricUnit::share, "ekssim",
     "share of the connections to an address that another pod may have by now (DPS-17)", by_connection(),
     Family::connections, column(ConnectionLevel::wrong_pod), every_kind},
    {"ekssim_connections_stale_share", gauge, MetricUnit::share, "ekssim",
     "share of the callers whose open connection leads to an endpoint that is gone: what they send is lost (DPS-16)",
     by_connection(), Family::connections, column(ConnectionLevel::stale), every_kind},
    {"ekssim_connection_failure_seconds", gauge, MetricUnit::seconds, "ekssim",
     "until a client knows that its connection fails, on average over those that do (DPC-67)", by_connection(),
     Family::connections, column(ConnectionLevel::wait), every_kind},
    {"ekssim_connections_reset_total", counter, MetricUnit::count, "ekssim",
     "open connections that a change of the data path has reset", by_connection(), Family::connections_reset,
     every_column, every_kind},
    {"ekssim_network_cpu_cores", gauge, MetricUnit::fine_cores, "ekssim",
     "cores of all nodes at work for connections, by what for (DPC-68)",
     Labels{MetricLabel{"layer", LabelSource::network_layer}}, Family::network_layers, every_column, every_kind},
    {"ekssim_node_network_cpu_cores", gauge, MetricUnit::fine_cores, "ekssim",
     "cores of a node at work for connections", by_node, Family::node_levels, column(NodeLevel::network_cores),
     every_kind},
    {"ekssim_node_network_load_share", gauge, MetricUnit::share, "ekssim",
     "cores of a node at work for connections and for the pods that answer them, over all of its cores (DPC-14)",
     by_node, Family::node_levels, column(NodeLevel::network_load), every_kind},
    {"ekssim_connection_table_entries", gauge, MetricUnit::count, "ekssim",
     "entries of a node's tables of connections: conntrack, eBPF's map, EC2's tracking (DPC-30)",
     Labels{node_label, MetricLabel{"table", LabelSource::connection_table}}, Family::node_levels,
     column(NodeLevel::conntrack) | column(NodeLevel::bpf_map) | column(NodeLevel::ec2_tracking), every_kind},
    {"node_nf_conntrack_entries", gauge, MetricUnit::count, "node-exporter", "entries of the node's conntrack", by_node,
     Family::node_levels, column(NodeLevel::conntrack), every_kind},
    {"ekssim_connections_refused_by_table_share", gauge, MetricUnit::share, "ekssim",
     "share of a node's new connections for which no table has an entry (DPC-32)", by_node, Family::node_levels,
     column(NodeLevel::table_refused), every_kind},
    {"ekssim_segments_lost_share", gauge, MetricUnit::share, "ekssim",
     "share of a node's segments that are beyond its allowance of bytes or packets (DPC-39)", by_node,
     Family::node_levels, column(NodeLevel::segments_lost), every_kind},
    {"ekssim_nodes_without_service_rules", gauge, MetricUnit::count, "ekssim",
     "1 while no Service can be reached from the node (DPC-54, DPC-55)", by_node, Family::node_levels,
     column(NodeLevel::no_services), every_kind},
    {"kubeproxy_network_programming_duration_seconds", distribution, MetricUnit::seconds, "kube-proxy",
     "from a change of an endpoint to the rules that have it, one sample a sync (DPC-53)", no_labels, Family::rule_lag,
     every_column, every_kind},
    {"kubeproxy_sync_proxy_rules_duration_seconds", distribution, MetricUnit::seconds, "kube-proxy",
     "what a sync of the rules takes (DPC-50); of Cilium's agents too, where they write them", no_labels,
     Family::rule_sync, every_column, every_kind},

    // --- traffic
    {"ekssim_requests_per_second", gauge, MetricUnit::count, "ekssim",
     "requests and messages that the ready pods get, those sent again included", by_workload, Family::requests,
     column(RequestLevel::per_second), every_kind},
    {"ekssim_requests_total", counter, MetricUnit::count, "ekssim",
     "requests and messages that the ready pods got, those sent again included", by_workload, Family::requests,
     column(RequestLevel::per_second), every_kind, second_us},
    {"ekssim_request_seconds", gauge, MetricUnit::seconds, "ekssim",
     "mean time of a request in a pod now: a queue in closed form (M/M/c)", by_workload, Family::requests,
     column(RequestLevel::seconds), every_kind},
    {"ekssim_requests_failed_share", gauge, MetricUnit::share, "ekssim",
     "share of the requests to a workload that fail when all retries have been made", by_workload, Family::requests,
     column(RequestLevel::failing), every_kind},
    {"ekssim_queue_messages", gauge, MetricUnit::count, "ekssim", "messages that wait in a queue",
     Labels{MetricLabel{"queue", LabelSource::message_queue}}, Family::backlog, every_column, every_kind},

    // --- HorizontalPodAutoscalers and KEDA
    {"kube_horizontalpodautoscaler_spec_min_replicas", gauge, MetricUnit::count, ksm, "minReplicas", by_scaler,
     Family::scalers, column(ScalerLevel::min_replicas), every_kind},
    {"kube_horizontalpodautoscaler_spec_max_replicas", gauge, MetricUnit::count, ksm, "maxReplicas", by_scaler,
     Family::scalers, column(ScalerLevel::max_replicas), every_kind},
    {"kube_horizontalpodautoscaler_status_current_replicas", gauge, MetricUnit::count, ksm,
     "pods of the target as the controller last saw them", by_scaler, Family::scalers,
     column(ScalerLevel::current_replicas), every_kind},
    {"kube_horizontalpodautoscaler_status_desired_replicas", gauge, MetricUnit::count, ksm,
     "replicas that the controller last wanted", by_scaler, Family::scalers, column(ScalerLevel::desired_replicas),
     every_kind},
    {"kube_horizontalpodautoscaler_status_condition", gauge, MetricUnit::count, ksm,
     "1 for the status that a condition has: AbleToScale, ScalingActive (False where metrics cannot be had), "
     "ScalingLimited",
     Labels{MetricLabel{"namespace", LabelSource::namespace_of_scaler},
            MetricLabel{"horizontalpodautoscaler", LabelSource::scaler},
            MetricLabel{"condition", LabelSource::scaler_condition},
            MetricLabel{"status", LabelSource::scaler_condition_status}},
     Family::scalers,
     column(ScalerLevel::able_to_scale) | column(ScalerLevel::unable_to_scale) | column(ScalerLevel::scaling_active) |
         column(ScalerLevel::scaling_inactive) | column(ScalerLevel::scaling_limited) |
         column(ScalerLevel::scaling_unlimited),
     every_kind},
    {"ekssim_rescales_total", counter, MetricUnit::count, "ekssim",
     "times that a HorizontalPodAutoscaler has set another size, up or down",
     Labels{MetricLabel{"namespace", LabelSource::namespace_of_scaler},
            MetricLabel{"horizontalpodautoscaler", LabelSource::scaler},
            MetricLabel{"direction", LabelSource::rescale_direction}},
     Family::rescales, every_column, every_kind},
    {"ekssim_hpa_metric_age_seconds", distribution, MetricUnit::seconds, "ekssim",
     "how old what a HorizontalPodAutoscaler sees of a metric is, of those that it gets: one sample for each of them "
     "at "
     "each look, as long as looks may differ from one another",
     by_scaler, Family::metric_age, every_column, every_kind},
    {"ekssim_vpa_recommended_cpu_cores", gauge, MetricUnit::cores, "ekssim",
     "what a VerticalPodAutoscaler recommends to request for each pod's container: lower, target, upper", by_advice,
     Family::cpu_advice, every_column, every_kind},
    {"ekssim_vpa_recommended_memory_bytes", gauge, MetricUnit::bytes, "ekssim",
     "what a VerticalPodAutoscaler recommends to request for each pod's container: lower, target, upper", by_advice,
     Family::memory_advice, every_column, every_kind},
    {"vpa_updater_evicted_pods_total", counter, MetricUnit::count, "vpa-updater",
     "pods that it has evicted so that they come back with what is recommended", by_vertical_scaler,
     Family::vertical_updates, column(VerticalUpdate::evicted), every_kind},
    {"vpa_updater_failed_eviction_attempts_total", counter, MetricUnit::count, "vpa-updater",
     "evictions that a disruption budget has refused it", by_vertical_scaler, Family::vertical_updates,
     column(VerticalUpdate::refused), every_kind},
    {"vpa_updater_in_place_updated_pods_total", counter, MetricUnit::count, "vpa-updater",
     "pods of which it has asked the kubelet for other requests in place", by_vertical_scaler, Family::vertical_updates,
     column(VerticalUpdate::resized), every_kind},
    {"ekssim_krr_recommended_cpu_cores", gauge, MetricUnit::cores, "ekssim",
     "what KRR advises for a container after the pods' use so far: request, limit; 0 where it advises none",
     by_container("bound"), Family::container_advice,
     column(AdvisedAmount::cpu_request) | column(AdvisedAmount::cpu_limit), every_kind},
    {"ekssim_krr_recommended_memory_bytes", gauge, MetricUnit::bytes, "ekssim",
     "what KRR advises for a container after the pods' use so far: request, limit; 0 where it advises none",
     by_container("bound"), Family::container_advice,
     column(AdvisedAmount::memory_request) | column(AdvisedAmount::memory_limit), every_kind},
    {"ekssim_goldilocks_cost_usd_per_hour", gauge, MetricUnit::usd_per_hour, "ekssim",
     "what Goldilocks says that one container costs: current, and with what it shows as guaranteed and burstable; 0 "
     "where it says nothing, burstable with an upper bound that is unlimited still",
     by_container("qos"), Family::container_advice,
     column(AdvisedAmount::cost_now) | column(AdvisedAmount::cost_guaranteed) | column(AdvisedAmount::cost_burstable),
     every_kind},
    {"keda_scaler_active", gauge, MetricUnit::count, "keda", "1 while a trigger is active", by_trigger,
     Family::keda_triggers, column(std::size_t{0}), every_kind},
    {"keda_scaler_metrics_value", gauge, MetricUnit::count, "keda", "value of a trigger at the last poll, rounded",
     by_trigger, Family::keda_triggers, column(std::size_t{1}), every_kind},

    // --- agents of telemetry, under the names of Prometheus' remote write
    {"prometheus_remote_storage_samples_in_total", counter, MetricUnit::rate, prometheus_exporter,
     "samples that an agent's pods have scraped and written to their write-ahead logs", by_agent(), Family::telemetry,
     column(TelemetryLevel::scraped), every_kind, second_us},
    {"prometheus_remote_storage_samples_total", counter, MetricUnit::rate, prometheus_exporter,
     "samples that they have sent to the backend, those included that it rejects", by_agent(), Family::telemetry,
     column(TelemetryLevel::sent), every_kind, second_us},
    {"prometheus_remote_storage_samples_failed_total", counter, MetricUnit::rate, prometheus_exporter,
     "samples that the backend has rejected, as it had them from another pod already", by_agent(), Family::telemetry,
     column(TelemetryLevel::rejected), every_kind, second_us},
    {"ekssim_telemetry_samples_unsent", gauge, MetricUnit::rate, "ekssim",
     "samples in write-ahead logs that are not sent; worked out anew each minute while an outage or its end changes it",
     by_agent(), Family::telemetry, column(TelemetryLevel::unsent), every_kind},
    {"ekssim_telemetry_samples_lost_total", counter, MetricUnit::rate, "ekssim",
     "samples that the backend never gets from anybody: nobody scraped the pod, the volume of the write-ahead log "
     "went, a log that "
     "was left open was cut off, or the log kept them no longer",
     by_agent("cause", LabelSource::lost_samples_cause), Family::telemetry,
     column(TelemetryLevel::unscraped) | column(TelemetryLevel::wal_gone) | column(TelemetryLevel::wal_cut) |
         column(TelemetryLevel::wal_too_old),
     every_kind, second_us},
    {"ekssim_telemetry_pods_unobserved", gauge, MetricUnit::count, "ekssim",
     "running pods among an agent's targets that nobody scrapes; where several agents should, the first of them has it",
     by_agent(), Family::telemetry, column(TelemetryLevel::unobserved), every_kind},

    // --- kube-scheduler
    {"scheduler_pending_pods", gauge, MetricUnit::count, "kube-scheduler", "pods in the scheduler's queues",
     Labels{MetricLabel{"queue", LabelSource::queue}}, Family::queued, but_none, every_kind},
    {"scheduler_schedule_attempts_total", counter, MetricUnit::count, "kube-scheduler",
     "scheduling attempts by their result", Labels{MetricLabel{"result", LabelSource::attempt_result}},
     Family::schedule_attempts, every_column, every_kind},
    {"scheduler_preemption_attempts_total", counter, MetricUnit::count, "kube-scheduler",
     "pods for which others were told to go", by_workload, Family::preemption, column(0), every_kind},
    {"scheduler_preemption_victims", counter, MetricUnit::count, "kube-scheduler",
     "pods that were told to go to make room for this workload's; of the real histogram the sum", by_workload,
     Family::preemption, column(1), every_kind},
    {"scheduler_pod_scheduling_sli_duration_seconds", distribution, MetricUnit::seconds, "kube-scheduler",
     "creation of a pod to its binding, over all attempts", Labels{MetricLabel{"attempts", LabelSource::attempts}},
     Family::scheduling_time, but_none, every_kind},
    {"scheduler_pod_scheduling_attempts", distribution, MetricUnit::count, "kube-scheduler",
     "attempts that it took to place a pod", no_labels, Family::scheduling_attempts, every_column, every_kind},

    // --- kubelet, controller-manager, their clients
    {"kubelet_pod_start_sli_duration_seconds", distribution, MetricUnit::seconds, "kubelet",
     "creation of a pod to running, without the pulls of images and the init containers", no_labels,
     Family::kubelet_start_time, every_column, every_kind},
    {"kubelet_evictions", counter, MetricUnit::count, "kubelet",
     "pods that kubelets have evicted, or refused while their node was under pressure",
     workload_and("eviction_signal", LabelSource::eviction_signal), Family::kubelet_evictions, every_column,
     every_kind},
    {"ekssim_containers_out_of_memory_total", counter, MetricUnit::count, "ekssim",
     "containers killed because their pod used more memory than its limits", by_workload, Family::out_of_memory,
     every_column, every_kind},
    {"ekssim_pod_disruptions_total", counter, MetricUnit::count, "ekssim",
     "pods that have got the condition DisruptionTarget, by its reason",
     workload_and("reason", LabelSource::disruption), Family::disruptions, but_none, every_kind},
    {"kubelet_image_garbage_collected_total", counter, MetricUnit::count, "kubelet",
     "images that kubelets have deleted for want of room", by_image, Family::images_deleted, every_column, every_kind},
    {"kubelet_image_pull_duration_seconds", distribution, MetricUnit::seconds, "kubelet",
     "time of one pull of an image, waiting for its turn included (by image, not by size)", by_image, Family::pull_time,
     every_column, every_kind},
    {"cronjob_controller_job_creation_skew_duration_seconds", distribution, MetricUnit::seconds,
     "kube-controller-manager", "time at which a CronJob was due to the start of its Job", by_workload,
     Family::job_lateness, every_column, only(WorkloadKind::cron_job)},
    {"rest_client_rate_limiter_duration_seconds", distribution, MetricUnit::seconds, "client-go",
     "how long calls to the API server waited for their client's own limit; calls that did not wait are not counted",
     by_client, Family::client_wait, every_column, every_kind},

    // --- Cilium's agents and operator, in ENI mode
    {"cilium_ipam_capacity", gauge, MetricUnit::count, cilium_exporter,
     "addresses that the node's CiliumNode object offers, used ones included", by_node, Family::node_levels,
     column(NodeLevel::total), every_kind},
    {"cilium_operator_ipam_used_ips", gauge, MetricUnit::count, cilium_exporter,
     "addresses of the node that pods and the agent itself use", by_target_node, Family::node_levels,
     column(NodeLevel::assigned), every_kind},

    // --- Cluster Autoscaler (metrics/metrics.go); the levels are those of its last loop
    {"cluster_autoscaler_cluster_safe_to_autoscale", gauge, MetricUnit::count, autoscaler,
     "1 while few enough nodes are unready for it to act", no_labels, Family::autoscaler_levels,
     column(AutoscalerLevel::safe_to_autoscale), every_kind},
    {"cluster_autoscaler_nodes_count", gauge, MetricUnit::count, autoscaler,
     "nodes by their state; unregistered ones are instances that are no nodes yet",
     Labels{MetricLabel{"state", LabelSource::autoscaler_node_state}}, Family::autoscaler_levels, autoscaled_nodes,
     every_kind},
    {"cluster_autoscaler_unschedulable_pods_count", gauge, MetricUnit::count, autoscaler,
     "pods that it takes for unschedulable", no_labels, Family::autoscaler_levels,
     column(AutoscalerLevel::unschedulable_pods), every_kind},
    {"cluster_autoscaler_scaled_up_nodes_total", counter, MetricUnit::count, autoscaler,
     "nodes that it has added to its groups", no_labels, Family::autoscaler_counts,
     column(AutoscalerCount::scaled_up_nodes), every_kind},
    {"cluster_autoscaler_failed_scale_ups_total", counter, MetricUnit::count, autoscaler,
     "scale-ups that have failed, by the reason", Labels{MetricLabel{"reason", LabelSource::scale_up_failure}},
     Family::autoscaler_counts, column(AutoscalerCount::out_of_resources) | column(AutoscalerCount::timeout),
     every_kind},
    {"cluster_autoscaler_unneeded_nodes_count", gauge, MetricUnit::count, autoscaler,
     "nodes that it would remove if they stayed so", no_labels, Family::autoscaler_levels,
     column(AutoscalerLevel::unneeded_nodes), every_kind},
    {"cluster_autoscaler_unremovable_nodes_count", gauge, MetricUnit::count, autoscaler,
     "nodes that it keeps, by the reason", Labels{MetricLabel{"reason", LabelSource::unremovable_reason}},
     Family::autoscaler_levels, unremovable_nodes, every_kind},
    {"cluster_autoscaler_scale_down_in_cooldown", gauge, MetricUnit::count, autoscaler,
     "1 while nodes are not removed because of what happened before", no_labels, Family::autoscaler_levels,
     column(AutoscalerLevel::scale_down_in_cooldown), every_kind},
    {"cluster_autoscaler_scaled_down_nodes_total", counter, MetricUnit::count, autoscaler,
     "nodes that it has removed, by the reason", Labels{MetricLabel{"reason", LabelSource::scale_down_reason}},
     Family::autoscaler_counts,
     column(AutoscalerCount::empty) | column(AutoscalerCount::underutilized) | column(AutoscalerCount::unready),
     every_kind},
    {"cluster_autoscaler_evicted_pods_total", counter, MetricUnit::count, autoscaler,
     "pods that it has evicted to drain nodes", no_labels, Family::autoscaler_counts,
     column(AutoscalerCount::evicted_pods), every_kind},

    // --- the descheduler
    {"descheduler_pods_evicted", counter, MetricUnit::count, "descheduler",
     "pods that it has evicted, by the strategy that chose them",
     workload_and("strategy", LabelSource::descheduler_strategy), Family::descheduled, every_column, every_kind},

    // --- VPC CNI
    {"awscni_total_ip_addresses", gauge, MetricUnit::count, vpc_cni_exporter, "addresses for pods in the node's store",
     by_node, Family::node_levels, column(NodeLevel::total), every_kind},
    {"awscni_assigned_ip_addresses", gauge, MetricUnit::count, vpc_cni_exporter, "addresses of the node that pods have",
     by_node, Family::node_levels, column(NodeLevel::assigned), every_kind},
    {"awscni_eni_allocated", gauge, MetricUnit::count, vpc_cni_exporter, "ENIs of the node", by_node,
     Family::node_levels, column(NodeLevel::enis), every_kind},
    {"awscni_add_ip_req_count", counter, MetricUnit::count, vpc_cni_exporter,
     "requests for an address of a pod, answered or not", by_node, Family::node_counts, column(NodeCount::add_requests),
     every_kind},
    {"awscni_del_ip_req_count", counter, MetricUnit::count, vpc_cni_exporter, "addresses that pods gave back", by_node,
     Family::node_counts, column(NodeCount::del_requests), every_kind},
    {"awscni_no_available_ip_addresses", counter, MetricUnit::count, vpc_cni_exporter,
     "requests for an address that failed", by_node, Family::node_counts, column(NodeCount::add_failures), every_kind},
    {"awscni_ec2api_req_count", counter, MetricUnit::count, vpc_cni_exporter, "calls to EC2 by the CNI, over all nodes",
     Labels{MetricLabel{"fn", LabelSource::ec2_action}}, Family::ec2_calls, every_column, cni_actions},
    {"awscni_ec2api_error_count", counter, MetricUnit::count, vpc_cni_exporter,
     "calls to EC2 by the CNI that failed, over all nodes", Labels{MetricLabel{"fn", LabelSource::ec2_action}},
     Family::ec2_calls, failures, cni_actions},
};

}  // namespace metric_table

const FamilyShape& shape_of(Family family) { return metric_table::family_shapes[static_cast<std::size_t>(family)]; }

std::span<const MetricLabel> MetricDefinition::labels() const {
    std::size_t count = 0;
    while (count < label_slots.size() && !label_slots[count].name.empty()) ++count;
    return {label_slots.data(), count};
}

const MetricLabel* MetricDefinition::label(std::string_view label_name) const {
    for (const MetricLabel& candidate : labels()) {
        if (candidate.name == label_name) return &candidate;
    }
    return nullptr;
}

std::span<const MetricDefinition> all_metrics() { return metric_table::definitions; }

const MetricDefinition* find_metric(std::string_view name) {
    for (const MetricDefinition& metric : metric_table::definitions) {
        if (metric.name == name) return &metric;
    }
    return nullptr;
}

}  // namespace eks

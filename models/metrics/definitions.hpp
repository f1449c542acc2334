// The one table of all metrics: what each is called, what it counts, whose exporter has it, and from which family of
// base series it is read. Expectations, the result document, `ekssim explain metric` and exports all go by this table.
//
// Real components' names keep their labels but for those that name one pod, uid or container: series exist per
// workload, node, node group, zone and subnet, never per pod, so that memory does not follow a run's history.
//
// A *family* is a rectangle of base series: one row per member of its axis (a workload, a node, …) and a fixed number
// of columns (a cause, a phase, …). Several metrics may read one family under different names.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eks {

enum class MetricKind : std::uint8_t {
    gauge,         // a level that holds between changes
    counter,       // events, or an amount that only grows
    distribution,  // one sample an event
};

// What a value means to a reader. Base series count integers: microseconds for seconds, millicores for cores,
// micro-dollars for dollars, millionths for shares.
// `short_time`: seconds in which billionths count; `fine_cores`: cores in which millionths do; `rate`: a count in which
// thousandths do; `fine_rate`: one in which millionths do.
enum class MetricUnit : std::uint8_t {
    count,
    share,
    seconds,
    bytes,
    cores,
    usd,
    usd_per_hour,
    short_time,
    fine_cores,
    rate,
    fine_rate
};

// "s", "bytes", "cores", "USD", "USD/h", or empty for a count or a share.
std::string_view unit_text(MetricUnit unit);
// How many units of a base series make one of the reader's: a million for times, money and shares, a thousand for
// cores, else 1.
double base_per_unit(MetricUnit unit);
// "gauge", "counter", "distribution".
std::string_view kind_text(MetricKind kind);

// What no node costs.
enum class SharedCost : std::uint8_t {
    control_plane,
    nat_gateway,
    load_balancer,
    volume,  // persistent ones
    cross_zone,
    internet,
    savings_plan,
};
inline constexpr std::size_t shared_cost_count = 7;
static_assert(static_cast<std::size_t>(SharedCost::savings_plan) + 1 == shared_cost_count);

// What the rows of a family stand for.
enum class Axis : std::uint8_t {
    whole,     // a single row
    workload,  // by WorkloadIx
    usage,     // by WorkloadIx, or no row at all where nobody says what pods use
    contest,   // by WorkloadIx, or no row at all where no node has two CNIs
    subnet,    // by SubnetIx
    payer,     // by NodeGroupIx, then by SharedCost
    share,     // by WorkloadIx, then what is idle, then what is shared
    shape,     // by NodeShapeIx
    image,     // by ImageIx
    client,    // clients of the API server
    ec2_action,
    outside,      // uses of networks outside of the VPC
    nat_gateway,  // by position in Outside::gateways
    connections,  // by Traffic::classes, then Outside::uses, or no row at all where nobody looks at data paths
    data_path,    // a single row, or none where nobody looks at data paths
    traffic,      // by WorkloadIx, or no row at all where the scenario has no traffic
    message_queue,
    dns,                 // a single row, or none where nobody says what is looked up
    admission,           // by WorkloadIx, or no row at all where there are no quotas
    quota,               // bounds of quotas, as in World::quota_uses
    budget,              // by position in Spec::budgets
    node_pool,           // by position in Karpenter::pools
    service,             // by position in Spec::services
    scaler,              // by position in PodScaling::horizontal
    vertical_scaler,     // by position in PodScaling::vertical
    advised,             // by position in AdviceSettings::workloads
    keda_trigger,        // by position among those of all of KEDA's objects
    cluster_autoscaler,  // a single row, or none without Cluster Autoscaler
    descheduler,         // by WorkloadIx, or no row at all without a descheduler
    aws_action,          // by AwsAction, or no row at all where nothing calls AWS
    steady_caller,       // by Identity::callers
    balancer_action,     // by AwsAction from first_balancer_action on, or no row without the controller that calls
    balancer_object,     // by Identity::balancer_objects
    external_dns,        // by Identity::external_dns
    secret,              // by Identity::secrets
    exposure,            // a single row, or none where nobody says what is reached from where
    telemetry,           // by position in Telemetry::agents
    node,                // one row a node ever seen, in the order in which they came
};

enum class Family : std::uint8_t {
    // gauges
    waiting,
    unplaced,
    container_waiting,
    phase,
    desired,
    ready,
    rollouts,
    job_pods_active,
    jobs_active,
    queued,
    blocked_evaluations,
    nodes,
    nodes_outdated,
    subnet_free,
    cost_rate,
    cpu_usage,
    memory_usage,
    contested,
    failing_share,
    unreachable,
    nat_gateways,
    dns,
    requests,
    backlog,
    endpoints,
    replica_failures,
    quota_shares,
    budgets,
    unschedulable,
    cost_split,
    scalers,
    keda_triggers,
    cpu_advice,
    memory_advice,
    container_advice,
    autoscaler_levels,
    connections,
    network_layers,
    steady_calls,
    secrets,
    exposed,
    telemetry,
    load_balancers,
    dns_syncs,
    // counters
    created,
    placed,
    finished,
    gave_up,
    restarts,
    evictions,
    refusals,
    schedule_attempts,
    preemption,
    jobs_started,
    jobs_finished,
    ticks_missed,
    address_failures,
    ec2_calls,
    image_pulls,
    image_bytes,
    image_failures,
    images_deleted,
    kubelet_evictions,
    out_of_memory,
    disruptions,
    cost_once,
    interruptions,
    nomad_scalings,
    claims_created,
    claims_terminated,
    claims_disrupted,
    disruption_decisions,
    split_once,
    rescales,
    autoscaler_counts,
    connections_reset,
    descheduled,
    vertical_updates,
    aws_calls,
    secret_syncs,
    telemetry_once,
    balancer_calls,
    dns_errors,
    // distributions
    wait_time,
    start_time,
    rollout_time,
    scheduling_time,
    scheduling_attempts,
    kubelet_start_time,
    job_time,
    job_lateness,
    pull_time,
    client_wait,
    endpoint_lag,
    rule_lag,
    rule_sync,
    metric_age,
    balancer_time,
    name_time,
    // per node
    node_levels,
    node_counts,
};
inline constexpr std::size_t family_count = 101;
inline constexpr std::size_t static_family_count = 99;  // all but those per node

struct FamilyShape {
    Family family = Family::waiting;
    Axis axis = Axis::whole;
    std::uint8_t columns = 1;
    MetricKind kind = MetricKind::gauge;
};

const FamilyShape& shape_of(Family family);

// Of a level that is paid for over time, or counted: what is charged or counted at once beside it, in as many of its
// columns as that has.
constexpr std::optional<Family> family_charged_once(Family family) {
    if (family == Family::cost_rate) return Family::cost_once;
    if (family == Family::cost_split) return Family::split_once;
    if (family == Family::telemetry) return Family::telemetry_once;
    return std::nullopt;
}

// Columns of Family::telemetry, the first of which those of Family::telemetry_once are too.
enum class TelemetryLevel : std::uint8_t {
    scraped,
    sent,
    rejected,
    unscraped,
    wal_gone,
    wal_cut,
    wal_too_old,
    unsent,
    unobserved
};
inline constexpr std::size_t telemetry_level_count = 9;
inline constexpr std::size_t telemetry_once_count = static_cast<std::size_t>(TelemetryLevel::unsent);
// Columns of Family::dns.
enum class DnsLevel : std::uint8_t { at_once, late, failed, failed_share, to_servers, passed_on, dropped };
inline constexpr std::size_t dns_level_count = 7;

// Columns of Family::requests.
enum class RequestLevel : std::uint8_t { per_second, seconds, failing };
inline constexpr std::size_t request_level_count = 3;

// Columns of Family::node_levels and Family::node_counts.
enum class NodeLevel : std::uint8_t {
    free,
    assigned,
    cooling,
    total,
    enis,
    ready,
    not_ready,
    known,
    memory_pressure,
    disk_pressure,
    branches_in_use,
    branches_cooling,
    snat_ports,
    snat_refused,
    unknown,        // Ready is
    network_cores,  // at work for the network
    network_load,
    conntrack,  // entries of its tables of connections, by NodeTable
    bpf_map,
    ec2_tracking,
    table_refused,
    segments_lost,
    no_services
};
inline constexpr std::size_t node_level_count = 23;
// Columns of Family::connections; those of failures by datapath::FailureCause.
enum class ConnectionLevel : std::uint8_t {
    per_second,
    connect,
    connect_p90,
    connect_p99,
    fails_by_dns,
    fails_by_rule,
    fails_by_endpoint,
    fails_by_table,
    fails_by_port,
    fails_by_quota,
    wrong_pod,
    wait,
    request,
    stale
};
inline constexpr std::size_t connection_level_count = 14;
enum class NodeCount : std::uint8_t { add_requests, add_failures, del_requests, attached, detached };
inline constexpr std::size_t node_count_count = 5;

// Columns of Family::container_waiting: 0 is "no waiting reason", which is not counted.
inline constexpr std::array<std::string_view, 8> container_waiting_reasons{"",
                                                                           "ContainerCreating",
                                                                           "PodInitializing",
                                                                           "CrashLoopBackOff",
                                                                           "ImagePullBackOff",
                                                                           "ErrImageNeverPull",
                                                                           "CreateContainerError",
                                                                           "CreateContainerConfigError"};

// The scheduler's metric tells attempts apart up to 14 and calls the rest "15+".
inline constexpr std::uint32_t attempts_told_apart = 15;

// Where a label's value comes from, given the row and the column of a base series.
enum class LabelSource : std::uint8_t {
    none,
    namespace_name,
    workload,
    workload_kind,
    cause,
    container_reason,
    phase,
    finished_phase,
    queue,
    attempt_result,
    attempts,
    job_result,
    ec2_action,
    ec2_result,
    aws_service,
    aws_action,
    aws_result,
    steady_caller,
    service_of_caller,
    action_of_caller,
    client_id,
    balancer_action,
    status_code,
    error_code,
    balancer_object,
    balancer_stage,
    namespace_of_dns,
    dns_workload,
    dns_kind,
    exposed,
    namespace_of_secret,
    secret,
    client,
    image,
    registry_of_image,
    image_source,
    pull_failure,
    eviction_signal,
    disruption,
    subnet,
    zone_of_subnet,
    node,
    address_state,
    contest_state,
    branch_state,
    condition,
    condition_status,
    group_of_shape,
    zone_of_shape,
    instance_type,
    node_state,
    cost_kind,
    capacity_type,
    namespace_of_share,
    workload_of_share,
    kind_of_share,
    split_by,
    group_of_payer,
    workload_of_use,
    namespace_of_use,
    network_of_use,
    direction,
    connections_from,
    connections_to,
    failure_cause,
    network_layer,
    connection_table,
    nat_gateway,
    dns_result,
    message_queue,
    namespace_of_service,
    service,
    namespace_of_budget,
    budget,
    namespace_of_quota,
    quota,
    bound_of_quota,
    namespace_of_scaler,
    scaler,
    scaler_condition,
    scaler_condition_status,
    rescale_direction,
    namespace_of_vertical_scaler,
    vertical_scaler,
    advice_bound,
    namespace_of_advised,
    advised_workload,
    advised_kind,
    advised_bound,
    namespace_of_trigger,
    scaled_object,
    trigger,
    node_pool,
    claim_reason,
    disrupted_for,
    disruption_decision,
    disruption_reason,
    consolidation_type,
    autoscaler_node_state,
    unremovable_reason,
    scale_down_reason,
    scale_up_failure,
    descheduler_strategy,
    namespace_of_agent,
    agent_workload,
    agent_kind,
    lost_samples_cause,
    always_empty,
};

struct MetricLabel {
    std::string_view name;
    LabelSource source = LabelSource::none;
};

inline constexpr std::size_t labels_max = 5;

struct MetricDefinition {
    std::string_view name;
    MetricKind kind = MetricKind::gauge;
    MetricUnit unit = MetricUnit::count;
    std::string_view exporter;  // whose name it is: "ekssim", "kube-state-metrics", "kube-scheduler", …
    std::string_view meaning;
    std::array<MetricLabel, labels_max> label_slots{};
    Family family = Family::waiting;
    std::uint64_t columns = ~std::uint64_t{0};    // which of the family's columns, one bit each
    std::uint32_t row_kinds = ~std::uint32_t{0};  // which rows: one bit a WorkloadKind, or an Ec2Action
    // Of a counter that grows with time, at the rate of the family's level (cost, processor time): how long a level of
    // one takes to make it grow by one. Zero: it counts events.
    std::int64_t us_per_unit = 0;

    bool accrues() const { return us_per_unit != 0; }

    std::span<const MetricLabel> labels() const;
    // The label of this name, or null.
    const MetricLabel* label(std::string_view label_name) const;
    bool has_column(std::size_t column) const { return (columns >> column & 1) != 0; }
};

inline constexpr std::string_view vpc_cni_exporter = "VPC CNI";
inline constexpr std::string_view cilium_exporter = "Cilium";
inline constexpr std::string_view karpenter_exporter = "Karpenter";
inline constexpr std::string_view nomad_exporter = "Nomad";
inline constexpr std::string_view balancer_controller_exporter = "AWS Load Balancer Controller";
inline constexpr std::string_view external_dns_exporter = "ExternalDNS";
inline constexpr std::string_view prometheus_exporter = "Prometheus";

// In the order in which results list them.
std::span<const MetricDefinition> all_metrics();

// Null if there is none of this name.
const MetricDefinition* find_metric(std::string_view name);

}  // namespace eks

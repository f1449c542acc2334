// What was seen to happen, one record a kind: handed to the metrics after each event and to a trace where there is one.
// Facts say what changed and by how much, so that whoever folds them never has to look into the World.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/aws_api.hpp"
#include "models/spec/descheduler.hpp"
#include "models/spec/ec2.hpp"
#include "models/spec/identity.hpp"
#include "models/spec/indices.hpp"
#include "models/world/address_wait.hpp"
#include "models/world/cluster_autoscaler_rows.hpp"
#include "models/world/datapath_rows.hpp"
#include "models/world/ids.hpp"
#include "models/world/karpenter_rows.hpp"
#include "models/world/rows.hpp"
#include "models/world/telemetry_rows.hpp"
#include "models/world/wait_cause.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <variant>

namespace eks {

// --- pods
struct PodCreatedFact {
    PodId pod;
    WorkloadIx workload;
    WaitCause cause = WaitCause::none;
    std::uint32_t replica = 0;  // what its name ends in
};  // phase Pending, waiting for `cause`
struct PodWaitsFact {
    PodId pod;
    WorkloadIx workload;
    WaitCause from = WaitCause::none;
    WaitCause to = WaitCause::none;
    sim::Duration lasted;
};  // still waiting
// Its waiting is over: ready, or running for a Job's pod. `since_created` is its start time, `from` what it waited for
// last.
struct PodStartedFact {
    PodId pod;
    WorkloadIx workload;
    WaitCause from = WaitCause::none;
    sim::Duration lasted;
    sim::Duration since_created;
};
// Gone or finished before it ever started.
struct PodGaveUpFact {
    PodId pod;
    WorkloadIx workload;
    WaitCause from = WaitCause::none;
    sim::Duration lasted;
};
struct PodPhaseFact {
    WorkloadIx workload;
    PodPhase from = PodPhase::pending;
    PodPhase to = PodPhase::pending;
};
struct PodRemovedFact {
    PodId pod;
    WorkloadIx workload;
    PodPhase phase = PodPhase::pending;
};  // the object is gone; it was in `phase`
struct PodReadyFact {
    WorkloadIx workload;
    NodeId node;
    std::int32_t change = 0;
};  // +1 became ready, -1 no longer
// The address of a ready pod is contested, or no longer (DPC-57). Only where two CNIs run.
struct PodAddressFact {
    PodId pod;
    WorkloadIx workload;
    AddressState from = AddressState::undisputed;
    AddressState to = AddressState::undisputed;
};
// A pod whose waiting was over is in CrashLoopBackOff (+1), or no longer.
struct CrashLoopFact {
    WorkloadIx workload;
    std::int32_t change = 0;
};
struct ContainerRestartedFact {
    WorkloadIx workload;
};

// A pod begins (+1) to hold room on a node of this shape, or no longer does; or the node's instance has ended.
struct PodRoomFact {
    WorkloadIx workload;
    TemplateIx pods;
    NodeShapeIx shape;
    std::int32_t change = 0;
};
// A persistent volume is made.
struct VolumeMadeFact {
    Bytes bytes = 0;
};

// Its pods that use what the workload's usage says: +1 where the containers of one begin to run, -1 where they end or
// are told to. Noted only where the scenario states a usage.
struct PodUsesFact {
    WorkloadIx workload;
    std::int32_t change = 0;
};
// What each of them uses from now on.
struct UsageFact {
    WorkloadIx workload;
    Millicores cpu_milli = 0;
    Bytes memory_bytes = 0;
};

// --- scheduler. `attempts` counts this one; `since_created` is the SLI of the real scheduler.
struct PodScheduledFact {
    PodId pod;
    WorkloadIx workload;
    NodeId node;
    std::uint32_t attempts = 0;
    sim::Duration since_created;
};
struct PodUnschedulableFact {
    PodId pod;
    WorkloadIx workload;
    WaitCause reason = WaitCause::none;
};  // one failed attempt
// Pods of lower priority are told to go so that this one finds room on their node.
struct PreemptionFact {
    PodId pod;
    WorkloadIx workload;
    NodeId node;
    std::int32_t victims = 0;
};
// Pods that fit no node now, by reason: `from` or `to` may be none.
struct PodUnplacedFact {
    WorkloadIx workload;
    WaitCause from = WaitCause::none;
    WaitCause to = WaitCause::none;
};
struct QueueFact {
    QueuePlace from = QueuePlace::none;
    QueuePlace to = QueuePlace::none;
};

// --- workloads
struct ReplicasDesiredFact {
    WorkloadIx workload;
    std::int32_t change = 0;
};
// Rollouts of a workload that are under way, and those that make no progress (DEPLOY-5): the changes. One that has
// ended well lasted so long; zero otherwise.
struct RolloutFact {
    WorkloadIx workload;
    std::int32_t under_way = 0;
    std::int32_t stalled = 0;
    sim::Duration lasted;
};
// Somebody has asked the eviction API for a pod (PDB-2).
struct EvictionFact {
    WorkloadIx workload;
    bool was_refused = false;
};
// The status of a disruption budget: the changes (PDB-1, PDB-2).
struct BudgetFact {
    std::uint32_t budget = 0;  // into Spec::budgets
    std::int32_t allowed = 0;
    std::int32_t healthy = 0;
    std::int32_t desired = 0;
};
// Admission has refused the creation of a pod: `quota` has not so much left, or the pod does not say what it asks for.
struct PodRefusedFact {
    WorkloadIx workload;
    std::uint32_t quota = 0;  // into Spec::quotas
    std::uint32_t bound = 0;  // of it
    std::int64_t used = 0;
    std::int64_t limit = 0;
    bool is_unstated = false;
    std::int64_t asked = 0;  // by the pod, as webhooks have left it
};
// A controller's last attempt to make pods for one owner ended in a refusal (+1), or no longer (-1).
struct ReplicaFailureFact {
    WorkloadIx workload;
    std::int32_t change = 0;
};
// The share of a bound that is used.
struct QuotaFact {
    std::uint32_t use = 0;  // into World::quota_uses
    std::int64_t change_ppm = 0;
};
struct JobStartedFact {
    WorkloadIx workload;
    sim::Duration late;
};  // behind its tick on the schedule
struct JobFinishedFact {
    WorkloadIx workload;
    bool succeeded = false;
    sim::Duration lasted;
};
struct JobRemovedFact {
    WorkloadIx workload;
    bool was_active = false;
};
struct CronTickMissedFact {
    WorkloadIx workload;
};

// --- nodes. A node joins when its instance is launched, is `lost` when that ends (with all addresses and ENIs that it
// had, which no other fact tells of), and has left when its Node object is gone too.
struct NodeFact {
    NodeId node;
    NodeGroupIx group;
    NodeShapeIx shape;
    NodeState from = NodeState::launching;
    NodeState to = NodeState::launching;
    bool joined = false;
    bool left = false;
};

// A fault of the timeline strikes the node.
struct NodeStruckFact {
    NodeId node;
    std::uint32_t occurrence = 0;  // of the fault
};

// EC2 has told a spot instance that it will end (AWS-30).
// EC2 ends the instance, which has just been launched, before it runs: nobody pays for it (AWS-20).
struct NeverRunsFact {
    NodeId node;
};

struct InterruptionFact {
    NodeId node;
};

// Nodes that the update of a group has still to replace.
struct NodesOutdatedFact {
    NodeGroupIx group;
    std::int32_t change = 0;
};

// --- addresses. Free, assigned and cooling partition a node's addresses; a released one cools until `free_at`.
struct AddressAssignedFact {
    NodeId node;
};
struct AddressReleasedFact {
    NodeId node;
    sim::Time free_at;
};
struct AddressesAddedFact {
    NodeId node;
    std::int32_t count = 0;
};
struct AddressesDroppedFact {
    NodeId node;
    std::int32_t free = 0;
    std::int32_t cooling = 0;
    std::int32_t assigned = 0;  // whose pods go on with an address that no longer works (IPAM-18)
};  // at this moment
// `assigned` of `addresses` were in use, the rest cooled; `usable_at` is when the first of those could be given out.
struct AddFailedFact {
    PodId pod;
    NodeId node;
    WorkloadIx workload;
    WaitCause cause = WaitCause::none;
    std::int32_t assigned = 0;
    std::int32_t addresses = 0;
    sim::Time usable_at;
    AddressWait awaits = AddressWait::nothing;
};
struct EniFact {
    NodeId node;
    std::int32_t change = 0;
};  // +1 attached, -1 detached
// Branch ENIs of a node: those made for a pod, and those whose pod has gone and which wait to be deleted.
struct BranchEniFact {
    NodeId node;
    std::int32_t in_use = 0;   // the change
    std::int32_t cooling = 0;  // likewise
};
struct SubnetFact {
    SubnetIx subnet;
    std::int64_t change = 0;
};  // of its free addresses

// Source ports of a node's address in use, and the share of new connections that found none: the changes.
struct SnatFact {
    NodeId node;
    std::int32_t ports = 0;
    std::int32_t refused_ppm = 0;
};
struct NatGatewayFact {
    std::uint32_t gateway = 0;  // into Outside::gateways
    std::int32_t ports = 0;
    std::int32_t refused_ppm = 0;
};
// Pods that cannot call an outside network, or be called from there: the changes.
struct UnreachableFact {
    std::uint32_t use = 0;  // into Outside::uses
    std::int32_t from_pods = 0;
    std::int32_t to_pods = 0;
};

// Lookups and questions a second, by what becomes of them: the changes (see DnsState).
struct DnsFact {
    std::int64_t at_once = 0;
    std::int64_t late = 0;
    std::int64_t failed = 0;
    std::int64_t failed_ppm = 0;
    std::int64_t to_servers = 0;
    std::int64_t passed_on = 0;
    std::int64_t dropped = 0;
};

// What the slices of a Service hold: the changes. `lag`: from the first change of a pod until the last node goes by it;
// 0 at the beginning.
struct EndpointsFact {
    std::uint32_t service = 0;
    std::int32_t ready = 0;
    std::int32_t terminating = 0;
    std::int32_t slices = 0;
    sim::Duration lag;
};

// Requests a second that the pods of a workload get, their mean time in a pod, and the share that fails: the changes.
struct TrafficFact {
    WorkloadIx workload;
    std::int64_t per_second = 0;  // rounded
    std::int64_t micros = 0;
    std::int64_t failing_ppm = 0;
};
// Bytes a second that are paid for by where they go: the changes. `balanced` by BalancerKind.
struct TransferFact {
    std::int64_t cross_zone = 0;
    std::int64_t internet = 0;
    std::array<std::int64_t, 3> balanced{};
};
// How the connections of a class travel, where data paths see them: the changes. `failing_ppm` by
// datapath::FailureCause, of those that are tried.
struct ConnectionsFact {
    std::uint32_t of_class = 0;       // Traffic::classes, then Outside::uses
    std::int64_t attempts_milli = 0;  // a second
    std::int64_t connect_nanos = 0;
    std::int64_t connect_p90_nanos = 0;
    std::int64_t connect_p99_nanos = 0;
    std::int64_t request_nanos = 0;  // a request more on an open connection
    std::array<std::int64_t, datapath::failure_cause_count> failing_ppm{};
    std::int64_t wrong_pod_ppm = 0;
    std::int64_t wait_micros = 0;  // until a client knows
    std::int64_t stale_ppm = 0;    // of the callers, those whose open connection leads to nobody (DPS-16)
};
// What a node's network does: the changes. Cores by datapath::Part, tables by NodeTable.
struct NodeNetworkFact {
    NodeId node;
    std::array<std::int64_t, datapath::part_count> micro_cores{};
    std::int64_t load_ppm = 0;
    std::array<std::int64_t, node_table_count> table_entries{};
    std::int64_t refused_ppm = 0;    // of new connections, for want of an entry
    std::int64_t lost_ppm = 0;       // of segments, beyond an allowance
    std::int64_t without_rules = 0;  // 1: no Service works here
};
// Kernels of a group of nodes have got what changed.
struct RulesWrittenFact {
    std::uint32_t group = 0;
    std::int32_t services = 0;
    sim::Duration lag;   // since the first change of an endpoint that it brought
    sim::Duration took;  // the sync itself
};
// Open connections of a class were reset, on average so many.
struct ConnectionsResetFact {
    std::uint32_t of_class = 0;
    std::int64_t connections = 0;
};
// Messages that wait in a queue: the change.
struct BacklogFact {
    std::uint32_t queue = 0;
    std::int64_t change = 0;
};

// What a HorizontalPodAutoscaler shows of itself.
enum class ScalerLevel : std::uint8_t {
    min_replicas,
    max_replicas,
    current_replicas,
    desired_replicas,
    able_to_scale,
    unable_to_scale,
    scaling_active,
    scaling_inactive,
    scaling_limited,
    scaling_unlimited,
};
inline constexpr std::size_t scaler_level_count = 10;
struct ScalerFact {
    std::uint32_t scaler = 0;  // into PodScaling::horizontal
    ScalerLevel level = ScalerLevel::min_replicas;
    std::int32_t change = 0;
};
// It has set another size.
struct RescaledFact {
    std::uint32_t scaler = 0;
    std::int32_t change = 0;
};
// A trigger of an object of KEDA: the changes.
struct KedaTriggerFact {
    std::uint32_t trigger = 0;  // counted over all objects
    std::int32_t active = 0;
    std::int64_t value = 0;  // rounded
};

// What a VerticalPodAutoscaler recommends: the changes.
enum class AdviceBound : std::uint8_t { lower, target, upper };
inline constexpr std::size_t advice_bound_count = 3;
struct AdviceFact {
    std::uint32_t scaler = 0;  // into PodScaling::vertical
    AdviceBound bound = AdviceBound::target;
    std::int64_t cpu_milli = 0;
    std::int64_t memory_bytes = 0;
};
// What KRR advises for a container, and what Goldilocks says that it costs an hour: the changes.
enum class AdvisedAmount : std::uint8_t {
    cpu_request,
    cpu_limit,
    memory_request,
    memory_limit,
    cost_now,
    cost_guaranteed,
    cost_burstable,
};
inline constexpr std::size_t advised_amount_count = 7;
struct ContainerAdviceFact {
    std::uint32_t row = 0;  // into AdviceSettings::workloads
    AdvisedAmount amount = AdvisedAmount::cpu_request;
    std::int64_t change = 0;
};

// What its updater does about a pod.
enum class VerticalUpdate : std::uint8_t { evicted, refused, resized };  // refused: by the eviction API
inline constexpr std::size_t vertical_update_count = 3;
struct VerticalUpdateFact {
    std::uint32_t scaler = 0;  // into PodScaling::vertical
    VerticalUpdate what = VerticalUpdate::evicted;
};

struct Ec2CallFact {
    Ec2Action action = Ec2Action::describe_subnets;
    Ec2Result result = Ec2Result::success;
    std::int32_t calls = 1;
};

// --- images
struct ImagePulledFact {
    NodeId node;
    ImageIx image;
    WorkloadIx workload;
    sim::Duration lasted;
    Bytes bytes = 0;
    bool is_from_peer = false;
};
struct ImageDeletedFact {
    NodeId node;
    ImageIx image;
};
// A condition of a node has become true (+1) or is no longer (-1): DiskPressure, else MemoryPressure.
struct NodePressureFact {
    NodeId node;
    bool is_disk = false;
    std::int32_t change = 0;
};
enum class EvictedFor : std::uint8_t { memory, disk, pod_limit, empty_dir_limit };
inline constexpr std::size_t evicted_for_count = 4;
struct PodEvictedFact {
    NodeId node;
    WorkloadIx workload;
    EvictedFor why = EvictedFor::memory;
};
// The pod has got the condition DisruptionTarget.
struct PodDisruptedFact {
    WorkloadIx workload;
    Disruption why = Disruption::none;
};
struct OutOfMemoryFact {
    WorkloadIx workload;
};
struct ImagePullFailedFact {
    NodeId node;
    ImageIx image;
    PullFailure why = PullFailure::unreachable;
};

// --- clients of the API server: how long a call waited for its client's own limit; `calls` of them waited equally long
struct ApiCallFact {
    std::uint8_t client = 0;
    std::int32_t calls = 1;
    sim::Duration waited;
};  // a Controller, or api_client_scheduler, api_client_kubelet
inline constexpr std::uint8_t api_client_scheduler = 7;
inline constexpr std::uint8_t api_client_kubelet = 8;
inline constexpr std::size_t api_client_count = 9;

// --- Karpenter; `pool` into Karpenter::pools
struct NodeClaimCreatedFact {
    std::uint32_t pool = 0;
    ClaimReason reason = ClaimReason::provisioned;
};
struct NodeClaimTerminatedFact {
    std::uint32_t pool = 0;
};
struct NodeClaimDisruptedFact {
    std::uint32_t pool = 0;
    DisruptedFor why = DisruptedFor::underutilized;
};
// Of its own will, validated where that is due.
struct DisruptionDecidedFact {
    DisruptionMethod method = DisruptionMethod::emptiness;
    bool replaces = false;
};
// Pods for which the last round found nothing are so many more, or fewer.
struct UnschedulablePodsFact {
    std::int32_t change = 0;
};

// --- Cluster Autoscaler's own metrics: what a level of them changes by, and what a counter grows by
struct AutoscalerLevelFact {
    AutoscalerLevel level = AutoscalerLevel::unschedulable_pods;
    std::int64_t change = 0;
};
struct AutoscalerCountFact {
    AutoscalerCount count = AutoscalerCount::scaled_up_nodes;
    std::int64_t more = 0;
};

// The descheduler has evicted a pod.
struct DeschedulerEvictionFact {
    WorkloadIx workload;
    DeschedulerStrategy strategy = DeschedulerStrategy::remove_failed_pods;
};

// --- Nomad: a job has allocations that no node can take (+1), or no longer has any (-1)
struct BlockedEvaluationFact {
    WorkloadIx workload;
    std::int32_t change = 0;
};
// Its autoscaler has changed the size of a node group.
struct NomadScaledFact {
    NodeGroupIx group;
    std::int32_t change = 0;
};

// --- AWS's APIs
struct AwsCallFact {
    AwsAction action = AwsAction::assume_role;
    AwsResult result = AwsResult::success;
    std::int32_t calls = 1;
};
// Steady calls of one caller, in millionths a second, by what becomes of them: the changes.
struct SteadyCallsFact {
    std::uint32_t caller = 0;  // into Identity::callers
    std::int64_t answered_micro = 0;
    std::int64_t refused_micro = 0;
};
// An Ingress or Service that the timeline created has come further; `object` into Identity::balancer_objects.
struct BalancerFact {
    std::uint32_t object = 0;
    BalancerStage from = BalancerStage::absent;
    BalancerStage to = BalancerStage::waiting;
    bool makes_balancer = false;  // which is on the bill from now on
    sim::Duration since_created;
};
struct NameResolvesFact {
    std::uint32_t object = 0;
    sim::Duration since_created;
};
// An ExternalDNS has looked, or could not.
struct DnsSyncFact {
    std::uint32_t dns = 0;  // into Identity::external_dns
    bool is_error = false;
    std::int64_t later = 0;  // by so many seconds than the last look that succeeded
};
// An operator has looked at the source of a Secret, or could not; the Secret has come to be.
struct SecretSyncFact {
    std::uint32_t secret = 0;  // into Identity::secrets
    bool is_error = false;
    bool is_new = false;
};
// What the internet reaches of the cluster.
struct ExposureFact {
    std::int32_t api_servers = 0;
    std::int32_t load_balancers = 0;
};

// --- telemetry: what an agent's levels change by, over all its pods; `agent` into Telemetry::agents
struct TelemetryFact {
    std::uint32_t agent = 0;
    AgentLevels change;
};
// Samples, in thousandths, that were sent or lost at once.
enum class SampleEnd : std::uint8_t {
    sent,        // on the way out, by an agent that was told to stop
    rejected,    // of those
    wal_gone,    // with the volume that the write-ahead log lay on
    wal_cut,     // the log was left open, and repaired up to its last good segment
    wal_too_old  // they left the log before the backend took them
};
struct SamplesEndFact {
    std::uint32_t agent = 0;
    SampleEnd end = SampleEnd::sent;
    std::int64_t samples_milli = 0;
};
// How old what a HorizontalPodAutoscaler has just seen of a metric is; `scaler` into PodScaling::horizontal.
struct MetricAgeFact {
    std::uint32_t scaler = 0;
    sim::Duration age;
};

using Fact = std::variant<
    PodCreatedFact, PodWaitsFact, PodStartedFact, PodGaveUpFact, PodPhaseFact, PodRemovedFact, PodReadyFact,
    CrashLoopFact, ContainerRestartedFact, PodScheduledFact, PodUnschedulableFact, PreemptionFact, PodUnplacedFact,
    QueueFact, ReplicasDesiredFact, JobStartedFact, JobFinishedFact, JobRemovedFact, CronTickMissedFact, NodeFact,
    NodeStruckFact, AddressAssignedFact, AddressReleasedFact, AddressesAddedFact, AddressesDroppedFact, AddFailedFact,
    EniFact, BranchEniFact, SubnetFact, Ec2CallFact, ImagePulledFact, ImagePullFailedFact, ImageDeletedFact,
    NodePressureFact, PodEvictedFact, OutOfMemoryFact, ApiCallFact, PodUsesFact, UsageFact, PodAddressFact,
    NodesOutdatedFact, SnatFact, NatGatewayFact, UnreachableFact, DnsFact, TrafficFact, BacklogFact, RolloutFact,
    EvictionFact, PodDisruptedFact, PodRefusedFact, ReplicaFailureFact, QuotaFact, BudgetFact, EndpointsFact,
    NeverRunsFact, InterruptionFact, TransferFact, PodRoomFact, VolumeMadeFact, ScalerFact, RescaledFact,
    KedaTriggerFact, AdviceFact, ContainerAdviceFact, VerticalUpdateFact, NodeClaimCreatedFact, NodeClaimTerminatedFact,
    NodeClaimDisruptedFact, DisruptionDecidedFact, UnschedulablePodsFact, AutoscalerLevelFact, AutoscalerCountFact,
    DeschedulerEvictionFact, BlockedEvaluationFact, NomadScaledFact, ConnectionsFact, NodeNetworkFact, RulesWrittenFact,
    ConnectionsResetFact, AwsCallFact, SteadyCallsFact, SecretSyncFact, ExposureFact, TelemetryFact, SamplesEndFact,
    MetricAgeFact, BalancerFact, NameResolvesFact, DnsSyncFact>;

}  // namespace eks

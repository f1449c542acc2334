// The rows of the World: plain values related by typed ids. Nothing here owns memory, so that a table is copied as a
// block.
#pragma once

#include "libsim/time.hpp"
#include "models/quantities.hpp"
#include "models/spec/condition_taints.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/kubelet_settings.hpp"
#include "models/world/address_rows.hpp"
#include "models/world/branch_rows.hpp"
#include "models/world/cilium_rows.hpp"
#include "models/world/cni.hpp"
#include "models/world/ids.hpp"
#include "models/world/image_rows.hpp"
#include "models/world/wait_cause.hpp"

#include <array>
#include <cstdint>

namespace eks {

// A client's limit on calls to an API, as a moment: the time up to which the calls so far have used the rate. A call
// may go out while that time lies less than the burst ahead of now.
struct CallBudget {
    sim::Time used_until;
    friend constexpr bool operator==(const CallBudget&, const CallBudget&) = default;
};

enum class NodeState : std::uint8_t {
    launching,
    registered,  // its Ready is False: not yet, or no longer
    ready,
    unreachable,  // its Ready is Unknown: its kubelet has said nothing for too long (NODE-2)
    lost,         // its instance has ended; the Node object is there still, not Ready (NODE-6)
    deleted,      // the object is gone too; the row stays for what has to be cleared away after it (PODGC-2)
};

// How far a node that its group takes out has come (AWS-64, AWS-65).
enum class NodeExit : std::uint8_t {
    none,
    draining,
    drained,        // no pod of it is left but those of DaemonSets
    shutting_down,  // EC2 has been asked to terminate the instance, which still holds what it has
    terminating,    // the group has given it up, and EC2 has refused the call so far
};

// What is wrong with a node, and what the control plane is about to do about it.
struct NodeHealth {
    bool is_down = false;          // the machine: nothing runs on it
    bool kubelet_is_away = false;  // the kubelet alone
    bool runtime_is_frozen = false;
    bool is_shutting_down = false;                    // NODE-7
    bool is_queued = false;                           // for its taint of effect NoExecute (NODE-3)
    std::uint32_t serial = 0;                         // grows when what is scheduled about its health becomes void
    std::uint32_t ticket = 0;                         // of its live place in that queue
    std::uint32_t outage = 0;                         // how often the machine has stopped
    sim::Time heard_since;                            // its kubelet has reported without a gap
    sim::Time no_execute_since = sim::Time::never();  // it has a taint of effect NoExecute
    sim::Time evicts_at = sim::Time::never();         // the next deletion of a pod for it (NODE-5)

    constexpr bool is_silent() const { return is_down || kubelet_is_away; }
    // Its kubelet and runtime act on pods.
    constexpr bool acts() const { return !is_silent() && !runtime_is_frozen; }
    friend bool operator==(const NodeHealth&, const NodeHealth&) = default;
};

// Who handles Services on a node (DPC-55): kube-proxy while it runs there, Cilium's agent once it has taken over, else
// the rules that kube-proxy left, with the servers of the cluster's DNS as they were then.
struct ServiceRules {
    bool are_written = false;
    bool are_kept = false;  // kube-proxy runs
    bool are_replaced = false;
    std::int32_t dns_servers = 0;  // when they were kept last
    sim::Time kept_until;
    friend bool operator==(const ServiceRules&, const ServiceRules&) = default;
};

// What a node is short of, as its kubelet sees it (KUBELET-60 to KUBELET-63).
struct NodePressure {
    bool memory = false;  // the conditions, which outlast the shortage
    bool disk = false;
    bool memory_short = false;  // at the last look
    bool disk_short = false;
    bool rechecks = false;  // at the next look, whenever it comes
    // Thresholds whose grace was over at the last look, hard ones in the lower half, by EvictionSignal. They hold until
    // their minimum reclaim is there (KUBELET-62).
    std::uint8_t acting = 0;
    sim::Time memory_seen;  // the last time at which it was
    sim::Time disk_seen;
    sim::Time looks_at = sim::Time::never();
    // When each soft threshold was first met; never: it is not.
    std::array<sim::Time, eviction_signal_count> soft_since{sim::Time::never(), sim::Time::never(), sim::Time::never()};
    friend bool operator==(const NodePressure&, const NodePressure&) = default;
};

struct Node {
    NodeShapeIx shape;
    std::uint32_t ordinal = 0;  // within its node group: owner's ordinal in the keys of draws
    NodeState state = NodeState::launching;
    bool cordoned = false;
    NodeExit exit = NodeExit::none;
    std::uint32_t version = 0;                   // of its group's launch template
    sim::Time exit_due = sim::Time::never();     // the step of its exit that is scheduled
    sim::Time drain_retry = sim::Time::never();  // when evictions that were refused are asked for again
    sim::Time launched;
    sim::Time ready_at;
    ConditionTaints condition_taints = 0;  // none in 2018
    NodeHealth health;

    // What the scheduler counts: assumed pods included, finished ones not (SCHED-11, SCHED-70).
    Resources requested;
    Resources scoring_requested;  // with the defaults of SCHED-51
    std::int32_t pods = 0;
    std::int32_t volumes = 0;   // attachments that these pods ask for
    std::uint32_t changes = 0;  // grows with each change above; caches compare it
    PodId first_pod;

    // Kubelet. Its loops tick each second at a phase of their own.
    sim::Duration kubelet_phase;
    CallBudget kubelet_calls;
    CallBudget image_calls;  // KUBELET-35
    PullId first_pull;       // in the order in which they were asked for
    std::int32_t images = 0;
    Bytes image_bytes = 0;  // unpacked, of those that are there
    NodePressure pressure;

    // Addresses, see systems/network.
    PoolId first_pool;            // the store of card 0; those of further cards follow
    std::int32_t enis = 0;        // attached, on all cards
    std::int32_t stuck_pods = 0;  // pods whose last ADD failed and that have not tried again
    sim::Time address_wakes_at;   // when the stuck pods will be told that an address is free; never: not scheduled
    ServiceRules services;
    CniPod cni;
    Ipamd ipamd;
    Trunk trunk;
    CiliumNode cilium;
    sim::Time interrupted_at = sim::Time::never();  // a spot instance that has got its notice ends then (AWS-30)

    // Whether there is a machine behind it.
    constexpr bool has_instance() const { return state < NodeState::lost; }
    friend bool operator==(const Node&, const Node&) = default;
};

// IPAM-354: both CNIs manage ENIs here. `cni` and the chain of `first_pool` are then aws-node's.
constexpr bool has_two_cnis(const Node& node) { return node.cilium.pool.valid(); }
constexpr CniPod& daemon_of(Node& node, Cni which) {
    return which == Cni::cilium && has_two_cnis(node) ? node.cilium.agent : node.cni;
}
constexpr const CniPod& daemon_of(const Node& node, Cni which) {
    return which == Cni::cilium && has_two_cnis(node) ? node.cilium.agent : node.cni;
}
// The one that the runtime calls.
constexpr const CniPod& answering_daemon(const Node& node) {
    return daemon_of(node, node.cilium.has_written_configuration ? Cni::cilium : Cni::vpc_cni);
}
// Cilium's store of the node.
constexpr PoolId cilium_pool(const Node& node) { return has_two_cnis(node) ? node.cilium.pool : node.first_pool; }
// The store that the addresses of new pods come from.
constexpr PoolId answering_pool(const Node& node) {
    return node.cilium.has_written_configuration ? cilium_pool(node) : node.first_pool;
}

enum class PodStage : std::uint8_t {
    queued,   // active queue, back-off queue or the pool of unschedulable pods
    binding,  // assumed on a node; the kubelet has not seen it
    sandbox,  // the sandbox is being made, with CNI ADD at its end
    stuck,    // ADD failed; the next attempt is scheduled
    pulling,
    image_missing,  // a pull failed, or none is allowed; the kubelet looks again
    initializing,
    starting,
    running,  // containers run, not ready
    ready,
    crashed,   // a container failed and waits to be started again
    stopping,  // told to stop, within its grace period
    finished,  // containers have ended for good; the object is still there
    lost,      // its node's machine has stopped under it; the object is still there
};

// What is due to a pod whose node's kubelet or runtime does not act: it is done once they do again.
enum class HeldStep : std::uint8_t {
    none,
    bound,
    sandbox_made,
    sandbox_retry,
    endpoint_ready,
    image_pulled,
    containers_go_on,
    init_container_done,
    init_container_restarts,
    containers_running,
    became_ready,
    container_exit_seen,
    deletion,
    sandbox_stopped,
    volumes_retry,
};

// Where the scheduler keeps a pod of stage `queued`.
enum class QueuePlace : std::uint8_t { none, active, backoff, unschedulable, gated };

enum class PodPhase : std::uint8_t { pending, running, succeeded, failed };

// Why it has the condition DisruptionTarget (KUBELET-3).
enum class Disruption : std::uint8_t {
    none,
    preemption_by_scheduler,
    deletion_by_taint_manager,
    eviction_by_eviction_api,
    deletion_by_pod_gc,
    termination_by_kubelet,
};
inline constexpr std::size_t disruption_count = 6;

// By what containers that were to go on have ended, and have not been started again.
enum class ForcedEnd : std::uint8_t { none, out_of_memory, crash };

struct Pod {
    WorkloadIx workload;
    TemplateIx pod_template;    // its workload's when it was made
    std::uint32_t ordinal = 0;  // within its workload: owner's ordinal in the keys of draws
    std::uint32_t replica = 0;  // what its name ends in: the ordinal, but in a StatefulSet the place it takes (STS-1)
    JobId job;                  // if a Job owns it
    NodeId node;                // bound or assumed
    NodeId pinned;              // a daemon pod's node
    NodeId nominated;           // where its victims make room for it (SCHED-85)
    PodStage stage = PodStage::queued;
    PodPhase phase = PodPhase::pending;
    QueuePlace place = QueuePlace::none;
    WaitCause cause = WaitCause::none;
    bool was_ready = false;        // its waiting is over and was reported
    bool terminating = false;      // has a deletionTimestamp
    bool is_preempted = false;     // because the scheduler made room (SCHED-80)
    bool holds_resources = false;  // counted in the node's sums
    bool has_sandbox = false;
    bool failed = false;  // its containers ended with an error
    Disruption disruption = Disruption::none;
    bool is_charged = false;  // to the bounds of quotas that count no pods that have ended (QUOTA-1)
    bool is_counted = false;  // finished, and its Job's controller has seen it
    bool is_evicted = false;  // by its kubelet, for want of memory or disk
    ForcedEnd forced_end = ForcedEnd::none;
    bool seems_ready = false;        // it was ready when its machine stopped, of which nobody has heard yet (NODE-2)
    bool hides_ready = false;        // its containers are ready, and its node is not (NODE-2)
    bool skips_started = false;      // only those of its containers are started whose image was missing (KUBELET-30)
    bool is_target = false;          // registered with the load balancer that its readiness gate is about,
    bool is_healthy_target = false;  // and healthy there
    HeldStep held = HeldStep::none;
    AddressGiver given_by = AddressGiver::only;
    AddressState address = AddressState::undisputed;
    WaitCause unplaced = WaitCause::none;  // why it fitted no node at the last attempt; none once it has one

    // Scheduling.
    std::uint32_t attempts = 0;  // cycles that it had, SCHED-3
    std::uint8_t refusals = 0;   // attempts that filters refused; from most_failures_counted on they are not told apart
    std::uint8_t errors = 0;     // attempts in a row at which there was no node to ask (SCHED-8)
    std::uint8_t backoff_step = 0;  // restarts in the kubelet's present series (KUBELET-37)
    sim::Time queued_since;         // Timestamp of SCHED-2
    sim::Time backoff_until;
    sim::Time last_refused;            // when the last attempt failed
    std::uint64_t queue_sequence = 0;  // of its live entry in the active queue; others are void
    std::uint32_t rejectors = 0;       // one bit a filter that refused it at the last attempt

    // Kubelet.
    std::uint32_t sandbox_attempts = 0;
    std::uint32_t restarts = 0;
    std::uint16_t next_container = 0;  // init containers first, then containers
    std::uint32_t epoch = 0;           // grows when scheduled events about it become void
    EniId eni;                         // that its address is on; none with host network
    std::uint32_t address_slot = 0;    // and where there, see place_of()
    BranchEniId branch;                // made or asked for; its address is then the pod's

    sim::Time created;
    sim::Time cause_since;
    sim::Time scheduled;
    sim::Time started;  // containers running
    sim::Time finished;

    PodId next_on_node, previous_on_node;
    PodId next_of_owner, previous_of_owner;

    friend bool operator==(const Pod&, const Pod&) = default;
};

constexpr bool is_disrupted(const Pod& pod) { return pod.disruption != Disruption::none; }

// Its containers run: they have not ended by themselves, which shows in the stage only once the sandbox is stopped.
constexpr bool containers_run(const Pod& pod) {
    return (pod.stage == PodStage::running || pod.stage == PodStage::ready) && pod.finished == sim::Time::origin();
}

// And none has been ended by force, which the kubelet may not have seen yet.
constexpr bool is_alive(const Pod& pod) { return containers_run(pod) && pod.forced_end == ForcedEnd::none; }

// In CrashLoopBackOff after it had come up: the first restart of a series waits for nothing (KUBELET-37).
constexpr bool is_in_crash_loop(const Pod& pod) {
    return pod.stage == PodStage::crashed && pod.was_ready && pod.backoff_step > 1;
}

// Ready to the API server.
constexpr bool counts_as_ready(const Pod& pod) { return pod.stage == PodStage::ready || pod.seems_ready; }

// Bound before the node's network was ready: nothing has been tried yet, and the kubelet does when it is (IPAM-195).
constexpr bool waits_for_network(const Pod& pod) {
    return pod.stage == PodStage::stuck && pod.cause == WaitCause::cni_not_ready && pod.sandbox_attempts == 0;
}

// What its controller knows about the creation of pods for one owner, in a namespace where a quota may refuse them
// (QUOTA-1): batches grow as long as none is refused (CTRL-3), and after a refusal it waits (CTRL-1).
struct CreationTries {
    std::uint16_t on_the_way = 0;  // of a Job: calls that are not answered yet; the others count theirs themselves
    std::uint8_t step = 0;         // the next batch has 2^step
    std::uint8_t refusals = 0;     // attempts in a row that ended in one
    bool was_refused = false;      // a creation of the batch that is on its way
    friend bool operator==(const CreationTries&, const CreationTries&) = default;
};

// One index of an indexed Job (JOB-9).
enum class IndexState : std::uint8_t {
    free,
    asked,   // the creation of its pod is on the way
    active,  // has a pod
    succeeded,
    failed,  // for good: its own limit is passed
};
struct JobIndex {
    IndexState state = IndexState::free;
    std::int32_t failures = 0;       // that count against its limit
    std::int32_t failures_seen = 0;  // those that its back-off goes by: ignored ones too
    sim::Time last_failure;
    friend bool operator==(const JobIndex&, const JobIndex&) = default;
};

struct Job {
    WorkloadIx workload;
    TemplateIx pod_template;  // of all its pods
    std::uint32_t ordinal = 0;
    std::int64_t scheduled_unix_seconds = 0;  // of a CronJob's tick
    sim::Time created;
    sim::Time started;
    sim::Time finished;  // when its end stood in the API server; never: it has not ended
    sim::Time last_failure;
    sim::Time next_sync;      // the sync that is scheduled; never: none
    std::int32_t active = 0;  // as its controller counts: pods asked for and not seen to end
    std::int32_t succeeded = 0;
    std::int32_t failed = 0;
    std::int32_t failures_in_a_row = 0;  // since the last success, JOB-6
    std::int32_t failed_indexes = 0;
    std::uint32_t first_index = 0;  // of its block in World::job_indexes, if it is indexed
    bool is_finishing = false;      // its last status is on the way to the API server
    bool complete = false;
    bool failed_for_good = false;
    bool is_counted_active = false;   // in its CronJob's list of active Jobs
    bool deletion_requested = false;  // the call is on its way, and nobody asks twice
    bool is_deleted = false;          // goes when the last of its pods has gone
    bool has_met_criteria = false;    // its successPolicy is fulfilled; it completes when its pods are gone
    CreationTries tries;
    PodId first_pod;
    JobId next_of_workload, previous_of_workload;

    friend bool operator==(const Job&, const Job&) = default;
};

// A ReplicaSet of a Deployment whose template was changed in the run; until then the Deployment has one, which its
// WorkloadState stands for. Its pods are those of the Deployment with its template.
struct ReplicaSet {
    WorkloadIx workload;
    TemplateIx pod_template;
    std::uint32_t revision = 0;
    CreationTries tries;
    sim::Time created;
    std::int32_t size = 0;          // spec.replicas, as its watchers see it
    std::int32_t desired_then = 0;  // the Deployment's replicas when the size was set, and these with the surge
    std::int32_t most_then = 0;
    std::int32_t on_the_way = 0;  // creations issued whose pods have not appeared, CTRL-2
    // RS-3: what its controller last wrote, and what of it the watchers have seen.
    std::int32_t pods_written = 0;
    std::int32_t ready_written = 0;
    std::int32_t available_written = 0;
    std::int32_t pods = 0;
    std::int32_t ready = 0;
    std::int32_t available = 0;
    sim::Time busy_until;                      // its controller's present sync has its calls done then
    sim::Time next_sync = sim::Time::never();  // the one that is scheduled

    friend bool operator==(const ReplicaSet&, const ReplicaSet&) = default;
};

// A workload whose template was changed in the run.
struct Rollout {
    WorkloadIx workload;
    TemplateIx before;       // the template that was in force until the last change
    ReplicaSetId first_set;  // of a Deployment: the one that it had before the first change
    bool is_complete = false;
    bool has_stalled = false;  // DEPLOY-5
    sim::Time begun;
    // Of a Deployment: its controller does not look again before what it wrote has come back to it.
    sim::Time blind_until;
    sim::Time next_sync = sim::Time::never();
    sim::Time last_progress;
    std::int32_t updated = 0;
    std::int32_t old = 0;
    std::int32_t ready = 0;
    std::int32_t available = 0;

    friend bool operator==(const Rollout&, const Rollout&) = default;
};

// What a controller knows of one workload.
struct WorkloadState {
    std::int32_t desired = 0;
    std::int32_t active = 0;  // pods that are neither finished nor terminating, CTRL-5
    std::int32_t ready = 0;
    std::int32_t on_the_way = 0;  // creations issued whose pods have not appeared, CTRL-2
    std::uint32_t next_ordinal = 0;
    std::uint32_t next_job_ordinal = 0;
    bool deleted = false;
    CreationTries tries;
    sim::Time next_sync = sim::Time::never();  // the sync that is scheduled
    PodId first_pod;                           // of those without a Job

    // CronJob.
    JobId first_job;
    std::int32_t active_jobs = 0;
    std::int32_t succeeded_jobs = 0;  // finished and not deleted
    std::int32_t failed_jobs = 0;
    std::int64_t last_schedule_unix_seconds = 0;  // 0: never
    std::int64_t created_unix_seconds = 0;
    sim::Time next_look = sim::Time::never();  // of its controller, by itself
    sim::Time next_due;                        // no tick is unmet before this instant

    friend bool operator==(const WorkloadState&, const WorkloadState&) = default;
};

}  // namespace eks

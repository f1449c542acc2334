// The World's part of the fingerprint. Every field of every row is named here; the size checks send whoever adds one to
// this place. Which template a pod or Job was made from is added for the World as a whole.
#include "models/world/hash.hpp"

#include <algorithm>

namespace eks {

void hash_into(sim::Fingerprint& print, const CallBudget& b) { sim::hash_all(print, b.used_until); }

void hash_into(sim::Fingerprint& print, const ServiceRules& r) {
    sim::hash_all(print, r.are_written, r.are_kept, r.are_replaced, r.dns_servers, r.kept_until);
}

void hash_into(sim::Fingerprint& print, const NodeHealth& h) {
    static_assert(sizeof(NodeHealth) == 48, "a field was added to NodeHealth: hash it");
    sim::hash_all(print, h.is_down, h.kubelet_is_away, h.runtime_is_frozen, h.is_shutting_down, h.is_queued, h.serial,
                  h.ticket, h.outage, h.heard_since, h.no_execute_since, h.evicts_at);
}

void hash_into(sim::Fingerprint& print, const NodePressure& p) {
    static_assert(sizeof(NodePressure) == 56, "a field was added to NodePressure: hash it");
    sim::hash_all(print, p.memory, p.disk, p.memory_short, p.disk_short, p.rechecks, p.memory_seen, p.disk_seen,
                  p.looks_at);
    if (p.acting != 0) print.hash_u64(p.acting);
    for (const sim::Time since : p.soft_since) {
        if (since != sim::Time::never()) hash_into(print, since);
    }
}

void hash_into(sim::Fingerprint& print, const Node& n) {
    static_assert(sizeof(Node) == 840, "a field was added to Node: hash it");
    sim::hash_all(print, n.shape, n.ordinal, n.state, n.cordoned, n.exit, n.version, n.exit_due, n.drain_retry,
                  n.launched, n.ready_at, n.requested, n.scoring_requested, n.pods, n.volumes, n.changes, n.first_pod,
                  n.kubelet_phase, n.kubelet_calls, n.image_calls, n.first_pull, n.images, n.image_bytes, n.first_pool,
                  n.enis, n.stuck_pods, n.address_wakes_at, n.services, n.cni, n.ipamd, n.cilium, n.trunk);
    if (n.condition_taints != 0) print.hash_u64(n.condition_taints);
    if (n.health != NodeHealth{}) hash_into(print, n.health);
    if (n.pressure != NodePressure{}) hash_into(print, n.pressure);
    if (n.interrupted_at != sim::Time::never()) hash_into(print, n.interrupted_at);
}

void hash_into(sim::Fingerprint& print, const Pod& p) {
    static_assert(sizeof(Pod) == 224, "a field was added to Pod: hash it");
    sim::hash_all(print, p.workload, p.ordinal, p.replica, p.job, p.node, p.pinned, p.nominated, p.stage, p.phase,
                  p.place, p.cause, p.was_ready, p.terminating, p.is_preempted, p.holds_resources, p.has_sandbox,
                  p.failed, is_disrupted(p), p.is_counted, p.skips_started, p.unplaced, p.rejectors, p.attempts,
                  p.refusals, p.errors, p.backoff_step, p.queued_since, p.backoff_until, p.last_refused,
                  p.queue_sequence, p.sandbox_attempts, p.restarts, p.next_container, p.epoch, p.eni, p.address_slot,
                  p.branch, p.created, p.cause_since, p.scheduled, p.started, p.finished, p.next_on_node,
                  p.previous_on_node, p.next_of_owner, p.previous_of_owner);
    if (p.seems_ready || p.hides_ready || p.held != HeldStep::none)
        sim::hash_all(print, p.seems_ready, p.hides_ready, p.held);
    if (p.is_evicted || p.forced_end != ForcedEnd::none) sim::hash_all(print, p.is_evicted, p.forced_end);
    if (is_disrupted(p)) hash_into(print, p.disruption);
    if (p.given_by != AddressGiver::only) sim::hash_all(print, p.given_by, p.address);
    if (p.is_target) sim::hash_all(print, p.is_target, p.is_healthy_target);
}

void hash_into(sim::Fingerprint& print, const Pull& p) {
    static_assert(sizeof(Pull) == 80, "a field was added to Pull: hash it");
    sim::hash_all(print, p.node, p.image, p.workload, p.from, p.state, p.will_fail, p.failure, p.asked, p.began, p.left,
                  p.rate, p.as_of, p.next_on_node);
}

void hash_into(sim::Fingerprint& print, const Downloads& d) { sim::hash_all(print, d.serial, d.due, d.changed_links); }

void hash_into(sim::Fingerprint& print, const ImageBackoff& b) {
    sim::hash_all(print, b.pod, b.image, b.want, b.failures, b.last_failure);
}

void hash_into(sim::Fingerprint& print, const ImageOnNode& i) { sim::hash_all(print, i.detected, i.last_used); }

void hash_into(sim::Fingerprint& print, const Job& j) {
    static_assert(sizeof(Job) == 128, "a field was added to Job: hash it");
    sim::hash_all(print, j.workload, j.ordinal, j.scheduled_unix_seconds, j.created, j.started, j.finished,
                  j.last_failure, j.next_sync, j.active, j.succeeded, j.failed, j.failures_in_a_row, j.failed_indexes,
                  j.first_index, j.is_finishing, j.complete, j.failed_for_good, j.is_counted_active,
                  j.deletion_requested, j.is_deleted, j.first_pod, j.next_of_workload, j.previous_of_workload);
    if (j.has_met_criteria) print.hash_u64(1);
}

void hash_into(sim::Fingerprint& print, const JobIndex& i) {
    sim::hash_all(print, i.state, i.failures, i.failures_seen, i.last_failure);
}

void hash_into(sim::Fingerprint& print, const JobIndexBlock& b) { sim::hash_all(print, b.first, b.count); }

void hash_into(sim::Fingerprint& print, const ReplicaSet& r) {
    static_assert(sizeof(ReplicaSet) == 88, "a field was added to ReplicaSet: hash it");
    sim::hash_all(print, r.workload, r.pod_template, r.revision, r.created, r.size, r.desired_then, r.most_then,
                  r.on_the_way, r.pods_written, r.ready_written, r.available_written, r.pods, r.ready, r.available,
                  r.busy_until, r.next_sync);
}

void hash_into(sim::Fingerprint& print, const Rollout& r) {
    static_assert(sizeof(Rollout) == 72, "a field was added to Rollout: hash it");
    // Not its first set, which follows from when it began.
    sim::hash_all(print, r.workload, r.before, r.is_complete, r.has_stalled, r.begun, r.blind_until, r.next_sync,
                  r.last_progress, r.updated, r.old, r.ready, r.available);
}

void hash_into(sim::Fingerprint& print, const WorkloadState& w) {
    static_assert(sizeof(WorkloadState) == 104, "a field was added to WorkloadState: hash it");
    sim::hash_all(print, w.desired, w.active, w.ready, w.on_the_way, w.next_ordinal, w.next_job_ordinal, w.deleted,
                  w.next_sync, w.first_pod, w.first_job, w.active_jobs, w.succeeded_jobs, w.failed_jobs,
                  w.last_schedule_unix_seconds, w.created_unix_seconds, w.next_look, w.next_due);
}

void hash_into(sim::Fingerprint& print, const NodeGroupState& g) {
    static_assert(sizeof(NodeGroupState) == 48, "a field was added to NodeGroupState: hash it");
    sim::hash_all(print, g.next_ordinal, g.version, g.desired, g.surge, g.parallel, g.phase, g.is_forced, g.looks_at);
    if (g.resized_at != sim::Time::origin()) hash_into(print, g.resized_at);
    if (g.failed_at != sim::Time::never()) hash_into(print, g.failed_at);
}

void hash_into(sim::Fingerprint& print, const QueuedPod& q) {
    sim::hash_all(print, q.pod, q.priority, q.since, q.sequence);
}

void hash_into(sim::Fingerprint& print, const SchedulerState& s) {
    // Not its memory, which follows from the rest.
    sim::hash_all(print, s.active, s.backoff, s.unschedulable, s.nominated, s.next_sequence, s.rotation,
                  s.cycle_scheduled, s.flush_scheduled, s.cycle_free_at, s.leftovers_wake_at, s.calls);
}

void hash_into(sim::Fingerprint& print, const SubnetState& s) {
    sim::hash_all(print, s.free, s.free_single, s.free_blocks, s.first_word, s.first_block_word);
}

void hash_into(sim::Fingerprint& print, const HeldAddress& h) { sim::hash_all(print, h.subnet, h.address, h.holder); }

void hash_into(sim::Fingerprint& print, const ServiceState& s) {
    sim::hash_all(print, s.ready, s.terminating, s.endpoints, s.slices, s.changes, s.written_at, s.changed_at);
}

void hash_into(sim::Fingerprint& print, const TrafficClassState& c) {
    sim::hash_all(print, c.point, c.round, c.wanted, c.failing_share);
}

void hash_into(sim::Fingerprint& print, const TrafficServerState& s) {
    sim::hash_all(print, s.per_second, s.messages, s.cpu_seconds, s.message_cores, s.answered_share, s.seconds, s.cores,
                  s.memory, s.message_memory, s.pods, s.shown, s.core_seconds, s.as_of);
}

void hash_into(sim::Fingerprint& print, const MessageQueueState& q) {
    sim::hash_all(print, q.point, q.round, q.length, q.comes, q.goes, q.as_of);
}

void hash_into(sim::Fingerprint& print, const TrafficState& t) {
    sim::hash_all(print, t.classes, t.servers, t.queues, t.is_look_due, t.looks);
    if (t.transfer != TransferState{})
        sim::hash_all(print, t.transfer.cross_zone, t.transfer.internet, t.transfer.balanced[0], t.transfer.balanced[1],
                      t.transfer.balanced[2]);
}

static void hash_into(sim::Fingerprint& print, const RateSince& r) { sim::hash_all(print, r.at, r.per_second); }
static void hash_into(sim::Fingerprint& print, const TableFill& t) {
    sim::hash_all(print, t.phase, t.limit, t.gives_way, t.hold_seconds, t.asked, t.entered, t.phase_ends);
}
static void hash_into(sim::Fingerprint& print, const BandwidthCredit& c) {
    sim::hash_all(print, c.level, c.change, c.as_of);
}
static void hash_into(sim::Fingerprint& print, const ClassShare& s) { sim::hash_all(print, s.of_class, s.roles); }
static void hash_into(sim::Fingerprint& print, const KernelVersion& v) { sim::hash_all(print, v.added, v.removed); }
static void hash_into(sim::Fingerprint& print, const EndedEndpoint& e) { sim::hash_all(print, e.number, e.at); }
static void hash_into(sim::Fingerprint& print, const AnsweringEndpoint& e) {
    sim::hash_all(print, e.number);
    if (e.left_targets != sim::Time::never()) sim::hash_all(print, e.left_targets);
}
static void hash_into(sim::Fingerprint& print, const EndpointCounts& c) {
    sim::hash_all(print, c.added, c.removed, c.answering, c.ends);
}
// Not `work`, which follows from the path and the Services.
static void hash_into(sim::Fingerprint& print, const RuleGroup& g) {
    sim::hash_all(print, g.path.mode, g.path.socket_lb, g.path.chained, g.path.kube_proxy_rules, g.path.rules_kind,
                  g.path.hubble, g.path.masquerade, g.path.replaces_kube_proxy, g.path.masquerades_all,
                  g.is_of_balancers, g.is_frozen, g.source, g.version, g.kernel, g.changed, g.changed_at, g.starts_at,
                  g.in_hand, g.writes, g.in_hand_since, g.ends_at, g.started, g.full_at);
}
static void hash_into(sim::Fingerprint& print, const NodeDataPath& n) {
    sim::hash_all(print, n.node, n.services, n.group, n.migration, n.works_at, n.racing_lookups, n.shares, n.cores,
                  n.application_cores, n.load, n.time_factor, n.queue_factor, n.new_connections, n.packets, n.bytes_in,
                  n.bytes_out, n.lost_share, n.tables, n.told_entries, n.told_without_rules, n.was_moving, n.credit_in,
                  n.credit_out, n.is_due);
}
static void hash_into(sim::Fingerprint& print, const PooledShare& p) {
    sim::hash_all(print, p.share, p.to, p.seconds, p.as_of, p.reset, p.reset_at);
}
static void hash_into(sim::Fingerprint& print, const StaleFlows& s) {
    sim::hash_all(print, s.share, s.since, s.removal, s.machine);
}
static void hash_into(sim::Fingerprint& print, const ClassDataPath& c) {
    sim::hash_all(print, c.attempts, c.endpoints, c.between_nodes, c.between_zones, c.failing, c.wrong_pod,
                  c.wait_seconds, c.requests_failing, c.reaching, c.connect_us, c.connect_p90_us, c.connect_p99_us,
                  c.request_us, c.pooled, c.nodes, c.is_due, c.is_judged);
    if (!c.stale.empty()) sim::hash_all(print, c.stale);
    if (c.stale_share != 0) sim::hash_all(print, c.stale_share);
    if (c.drained != sim::Time::origin()) sim::hash_all(print, c.drained);
}
static void hash_into(sim::Fingerprint& print, const DataPathState& d) {
    sim::hash_all(print, d.groups, d.nodes, d.classes, d.services, d.written, d.server_cores, d.server_pods,
                  d.other_services, d.steps_at, d.steps);
}

void hash_into(sim::Fingerprint& print, const ActiveFault& f) { sim::hash_all(print, f.kind, f.action, f.since); }

void hash_into(sim::Fingerprint& print, const StruckNode& s) { sim::hash_all(print, s.node, s.action); }

void hash_into(sim::Fingerprint& print, const TokenBucket& b) { sim::hash_all(print, b.nano_tokens, b.as_of); }

void hash_into(sim::Fingerprint& print, const OutsideCount& c) {
    sim::hash_all(print, c.unreachable_from, c.unreachable_to, c.through_gateway);
}

void hash_into(sim::Fingerprint& print, const DnsState& d) {
    sim::hash_all(print, d.at_once, d.late, d.failed, d.failed_ppm, d.to_servers, d.passed_on, d.dropped, d.is_due,
                  d.is_look_due);
}
void hash_into(sim::Fingerprint& print, const ManagedScalingState& s) {
    for (const ManagedScalingState::Wanted& wanted : s.wanted) sim::hash_all(print, wanted.until, wanted.replicas);
    sim::hash_all(print, s.may_shrink, s.looks_at);
}
void hash_into(sim::Fingerprint& print, const AutoscaledGroupState& g) {
    sim::hash_all(print, g.requested, g.requested_at, g.backed_off_until, g.backoff, g.last_failure, g.activity_seen,
                  g.missing, g.missing_since, g.node.shape, g.node.is_real, g.node.daemon_requests, g.node.daemon_pods);
}
void hash_into(sim::Fingerprint& print, const AutoscaledNode& n) {
    sim::hash_all(print, n.node, n.unneeded_since, n.unremovable_until, n.removal, n.is_drain, n.is_of_unready,
                  n.was_cordoned, n.removal_began, n.removal_due);
}
void hash_into(sim::Fingerprint& print, const ClusterAutoscalerState& s) {
    sim::hash_all(print, s.runs, s.starts, s.loops, s.looks_at, s.last_loop, s.last_scale_up, s.last_deletion,
                  s.groups_read, s.last_plan, s.shortest_plan_interval, s.last_place, s.groups, s.nodes);
    for (const std::int64_t level : s.levels) sim::hash_all(print, level);
}
void hash_into(sim::Fingerprint& print, const OutsideNode& n) {
    sim::hash_all(print, n.node, n.ports, n.refused_ppm, n.is_due);
}

void hash_into(sim::Fingerprint& print, const QueuedNode& q) { sim::hash_all(print, q.node, q.ticket); }

void hash_into(sim::Fingerprint& print, const ZoneHealth& z) {
    sim::hash_all(print, z.ready, z.not_ready, z.state, z.queue, z.next_token, z.wakes_at);
}

void hash_into(sim::Fingerprint& print, const BudgetState& b) {
    sim::hash_all(print, b.disruptions_allowed, b.current_healthy, b.desired_healthy, b.is_due);
}

void hash_into(sim::Fingerprint& print, const QuotaUse& q) { sim::hash_all(print, q.used, q.returning); }

void hash_into(sim::Fingerprint& print, const DaemonBackoff& b) {
    sim::hash_all(print, b.workload, b.node, b.failures, b.last);
}

void hash_into(sim::Fingerprint& print, const CreationTries& t) {
    static_assert(sizeof(CreationTries) == 6, "a field was added to CreationTries: hash it");
    sim::hash_all(print, t.on_the_way, t.step, t.refusals, t.was_refused);
}

void hash_into(sim::Fingerprint& print, const CniUpdate& u) { sim::hash_all(print, u.left, u.away); }

void hash_into(sim::Fingerprint& print, const ServerPast& s) {
    sim::hash_all(print, s.at, s.core_seconds, s.cores, s.requests, s.per_second, s.requests_of_pod,
                  s.per_second_of_pod, s.memory);
}

void hash_into(sim::Fingerprint& print, const QueuePast& q) {
    sim::hash_all(print, q.at, q.length, q.growth, q.in_flight);
}

void hash_into(sim::Fingerprint& print, const HorizontalScalerState& s) {
    static_assert(sizeof(HorizontalScalerState) == 168, "a field was added to HorizontalScalerState: hash it");
    if (s.memory.recommendations) {
        for (const hpa::Recommendation& one : *s.memory.recommendations) sim::hash_all(print, one.replicas, one.at_us);
    }
    for (const auto* events : {&s.memory.up, &s.memory.down}) {
        for (const hpa::ScaleEvent& one : *events) sim::hash_all(print, one.change, one.at_us);
    }
    sim::hash_all(print, s.current, s.desired, s.was_scaled_to_zero, s.able_to_scale, s.scaling_active,
                  s.scaling_limited, s.serial, s.sleeps, s.last_sync, s.changed_at);
    if (s.policy.is_there()) sim::hash_all(print, s.policy.state);
}

void hash_into(sim::Fingerprint& print, const ScaledState& s) {
    sim::hash_all(print, s.last_active_us, s.values_milli, s.are_active, s.failures, s.serial, s.sleeps, s.last_poll,
                  s.changed_at);
}

void hash_into(sim::Fingerprint& print, const WatchedPod& w) {
    const vpa::Instance& i = w.instance;
    sim::hash_all(print, w.pod, i.memory_request_bytes, i.last_cpu_us, i.last_memory_us, i.interval_end_us,
                  i.usage_peak_bytes, i.oom_peak_bytes);
    if (w.killed != sim::Time::never()) sim::hash_all(print, w.killed, w.had_started);
}

void hash_into(sim::Fingerprint& print, const PodResizing& r) {
    sim::hash_all(print, r.pod, r.to, r.from, r.asked, r.state, r.tries);
}

void hash_into(sim::Fingerprint& print, const VerticalScalerState& s) {
    hash_into(print, s.aggregate.cpu);
    hash_into(print, s.aggregate.memory);
    sim::hash_all(print, s.aggregate.first_cpu_us, s.aggregate.last_cpu_us, s.aggregate.cpu_samples, s.pods);
    for (const vpa::Amounts& amounts : {s.lower_bound, s.target, s.upper_bound})
        sim::hash_all(print, amounts.cpu_milli, amounts.memory_bytes);
    if (!s.resizings.empty()) sim::hash_into(print, s.resizings);
}

void hash_into(sim::Fingerprint& print, const UsagePoints& u) { sim::hash_all(print, u.first, u.times, u.value); }
void hash_into(sim::Fingerprint& print, const PodUsage& u) { sim::hash_all(print, u.pod, u.cpu, u.memory); }
void hash_into(sim::Fingerprint& print, const ShownAdvice& s) {
    static_assert(sizeof(ShownAdvice) == 56, "a field was added to ShownAdvice: hash it");
    sim::hash_all(print, s.cpu_request_milli, s.cpu_limit_milli, s.memory_request, s.memory_limit, s.cost_now,
                  s.cost_guaranteed, s.cost_burstable);
}
void hash_into(sim::Fingerprint& print, const AdviceState& a) {
    print.hash_u64(a.steps);
    for (const auto& pods : a.pods) sim::hash_into(print, pods);
    sim::hash_into(print, a.shown);
}

void hash_into(sim::Fingerprint& print, const PodScalingState& s) {
    if (!s.advice.pods.empty()) hash_into(print, s.advice);
    for (const VerticalScalerState& each : s.vertical) hash_into(print, each);
    sim::hash_all(print, s.metrics_server.serves, s.metrics_server.first_us, s.horizontal, s.objects, s.ready_since);
    for (const auto& rows : s.servers) sim::hash_into(print, rows);
    for (const auto& rows : s.queues) sim::hash_into(print, rows);
}

void hash_into(sim::Fingerprint& print, const ContainerSize& s) {
    sim::hash_all(print, s.container, s.requests.cpu_milli, s.requests.memory_bytes, s.limits.cpu_milli,
                  s.limits.memory_bytes);
}

void hash_into(sim::Fingerprint& print, const Sizing& s) {
    for (const SizedTemplate& each : s.templates) {
        sim::hash_all(print, each.of, each.is_written);
        for (const ContainerSize& size : each.sizes) hash_into(print, size);
    }
    for (const PatchedWorkload& each : s.patches) sim::hash_all(print, each.workload, each.pod_template);
    for (const AdmittedTemplate& each : s.admissions) sim::hash_all(print, each.written, each.admitted);
}

void hash_into(sim::Fingerprint& print, const PoolNode& n) {
    static_assert(sizeof(PoolNode) == 120, "a field was added to PoolNode: hash it");
    if (!n.node.valid()) return;
    sim::hash_all(print, n.node, n.pool, n.type, n.reason, n.made_of, n.command, n.created, n.expires, n.drain_limit,
                  n.initialized, n.last_pod_event, n.nominated_until, n.drifted, n.deleted, n.drain_due, n.refusals,
                  n.is_disrupted, n.is_terminating);
}
void hash_into(sim::Fingerprint& print, const PendingClaim& c) {
    sim::hash_all(print, c.pool, c.ordinal, c.command, c.reason, c.pods, c.choices);
}
void hash_into(sim::Fingerprint& print, const UnavailableOffer& o) {
    sim::hash_all(print, o.type, o.zone, o.is_spot, o.until);
}
void hash_into(sim::Fingerprint& print, const DisruptionCommand& c) {
    sim::hash_all(print, c.number, c.method, c.nodes, c.replacements, c.launched, c.pool, c.types, c.choices,
                  c.gives_up);
}
void hash_into(sim::Fingerprint& print, const AwsBucket& b) {
    sim::hash_all(print, b.pico_tokens, b.as_of, b.steady_micro, b.refused_ppm, b.serial);
}
void hash_into(sim::Fingerprint& print, const SecretState& s) {
    sim::hash_all(print, s.exists, s.is_applied, s.is_queued);
}
void hash_into(sim::Fingerprint& print, const SecretsOperatorState& s) {
    sim::hash_all(print, s.runs, s.is_busy, s.serial, s.attempts, s.queue);
}
void hash_into(sim::Fingerprint& print, const TargetGateState& g) {
    sim::hash_all(print, g.is_due, g.is_scheduled, g.attempts, g.targets);
}
void hash_into(sim::Fingerprint& print, const BalancerObjectState& s) {
    sim::hash_all(print, s.stage, s.created, s.serial, s.answered, s.attempts, s.makes_balancer, s.has_targets,
                  s.has_record, s.resolves);
}
void hash_into(sim::Fingerprint& print, const ExternalDnsState& s) {
    sim::hash_all(print, s.runs, s.serial, s.next, s.last_sync);
}
void hash_into(sim::Fingerprint& print, const IdentityState& s) {
    sim::hash_all(print, s.buckets, s.callers_up, s.secrets, s.secret_operators, s.gates, s.controller_runs);
    if (!s.balancer_objects.empty()) sim::hash_all(print, s.balancer_objects, s.balancers_active);
    if (!s.external_dns.empty()) sim::hash_all(print, s.external_dns);
}

void hash_into(sim::Fingerprint& print, const KarpenterState& k) {
    sim::hash_all(print, k.nodes, k.coming, k.claims, k.claims_made, k.launch_due, k.synced_at, k.unavailable,
                  k.unschedulable, k.measured, k.batch_opened, k.batch_due, k.retry_due, k.look_due, k.decided,
                  k.validation_due, k.commands, k.commands_made);
}

void hash_into(sim::Fingerprint& print, const NomadState& n) {
    sim::hash_all(print, n.evaluations, n.evaluation.workload, n.evaluation.job, n.evaluation.order, n.evaluation.next,
                  n.blocked, n.drains_look_at);
    for (const NomadPolicyState& policy : n.policies)
        sim::hash_all(print, policy.step, policy.tries, policy.rests_until, policy.looks_at);
    for (const NomadDrain& drain : n.drains) sim::hash_all(print, drain.node, drain.policy, drain.deadline);
}

void hash_into(sim::Fingerprint& print, const TelemetryState& t) {
    static_assert(sizeof(AgentPod) == 120, "a field was added to AgentPod: hash it");
    sim::hash_all(print, t.is_due, t.looks_at);
    for (const AgentPod& a : t.pods) {
        sim::hash_all(print, a.agent, a.pod, a.node, a.replica, a.volume, a.is_up, a.restarts_in_series, a.rejected_ppm,
                      a.down_until, a.up_since, a.since, a.in_milli, a.out_milli);
        sim::hash_all(print, a.log.size(), a.missing.size());
        for (const LogSpan& span : a.log) sim::hash_all(print, span.begins, span.ends, span.micro);
        for (const TimeSpan& span : a.missing) sim::hash_all(print, span.begins, span.ends);
    }
    for (const AgentLevels& l : t.told)
        sim::hash_all(print, l.in_milli, l.sent_milli, l.rejected_milli, l.missed_milli, l.unsent_milli, l.unobserved);
}

// Not `cni_settings`, which follow from the Spec's revisions.
void hash_into(sim::Fingerprint& print, const World& w) {
    sim::hash_all(print, w.nodes, w.pods, w.jobs, w.pools, w.enis, w.branch_enis, w.node_order, w.workloads, w.groups,
                  w.scheduler, w.controller_calls, w.cidr_stride, w.cidrs, w.free_cidr_blocks, w.prefix_records,
                  w.free_prefix_blocks, w.readopt_bars, w.resource_controller, w.cilium, w.cni_update, w.outside_nodes,
                  w.outside_counts, w.outside_gateways, w.dns, w.traffic, w.services, w.faults, w.ec2_buckets,
                  w.ec2_instances, w.subnets, w.subnet_bits, w.subnet_block_bits, w.held_by_others, w.subnet_draws,
                  w.image_words, w.node_images, w.reported_images, w.image_nodes, w.images_on_nodes, w.pulls,
                  w.downloads, w.registry_calls, w.image_backoffs);
    // Zones of which every node is and was Ready follow from the nodes.
    if (w.all_zones_are_disrupted || std::ranges::any_of(w.zones, [](const ZoneHealth& z) {
            return z.not_ready > 0 || z.wakes_at != sim::Time::never() || z.next_token != sim::Time::origin();
        }))
        sim::hash_all(print, w.zones, w.all_zones_are_disrupted);
    if (!w.struck_nodes.empty()) sim::hash_all(print, w.struck_nodes);
    if (w.data_path.is_open) hash_into(print, w.data_path);
    if (!w.job_indexes.empty()) sim::hash_all(print, w.job_indexes, w.free_index_blocks);
    if (w.pod_gc_is_due) print.hash_u64(1);
    if (w.descheduler != DeschedulerState{})
        sim::hash_all(print, w.descheduler.runs, w.descheduler.starts, w.descheduler.runs_at);
    if (w.cluster_autoscaler != ClusterAutoscalerState{}) hash_into(print, w.cluster_autoscaler);
    if (w.managed_scaling != ManagedScalingState{}) hash_into(print, w.managed_scaling);
    if (!w.pod_scaling.horizontal.empty() || !w.pod_scaling.objects.empty() || !w.pod_scaling.vertical.empty() ||
        !w.pod_scaling.advice.pods.empty())
        hash_into(print, w.pod_scaling);
    for (const ChainLinkState& link : w.pod_scaling.chain_links)
        sim::hash_all(print, link.is_up, link.changed_at, link.first_us);
    if (!w.telemetry.told.empty()) hash_into(print, w.telemetry);
    if (w.karpenter != KarpenterState{}) hash_into(print, w.karpenter);
    if (!w.nomad.blocked.empty()) hash_into(print, w.nomad);
    if (!w.identity.buckets.empty()) hash_into(print, w.identity);
    if (!w.budgets.empty()) sim::hash_into(print, w.budgets);
    if (!w.daemon_backoffs.empty()) sim::hash_into(print, w.daemon_backoffs);
    if (!w.quotas_due.empty()) {
        sim::hash_all(print, w.quota_uses, w.quotas_due, w.controller_requeues);
        for (const auto& [id, pod] : w.pods) sim::hash_all(print, pod.is_charged);
        for (const auto& [id, job] : w.jobs) hash_into(print, job.tries);
        for (const auto& [id, set] : w.replica_sets) hash_into(print, set.tries);
        for (const WorkloadState& workload : w.workloads) hash_into(print, workload.tries);
    }
    // Up to the first change of an object every template is the one that the Spec gives to the workload.
    for (const ZoneIx zone : w.claim_zones) sim::hash_all(print, zone);
    for (const ReplicaVolumes& each : w.replica_volumes) sim::hash_all(print, each.workload, each.replica, each.zone);
    for (const auto& sizes : w.pod_scaling.proportional_vertical) {
        for (const ContainerSize& size : sizes) hash_into(print, size);
    }
    if (!w.sizing.templates.empty()) hash_into(print, w.sizing);
    if (w.revision == 0 && w.sizing.templates.empty()) return;
    sim::hash_all(print, w.replica_sets, w.rollouts);
    print.hash_u64(w.revision);
    for (const auto& [id, pod] : w.pods) hash_into(print, pod.pod_template);
    for (const auto& [id, job] : w.jobs) hash_into(print, job.pod_template);
}

}  // namespace eks

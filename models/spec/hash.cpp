#include "models/spec/hash.hpp"

namespace eks::datapath {
static void hash_into(sim::Fingerprint& p, const DataPath& v) {
    sim::hash_all(p, v.mode, v.socket_lb, v.chained, v.kube_proxy_rules, v.rules_kind, v.hubble, v.masquerade,
                  v.replaces_kube_proxy, v.masquerades_all);
}
}  // namespace eks::datapath

namespace eks {

using sim::Fingerprint;
using sim::hash_all;

// Each overload names every field of its type, so that a field that is added and not hashed shows in the test that
// changes each field of a manifest in turn.
void hash_into(Fingerprint& p, const Resources& v) {
    hash_all(p, v.cpu_milli, v.memory_bytes, v.ephemeral_bytes, v.gpus, v.neurons, v.pod_enis);
    for (std::size_t i = 0; i < extended_resource_count; ++i) {
        if (v.extended[i] != 0) hash_all(p, std::uint64_t{i}, v.extended[i]);
    }
}
void hash_into(Fingerprint& p, const Label& v) { hash_all(p, v.key, v.value); }
void hash_into(Fingerprint& p, const Taint& v) { hash_all(p, v.key, v.value, v.effect); }
void hash_into(Fingerprint& p, const EnisOfOthers& v) { hash_all(p, v.tag, v.count, v.addresses); }
void hash_into(Fingerprint& p, const EvictionThreshold& v) { hash_all(p, v.bytes, v.ppm); }
void hash_into(Fingerprint& p, const KubeletSettings& v) {
    hash_all(p, v.parallel_pulls, v.pull_qps, v.pull_burst, v.image_gc_high_percent, v.image_gc_low_percent,
             v.log_bytes_max, v.log_files_max, v.memory_available, v.nodefs_available, v.imagefs_available,
             v.pressure_transition);
    if (v.api_qps != 0) hash_all(p, v.api_qps, v.api_burst);
    if (v.soft_grace_most != sim::Duration::zero()) hash_all(p, v.soft_grace_most);
    for (std::size_t i = 0; i < eviction_signal_count; ++i) {
        if (v.soft[i] != SoftThreshold{}) hash_all(p, std::uint64_t{i}, v.soft[i].bound, v.soft[i].grace);
        if (v.minimum_reclaim[i] != EvictionThreshold{}) hash_all(p, std::uint64_t{i}, v.minimum_reclaim[i]);
    }
}
void hash_into(Fingerprint& p, const NodeShape& v) {
    hash_all(p, v.group, v.zone, v.subnet, v.instance_type, v.labels, v.taints, v.capacity, v.allocatable, v.max_pods,
             v.vcpus, v.kubelet, v.network_bytes_per_second, v.max_enis, v.enis_of_further_cards, v.ipv4_per_eni,
             v.takes_prefixes, v.can_trunk, v.pod_subnet, v.other_enis, v.max_volumes, v.waits_for_cilium,
             v.price_per_hour_micro_usd, v.is_spot, v.interruptions_ppm_per_month, v.volume_gib,
             v.plan_price_per_hour_micro_usd);
}
void hash_into(Fingerprint& p, const Image& v) {
    hash_all(p, v.name, v.compressed_bytes, v.unpacked_bytes, v.registry);
}
void hash_into(Fingerprint& p, const Registry& v) {
    hash_all(p, v.host, v.states_latency, v.latency, v.bytes_per_second, v.pull_bytes_per_second, v.pulls, v.per);
}
void hash_into(Fingerprint& p, const Toleration& v) {
    hash_all(p, v.key, v.value, v.exists, v.any_effect, v.effect, v.forever, v.seconds);
}
void hash_into(Fingerprint& p, const SelectorRequirement& v) { hash_all(p, v.key, v.op, v.values, v.is_field); }
void hash_into(Fingerprint& p, const NodeSelectorTerm& v) { hash_all(p, v.all); }
void hash_into(Fingerprint& p, const PreferredNodeTerm& v) { hash_all(p, v.weight, v.term); }
void hash_into(Fingerprint& p, const Probe& v) {
    hash_all(p, v.is_set, v.initial_delay, v.period, v.timeout, v.failure_threshold);
}
void hash_into(Fingerprint& p, const ContainerSpec& v) {
    hash_all(p, v.name, v.image, v.pull_policy, v.requests, v.states_cpu_request, v.states_memory_request, v.limits,
             v.is_sidecar, v.has_readiness_probe, v.readiness_initial_delay, v.readiness_period,
             v.readiness_success_threshold, v.liveness, v.startup, v.pre_stop);
}
void hash_into(Fingerprint& p, const Selector& v) { hash_all(p, v.is_given, v.all); }
void hash_into(Fingerprint& p, const AffinityTerm& v) {
    hash_all(p, v.topology_key, v.selector, std::vector<std::string>(v.namespaces.begin(), v.namespaces.end()),
             v.namespace_selector, v.weight, v.is_about_same_template);
}
void hash_into(Fingerprint& p, const SpreadConstraint& v) {
    hash_all(p, v.topology_key, v.max_skew, v.min_domains, v.is_required, v.honors_affinity, v.honors_taints,
             v.selector, v.is_about_same_template);
}
void hash_into(Fingerprint& p, const HostPort& v) { hash_all(p, v.protocol, v.ip, v.port); }
void hash_into(Fingerprint& p, const VolumeClaim& v) {
    hash_all(p, v.namespace_name, v.name, v.is_zonal, v.takes_attachment, v.is_for_one_pod, v.binds_at_once, v.zone,
             v.allowed, v.bytes, v.comes_later);
}
void hash_into(Fingerprint& p, const PodConstraints& v) {
    hash_all(p, v.required_affinity, v.required_anti_affinity, v.preferred_affinity, v.preferred_anti_affinity,
             v.spread, v.host_ports);
}
void hash_into(Fingerprint& p, const ContainerFailure& v) { hash_all(p, v.share_ppm, v.after); }
// Not what follows of its tolerations.
void hash_into(Fingerprint& p, const PodTemplate& v) {
    hash_all(p, v.init_containers, v.containers, v.requests, v.scoring_requests, v.requests_nothing, v.prefers_nodes,
             v.qos, v.labels, v.node_selector, v.required_node_terms, v.preferred_node_terms, v.tolerations,
             v.constraints, v.claims, v.own_claims, v.passing_claims, v.attachments, v.namespace_name, v.workload,
             v.profile, v.is_gated, v.priority, v.may_preempt, v.host_network, v.wants_every_card, v.restart_policy,
             v.termination_grace, v.has_active_deadline, v.active_deadline, v.init_run_time, v.ready_after, v.run_time,
             v.runs_to_completion, v.stop_time, v.failure_rate_ppm, v.failure_exit_code, v.liveness_failure, v.exit,
             v.exit_code, v.init_failure_ppm, v.usage, v.log_bytes_per_second, v.disk_bytes);
    for (const EmptyDir& dir : v.empty_dirs) hash_all(p, dir.name, dir.size_limit, dir.used);
    if (v.keeps_node_for != sim::Duration::zero()) hash_all(p, v.keeps_node_for);
    if (v.deletion_cost != 0) hash_all(p, v.deletion_cost);
    if (v.sized_of.valid()) hash_all(p, v.sized_of);
    if (v.edition != 0) hash_all(p, v.edition);
}
void hash_into(Fingerprint& p, const UsagePoint& v) { hash_all(p, v.at, v.cpu_milli, v.memory_bytes); }
void hash_into(Fingerprint& p, const Usage& v) {
    hash_all(p, v.follows_traffic, v.server, v.states_cpu, v.states_memory, v.points);
}
void hash_into(Fingerprint& p, const TemplateOnShape& v) {
    hash_all(p, v.affinity_matches, v.profile_admits, v.taints_tolerated, v.preferred_weight, v.avoided_taints,
             v.fits_empty_node);
}
void hash_into(Fingerprint& p, const ExitCodeRule& v) { hash_all(p, v.container, v.is_in, v.values); }
void hash_into(Fingerprint& p, const ConditionRule& v) { hash_all(p, v.type, v.status); }
void hash_into(Fingerprint& p, const FailureRule& v) {
    hash_all(p, v.action, v.exit_codes.has_value());
    if (v.exit_codes) hash_into(p, *v.exit_codes);
    hash_all(p, v.conditions);
}
void hash_into(Fingerprint& p, const JobSpec& v) {
    hash_all(p, v.parallelism, v.completions, v.is_work_queue, v.backoff_limit, v.is_indexed, v.has_limit_per_index,
             v.limit_per_index, v.has_most_failed_indexes, v.most_failed_indexes, v.has_failure_policy, v.failure_rules,
             v.replaces_failed_only, v.suspended, v.has_active_deadline, v.active_deadline, v.has_ttl,
             v.ttl_after_finished);
    if (!v.success_rules.empty()) hash_all(p, v.success_rules);
}
void hash_into(Fingerprint& p, const CronSchedule& v) {
    hash_all(p, v.minutes, v.hours, v.days_of_month, v.months, v.days_of_week, v.day_of_month_is_star,
             v.day_of_week_is_star, v.every_seconds);
}
void hash_into(Fingerprint& p, const ZoneTransition& v) { hash_all(p, v.unix_seconds, v.offset_seconds); }
void hash_into(Fingerprint& p, const TimeZone& v) { hash_all(p, v.first_offset_seconds, v.transitions); }
void hash_into(Fingerprint& p, const CronJobSpec& v) {
    hash_all(p, v.schedule, v.zone, v.concurrency, v.suspended, v.has_starting_deadline, v.starting_deadline,
             v.successful_history, v.failed_history);
}
void hash_into(Fingerprint& p, const PodsOrPercent& v) { hash_all(p, v.value, v.is_percent); }
void hash_into(Fingerprint& p, const RolloutSpec& v) {
    hash_all(p, v.max_surge, v.max_unavailable, v.recreates, v.on_delete, v.partition, v.history, v.progress_deadline,
             v.min_ready);
}
void hash_into(Fingerprint& p, const Workload& v) {
    // Its place in a file is not part of what it is.
    hash_all(p, v.kind, v.namespace_name, v.name, v.stable_key, v.pod_template, v.replicas, v.rollout, v.job, v.cron,
             v.starts_in_order, v.is_addon, v.spread_with);
}
void hash_into(Fingerprint& p, const PlacedPods& v) { hash_all(p, v.workload, v.group, v.node, v.pods, v.replica); }
void hash_into(Fingerprint& p, const Placement& v) { hash_all(p, v.is_given, v.pods); }
void hash_into(Fingerprint& p, const DisruptionBudget& v) {
    hash_all(p, v.namespace_name, v.name, v.bound, v.amount, v.always_evicts_unready, v.selector, v.selected);
}
void hash_into(Fingerprint& p, const QuotaScopeTerm& v) { hash_all(p, v.scope, v.op, v.values); }
void hash_into(Fingerprint& p, const QuotaBound& v) { hash_all(p, v.name, v.measure, v.resource, v.limit); }
void hash_into(Fingerprint& p, const ResourceQuota& v) {
    hash_all(p, v.namespace_name, v.name, v.scopes, v.bounds, v.first_use);
}
void hash_into(Fingerprint& p, const SuccessRule& v) { hash_all(p, v.indexes, v.has_count, v.count); }
void hash_into(Fingerprint& p, const CidrReservation& v) {
    hash_all(p, v.first_address, v.prefix_length, v.is_for_prefixes);
}
void hash_into(Fingerprint& p, const Subnet& v) {
    hash_all(p, v.name, v.zone, v.first_address, v.prefix_length, v.in_use, v.is_private, v.reservations, v.cni_role,
             v.is_of_other_cluster);
}
void hash_into(Fingerprint& p, const NodeGroup& v) {
    hash_all(p, v.name, v.stable_key, v.is_managed, v.desired, v.minimum, v.maximum, v.update_unavailable,
             v.update_unavailable_percent, v.shapes, v.is_node_pool, v.purchase.is_mixed, v.purchase.on_demand_base,
             v.purchase.on_demand_percent, v.purchase.strategy, v.purchase.spot_pools);
}
void hash_into(Fingerprint& p, const Fault& v) {
    hash_all(p, v.kind, v.group, v.zone, v.age_us, v.actions, v.load_milli_per_second, v.subnet, v.addresses,
             v.share_ppm, v.registries, v.slowdown_milli, v.bytes_per_second, v.is_unreachable, v.node, v.count,
             v.out_of_service_us, v.factor, v.occurrence, v.instance_types, v.purchase, v.how, v.spread_us);
    if (v.kind == FaultKind::aws_throttling) hash_into(p, v.service);
    if (v.kind == FaultKind::container_crash) hash_all(p, v.workload, v.container, v.lasts);
}
void hash_into(Fingerprint& p, const TimelineAction& v) {
    hash_all(p, v.kind, v.at, v.workload, v.replicas, v.fault, v.revision, v.group, v.is_forced);
    if (v.kind == TimelineKind::create_balancer) hash_all(p, v.object);
}
void hash_into(Fingerprint& p, const Revision& v) { hash_into(p, *v.spec); }
void hash_into(Fingerprint& p, const WeightedResource& v) { hash_all(p, v.name, v.weight); }
void hash_into(Fingerprint& p, const ShapePoint& v) { hash_all(p, v.utilization, v.score); }
void hash_into(Fingerprint& p, const SchedulerProfile& v) {
    for (std::size_t i = 0; i < scheduler_plugin_count; ++i)
        hash_all(p, static_cast<bool>(v.filters[i]), static_cast<bool>(v.prefilters[i]), v.weights[i]);
    hash_all(p, v.name, v.percentage_of_nodes_to_score, v.strategy, v.fit_resources, v.shape, v.ignored_resources,
             v.ignored_groups, v.balanced_resources, v.hard_affinity_weight, v.ignores_preferred_of_existing,
             v.spread_defaults, v.default_spread, v.has_added_terms, v.added_terms, v.added_preferred_terms);
}
void hash_into(Fingerprint& p, const SchedulerSettings& v) {
    hash_all(p, v.profiles, v.percentage_of_nodes_to_score, v.breaks_ties_first);
}
void hash_into(Fingerprint& p, const SnatExclusion& v) { hash_all(p, v.first_address, v.prefix_length); }
void hash_into(Fingerprint& p, const CniSettings& v) {
    hash_all(p, v.warm_eni_target, v.warm_ip_target, v.minimum_ip_target, v.warm_prefix_target, v.max_eni, v.cooldown,
             v.prefix_delegation, v.subnet_discovery, v.custom_networking, v.pod_enis, v.branch_eni_cooldown,
             v.multi_nic, v.ipv6, v.manages_enis_while_cordoned, v.provisions_nothing, v.sweeps_leaked_enis,
             v.external_snat, v.is_strict_with_pod_groups, v.returns_replies, v.excluded_from_snat,
             v.manages_untagged_enis, v.knows_tags, v.asks_policy_agent);
}
void hash_into(Fingerprint& p, const CniConstants& v) {
    hash_all(p, v.pool_interval, v.reconcile_interval, v.readopt_cooldown, v.minimum_eni_age, v.decrease_interval,
             v.insufficient_cooldown, v.delay_after_detach, v.excluded_clean_up);
}
void hash_into(Fingerprint& p, const CiliumSettings& v) {
    hash_all(p, v.version_minor, v.pre_allocate, v.min_allocate, v.max_allocate, v.max_above_watermark,
             v.first_interface_index, v.prefix_delegation, v.releases_excess, v.removes_taints, v.sets_taints,
             v.replaces_kube_proxy, v.checks_health, v.release_delay, v.parallel_workers, v.api_qps, v.api_burst,
             v.resync_interval, v.node_update_interval, v.start_look_interval, v.subnets, v.operator_workload,
             v.agent_workload, v.eni_link, v.new_identity, v.regeneration);
}
void hash_into(Fingerprint& p, const DnsUse& v) {
    hash_all(p, v.workload, v.lookups_milli_per_second, v.queries.asked, v.queries.forwarded, v.cached_ppm, v.asks_vpc);
}
void hash_into(Fingerprint& p, const LinearScaling& v) {
    hash_all(p, v.cores_per_replica, v.nodes_per_replica, v.least, v.most, v.prevents_single_point_of_failure);
}
void hash_into(Fingerprint& p, const Service& v) { hash_all(p, v.namespace_name, v.name, v.to); }
void hash_into(Fingerprint& p, const RatePoint& v) { hash_all(p, v.at, v.per_second); }
void hash_into(Fingerprint& p, const RateLaw& v) { hash_all(p, v.points, v.period); }
void hash_into(Fingerprint& p, const RequestCost& v) {
    hash_all(p, v.cpu, v.memory, v.retries, v.bytes_in, v.bytes_out);
}
void hash_into(Fingerprint& p, const TrafficClass& v) {
    hash_all(p, v.name, v.to, v.from, v.rate, v.per_request, v.request, v.balancer);
}
void hash_into(Fingerprint& p, const TrafficServer& v) {
    hash_all(p, v.workload, v.node_cores, v.idle_cpu, v.idle_memory);
}
void hash_into(Fingerprint& p, const MessageQueue& v) {
    hash_all(p, v.name, v.rate, v.work, v.workers, v.at_once, v.message);
}
void hash_into(Fingerprint& p, const ConnectionUse& v) {
    hash_all(p, v.is_said, v.requests, v.hold, v.protocol, v.layer7, v.proxy, v.connect_timeout_seconds);
    if (v.answer_timeout_seconds) hash_all(p, v.answer_timeout_seconds);
}
void hash_into(Fingerprint& p, const KubeProxySettings& v) {
    hash_all(p, v.mode, v.min_sync_period, v.sync_period, v.full_sync_period, v.masquerades_all,
             v.conntrack_max_per_core, v.conntrack_min);
}
void hash_into(Fingerprint& p, const CiliumPath& v) {
    hash_all(p, v.is_there, v.has_host_routing, v.has_socket_lb, v.is_chained, v.masquerade, v.hubble,
             v.dynamic_size_ratio, v.tcp_entries, v.lb_map_entries);
}
void hash_into(Fingerprint& p, const OtherServices::Point& v) { hash_all(p, v.at, v.count); }
void hash_into(Fingerprint& p, const NetworkAllowances& v) {
    hash_all(p, v.packets_per_second, v.tracked_connections, v.burst_bytes_per_second, v.credit_minutes);
}
void hash_into(Fingerprint& p, const DataPaths& v) {
    hash_all(p, v.kube_proxy, v.cilium, v.front_ends, v.forced, v.others.points, v.others.endpoints,
             v.others.changes_per_second, v.allowances, v.profile, v.picked_up_share, v.target_lag, v.balancer_latency,
             v.coefficients.values);
}
void hash_into(Fingerprint& p, const Traffic& v) { hash_all(p, v.classes, v.queues, v.servers, v.has_circles); }
void hash_into(Fingerprint& p, const LadderStep& v) { hash_all(p, v.threshold, v.replicas); }
void hash_into(Fingerprint& p, const ProportionalScaler& v) {
    hash_all(p, v.pods, v.target, v.counts_unschedulable, v.is_ladder, v.linear, v.by_cores, v.by_nodes);
}
void hash_into(Fingerprint& p, const ScaleDownOptions& v) {
    hash_all(p, v.utilization_threshold, v.gpu_utilization_threshold, v.unneeded_time, v.unready_time,
             v.ignores_daemon_sets);
}
void hash_into(Fingerprint& p, const AutoscaledGroup& v) {
    hash_all(p, v.group, v.minimum, v.maximum, v.asg_template, v.has_priority, v.priority, v.scale_down);
}
void hash_into(Fingerprint& p, const ClusterAutoscaler& v) {
    hash_all(p, v.pods, v.groups, v.scan_interval, v.loops_frequently, v.loop_time, v.expendable_below, v.new_pod_delay,
             v.max_nodes_total, v.max_nodes_per_scale_up, v.max_cores, v.max_memory_gib, v.may_take_fast_path,
             v.balances_similar_groups, v.balancing_ignored_labels, v.forces_daemon_sets, v.expanders,
             v.max_provision_time, v.max_startup_time, v.ok_unready_nodes, v.max_unready_percentage, v.first_backoff,
             v.longest_backoff, v.backoff_forgotten_after, v.scales_down, v.scales_down_unready, v.delay_after_add,
             v.delay_after_delete, v.unremovable_recheck, v.max_parallel, v.max_drains, v.delete_delay_after_taint,
             v.max_eviction_time, v.max_graceful_termination, v.skips_system_pods, v.skips_local_storage,
             v.skips_custom_controller_pods, v.min_replica_count, v.system_pod_timeout);
}
void hash_into(Fingerprint& p, const DeschedulerEvictor& v) {
    hash_all(p, v.evicts_local_storage, v.evicts_daemon_sets, v.evicts_system_critical, v.evicts_failed_bare,
             v.keeps_claims, v.keeps_without_budget, v.asks_for_fit, v.min_replicas, v.min_age, v.below_priority,
             v.has_selector, v.selector);
}
void hash_into(Fingerprint& p, const NodeUsageShares& v) { hash_all(p, v.cpu, v.memory, v.pods); }
void hash_into(Fingerprint& p, const DeschedulerStep& v) {
    hash_all(p, v.strategy, v.has_namespaces, v.namespaces_are_excluded, v.namespaces, v.has_selector, v.selector,
             v.excluded_owner_kinds, v.least_age, v.longest_life, v.states, v.restarts, v.counts_init_containers,
             v.heeds_preferred, v.heeds_required_affinity, v.heeds_preferred_affinity, v.excluded_taints, v.thresholds,
             v.targets, v.are_deviations, v.more_nodes_than);
}
void hash_into(Fingerprint& p, const DeschedulerProfile& v) { hash_all(p, v.name, v.evictor, v.steps); }
void hash_into(Fingerprint& p, const Descheduler& v) {
    hash_all(p, v.pods, v.interval, v.most_per_node, v.most_per_namespace, v.most_in_all, v.profiles);
}
void hash_into(Fingerprint& p, const EvictionWishes& v) {
    hash_all(p, v.safe_to_evict, v.has_local_storage, v.blocks_by_storage, v.counts_as_daemon, v.asks_for_descheduler,
             v.scale_up_delay);
}
void hash_into(Fingerprint& p, const ClusterDns& v) {
    hash_all(p, v.servers, v.in_need, v.uses, v.kube_proxy, v.node_cache, v.queries_per_second_of_server, v.scalers);
    const ManagedScaling& managed = v.managed_scaling;
    if (managed.target.valid()) hash_all(p, managed.target, managed.least, managed.most);
}
void hash_into(Fingerprint& p, const ClientLimit& v) { hash_all(p, v.queries_per_second, v.burst); }
void hash_into(Fingerprint& p, const Latencies& v) {
    hash_all(p, v.api_write, v.watch_delivery, v.scheduling_cycle, v.scheduler, v.controller, v.kubelet, v.api_seats,
             v.terminated_pods, v.sandbox_start, v.container_start, v.sandbox_stop, v.kubelet_retry,
             v.network_not_ready_retry, v.kubelet_tick, v.image_check, v.pull_latency, v.pull_bytes_per_second,
             v.unpack_bytes_per_second, v.peer_latency, v.peer_bytes_per_second, v.registry_timeout, v.eni_visible,
             v.policy_agent_start, v.address_return, v.node_launch, v.node_register, v.node_ready, v.node_initialise,
             v.instance_impaired, v.kubelet_restart, v.node_shutdown, v.group_reaction, v.launch_retry);
}

void hash_into(Fingerprint& p, const Ec2Limit& v) {
    hash_all(p, v.bucket, v.refill_milli_per_second, v.other_load_milli_per_second, v.instances,
             v.instances_refill_milli_per_second, v.latency);
}
void hash_into(Fingerprint& p, const Ec2Settings& v) {
    for (const Ec2Limit& limit : v.limits) hash_into(p, limit);
    hash_all(p, v.attempts, v.vcpus.on_demand, v.vcpus.spot, v.interrupts_spot);
}

void hash_into(Fingerprint& p, const Prices& v) {
    hash_all(p, v.ebs_gib_month, v.nat_gateway_hour, v.nat_gateway_gb, v.cross_zone_gb, v.internet_gb,
             v.load_balancer_hour, v.application_unit_hour, v.network_unit_hour, v.classic_balancer_hour,
             v.classic_balancer_gb, v.savings_plan.commitment_per_hour, v.savings_plan.years);
}
void hash_into(Fingerprint& p, const LoadBalancer& v) { hash_all(p, v.kind, v.name, v.services); }

void hash_into(Fingerprint& p, const OutsideNetwork& v) {
    hash_all(p, v.name, v.kind, v.first_address, v.prefix_length, v.routes_to_pods);
}
void hash_into(Fingerprint& p, const OutsideUse& v) {
    hash_all(p, v.workload, v.network, v.connections_milli_per_second, v.hold);
}
void hash_into(Fingerprint& p, const NatGateway& v) { hash_all(p, v.name, v.addresses); }
void hash_into(Fingerprint& p, const Outside& v) {
    hash_all(p, v.networks, v.uses, v.gateways, v.gateway_of_zone, v.node_hold, v.gateway_hold);
    if (v.cilium != CiliumMasquerade{}) hash_all(p, v.cilium.by, v.cilium.native);
}

}  // namespace eks

namespace eks::hpa {
static void hash_into(sim::Fingerprint& p, const Policy& v) { sim::hash_all(p, v.is_percent, v.value, v.period_us); }
static void hash_into(sim::Fingerprint& p, const ScalingRules& v) {
    sim::hash_all(p, v.window_us, v.select, v.policies);
}
static void hash_into(sim::Fingerprint& p, const Behavior& v) { sim::hash_all(p, v.up, v.down); }
static void hash_into(sim::Fingerprint& p, const Autoscaler& v) {
    sim::hash_all(p, v.least, v.most, v.metrics, v.behavior, v.downscale_window_us);
}
}  // namespace eks::hpa

namespace eks::keda {
static void hash_into(sim::Fingerprint& p, const Fallback& v) {
    sim::hash_all(p, v.failure_threshold, v.replicas, v.behavior);
}
static void hash_into(sim::Fingerprint& p, const FormulaNode& v) {
    sim::hash_all(p, v.op, v.number, v.trigger, v.operands);
}
static void hash_into(sim::Fingerprint& p, const Composite& v) {
    sim::hash_all(p, v.formula.nodes, v.target_milli, v.is_value_in_all, v.activation_milli);
}
static void hash_into(sim::Fingerprint& p, const ScaledObject& v) {
    const Pauses& pauses = v.pauses;
    sim::hash_all(p, v.idle, v.least, v.most, v.polling_interval_us, v.cooldown_us, v.initial_cooldown_us, v.created_us,
                  v.fallback, v.behavior, pauses.is_paused, pauses.at_replicas, pauses.scale_in, pauses.scale_out,
                  pauses.is_forced_active, v.composite, v.tolerances.down, v.tolerances.up);
}
static void hash_into(sim::Fingerprint& p, const ScaledJob& v) {
    sim::hash_all(p, v.least, v.most, v.combination, v.strategy, v.queue_length_deduction, v.running_job_share,
                  v.pending_conditions);
}
}  // namespace eks::keda

namespace eks {

void hash_into(Fingerprint& p, const Feed& v) {
    hash_all(p, v.kind, v.servers, v.queue, v.counts_in_flight, v.partitions, v.cron.start, v.cron.end, v.cron.zone,
             v.cron.replicas, v.delay, v.window, v.allows_idle_consumers, v.is_limited_to_partitions_with_lag);
    if (v.chain >= 0) hash_all(p, v.chain);
}
void hash_into(Fingerprint& p, const MetricChain& v) {
    hash_all(p, v.stable_key);
    for (const ChainLink& link : v.links) hash_all(p, link.pods, link.interval);
}
void hash_into(Fingerprint& p, const ScalerMetric& v) {
    hash_all(p, v.metric.source, v.metric.target_kind, v.metric.is_cpu, v.metric.target, v.name, v.container,
             v.activation_milli, v.trigger, v.place, v.is_cached, v.feed);
}
void hash_into(Fingerprint& p, const HorizontalScaler& v) {
    hash_all(p, v.namespace_name, v.name, v.stable_key, v.target, v.is_ambiguous, v.autoscaler, v.tolerances.down,
             v.tolerances.up, v.metrics, v.scaled_object);
}
void hash_into(Fingerprint& p, const Scaled& v) {
    hash_all(p, v.namespace_name, v.name, v.stable_key, v.makes_jobs, v.target, v.object, v.job, v.polling_interval,
             v.successful_history, v.failed_history, v.triggers, v.first_trigger);
}
void hash_into(Fingerprint& p, const VerticalScaler& v) {
    hash_all(p, v.namespace_name, v.name, v.target, v.container, v.policy.min_allowed.cpu_milli,
             v.policy.min_allowed.memory_bytes, v.policy.max_allowed.cpu_milli, v.policy.max_allowed.memory_bytes,
             v.policy.controls_limits, v.policy.controls_cpu, v.policy.controls_memory, v.mode, v.min_replicas);
    for (const vpa::Amounts& amounts : {v.limit_range.min, v.limit_range.max, v.limit_range.default_limit})
        hash_all(p, amounts.cpu_milli, amounts.memory_bytes);
}
void hash_into(Fingerprint& p, const VerticalProcesses& v) {
    const vpa::RecommenderSettings& r = v.recommends;
    const vpa::UpdaterSettings& u = v.updates;
    hash_all(p, v.are_stated, v.recommender, v.updater, v.webhook, r.period, r.target_cpu, r.lower_cpu, r.upper_cpu,
             r.target_memory, r.lower_memory, r.upper_memory, r.safety_margin, r.least_of_a_pod.cpu_milli,
             r.least_of_a_pod.memory_bytes, u.lifetime_us, u.least_difference, u.quick_oom_us, u.least_replicas,
             u.eviction_tolerance, u.period);
}
void hash_into(Fingerprint& p, const ProportionalVertical& v) {
    hash_all(p, v.pods, v.target);
    for (const ProportionalContainer& container : v.containers) {
        p.hash_u64(container.container);
        for (const auto* law :
             {&container.cpu_request, &container.memory_request, &container.cpu_limit, &container.memory_limit}) {
            const ProportionalAmount amount = law->value_or(ProportionalAmount{});
            hash_all(p, law->has_value(), amount.base, amount.step, amount.most, amount.cores_per_step,
                     amount.nodes_per_step);
        }
    }
}
void hash_into(Fingerprint& p, const AdviceSettings& v) {
    hash_all(p, v.krr.strategy, v.krr.cpu_percentile, v.krr.cpu_request_percentile, v.krr.cpu_limit_percentile,
             v.krr.memory_buffer_percent, v.krr.oom_buffer_percent, v.krr.least_points, v.krr.allows_hpa, v.krr.history,
             v.krr.step, v.workloads, v.every, v.core_hour, v.gib_hour);
}
// Not what follows of the rest.
void hash_into(Fingerprint& p, const PodScaling& v) {
    if (v.advice.is_asked) hash_into(p, v.advice);
    for (const VerticalScaler& each : v.vertical) hash_into(p, each);
    if (!v.vertical.empty()) hash_into(p, v.vertical_processes);
    hash_all(p, v.metrics_server.pods, v.metrics_server.resolution, v.horizontal, v.objects, v.keda, v.sync_takes);
}
void hash_into(Fingerprint& p, const NodePoolRequirement& v) { hash_all(p, v.expression, v.min_values); }
void hash_into(Fingerprint& p, const NodePoolBudget& v) {
    hash_all(p, v.reasons, v.is_percent, v.amount, v.is_scheduled, v.schedule, v.lasts);
}
void hash_into(Fingerprint& p, const NodePoolOffer& v) { hash_all(p, v.shape, v.type, v.elsewhere); }
void hash_into(Fingerprint& p, const NodePool& v) {
    hash_all(p, v.name, v.group, v.weight, v.labels, v.taints, v.node_class, v.requirements, v.policy,
             v.consolidate_after, v.expire_after, v.drain_limit, v.budgets, v.made_of, v.offers);
    for (const auto& [resource, amount] : v.limits) hash_all(p, resource, amount);
}
void hash_into(Fingerprint& p, const NodePoolType& v) {
    hash_all(p, v.name, v.node_class, v.labels, v.is_exotic, v.capacity, v.allocatable, v.max_pods);
}
void hash_into(Fingerprint& p, const Karpenter& v) {
    hash_all(p, v.pods, v.version_minor, v.batch_longest, v.batch_idle, v.respects_preferences,
             v.min_values_best_effort, v.spot_to_spot, v.pools, v.types);
}

void hash_into(Fingerprint& p, const NomadPolicy& v) {
    for (const NomadCheck& check : v.checks) hash_all(p, check.metric, check.target_ppm);
    hash_all(p, v.group, v.minimum, v.maximum, v.max_scale_up, v.max_scale_down, v.evaluation_interval, v.cooldown,
             v.cooldown_on_scale_up, v.drain_deadline);
}

void hash_into(Fingerprint& p, const AwsLimit& v) {
    hash_all(p, v.bucket, v.refill_milli_per_second, v.other_load_milli_per_second, v.latency);
}
void hash_into(Fingerprint& p, const SecretNeed& v) { hash_all(p, v.secret, v.container); }
void hash_into(Fingerprint& p, const PodIdentity& v) { hash_all(p, v.credentials, v.processes, v.secrets, v.gate); }
void hash_into(Fingerprint& p, const SecretsOperator& v) { hash_all(p, v.pods); }
void hash_into(Fingerprint& p, const OperatedSecret& v) {
    hash_all(p, v.namespace_name, v.name, v.by, v.is_paid_call, v.action, v.calls, v.refresh, v.is_there_early);
}
void hash_into(Fingerprint& p, const TargetGate& v) { hash_all(p, v.name, v.healthy); }
void hash_into(Fingerprint& p, const SteadyCaller& v) { hash_all(p, v.name, v.action, v.micro_per_second, v.pods); }
void hash_into(Fingerprint& p, const BalancerObject& v) {
    hash_all(p, v.name, v.balancer, v.is_of_ingress, v.services, v.listeners, v.rules, v.healthy, v.comes_alone,
             v.faces_internet, v.has_name);
}
void hash_into(Fingerprint& p, const ExternalDns& v) {
    hash_all(p, v.pods, v.interval, v.calls, v.hears_events, v.reads_ingresses, v.reads_services);
}

void hash_into(Fingerprint& p, const Identity& v) {
    for (const AwsLimit& limit : v.limits) hash_into(p, limit);
    hash_all(p, v.web_identity_session, v.pod_identity_session, v.renewed_early, v.agent, v.secret_read,
             v.secret_operators, v.secrets, v.balancer_controller, v.gates, v.callers);
    if (!v.balancer_objects.empty()) hash_all(p, v.balancer_objects, v.balancer_provisioning);
    if (!v.external_dns.empty()) hash_all(p, v.external_dns, v.record_propagation);
}

void hash_into(Fingerprint& p, const TelemetryAgent& v) {
    hash_all(p, v.pods, v.scope, v.container, v.volume, v.batch, v.keeps, v.sends_milli_per_second, v.cut_ppm);
    for (const ScrapeTarget& target : v.targets) hash_all(p, target.pods, target.interval, target.samples);
}

void hash_into(Fingerprint& p, const Spec& v) {
    if (!v.identity.is_empty()) {
        hash_into(p, v.identity);
        for (const PodTemplate& pod : v.templates) hash_into(p, pod.identity);
    }
    if (v.nomad.runs) {
        hash_all(p, v.nomad.spreads, v.nomad.mhz_per_vcpu);
        for (const NomadPolicy& policy : v.nomad.policies) hash_into(p, policy);
    }
    if (!v.pod_scaling.is_empty()) hash_into(p, v.pod_scaling);
    for (const MetricChain& chain : v.pod_scaling.chains) hash_into(p, chain);
    for (const TelemetryAgent& agent : v.telemetry.agents) hash_into(p, agent);
    for (const ProportionalVertical& each : v.pod_scaling.proportional_vertical) hash_into(p, each);
    if (v.cluster_autoscaler.pods.valid()) hash_into(p, v.cluster_autoscaler);
    if (v.descheduler.pods.valid()) hash_into(p, v.descheduler);
    // Nobody else asks for it.
    if (v.cluster_autoscaler.pods.valid() || v.descheduler.pods.valid()) {
        for (const PodTemplate& pod : v.templates) hash_into(p, pod.wishes);
    }
    for (const auto& [name, labels] : v.namespace_labels) hash_all(p, name, labels);
    for (const std::string& name : v.extended_resources) hash_all(p, name);
    // A class matters beyond its priority where a quota counts by it.
    if (!v.quotas.empty()) {
        hash_all(p, v.quotas, v.quotas_of);
        for (const PodTemplate& pod : v.templates) hash_all(p, pod.priority_class);
    }
    if (v.karpenter.is_there()) hash_into(p, v.karpenter);
    // How connections travel matters where somebody looks at them.
    if (v.data_paths.are_used) {
        hash_into(p, v.data_paths);
        for (const NodeShape& shape : v.shapes) hash_all(p, shape.network_baseline_bytes_per_second);
        for (const TimelineAction& action : v.timeline) hash_all(p, action.fault.migration);
        for (const TrafficClass& traffic : v.traffic.classes) hash_all(p, traffic.service, traffic.connections);
        for (const Service& service : v.services) hash_all(p, service.ports);
        for (const LoadBalancer& balancer : v.load_balancers)
            hash_all(p, balancer.target, balancer.is_cross_zone, balancer.keeps_client_address, balancer.is_local,
                     balancer.deregistration_delay, balancer.is_cilium_ingress, balancer.ends_connections);
    }
    hash_all(p, v.cluster_name, v.region, v.kubernetes.minor, v.kubernetes.patch, v.start_unix_seconds, v.opening,
             v.placement, v.zones, v.subnets, v.subnet_choice, v.map_order, v.shapes, v.node_groups, v.namespaces,
             v.images, v.registries, v.spegel, v.usages, v.claims, v.templates, v.workloads, v.budgets, v.time_zones,
             v.template_on_shape_table, v.scheduling_classes, v.scheduling_class_count, v.scheduler, v.cni_kind,
             v.aws_node, v.cni, v.cni_constants, v.cilium, v.dns, v.traffic, v.services, v.cni_workload, v.latencies,
             v.system_disk_bytes, v.system_memory_bytes, v.ec2, v.outside, v.timeline, v.made_later, v.revisions,
             v.control_plane_per_hour_micro_usd, v.prices, v.load_balancers);
}

}  // namespace eks

// The shape of each family of base series: what its rows stand for, how many columns it has, and of which kind it is.
// Internal to definitions.cpp; others ask shape_of().
#pragma once

#include "models/facts.hpp"
#include "models/metrics/definitions.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace eks::metric_table {

inline constexpr std::uint8_t causes = static_cast<std::uint8_t>(wait_cause_count);
inline constexpr std::uint8_t ec2_results = static_cast<std::uint8_t>(ec2_result_count);

inline constexpr std::array<FamilyShape, family_count> family_shapes{{
    {Family::waiting, Axis::workload, causes, MetricKind::gauge},
    {Family::unplaced, Axis::workload, causes, MetricKind::gauge},
    {Family::container_waiting, Axis::workload, 8, MetricKind::gauge},
    {Family::phase, Axis::workload, 4, MetricKind::gauge},
    {Family::desired, Axis::workload, 1, MetricKind::gauge},
    {Family::ready, Axis::workload, 1, MetricKind::gauge},
    {Family::rollouts, Axis::workload, 2, MetricKind::gauge},
    {Family::job_pods_active, Axis::workload, 1, MetricKind::gauge},
    {Family::jobs_active, Axis::workload, 1, MetricKind::gauge},
    {Family::queued, Axis::whole, 5, MetricKind::gauge},
    {Family::blocked_evaluations, Axis::whole, 1, MetricKind::gauge},
    {Family::nodes, Axis::shape, 4, MetricKind::gauge},
    {Family::nodes_outdated, Axis::payer, 1, MetricKind::gauge},
    {Family::subnet_free, Axis::subnet, 1, MetricKind::gauge},
    {Family::cost_rate, Axis::payer, 3, MetricKind::gauge},
    {Family::cpu_usage, Axis::usage, 1, MetricKind::gauge},
    {Family::memory_usage, Axis::usage, 1, MetricKind::gauge},
    {Family::contested, Axis::contest, 2, MetricKind::gauge},
    {Family::failing_share, Axis::contest, 1, MetricKind::gauge},
    {Family::unreachable, Axis::outside, 2, MetricKind::gauge},
    {Family::nat_gateways, Axis::nat_gateway, 2, MetricKind::gauge},
    {Family::dns, Axis::dns, static_cast<std::uint8_t>(dns_level_count), MetricKind::gauge},
    {Family::requests, Axis::traffic, static_cast<std::uint8_t>(request_level_count), MetricKind::gauge},
    {Family::backlog, Axis::message_queue, 1, MetricKind::gauge},
    {Family::endpoints, Axis::service, 3, MetricKind::gauge},
    {Family::replica_failures, Axis::admission, 1, MetricKind::gauge},
    {Family::quota_shares, Axis::quota, 1, MetricKind::gauge},
    {Family::budgets, Axis::budget, 3, MetricKind::gauge},
    {Family::unschedulable, Axis::whole, 1, MetricKind::gauge},
    {Family::cost_split, Axis::share, 2, MetricKind::gauge},
    {Family::scalers, Axis::scaler, static_cast<std::uint8_t>(scaler_level_count), MetricKind::gauge},
    {Family::keda_triggers, Axis::keda_trigger, 2, MetricKind::gauge},
    {Family::cpu_advice, Axis::vertical_scaler, static_cast<std::uint8_t>(advice_bound_count), MetricKind::gauge},
    {Family::memory_advice, Axis::vertical_scaler, static_cast<std::uint8_t>(advice_bound_count), MetricKind::gauge},
    {Family::container_advice, Axis::advised, static_cast<std::uint8_t>(advised_amount_count), MetricKind::gauge},
    {Family::autoscaler_levels, Axis::cluster_autoscaler, static_cast<std::uint8_t>(autoscaler_level_count),
     MetricKind::gauge},
    {Family::connections, Axis::connections, static_cast<std::uint8_t>(connection_level_count), MetricKind::gauge},
    {Family::network_layers, Axis::data_path, static_cast<std::uint8_t>(datapath::part_count), MetricKind::gauge},
    {Family::steady_calls, Axis::steady_caller, aws_result_count, MetricKind::gauge},
    {Family::secrets, Axis::secret, 1, MetricKind::gauge},
    {Family::exposed, Axis::exposure, 2, MetricKind::gauge},
    {Family::telemetry, Axis::telemetry, static_cast<std::uint8_t>(telemetry_level_count), MetricKind::gauge},
    {Family::load_balancers, Axis::balancer_object, balancer_stage_count, MetricKind::gauge},
    {Family::dns_syncs, Axis::external_dns, 1, MetricKind::gauge},
    {Family::created, Axis::workload, 1, MetricKind::counter},
    {Family::placed, Axis::workload, 1, MetricKind::counter},
    {Family::finished, Axis::workload, 2, MetricKind::counter},
    {Family::gave_up, Axis::workload, 1, MetricKind::counter},
    {Family::restarts, Axis::workload, 1, MetricKind::counter},
    {Family::evictions, Axis::workload, 2, MetricKind::counter},
    {Family::refusals, Axis::admission, 1, MetricKind::counter},
    {Family::schedule_attempts, Axis::whole, 2, MetricKind::counter},
    {Family::preemption, Axis::workload, 2, MetricKind::counter},
    {Family::jobs_started, Axis::workload, 1, MetricKind::counter},
    {Family::jobs_finished, Axis::workload, 2, MetricKind::counter},
    {Family::ticks_missed, Axis::workload, 1, MetricKind::counter},
    {Family::address_failures, Axis::workload, causes, MetricKind::counter},
    {Family::ec2_calls, Axis::ec2_action, ec2_results, MetricKind::counter},
    {Family::image_pulls, Axis::image, 1, MetricKind::counter},
    {Family::image_bytes, Axis::image, 2, MetricKind::counter},
    {Family::image_failures, Axis::image, 5, MetricKind::counter},
    {Family::images_deleted, Axis::image, 1, MetricKind::counter},
    {Family::kubelet_evictions, Axis::workload, evicted_for_count, MetricKind::counter},
    {Family::out_of_memory, Axis::workload, 1, MetricKind::counter},
    {Family::disruptions, Axis::workload, disruption_count, MetricKind::counter},
    {Family::cost_once, Axis::payer, 1, MetricKind::counter},
    {Family::interruptions, Axis::payer, 1, MetricKind::counter},
    {Family::nomad_scalings, Axis::payer, 1, MetricKind::counter},
    {Family::claims_created, Axis::node_pool, claim_reason_count, MetricKind::counter},
    {Family::claims_terminated, Axis::node_pool, 1, MetricKind::counter},
    {Family::claims_disrupted, Axis::node_pool, disrupted_for_count, MetricKind::counter},
    {Family::disruption_decisions, Axis::whole, 2 * disruption_method_count, MetricKind::counter},
    {Family::split_once, Axis::share, 2, MetricKind::counter},
    {Family::rescales, Axis::scaler, 2, MetricKind::counter},
    {Family::autoscaler_counts, Axis::cluster_autoscaler, static_cast<std::uint8_t>(autoscaler_count_count),
     MetricKind::counter},
    {Family::connections_reset, Axis::connections, 1, MetricKind::counter},
    {Family::descheduled, Axis::descheduler, static_cast<std::uint8_t>(descheduler_strategy_count),
     MetricKind::counter},
    {Family::vertical_updates, Axis::vertical_scaler, static_cast<std::uint8_t>(vertical_update_count),
     MetricKind::counter},
    {Family::aws_calls, Axis::aws_action, aws_result_count, MetricKind::counter},
    {Family::secret_syncs, Axis::secret, 2, MetricKind::counter},
    {Family::telemetry_once, Axis::telemetry, static_cast<std::uint8_t>(telemetry_once_count), MetricKind::counter},
    {Family::balancer_calls, Axis::balancer_action, aws_result_count, MetricKind::counter},
    {Family::dns_errors, Axis::external_dns, 1, MetricKind::counter},
    {Family::wait_time, Axis::workload, causes, MetricKind::distribution},
    {Family::start_time, Axis::workload, 1, MetricKind::distribution},
    {Family::rollout_time, Axis::workload, 1, MetricKind::distribution},
    {Family::scheduling_time, Axis::whole, 16, MetricKind::distribution},
    {Family::scheduling_attempts, Axis::whole, 1, MetricKind::distribution},
    {Family::kubelet_start_time, Axis::whole, 1, MetricKind::distribution},
    {Family::job_time, Axis::workload, 1, MetricKind::distribution},
    {Family::job_lateness, Axis::workload, 1, MetricKind::distribution},
    {Family::pull_time, Axis::image, 1, MetricKind::distribution},
    {Family::client_wait, Axis::client, 1, MetricKind::distribution},
    {Family::endpoint_lag, Axis::service, 1, MetricKind::distribution},
    {Family::rule_lag, Axis::data_path, 1, MetricKind::distribution},
    {Family::rule_sync, Axis::data_path, 1, MetricKind::distribution},
    {Family::metric_age, Axis::scaler, 1, MetricKind::distribution},
    {Family::balancer_time, Axis::balancer_object, 1, MetricKind::distribution},
    {Family::name_time, Axis::balancer_object, 1, MetricKind::distribution},
    {Family::node_levels, Axis::node, static_cast<std::uint8_t>(node_level_count), MetricKind::gauge},
    {Family::node_counts, Axis::node, static_cast<std::uint8_t>(node_count_count), MetricKind::counter},
}};
static_assert(
    [] {
        for (std::size_t i = 0; i < family_count; ++i) {
            if (static_cast<std::size_t>(family_shapes[i].family) != i) return false;
        }
        return true;
    }(),
    "the table is in the order of the families");
static_assert(static_cast<std::size_t>(Family::node_counts) + 1 == family_count);
static_assert(static_cast<std::size_t>(Family::node_levels) == static_family_count);
static_assert(ec2_results <= 64, "the columns of a metric are a mask of 64 bits");

}  // namespace eks::metric_table

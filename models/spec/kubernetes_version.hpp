// Which Kubernetes a cluster runs, and which of the behaviours that versions differ in follow from it.
// Questions are asked by name (`has_priorities()`), so that a rule's version stands in one place.
#pragma once

#include <cstdint>

namespace eks {

struct KubernetesVersion {
    std::int32_t minor = 36;  // of 1.x
    std::int32_t patch = 0;   // told apart in 1.10 alone

    friend constexpr bool operator==(const KubernetesVersion&, const KubernetesVersion&) = default;

    // The profile of 2018 (rules X); everything else is today's control plane.
    constexpr bool is_2018() const { return minor <= 10; }

    constexpr bool has_priorities_and_preemption() const { return !is_2018(); }
    constexpr bool has_event_driven_requeue() const { return !is_2018(); }              // X-1, SCHED-9
    constexpr bool pops_from_backoff() const { return minor >= 33; }                    // SCHED-3
    constexpr bool truncates_backoff_expiry() const { return minor >= 33; }             // SCHED-5
    constexpr bool samples_nodes() const { return !is_2018(); }                         // X-2, SCHED-25
    constexpr bool balanced_score_is_relative() const { return minor >= 36; }           // SCHED-55
    constexpr bool oversized_request_is_final() const { return minor >= 36; }           // SCHED-41
    constexpr bool breaks_ties_by_order() const { return minor == 35 || minor == 36; }  // SCHED-61
    constexpr bool has_scaling_tolerances() const { return minor >= 35; }               // HPA-12
    constexpr bool scales_to_zero() const { return minor >= 37; }                       // HPA-2
    constexpr bool looks_at_new_scalers_at_once() const { return minor >= 37; }         // HPA-1
    constexpr bool cron_jobs_are_polled() const { return minor < 21; }
    constexpr bool batches_job_syncs() const { return !is_2018(); }                     // JOB-2
    constexpr bool counts_no_job_failures() const { return is_2018() && patch < 5; }
    constexpr bool daemon_sets_bind_themselves() const { return minor < 12; }
    constexpr bool reserves_for_kubelet() const { return !is_2018(); }                  // X-5, KUBELET-23
    constexpr bool has_leases_and_taints_by_condition() const { return !is_2018(); }
    constexpr bool waits_longer_for_silent_nodes() const { return minor >= 32; }        // NODE-2
    constexpr bool shuts_nodes_down_gracefully() const { return minor >= 34; }          // NODE-7
    constexpr bool has_fast_kubelet_client() const { return minor >= 27; }              // KUBELET-13
    constexpr bool has_kubelet_client_of_eks() const { return minor >= 22; }            // KUBELET-13
};

}  // namespace eks

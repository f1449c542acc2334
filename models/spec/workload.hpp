// Who makes pods, how many, and when: the controllers' objects of a scenario.
#pragma once

#include "libsim/time.hpp"
#include "models/spec/cron_schedule.hpp"
#include "models/spec/failure_policy.hpp"
#include "models/spec/indices.hpp"
#include "models/spec/pods_or_percent.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace eks {

enum class WorkloadKind : std::uint8_t {
    deployment,
    replica_set,
    stateful_set,
    daemon_set,
    job,
    cron_job,
    pod,
    scaled_job,  // KEDA's: Jobs are made of it as its triggers ask for them (KEDA-20)
};

// "Deployment", "ReplicaSet", … as in the objects' `kind`.
constexpr const char* kind_name(WorkloadKind kind);

// One rule of a Job's successPolicy: so many of these indexes have succeeded.
struct SuccessRule {
    std::vector<std::int32_t> indexes;  // sorted; empty: all
    bool has_count = false;             // else every one of them has to
    std::int32_t count = 0;
    friend bool operator==(const SuccessRule&, const SuccessRule&) = default;
};

struct JobSpec {
    std::int32_t parallelism = 1;
    std::int32_t completions = 1;
    bool is_work_queue = false;  // completions unset while parallelism is set: JOB-1
    std::int32_t backoff_limit = 6;
    bool is_indexed = false;  // JOB-9
    bool has_limit_per_index = false;
    std::int32_t limit_per_index = 0;
    bool has_most_failed_indexes = false;
    std::int32_t most_failed_indexes = 0;
    bool has_failure_policy = false;  // JOB-8
    std::vector<FailureRule> failure_rules;
    bool replaces_failed_only = false;       // podReplacementPolicy Failed
    std::vector<SuccessRule> success_rules;  // one of them is enough
    bool suspended = false;
    bool has_active_deadline = false;
    sim::Duration active_deadline;  // JOB-7
    bool has_ttl = false;
    sim::Duration ttl_after_finished;  // JOB-11
    friend bool operator==(const JobSpec&, const JobSpec&) = default;
};

enum class ConcurrencyPolicy : std::uint8_t { allow, forbid, replace };

struct CronJobSpec {
    CronSchedule schedule;
    std::int32_t zone = -1;  // index into Spec::time_zones; -1 is UTC (CRON-4)
    ConcurrencyPolicy concurrency = ConcurrencyPolicy::allow;
    bool suspended = false;
    bool has_starting_deadline = false;
    sim::Duration starting_deadline;
    std::int32_t successful_history = 3;
    std::int32_t failed_history = 1;
    friend bool operator==(const CronJobSpec&, const CronJobSpec&) = default;
};

struct RolloutSpec {
    // Of a Deployment's replicas (DEPLOY-1), or of the nodes that a DaemonSet runs on (DS-4), as many as there are
    // then.
    PodsOrPercent max_surge;
    PodsOrPercent max_unavailable;
    bool recreates = false;      // of a Deployment: the strategy Recreate (DEPLOY-4)
    bool on_delete = false;      // of a DaemonSet or StatefulSet: pods are replaced by hand alone
    std::int32_t partition = 0;  // of a StatefulSet: lower places keep the template that they have (STS-2)
    std::int32_t history = 10;   // of a Deployment: old ReplicaSets that are kept
    sim::Duration progress_deadline = sim::Duration::seconds(600);  // DEPLOY-5
    sim::Duration min_ready;                                        // KUBELET-40
    friend bool operator==(const RolloutSpec&, const RolloutSpec&) = default;
};

struct Workload {
    WorkloadKind kind = WorkloadKind::deployment;
    std::string namespace_name;
    std::string name;
    // A number made of kind, namespace and name alone: the owner in the keys of random draws, so that adding another
    // workload leaves this one's draws as they were.
    std::uint64_t stable_key = 0;
    TemplateIx pod_template;

    std::int32_t replicas = 1;  // Deployment, ReplicaSet, StatefulSet; a bare pod is 1
    RolloutSpec rollout;
    JobSpec job;  // Job, and the Jobs of a CronJob or ScaledJob
    CronJobSpec cron;
    bool starts_in_order = false;  // StatefulSet with OrderedReady, STS-1
    bool is_addon = false;         // installed by EKS, not by the scenario's manifests
    std::string place;             // path:line:column of the object, for messages

    // Selectors of Services, ReplicaSets and StatefulSets that match the pod template (SCHED-60, X-4): the pods of
    // which other workloads count as "the same" when pods are spread. Empty: the pod is spread by nothing.
    std::vector<WorkloadIx> spread_with;

    friend bool operator==(const Workload&, const Workload&) = default;
};

// Its pods belong to Jobs that are made when something asks for them.
constexpr bool makes_jobs(WorkloadKind kind) {
    return kind == WorkloadKind::cron_job || kind == WorkloadKind::scaled_job;
}
constexpr bool has_jobs(WorkloadKind kind) { return kind == WorkloadKind::job || makes_jobs(kind); }

constexpr const char* kind_name(WorkloadKind kind) {
    switch (kind) {
        case WorkloadKind::deployment: return "Deployment";
        case WorkloadKind::replica_set: return "ReplicaSet";
        case WorkloadKind::stateful_set: return "StatefulSet";
        case WorkloadKind::daemon_set: return "DaemonSet";
        case WorkloadKind::job: return "Job";
        case WorkloadKind::cron_job: return "CronJob";
        case WorkloadKind::pod: return "Pod";
        case WorkloadKind::scaled_job: return "ScaledJob";
    }
    return "";
}

}  // namespace eks

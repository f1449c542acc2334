"""What the decision calls about autoscalers take and answer: the documentation of `ekssim.decisions.hpa_replicas` and
the like, as `help()` shows it."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS = {
    "hpa_replicas": """What one metric of a HorizontalPodAutoscaler proposes.

hpa_replicas(now, metric, reading, pods, spec_replicas, status_replicas, options, behavior=None)

metric    one item of `spec.metrics` of autoscaling/v2: Resource, ContainerResource, Pods, Object or External
reading   what the metrics API answers: {"samples": {pod: {"value_milli", "timestamp", "window_s"}}} for metrics of
          pods, {"value_milli"} of an object, {"values_milli": [...]} from outside, {"error": True} where it fails.
          Values are thousandths: of a core, of a byte, of the metric's unit
pods      all Pods that the selector matches
options   flags of the controller: tolerance (0.1), cpu_initialization_period_s (300), initial_readiness_delay_s (30)
behavior  of it only scaleUp.tolerance and scaleDown.tolerance matter

Answers {"replicas", "current"}, where `current` is what the HPA's status shows (averageUtilization,
averageValue_milli or value_milli), or {"error"}: metrics_unavailable, no_pods, no_usable_samples, missing_request,
container_not_found or zero_requests. Source: Kubernetes 1.37, pkg/controller/podautoscaler/replica_calculator.go.
""",
    "hpa_decide": """One reconcile of a HorizontalPodAutoscaler: what it makes of all its metrics.

hpa_decide(now, hpa, scale, pods, readings, state, options, other_hpa_selects_same_pods=False)

hpa       the object as it was written; what it leaves open has the API's defaults
scale     {"spec_replicas", "status_replicas"} of its target
readings  one for each metric, as for hpa_replicas
state     the controller's memory: {"recommendations": [{"replicas", "at"}] or None,
          "scale_up_events": [{"change", "at"}], "scale_down_events"}, in the order of storage
options   as for hpa_replicas, and downscale_stabilization_s (300)

Answers {"desired_replicas", "rescaled", "conditions": {type: [status, reason]}, "state"}, and "error" where a metric
gave no proposal (the first such, also where scaling goes on without it) or the selector is ambiguous. The state goes
into the next call. Source: Kubernetes 1.37, pkg/controller/podautoscaler/horizontal.go.
""",
    "vpa_recommend": """What a VerticalPodAutoscaler's recommender has learnt of samples, with its default settings.

vpa_recommend(containers)

containers  [{"name", "memory_requests_bytes": [one for each instance], "samples": [[t, instance, kind, value], ...]}]
            of one pod; t in seconds since 1970, kind "cpu" (millicores), "mem" (bytes) or "oom" (no value).
            Samples are taken in the order of the list

Answers {name: {"target", "lower_bound", "upper_bound"}}, each {"cpu_milli", "memory_bytes"}; an upper bound of 10^14
means that it is not known yet. Source: vertical-pod-autoscaler 1.8, pkg/recommender.
""",
    "keda_scaled_job": """How many Jobs one poll of a KEDA ScaledJob starts.

keda_scaled_job(spec, triggers, running_jobs, pending_jobs)

spec      of the ScaledJob: minReplicaCount, maxReplicaCount, scalingStrategy
triggers  [{"value_milli", "target_milli", "active"}], in their order

Answers {"active", "scale_to", "max_scale", "effective_scale_to", "effective_max", "creates"}: the queue length and the
Jobs it wants, both after the strategy, and the Jobs it creates: the smaller of these two if any trigger is active, or
what is missing to minReplicaCount where fewer run, in which case KEDA does not ask the strategy. Source: KEDA 2.20,
pkg/scaling/scaledjob and pkg/scaling/executor/scale_jobs.go.
""",
}

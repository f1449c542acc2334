"""What the decision calls about autoscalers and data paths take and answer: the documentation of
`ekssim.decisions.hpa_replicas` and the like, as `help()` shows it."""

from __future__ import annotations

__all__ = ["TEXTS"]

TEXTS = {
    "fleet": """The cheapest nodes that hold a mix of workloads, and a proof of how much cheaper any could be at most.

fleet(workloads, types, effort=1)

workloads  [{"name", "cpu_milli", "memory_mib", "replicas"}]: what one pod requests, and how many there are
types      [{"name", "cpu_milli", "memory_mib", "max_pods", "price_usd_per_hour"}]: what a node has for pods
effort     how much work goes into it: 1 is about a second on one core for 60 workloads, 700 pods and 1,000 types

Answers {"cost_usd_per_hour", "lower_bound_usd_per_hour", "nodes": [{"type", "pods": {workload: count}}]}; no fleet that
holds the pods costs less than the bound. The same arguments give the same nodes everywhere. A workload that fits on no
type raises InputError.
""",
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
    "path_cost": """What a connection costs on its way, node by node, and how long it takes.

path_cost(mode, services=1, endpoints=1, route="cross-node", ...)

mode       none, iptables-legacy, iptables-nft, nftables, ipvs, ebpf-legacy or ebpf-hostrouting
           of eBPF: socket_lb (True), chained (False), hubble ("off", "aggregated", "every-packet"), rules_kind (of
           which kind rules of kube-proxy are that are still there: "iptables-legacy")
           kube_proxy_rules ("live", with eBPF "absent"; "frozen"), masquerade ("none", "iptables", "ebpf")
services   service ports on the node; endpoints: of each; comments: whether the rules carry comments (only up to 1000
           endpoints in all, as kube-proxy has it); position: of the Service among the rules (in the middle)
route      "same-node", "cross-node", "ip-target", "instance-target" (with local_share: of the endpoints those on the
           node that the load balancer chose) or "egress"; to_service (True between pods)
protocol ("tcp", "udp"), requests_per_connection (1), request_bytes, answer_bytes, life_seconds (0)
layer7     "none", "node-proxy", "ingress-proxy", "one-sidecar", "two-sidecars" or "ztunnel"; proxy "envoy" or "lean"
cores (1), load (0, of each node, below 1), cross_zone (False), balancer_ms (0: no default is claimed)
coefficients  {name: value} of the model's numbers, of which a wrong name lists all; machine: how many times as long
           CPU work takes as on the machine of the measurements (1)

Answers {"connection_us", "request_us"}, CPU time of all nodes for a connection with one request and for one more, each
{"low", "value", "high"} over the ranges of the numbers; "scan_ns_per_service"; "visits": [{"node", "share", "scanned",
"connection_us", "connection": {part: us}, "request_us", "request"}]; "connect_ms" and "request_ms" {"mean", "p90",
"p99", "nodes", "layer7", "network", "balancer"}; "connections_per_second_max" with all their requests, and the node
that "binds".

Measured on one kernel and machine; Envoy, IPVS and EC2's network are published or guessed. Two publications contradict
each other about short connections with few Services: one finds Cilium 2.2 times slower than kube-proxy, the other 1.5
times faster. The model agrees with the second in sign; behind another CNI the number x_chain, from 1 to 15, says which.
Measure your own before you trust an absolute comparison.
""",
    "rule_sync": """How long a change of endpoints takes to reach the kernel of a node, and what is wrong until then.

rule_sync(mode, services=1, endpoints=1, changed=1, removed=0, ...)

mode, services, endpoints, comments, coefficients, machine   as for path_cost
changed    services with changes in one sync; removed: endpoints that one Service has lost
listing    of nftables: "none", "chains" or "whole-table" (kube-proxy 1.36); min_sync_period_seconds (1; 0 with eBPF)

Answers {"entries" (rules, elements or map entries), "first_seconds" (a new node's first sync, until which its Services
are dead), "full_seconds" (everything anew in a table that is full), "changed_seconds", "listing_seconds" (within both),
"lag_seconds": {"lone", "mean", "most"} (nothing else has changed lately; syncs follow each other),
"lag_after_full_seconds" (a full sync was in the way), "share_of_a_core", "share_of_a_core_in_full", "stale_share" (of
new connections to that Service that go to removed endpoints until then), "may_reach_wrong_pod" (the lag can outlast the
30 s that the VPC CNI lets addresses rest)}.
""",
    "conntrack_fill": """How full a table of connections gets, when, and what becomes of new ones.

conntrack_fill(connections_per_second, life_seconds=0, ending="closed", table="conntrack", ...)

table      "conntrack", "bpf" (evicts what was quiet longest), "ec2" or "ec2-nitro6" (outside the guest)
limit      entries; else for conntrack cores (kube-proxy: 131072 or 32768 a core), for bpf memory_gib (Cilium's chart)
ending     "closed", "reset", "abandoned" (until the idle timeout), of protocol "udp" "udp" or "udp-stream";
           hold_seconds instead of life_seconds and ending: how long a connection keeps its entry in all
standing   entries of connections that stay; unanswered_per_second: connections that never see a reply
five_tuples  sources times ports, where that many are all there are
bpf        mean_gap_seconds between packets of open flows (exponential), socket_lb

Answers {"limit", "hold_seconds", "entries" (in the long run, without the limit)} and, for conntrack and EC2,
{"connections_per_second_max", "full_at_seconds", "refuses_at_seconds" (entries that have seen replies fill it; others
give way), "recovers_at_seconds", "success_while_full", "success_later"}; None where it does not come to that. For bpf
{"evicted_after_seconds" (an entry unused for so long goes), "hurt_share" of open flows}.
""",
    "connection_capacity": """What a node spends on its network, and which limit breaks first at which multiple of its
traffic.

connection_capacity(mode, classes, services=1, endpoints=1, instance_type=None, ...)

mode ... masquerade, services, endpoints, comments, coefficients, machine   as for path_cost; these endpoints make rules
classes    [{"role": "client", "server", "both", "entry" (instance targets come in here) or "egress",
           "connections_per_second", "endpoints" (of its Service), "to_service", "ending" (as for conntrack_fill),
           "five_tuples", "local_share" (of entry: of its connections, those for its own pods), "destination" (of
           egress: a name for each address and port; its source ports go by protocol), "layer7",
           "proxy"}] and what path_cost takes of a connection
instance_type   says cores, memory_gib and the baseline bandwidth; each may be given instead or beside it
application_cores (0), resolver_packets_per_second (of the ENI that asks most)
limits     conntrack_limit (kube-proxy's), bpf_map_limit (by memory_gib), lb_map_limit (65536), bytes_in_per_second,
           bytes_out_per_second; ec2_tracking_limit (with nitro6) and packets_per_second only if given: AWS publishes
           none. Packets count the segments of large messages: of 8949 bytes within a VPC and 1448 out of it
           (coefficients tcp_segment_vpc, tcp_segment_internet)

Answers {"network_cores", "cores_by_part": {part: cores}, "load", "limits": [{"limit", "used", "cap", "multiple"}],
"first" (of these, the one with the smallest multiple), "modes": {mode: {"network_cores", "load", "avoided_share" (of
today's cores; below 0 it takes more), "first"}}}. The multiple scales all classes and what applications use; None:
traffic alone never gets there; 0: broken whatever the traffic.
""",
}

"""Small questions with exact answers: the functions that the simulation decides with, on plain values and Kubernetes-
shaped dicts.

    ekssim.decisions.max_pods("m5.large", prefix_delegation=True)
    ekssim.decisions.cron_next(schedule="*/5 * * * *", after="2026-03-29T00:00:00Z")

What a controller does next is asked with objects as `kubectl get -o json` shows them:

    >>> import ekssim
    >>> def template(image): return {"spec": {"containers": [{"name": "web", "image": image}]}}
    >>> rollout = ekssim.decisions.rolling_update(
    ...     deployment={"spec": {"replicas": 4, "template": template("web:2")}},
    ...     replica_sets=[{"metadata": {"name": "web-a"}, "spec": {"replicas": 4, "template": template("web:1")},
    ...                    "status": {"replicas": 4, "availableReplicas": 4}}])
    >>> rollout["act"], rollout["sizes"]
    ('creates and scales down', {'web-a': 3, '(new)': 1})
    >>> [sizes["(new)"] for sizes in rollout["sequence"]]
    [2, 2, 4, 4]
    >>> ekssim.decisions.delete_order(
    ...     pods=[{"metadata": {"name": "up"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Running"}},
    ...           {"metadata": {"name": "new"}, "status": {"phase": "Pending"}}], now="2026-11-02T08:00:00Z")["order"]
    ['new', 'up']
    >>> demand = {"type": "External", "external": {"metric": {"name": "queue"},
    ...           "target": {"type": "AverageValue", "averageValue": "10"}}}
    >>> decided = ekssim.decisions.hpa_decide(
    ...     now="2026-11-02T08:00:00Z", hpa={"spec": {"maxReplicas": 20, "metrics": [demand]}},
    ...     scale={"spec_replicas": 3, "status_replicas": 3}, pods=[], readings=[{"values_milli": [95_000]}], state={})
    >>> decided["desired_replicas"], decided["conditions"]["ScalingLimited"]
    (6, ['True', 'ScaleUpLimit'])
    >>> ekssim.decisions.job_progress(job={"spec": {"completions": 5, "parallelism": 2}}, pods=[],
    ...                               now="2026-11-02T08:00:00Z")["creates"]
    2

What Cluster Autoscaler 1.36 decides, by Nodes and Pods: `ca_estimate(pod_groups=[{"pod", "count"}], node_template,
template_pods, nodes, pods, max_nodes, fastpath)` how many nodes of a group are needed;
`ca_expand(options=[{"node_group", "node_count", "pods"}], node_templates, expander=["priority", "least-waste"],
priority_config_map)` which groups are left to choose from;
`ca_utilization(node, pods, ignore_daemonsets, ignore_mirror_pods, gpu_resource, now)` how full a node is, as a share;
`ca_drainable(pod, now, controllers, pdbs, options)` why a node may not go:

    >>> ekssim.decisions.ca_drainable(pod={"metadata": {"name": "debug"}, "spec": {}}, now="2026-11-02T08:00:00Z")
    {'outcome': 'blocked', 'reason': 'NotReplicated'}

What Karpenter would buy for pods that wait (`karpenter_solve`), and which nodes it would do without
(`karpenter_consolidate`). Instance types are told as {"name", "labels": {key: [values]}, "capacity", "overhead",
"offerings": [{"zone", "capacity_type", "price", "available"}]}, prices in US dollars an hour; nodes as
{"node", "node_claim"}, each of which may be missing:

    >>> offering = {"zone": "eu-central-1a", "capacity_type": "spot", "price": 0.04, "available": True}
    >>> bought = ekssim.decisions.karpenter_solve(
    ...     pods=[{"metadata": {"name": "web", "uid": "1"},
    ...            "spec": {"containers": [{"name": "web", "resources": {"requests": {"cpu": "1"}}}]}}],
    ...     node_pools=[{"metadata": {"name": "default"}, "spec": {"template": {"spec": {"requirements": []}}}}],
    ...     instance_types=[{"name": "m5.large", "labels": {}, "capacity": {"cpu": "2", "memory": "8Gi", "pods": "29"},
    ...                      "overhead": {"cpu": "70m"}, "offerings": [offering]}],
    ...     nodes=[], bound_pods=[], daemon_pods=[], preference_policy="Respect", min_values_policy="Strict")
    >>> bought["claims"][0]["cheapest"], bought["unschedulable"]
    ({'instance_type': 'm5.large', 'price': 0.04}, {})

`karpenter_consolidate` takes `now` and `spot_to_spot` beside these, and answers with `candidates` in the order in which
they are tried, what becomes of each alone (`single`) and of the first of them together (`multi`).

What a connection costs by data path (`path_cost`), how late endpoints change on nodes (`rule_sync`), how tables of
connections fill (`conntrack_fill`), and which limit of a node breaks first (`connection_capacity`):

    >>> few, many = (ekssim.decisions.path_cost(mode="iptables-legacy", services=n) for n in (10, 20_000))
    >>> round(many["connection_us"]["value"] - few["connection_us"]["value"])
    358
    >>> fill = ekssim.decisions.conntrack_fill(connections_per_second=5000, limit=131_072)
    >>> round(fill["refuses_at_seconds"]), fill["recovers_at_seconds"], round(fill["success_later"], 2)
    (26, 120.0, 0.22)
    >>> ekssim.decisions.rule_sync(mode="iptables-nft", services=20_000, endpoints=2)["full_seconds"]
    110.4
    >>> node = ekssim.decisions.connection_capacity(
    ...     mode="nftables", instance_type="m5.large",
    ...     classes=[{"role": "egress", "connections_per_second": 600, "destination": "api"}])
    >>> node["first"]["limit"], round(node["first"]["multiple"], 2)
    ('source_ports', 0.9)

Each call has the name that `ekssim decide` takes. Arguments go by name, the instance type also first. InputError says
what is wrong with them. `help(ekssim.decisions.hpa_decide)` shows what such a call takes and answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ekssim import engine
from ekssim.decision_texts import TEXTS
from ekssim.diagnostics import Complaint
from ekssim.errors import InputError

__all__ = ["decide"]

_ZONE_PREFIX = re.compile(r"\s*(?:CRON_)?TZ=(\S+)")
# The calls whose first arguments everybody gives without a name, and what they are called.
_FIRST_ARGUMENTS = {
    "max_pods": ("instance_type",),
    "warm_pool": ("instance_type",),
    "eni_limits": ("instance_type",),
    "subnet_capacity": ("cidrs",),
    "fleet": ("workloads", "types"),
}


def decide(call: str, arguments: dict[str, Any]) -> Any:
    """Answers one decision call by name."""
    arguments = dict(arguments)
    zones = _zones(arguments)
    if zones and "zones" not in arguments:
        arguments["zones"] = zones
    answer = engine.call("decide", call, arguments)
    if isinstance(answer, dict) and answer.get("complaints"):
        raise InputError(engine.complaints_of(answer))
    if answer == {"error": True}:
        # The calls that have nothing to say about wrong arguments but that they are wrong.
        raise InputError([Complaint("EKS205", f"{call} has no answer for these arguments")])
    return answer


def _zones(arguments: dict[str, Any]) -> dict[str, Any]:
    """Tables of the zones that a schedule is read in, since the engine has no time zone database."""
    schedule, named = arguments.get("schedule"), arguments.get("time_zone")
    if not isinstance(schedule, str):
        return {}
    from ekssim import time_zones

    prefix = _ZONE_PREFIX.match(schedule)
    wanted = {prefix[1] if prefix else None, named if isinstance(named, str) else None}
    return {name: time_zones.table(name) for name in wanted if name and time_zones.is_known(name)}


def _named(name: str) -> Callable[..., Any]:
    def call(*positional: Any, **arguments: Any) -> Any:
        first = _FIRST_ARGUMENTS.get(name, ())
        if len(positional) > len(first):
            raise TypeError(f"{name}() takes its arguments by name")
        for argument, value in zip(first, positional, strict=False):
            if argument in arguments:
                raise TypeError(f"{name}() got {argument} twice")
            arguments[argument] = value
        return decide(name, arguments)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = TEXTS.get(name, f"The decision call `{name}`: see `ekssim decide {name}`.")
    return call


def __getattr__(name: str) -> Callable[..., Any]:
    if name.startswith("_"):
        raise AttributeError(name)
    return _named(name)

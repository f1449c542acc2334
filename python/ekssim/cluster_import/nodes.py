"""Nodes of a dump as node groups: nodes that nothing tells apart but their names form a group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from ekssim.cluster_import.dumps import Dumped
from ekssim.cluster_import.notes import Notes
from ekssim.cluster_import.quantities import amount

__all__ = ["Group", "NodeFound", "group_nodes", "look_at_node", "region_and_zones"]

_REGION_DEFAULT: Final = "us-east-1"
_ZONE = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d[a-z]$")
_TYPE_LABELS: Final = ("node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type")
_ZONE_LABELS: Final = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_MANAGED: Final = "eks.amazonaws.com/nodegroup"
_GROUP_LABELS: Final = (_MANAGED, "alpha.eksctl.io/nodegroup-name", "karpenter.sh/nodepool")
_SPOT_LABELS: Final = ("eks.amazonaws.com/capacityType", "karpenter.sh/capacity-type")
# What the model puts on a node itself, or what names one machine.
_MODELS_OWN: Final = (
    *_TYPE_LABELS,
    *_ZONE_LABELS,
    "eks.amazonaws.com/capacityType",
    "kubernetes.io/hostname",
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/region",
    "topology.k8s.aws/zone-id",
    "topology.ebs.csi.aws.com/zone",
    "alpha.eksctl.io/cluster-name",
    "alpha.eksctl.io/nodegroup-name",
    "alpha.eksctl.io/instance-id",
)
# Taints that say how a node is, and go with it.
_PASSING_TAINTS: Final = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "ToBeDeletedByClusterAutoscaler")
_ALLOCATABLE: Final = ("cpu", "memory", "ephemeral-storage", "pods", "nvidia.com/gpu")
# What follows from the instance type and from the settings of the CNI.
_FOLLOWING: Final = ("aws.amazon.com/neuron", "vpc.amazonaws.com/pod-eni")
# vCPU by size, for machines of which only the size is known: m5 has 4 GiB a vCPU.
_M5_SIZES: Final = {2: "large", 4: "xlarge", 8: "2xlarge", 16: "4xlarge", 32: "8xlarge", 48: "12xlarge", 64: "16xlarge"}
# Kernels and daemons leave the nodes of a type slightly different amounts.
_SAME_WITHIN: Final = Fraction(1, 100)


@dataclass(slots=True)
class NodeFound:
    name: str
    base: str
    is_managed: bool
    instance_type: str
    zone: str
    is_spot: bool
    labels: dict[str, str]
    taints: list[dict[str, str]]
    allocatable: dict[str, str]
    addresses: list[str]

    def kind(self) -> tuple[Any, ...]:
        """What nodes of a group have in common, but for the zone and small differences of size."""
        taints = tuple(tuple(sorted(taint.items())) for taint in self.taints)
        return (self.base, self.instance_type, self.is_spot, tuple(sorted(self.labels.items())), taints)


@dataclass(slots=True)
class Group:
    name: str
    zones: list[str]
    nodes: list[NodeFound] = field(default_factory=list)
    is_managed: bool = False

    def document(self) -> dict[str, Any]:
        first = self.nodes[0]
        count = len(self.nodes)
        group: dict[str, Any] = {
            "name": self.name,
            "instanceType": first.instance_type,
            "minSize": count,
            "desiredCapacity": count,
            "maxSize": count,
            "availabilityZones": self.zones,
            "privateNetworking": True,
        }
        labels = dict(first.labels)
        if self.is_managed:
            labels.pop(_MANAGED, None)
        if first.is_spot:
            group["spot"] = True
        if labels:
            group["labels"] = labels
        if first.taints:
            group["taints"] = first.taints
        allocatable = {}
        for key in _kinds_offered(self.nodes):
            known = [node.allocatable[key] for node in self.nodes if key in node.allocatable]
            if known:
                least = min(known, key=lambda text: amount(text) or 0)
                allocatable[key] = int(least) if key == "pods" else least
        if allocatable:
            group["allocatable"] = allocatable
        return group


def _is_kept(key: str) -> bool:
    """The kinds that a node group's `allocatable` takes: the usual ones, and extended resources of any vendor."""
    domain, slash, _ = key.partition("/")
    return key in _ALLOCATABLE or bool(slash and not domain.endswith("kubernetes.io") and key not in _FOLLOWING)


def _kinds_offered(nodes: Sequence[NodeFound]) -> list[str]:
    others = {key for node in nodes for key in node.allocatable if key not in _ALLOCATABLE}
    return [*_ALLOCATABLE, *sorted(others)]


def _first(labels: dict[str, Any], keys: Sequence[str]) -> str:
    return next((str(labels[key]) for key in keys if labels.get(key)), "")


def look_at_node(node: Dumped, notes: Notes) -> NodeFound:
    labels = {
        str(key): str(value if value is not None else "") for key, value in (node.metadata.get("labels") or {}).items()
    }
    status, spec = node.section("status"), node.section("spec")
    offered = status.get("allocatable") or status.get("capacity") or {}
    allocatable = {key: str(offered[key]) for key in sorted(offered) if _is_kept(key) and amount(offered[key])}
    unknown = [
        key
        for key in offered
        if not _is_kept(key) and key not in _FOLLOWING and amount(offered[key]) and not key.startswith("hugepages")
    ]
    for key in unknown:
        notes.leave_out(f"resource {key} of nodes", node.name)
    instance_type = _first(labels, _TYPE_LABELS)
    if not instance_type or "." not in instance_type:
        instance_type = _type_for(allocatable)
        notes.assume(f"nodes without an instance type are {instance_type}, with the allocatable of the dump")
    taints = []
    for taint in spec.get("taints") or []:
        if str(taint.get("key", "")).startswith(_PASSING_TAINTS):
            notes.leave_out(f"taint {taint.get('key')}, which says how a node was at that moment", node.name)
        else:
            taints.append({key: str(taint[key]) for key in ("key", "value", "effect") if taint.get(key) is not None})
    if spec.get("unschedulable"):
        notes.leave_out("that a node is cordoned", node.name)
    zone = _first(labels, _ZONE_LABELS)
    return NodeFound(
        name=node.name,
        base=_first(labels, _GROUP_LABELS) or "nodes",
        is_managed=_MANAGED in labels,
        instance_type=instance_type,
        zone=zone if _ZONE.match(zone) else "",
        is_spot=_first(labels, _SPOT_LABELS).lower() == "spot",
        labels={key: value for key, value in labels.items() if key not in _MODELS_OWN},
        taints=taints,
        allocatable=allocatable,
        addresses=[one["address"] for one in status.get("addresses") or [] if one.get("type") == "InternalIP"],
    )


def _type_for(allocatable: dict[str, str]) -> str:
    cpu = amount(allocatable.get("cpu", 0)) or 0
    memory = amount(allocatable.get("memory", 0)) or 0
    needed = max(cpu, memory / (4 * 2**30))
    size = next((name for vcpus, name in _M5_SIZES.items() if vcpus >= needed), "24xlarge")
    return f"m5.{size}"


def region_and_zones(nodes: Sequence[NodeFound], notes: Notes) -> tuple[str, list[str]]:
    """Fills in zones that nobody named."""
    regions = Counter(node.zone[:-1] for node in nodes if node.zone)
    region = regions.most_common(1)[0][0] if regions else _REGION_DEFAULT
    if not regions:
        notes.assume(f"the region is {region}: no node names a zone of AWS")
    for node in nodes:
        if node.zone[:-1] == region:
            continue
        notes.assume(f"nodes without a zone of the region are in {region}a")
        node.zone = f"{region}a"
    return region, sorted({node.zone for node in nodes})


def group_nodes(nodes: Sequence[NodeFound], notes: Notes) -> list[Group]:
    kinds: dict[tuple[Any, ...], list[NodeFound]] = {}
    for node in sorted(nodes, key=lambda one: one.name):
        kinds.setdefault(node.kind(), []).append(node)
    same_size = [part for kind in kinds.values() for part in _of_one_size(kind, notes)]
    parts = [part for kind in same_size for part in _of_one_spread(kind)]
    times = Counter(part[0][0].base for part in parts)
    groups: list[Group] = []
    taken: set[str] = set()
    for members, zones in parts:
        base = members[0].base
        is_alone = times[base] == 1
        name, number = (base, 1) if is_alone else (f"{base}-1", 1)
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        is_managed = members[0].is_managed and is_alone
        if members[0].is_managed and not is_managed:
            notes.assume(
                f"{base} is several groups of unmanaged nodes, for its nodes differ or lie unevenly in its zones"
            )
        groups.append(Group(name, zones, members, is_managed))
    return groups


def _of_one_size(nodes: list[NodeFound], notes: Notes) -> list[list[NodeFound]]:
    """Nodes whose allocatable is nearly the same count as equal; else each amount is a group."""
    for key in _kinds_offered(nodes):
        amounts = [amount(node.allocatable.get(key, 0)) or Fraction(0) for node in nodes]
        least, most = min(amounts), max(amounts)
        if most - least > most * (_SAME_WITHIN if key in ("memory", "ephemeral-storage") else 0):
            sizes: dict[tuple[Any, ...], list[NodeFound]] = {}
            for node in nodes:
                sizes.setdefault(tuple(sorted(node.allocatable.items())), []).append(node)
            return list(sizes.values())
        if most > least:
            notes.assume(f"nodes of {nodes[0].base} have the least {key} of any of them (they differ by under 1%)")
    return [nodes]


def _of_one_spread(nodes: list[NodeFound]) -> list[tuple[list[NodeFound], list[str]]]:
    """A group's nodes go round its zones; where they lie otherwise, each zone is a group."""
    by_zone: dict[str, list[NodeFound]] = {}
    for node in nodes:
        by_zone.setdefault(node.zone, []).append(node)
    zones = sorted(by_zone, key=lambda zone: (-len(by_zone[zone]), zone))
    if len(by_zone[zones[0]]) - len(by_zone[zones[-1]]) > 1:
        return [(by_zone[zone], [zone]) for zone in sorted(by_zone)]
    rounds = range(len(by_zone[zones[0]]))
    return [([by_zone[zone][n] for n in rounds for zone in zones if n < len(by_zone[zone])], zones)]

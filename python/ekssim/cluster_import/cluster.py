"""The dump as a whole: cluster, objects and places, and how they are written down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ekssim.cluster_import.dumps import Dumped, read_dumps
from ekssim.cluster_import.nodes import Group, NodeFound, group_nodes, look_at_node, region_and_zones
from ekssim.cluster_import.notes import Notes
from ekssim.cluster_import.subnets import vpc_of
from ekssim.cluster_import.workloads import kept_objects, places_of_pods
from ekssim.diagnostics import Complaint, Place, show_file
from ekssim.errors import InputError

__all__ = ["Found", "read_cluster", "to_document", "to_yaml"]

_VERSION_DEFAULT: Final = "1.33"
_VERSION = re.compile(r"^v?1\.(\d+)")


@dataclass(slots=True)
class Found:
    """What was found: the scenario, the objects that belong to it, and where each node of the dump went."""

    scenario: dict[str, Any]
    objects: list[dict[str, Any]]
    node_of: dict[str, str]  # the dump's name to "group/position"
    notes: Notes
    warnings: list[Complaint]


def read_cluster(paths: Sequence[Path]) -> Found:
    """Raises InputError with every complaint about the dumps."""
    objects, complaints = read_dumps(paths)
    dumped = [one for one in objects if one.kind == "Node"]
    if not dumped and not any(one.is_error for one in complaints):
        message = "the dumps hold no Node, so there is nothing to place pods on"
        place = Place(show_file(paths[0])) if paths else None
        hint = "kubectl get nodes,pods,deployments,… -A -o json has them"
        complaints.append(Complaint("EKS026", message, hint, place=place))
    if any(one.is_error for one in complaints):
        raise InputError(complaints)
    notes = Notes()
    nodes = [look_at_node(node, notes) for node in dumped]
    region, zones = region_and_zones(nodes, notes)
    groups = group_nodes(nodes, notes)
    node_of = {node.name: f"{group.name}/{n}" for group in groups for n, node in enumerate(group.nodes)}
    places = places_of_pods(objects, node_of, notes)
    kept = kept_objects(objects, notes)
    scenario = {
        "apiVersion": "ekssim.dev/v1alpha1",
        "kind": "Scenario",
        "metadata": {"name": "imported", "description": "A cluster as it was found"},
        "cluster": {
            "metadata": {"name": "imported", "region": region, "version": _version(dumped, notes)},
            "vpc": vpc_of(_addresses(objects, nodes, zones), notes),
            **_groups(groups),
        },
        "manifests": ["here"] if kept else [],
        "run": {
            "for": "1h",
            "seed": 1,
            "placed": [
                {"node": node_of[name], "pods": dict(sorted(pods.items()))} for name, pods in places.items() if pods
            ],
        },
    }
    return Found(scenario, kept, node_of, notes, complaints)


def _groups(groups: Sequence[Group]) -> dict[str, Any]:
    sections = {"managedNodeGroups": True, "nodeGroups": False}
    found = {
        key: [one.document() for one in groups if one.is_managed == is_managed] for key, is_managed in sections.items()
    }
    return {key: listed for key, listed in found.items() if listed}


def _version(nodes: Sequence[Dumped], notes: Notes) -> str:
    for node in nodes:
        version = _VERSION.match(str((node.section("status").get("nodeInfo") or {}).get("kubeletVersion", "")))
        if version is not None:
            return f"1.{version[1]}"
    notes.assume(f"Kubernetes {_VERSION_DEFAULT}: no node says which it runs")
    return _VERSION_DEFAULT


def _addresses(objects: Sequence[Dumped], nodes: Sequence[NodeFound], zones: Sequence[str]) -> dict[str, list[str]]:
    zone_of = {node.name: node.zone for node in nodes}
    addresses: dict[str, list[str]] = {zone: [] for zone in zones}
    for node in nodes:
        addresses[node.zone] += node.addresses
    for pod in objects:
        zone = zone_of.get(pod.section("spec").get("nodeName", ""))
        if pod.kind == "Pod" and zone is not None:
            addresses[zone] += [one["ip"] for one in pod.section("status").get("podIPs") or [] if "ip" in one]
    return addresses


def to_document(found: Found) -> dict[str, Any]:
    """The scenario in one piece, its objects inside."""
    return {**found.scenario, "manifests": found.objects}


def to_yaml(found: Found) -> str:
    import yaml

    def written(value: Any) -> str:
        text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
        return text

    lines = ["# A cluster as kubectl showed it, as a scenario that starts from there."]
    for head, told in (("Assumed", found.notes.assumed), ("Left out", found.notes.left_out)):
        if told:
            lines += ["#", f"# {head}:", *(f"# - {one}" for one in told)]
    lines += ["#", "# Nodes:", *(f"# {place}: {name}" for name, place in found.node_of.items())]
    return "\n".join(lines) + "\n" + "---\n".join([written(found.scenario), *(written(one) for one in found.objects)])

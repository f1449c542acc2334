"""Workloads of a dump: what is written down, and where the pods of each stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from ekssim.cluster_import.dumps import Dumped
from ekssim.cluster_import.notes import Notes

__all__ = ["Places", "kept_objects", "places_of_pods"]

# By node: pods of each workload, or the ordinals of a StatefulSet's.
Places = dict[str, dict[str, int | list[int]]]

# What a run makes by itself, or what says only how things were.
_MADE_BY_THE_RUN: Final = frozenset(("Event", "Endpoints", "EndpointSlice", "Lease", "ControllerRevision", "Node"))
_NEVER_WRITTEN: Final = frozenset(("Secret",))
_METADATA_KEPT: Final = ("name", "namespace", "labels", "annotations")
_ANNOTATIONS_DROPPED: Final = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")
_PLACED_KINDS: Final = frozenset(("Deployment", "ReplicaSet", "StatefulSet", "Pod"))
_HASH = re.compile(r"-[a-z0-9]{1,10}$")
_ORDINAL = re.compile(r"-(\d+)$")


class _Owners:
    """From an object to the workload that a scenario holds for it."""

    def __init__(self, objects: Sequence[Dumped]) -> None:
        self.by_title = {one.title: one for one in objects}

    def workload_of(self, one: Dumped) -> Dumped | None:
        """The object that nobody controls, up the chain; nothing where the dump does not hold it."""
        seen = set()
        while (owner := one.controller) is not None and one.title not in seen:
            seen.add(one.title)
            kind, name = str(owner.get("kind")), str(owner.get("name"))
            above = self.by_title.get(f"{kind}/{one.namespace}/{name}")
            if above is None and kind == "ReplicaSet":
                # Dumps of pods and Deployments alone: the name of a ReplicaSet is its Deployment's and a hash.
                above = self.by_title.get(f"Deployment/{one.namespace}/{_HASH.sub('', name)}")
            if above is None:
                return None
            one = above
        return one


def kept_objects(objects: Sequence[Dumped], notes: Notes) -> list[dict[str, Any]]:
    owners = _Owners(objects)
    kept = []
    for one in objects:
        if one.kind in _NEVER_WRITTEN:
            notes.leave_out("Secrets, which no model reads", one.title)
        elif one.kind in _MADE_BY_THE_RUN:
            continue
        elif one.kind == "Pod":
            if _stands_alone(one, owners) and _is_alive(one):
                kept.append(_cleaned(one))
        elif one.controller is not None and owners.workload_of(one) is not None:
            if one.kind == "Job" and not _has_ended(one):
                notes.leave_out("Jobs under way, which their CronJob starts anew at its next tick", one.title)
        elif one.kind == "Job" and _has_ended(one):
            notes.leave_out("Jobs that have ended", one.title)
        else:
            kept.append(_cleaned(one))
    return kept


def _stands_alone(pod: Dumped, owners: _Owners) -> bool:
    return pod.controller is None or owners.workload_of(pod) is None


def _has_ended(job: Dumped) -> bool:
    """A Job that has failed has no completionTime, only the condition."""
    conditions = job.section("status").get("conditions") or []
    return bool(job.section("status").get("completionTime")) or any(
        one.get("type") in ("Complete", "Failed") and one.get("status") == "True" for one in conditions
    )


def _is_alive(pod: Dumped) -> bool:
    return (
        pod.section("status").get("phase") not in ("Succeeded", "Failed")
        and pod.metadata.get("deletionTimestamp") is None
    )


def _cleaned(one: Dumped) -> dict[str, Any]:
    value = deepcopy(one.value)
    value.pop("status", None)
    metadata = {key: value["metadata"][key] for key in _METADATA_KEPT if value["metadata"].get(key) is not None}
    annotations = {
        key: text for key, text in (metadata.pop("annotations", None) or {}).items() if key not in _ANNOTATIONS_DROPPED
    }
    if annotations:
        metadata["annotations"] = annotations
    if one.namespace:
        metadata["namespace"] = one.namespace
    value["metadata"] = metadata
    if one.kind == "Pod":
        value["spec"] = {key: part for key, part in one.section("spec").items() if key != "nodeName"}
    return value


def places_of_pods(objects: Sequence[Dumped], nodes: Mapping[str, Any], notes: Notes) -> Places:
    owners = _Owners(objects)
    places: Places = {name: {} for name in nodes}
    placed: Counter[str] = Counter()
    for pod in objects:
        if pod.kind != "Pod":
            continue
        node = pod.section("spec").get("nodeName")
        if not _is_alive(pod):
            notes.leave_out("pods that have ended or are being deleted", pod.title)
            continue
        workload = owners.workload_of(pod)
        if workload is None:
            owner = pod.controller or {}
            if owner.get("kind") != "Node":
                notes.assume(f"pods of {owner.get('kind')} without their owner in the dump are pods of their own")
            workload = pod
        if workload.kind not in _PLACED_KINDS:
            if workload.kind == "Job":
                notes.leave_out("pods of Jobs, which begin with the run", pod.title)
            continue
        if not node:
            continue
        if node not in nodes:
            notes.leave_out(f"that pods stand on {node}, a node that is not in the dump", pod.title)
            continue
        if not _is_ready(pod):
            notes.assume(f"{pod.title} is ready where it stands; it was not in the dump")
        placed[workload.title] += 1
        if workload.kind != "Pod" and placed[workload.title] > _replicas(workload):
            notes.leave_out("pods beyond the replicas of their workload", pod.title)
            continue
        if workload.kind == "StatefulSet":
            ordinal = _ORDINAL.search(pod.name)
            if ordinal is not None and int(ordinal[1]) < _replicas(workload):
                ordinals = places[node].setdefault(workload.title, [])
                assert isinstance(ordinals, list)
                ordinals.append(int(ordinal[1]))
            continue
        count = places[node].get(workload.title, 0)
        assert isinstance(count, int)
        places[node][workload.title] = count + 1
    return places


def _replicas(workload: Dumped) -> int:
    replicas = workload.section("spec").get("replicas")
    return replicas if isinstance(replicas, int) else 1


def _is_ready(pod: Dumped) -> bool:
    status = pod.section("status")
    conditions = status.get("conditions") or []
    ready = next((one.get("status") for one in conditions if one.get("type") == "Ready"), None)
    return ready in (None, "True")

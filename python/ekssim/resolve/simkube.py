"""`{simkubeTrace: FILE}` among the manifests: a trace that SimKube recorded, read as it is.

A trace (format 2, MessagePack) holds events, each with a time in seconds, objects that were applied and objects that
were deleted; its offsets count from the first event. Each object becomes a manifest, each apply and delete an entry of
the timeline at its offset (`at` beside the trace shifts them all), and each recorded length of a pod's life its
`runTime`. What the trace says of a workload, an entry of `behaviour` in the scenario says better.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ekssim.durations import microseconds
from ekssim.resolve.message_pack import PackError, unpacked
from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import At, Entry, Node, near_miss

__all__ = ["Recorded", "read_in_simkube_traces", "recorded"]

_VERSION: Final = 2
_BYTES_MAX: Final = 256 << 20
_KEYS: Final = ("simkubeTrace", "at")
_CLUSTER_WIDE: Final = frozenset(("Namespace", "PriorityClass", "Node"))
_SCALED: Final = frozenset(("Deployment", "ReplicaSet", "StatefulSet"))


@dataclass(slots=True)
class Recorded:
    """What a trace comes to: manifests, and what is done at which second of it."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)
    run_times: dict[str, float] = field(default_factory=dict)


class TraceError(ValueError):
    """The file is no trace that this version reads."""


def recorded(data: bytes) -> Recorded:
    try:
        trace = unpacked(data)
    except PackError as error:
        raise TraceError(str(error)) from error
    if not isinstance(trace, dict) or not isinstance(trace.get("events"), list):
        raise TraceError("there is no list `events`")
    if trace.get("version") != _VERSION:
        raise TraceError(f"its version is {trace.get('version')!r}, not {_VERSION}")
    found = Recorded()
    known: dict[str, dict[str, Any]] = {}
    present: set[str] = set()
    first = None
    for number, event in enumerate(trace["events"]):
        if not isinstance(event, dict) or not isinstance(event.get("ts"), int):
            raise TraceError(f"event {number} has no time `ts`")
        first = event["ts"] if first is None else first
        offset = event["ts"] - first
        if offset < 0:
            raise TraceError(f"event {number} lies before the first one")
        for one in _objects(event, "applied_objs", number):
            title = _title(one)
            if title not in known:
                found.objects.append(one)
            if title not in present:
                found.acts.append({"at": offset, "create": title})
            if title in known:
                found.acts += _changes(offset, title, known[title], one)
            known[title] = one
            present.add(title)
        for one in _objects(event, "deleted_objs", number):
            title = _title(one)
            if title not in present:
                # It was there before the recording began.
                found.objects += [one] if title not in known else []
                known[title] = one
            found.acts.append({"at": offset, "delete": title})
            present.discard(title)
    found.run_times = _run_times(trace.get("pod_lifecycles") or {}, known)
    return found


def _objects(event: dict[str, Any], key: str, number: int) -> list[dict[str, Any]]:
    listed = event.get(key) or []
    for one in listed:
        metadata = one.get("metadata") if isinstance(one, dict) else None
        if not isinstance(metadata, dict) or not one.get("kind") or not metadata.get("name"):
            raise TraceError(f"event {number} has an object without kind or name in {key}")
    return [_without_nothing(one) for one in listed]


def _without_nothing(value: Any) -> Any:
    """Without members that say nothing (`creationTimestamp: null`)."""
    if isinstance(value, dict):
        return {str(key): _without_nothing(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_nothing(part) for part in value]
    return value


def _title(one: dict[str, Any]) -> str:
    kind, metadata = one["kind"], one["metadata"]
    if kind in _CLUSTER_WIDE:
        return f"{kind}/{metadata['name']}"
    return f"{kind}/{metadata.get('namespace') or 'default'}/{metadata['name']}"


def _changes(offset: int, title: str, before: dict[str, Any], now: dict[str, Any]) -> list[dict[str, Any]]:
    old, new = dict(before.get("spec") or {}), dict(now.get("spec") or {})
    if old == new:
        return []
    kind = title.split("/")[0]
    replicas, was = new.pop("replicas", 1), old.pop("replicas", 1)
    changes: list[dict[str, Any]] = []
    if kind in _SCALED and replicas != was:
        changes.append({"at": offset, "scale": title, "replicas": replicas})
    if old != new:
        changes.append({"at": offset, "apply": title, "merge": {"spec": new}})
    return changes


def _run_times(lifecycles: dict[Any, Any], known: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The mean length of the lives that ended while the trace was recorded, by workload."""
    lengths: dict[str, list[float]] = {}
    for owner, by_template in lifecycles.items():
        if not isinstance(owner, tuple) or len(owner) != 2 or not isinstance(by_template, dict):
            raise TraceError("pod_lifecycles is not by owner and pod template")
        kind = str(owner[0]).rsplit(".", 1)[-1]
        title = f"{kind}/{owner[1]}"
        for lives in by_template.values():
            for life in lives or []:
                ended = life.get("Finished") if isinstance(life, dict) else None
                if title in known and isinstance(ended, list) and len(ended) == 2:
                    lengths.setdefault(title, []).append(ended[1] - ended[0])
    return {title: sum(some) / len(some) for title, some in lengths.items()}


def read_in_simkube_traces(files: ProjectFiles, scenario: Node) -> None:
    assert scenario.entries is not None
    entry = scenario.entries.get("manifests")
    if entry is None or entry.node.items is None:
        return
    listed: list[Node] = []
    for node in entry.node.items:
        if node.entries is None or "simkubeTrace" not in node.entries:
            listed.append(node)
            continue
        found = _read(files, node)
        if found is None:
            continue
        trace, shift = found
        listed += [Node.of(one, node.at) for one in trace.objects]
        _add(scenario, "timeline", [_entry_at(act, shift) for act in trace.acts], node.at, in_front=False)
        said = [{"for": title, "runTime": f"{round(length * 1000)}ms"} for title, length in trace.run_times.items()]
        _add(scenario, "behaviour", said, node.at, in_front=True)
    entry.node.items = listed


def _entry_at(act: dict[str, Any], shift: float) -> dict[str, Any]:
    return {**act, "at": f"{round((act['at'] + shift) * 1000)}ms"}


def _add(scenario: Node, section: str, values: list[dict[str, Any]], at: At, *, in_front: bool) -> None:
    if not values:
        return
    assert scenario.entries is not None
    entry = scenario.entries.get(section)
    if entry is None or (entry.node.is_scalar and entry.node.scalar is None):
        node = Node(at)
        node.items = []
        entry = scenario.entries[section] = Entry(at, node)
    if entry.node.items is None:
        return  # it is no list, which is complained about where it is read
    made = [Node.of(value, at) for value in values]
    entry.node.items = made + entry.node.items if in_front else entry.node.items + made


def _read(files: ProjectFiles, node: Node) -> tuple[Recorded, float] | None:
    assert node.entries is not None
    for key, entry in node.entries.items():
        if key not in _KEYS:
            files.complain("EKS024", entry.at, f'simkubeTrace has no field "{key}"', near_miss(key, _KEYS))
    shift = 0.0
    if (at := node.get("at")) is not None:
        try:
            shift = microseconds(str(at.scalar)) / 1e6
        except ValueError as error:
            files.complain("EKS024", at.at, f"at is no length of time: {error}", "such as at: 10m")
            return None
    named = node.entries["simkubeTrace"].node
    path = files.existing_file_named_by(named)
    if path is None:
        return None
    try:
        return recorded(_content(path)), shift
    except (TraceError, OSError) as error:
        message = f"{files.name_of(path)} is no SimKube trace: {error}"
        files.complain("EKS035", named.at, message, "traces of SimKube 2.x (format 2) are read")
        return None


def _content(path: Path) -> bytes:
    if path.stat().st_size > _BYTES_MAX:
        raise TraceError(f"it is larger than {_BYTES_MAX >> 20} MB")
    return path.read_bytes()

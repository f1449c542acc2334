"""From scenario files to the resolved document: everything read in, nothing interpreted.

The resolved document is the scenario as it was written, with the eksctl file in place of its path, the Kubernetes
objects in place of paths and globs, the points of traces in place of CSV files, a calibration's profile in place of its
name, the offsets of the time zones that CronJobs name, and for every value the file, line and column it came from. C++
loads it; `ekssim resolve` prints it.

    >>> resolved = resolve_value({"kind": "Scenario", "cluster": {}, "run": {"for": "1h"}})
    >>> resolved.document["run"]
    {'for': '1h'}

A scenario reads only files below its project root: the nearest folder above it with a `.git`, else its own folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ekssim.diagnostics import Complaint, Place
from ekssim.resolve.cluster import read_in_cluster
from ekssim.resolve.documents import holds_scenario, is_scenario, with_places
from ekssim.resolve.manifests import read_in_manifests
from ekssim.resolve.overrides import FILE_PATHS, Override, lay_over_what_names_files, parse_set
from ekssim.resolve.profiles import read_in_profile
from ekssim.resolve.project_files import ProjectFiles, near_files, project_root
from ekssim.resolve.simkube import read_in_simkube_traces
from ekssim.resolve.traces import read_in_traces
from ekssim.resolve.zone_tables import zone_tables
from ekssim.yaml_reader import Node, YamlFile

__all__ = [
    "FILE_PATHS",
    "Override",
    "Resolved",
    "holds_scenario",
    "parse_set",
    "project_root",
    "resolve_file",
    "resolve_value",
]


@dataclass(slots=True)
class Resolved:
    """The document, what was wrong on the way, and the folder that the names of its files are relative to."""

    name: str
    folder: Path
    document: dict[str, Any] | None = None
    complaints: list[Complaint] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    root: Path | None = None

    @property
    def has_errors(self) -> bool:
        return self.document is None or any(complaint.is_error for complaint in self.complaints)

    def text(self, *, indent: int | None = None) -> str:
        """The document as JSON."""
        separators = None if indent is not None else (",", ":")
        return json.dumps(self.document, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)


def resolve_file(
    path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None, overrides: Sequence[Override] = ()
) -> Resolved:
    """Reads a scenario file and everything it names. Never raises for what the files hold."""
    path = Path(path)
    files = ProjectFiles(path.parent, root)
    shown = path.name
    if not path.exists():
        complaint = Complaint("EKS001", f"there is no file {path}", near_files(path), place=Place(shown))
        return Resolved(shown, path.parent, None, [complaint], list(overrides))
    if root is not None and not files.is_inside(path):
        hint = f"the project root is {files.root}; --root sets another"
        complaint = Complaint("EKS002", f"{path} lies outside the project root", hint, place=Place(shown))
        return Resolved(shown, path.parent, None, [complaint], list(overrides))
    return _resolve(files, files.read(path, shown), overrides)


def resolve_value(
    document: Mapping[str, Any],
    folder: str | os.PathLike[str] | None = None,
    root: str | os.PathLike[str] | None = None,
    overrides: Sequence[Override] = (),
) -> Resolved:
    """The same for a scenario made in Python: plain dicts and lists. Paths in it are relative to `folder`."""
    files = ProjectFiles(Path(folder) if folder is not None else Path(), root)
    file = YamlFile("<python>")
    file.documents.append(Node.of(document, (0, 0, 0)))
    files.names.append(file.name)
    resolved = _resolve(files, file, overrides)
    if resolved.document is not None:
        # Nothing was written in a file, so there is no line to point at.
        places = resolved.document["places"]
        resolved.document["places"] = {pointer: place for pointer, place in places.items() if place[1]}
    return resolved


def _resolve(files: ProjectFiles, file: YamlFile, overrides: Sequence[Override] = ()) -> Resolved:
    resolved = Resolved(file.name, files.folder, complaints=files.complaints, root=files.root)
    scenario, objects = _split(files, file)
    if scenario is not None and scenario.is_map:
        entries = dict(scenario.entries or {})
        scenario.entries = entries
        resolved.overrides = [one for one in overrides if not lay_over_what_names_files(files, scenario, one)]
        if "places" in entries and "files" in entries:
            # What `ekssim resolve` printed is taken as it is.
            resolved.document = scenario.plain()
            return resolved
        read_in_cluster(files, scenario)
        read_in_profile(files, scenario)
        read_in_simkube_traces(files, scenario)
        read_in_manifests(files, scenario, objects)
        read_in_traces(files, scenario)
        resolved.document = _document(files, scenario, resolved.overrides)
    return resolved


def _split(files: ProjectFiles, file: YamlFile) -> tuple[Node | None, list[Node]]:
    """The scenario of a file, and the documents beside it."""
    scenarios = [document for document in file.documents if is_scenario(document)]
    others = [document for document in file.documents if not is_scenario(document)]
    if len(scenarios) > 1:
        first = scenarios[0].at
        message = f"the file holds a second scenario; the first begins at line {first[1]}"
        files.complain("EKS021", scenarios[1].at, message, "one file, one scenario: put it into a file of its own")
    if scenarios:
        return scenarios[0], others
    if others:
        first_node = others[0]
        kind = first_node.text("kind")
        if kind == "ClusterConfig":
            hint = "this is an eksctl file: name it in a scenario under cluster.from (ekssim init writes one)"
        elif kind is not None:
            hint = f"this is a {kind}: name the file in a scenario under manifests (ekssim init writes one)"
        else:
            hint = "it begins with apiVersion: ekssim.dev/v1alpha1 and kind: Scenario"
        files.complain("EKS020", first_node.at, f"there is no scenario in {file.name}", hint)
    return None, others


def _document(files: ProjectFiles, scenario: Node, overrides: Iterable[Override]) -> dict[str, Any]:
    places: dict[str, list[int]] = {}
    document = with_places(scenario, "", places)
    assert isinstance(document, dict)
    zones = zone_tables(files, scenario, overrides)
    if zones:
        document["timeZones"] = zones
    document["files"] = list(files.names)
    document["places"] = places
    return document

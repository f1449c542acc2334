"""From scenario files to the resolved document: everything read in, nothing interpreted.

The resolved document is the scenario as it was written, with the eksctl file in place of its path, the Kubernetes
objects in place of paths and globs, the points of traces in place of CSV files, the offsets of the time zones that
CronJobs name, and for every value the file, line and column it came from. C++ loads it; `ekssim resolve` prints it.

    >>> resolved = resolve_value({"kind": "Scenario", "cluster": {}, "run": {"for": "1h"}})
    >>> resolved.document["run"]
    {'for': '1h'}

A scenario reads only files below its project root: the nearest folder above it with a `.git`, else its own folder.
"""

from __future__ import annotations

import contextlib
import csv
import glob
import json
import math
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ekssim import time_zones
from ekssim.diagnostics import Complaint, Place
from ekssim.yaml_reader import BYTES_MAX, NODES_MAX, At, Entry, Node, YamlFile, near_miss, read_file, read_text

__all__ = [
    "FILE_PATHS",
    "Override",
    "Resolved",
    "Resolver",
    "parse_set",
    "project_root",
    "resolve_file",
    "resolve_value",
]

MANIFEST_SUFFIXES: Final = (".yaml", ".yml", ".json")
TOTAL_BYTES_MAX: Final = 128 << 20
TOTAL_NODES_MAX: Final = 2 * NODES_MAX
FILES_MAX: Final = 10_000
TRACE_POINTS_MAX: Final = 200_000
_API_GROUP: Final = "ekssim.dev/"
_WILDCARD: Final = re.compile(r"[*?\[]")
_SECTIONS: Final = frozenset(("cluster", "manifests", "run", "expect", "behaviour", "timeline", "traffic"))
# Overrides of what names files take effect before the files are read; all others are laid over the document by C++.
FILE_PATHS: Final = ("manifests", "cluster.from")

# A path in the document and the value to put there, as `--set` takes them.
Override = tuple[str, Any]


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


def project_root(folder: Path) -> Path:
    """The nearest folder at or above one that holds a `.git`, else the folder itself."""
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return folder


def resolve_file(
    path: str | os.PathLike[str], root: str | os.PathLike[str] | None = None, overrides: Sequence[Override] = ()
) -> Resolved:
    """Reads a scenario file and everything it names. Never raises for what the files hold."""
    path = Path(path)
    resolver = Resolver(path.parent, root)
    shown = path.name
    if not path.exists():
        complaint = Complaint("EKS001", f"there is no file {path}", _near_files(path), place=Place(shown))
        return Resolved(shown, path.parent, None, [complaint], list(overrides))
    if root is not None and not resolver.is_inside(path):
        hint = f"the project root is {resolver.root}; --root sets another"
        complaint = Complaint("EKS002", f"{path} lies outside the project root", hint, place=Place(shown))
        return Resolved(shown, path.parent, None, [complaint], list(overrides))
    return resolver.scenario(resolver.read(path, shown), overrides)


def resolve_value(
    document: Mapping[str, Any],
    folder: str | os.PathLike[str] | None = None,
    root: str | os.PathLike[str] | None = None,
    overrides: Sequence[Override] = (),
) -> Resolved:
    """The same for a scenario made in Python: plain dicts and lists. Paths in it are relative to `folder`."""
    resolver = Resolver(Path(folder) if folder is not None else Path(), root)
    file = YamlFile("<python>")
    file.documents.append(Node.of(document, (0, 0, 0)))
    resolver.names.append(file.name)
    resolved = resolver.scenario(file, overrides)
    if resolved.document is not None:
        # Nothing was written in a file, so there is no line to point at.
        places = resolved.document["places"]
        resolved.document["places"] = {pointer: place for pointer, place in places.items() if place[1]}
    return resolved


def parse_set(text: str) -> tuple[Override | None, list[Complaint]]:
    """`run.for=2h` as a path and a value that is read as YAML."""
    origin = Place(f"--set {text}")
    path, separator, value = text.partition("=")
    path = path.strip()
    # An equals sign may stand inside the brackets of a path, never before the first letter of it.
    if not separator or not path:
        message = f'"{text}" is not PATH=VALUE'
        return None, [Complaint("EKS032", message, "such as --set run.for=2h", place=origin)]
    if not value.strip():
        return (path, None), []
    file = read_text(value, origin.file)
    complaints = [
        Complaint("EKS032", f"{complaint.message}", complaint.hint, complaint.severity, place=origin)
        for complaint in file.complaints
        if complaint.is_error
    ]
    if complaints or len(file.documents) > 1:
        return None, complaints or [Complaint("EKS032", "the value is more than one document", "", place=origin)]
    return (path, file.documents[0].plain() if file.documents else None), []


class Resolver:
    """Reads the files of one scenario, each once, and remembers their names in the order of first reading."""

    def __init__(self, folder: Path, root: str | os.PathLike[str] | None = None) -> None:
        self.folder = folder
        self.root = Path(root).resolve() if root is not None else project_root(folder)
        self.names: list[str] = []
        self.complaints: list[Complaint] = []
        self.bytes_read = 0
        self.nodes_read = 0
        self._read: dict[Path, YamlFile] = {}

    # --- files

    def is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.root)

    def name_of(self, path: Path) -> str:
        try:
            return Path(os.path.relpath(path, self.folder)).as_posix()
        except ValueError:
            return path.as_posix()

    def read(self, path: Path, name: str | None = None) -> YamlFile:
        """The documents of a file; its complaints are noted the first time it is read."""
        real = path.resolve()
        if (known := self._read.get(real)) is not None:
            return known
        name = name if name is not None else self.name_of(path)
        index = len(self.names)
        self.names.append(name)
        file = read_file(path, name, index)
        self._read[real] = file
        self.complaints += file.complaints
        with contextlib.suppress(OSError):
            self.bytes_read += path.stat().st_size
        self.nodes_read += sum(document.size for document in file.documents)
        if self.bytes_read > TOTAL_BYTES_MAX or self.nodes_read > TOTAL_NODES_MAX:
            message = f"all files together hold more than {TOTAL_BYTES_MAX >> 20} MB or {TOTAL_NODES_MAX:,} values"
            self.complaints.append(Complaint("EKS004", message, "name fewer files under manifests", place=Place(name)))
            file.documents.clear()
        return file

    def complain(self, rule: str, at: At, message: str, hint: str = "", severity: str = "error") -> None:
        place = Place(self.names[at[0]], at[1], at[2]) if at[0] < len(self.names) else None
        self.complaints.append(Complaint(rule, message, hint, severity, place=place))

    def path_named_by(self, node: Node) -> Path | None:
        """The path that a text names, relative to the file it stands in, if it lies inside the project root."""
        text = node.scalar
        if not isinstance(text, str) or not text:
            self.complain("EKS034", node.at, "a path is a text", 'such as "../k8s/shop.yaml"')
            return None
        if "://" in text:
            self.complain(
                "EKS002", node.at, f"{text} is no path below the project root", "download it and name the file"
            )
            return None
        if "\0" in text or len(text) > 4096:
            self.complain("EKS001", node.at, "this is no path")
            return None
        base = (
            self.folder / Path(self.names[node.at[0]]).parent
            if not self.names[node.at[0]].startswith(("<", "--"))
            else self.folder
        )
        path = base / text
        # A wildcard ends what can be looked up; what stands before it decides where the search would go.
        wildcard = _WILDCARD.search(text)
        fixed = base / (text[: wildcard.start()].rpartition("/")[0] if wildcard else text)
        if text.startswith("/") and wildcard:
            fixed = Path(text[: wildcard.start()].rpartition("/")[0] or "/")
        climbs = wildcard is not None and ".." in Path(text[wildcard.start() :]).parts
        if climbs or not self.is_inside(fixed):
            hint = f"the project root is {self.root}; --root sets another"
            self.complain("EKS002", node.at, f"{text} lies outside the project root", hint)
            return None
        return path

    def existing_file_named_by(self, node: Node) -> Path | None:
        path = self.path_named_by(node)
        if path is None:
            return None
        if not path.exists():
            self.complain("EKS001", node.at, f"there is no file {node.scalar}", _near_files(path))
            return None
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no regular file"
            self.complain("EKS003", node.at, f"{node.scalar} is {what}", "name a file")
            return None
        return path

    # --- the scenario

    def scenario(self, file: YamlFile, overrides: Sequence[Override] = ()) -> Resolved:
        resolved = Resolved(file.name, self.folder, complaints=self.complaints, root=self.root)
        scenario, objects = self._split(file)
        if scenario is not None and scenario.is_map:
            entries = dict(scenario.entries or {})
            scenario.entries = entries
            resolved.overrides = [one for one in overrides if not self._override(scenario, one)]
            if "places" in entries and "files" in entries:
                # What `ekssim resolve` printed is taken as it is.
                resolved.document = scenario.plain()
                return resolved
            self._cluster(scenario)
            self._manifests(scenario, objects)
            self._traces(scenario)
            resolved.document = self._document(scenario, resolved.overrides)
        return resolved

    def _split(self, file: YamlFile) -> tuple[Node | None, list[Node]]:
        """The scenario of a file, and the documents beside it."""
        scenarios = [document for document in file.documents if _is_scenario(document)]
        others = [document for document in file.documents if not _is_scenario(document)]
        if len(scenarios) > 1:
            first = scenarios[0].at
            message = f"the file holds a second scenario; the first begins at line {first[1]}"
            self.complain("EKS021", scenarios[1].at, message, "one file, one scenario: put it into a file of its own")
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
            self.complain("EKS020", first_node.at, f"there is no scenario in {file.name}", hint)
        return None, others

    def _override(self, scenario: Node, override: Override) -> bool:
        """Lays an override over what names files; false for all others."""
        path, value = override
        if path not in FILE_PATHS:
            return False
        index = len(self.names)
        self.names.append(f"--set {path}={json.dumps(value, ensure_ascii=False, default=str)}"[:200])
        at = (index, 0, 0)
        *parents, key = path.split(".")
        owner = scenario
        for parent in parents:
            child = owner.get(parent)
            if child is None or not child.is_map:
                child = Node.of({}, at)
                assert owner.entries is not None
                owner.entries[parent] = Entry(at, child)
            owner = child
        assert owner.entries is not None
        owner.entries[key] = Entry(at, Node.of(value, at))
        return True

    def _document(self, scenario: Node, overrides: Iterable[Override]) -> dict[str, Any]:
        places: dict[str, list[int]] = {}
        document = _with_places(scenario, "", places)
        assert isinstance(document, dict)
        zones = self._zones(scenario, overrides)
        if zones:
            document["timeZones"] = zones
        document["files"] = list(self.names)
        document["places"] = places
        return document

    # --- cluster

    def _cluster(self, scenario: Node) -> None:
        cluster = scenario.get("cluster")
        if cluster is None or cluster.entries is None:
            return
        origin = cluster.entries.get("from")
        if origin is not None and not origin.node.is_map:
            path = self.existing_file_named_by(origin.node)
            config = self._eksctl_config(path, origin.node) if path is not None else None
            # Without it the rest is still worth checking.
            cluster.entries["from"] = Entry(origin.at, config if config is not None else Node.of({}, origin.node.at))
            if config is not None:
                self._addons(config)
        elif origin is not None:
            self._addons(origin.node)
        self._addons(cluster)

    def _eksctl_config(self, path: Path, node: Node) -> Node | None:
        file = self.read(path)
        if file.has_errors:
            return None
        configs = [document for document in file.documents if document.text("kind") == "ClusterConfig"]
        if len(configs) == 1:
            return configs[0]
        if configs:
            self.complain("EKS028", configs[1].at, f"{file.name} holds more than one ClusterConfig", "keep one a file")
            return None
        kinds = [document.text("kind") for document in file.documents]
        near = near_miss(str(kinds[0]), ["ClusterConfig"]) if kinds and kinds[0] else ""
        at = file.documents[0].at if file.documents else node.at
        hint = near or "it has apiVersion: eksctl.io/v1alpha5 and kind: ClusterConfig"
        self.complain("EKS028", at, f"{file.name} is no eksctl file", hint)
        return None

    def _addons(self, cluster: Node) -> None:
        """An addon's configurationValues is a text that holds YAML; the document holds what it says."""
        addons = cluster.get("addons")
        if addons is None or addons.items is None:
            return
        for addon in addons.items:
            entry = addon.entries.get("configurationValues") if addon.entries is not None else None
            if entry is None or not isinstance(entry.node.scalar, str):
                continue
            at = entry.node.at
            inner = read_text(entry.node.scalar, "configurationValues")
            errors = [complaint for complaint in inner.complaints if complaint.is_error and complaint.rule != "EKS005"]
            for complaint in errors:
                line = f", line {complaint.place.line} of the text" if complaint.place and complaint.place.line else ""
                self.complain("EKS029", at, f"configurationValues{line}: {complaint.message}", complaint.hint)
            if errors:
                continue
            value = inner.documents[0].plain() if inner.documents else {}
            if not isinstance(value, dict):
                self.complain(
                    "EKS029", at, "configurationValues holds no map", "such as \"env: {WARM_ENI_TARGET: '1'}\""
                )
                continue
            entry.node = Node.of(value, at)

    # --- manifests

    def _manifests(self, scenario: Node, following: list[Node]) -> None:
        entry = scenario.entries.get("manifests") if scenario.entries is not None else None
        listed = entry.node if entry is not None else None
        found: list[_Found] = []
        takes_following = False
        if listed is not None and listed.is_scalar and listed.scalar is None:
            listed = None
        if listed is not None and listed.items is None:
            self.complain("EKS024", listed.at, "manifests is a list", "put a dash before each path")
            takes_following = listed.scalar == "here"
        for node in (listed.items or []) if listed is not None else []:
            if node.scalar == "here":
                takes_following = True
                if not following:
                    message = "no document follows the scenario in this file"
                    self.complain(
                        "EKS023", node.at, message, "put the objects behind a line of three dashes, or remove `here`"
                    )
                found += [_Found(None, document) for document in following]
            else:
                found += self._entry(node)
        if following and not takes_following:
            message = f"{_count(len(following), 'document')} after the scenario would be lost"
            self.complain("EKS022", following[0].at, message, "list `here` under manifests, or remove them")
        objects = Node((listed or scenario).at)
        objects.items = []
        last = {one.path: position for position, one in enumerate(found) if one.path is not None}
        taken: set[Path] = set()
        for position, one in enumerate(found):
            if one.path is None:
                objects.items += self._objects(one.node) if one.is_document else [one.node]
            elif last[one.path] == position and one.path not in taken:
                # A file listed twice counts where it stands last, since later wins.
                taken.add(one.path)
                for document in self.read(one.path).documents:
                    if _is_scenario(document):
                        self._refuse_scenario(document, is_listed=one.is_listed)
                    else:
                        objects.items += self._objects(document)
        if objects.items or listed is not None:
            assert scenario.entries is not None
            scenario.entries["manifests"] = Entry(entry.at if entry is not None else scenario.at, objects)

    def _refuse_scenario(self, document: Node, *, is_listed: bool) -> None:
        # A glob may well match scenarios that lie beside the manifests.
        if is_listed:
            self.complain(
                "EKS026", document.at, "this is a scenario, not a manifest", "list the files it names instead"
            )

    def _entry(self, node: Node) -> list[_Found]:
        """The files that an entry of `manifests` names, or the one object it is."""
        if node.is_map:
            return self._inline(node)
        if not isinstance(node.scalar, str):
            hint = "a path, a glob, a folder, `here`, or {helmValues: FILE, chart: NAME}"
            self.complain("EKS024", node.at, "this is no entry of manifests", hint)
            return []
        path = self.path_named_by(node)
        if path is None:
            return []
        text = node.scalar
        if path.is_file():
            return self._inside([path], node, is_listed=True)
        if path.is_dir():
            files = [one for one in sorted(path.iterdir()) if one.suffix in MANIFEST_SUFFIXES and one.is_file()]
            if not files:
                self.complain(
                    "EKS025",
                    node.at,
                    f"there is no .yaml, .yml or .json file in the folder {text}",
                    _near_files(path / "x"),
                )
            return self._inside(files, node)
        if _WILDCARD.search(text):
            files = self._matches(path)
            if not files:
                self.complain(
                    "EKS025", node.at, f"{text} matches no file", _near_files(path) or "look at the path and the suffix"
                )
            elif len(files) > FILES_MAX:
                self.complain(
                    "EKS004", node.at, f"{text} matches more than {FILES_MAX:,} files", "name a folder further down"
                )
                return []
            return self._inside(files, node)
        if path.exists():
            self.complain("EKS003", node.at, f"{text} is no regular file")
            return []
        hint = _near_files(path)
        if near_miss(text, ["here"]):
            hint = 'did you mean "here"?'
        self.complain("EKS001", node.at, f"there is no file {text}", hint)
        return []

    def _matches(self, pattern: Path) -> list[Path]:
        matches: list[Path] = []
        for match in glob.iglob(os.path.normpath(pattern), recursive=True):
            path = Path(match)
            if path.is_file():
                matches.append(path)
                if len(matches) > FILES_MAX:
                    break
        return sorted(matches, key=lambda path: path.as_posix())

    def _inside(self, paths: list[Path], node: Node, *, is_listed: bool = False) -> list[_Found]:
        """Links may lead out of the project root, so each file is looked at again."""
        found = []
        scenario = (self.folder / self.names[0]).resolve() if not self.names[0].startswith("<") else None
        for path in paths:
            if not self.is_inside(path):
                hint = f"the project root is {self.root}; --root sets another"
                self.complain("EKS002", node.at, f"{self.name_of(path)} leads outside the project root", hint)
            elif path.resolve() == scenario:
                if is_listed:
                    self.complain(
                        "EKS026", node.at, "this is the scenario itself", "`here` names the documents that follow it"
                    )
            else:
                found.append(_Found(path.resolve(), node, is_listed))
        return found

    def _inline(self, node: Node) -> list[_Found]:
        assert node.entries is not None
        if "helmValues" not in node.entries:
            if "kind" in node.entries or "apiVersion" in node.entries:
                return [_Found(None, node)]
            near = near_miss(next(iter(node.entries), ""), ["helmValues", "chart"])
            hint = near or "a path, a glob, a folder, `here`, or {helmValues: FILE, chart: NAME}"
            self.complain("EKS024", node.at, "this is no entry of manifests", hint)
            return []
        for key, entry in node.entries.items():
            if key not in ("helmValues", "chart"):
                self.complain(
                    "EKS024", entry.at, f'helmValues has no field "{key}"', near_miss(key, ["helmValues", "chart"])
                )
        chart = node.text("chart")
        if chart is None:
            self.complain("EKS033", node.at, "helmValues needs the chart that they belong to", "such as chart: cilium")
        values = node.entries["helmValues"].node
        if not values.is_map:
            path = self.existing_file_named_by(values)
            file = self.read(path) if path is not None else None
            if file is None or file.has_errors:
                return []
            if len(file.documents) != 1 or not file.documents[0].is_map:
                self.complain(
                    "EKS033", values.at, f"{file.name} holds no map of values", "a values file is one YAML map"
                )
                return []
            values = file.documents[0]
        merged = Node(node.at)
        merged.entries = {**node.entries, "helmValues": Entry(node.entries["helmValues"].at, values)}
        return [_Found(None, merged, is_document=False)]

    def _objects(self, document: Node, kind: str | None = None, version: str | None = None) -> list[Node]:
        """The Kubernetes objects of a document; a List holds several."""
        if not document.is_map:
            message = "a manifest's document is a map with apiVersion and kind"
            what = "a list" if document.items is not None else f'the text "{str(document.scalar)[:40]}"'
            self.complain("EKS026", document.at, message, f"here stands {what}")
            return []
        assert document.entries is not None
        own_kind = document.text("kind")
        items = document.get("items")
        # A typed list (DeploymentList) may leave out what its items are.
        if own_kind is None and kind is not None and "kind" not in document.entries:
            document.entries["kind"] = Entry(document.at, Node.of(kind, document.at))
            if version is not None and "apiVersion" not in document.entries:
                document.entries["apiVersion"] = Entry(document.at, Node.of(version, document.at))
        if own_kind is None or not own_kind.endswith("List") or (own_kind != "List" and items is None):
            return [document]
        if items is None or items.items is None:
            at = items.at if items is not None else document.at
            if items is not None and items.is_scalar and items.scalar is None:
                return []
            self.complain("EKS027", at, f"a {own_kind} holds its objects in the list `items`")
            return []
        item_kind = own_kind.removesuffix("List") or None
        objects: list[Node] = []
        for item in items.items:
            objects += self._objects(item, item_kind, document.text("apiVersion") if item_kind else None)
        return objects

    # --- traces

    def _traces(self, scenario: Node) -> None:
        for section in ("behaviour", "traffic"):
            node = scenario.get(section)
            if node is not None:
                for owner in list(_maps(node)):
                    assert owner.entries is not None
                    entry = owner.entries.get("trace")
                    if entry is not None and isinstance(entry.node.scalar, str):
                        entry.node = self._trace(entry.node)

    def _trace(self, node: Node) -> Node:
        trace = Node.of({"file": node.scalar, "points": []}, node.at)
        path = self.existing_file_named_by(node)
        if path is not None:
            assert trace.entries is not None
            trace.entries["points"] = Entry(node.at, Node.of(self._points(path), node.at))
        return trace

    def _points(self, path: Path) -> list[list[float]]:
        name = self.name_of(path)
        index = len(self.names)
        self.names.append(name)

        def refused(line: int, message: str, hint: str = "") -> list[list[float]]:
            self.complain("EKS030", (index, line, 1 if line else 0), message, hint)
            return []

        points: list[list[float]] = []
        try:
            if path.stat().st_size > BYTES_MAX:
                return refused(0, f"{name} is larger than {BYTES_MAX >> 20} MB", "thin it out")
            with path.open(encoding="utf-8-sig", newline="") as stream:
                rows = csv.reader(stream)
                for row in rows:
                    if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                        continue
                    line = rows.line_num
                    if len(row) != 2:
                        return refused(
                            line, f"a line of a trace has two columns, this one has {len(row)}", "time,value"
                        )
                    time, value = _seconds(row[0]), _number(row[1])
                    if time is None or value is None:
                        if (
                            not points
                            and _number(row[0]) is None
                            and _number(row[1]) is None
                            and _seconds(row[0]) is None
                        ):
                            continue  # the titles of the columns
                        which = row[0] if time is None else row[1]
                        return refused(
                            line,
                            f'"{which.strip()}" is not a number',
                            "time in seconds or with a unit, value as a number",
                        )
                    if time < 0 or (points and time <= points[-1][0]):
                        return refused(
                            line, f"time {row[0].strip()} does not come after the line before it", "times rise from 0"
                        )
                    if len(points) >= TRACE_POINTS_MAX:
                        return refused(line, f"the trace has more than {TRACE_POINTS_MAX:,} points", "thin it out")
                    points.append([time, value])
        except (OSError, ValueError, csv.Error) as error:
            return refused(0, f"{name} cannot be read as CSV: {error}")
        if not points:
            return refused(0, f"there is no point in the trace {name}", "lines such as 0,350 and 60,410")
        return points

    # --- time zones

    def _zones(self, scenario: Node, overrides: Iterable[Override]) -> dict[str, Any]:
        """Tables for the zones that are named. An unknown one is left out; what reads the CronJob says so."""
        wanted: dict[str, None] = {}
        manifests = scenario.get("manifests")
        for source in (manifests, scenario.get("patches")):
            for owner in _maps(source) if source is not None else ():
                zone = owner.text("timeZone")
                if zone is not None:
                    wanted[zone] = None
        for manifest in (manifests.items or []) if manifests is not None else []:
            if manifest.text("kind") == "CronJob":
                zone_node = (manifest.get("spec") or manifest).get("timeZone")
                if (
                    zone_node is not None
                    and isinstance(zone_node.scalar, str)
                    and not time_zones.is_known(zone_node.scalar)
                ):
                    hint = near_miss(zone_node.scalar, time_zones.names()) or "an IANA name such as Europe/London"
                    self.complain("EKS307", zone_node.at, f'there is no time zone "{zone_node.scalar}"', hint)
        for _, value in overrides:
            for owner in _maps(Node.of(value, (0, 0, 0))):
                zone = owner.text("timeZone")
                if zone is not None:
                    wanted[zone] = None
            if isinstance(value, str) and "/" in value and len(value) < 64:
                wanted[value] = None
        return {zone: time_zones.table(zone) for zone in sorted(wanted) if time_zones.is_known(zone)}


@dataclass(slots=True)
class _Found:
    """A file to read (by its real path), or a node that is there already."""

    path: Path | None
    node: Node
    is_listed: bool = False
    is_document: bool = True


def _is_scenario(document: Node) -> bool:
    """A document of ours: by kind, by API group, or by its sections where both are missing or misspelt."""
    if not document.is_map:
        return False
    assert document.entries is not None
    if document.text("kind") == "Scenario" or (document.text("apiVersion") or "").startswith(_API_GROUP):
        return True
    return (
        "cluster" in document.entries and "kind" not in document.entries and bool(_SECTIONS & document.entries.keys())
    )


def _maps(node: Node) -> Iterator[Node]:
    """Every map at or below a node."""
    if node.entries is not None:
        yield node
        for entry in node.entries.values():
            yield from _maps(entry.node)
    elif node.items is not None:
        for item in node.items:
            yield from _maps(item)


def _with_places(node: Node, pointer: str, places: dict[str, list[int]]) -> Any:
    places[pointer] = list(node.at)
    if node.entries is not None:
        value = {}
        for key, entry in node.entries.items():
            below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            places[f"{below}#key"] = list(entry.at)
            value[key] = _with_places(entry.node, below, places)
        return value
    if node.items is not None:
        return [_with_places(item, f"{pointer}/{index}", places) for index, item in enumerate(node.items)]
    return node.scalar


def _near_files(path: Path) -> str:
    """The files that a path may have meant: its neighbours with a like name, or the folder that is missing."""
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        path, folder = folder, folder.parent
    try:
        names = sorted(os.listdir(folder))[:5000]
    except OSError:
        return ""
    name = path.name
    near = near_miss(name, names)
    if near:
        return near
    if _WILDCARD.search(name):
        others = [one for one in names if one.endswith(MANIFEST_SUFFIXES)]
        return f"in that folder are {', '.join(others[:5])}" if others else ""
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s|m|h|d)?\Z")


def _seconds(text: str) -> float | None:
    match = _DURATION.match(text.strip())
    return float(match.group(1)) * _UNITS[match.group(2) or "s"] if match else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

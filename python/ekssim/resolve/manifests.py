"""The section `manifests`: the Kubernetes objects in place of paths, globs, folders and of `here`."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ekssim.resolve.documents import is_scenario
from ekssim.resolve.embedded import read_embedded_settings
from ekssim.resolve.project_files import MANIFEST_SUFFIXES, WILDCARD, ProjectFiles, near_files
from ekssim.yaml_reader import Entry, Node, near_miss

FILES_MAX: Final = 10_000


@dataclass(slots=True)
class _Found:
    """A file to read (by its real path), or a node that is there already."""

    path: Path | None
    node: Node
    is_listed: bool = False
    is_document: bool = True


def read_in_manifests(files: ProjectFiles, scenario: Node, following: list[Node]) -> None:
    entry = scenario.entries.get("manifests") if scenario.entries is not None else None
    listed = entry.node if entry is not None else None
    found: list[_Found] = []
    takes_following = False
    if listed is not None and listed.is_scalar and listed.scalar is None:
        listed = None
    if listed is not None and listed.items is None:
        files.complain("EKS024", listed.at, "manifests is a list", "put a dash before each path")
        takes_following = listed.scalar == "here"
    for node in (listed.items or []) if listed is not None else []:
        if node.scalar == "here":
            takes_following = True
            if not following:
                message = "no document follows the scenario in this file"
                files.complain(
                    "EKS023", node.at, message, "put the objects behind a line of three dashes, or remove `here`"
                )
            found += [_Found(None, document) for document in following]
        else:
            found += _entry(files, node)
    if following and not takes_following:
        message = f"{_count(len(following), 'document')} after the scenario would be lost"
        files.complain("EKS022", following[0].at, message, "list `here` under manifests, or remove them")
    objects = Node((listed or scenario).at)
    objects.items = []
    last = {one.path: position for position, one in enumerate(found) if one.path is not None}
    taken: set[Path] = set()
    for position, one in enumerate(found):
        if one.path is None:
            objects.items += _objects(files, one.node) if one.is_document else [one.node]
        elif last[one.path] == position and one.path not in taken:
            # A file listed twice counts where it stands last, since later wins.
            taken.add(one.path)
            for document in files.read(one.path).documents:
                if is_scenario(document):
                    _refuse_scenario(files, document, is_listed=one.is_listed)
                else:
                    objects.items += _objects(files, document)
    read_embedded_settings(files, objects.items)
    if objects.items or listed is not None:
        assert scenario.entries is not None
        scenario.entries["manifests"] = Entry(entry.at if entry is not None else scenario.at, objects)


def _refuse_scenario(files: ProjectFiles, document: Node, *, is_listed: bool) -> None:
    # A glob may well match scenarios that lie beside the manifests.
    if is_listed:
        files.complain("EKS026", document.at, "this is a scenario, not a manifest", "list the files it names instead")


def _entry(files: ProjectFiles, node: Node) -> list[_Found]:
    """The files that an entry of `manifests` names, or the one object it is."""
    if node.is_map:
        return _inline(files, node)
    if not isinstance(node.scalar, str):
        hint = "a path, a glob, a folder, `here`, or {helmValues: FILE, chart: NAME}"
        files.complain("EKS024", node.at, "this is no entry of manifests", hint)
        return []
    path = files.path_named_by(node)
    if path is None:
        return []
    text = node.scalar
    if path.is_file():
        return _inside(files, [path], node, is_listed=True)
    if path.is_dir():
        found = [one for one in sorted(path.iterdir()) if one.suffix in MANIFEST_SUFFIXES and one.is_file()]
        if not found:
            files.complain(
                "EKS025", node.at, f"there is no .yaml, .yml or .json file in the folder {text}", near_files(path / "x")
            )
        return _inside(files, found, node)
    if WILDCARD.search(text):
        found = _matches(path)
        if not found:
            files.complain(
                "EKS025", node.at, f"{text} matches no file", near_files(path) or "look at the path and the suffix"
            )
        elif len(found) > FILES_MAX:
            files.complain(
                "EKS004", node.at, f"{text} matches more than {FILES_MAX:,} files", "name a folder further down"
            )
            return []
        return _inside(files, found, node)
    if path.exists():
        files.complain("EKS003", node.at, f"{text} is no regular file")
        return []
    hint = near_files(path)
    if near_miss(text, ["here"]):
        hint = 'did you mean "here"?'
    files.complain("EKS001", node.at, f"there is no file {text}", hint)
    return []


def _matches(pattern: Path) -> list[Path]:
    matches: list[Path] = []
    for match in glob.iglob(os.path.normpath(pattern), recursive=True):
        path = Path(match)
        if path.is_file():
            matches.append(path)
            if len(matches) > FILES_MAX:
                break
    return sorted(matches, key=lambda path: path.as_posix())


def _inside(files: ProjectFiles, paths: list[Path], node: Node, *, is_listed: bool = False) -> list[_Found]:
    """Links may lead out of the project root, so each file is looked at again."""
    found = []
    scenario = (files.folder / files.names[0]).resolve() if not files.names[0].startswith("<") else None
    for path in paths:
        if not files.is_inside(path):
            hint = f"the project root is {files.root}; --root sets another"
            files.complain("EKS002", node.at, f"{files.name_of(path)} leads outside the project root", hint)
        elif path.resolve() == scenario:
            if is_listed:
                files.complain(
                    "EKS026", node.at, "this is the scenario itself", "`here` names the documents that follow it"
                )
        else:
            found.append(_Found(path.resolve(), node, is_listed))
    return found


def _inline(files: ProjectFiles, node: Node) -> list[_Found]:
    assert node.entries is not None
    if "helmValues" not in node.entries:
        if "kind" in node.entries or "apiVersion" in node.entries:
            return [_Found(None, node)]
        near = near_miss(next(iter(node.entries), ""), ["helmValues", "chart"])
        hint = near or "a path, a glob, a folder, `here`, or {helmValues: FILE, chart: NAME}"
        files.complain("EKS024", node.at, "this is no entry of manifests", hint)
        return []
    for key, entry in node.entries.items():
        if key not in ("helmValues", "chart"):
            files.complain(
                "EKS024", entry.at, f'helmValues has no field "{key}"', near_miss(key, ["helmValues", "chart"])
            )
    chart = node.text("chart")
    if chart is None:
        files.complain("EKS033", node.at, "helmValues needs the chart that they belong to", "such as chart: cilium")
    values = node.entries["helmValues"].node
    if not values.is_map:
        path = files.existing_file_named_by(values)
        file = files.read(path) if path is not None else None
        if file is None or file.has_errors:
            return []
        if len(file.documents) != 1 or not file.documents[0].is_map:
            files.complain("EKS033", values.at, f"{file.name} holds no map of values", "a values file is one YAML map")
            return []
        values = file.documents[0]
    merged = Node(node.at)
    merged.entries = {**node.entries, "helmValues": Entry(node.entries["helmValues"].at, values)}
    return [_Found(None, merged, is_document=False)]


def _objects(files: ProjectFiles, document: Node, kind: str | None = None, version: str | None = None) -> list[Node]:
    """The Kubernetes objects of a document; a List holds several."""
    if not document.is_map:
        message = "a manifest's document is a map with apiVersion and kind"
        what = "a list" if document.items is not None else f'the text "{str(document.scalar)[:40]}"'
        files.complain("EKS026", document.at, message, f"here stands {what}")
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
        files.complain("EKS027", at, f"a {own_kind} holds its objects in the list `items`")
        return []
    item_kind = own_kind.removesuffix("List") or None
    objects: list[Node] = []
    for item in items.items:
        objects += _objects(files, item, item_kind, document.text("apiVersion") if item_kind else None)
    return objects


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

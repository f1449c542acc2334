"""The objects of dumps: one List or several files with objects, in JSON or YAML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ekssim.diagnostics import Complaint, Place, show_file
from ekssim.yaml_reader import Node, read_file

__all__ = ["Dumped", "read_dumps"]


@dataclass(slots=True)
class Dumped:
    """An object of a dump, without the places of its values but its own."""

    kind: str
    namespace: str
    name: str
    value: dict[str, Any]
    place: Place

    @property
    def title(self) -> str:
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"

    @property
    def controller(self) -> dict[str, Any] | None:
        owners = self.metadata.get("ownerReferences") or []
        return next((one for one in owners if isinstance(one, dict) and one.get("controller")), None)

    @property
    def metadata(self) -> dict[str, Any]:
        metadata: dict[str, Any] = self.value["metadata"]
        return metadata

    def section(self, name: str) -> dict[str, Any]:
        found = self.value.get(name)
        return found if isinstance(found, dict) else {}


_CLUSTER_WIDE = frozenset(("Node", "Namespace", "PriorityClass", "StorageClass", "PersistentVolume"))


def read_dumps(paths: Sequence[Path]) -> tuple[list[Dumped], list[Complaint]]:
    """All objects in order, a later one of the same title in the place of an earlier one; and what is wrong."""
    objects: dict[str, Dumped] = {}
    complaints: list[Complaint] = []
    for path in paths:
        name = show_file(path)
        file = read_file(path, name)
        complaints += file.complaints
        if file.has_errors:
            continue
        for document in file.documents:
            for node in _objects(document, name, complaints):
                one = _dumped(node, name, complaints)
                if one is not None:
                    objects[one.title] = one
    return list(objects.values()), complaints


def _at(node: Node, file: str) -> Place:
    return Place(file, node.at[1], node.at[2])


def _objects(document: Node, file: str, complaints: list[Complaint], kind: str | None = None) -> Iterator[Node]:
    own = document.text("kind") or kind
    if not document.is_map or own is None:
        message = "this is no Kubernetes object: it has no kind"
        hint = "a dump is what kubectl get … -o json or -o yaml prints"
        complaints.append(Complaint("EKS026", message, hint, place=_at(document, file)))
        return
    if not own.endswith("List"):
        if kind is not None and document.text("kind") is None:
            assert document.entries is not None
            document.entries["kind"] = _entry(document, kind)
        yield document
        return
    items = document.get("items")
    if items is None or items.items is None:
        if items is not None and items.is_scalar and items.scalar is None:
            return
        message = f"a {own} holds its objects in the list `items`"
        complaints.append(Complaint("EKS027", message, place=_at(items or document, file)))
        return
    for item in items.items:
        yield from _objects(item, file, complaints, own.removesuffix("List") or None)


def _entry(document: Node, text: str) -> Any:
    from ekssim.yaml_reader import Entry

    return Entry(document.at, Node.of(text, document.at))


def _dumped(node: Node, file: str, complaints: list[Complaint]) -> Dumped | None:
    metadata = node.get("metadata")
    name = metadata.text("name") if metadata is not None else None
    if metadata is None or not metadata.is_map or not name:
        message = f"a {node.text('kind')} without metadata.name"
        hint = "dump objects with -o json or -o yaml; -o name and tables do not hold enough"
        complaints.append(Complaint("EKS026", message, hint, place=_at(metadata or node, file)))
        return None
    kind = node.text("kind") or ""
    for section in ("spec", "status"):
        at = node.get(section)
        if at is not None and not at.is_map and not (at.is_scalar and at.scalar is None):
            complaints.append(Complaint("EKS026", f"{section} of {kind}/{name} is no map", place=_at(at, file)))
            return None
    namespace = "" if kind in _CLUSTER_WIDE else metadata.text("namespace") or "default"
    return Dumped(kind, namespace, name, node.plain(), _at(node, file))

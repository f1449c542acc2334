"""What a document is, and what it looks like without the places of its values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ekssim.yaml_reader import Node

_API_GROUP: Final = "ekssim.dev/"
_SECTIONS: Final = frozenset(
    ("cluster", "manifests", "run", "expect", "behaviour", "timeline", "traffic", "customMetrics", "callers")
)


def is_scenario(document: Node) -> bool:
    """A document of ours: by kind, by API group, or by its sections where both are missing or misspelt."""
    if not document.is_map:
        return False
    assert document.entries is not None
    if document.text("kind") == "Scenario" or (document.text("apiVersion") or "").startswith(_API_GROUP):
        return True
    return (
        "cluster" in document.entries and "kind" not in document.entries and bool(_SECTIONS & document.entries.keys())
    )


def holds_scenario(path: Path) -> bool:
    """Whether a file holds a scenario: a look at its text, as whether it is right is said when it is loaded."""
    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 20)
    except OSError:
        return False
    return re.search(rb"""^[ \t{"']*kind["']?[ \t]*:[ \t]*["']?Scenario\b""", head, re.MULTILINE) is not None


def maps_of(node: Node) -> Iterator[Node]:
    """Every map at or below a node."""
    if node.entries is not None:
        yield node
        for entry in node.entries.values():
            yield from maps_of(entry.node)
    elif node.items is not None:
        for item in node.items:
            yield from maps_of(item)


def with_places(node: Node, pointer: str, places: dict[str, list[int]]) -> Any:
    places[pointer] = list(node.at)
    if node.entries is not None:
        value = {}
        for key, entry in node.entries.items():
            below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            places[f"{below}#key"] = list(entry.at)
            value[key] = with_places(entry.node, below, places)
        return value
    if node.items is not None:
        return [with_places(item, f"{pointer}/{index}", places) for index, item in enumerate(node.items)]
    return node.scalar

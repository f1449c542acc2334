"""`--set PATH=VALUE`: how it is read, and those of them that name files."""

from __future__ import annotations

import json
from typing import Any, Final

from ekssim.diagnostics import Complaint, Place
from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import Entry, Node, read_text

# Overrides of what names files take effect before the files are read; all others are laid over the document by C++.
FILE_PATHS: Final = ("manifests", "cluster.from", "cluster.dataPath.profile")

# A path in the document and the value to put there, as `--set` takes them.
Override = tuple[str, Any]


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


def lay_over_what_names_files(files: ProjectFiles, scenario: Node, override: Override) -> bool:
    """Lays an override over what names files; false for all others."""
    path, value = override
    if path not in FILE_PATHS:
        return False
    index = len(files.names)
    files.names.append(f"--set {path}={json.dumps(value, ensure_ascii=False, default=str)}"[:200])
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

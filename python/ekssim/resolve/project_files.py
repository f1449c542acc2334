"""The files of one scenario: which paths may be read, what they are called, and what was wrong in them.

A scenario reads only files below its project root: the nearest folder above it with a `.git`, else its own folder.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Final

from ekssim.diagnostics import Complaint, Place
from ekssim.yaml_reader import NODES_MAX, At, Node, YamlFile, near_miss, read_file

MANIFEST_SUFFIXES: Final = (".yaml", ".yml", ".json")
TOTAL_BYTES_MAX: Final = 128 << 20
TOTAL_NODES_MAX: Final = 2 * NODES_MAX
WILDCARD: Final = re.compile(r"[*?\[]")


def project_root(folder: Path) -> Path:
    """The nearest folder at or above one that holds a `.git`, else the folder itself."""
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    return folder


class ProjectFiles:
    """Reads the files of one scenario, each once, and remembers their names in the order of first reading."""

    def __init__(self, folder: Path, root: str | os.PathLike[str] | None = None) -> None:
        self.folder = folder
        self.root = Path(root).resolve() if root is not None else project_root(folder)
        self.names: list[str] = []
        self.complaints: list[Complaint] = []
        self.bytes_read = 0
        self.nodes_read = 0
        self._read: dict[Path, YamlFile] = {}

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
        wildcard = WILDCARD.search(text)
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
            self.complain("EKS001", node.at, f"there is no file {node.scalar}", near_files(path))
            return None
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no regular file"
            self.complain("EKS003", node.at, f"{node.scalar} is {what}", "name a file")
            return None
        return path


def near_files(path: Path) -> str:
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
    if WILDCARD.search(name):
        others = [one for one in names if one.endswith(MANIFEST_SUFFIXES)]
        return f"in that folder are {', '.join(others[:5])}" if others else ""
    return ""

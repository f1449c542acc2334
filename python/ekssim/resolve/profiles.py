"""Profiles of `ekssim calibrate datapath`: what is in one in place of its name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import Entry, Node

# What `ekssim calibrate datapath --name NAME` writes is found by NAME alone.
WRITTEN: Final = ".datapath.yaml"
SUFFIXES: Final = (".yaml", ".yml", ".json")
# The rest of a profile tells how its numbers were found.
KEPT: Final = ("schema", "name", "noise", "coefficients")


def read_in_profile(files: ProjectFiles, scenario: Node) -> None:
    cluster = scenario.get("cluster")
    data_path = cluster.get("dataPath") if cluster is not None else None
    entry = data_path.entries.get("profile") if data_path is not None and data_path.entries is not None else None
    if entry is None or not isinstance(entry.node.scalar, str):
        return
    named = entry.node
    entry.node = Node.of({"file": named.scalar}, named.at)
    path = files.existing_file_named_by(_file_of(named))
    profile = _map_in(files, path, named) if path is not None else None
    if profile is None or profile.entries is None or entry.node.entries is None:
        return
    for key in KEPT:
        if (said := profile.entries.get(key)) is not None:
            entry.node.entries[key] = Entry(said.at, said.node)


def _file_of(named: Node) -> Node:
    text = str(named.scalar)
    return named if text.endswith(SUFFIXES) else Node.of(text + WRITTEN, named.at)


def _map_in(files: ProjectFiles, path: Path, named: Node) -> Node | None:
    file = files.read(path)
    if file.has_errors:
        return None
    if len(file.documents) != 1 or not file.documents[0].is_map:
        hint = "ekssim calibrate datapath writes one"
        files.complain("EKS036", named.at, f"{file.name} is no profile of a calibration", hint)
        return None
    return file.documents[0]

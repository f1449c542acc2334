"""The section `cluster`: the eksctl file in place of its path, settings of add-ons and nodes in place of their text."""

from __future__ import annotations

from pathlib import Path

from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import Entry, Node, near_miss, read_text


def read_in_cluster(files: ProjectFiles, scenario: Node) -> None:
    cluster = scenario.get("cluster")
    if cluster is None or cluster.entries is None:
        return
    origin = cluster.entries.get("from")
    if origin is not None and not origin.node.is_map:
        path = files.existing_file_named_by(origin.node)
        config = _eksctl_config(files, path, origin.node) if path is not None else None
        # Without it the rest is still worth checking.
        cluster.entries["from"] = Entry(origin.at, config if config is not None else Node.of({}, origin.node.at))
        if config is not None:
            _inner_texts(files, config)
    elif origin is not None:
        _inner_texts(files, origin.node)
    _inner_texts(files, cluster)


def _inner_texts(files: ProjectFiles, cluster: Node) -> None:
    _addons(files, cluster)
    for key in ("nodeGroups", "managedNodeGroups"):
        groups = cluster.get(key)
        for group in groups.items or [] if groups is not None else []:
            _node_config(files, group)


def _node_config(files: ProjectFiles, group: Node) -> None:
    """An overrideBootstrapCommand that holds nodeadm's NodeConfig as YAML; a script stays as it is."""
    entry = group.entries.get("overrideBootstrapCommand") if group.entries is not None else None
    if entry is None or not isinstance(entry.node.scalar, str) or "kind: NodeConfig" not in entry.node.scalar:
        return
    at = entry.node.at
    inner = read_text(entry.node.scalar, "overrideBootstrapCommand")
    configs = [document for document in inner.documents if document.text("kind") == "NodeConfig"]
    if any(complaint.is_error for complaint in inner.complaints) or len(configs) != 1:
        files.complain("EKS029", at, "overrideBootstrapCommand holds no NodeConfig that can be read as YAML")
        return
    entry.node = Node.of(configs[0].plain(), at)


def _eksctl_config(files: ProjectFiles, path: Path, node: Node) -> Node | None:
    file = files.read(path)
    if file.has_errors:
        return None
    configs = [document for document in file.documents if document.text("kind") == "ClusterConfig"]
    if len(configs) == 1:
        return configs[0]
    if configs:
        files.complain("EKS028", configs[1].at, f"{file.name} holds more than one ClusterConfig", "keep one a file")
        return None
    kinds = [document.text("kind") for document in file.documents]
    near = near_miss(str(kinds[0]), ["ClusterConfig"]) if kinds and kinds[0] else ""
    at = file.documents[0].at if file.documents else node.at
    hint = near or "it has apiVersion: eksctl.io/v1alpha5 and kind: ClusterConfig"
    files.complain("EKS028", at, f"{file.name} is no eksctl file", hint)
    return None


def _addons(files: ProjectFiles, cluster: Node) -> None:
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
            files.complain("EKS029", at, f"configurationValues{line}: {complaint.message}", complaint.hint)
        if errors:
            continue
        value = inner.documents[0].plain() if inner.documents else {}
        if not isinstance(value, dict):
            files.complain("EKS029", at, "configurationValues holds no map", "such as \"env: {WARM_ENI_TARGET: '1'}\"")
            continue
        entry.node = Node.of(value, at)

"""Texts in ConfigMaps that hold settings of a component: the document holds what they say."""

from __future__ import annotations

from typing import Final

from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import Node, read_text

# What such a text is about, by the start of its apiVersion.
GROUPS: Final = ("descheduler/", "kubeproxy.config.k8s.io/")
# The configuration of prometheus-adapter has none, but one of these, and a word that all of its rules have.
ADAPTER_KEYS: Final = ("rules", "externalRules", "resourceRules")
ADAPTER_WORDS: Final = ("seriesQuery", "containerQuery")


def read_embedded_settings(files: ProjectFiles, objects: list[Node]) -> None:
    for node in objects:
        if node.text("kind") != "ConfigMap" or node.entries is None:
            continue
        data = node.get("data")
        for entry in data.entries.values() if data is not None and data.entries is not None else ():
            text = entry.node.scalar
            if not isinstance(text, str):
                continue
            if any(group in text for group in GROUPS):
                entry.node = _settings(files, entry.node, text)
            elif any(word in text for word in ADAPTER_WORDS):
                entry.node = _adapter_rules(entry.node, text)


def _settings(files: ProjectFiles, node: Node, text: str) -> Node:
    """The map that the text is; the text itself where it is something else after all."""
    inner = read_text(text, "ConfigMap")
    errors = [complaint for complaint in inner.complaints if complaint.is_error and complaint.rule != "EKS005"]
    for complaint in errors:
        line = f", line {complaint.place.line} of the text" if complaint.place and complaint.place.line else ""
        files.complain("EKS029", node.at, f"this text{line}: {complaint.message}", complaint.hint)
    value = inner.documents[0].plain() if inner.documents and not errors else None
    if not isinstance(value, dict) or not str(value.get("apiVersion", "")).startswith(GROUPS):
        return node
    return Node.of(value, node.at)


def _adapter_rules(node: Node, text: str) -> Node:
    """The same for the rules of prometheus-adapter; what is wrong with them is said where it mounts them."""
    inner = read_text(text, "ConfigMap")
    if not inner.documents or any(complaint.is_error for complaint in inner.complaints):
        return node
    value = inner.documents[0].plain()
    is_it = isinstance(value, dict) and any(isinstance(value.get(key), list | dict) for key in ADAPTER_KEYS)
    return Node.of(value, node.at) if is_it else node

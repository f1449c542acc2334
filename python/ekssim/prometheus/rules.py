"""Alerting and recording rules as people have them: Prometheus's rule files and PrometheusRule objects, unchanged.

Each document becomes a rule file of its own, as the Prometheus operator makes one of each object, and is checked by
promtool: what it says is said with the file's name.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ekssim.diagnostics import Complaint, Place
from ekssim.errors import Error, InputError
from ekssim.prometheus.selectors import Selector, selectors
from ekssim.prometheus.server import run_promtool
from ekssim.yaml_reader import Node, read_file

__all__ = ["Group", "Rule", "read_rules", "seconds_of"]

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
_DURATION: Final = re.compile(r"([0-9]+)(ms|[smhdwy])")
# What a rule file holds. PrometheusRule objects have more, which their operator keeps for itself or gives to Thanos.
_RULE_FIELDS: Final = ("record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_SUFFIXES: Final = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Rule:
    """One rule. `name` is that of the alert or of the recorded series, `place` where it is written."""

    name: str
    is_alert: bool
    expression: str
    group: str
    place: str
    for_seconds: float = 0.0
    keep_firing_seconds: float = 0.0
    labels: dict[str, str] = field(default_factory=dict)

    def selectors(self) -> list[Selector]:
        return selectors(self.expression)


@dataclass(slots=True)
class Group:
    name: str
    file: str
    interval_seconds: float | None  # none: the global one
    rules: list[Rule] = field(default_factory=list)


def seconds_of(duration: Any) -> float:
    """A duration as Prometheus writes it, "1h30m" or "0", in seconds."""
    text = str(duration or "0")
    return 0.0 if text == "0" else sum(int(number) * _UNITS[unit] for number, unit in _DURATION.findall(text))


def read_rules(paths: Sequence[Path]) -> list[Group]:
    """The groups of all files, those in folders included; InputError or Error says what is wrong with them."""
    groups: list[Group] = []
    complaints: list[Complaint] = []
    for path in _files(paths):
        file = read_file(path)
        complaints += file.complaints
        if file.has_errors:
            continue
        found = [one for document in file.documents for one in _documents(document)]
        if not found:
            complaints.append(
                Complaint(
                    "EKS047",
                    f"{path} holds no Prometheus rules",
                    "a rule file has `groups`, a PrometheusRule has them in its `spec`; the scenario comes last",
                    place=Place(str(path)),
                )
            )
        for holder in found:
            groups += _read_groups(holder, str(path))
    if any(complaint.is_error for complaint in complaints):
        raise InputError(complaints)
    return groups


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from (one for one in sorted(path.rglob("*")) if one.suffix in _SUFFIXES and one.is_file())
        else:
            yield path


def _documents(document: Node) -> Iterator[Node]:
    """The maps that have `groups`: of a rule file, of a PrometheusRule, of each in a List."""
    if document.get("groups") is not None:
        yield document
    kind = document.get("kind")
    name = kind.scalar if kind is not None else None
    spec = document.get("spec")
    if name == "PrometheusRule" and spec is not None and spec.get("groups") is not None:
        yield spec
    items = document.get("items")
    for item in (items.items or ()) if items is not None else ():
        yield from _documents(item)


def _read_groups(holder: Node, file: str) -> list[Group]:
    plain = holder.plain()["groups"]
    _check(plain, file)
    groups: list[Group] = []
    nodes = holder.get("groups")
    for group, node in zip(plain, (nodes.items if nodes is not None else None) or (), strict=True):
        interval = group.get("interval")
        read = Group(str(group["name"]), file, seconds_of(interval) if interval else None)
        rules = node.get("rules")
        for rule, rule_node in zip(group.get("rules") or (), (rules.items if rules else None) or (), strict=True):
            read.rules.append(_rule(rule, group, f"{file}:{rule_node.at[1]}:{rule_node.at[2]}"))
        groups.append(read)
    return groups


def _rule(rule: dict[str, Any], group: dict[str, Any], place: str) -> Rule:
    is_alert = "alert" in rule
    return Rule(
        name=str(rule["alert" if is_alert else "record"]),
        is_alert=is_alert,
        expression=str(rule["expr"]),
        group=str(group["name"]),
        place=place,
        for_seconds=seconds_of(rule.get("for")),
        keep_firing_seconds=seconds_of(rule.get("keep_firing_for")),
        labels={
            str(key): str(value) for key, value in {**(group.get("labels") or {}), **(rule.get("labels") or {})}.items()
        },
    )


def _check(groups: Any, file: str) -> None:
    """Prometheus's own judgement of the rules."""
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise Error(f"{file}: `groups` is a list of groups of rules")
    document = {"groups": [_as_in_rule_file(group) for group in groups]}
    with tempfile.TemporaryDirectory(prefix="ekssim-rules-") as folder:
        copy = Path(folder) / "rules.yaml"
        copy.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML
        try:
            # Lint says what is unwise; that is not for us to judge.
            run_promtool("check", "rules", "--lint=none", str(copy))
        except Error as error:
            words = str(error).replace(str(copy), file)
            raise Error(f"{file}: these are no rules that Prometheus would load\n{words}") from None


def _as_in_rule_file(group: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {key: group[key] for key in ("name", "interval", "limit") if key in group}
    rules = group.get("rules") or []
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        return {**kept, "rules": rules}
    kept["rules"] = [
        {key: str(rule[key]) if key == "expr" else rule[key] for key in _RULE_FIELDS if key in rule} for rule in rules
    ]
    return kept

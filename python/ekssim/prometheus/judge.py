"""Which alert fires when, on the series of a simulated run: expressions by the real Prometheus, states as in it.

1. A run is exported as it would have been scraped, and promtool makes a data base of it.
2. Recording rules are backfilled by promtool, those that others refer to first.
3. Each alert's expression is asked of a Prometheus server at every evaluation; `for` and `keep_firing_for` are applied
   to each label set as Prometheus does (lifecycle.py). Its own rule manager evaluates at the present alone.

A rule on something that no simulated series says is not judged: its silence, or its alarm about an absent series, would
mean nothing. Evaluations stand at the start and every interval after it; Prometheus's own stand at an offset of the
group's, less than an interval.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ekssim import engine
from ekssim.openmetrics import Export, export, interval_us
from ekssim.prometheus.affected import Affected
from ekssim.prometheus.lifecycle import Firing, firings, longest_pending
from ekssim.prometheus.rules import Group, Rule
from ekssim.prometheus.server import QueryError, Series, Server

if TYPE_CHECKING:
    from ekssim.scenario import Scenario

__all__ = ["EVALUATION_INTERVAL", "Vocabulary", "judge"]

# As kube-prometheus evaluates (its Prometheus object: evaluationInterval 30s).
EVALUATION_INTERVAL: Final = "30s"
# What exports carry beside the labels of a metric's own.
_TARGET_LABELS: Final = {"job", "metrics_path"}


@dataclass(slots=True)
class Vocabulary:
    """The metrics that ekssim has, by the name of their series, with the labels of each."""

    labels: dict[str, set[str]] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)

    @classmethod
    def of_engine(cls) -> Vocabulary:
        found = cls()
        for metric in engine.call("metrics"):
            own = set(metric["labels"]) | _TARGET_LABELS
            if metric["kind"] != "distribution":
                found.labels[metric["name"]] = own
                continue
            for suffix in ("_count", "_sum"):
                found.labels[metric["name"] + suffix] = own
            found.labels[metric["name"] + "_bucket"] = own | {"le"}
        return found

    def lacks(self, rule: Rule) -> list[str]:
        """What the rule asks for and no simulated series has: names of metrics, and `metric{label}`."""
        missing: dict[str, None] = {}
        for one in rule.selectors():
            if one.metric in self.recorded:
                continue
            if not one.metric:
                missing["a selector without the name of a metric"] = None
            elif one.metric not in self.labels:
                missing[one.metric] = None
            else:
                for label in sorted(one.labels_needed() - self.labels[one.metric]):
                    missing[f"{one.metric}{{{label}}}"] = None
        return list(missing)


@dataclass(slots=True)
class _Recordings:
    levels: list[list[tuple[Group, Rule]]] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)  # by recorded name that cannot be had


def _plan(groups: Sequence[Group], vocabulary: Vocabulary) -> _Recordings:
    """Recording rules by how many others have to be there before them."""
    waiting = [(group, rule) for group in groups for rule in group.rules if not rule.is_alert]
    plan = _Recordings()
    while waiting:
        still = {rule.name for _, rule in waiting}
        ready = [pair for pair in waiting if not still & {one.metric for one in pair[1].selectors()}]
        if not ready:
            for _, rule in waiting:
                plan.missing.setdefault(rule.name, []).append("recording rules that refer to each other")
            return plan
        waiting = [pair for pair in waiting if pair not in ready]
        level = []
        for group, rule in ready:
            # Those before it are decided: a recorded name is known by now, or what it lacks is.
            lacking = [part for one in vocabulary.lacks(rule) for part in plan.missing.get(one, [one])]
            if lacking:
                plan.missing.setdefault(rule.name, []).extend(lacking)
            else:
                level.append((group, rule))
                vocabulary.recorded.add(rule.name)
        if level:
            plan.levels.append(level)
    return plan


def judge(
    scenario: Scenario,
    groups: Sequence[Group],
    *,
    scrape_interval: str | timedelta = "30s",
    evaluation_interval: str | timedelta = EVALUATION_INTERVAL,
    seed: int | None = None,
    replication: int = 0,
    until: str | timedelta | None = None,
    progress: engine.Progress | None = None,
) -> dict[str, Any]:
    """One run under the rules, as plain data: `alerts`, each with its state and its firings in seconds since the start;
    `missing`, what rules ask for that ekssim does not produce. Needs prometheus and promtool; raises Error without.
    """
    vocabulary = Vocabulary.of_engine()
    plan = _plan(groups, vocabulary)
    scrape_seconds = interval_us(scrape_interval) / 1e6
    default_seconds = interval_us(evaluation_interval) / 1e6
    recording = [group.interval_seconds or default_seconds for level in plan.levels for group, _ in level]
    with tempfile.TemporaryDirectory(prefix="ekssim-prometheus-") as name:
        folder = Path(name)
        exported = export(
            scenario,
            folder / "run.om",
            scrape_interval=scrape_interval,
            seed=seed,
            replication=replication,
            until=until,
            progress=progress,
        )
        with Server(folder, exported.path, lookback_seconds=max([scrape_seconds, *recording])) as server:
            for level in plan.levels:
                file = _write_recordings(folder, level, default_seconds)
                server.record([file], exported.start_unix_seconds, exported.end_unix_seconds, default_seconds)
            affected = Affected.ask(server, exported.start_unix_seconds, exported.end_unix_seconds, scrape_seconds)
            alerts = [
                _judge_alert(
                    rule, server, exported, group.interval_seconds or default_seconds, vocabulary, plan, affected
                )
                for group in groups
                for rule in group.rules
                if rule.is_alert
            ]
    document: dict[str, Any] = {
        "start_unix_seconds": exported.start_unix_seconds,
        "simulated_seconds": exported.end_unix_seconds - exported.start_unix_seconds,
        "samples": exported.samples,
        "first_affected_seconds": affected.first,
        "alerts": alerts,
    }
    document["missing"] = _missing(groups, plan, alerts)
    return document


def _write_recordings(folder: Path, level: Iterable[tuple[Group, Rule]], default_seconds: float) -> Path:
    groups = [
        {
            "name": f"{number}-{group.name}",
            "interval": f"{round((group.interval_seconds or default_seconds) * 1000)}ms",
            "rules": [{"record": rule.name, "expr": rule.expression, "labels": rule.labels}],
        }
        for number, (group, rule) in enumerate(level)
    ]
    file = folder / "recordings.yaml"
    file.write_text(json.dumps({"groups": groups}), encoding="utf-8")
    return file


def _judge_alert(
    rule: Rule,
    server: Server,
    exported: Export,
    step_seconds: float,
    vocabulary: Vocabulary,
    plan: _Recordings,
    affected: Affected,
) -> dict[str, Any]:
    alert: dict[str, Any] = {
        "name": rule.name,
        "group": rule.group,
        "place": rule.place,
        "severity": rule.labels.get("severity"),
        "for_seconds": rule.for_seconds,
        "keep_firing_for_seconds": rule.keep_firing_seconds,
        "state": "silent",
        "reads_metrics": bool(rule.selectors()),
        "missing": [],
        "error": None,
        "longest_pending_seconds": 0.0,
        "firings": [],
    }
    lacking = [part for one in vocabulary.lacks(rule) for part in plan.missing.get(one, [one])]
    if lacking:
        return {**alert, "state": "not-judged", "missing": list(dict.fromkeys(lacking))}
    start, end = exported.start_unix_seconds, exported.end_unix_seconds
    try:
        series = server.over(rule.expression, start, end, step_seconds)
        by_labels = _by_alert_labels(series, rule)
    except QueryError as error:
        return {**alert, "state": "refused", "error": str(error)}
    steps = int((end - start) / step_seconds + 1e-9) + 1
    found: list[tuple[dict[str, str], Firing]] = []
    pending = 0
    for one in by_labels:
        present = [round((at - start) / step_seconds) for at, _ in one.points]
        pending = max(pending, longest_pending(present)) if present else pending
        found += [
            (one.labels, firing)
            for firing in firings(
                present,
                steps=steps,
                step_seconds=step_seconds,
                for_seconds=rule.for_seconds,
                keep_firing_seconds=rule.keep_firing_seconds,
            )
        ]
    if any(one.points for one in by_labels):
        alert["state"] = "fires" if found else "pending"
    alert["longest_pending_seconds"] = pending * step_seconds
    found.sort(key=lambda pair: (pair[1].fired, sorted(pair[0].items())))
    alert["firings"] = [_firing(labels, one, step_seconds, end - start, affected) for labels, one in found]
    return alert


def _by_alert_labels(series: Sequence[Series], rule: Rule) -> list[Series]:
    """With the labels that the alerts have: without the metric's name, and with the rule's own over the others. Labels
    that are templates are made of the others, so that they tell no more alerts apart.
    """
    fixed = {name: value for name, value in rule.labels.items() if "{{" not in value}
    found: dict[tuple[tuple[str, str], ...], Series] = {}
    for one in series:
        labels = {key: value for key, value in one.labels.items() if key != "__name__"}
        labels |= fixed
        key = tuple(sorted(labels.items()))
        if key in found and {at for at, _ in found[key].points} & {at for at, _ in one.points}:
            raise QueryError(
                "several results have the same labels once the alert's own are set, which Prometheus refuses"
            )
        found.setdefault(key, Series(labels, [])).points.extend(one.points)
    return list(found.values())


def _firing(
    labels: Mapping[str, str], firing: Firing, step_seconds: float, end_seconds: float, affected: Affected
) -> dict[str, Any]:
    fired = firing.fired * step_seconds
    resolved = None if firing.resolved is None else firing.resolved * step_seconds
    since = affected.before(labels, fired)
    return {
        "labels": dict(labels),
        "active_seconds": firing.active * step_seconds,
        "fired_seconds": fired,
        "resolved_seconds": resolved,
        "lasted_seconds": (end_seconds if resolved is None else resolved) - fired,
        "first_affected_seconds": since.seconds if since else None,
        "first_affected_cause": since.cause if since else None,
        "after_first_affected_seconds": fired - since.seconds if since else None,
    }


def _missing(groups: Sequence[Group], plan: _Recordings, alerts: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """By what is not there: the rules that ask for it."""
    found: dict[str, list[str]] = {}
    for alert in alerts:
        for one in alert["missing"]:
            found.setdefault(one, []).append(alert["name"])
    for group in groups:
        for rule in group.rules:
            for one in plan.missing.get(rule.name, ()) if not rule.is_alert else ():
                found.setdefault(one, []).append(rule.name)
    return {name: list(dict.fromkeys(rules)) for name, rules in sorted(found.items())}

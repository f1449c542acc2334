"""Alert rules on simulated runs, judged with the real Prometheus; states against promtool's own unit tests of rules."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ekssim import engine
from ekssim.errors import Error, InputError
from ekssim.prometheus.judge import Vocabulary
from ekssim.prometheus.lifecycle import firings
from ekssim.prometheus.rules import Rule, read_rules, seconds_of
from ekssim.prometheus.selectors import selectors
from ekssim.prometheus.server import are_installed, run_promtool

FIELD_REPORTS = Path(__file__).resolve().parents[2] / "scenarios" / "field-reports"
CREATING = FIELD_REPORTS / "fr_07_creating_pods_and_autoscaler.yaml"

with_prometheus = pytest.mark.skipif(
    not are_installed(), reason="no prometheus is installed (apt-get install prometheus)"
)
with_engine = pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")


def alerts(*arguments: str | Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ekssim", "alerts", *map(str, arguments)]
    environment = os.environ | ({"PATH": path} if path is not None else {})
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def judged(*arguments: str | Path, code: int) -> list[dict[str, Any]]:
    done = alerts(*arguments, "-q", "-o", "json")
    assert done.returncode == code, done.stderr
    runs: list[dict[str, Any]] = json.loads(done.stdout)["runs"]
    return runs


def written(folder: Path, text: str) -> Path:
    file = folder / "rules.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def by_name(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {alert["name"]: alert for alert in run["alerts"]}


# --- FR-7


@with_engine
@with_prometheus
def test_a_rule_on_pending_pods_stays_silent_while_pods_hang_in_container_creating() -> None:
    as_written, _ = judged(FIELD_REPORTS / "fr_07_rules_on_pending.yaml", CREATING, code=0)
    assert as_written["verdict"] == "fail"
    assert {alert["state"] for alert in as_written["alerts"]} == {"silent"}
    assert as_written["missing"] == {}


@with_engine
@with_prometheus
def test_a_rule_on_container_creating_fires_for_and_15_minutes_after_the_first_pod() -> None:
    as_written, remedied = judged(FIELD_REPORTS / "fr_07_rules_on_creating.yaml", CREATING, code=1)
    (firing,) = by_name(as_written)["PodsStuckInContainerCreating"]["firings"]
    # The shop grows at 10 minutes. The scrape and evaluation after it see that, `for: 15m` later it fires, to the end.
    assert firing["active_seconds"] == 630
    assert firing["fired_seconds"] == 630 + 900
    assert firing["resolved_seconds"] is None
    assert firing["lasted_seconds"] == 7200 - 1530
    assert firing["labels"] == {"namespace": "shop", "workload": "web", "severity": "warning"}
    assert firing["after_first_affected_seconds"] == pytest.approx(900, abs=60)
    assert firing["first_affected_cause"] == "no-address"
    # With the remedy the pods start before the quarter of an hour is over.
    assert by_name(remedied)["PodsStuckInContainerCreating"]["state"] == "pending"
    assert by_name(remedied)["PodsStuckInContainerCreating"]["firings"] == []


# --- what rules may look like


RECORDED = """
groups:
- name: waiting
  interval: 60s
  rules:
  - record: namespace:creating:sum
    expr: sum by (namespace) (kube_pod_container_status_waiting_reason{reason="ContainerCreating"})
    labels: {team: shop}
  - record: cluster:creating:sum
    expr: sum(namespace:creating:sum{team="shop"})
- name: alerts
  rules:
  - alert: Creating
    expr: cluster:creating:sum > 40
    for: 5m
  - alert: Watchdog
    expr: vector(1)
  - alert: NodeExporterDown
    expr: absent(up{job="node-exporter"} == 1)
  - alert: OnePod
    expr: kube_pod_status_phase{pod=~"web-.+", phase="Pending"} > 0
  - alert: OfWhatCannotBeRecorded
    expr: instance:node_cpu:ratio > 0
  - alert: Refused
    expr: kube_pod_status_phase / on (namespace) kube_pod_status_phase > 0
- name: more
  rules:
  - record: instance:node_cpu:ratio
    expr: rate(node_cpu_seconds_total[5m])
"""


@with_engine
@with_prometheus
def test_recording_rules_serve_alerts_and_what_is_not_simulated_is_said(tmp_path: Path) -> None:
    rules = written(tmp_path, RECORDED)
    as_written, _ = judged(rules, CREATING, "--until", "1h", code=1)
    found = by_name(as_written)
    # Recorded every 60 s, at an offset of the group's own: up to two minutes behind what they record.
    (firing,) = found["Creating"]["firings"]
    assert 630 <= firing["active_seconds"] <= 630 + 120
    assert firing["fired_seconds"] == firing["active_seconds"] + 300
    (firing,) = found["Watchdog"]["firings"]
    assert (firing["fired_seconds"], firing["resolved_seconds"]) == (0, None)
    assert found["Watchdog"]["reads_metrics"] is False
    # An alarm about the absence of what is not simulated would mean nothing.
    assert found["NodeExporterDown"]["state"] == "not-judged"
    assert found["OnePod"]["missing"] == ["kube_pod_status_phase{pod}"]
    assert found["OfWhatCannotBeRecorded"]["missing"] == ["node_cpu_seconds_total"]
    assert found["Refused"]["state"] == "refused" and "many-to-many" in found["Refused"]["error"]
    assert as_written["missing"] == {
        "kube_pod_status_phase{pod}": ["OnePod"],
        "node_cpu_seconds_total": ["OfWhatCannotBeRecorded", "instance:node_cpu:ratio"],
        "up": ["NodeExporterDown"],
    }


@with_engine
@with_prometheus
def test_the_exit_code_says_whether_something_fires(tmp_path: Path) -> None:
    def code(expression: str) -> int:
        rules = written(
            tmp_path, json.dumps({"groups": [{"name": "a", "rules": [{"alert": "A", "expr": expression}]}]})
        )
        return alerts(rules, CREATING, "--until", "5m", "-q").returncode

    assert code("ekssim_nodes > 0") == 1
    assert code("ekssim_nodes > 1000") == 0
    assert code("up == 0") == 5
    assert code("vector(1)") == 5


@with_engine
@with_prometheus
def test_the_table_for_people_names_alerts_times_and_what_is_missing() -> None:
    done = alerts(FIELD_REPORTS / "fr_07_rules_on_creating.yaml", CREATING, "-q")
    assert done.returncode == 1
    (line,) = [one for one in done.stdout.splitlines() if "PodsStuckInContainerCreating" in one and "FIRES" in one]
    assert "25m 30s" in line and "no-address" in line and "workload=web" in line


@with_prometheus
def test_lists_and_several_documents_are_read_and_thanos_fields_left_out(tmp_path: Path) -> None:
    group = {"name": "a", "partial_response_strategy": "warn", "rules": [{"alert": "A", "expr": 1}]}
    rule = {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule", "spec": {"groups": [group]}}
    documents = [{"kind": "List", "items": [rule, rule]}, {"groups": [{"name": "a", "rules": []}]}, {"kind": "Service"}]
    file = written(tmp_path, "\n---\n".join(json.dumps(one) for one in documents))
    assert [(one.name, len(one.rules)) for one in read_rules([file])] == [("a", 1), ("a", 1), ("a", 0)]


@with_prometheus
def test_what_prometheus_would_not_load_is_refused_in_its_words(tmp_path: Path) -> None:
    text = json.dumps({"groups": [{"name": "a", "rules": [{"alert": "A", "expr": "sum(by"}]}]})
    with pytest.raises(
        Error, match=r"rules\.yaml.*no rules that Prometheus would load[\s\S]*could not parse expression"
    ):
        read_rules([written(tmp_path, text)])
    with pytest.raises(InputError, match="EKS047"):
        read_rules([written(tmp_path, "kind: Deployment\n")])
    with pytest.raises(InputError, match="EKS001"):
        read_rules([tmp_path / "none.yaml"])


def test_without_prometheus_there_is_advice(tmp_path: Path) -> None:
    done = alerts(tmp_path / "rules.yaml", CREATING, path=str(tmp_path))
    assert done.returncode == 2
    assert "apt-get install prometheus" in done.stderr


# --- the parts


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("up", ["up"]),
        (
            'sum by (job, pod) (rate(http_total{code=~"5.."}[5m] offset 1h)) / on (job) group_left (x) b > 0.5e3',
            "http_total b",
        ),
        ("sum(a) without (b) + count by(c)(d) unless ignoring(e) f", "a d f"),
        (
            "histogram_quantile(0.9, rate(x_bucket[5m:30s])) >= bool 1 # a comment with words\n or y @ 1609746000",
            "x_bucket y",
        ),
        ('{__name__="z", a="b"} and topk(5, level:metric:op)', "z level:metric:op"),
        ('label_replace(a, "dst", "$1", "src", "(.*)") + 1h30m + Inf + NaN + 0x1F', "a"),
        ("vector(1) + time()", ""),
    ],
)
def test_names_of_metrics_are_told_from_all_else(expression: str, names: str | list[str]) -> None:
    expected = names.split() if isinstance(names, str) else names
    assert [one.metric for one in selectors(expression)] == expected


def test_only_labels_that_must_be_there_are_missed() -> None:
    vocabulary = Vocabulary({"m": {"namespace"}})

    def lacks(matchers: str) -> list[str]:
        return vocabulary.lacks(Rule("A", True, f"m{{{matchers}}}", "g", ""))

    assert lacks('namespace="x", pod="", pod!="y", pod=~".*", pod!~".+"') == []
    assert lacks('pod="x"') == lacks('pod!=""') == lacks('pod=~"a|b"') == lacks('pod!~"|x"') == ["m{pod}"]


def test_durations_are_read_as_prometheus_writes_them() -> None:
    assert [seconds_of(one) for one in ("1h30m", "0", None, "2d", "1w", "1y", "1500ms")] == [
        *(5400, 0, 0, 172800, 604800, 31536000, 1.5)
    ]


STEPS = 40


def unit_test_of(present: set[int], wait: int, keep: int) -> dict[str, Any]:
    """A unit test of promtool's: at every minute the alert fires just where `firings` says so."""
    found = firings(present, steps=STEPS, step_seconds=60, for_seconds=wait * 60, keep_firing_seconds=keep * 60)
    fires = {step for one in found for step in range(one.fired, STEPS if one.resolved is None else one.resolved)}
    return {
        "interval": "1m",
        "input_series": [{"series": "m", "values": " ".join("1" if i in present else "0" for i in range(STEPS))}],
        "alert_rule_test": [
            {"eval_time": f"{step}m", "alertname": "A", "exp_alerts": [{"exp_labels": {}}] if step in fires else []}
            for step in range(STEPS)
        ],
    }


@with_prometheus
@pytest.mark.parametrize(("wait", "keep"), [(0, 0), (3, 0), (0, 2), (2, 3), (4, 1)])
def test_alerts_fire_and_are_resolved_as_in_prometheus(tmp_path: Path, wait: int, keep: int) -> None:
    rule: dict[str, Any] = {"alert": "A", "expr": "m > 0"}
    if wait:
        rule["for"] = f"{wait}m"
    if keep:
        rule["keep_firing_for"] = f"{keep}m"
    written(tmp_path, json.dumps({"groups": [{"name": "g", "rules": [rule]}]}))
    chance = random.Random(20261130 + 10 * wait + keep)  # a fixed seed: the same stretches in every run
    tests = []
    for _ in range(8):
        present: set[int] = set()
        at = chance.randint(0, 3)
        while at < STEPS:
            length = chance.randint(1, 8)
            present |= set(range(at, min(at + length, STEPS)))
            at += length + chance.randint(1, 5)
        tests.append(unit_test_of(present, wait, keep))
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests}
    file = tmp_path / "tests.yaml"
    file.write_text(json.dumps(document), encoding="utf-8")
    assert "SUCCESS" in run_promtool("test", "rules", str(file))
    # And promtool does see a difference.
    tests[0]["alert_rule_test"][0]["exp_alerts"] = [{"exp_labels": {"no": "such"}}]
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Error, match="FAILED"):
        run_promtool("test", "rules", str(file))

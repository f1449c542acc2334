"""Exported runs in the real Prometheus: promtool backfills them, PromQL must answer what the result document says.

Each number is had twice, by ekssim's own books and by Prometheus from scraped samples; they share the events alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim import engine
from ekssim.openmetrics import Export
from ekssim.prometheus.server import Server, are_installed

FIELD_REPORTS = Path(__file__).resolve().parents[2] / "scenarios" / "field-reports"
CREATING = FIELD_REPORTS / "fr_07_creating_pods_and_autoscaler.yaml"
UPGRADE = FIELD_REPORTS / "fr_39_rolling_upgrade.yaml"
STEP = 30

pytestmark = [
    pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built"),
    pytest.mark.skipif(not are_installed(), reason="no prometheus is installed (apt-get install prometheus)"),
]


class Run:
    """A scenario's result beside the server that holds its export."""

    def __init__(self, scenario: ekssim.Scenario, folder: Path) -> None:
        self.scenario = scenario
        self.result = self.scenario.run(replications=1).to_dict()
        self.export: Export = self.scenario.export_openmetrics(folder / "run.om", scrape_interval=f"{STEP}s")
        self.server = Server(folder, self.export.path, lookback_seconds=STEP)

    @property
    def end(self) -> float:
        return self.export.end_unix_seconds

    def number(self, expression: str, at: float | None = None) -> float:
        (series,) = self.server.instant(expression, self.end if at is None else at)
        return series.points[0][1]


@pytest.fixture(scope="module")
def creating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    run = Run(ekssim.load(CREATING), tmp_path_factory.mktemp("creating"))
    with run.server:
        yield run


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    # In a subnet with room the upgrade goes through: every node of the group is replaced.
    forms = {str(label["variant"]): form for label, form in ekssim.load(UPGRADE).variants()}
    run = Run(forms["a /24 instead of the /25"], tmp_path_factory.mktemp("upgrade"))
    with run.server:
        yield run


def selector(name: str, labels: dict[str, str]) -> str:
    return name + "{" + ",".join(f"{key}={json.dumps(value)}" for key, value in labels.items()) + "}"


def metrics_of(kind: str) -> list[str]:
    return [one["name"] for one in engine.call("metrics") if one["kind"] == kind]


def rows(run: Run, kind: str) -> list[tuple[str, dict[str, str], dict[str, Any]]]:
    metrics = run.result["metrics"]
    return [(name, one["labels"], one) for name in metrics_of(kind) for one in metrics.get(name, ())]


def test_gauges_end_with_the_last_value_of_the_result(creating: Run) -> None:
    checked = 0
    for name, labels, one in rows(creating, "gauge"):
        assert creating.number(f"sum({selector(name, labels)})") == pytest.approx(one["last"], abs=1e-9), (name, labels)
        checked += 1
    assert checked > 50


def test_levels_that_last_have_the_same_maximum(creating: Run) -> None:
    waiting = creating.result["metrics"]["kube_pod_container_status_waiting_reason"]
    expected = max(one["max"] for one in waiting if one["labels"]["reason"] == "ContainerCreating")
    found = creating.number(
        'max_over_time(sum(kube_pod_container_status_waiting_reason{reason="ContainerCreating"})[2h:30s])'
    )
    assert found == expected == 48


def test_scrapes_never_see_more_than_there_was(creating: Run) -> None:
    for name, labels, one in rows(creating, "gauge"):
        assert creating.number(f"max(max_over_time({selector(name, labels)}[3h]))") <= one["max"] + 1e-9, (name, labels)


def test_counters_end_with_the_total_of_the_result(creating: Run) -> None:
    checked = 0
    for name, labels, one in rows(creating, "counter"):
        assert creating.number(f"sum({selector(name, labels)})") == pytest.approx(one["total"], rel=1e-9), (
            name,
            labels,
        )
        checked += 1
    assert checked > 20


def test_distributions_have_the_count_sum_and_quantiles_of_the_result(creating: Run) -> None:
    checked = 0
    for name, labels, one in rows(creating, "distribution"):
        of_name = f"sum by (le) ({selector(name + '_bucket', labels)})"
        assert creating.number(f"sum({selector(name + '_count', labels)})") == one["count"], (name, labels)
        assert creating.number(f"sum({selector(name + '_sum', labels)})") == pytest.approx(one["total"], rel=1e-9)
        bounds = sorted(
            (float(series.labels["le"]), series.points[0][1])
            for series in creating.server.instant(of_name, creating.end)
        )
        counts = [count for _, count in bounds]
        assert counts == sorted(counts) and counts[-1] == one["count"], (name, labels)
        # PromQL's quantile lies in the bucket in which the result's own does, or at a bound that is within 1/32 of it.
        found = creating.number(f"histogram_quantile(0.9, {of_name})")
        finite = [0.0, *(bound for bound, _ in bounds if bound != float("inf"))]
        low = max(bound for bound in finite if bound <= one["p90"] * (1 - 1 / 16))
        above = [bound for bound in finite if bound >= one["p90"] * (1 + 1 / 16)]
        assert low <= found <= min(above, default=finite[-1]), (name, labels, found, one["p90"])
        checked += 1
    assert checked > 5


def test_samples_stand_at_the_instants_of_the_calendar(creating: Run) -> None:
    # The scenario says start: 2026-11-02T08:00:00Z, and scales 20 replicas to 100 after ten minutes.
    assert creating.export.start_unix_seconds == 1793606400
    (series,) = creating.server.over(
        'kube_deployment_spec_replicas{workload="web"}', creating.export.start_unix_seconds, creating.end, STEP
    )
    assert series.points[0][0] == 1793606400
    assert len(series.points) == creating.export.scrapes == 241
    # What happens at an instant is seen by the scrape after it.
    changed = next(at for at, value in series.points if value == 100)
    assert changed - 1793606400 == 600 + STEP
    assert {value for _, value in series.points} == {20, 100}


def test_the_rate_of_the_cost_is_the_cost_an_hour(creating: Run) -> None:
    at = creating.export.start_unix_seconds + 3600
    for kind in ("node", "control-plane"):
        rate = creating.number(f'sum(rate(ekssim_cost_usd_total{{kind="{kind}"}}[10m])) * 3600', at)
        assert rate == pytest.approx(creating.number(f'sum(ekssim_cost_usd_per_hour{{kind="{kind}"}})', at), rel=1e-9)


def test_pods_created_are_counted_where_the_shop_grows(creating: Run) -> None:
    at = creating.export.start_unix_seconds
    before, after = (creating.number('ekssim_pods_created_total{workload="web"}', at + s) for s in (600, 630))
    assert after - before == 80


def test_names_of_targets_are_those_of_kube_prometheus(creating: Run) -> None:
    assert creating.number('count(kube_pod_status_phase{job="kube-state-metrics"})') > 0
    assert creating.number('count(scheduler_pending_pods{job="kube-scheduler"})') > 0
    assert creating.server.instant('kube_pod_status_phase{job!="kube-state-metrics"}', creating.end) == []


def test_the_series_of_a_node_end_when_it_leaves(upgrade: Run) -> None:
    nodes = upgrade.result["nodes"]
    seen = upgrade.number("count(count by (node) (max_over_time(kube_node_info[1000h])))")
    assert seen > nodes["at_end"] == nodes["at_start"] == 4
    assert upgrade.number("count(kube_node_info == 1)") == nodes["at_end"]
    assert upgrade.number("count(awscni_total_ip_addresses)") == nodes["at_end"]


def test_the_text_is_openmetrics(creating: Run) -> None:
    parser = pytest.importorskip("prometheus_client.openmetrics.parser")
    text = creating.export.path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[-1] == "# EOF" and lines.count("# EOF") == 1
    assert sum(not line.startswith("#") for line in lines) == creating.export.samples
    # The last scrape alone: the parser drops what it takes for repetitions where a histogram has several instants.
    last = f" {creating.end:.0f}"
    scrape = "\n".join(line for line in lines if line.startswith("#") or line.endswith(last)) + "\n"
    families = list(parser.text_string_to_metric_families(scrape))
    assert sum(len(family.samples) for family in families) == sum(line.endswith(last) for line in lines)
    types = {family.name: family.type for family in families}
    assert types["ekssim_pods_created"] == "counter"
    assert types["kube_pod_status_phase"] == "gauge"
    assert types["ekssim_pod_start_seconds"] == "histogram"
    # Its real name does not end in _total, which OpenMetrics asks of counters.
    assert types["awscni_add_ip_req_count"] == "unknown"


def test_a_run_is_the_same_with_an_export(tmp_path: Path) -> None:
    def ask(*options: str) -> Any:
        command = [sys.executable, "-m", "ekssim", "run", str(CREATING), "-q", "-o", "json", *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["results"]

    target = tmp_path / "run.om"
    with_export = ask("--export", f"openmetrics={target}", "--scrape-interval", "60s", "--until", "20m")
    without = ask("--until", "20m")
    assert [one["fingerprint"] for one in with_export] == [one["fingerprint"] for one in without]
    # A file for each form of the scenario.
    assert sorted(one.name for one in tmp_path.iterdir()) == ["run-max-pods-29.om", "run.om"]
    assert " 1793606460\n" in target.read_text() and " 1793606430\n" not in target.read_text()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--export", "parquet=x"], "openmetrics=FILE"),
        (["--export", "openmetrics"], "openmetrics=FILE"),
        (["--export", "openmetrics=x", "--scrape-interval", "30"], "did you mean 30s"),
        (["--export", "openmetrics=x", "--scrape-interval", "500ms"], "at least 1s"),
        (["--export", "openmetrics=/proc/no/such", "--until", "1m"], "cannot be written"),
    ],
)
def test_a_wrong_export_is_refused_with_advice(options: list[str], complaint: str) -> None:
    command = [sys.executable, "-m", "ekssim", "run", str(CREATING), "-q", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_progress_that_says_no_ends_an_export_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        ekssim.load(CREATING).export_openmetrics(tmp_path / "run.om", progress=lambda _: False)
    assert list(tmp_path.iterdir()) == []

"""Levels over time: their shape, that they add up, that they agree with the metrics, and that nothing else notices."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import ekssim
import pytest

CHURN = "scenarios/one_minute_cronjobs.yaml"
# Nodes come and go, and their pods with them.
SCALING = "scenarios/field-reports/fr_29_who_pays.yaml"

Line = dict[str, Any]


def lines_of(result: ekssim.Result, name: str, **labels: str) -> list[Line]:
    return [
        one
        for one in result.over_time["list"]
        if one["name"] == name and all(one["labels"].get(key) == value for key, value in labels.items())
    ]


def value_at(line: Line, seconds: float) -> float:
    before = [value for at, value in zip(line["at_seconds"], line["values"], strict=True) if at <= seconds]
    return float(before[-1])


def time_integral(line: Line, start: float, end: float) -> float:
    times = [at for at in line["at_seconds"] if start < at < end]
    edges = [start, *times, end]
    return sum(value_at(line, low) * (high - low) for low, high in pairwise(edges))


@pytest.fixture(scope="module")
def churn() -> ekssim.Result:
    return ekssim.load(CHURN).run(seed=7)


@pytest.fixture(scope="module")
def short() -> ekssim.Result:
    """Cost changes so seldom that nothing of it is thinned."""
    return ekssim.load(SCALING).run(seed=7)


def test_every_series_begins_at_the_start_and_keeps_the_order_of_time(churn: ekssim.Result) -> None:
    over_time = churn.over_time
    assert over_time["until_seconds"] == churn.simulated_seconds
    assert over_time["replication"] == 0
    for line in over_time["list"]:
        times, values = line["at_seconds"], line["values"]
        assert times[0] == 0 and len(times) == len(values) <= 1924
        assert all(a < b for a, b in pairwise(times)) and times[-1] <= over_time["until_seconds"]
        assert all(a != b for a, b in pairwise(values)), "a point that changes nothing"
        assert min(values) >= 0, line["labels"]


def test_peaks_and_last_values_are_those_of_the_metrics(churn: ekssim.Result) -> None:
    for subnet in churn.metrics["ekssim_subnet_free_addresses"]:
        (line,) = lines_of(churn, "subnet_free_addresses", subnet=subnet["labels"]["subnet"])
        assert (min(line["values"]), max(line["values"])) == (subnet["min"], subnet["max"])
        assert line["values"][-1] == subnet["last"]


def test_addresses_of_subnets_add_up_to_the_whole_at_the_end(churn: ekssim.Result) -> None:
    for state in ("free", "assigned", "cooling"):
        (whole,) = lines_of(churn, "addresses", state=state)
        parts = lines_of(churn, "subnet_addresses", state=state)
        assert len(parts) >= 2
        assert sum(part["values"][-1] for part in parts) == whole["values"][-1]


def test_ready_nodes_at_the_end_are_those_of_the_simulation() -> None:
    simulation = ekssim.load(SCALING).simulate(seed=7).until("30m")
    ready = simulation.columns("nodes")["ready"]
    result = simulation.result()
    assert sum(line["values"][-1] for line in lines_of(result, "nodes", state="ready")) == sum(ready) > 0
    pods = simulation.columns("pods")
    alive = [phase in ("Pending", "Running") for phase in pods["phase"]]
    assert sum(line["values"][-1] for line in lines_of(result, "pods")) == sum(alive) > 0
    waiting = [cause for cause in pods["waiting_for"] if cause is not None]
    by_cause = {line["labels"]["cause"]: line["values"][-1] for line in lines_of(result, "pods", state="waiting")}
    assert sum(by_cause.values()) == len(waiting)
    (all_waiting,) = lines_of(result, "waiting_pods")
    (all_ready,) = lines_of(result, "ready_nodes")
    assert (all_waiting["values"][-1], all_ready["values"][-1]) == (len(waiting), sum(ready))


def test_cost_an_hour_over_time_is_the_bill(short: ekssim.Result) -> None:
    document = short.to_dict()
    start, end = document["warm_up_seconds"], document["simulated_seconds"]
    (total,) = lines_of(short, "cost", part="total")
    (idle,) = lines_of(short, "cost", part="idle")
    assert total["unit"] == "USD/h"
    # Nothing is charged at once here: no image comes through a NAT gateway, no node ends in its first minute.
    assert time_integral(total, start, end) / 3600 == pytest.approx(document["cost_usd"], rel=1e-9)
    paid_idle = [
        series["total"]
        for series in document["metrics"]["ekssim_workload_cost_usd_total"]
        if series["labels"]["workload"] == "__idle__" and series["labels"]["by"] == "requests"
    ]
    assert time_integral(idle, start, end) / 3600 == pytest.approx(paid_idle[0], rel=1e-9)


def test_without_them_everything_else_is_the_same() -> None:
    scenario = ekssim.load(SCALING)
    with_series, without = scenario.run(seed=3), scenario.run(seed=3, series=False)
    assert without.over_time == {} and with_series.over_time["list"]
    assert with_series == without
    a, b = with_series.to_dict(), without.to_dict()
    assert set(a) - set(b) == {"series"}
    may_differ = {"wall_seconds", "peak_memory_bytes", "series"}
    assert {k: v for k, v in a.items() if k not in may_differ} == {k: v for k, v in b.items() if k not in may_differ}


def test_many_runs_keep_none_unless_asked() -> None:
    scenario = ekssim.load(SCALING).with_set({"run.for": "5m"})
    assert scenario.replicate(2).over_time == {}
    assert scenario.run(replications=2).over_time["list"]
    assert all(result.over_time == {} for result in scenario.sweep({"run.for": ["5m", "6m"]}).results)

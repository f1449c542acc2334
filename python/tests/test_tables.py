"""Tables: pandas, polars, DuckDB and pyarrow read them through Arrow's C stream interface, and read the same."""

from __future__ import annotations

import gc
import math
import pickle
import subprocess
import sys
from typing import Any

import ekssim
import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")

MIXED: dict[str, list[Any]] = {
    "text": ["a", None, "é\n", ""],
    "integer": [1, -(2**62), None, 0],
    "number": [0.5, None, -1.25, 3.0],
    "truth": [True, None, False, True],
    "nothing": [None, None, None, None],
}


@pytest.fixture(name="simulation", scope="module")
def fixture_simulation() -> ekssim.Simulation:
    workers = ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=3)
    scenario = ekssim.Scenario(
        cluster=ekssim.Cluster(region="eu-central-1", version="1.34", node_groups=[workers]),
        manifests=[ekssim.Deployment("web", replicas=5, cpu="1500m"), ekssim.CronJob("tick", schedule="* * * * *")],
        run=ekssim.RunSettings("30m", seed=5),
    )
    return scenario.simulate().until("10m")


@pytest.mark.parametrize("name", ["nodes", "pods", "addresses"])
def test_four_readers_read_what_columns_say(simulation: ekssim.Simulation, name: str) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    duckdb, pyarrow = pytest.importorskip("duckdb"), pytest.importorskip("pyarrow")
    seen = getattr(simulation, name)()
    columns = seen.columns()
    assert len(seen) > 0 and columns == simulation.columns(name)
    assert pyarrow.table(seen).to_pydict() == columns
    assert polars.DataFrame(seen).to_dict(as_series=False) == columns
    relation = duckdb.sql("select * from seen")
    assert dict(zip(columns, map(list, zip(*relation.fetchall(), strict=True)), strict=True)) == columns
    frame = seen.to_pandas()
    assert isinstance(frame, pandas.DataFrame) and list(frame.columns) == list(columns)
    for column, values in columns.items():
        assert [None if pandas.isna(one) else one for one in frame[column]] == values


def test_nobody_needs_pyarrow() -> None:
    """polars and DuckDB read the stream themselves; pandas, which reads Arrow by pyarrow alone, gets plain columns."""
    pytest.importorskip("pandas"), pytest.importorskip("polars"), pytest.importorskip("duckdb")
    program = """
import sys
sys.modules["pyarrow"] = None
import ekssim, duckdb, polars
seen = ekssim.Table.of({"a": [1, None], "b": ["x", "y"]})
assert polars.DataFrame(seen).rows() == duckdb.sql("from seen").fetchall() == [(1, "x"), (None, "y")]
assert list(seen.to_pandas()["b"]) == ["x", "y"]
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_kind_and_what_is_missing_comes_through() -> None:
    pyarrow, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    table = ekssim.Table.of(MIXED)
    read = pyarrow.table(table)
    assert read.to_pydict() == MIXED
    assert [str(one) for one in read.schema.types] == ["string", "int64", "double", "bool", "string"]
    assert read.column("integer").null_count == 1
    read.validate(full=True)
    assert polars.DataFrame(table).to_dict(as_series=False) == MIXED
    assert table.to_polars().height == 4


def test_the_columns_are_not_copied_and_outlive_the_table() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    table = ekssim.Table.of({"n": list(range(1000))})
    first, second = pyarrow.table(table), pyarrow.table(table)
    # One buffer, read twice.
    assert first["n"].chunk(0).buffers()[1].address == second["n"].chunk(0).buffers()[1].address
    column = first["n"]
    del table, first, second
    gc.collect()
    assert column.to_pylist() == list(range(1000))


def test_a_stream_that_nobody_reads_is_let_go() -> None:
    table = ekssim.Table.of(MIXED)
    for _ in range(1000):
        table.__arrow_c_stream__()
    assert table.columns() == MIXED


def test_empty_tables_and_values(simulation: ekssim.Simulation) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    assert pyarrow.table(ekssim.Table.of({"a": [], "b": []})).num_rows == 0
    table = ekssim.Table.of(MIXED)
    assert table == pickle.loads(pickle.dumps(table)) and len(table) == 4
    assert list(table)[2] == {"text": "é\n", "integer": None, "number": -1.25, "truth": False, "nothing": None}
    with pytest.raises(KeyError, match="integer"):
        table["integr"]
    with pytest.raises(TypeError, match="one kind"):
        ekssim.Table.of({"a": [1, "x"]})
    with pytest.raises(ValueError, match="equally long"):
        ekssim.Table.of({"a": [1], "b": []})
    assert "&lt;" in ekssim.Table.of({"a": ["<b>"]})._repr_html_()
    assert simulation.nodes()["ready"] == [True, True, True]


# --- of results


def test_waiting_and_runs_are_tables(simulation: ekssim.Simulation) -> None:
    result = simulation.scenario.replicate(2)
    waiting = result.table("waiting")
    assert dict(zip(waiting["cause"], waiting["seconds"], strict=True)) == pytest.approx(result.waiting["by_cause"])
    runs = [row for row in result.table("runs") if row["quantity"] == "waiting seconds"]
    assert [row["replication"] for row in runs] == [0, 1] and runs[0]["unit"] == "s"
    assert sum(row["value"] for row in runs) / 2 == pytest.approx(result.waiting["seconds"])
    assert [one["fingerprint"] for one in result.runs] == [
        simulation.scenario.simulate().until("30m").fingerprint,
        result.runs[1]["fingerprint"],
    ]
    assert set(result.table("metrics")["metric"]) == set(result.metrics)
    with pytest.raises(KeyError, match="waiting"):
        result.table("wating")


def test_a_histogram_holds_all_samples(simulation: ekssim.Simulation) -> None:
    result = simulation.scenario.run()
    metric = "ekssim_pod_start_seconds"
    histogram = result.histogram(metric, workload="tick")
    (series,) = result.series(metric, workload="tick")
    assert sum(histogram["count"]) == series["count"] > 20
    assert histogram["low"][0] <= series["min"] < histogram["high"][0]
    assert histogram["low"][-1] <= series["max"] < histogram["high"][-1]
    # The mean of the buckets' middles is within half a bucket, which is 1/32 of the value.
    middles = sum(
        (low + high) / 2 * count
        for low, high, count in zip(histogram["low"], histogram["high"], histogram["count"], strict=True)
    )
    assert math.isclose(middles / series["count"], series["mean"], rel_tol=1 / 32)
    assert sum(result.histogram(metric)["count"]) == sum(one["count"] for one in result.series(metric))
    with pytest.raises(KeyError, match="these labels"):
        result.histogram(metric, workload="tock")
    with pytest.raises(KeyError, match=metric):
        result.histogram("ekssim_pod_start")


def test_a_timeline_is_what_was_kept_over_time(simulation: ekssim.Simulation) -> None:
    result = simulation.scenario.run()
    ready = result.timeline("pods", state="ready")
    assert ready["at_seconds"] == sorted(ready["at_seconds"]) and ready["at_seconds"][0] == 0
    kept = next(
        one for one in result.over_time["list"] if one["name"] == "pods" and one["labels"] == {"state": "ready"}
    )
    assert ready["value"][:-1] == [float(value) for value in kept["values"]]
    assert ready["at_seconds"][-1] == 1800 and ready["value"][-1] == ready["value"][-2]
    with pytest.raises(KeyError, match="addresses"):
        result.timeline("adresses")
    with pytest.raises(KeyError, match="series=True"):
        simulation.scenario.run(series=False).timeline("pods")

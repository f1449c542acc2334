"""Many runs, whoever does them: threads, processes, Dask; interrupted, resumed, and put into frames."""

from __future__ import annotations

import itertools
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import ekssim
import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")

OVER = {"cluster.managedNodeGroups[workers].instanceType": ["m5.large", "m5.xlarge"]}


@pytest.fixture(name="scenario", scope="module")
def fixture_scenario() -> ekssim.Scenario:
    return shop("30m")


def shop(length: str, every: str = "* * * * *", parallelism: int = 1) -> ekssim.Scenario:
    workers = ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=3)
    return ekssim.Scenario(
        name="ticks",
        cluster=ekssim.Cluster(region="eu-central-1", version="1.34", node_groups=[workers]),
        manifests=[ekssim.CronJob("tick", schedule=every, completions=parallelism, parallelism=parallelism)],
        behaviour=[ekssim.Behaviour("CronJob/default/tick", run_time=ekssim.Lognormal(p50="12s", p95="40s"))],
        expect=[ekssim.Expectation("p90(ekssim_pod_start_seconds) < 60s", name="starts")],
        run=ekssim.RunSettings(length, seed=5),
    )


def test_pieces_together_are_what_the_engine_makes_of_all(scenario: ekssim.Scenario) -> None:
    pieces = scenario.replicate(5, jobs=2, series=True)
    whole = scenario.run(replications=5)
    assert pieces == whole
    assert pieces.over_time == whole.over_time
    assert pieces.fingerprint == whole.fingerprint and pieces.expectations == whole.expectations
    assert pieces != scenario.replicate(5, seed=6)


def test_a_sweep_is_the_same_whoever_does_it(scenario: ekssim.Scenario) -> None:
    here = scenario.sweep(OVER, replications=3, jobs=1)
    assert here == scenario.sweep(OVER, replications=3, jobs=4)
    for kind in (ThreadPoolExecutor, ProcessPoolExecutor):
        with kind(2) as executor:
            assert scenario.sweep(OVER, replications=3, executor=executor) == here
    assert here.retries == []
    alone = scenario.with_set(dict(here[1][0])).run(replications=3)
    assert here[1][1] == alone
    # As many as the expectations need is known only to the one who does them all.
    bounds = {"min": 2, "max": 4}
    assert scenario.sweep(OVER, replications=bounds)[0][1] == scenario.with_set(here[0][0]).run(replications=bounds)


def test_two_runs_go_on_at_the_same_time() -> None:
    """The engine lets go of the interpreter lock: a run reports while the other one is between two of its reports,
    where there is nothing but the engine. Runs that held the lock would report one after the other."""
    long = shop("3000d", parallelism=8)
    reports: list[int] = []
    deadline = time.monotonic() + 30

    def turns() -> int:
        return sum(one != other for one, other in itertools.pairwise(reports))

    def progress(_: dict[str, Any]) -> bool:
        reports.append(threading.get_ident())
        return turns() < 6 and time.monotonic() < deadline

    threads = [threading.Thread(target=long.run, kwargs={"progress": progress}) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert turns() >= 6


def test_progress_counts_runs(scenario: ekssim.Scenario) -> None:
    told: list[tuple[int, int]] = []
    scenario.sweep(OVER, replications=2, progress=lambda state: told.append((state["finished"], state["of"])))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with pytest.raises(KeyboardInterrupt):
        scenario.sweep(OVER, replications=2, progress=lambda state: state["finished"] < 2)


@pytest.mark.parametrize("bar", ["tqdm", "rich"])
def test_a_bar_is_shown(scenario: ekssim.Scenario, bar: str, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if bar == "rich":
        monkeypatch.setitem(__import__("sys").modules, "tqdm.auto", None)
    else:
        pytest.importorskip("tqdm")
    assert scenario.replicate(2, progress=True).replications == 2
    assert scenario.run(progress=True).replications == 1
    out, err = capfd.readouterr()
    assert bar == "rich" or "replicate" in err
    del out


@pytest.mark.parametrize("call", ["replicate", "sweep", "run"])
def test_the_stop_button_stops(call: str) -> None:
    long = shop("3000d", parallelism=8)
    calls: dict[str, Callable[[], Any]] = {
        "replicate": lambda: long.replicate(4, jobs=2),
        "sweep": lambda: long.sweep(OVER, jobs=2),
        "run": lambda: long.run(replications=4, jobs=2),
    }
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        calls[call]()
    # What remains are the events up to the next report of each run.
    assert time.monotonic() - began < 10


def test_a_sweep_goes_on_from_its_file(scenario: ekssim.Scenario, tmp_path: Path) -> None:
    file = tmp_path / "sweep.jsonl"
    whole = scenario.sweep(OVER, replications=3)

    def stop_after_two(state: dict[str, Any]) -> bool:
        return bool(state["finished"] < 2)

    with pytest.raises(KeyboardInterrupt):
        scenario.sweep(OVER, replications=3, jobs=1, resume=file, progress=stop_after_two)
    kept = file.read_bytes()
    assert kept.count(b"\n") == 3  # the header and two runs
    # Somebody pulled the plug within a line.
    file.write_bytes(kept[:-10])
    told: list[int] = []
    again = scenario.sweep(OVER, replications=3, resume=file, progress=lambda state: told.append(state["finished"]))
    assert again == whole
    assert told == [2, 3, 4, 5, 6]  # one of them was kept
    # Nothing is left to do.
    assert scenario.sweep(OVER, replications=3, resume=file, executor=NobodyWorks()) == whole


class NobodyWorks:
    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        raise AssertionError("everything is in the file")


def test_a_file_of_something_else_is_refused(scenario: ekssim.Scenario, tmp_path: Path) -> None:
    file = tmp_path / "sweep.jsonl"
    scenario.sweep(OVER, replications=2, resume=file)
    before = file.read_bytes()
    with pytest.raises(ekssim.Error, match="its scenario is"):
        scenario.with_set({"run.for": "20m"}).sweep(OVER, replications=2, resume=file)
    with pytest.raises(ekssim.Error, match="its seed is None, here it is 9"):
        scenario.sweep(OVER, replications=2, seed=9, resume=file)
    lines = before.split(b"\n")
    header = {**json.loads(lines[0]), "ekssim": "0.0.1"}
    file.write_bytes(b"\n".join([json.dumps(header, separators=(",", ":")).encode(), *lines[1:]]))
    with pytest.raises(ekssim.Error, match=r"its ekssim is '0\.0\.1'"):
        scenario.sweep(OVER, replications=2, resume=file)
    file.write_bytes(b"\n".join([lines[0], b'{"key": "0/0", ', *lines[2:]]))
    with pytest.raises(ekssim.Error, match="damaged"):
        scenario.sweep(OVER, replications=2, resume=file)
    notes = tmp_path / "notes.txt"
    notes.write_text("mine")
    with pytest.raises(ekssim.Error, match="no file of a sweep"):
        scenario.sweep(OVER, resume=notes)
    assert notes.read_text() == "mine"


def test_one_file_has_one_writer(scenario: ekssim.Scenario, tmp_path: Path) -> None:
    file = tmp_path / "sweep.jsonl"

    def another(_: dict[str, Any]) -> None:
        with pytest.raises(ekssim.Error, match="in use"):
            scenario.replicate(2, resume=file)

    scenario.replicate(2, resume=file, progress=another)


class Unlucky(ThreadPoolExecutor):
    """Loses the first two calls."""

    lost = 0

    def submit(self, *arguments: Any, **named: Any) -> Future[Any]:  # type: ignore[override]
        if self.lost < 2:
            self.lost += 1
            future: Future[Any] = Future()
            future.set_exception(CancelledError("preempted") if self.lost == 1 else ConnectionError("gone"))
            return future
        return super().submit(*arguments, **named)


def test_what_was_lost_is_done_again_and_recorded(scenario: ekssim.Scenario, tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    with Unlucky(2) as executor:
        result = scenario.replicate(3, executor=executor, resume=file)
    assert result == scenario.replicate(3)
    assert [one["replication"] for one in result.retries] == [0, 1]
    first, second = result.retries[1]["attempts"]
    assert first["error"] == "ConnectionError: gone" and second["pid"] == os.getpid()
    # The file knows it too.
    assert scenario.replicate(3, resume=file).retries == result.retries


def test_a_broken_pool_says_what_to_do(scenario: ekssim.Scenario) -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Future[Any]:  # type: ignore[override]
            raise BrokenExecutor("a process died")

    with Broken(1) as executor, pytest.raises(ekssim.Error, match="resume=FILE"):
        scenario.replicate(2, executor=executor)


def test_complaints_come_from_wherever_they_arise(scenario: ekssim.Scenario) -> None:
    with pytest.raises(ekssim.InputError, match=r"m5\.lrge"):
        scenario.sweep({"cluster.managedNodeGroups[workers].instanceType": ["m5.large", "m5.lrge"]})
    empty = scenario.with_set({"expect": [{"that": 'max(ekssim_pod_start_seconds{workload="coredns"}) < 1s'}]})
    with pytest.raises(ekssim.InputError, match="nothing to judge"):
        empty.replicate(2)


# --- frames


def test_frames_are_tidy(scenario: ekssim.Scenario) -> None:
    pandas = pytest.importorskip("pandas")
    sweep = scenario.sweep({**OVER, "run.warmUp": ["0s", "5m"]}, replications=3)
    table = sweep.table()
    assert table.names[:3] == ["instanceType", "warmUp", "replication"]
    frame = sweep.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    waiting = frame[frame.quantity == "waiting seconds"]
    assert len(waiting) == 2 * 2 * 3 and set(waiting.unit) == {"s"}
    means = waiting.groupby(["instanceType", "warmUp"]).value.mean()
    for label, result in sweep:
        key = (label["cluster.managedNodeGroups[workers].instanceType"], label["run.warmUp"])
        assert means[key] == pytest.approx(result.waiting["seconds"])
    assert "starts" in set(frame.quantity)


def test_xarray_has_an_axis_a_path(scenario: ekssim.Scenario) -> None:
    pytest.importorskip("xarray")
    sweep = scenario.sweep(OVER, replications=3)
    data = sweep.to_xarray()
    assert dict(data.sizes) == {"instanceType": 2, "replication": 3}
    assert data["instanceType"].attrs["path"] == next(iter(OVER))
    assert data["cost"].attrs["units"] == "USD"
    for label, result in sweep:
        one = data.sel(instanceType=label[next(iter(OVER))])
        assert [float(value) for value in one["cost"]] == [run["cost"] for run in result.runs]
    # An m5.xlarge costs twice an m5.large; volumes and the control plane come on top.
    ratio = float(data["cost"].sel(instanceType="m5.xlarge").mean() / data["cost"].sel(instanceType="m5.large").mean())
    assert 1.2 < ratio < 2


# --- comparisons


def test_results_are_compared_in_pairs(scenario: ekssim.Scenario) -> None:
    forms = [scenario, scenario.with_set({"run.warmUp": "5m"}), scenario.with_set({"run.warmUp": "10m"})]
    by_engine = ekssim.compare(*forms, replications=4, series=False)
    by_pairs = ekssim.compare(*(one.replicate(4) for one in forms))
    assert {one["variant"] for one in by_pairs.differences} == {1, 2}
    assert by_pairs.differences == [
        {key: pytest.approx(value) if isinstance(value, (float, list)) else value for key, value in one.items()}
        for one in by_engine.differences
    ]
    with ThreadPoolExecutor(2) as executor:
        assert ekssim.compare(*forms, replications=4, executor=executor).differences == by_pairs.differences
    with pytest.raises(ekssim.Error, match="same seed"):
        ekssim.compare(scenario.replicate(2), scenario.replicate(2, seed=6))
    with pytest.raises(ekssim.Error, match="interval"):
        ekssim.compare(scenario.run(), forms[1].run())
    with pytest.raises(TypeError, match="one kind"):
        ekssim.compare(scenario, scenario.run())

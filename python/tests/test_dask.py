"""A sweep on Dask, one of whose workers is killed while it is at work: the same results, and a note of what was done
again."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import ekssim
import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")
distributed = pytest.importorskip("distributed", reason="distributed is not installed: pip install 'ekssim[dask]'")

OVER = {"cluster.managedNodeGroups[workers].instanceType": ["m5.large", "m5.xlarge"]}


class Doubling:
    def __init__(self) -> None:
        self.looks = 0

    def decide(self, view: ekssim.PolicyView) -> int:
        self.looks += 1
        return view.replicas * 2


@pytest.fixture(name="client", scope="module")
def fixture_client() -> Any:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def scenario_of(length: str, parallelism: int) -> ekssim.Scenario:
    workers = ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=3)
    return ekssim.Scenario(
        name="ticks",
        cluster=ekssim.Cluster(
            region="eu-central-1", version="1.34", node_groups=[workers], addons=[ekssim.Addon("metrics-server")]
        ),
        manifests=[
            ekssim.CronJob("tick", schedule="* * * * *", completions=parallelism, parallelism=parallelism),
            ekssim.Deployment("web", replicas=1, cpu="100m"),
            ekssim.HorizontalPodAutoscaler("web", max_replicas=4, cpu=50),
        ],
        behaviour=[ekssim.Behaviour("CronJob/default/tick", run_time=ekssim.Lognormal(p50="12s", p95="40s"))],
        run=ekssim.RunSettings(length, seed=5),
    )


def test_dask_gives_the_same_results(client: Any) -> None:
    scenario = scenario_of("20m", 2)
    assert scenario.sweep(OVER, replications=3, executor=client) == scenario.sweep(OVER, replications=3)
    doubled = scenario.with_policy("default/web", Doubling())
    assert doubled.replicate(2, executor=client) == doubled.replicate(2)


def test_a_worker_that_is_killed_at_work_is_made_up_for(client: Any, tmp_path: Path) -> None:
    scenario = scenario_of("30d", 8)
    killed: list[int] = []
    seen_at_work: list[float] = []

    def kill_a_worker_at_work() -> None:
        """Waits until a worker has noted that it has begun, and uses up processor time in the engine since."""
        known = {pid for pid in client.run(os.getpid).values()}
        deadline = time.monotonic() + 60
        before: dict[int, float] = {}
        while time.monotonic() < deadline and not killed:
            began = {event["pid"] for _, event in client.get_events("ekssim")[past:]}
            working = {key for keys in client.processing().values() for key in keys}
            for pid in began & known:
                used = processor_seconds(pid)
                if working and used - before.setdefault(pid, used) > 0.3:
                    seen_at_work.append(used - before[pid])
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)
                    break
            time.sleep(0.02)

    past = len(client.get_events("ekssim"))
    killer = threading.Thread(target=kill_a_worker_at_work)
    killer.start()
    sweep = scenario.sweep(OVER, replications=3, executor=client, resume=tmp_path / "sweep.jsonl")
    killer.join()
    assert killed and seen_at_work[0] > 0.3
    assert sweep == scenario.sweep(OVER, replications=3)
    (retry, *_) = sweep.retries
    lost, *_, last = retry["attempts"]
    assert lost["pid"] == killed[0] and lost["error"]
    assert last["pid"] != killed[0] and "error" not in last
    # The file has the retry too, and everything that is needed to resume.
    assert scenario.sweep(OVER, replications=3, resume=tmp_path / "sweep.jsonl").retries == sweep.retries


def processor_seconds(pid: int) -> float:
    """That a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

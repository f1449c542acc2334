"""Scenarios, results and simulations as values: equal, copied, pickled, forked, compared."""

from __future__ import annotations

import copy
import importlib
import math
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim.comparison import interval_of
from ekssim.result import Result
from ekssim.sweep import Sweep

RESULT: dict[str, Any] = {
    "ekssim": "0.1.0",
    "scenario": "shop",
    "seed": 7,
    "fingerprint": "9f2c000000000001",
    "verdict": "fail",
    "simulated_seconds": 3600.0,
    "wall_seconds": 0.1,
    "events": 100,
    "expectations": [
        {
            "name": "<b>fast</b>",
            "that": "p99(x) < 90s",
            "verdict": "fail",
            "observed": 104.0,
            "limit": 90.0,
            "unit": "s",
        }
    ],
    "waiting": {"pods": 4, "seconds": 10.0, "by_cause": {"image-pull": 7.5, "readiness": 2.5}},
    "metrics": {"m": [{"labels": {"cause": "a"}, "mean": 1.0}, {"labels": {"cause": "b"}, "mean": 2.0}]},
}


def test_results_are_equal_but_for_wall_time_and_memory() -> None:
    result = Result(RESULT)
    assert result == Result({**RESULT, "wall_seconds": 9.0, "peak_memory_bytes": 1})
    assert result != Result({**RESULT, "fingerprint": "0"})
    assert result == pickle.loads(pickle.dumps(result)) == copy.copy(result) == copy.deepcopy(result)
    assert len({result, Result({**RESULT, "wall_seconds": 9.0})}) == 1


def test_a_result_answers_by_name() -> None:
    result = Result(RESULT)
    assert (result.scenario, result.seed, result.verdict, result.passed) == ("shop", 7, "fail", False)
    assert [series["mean"] for series in result.series("m", cause="b")] == [2.0]
    assert result.series("none") == []
    document = result.to_dict()
    document["waiting"]["seconds"] = 0
    assert result.waiting["seconds"] == 10.0


def test_a_result_shows_itself_as_text_and_as_html() -> None:
    rich = pytest.importorskip("rich.console")
    console = rich.Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(Result(RESULT))
    text = console.export_text()
    assert "image-pull" in text and "75.0%" in text
    assert "fingerprint 9f2c000000000001" in text
    html = Result(RESULT)._repr_html_()
    assert "&lt;b&gt;fast&lt;/b&gt;" in html and "<b>fast</b>" not in html


def test_a_sweep_is_a_sequence_of_labels_and_results() -> None:
    sweep = Sweep([({"run.seed": 1}, Result(RESULT)), ({"run.seed": 2}, Result({**RESULT, "seed": 2}))])
    assert len(sweep) == 2
    assert sweep[1][0] == {"run.seed": 2}
    assert sweep[:1] == Sweep([sweep[0]])
    assert "run.<wbr>seed" in sweep._repr_html_(), "a path may go on in the next line"


@pytest.mark.parametrize(
    ("count", "quantile"),
    [(2, 12.706), (3, 4.303), (4, 3.182), (5, 2.776), (6, 2.571), (11, 2.228), (31, 2.042), (121, 1.980)],
)
def test_intervals_are_student_s(count: int, quantile: float) -> None:
    """Two-sided 95 % quantiles as printed in tables of Student's distribution."""
    values = [float(index % 2) for index in range(count)]
    mean = sum(values) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    low, high = interval_of(values, 0.95)
    assert (high - low) / 2 / (deviation / math.sqrt(count)) == pytest.approx(quantile, abs=6e-4)
    assert (low + high) / 2 == pytest.approx(mean)


def test_names_are_found_when_they_are_first_used() -> None:
    assert set(ekssim.__all__) <= set(dir(ekssim))
    for name in ekssim.__all__:
        assert getattr(ekssim, name) is not None
    assert callable(ekssim.compare)
    # Importing a module of the package must not hide the function of a like name.
    importlib.import_module("ekssim.comparison")
    assert callable(ekssim.compare)
    with pytest.raises(AttributeError):
        _ = ekssim.sizes  # type: ignore[attr-defined]


def test_errors_have_one_base() -> None:
    assert issubclass(ekssim.InputError, ekssim.Error)
    assert issubclass(ekssim.DefectError, ekssim.Error)
    error = ekssim.InputError([ekssim.Complaint("EKS001", "m", "h")])
    assert error.complaints[0].rule == "EKS001"
    assert str(error) == "error[EKS001]: m\n  hint: h"
    again = pickle.loads(pickle.dumps(error))
    assert again.complaints == error.complaints


# --- with the engine

CLUSTER = {
    "metadata": {"region": "eu-central-1", "version": "1.34"},
    "managedNodeGroups": [{"name": "workers", "instanceType": "m5.large", "desiredCapacity": 3}],
}


def cronjob(name: str = "tick") -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1"}]}
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pod}}}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": spec}


@pytest.fixture(name="scenario")
def fixture_scenario() -> ekssim.Scenario:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")
    return ekssim.Scenario(
        name="ticks",
        cluster=CLUSTER,
        manifests=[cronjob()],
        run={"for": "30m", "seed": 5},
        behaviour=[{"for": "CronJob/default/tick", "runTime": {"lognormal": {"p50": "12s", "p95": "40s"}}}],
    )


def test_a_scenario_is_a_value(scenario: ekssim.Scenario) -> None:
    same = ekssim.Scenario(
        name="ticks",
        cluster=CLUSTER,
        manifests=[cronjob()],
        run={"for": "30m", "seed": 5},
        behaviour=[{"for": "CronJob/default/tick", "runTime": {"lognormal": {"p50": "12s", "p95": "40s"}}}],
    )
    assert scenario == same and hash(scenario) == hash(same)
    assert scenario == pickle.loads(pickle.dumps(scenario)) == copy.deepcopy(scenario)
    assert scenario != scenario.with_set({"run.for": "1h"})


def test_a_seed_repeats_a_run_exactly(scenario: ekssim.Scenario) -> None:
    first = scenario.run(seed=7)
    assert first == scenario.run(seed=7)
    assert first.fingerprint != scenario.run(seed=8).fingerprint
    assert scenario.run().seed == 5
    assert first.pods["created"] >= 29


def test_waiting_time_by_cause_sums_to_the_whole(scenario: ekssim.Scenario) -> None:
    waiting = scenario.run().waiting
    assert waiting["seconds"] > 0
    assert sum(waiting["by_cause"].values()) == pytest.approx(waiting["seconds"], rel=1e-9)


def test_usage_from_a_file_is_integrated_over_time(tmp_path: Path) -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")
    (tmp_path / "usage.csv").write_text("seconds,cpu,memory\n0,500m,100Mi\n10m,1500m,200Mi\n")
    pod = {"containers": [{"name": "c", "image": "busybox:1"}]}
    spec = {
        "replicas": 3,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
    }
    scenario = ekssim.Scenario(
        cluster=CLUSTER,
        manifests=[{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}],
        run={"for": "30m"},
        behaviour=[{"for": "Deployment/default/web", "usage": {"trace": "usage.csv"}}],
        expect=[{"that": "max(container_memory_working_set_bytes) <= 600Mi"}],
        folder=tmp_path,
    )
    result = scenario.run()
    (cpu,) = result.series("container_cpu_usage_seconds_total", workload="web")
    assert cpu["total"] == pytest.approx(3 * (0.5 * 600 + 1.5 * 1200))
    assert result.verdict == "pass"


def test_threads_do_not_change_results(scenario: ekssim.Scenario) -> None:
    one, two = scenario.replicate(6, jobs=1), scenario.replicate(6, jobs=2)
    assert one == two
    assert one.replications == 6


def test_two_halves_are_the_whole(scenario: ekssim.Scenario) -> None:
    whole = scenario.simulate(seed=7).until("30m")
    halves = scenario.simulate(seed=7).until("15m").until("30m")
    assert whole == halves and whole.fingerprint == halves.fingerprint
    assert whole.now_seconds == 1800


def test_a_fork_goes_its_own_way(scenario: ekssim.Scenario) -> None:
    base = scenario.simulate(seed=7).until("10m")
    before = base.fingerprint
    fork = base.fork()
    assert fork == base and copy.copy(base) == base
    fork.until("20m")
    assert base.fingerprint == before
    assert fork.fingerprint == scenario.simulate(seed=7).until("20m").fingerprint


def test_a_simulation_is_pickled_by_scenario_seed_and_steps(scenario: ekssim.Scenario) -> None:
    simulation = scenario.simulate(seed=7).until("10m")
    assert pickle.loads(pickle.dumps(simulation)) == simulation


def test_time_does_not_go_back(scenario: ekssim.Scenario) -> None:
    with pytest.raises(ValueError, match="past"):
        scenario.simulate().until("10m").until("5m")
    with pytest.raises(ValueError, match="units"):
        scenario.simulate().until("10")


def test_steps_are_the_run_one_by_one(scenario: ekssim.Scenario) -> None:
    whole = scenario.simulate(seed=7).until("3m")
    stepped = scenario.simulate(seed=7)
    events: list[ekssim.Happened] = []
    while stepped.result().events < whole.result().events:
        event = stepped.step()
        assert event is not None and event.at_seconds == stepped.now_seconds < 180
        events.append(event)
    assert "CronTick" in {event.event for event in events} or len({event.event for event in events}) > 3
    assert events == sorted(events, key=lambda event: event.at_seconds)
    assert stepped.until("3m") == whole
    # Steps are part of the value.
    again = scenario.simulate(seed=7)
    for _ in range(20):
        again.step()
    assert pickle.loads(pickle.dumps(again)) == again


def test_a_simulation_explains_what_was_done_to_it(scenario: ekssim.Scenario) -> None:
    base = scenario.simulate(seed=7).until("10m")
    huge = {"requests": {"cpu": "64", "memory": "64Mi"}}
    changed = base.fork().apply({"apply": "Deployment/kube-system/coredns", "resources": huge}).until("20m")
    told = " ".join(changed.explain(pod="kube-system/coredns")["text"])
    assert "Insufficient cpu" in told or "cpu" in told
    assert told != " ".join(scenario.explain(pod="kube-system/coredns", at="20m", seed=7)["text"])
    # Without a change it says what the scenario says, about now.
    assert base.explain(pod="default/tick") == scenario.explain(pod="default/tick", at="10m", seed=7)
    result = scenario.run(seed=7)
    assert result.explain(node="workers-0", at="5m") == scenario.explain(node="workers-0", at="5m", seed=7)
    assert (
        result.explain(node="workers-0", at="5m")["text"]
        == scenario.explain({"node": "workers-0", "at_us": 300_000_000}, seed=7)["text"]
    )
    with pytest.raises(TypeError, match="did you mean node"):
        result.explain(nod="workers-0")
    with pytest.raises(ekssim.Error, match="read in"):
        Result(result.to_dict()).explain(node="workers-0")


def test_branches_are_compared_with_intervals(scenario: ekssim.Scenario) -> None:
    base = scenario.simulate(seed=7).until("10m")
    patch = {"patch": {"target": "DaemonSet/kube-system/aws-node", "env": {"WARM_ENI_TARGET": "2"}}}
    changed = base.fork().apply(patch)
    comparison = ekssim.compare(base.fork().until("30m"), changed.until("30m"), replications=3)
    assert len(comparison.variants) == 2
    assert all(len(one["interval"]) == 2 for one in comparison.differences)


def test_a_running_cluster_follows_patches_scales_and_deletions(scenario: ekssim.Scenario) -> None:
    def created(simulation: ekssim.Simulation) -> int:
        return int(simulation.result().pods["created"])

    base = scenario.simulate(seed=7).until("10m")
    suspended = base.fork().apply({"patch": {"target": "CronJob/default/*", "merge": {"spec": {"suspend": True}}}})
    assert created(suspended.until("20m")) == created(base)
    resumed = suspended.apply({"apply": "CronJob/default/tick", "merge": {"spec": {"suspend": False}}})
    assert created(resumed.until("30m")) > created(base)
    # What was done is part of the value: it is pickled, and done again under other seeds.
    assert pickle.loads(pickle.dumps(resumed)) == resumed
    coredns = base.fork().apply({"scale": "Deployment/kube-system/coredns", "replicas": 5, "for": "3m"})
    ready = [
        sum(name == "coredns" for name in coredns.until(when).columns("pods")["workload"]) for when in ("12m", "20m")
    ]
    assert ready == [5, 2]
    gone = base.fork().apply({"delete": "CronJob/default/tick"}).until("20m")
    assert "tick" not in gone.columns("pods")["workload"]


def test_a_branch_by_hand_is_the_one_of_the_timeline(scenario: ekssim.Scenario) -> None:
    patch = {"target": "DaemonSet/kube-system/aws-node", "env": {"WARM_ENI_TARGET": "2"}}
    by_hand = scenario.simulate(seed=7).until("10m").apply({"patch": patch}).until("30m")
    planned = scenario.with_set({"timeline": [{"at": "10m", "apply": patch["target"], "env": patch["env"]}]}).simulate(
        seed=7
    )
    assert by_hand.result().metrics == planned.until("30m").result().metrics


@pytest.mark.parametrize(
    ("change", "rule", "word"),
    [
        ({"patch": {"target": "DaemonSet/kube-system/aws-nod", "env": {"A": "b"}}}, "EKS304", "aws-node"),
        ({"patch": {"target": "Deployment/kube-system/coredns", "image": "c:2"}}, "EKS501", "c:2"),
        ({"patch": {"target": "CronJob/default/tick", "image": "busybox:2"}}, "EKS501", "busybox:2"),
        ({"patch": {"env": {"A": "b"}}}, "EKS103", "target"),
        ({"scale": "CronJob/default/tick", "replicas": 2}, "EKS502", "Deployments"),
        ({"scael": "CronJob/default/tick"}, "EKS104", "scale"),
        ({}, "EKS103", "does nothing"),
    ],
)
def test_what_a_cluster_cannot_follow_changes_nothing(
    scenario: ekssim.Scenario, change: dict[str, Any], rule: str, word: str
) -> None:
    simulation = scenario.simulate(seed=7).until("10m")
    before = simulation.fingerprint
    with pytest.raises(ekssim.InputError) as caught:
        simulation.apply(change)
    assert caught.value.complaints[0].rule == rule
    assert word in str(caught.value)
    assert simulation.fingerprint == before
    assert simulation.until("30m") == scenario.simulate(seed=7).until("30m")


def test_scenarios_are_compared_with_intervals(scenario: ekssim.Scenario) -> None:
    comparison = ekssim.compare(scenario, scenario.with_set({"run.warmUp": "5m"}), replications=3)
    assert comparison == ekssim.compare(scenario, scenario.with_set({"run.warmUp": "5m"}), replications=3)
    with pytest.raises(ValueError):
        ekssim.compare(scenario)


def test_a_sweep_is_the_same_in_other_processes(scenario: ekssim.Scenario) -> None:
    over = {"run.seed": [1, 2]}
    here = scenario.sweep(over)
    with ProcessPoolExecutor(2) as executor:
        assert scenario.sweep(over, executor=executor) == here
    assert [result.seed for result in here.results] == [1, 2]


def test_other_threads_go_on_while_a_run_advances(scenario: ekssim.Scenario) -> None:
    """The interpreter lock is released: a thread of Python counts on while the engine works."""
    long = scenario.with_set({"run.for": "2000d"})
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    # Long enough for the lock to matter, ended from a report of progress.
    deadline = time.monotonic() + 2.0
    reports: list[float] = []

    def progress(state: dict[str, Any]) -> bool:
        reports.append(state["simulated_seconds"])
        return time.monotonic() < deadline

    result = long.run(progress=progress)
    stop.set()
    thread.join()
    assert counted > 100
    assert reports == sorted(reports)
    assert result.interrupted or result.simulated_seconds == 2000 * 86400


def test_all_complaints_come_in_one_exception(tmp_path: Path) -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")
    (tmp_path / "s.yaml").write_text(
        "apiVersion: ekssim.dev/v1alpha1\nkind: Scenario\ncluster: {metadata: {region: mars-1}}\nrun: {for: 60}\n"
    )
    with pytest.raises(ekssim.InputError) as caught:
        ekssim.load(tmp_path / "s.yaml")
    assert {one.rule for one in caught.value.complaints} == {"EKS302", "EKS202"}
    assert {one.place.line for one in caught.value.complaints if one.place} == {3, 4}


def test_decisions_are_functions(scenario: ekssim.Scenario) -> None:
    del scenario
    limits = ekssim.decisions.eni_limits("m5.xlarge")
    # IPAM-180: four interfaces with fifteen addresses each.
    assert limits["max_enis"] == 4 and limits["ipv4_per_eni"] == 15
    with pytest.raises(ekssim.InputError):
        ekssim.decisions.eni_limits("m5.xlrge")
    with pytest.raises(TypeError):
        ekssim.decisions.cron_next("* * * * *", "now")


def test_decisions_plan_addresses() -> None:
    decisions = ekssim.decisions
    # FR-2, IPAM-180; IPAM-182 with its ceiling.
    assert decisions.max_pods("t3.nano")["max_pods"] == 4
    assert decisions.max_pods("m5.large", formula="calculator", prefix_delegation=True)["max_pods"] == 110
    # IPAM-46: ten pods keep three ENIs of nine; IPAM-187: with the ENIs' own, 30 addresses of the subnet.
    pool = decisions.warm_pool("m5.large", pods=10)
    assert [eni["addresses"] for eni in pool["per_eni"]] == [9, 9, 9]
    assert pool["subnet_addresses"] == 30
    # IPAM-200: 251 usable addresses hold eight such nodes.
    assert decisions.subnet_capacity(["10.0.0.0/24"], instance_type="m5.large", pods=10)["nodes"] == 8
    # FR-9
    rows = decisions.snat(external_snat=True, cni_version="1.7")["matrix"]
    assert all(row["reachable"] for row in rows if row["peer"] == "a peered VPC")
    with pytest.raises(ekssim.InputError, match="warm_target"):
        decisions.warm_pool("m5.large", pods=1, warm_target=1)


def test_decisions_about_data_paths() -> None:
    decisions = ekssim.decisions
    # DPC-31: 131072 entries over 120 s
    assert int(decisions.conntrack_fill(connections_per_second=1)["connections_per_second_max"]) == 1092
    # DPC-50: 12.6 us for each of 8 rules of 1000 services with two endpoints
    assert decisions.rule_sync(mode="iptables-legacy", services=1000, endpoints=2)["full_seconds"] == 0.1008
    with pytest.raises(ekssim.InputError, match="socket_lb"):
        decisions.path_cost(mode="nftables", socket_lb=True)
    assert "low" in decisions.path_cost.__doc__ and "multiple" in decisions.connection_capacity.__doc__


def test_a_pod_is_placed_once_its_scheduling_gates_are_gone(tmp_path: Path) -> None:  # SCHED-13
    (tmp_path / "gate.yaml").write_text(
        """
apiVersion: ekssim.dev/v1alpha1
kind: Scenario
metadata: {name: gate}
cluster:
  metadata: {name: shop, region: eu-central-1, version: "1.34"}
  managedNodeGroups:
  - {name: workers, instanceType: m5.xlarge, minSize: 1, desiredCapacity: 1, maxSize: 3, privateNetworking: true}
manifests: [here]
timeline:
- {at: 10m, apply: Pod/shop/held, json6902: [{op: remove, path: /spec/schedulingGates}]}
run: {for: 30m, seed: 7}
---
apiVersion: v1
kind: Pod
metadata: {name: held, namespace: shop}
spec:
  schedulingGates: [{name: example.com/quota}]
  containers: [{name: main, image: "nginx:1.27"}]
""",
        encoding="utf-8",
    )
    waiting = ekssim.load(tmp_path / "gate.yaml").run().to_dict()["waiting"]
    assert waiting["by_cause"]["scheduling-gates"] == pytest.approx(600, abs=1)

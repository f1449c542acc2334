"""Policies in Python: they decide, their state goes with the run, and what cannot be copied says so."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import ekssim
import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")


class Stairs:
    """A replica more at every fourth look, and a note of each."""

    def __init__(self) -> None:
        self.looks = 0
        self.sizes: list[int] = []

    def decide(self, view: ekssim.PolicyView) -> int:
        self.looks += 1
        self.sizes.append(view.replicas)
        return view.replicas + (self.looks % 4 == 0)


class AsTheController:
    """What the metrics propose, and nothing else."""

    def decide(self, view: ekssim.PolicyView) -> int:
        return max((metric.wants for metric in view.metrics if metric.wants is not None), default=view.replicas)


class Locked(Stairs):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Broken:
    def decide(self, view: ekssim.PolicyView) -> int:
        raise ValueError(f"no idea at {view.replicas}")


class Fraction:
    def decide(self, view: ekssim.PolicyView) -> Any:
        return 2.5


@pytest.fixture(name="scenario", scope="module")
def fixture_scenario() -> ekssim.Scenario:
    workers = ekssim.NodeGroup("workers", instance_type="m5.xlarge", desired_capacity=3)
    return ekssim.Scenario(
        cluster=ekssim.Cluster(
            region="eu-central-1", version="1.34", node_groups=[workers], addons=[ekssim.Addon("metrics-server")]
        ),
        manifests=[
            ekssim.Deployment("web", namespace="shop", replicas=2, cpu="500m", memory="64Mi"),
            ekssim.Service("web", namespace="shop"),
            ekssim.HorizontalPodAutoscaler("web", namespace="shop", min_replicas=2, max_replicas=10, cpu=50),
        ],
        behaviour=[ekssim.Behaviour("Deployment/shop/web", ready="5s")],
        # A core: at half a core requested and 50 %, four pods.
        traffic=[ekssim.Traffic("Service/shop/web", rate="100/s", request=ekssim.Request(cpu="10ms"))],
        run=ekssim.RunSettings("30m", seed=5),
    )


def size(simulation: ekssim.Simulation) -> int:
    return simulation.pods()["workload"].count("web")


def test_a_policy_decides_within_the_object_s_limits(scenario: ekssim.Scenario) -> None:
    stairs = scenario.with_policy("HorizontalPodAutoscaler/shop/web", Stairs())
    assert size(stairs.simulate().until("150s")) == 4  # nine or ten looks
    assert size(stairs.simulate().until("30m")) == 10
    assert size(scenario.simulate().until("30m")) == 4


def test_a_policy_reads_what_the_controller_reads(scenario: ekssim.Scenario) -> None:
    assert size(scenario.with_policy("shop/web", AsTheController()).simulate().until("30m")) == 4


def test_a_fork_has_its_own_state(scenario: ekssim.Scenario) -> None:
    base = scenario.with_policy("shop/web", Stairs()).simulate(seed=7).until("5m")
    fork = base.fork()
    before = base.fingerprint
    fork.until("20m")
    assert base.fingerprint == before
    assert base.until("20m").fingerprint == fork.fingerprint
    assert fork == scenario.with_policy("shop/web", Stairs()).simulate(seed=7).until("20m")
    assert pickle.loads(pickle.dumps(fork)) == fork


def test_a_policy_stays_when_the_cluster_is_changed(scenario: ekssim.Scenario) -> None:
    base = scenario.with_policy("shop/web", Stairs()).simulate(seed=7).until("2m")
    changed = base.fork().apply(ekssim.Change(scale="Deployment/kube-system/coredns", replicas=3)).until("30m")
    assert size(changed) == 10
    assert pickle.loads(pickle.dumps(changed)) == changed


def test_the_state_is_in_the_fingerprint(scenario: ekssim.Scenario) -> None:
    other = Stairs()
    other.sizes.append(1)
    one, two = (scenario.with_policy("shop/web", policy) for policy in (Stairs(), other))
    assert one != two and one == scenario.with_policy("shop/web", Stairs())
    assert one.run().fingerprint != two.run().fingerprint


def test_runs_begin_with_the_state_that_was_given(scenario: ekssim.Scenario) -> None:
    policy = Stairs()
    stairs = scenario.with_policy("shop/web", policy)
    policy.looks = 3  # what becomes of the object later is no matter
    assert stairs.run() == stairs.run()
    assert policy.sizes == []
    one, two = stairs.replicate(4, jobs=1), stairs.replicate(4, jobs=2)
    assert one == two
    with ProcessPoolExecutor(2) as executor:
        assert stairs.replicate(4, executor=executor) == one


def test_a_policy_is_compared_with_the_controller(scenario: ekssim.Scenario) -> None:
    stairs = scenario.with_policy("shop/web", Stairs())
    comparison = ekssim.compare(scenario, stairs, replications=3)
    (placed,) = (one for one in comparison.differences if one["metric"] == "pods placed")
    assert placed["difference"] > 5
    assert "with_policy" not in str(stairs.with_set({"run.for": "10m"}))
    assert stairs.with_set({"run.for": "10m"}).run() != scenario.with_set({"run.for": "10m"}).run()


def test_what_cannot_be_copied_follows_one_run_alone(scenario: ekssim.Scenario) -> None:
    def locked() -> ekssim.Scenario:
        return scenario.with_policy("shop/web", Locked())

    whole = locked().run()
    assert whole.pods == scenario.with_policy("shop/web", Stairs()).run().pods
    simulation = locked().simulate().until("5m")
    with pytest.raises(ekssim.PolicyError, match=r"Locked of shop/web cannot be copied .*lock.*a fork"):
        simulation.fork()
    with pytest.raises(ekssim.PolicyError, match="another process"):
        pickle.dumps(simulation)
    with pytest.raises(ekssim.PolicyError, match="more than one run"):
        locked().replicate(2)
    used = locked()
    used.run()
    with pytest.raises(ekssim.PolicyError, match="a second run"):
        used.run()


def test_an_error_in_a_policy_reaches_the_caller(scenario: ekssim.Scenario) -> None:
    with pytest.raises(ekssim.PolicyError, match="ValueError: no idea at 2"):
        scenario.with_policy("shop/web", Broken()).run()
    with pytest.raises(ekssim.PolicyError, match="TypeError"):
        scenario.with_policy("shop/web", Fraction()).run()
    with pytest.raises(ekssim.PolicyError, match="no idea"):
        scenario.with_policy("shop/web", Broken()).replicate(3, jobs=2)


def test_a_policy_needs_an_autoscaler_and_a_decision(scenario: ekssim.Scenario) -> None:
    with pytest.raises(ekssim.InputError, match='did you mean "shop/web"'):
        scenario.with_policy("shop/wbe", Stairs())
    with pytest.raises(TypeError, match="decide"):
        scenario.with_policy("shop/web", object())  # type: ignore[arg-type]


def test_an_explanation_says_what_the_policy_decided_and_when(scenario: ekssim.Scenario) -> None:
    stairs = scenario.with_policy("shop/web", Stairs())
    told = stairs.explain(hpa="shop/web", at="5m")
    # Looks are 15 seconds apart, and every fourth adds one to the two replicas at the start.
    assert 285 <= told["last_look_seconds"] <= 300
    assert told["decided_by_policy"] == told["desired"] == told["replicas"]
    assert 6 <= told["decided_by_policy"] <= 7
    assert f"it set {told['decided_by_policy']}" in " ".join(told["text"])
    # Its metrics read what they read; none of them wins, and what the controller makes of them is left out.
    assert told["metrics"]
    assert not any(metric.get("wins") for metric in told["metrics"])
    assert told["stabilisation"] == told["limits"] == told["conditions"] == []
    assert scenario.explain(hpa="shop/web", at="5m")["decided_by_policy"] is None
    # Other questions are answered about the run with the policy.
    told = " ".join(stairs.explain(pod="shop/web", at="20m")["text"])
    assert "web-9" in told or "web" in told

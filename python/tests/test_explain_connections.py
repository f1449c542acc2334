"""`explain path`, `explain capacity` and drawn requests, from a file to what is printed and to data."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from statistics import mean
from typing import Any

import ekssim
import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")

SCENARIO = """apiVersion: ekssim.dev/v1alpha1
kind: Scenario
metadata: {name: shop}
cluster:
  metadata: {name: shop, region: eu-central-1, version: "1.33"}
  managedNodeGroups:
  - {name: workers, instanceType: m5.large, minSize: 2, desiredCapacity: 2, maxSize: 2}
  dataPath: {mode: MODE, otherServices: {count: 5000}}
manifests: [here]
traffic:
- {to: Deployment/shop/web, rate: 100/s, request: {cpu: 1ms}}
- {from: Deployment/shop/web, to: Service/shop/api, perRequest: 2, request: {cpu: 1ms}, connections: short}
run: {for: 10m, seed: 3}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "web:1", resources: {requests: {cpu: 100m, memory: 64Mi}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers: [{name: api, image: "api:1", resources: {requests: {cpu: 100m, memory: 64Mi}}}]
"""
WEB, API = "Deployment/shop/web", "Service/shop/api"
PORTS = 5002  # 5000, the Service above, and kube-dns


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    for mode in ("iptables-nft", "ebpf"):
        (tmp_path / f"{mode}.yaml").write_text(SCENARIO.replace("MODE", mode), encoding="utf-8")
    return tmp_path


def called(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ekssim", "explain", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def path_of(folder: Path, mode: str) -> dict[str, Any]:
    answer = ekssim.load(folder / f"{mode}.yaml").explain({"path": {"from": WEB, "to": API}, "at_us": 300_000_000})
    (path,) = answer["paths"]
    return dict(path)


def hops(stage: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {hop["hop"]: hop for hop in stage["hops"]}


def test_a_path_is_told_hop_by_hop(folder: Path) -> None:
    path = path_of(folder, "iptables-nft")
    assert path["connections_per_second"] == pytest.approx(200)
    assert path["failing"] == []
    by_role = {stage["role"]: stage for stage in path["stages"]}
    server = hops(by_role["server"])
    # DPD-3: whoever is no client walks all rules, at 0.3 of the warm and 0.7 of the cold cost (DPC-12).
    ports = by_role["server"]["service_ports"]
    assert ports == PORTS
    assert server["services chain"]["rules"] == ports
    assert server["services chain"]["cpu_us"] == pytest.approx(ports * (0.3 * 19 + 0.7 * 21) / 1000)
    assert server["services chain"]["first_packet_only"] and not server["conntrack"]["first_packet_only"]
    # The hops and the network make what the class's connections take.
    nodes = sum(stage["share"] * sum(hop["now_us"] for hop in stage["hops"]) for stage in path["stages"])
    assert nodes + path["network_us"] == pytest.approx(path["connect_mean_us"])
    assert path["connect_mean_us"] < path["connect_p90_us"] < path["connect_p99_us"]


def test_ebpf_passes_the_stack_by_and_comes_with_a_warning(folder: Path) -> None:
    path = path_of(folder, "ebpf")
    for stage in path["stages"]:
        assert "services chain" not in hops(stage) and "host stack" not in hops(stage)
    assert any("DPA-6" in line for line in path["assumptions"])


def test_the_command_prints_paths_and_capacities(folder: Path) -> None:
    shown = called(folder, "path", WEB, "shop/api", "iptables-nft.yaml", "--at", "5m")
    assert shown.returncode == 0, shown.stderr
    for words in (f"services chain, {PORTS} rules, first packet only", "live, version", "no new connection fails"):
        assert words in shown.stdout
    table = called(folder, "capacity", "iptables-nft.yaml", "--at", "5m")
    assert table.returncode == 0, table.stderr
    assert "breaks first" in table.stdout and "ebpf-hostrouting" in table.stdout
    one = called(folder, "capacity", "iptables-nft.yaml", "--node", "workers-1", "--at", "5m", "-o", "json")
    nodes = json.loads(one.stdout)["nodes"]
    assert [node["node"] for node in nodes] == ["workers-1"]


def test_what_is_mistyped_is_answered_with_what_was_meant(folder: Path) -> None:
    for arguments, words in (
        (("path", "Deployment/shop/wbe", API), 'did you mean "Deployment/shop/web"'),
        (("path", WEB, "Service/shop/apo"), 'did you mean "Service/shop/api"'),
        (("path", "outside", WEB), "says nothing of its connections"),
        (("path", WEB), "from where to where"),
        (("capacity", "--node", "workers-9"), 'did you mean "workers-0"'),
        (("path", WEB, API, "--node", "workers-1"), "explain path has no option --node"),
    ):
        names = list(arguments)
        if len(names) != 2 or names[0] == "capacity":
            names.insert(3 if names[0] == "path" else 1, "iptables-nft.yaml")
        wrong = called(folder, *names)
        assert wrong.returncode == 2, wrong.stdout
        assert words in " ".join(wrong.stderr.split()), wrong.stderr


def test_capacity_tells_the_first_limit_of_each_data_path(folder: Path) -> None:
    """DPC-68, DPC-30: connections of a node against what its conntrack holds for two minutes each."""
    scenario = ekssim.load(folder / "iptables-nft.yaml")
    answer = scenario.explain({"capacity": "", "at_us": 300_000_000})
    node = answer["nodes"][0]
    limits = {limit["limit"]: limit for limit in node["limits"]}
    conntrack = limits["conntrack"]
    assert conntrack["cap"] == 131072
    assert conntrack["reached_at_multiple"] == pytest.approx(131072 / conntrack["used"])
    # Of 200 connections a second each comes by a node, and by no more than all of them; an entry stays for two minutes.
    assert 100 * 120 <= conntrack["used"] <= 200 * 120
    assert node["at_multiple"] == min(
        limit["reached_at_multiple"] for limit in node["limits"] if limit["reached_at_multiple"] is not None
    )
    modes = {mode["mode"]: mode for mode in answer["modes"]}
    # Nothing is scanned with nftables or eBPF, and 5000 Services cost a good part of a short connection.
    assert modes["iptables-nft"]["spared_share"] == pytest.approx(0, abs=1e-9)
    assert modes["nftables"]["cores"]["scan"] == 0
    assert modes["nftables"]["spared_share"] > 0.2


def test_requests_are_drawn_from_a_run(folder: Path) -> None:
    """DPC-65: their mean is the run's own, within four standard errors."""
    simulation = ekssim.load(folder / "iptables-nft.yaml").simulate().until("5m")
    before = simulation.fingerprint
    name = path_of(folder, "iptables-nft")["class"]
    drawn = simulation.draw_requests(name, 4000)
    us = drawn["us"]
    assert len(us) == 4000 and set(drawn["failed_by"]) == {None}
    error = math.sqrt(sum((one - mean(us)) ** 2 for one in us)) / len(us)
    whole = path_of(folder, "iptables-nft")["connect_mean_us"]
    assert mean(us) == pytest.approx(whole, abs=4 * error + 0.01 * whole)
    assert drawn["requests_per_second"] == pytest.approx(200)
    assert simulation.draw_requests(name, 100)["us"] == us[:100]
    assert simulation.fingerprint == before
    with pytest.raises(ekssim.InputError, match="did you mean"):
        simulation.draw_requests(name[:-1])
    with pytest.raises(ekssim.InputError, match="5000"):
        simulation.draw_requests(name, 5001)

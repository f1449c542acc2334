"""`ekssim import` of what kubectl dumps: what it writes runs, and at time 0 every pod is where the dump has it."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ekssim.cluster_import import Found, read_cluster, to_document, to_yaml
from ekssim.cluster_import.notes import Notes
from ekssim.cluster_import.quantities import amount
from ekssim.cluster_import.subnets import vpc_of
from ekssim.errors import InputError
from ekssim.resolve import resolve_value
from ekssim.scenario import Scenario
from ekssim.yaml_reader import read_text


def node(name: str, zone: str = "eu-central-1a", **more: Any) -> dict[str, Any]:
    labels = {
        "node.kubernetes.io/instance-type": more.get("type", "m5.large"),
        "topology.kubernetes.io/zone": zone,
        "eks.amazonaws.com/nodegroup": more.get("group", "workers"),
        "eks.amazonaws.com/capacityType": more.get("capacity", "ON_DEMAND"),
        "kubernetes.io/hostname": name,
        "team": more.get("team", "shop"),
    }
    allocatable = {"cpu": "1930m", "memory": more.get("memory", "7244720Ki"), "pods": "29"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "uid": name},
        "spec": {"taints": more.get("taints", [])},
        "status": {
            "allocatable": allocatable,
            "addresses": [{"type": "InternalIP", "address": more["address"]}] if "address" in more else [],
            "nodeInfo": {"kubeletVersion": "v1.34.2-eks-113cf36"},
        },
    }


def controlled(kind: str, name: str) -> dict[str, Any]:
    return {"ownerReferences": [{"apiVersion": "apps/v1", "kind": kind, "name": name, "controller": True, "uid": name}]}


CONTAINERS = [{"name": "main", "image": "nginx:1.27", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]


def pod(name: str, on: str | None, owner: tuple[str, str] | None = None, **more: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"containers": CONTAINERS}
    if on is not None:
        spec["nodeName"] = on
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            **(controlled(*owner) if owner else {}),
            **more.get("meta", {}),
        },
        "spec": spec,
        "status": {"phase": more.get("phase", "Running" if on else "Pending"), "podIPs": []},
    }


def workload(kind: str, name: str, replicas: int, owner: tuple[str, str] | None = None) -> dict[str, Any]:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "shop",
            "resourceVersion": "7",
            **(controlled(*owner) if owner else {}),
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": CONTAINERS}},
        },
        "status": {"readyReplicas": replicas},
    }


def shop() -> list[dict[str, Any]]:
    """A Deployment through its ReplicaSet, a StatefulSet, a pod of its own, and one that is nowhere yet."""
    return [
        node("ip-10-0-0-11", address="10.0.0.11"),
        node("ip-10-0-0-12", address="10.0.0.12", memory="7244800Ki"),
        node("ip-10-0-64-11", "eu-central-1b", address="10.0.64.11"),
        node("ip-10-0-0-99", group="batch", capacity="SPOT", team="batch", address="10.0.0.99"),
        workload("Deployment", "web", 3),
        workload("ReplicaSet", "web-6d5f7", 3, ("Deployment", "web")),
        workload("StatefulSet", "db", 2),
        pod("web-6d5f7-aaaaa", "ip-10-0-64-11", ("ReplicaSet", "web-6d5f7")),
        pod("web-6d5f7-bbbbb", "ip-10-0-64-11", ("ReplicaSet", "web-6d5f7")),
        pod("web-6d5f7-ccccc", None, ("ReplicaSet", "web-6d5f7")),
        pod("db-1", "ip-10-0-0-12", ("StatefulSet", "db")),
        pod("db-0", "ip-10-0-0-99", ("StatefulSet", "db")),
        pod("debug", "ip-10-0-0-11"),
        pod("ended", "ip-10-0-0-11", phase="Succeeded"),
    ]


def dump(folder: Path, objects: list[dict[str, Any]], name: str = "dump.json") -> Path:
    path = folder / name
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    return path


def scenario_of(found: Found, folder: Path) -> Scenario:
    resolved = resolve_value(to_document(found), folder, folder)
    assert [one.text() for one in resolved.complaints if one.is_error] == []
    return Scenario._checked(resolved)


def places_at_start(found: Found, folder: Path) -> Counter[tuple[str, str]]:
    """Pods by workload and by the node of the dump, at time 0."""
    pods = scenario_of(found, folder).simulate().until("0s").columns("pods")
    dumped = {place.replace("/", "-"): name for name, place in found.node_of.items()}
    return Counter(
        (f"{kind}/{namespace}/{name}" + (f"-{ordinal}" if kind == "StatefulSet" else ""), dumped[at])
        for kind, namespace, name, ordinal, at in zip(
            pods["workload_kind"], pods["namespace"], pods["workload"], pods["ordinal"], pods["node"], strict=True
        )
        if at is not None and kind != "DaemonSet" and namespace != "kube-system"
    )


@pytest.fixture(name="_engine")
def fixture_engine() -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")


def test_nodes_become_groups_by_what_tells_them_apart(tmp_path: Path) -> None:
    found = read_cluster([dump(tmp_path, shop())])
    cluster = found.scenario["cluster"]
    assert cluster["metadata"]["region"] == "eu-central-1"
    assert cluster["metadata"]["version"] == "1.34"
    groups = {group["name"]: group for group in cluster["managedNodeGroups"]}
    assert set(groups) == {"workers", "batch"}
    workers, batch = groups["workers"], groups["batch"]
    assert workers["desiredCapacity"] == 3
    assert workers["availabilityZones"] == ["eu-central-1a", "eu-central-1b"]
    assert workers["labels"] == {"team": "shop"}
    # The least of two machines that differ by less than a hundredth.
    assert workers["allocatable"] == {"cpu": "1930m", "memory": "7244720Ki", "pods": 29}
    assert batch["spot"] is True
    assert found.node_of == {
        "ip-10-0-0-11": "workers/0",
        "ip-10-0-64-11": "workers/1",
        "ip-10-0-0-12": "workers/2",
        "ip-10-0-0-99": "batch/0",
    }
    assert cluster["vpc"]["subnets"]["private"] == {
        "eu-central-1a": {"cidr": "10.0.0.0/20"},
        "eu-central-1b": {"cidr": "10.0.64.0/20"},
    }


def test_nodes_that_lie_unevenly_in_their_zones_are_a_group_a_zone(tmp_path: Path) -> None:
    nodes = [node(f"a{n}") for n in range(3)] + [node("b0", "eu-central-1b")]
    found = read_cluster([dump(tmp_path, nodes)])
    groups = {group["name"]: group for group in found.scenario["cluster"]["nodeGroups"]}
    assert {name: group["availabilityZones"] for name, group in groups.items()} == {
        "workers-1": ["eu-central-1a"],
        "workers-2": ["eu-central-1b"],
    }
    # The label by which pods may ask for the group stays the one of the dump.
    assert groups["workers-1"]["labels"]["eks.amazonaws.com/nodegroup"] == "workers"
    assert any("unmanaged" in one for one in found.notes.assumed)


def test_other_sizes_are_other_groups_and_taints_of_a_moment_are_left_out(tmp_path: Path) -> None:
    passing = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}
    lasting = {"key": "gpu", "value": "true", "effect": "NoSchedule"}
    nodes = [node("small"), node("large", memory="7000000Ki", taints=[passing]), node("gpu", taints=[lasting])]
    found = read_cluster([dump(tmp_path, nodes)])
    groups = found.scenario["cluster"]["nodeGroups"]
    assert len(groups) == 3
    assert sorted(len(group.get("taints", [])) for group in groups) == [0, 0, 1]
    assert any("not-ready" in one for one in found.notes.left_out)


def test_extended_resources_of_any_vendor_are_kept(tmp_path: Path) -> None:
    one = node("one")
    one["status"]["allocatable"] |= {
        "vendor.com/thing": "2",
        "vpc.amazonaws.com/pod-eni": "9",
        "example.kubernetes.io/x": "1",
    }
    found = read_cluster([dump(tmp_path, [one])])
    (group,) = found.scenario["cluster"]["managedNodeGroups"]
    assert group["allocatable"]["vendor.com/thing"] == "2"
    assert "vpc.amazonaws.com/pod-eni" not in group["allocatable"]
    assert any("example.kubernetes.io/x" in text for text in found.notes.left_out)


def test_owned_objects_and_status_are_not_written(tmp_path: Path) -> None:
    found = read_cluster([dump(tmp_path, shop())])
    titles = [f"{one['kind']}/{one['metadata']['name']}" for one in found.objects]
    assert titles == ["Deployment/web", "StatefulSet/db", "Pod/debug"]
    for one in found.objects:
        assert "status" not in one
        assert "nodeName" not in one["spec"]
        assert set(one["metadata"]) <= {"name", "namespace", "labels", "annotations"}
    assert any("ended" in one for one in found.notes.left_out)


def test_jobs_that_have_ended_do_not_start_again_and_suspended_ones_wait(tmp_path: Path) -> None:
    def job(name: str, status: dict[str, Any], *, suspend: bool = False) -> dict[str, Any]:
        template = {"spec": {"restartPolicy": "Never", "containers": CONTAINERS}}
        return {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {"suspend": suspend, "template": template},
            "status": status,
        }

    ended = {"type": "Failed", "status": "True"}
    jobs = [
        job("done", {"completionTime": "2026-11-02T08:00:00Z"}),
        job("failed", {"conditions": [ended]}),
        job("suspended", {"conditions": [{"type": "Suspended", "status": "True"}]}, suspend=True),
        job("running", {"active": 1}),
    ]
    found = read_cluster([dump(tmp_path, [*shop(), *jobs])])
    kept = {one["metadata"]["name"]: one["spec"]["suspend"] for one in found.objects if one["kind"] == "Job"}
    assert kept == {"suspended": True, "running": False}


def test_without_replica_sets_the_name_leads_to_the_deployment(tmp_path: Path) -> None:
    objects = [one for one in shop() if one["kind"] != "ReplicaSet"]
    found = read_cluster([dump(tmp_path, objects)])
    assert [one["kind"] for one in found.objects] == ["Deployment", "StatefulSet", "Pod"]
    placed = {one["node"]: one["pods"] for one in found.scenario["run"]["placed"]}
    assert placed["workers/1"] == {"Deployment/shop/web": 2}


def test_secrets_are_never_written(tmp_path: Path) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": "shop"},
        "data": {"k": "djE="},
    }
    found = read_cluster([dump(tmp_path, [*shop(), secret])])
    assert "djE=" not in to_yaml(found)


@pytest.mark.usefixtures("_engine")
def test_at_time_zero_every_pod_is_on_its_node(tmp_path: Path) -> None:
    found = read_cluster([dump(tmp_path, shop())])
    assert places_at_start(found, tmp_path) == Counter(
        {
            ("Deployment/shop/web", "ip-10-0-64-11"): 2,
            ("StatefulSet/shop/db-1", "ip-10-0-0-12"): 1,
            ("StatefulSet/shop/db-0", "ip-10-0-0-99"): 1,
            ("Pod/shop/debug", "ip-10-0-0-11"): 1,
        }
    )
    # The one that was on no node waits, and is placed by the scheduler in the run.
    run = scenario_of(found, tmp_path).simulate()
    waiting = run.until("0s").columns("pods")["node"].count(None)
    assert waiting == 1
    assert run.until("1m").columns("pods")["node"].count(None) == 0


@pytest.mark.usefixtures("_engine")
def test_the_yaml_is_the_same_scenario(tmp_path: Path) -> None:
    found = read_cluster([dump(tmp_path, shop())])
    file = tmp_path / "imported.yaml"
    file.write_text(to_yaml(found))
    from ekssim.scenario import load

    written = load(file).simulate().until("10m").fingerprint
    assert written == scenario_of(found, tmp_path).simulate().until("10m").fingerprint


@pytest.mark.usefixtures("_engine")
def test_a_real_cluster_starts_as_it_was_found(tmp_path: Path) -> None:
    """open-simulator's demo cluster: static pods on three masters, DaemonSets, and an application without a node."""
    folder = os.environ.get("EKSSIM_WORKLOADS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real workloads are not there: EKSSIM_WORKLOADS names no folder")
    demo = Path(folder).resolve() / "open-simulator-demo"
    files = [*sorted((demo / "cluster/demo_1").rglob("*.yaml")), *sorted((demo / "application/simple").glob("*.yaml"))]
    found = read_cluster(files)
    pods = scenario_of(found, tmp_path).simulate().until("0s").columns("pods")
    dumped = {place.replace("/", "-"): name for name, place in found.node_of.items()}
    on = {
        name: dumped[at]
        for kind, name, at in zip(pods["workload_kind"], pods["workload"], pods["node"], strict=True)
        if kind == "Pod" and at is not None
    }
    expected = {
        f"{part}-master-{n}": f"master-{n}"
        for part in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
        for n in (1, 2, 3)
    }
    assert on == expected
    allocatable = scenario_of(found, tmp_path).simulate().until("0s").columns("nodes")
    assert set(allocatable["allocatable_cpu_milli"]) == {8000}
    assert set(allocatable["allocatable_memory_bytes"]) == {16 << 30}


def test_a_table_of_kubectl_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "nodes.yaml"
    path.write_text("NAME   STATUS   ROLES\nip-1   Ready    <none>\n")
    with pytest.raises(InputError) as error:
        read_cluster([path])
    assert error.value.complaints[0].rule == "EKS026"
    assert "nodes.yaml:1:1" in str(error.value)


def test_every_fault_of_a_dump_is_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "dump.yaml"
    path.write_text(
        "kind: List\nitems:\n- kind: Pod\n  metadata: {}\n- kind: Node\n  metadata: {name: a}\n  spec: 3\n- 17\n"
    )
    with pytest.raises(InputError) as error:
        read_cluster([path])
    lines = [(one.rule, one.place.line, one.place.column) for one in error.value.complaints if one.place]
    assert lines == [("EKS026", 4, 13), ("EKS026", 7, 9), ("EKS026", 8, 3)]


def test_a_dump_without_nodes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="hold no Node"):
        read_cluster([dump(tmp_path, [pod("debug", None)])])


def test_addresses_that_do_not_tell_zones_apart_give_subnets_of_our_own() -> None:
    notes = Notes()
    vpc = vpc_of({"a": ["10.0.0.1", "10.0.9.1"], "b": ["10.0.8.7"]}, notes)
    assert vpc["cidr"] == "10.0.0.0/16"
    assert vpc["subnets"]["private"] == {"a": {"cidr": "10.0.0.0/17"}, "b": {"cidr": "10.0.128.0/17"}}
    assert any("made up" in one for one in notes.assumed)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1930m", 1.93), ("7244720Ki", 7244720 * 1024), ("2", 2), ("1k", 1000), ("2e3", None), ("x", None)],
)
def test_quantities_are_exact(text: str, number: float | None) -> None:
    value = amount(text)
    if text == "2e3":
        assert value == 2000
    else:
        assert (None if value is None else float(value)) == number


def test_the_reader_keeps_json_and_yaml_apart_from_nothing(tmp_path: Path) -> None:
    as_json = read_cluster([dump(tmp_path, shop())])
    path = tmp_path / "dump.yaml"
    import yaml

    path.write_text("---\n".join(yaml.safe_dump(one) for one in shop()))
    assert read_text(path.read_text()).documents
    assert to_document(read_cluster([path])) == to_document(as_json)

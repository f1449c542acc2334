"""Real manifests, unchanged: the folder named by EKSSIM_WORKLOADS is read in place.

Every manifest parses, every replica is placed or refused with a reason, and every field is either modelled or listed as
ignored. Without the folder these tests are skipped, and say so.
"""

from __future__ import annotations

import copy
import csv
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ekssim import engine
from ekssim.resolve import Resolved, resolve_value
from ekssim.result import Result
from ekssim.scenario import Scenario, check
from ekssim.yaml_reader import read_file, read_text

# An empty opening, so that every pod is created, scheduled and started in the run itself.
RUN = {"for": "10m", "opening": "empty"}
WORKER = {"node-role.kubernetes.io/worker": ""}
# What EKS installs in every cluster is listed too, but stands in no file of ours.
OWN_OBJECTS = re.compile(r"\w+/kube-system/(?:aws-node|kube-proxy|coredns|kube-dns) ")


@pytest.fixture(scope="session")
def workloads() -> Path:
    folder = os.environ.get("EKSSIM_WORKLOADS", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("real workloads are not there: EKSSIM_WORKLOADS names no folder")
    return Path(folder).resolve()


@pytest.fixture(scope="session", name="_engine")
def fixture_engine() -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")


def group(name: str, instance_type: str, nodes: int, **more: Any) -> dict[str, Any]:
    return {"name": name, "instanceType": instance_type, "desiredCapacity": nodes, **more}


def cluster(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"region": "eu-west-1", "version": "1.34"}, "managedNodeGroups": list(groups)}


def resolved(folder: Path, manifests: list[Any], of: dict[str, Any]) -> Resolved:
    document = {"apiVersion": "ekssim.dev/v1alpha1", "kind": "Scenario", "cluster": of, "run": RUN}
    result = resolve_value({**document, "manifests": manifests}, folder, folder)
    assert [one.text() for one in result.complaints if one.is_error] == []
    return result


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all scalars and empty containers, without the places in lists."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for item in value:
            yield from leaves(item, path)
    else:
        yield path


def subjects(manifest: dict[str, Any]) -> set[str]:
    """How the list of ignored fields may call an object: with its namespace, or without where it has none."""
    metadata = manifest.get("metadata") or {}
    kind, name = manifest["kind"], metadata.get("name", "")
    return {f"{kind}/{metadata.get('namespace', 'default')}/{name}", f"{kind}/{name}"}


def replicas_of(manifests: list[dict[str, Any]]) -> int:
    """The pods that Deployments, ReplicaSets and StatefulSets ask for."""
    kinds = ("Deployment", "ReplicaSet", "StatefulSet", "ReplicationController")
    return sum((one.get("spec") or {}).get("replicas", 1) for one in manifests if one["kind"] in kinds)


def assert_fields_are_modelled_or_listed(manifests: list[dict[str, Any]], checks: dict[str, Any]) -> None:
    written: Counter[tuple[str, str]] = Counter()
    for manifest in manifests:
        for subject in subjects(manifest):
            for path in leaves(manifest):
                written[subject, path] += 1
    listed: Counter[tuple[str, str]] = Counter()
    for one in checks["ignored"]:
        if OWN_OBJECTS.match(one["path"]):
            continue
        subject, _, path = one["path"].partition(" ")
        listed[subject, path] += one["count"]
    too_many = {key: (count, written[key]) for key, count in listed.items() if count > written[key]}
    assert too_many == {}, "ignored fields that nobody wrote"
    if "leaves" in checks:
        counts = checks["leaves"]
        assert counts["modelled"] + counts["ignored"] == counts["all"]
        assert counts["all"] == sum(len(list(leaves(manifest))) for manifest in manifests)
        assert counts["ignored"] == sum(listed.values())


def assert_every_pod_is_accounted_for(result: Result, at_least: int) -> None:
    pods = result.pods
    assert pods["created"] >= at_least
    assert pods["placed"] + pods["unplaced_at_end"] == pods["created"]
    refused = result.series("ekssim_pods_unplaced")
    assert sum(series["last"] for series in refused) == pods["unplaced_at_end"]
    assert all(series["labels"]["reason"] for series in refused)


def reasons_at_end(result: Result) -> set[str]:
    """Why the pods that still have no node at the end have none."""
    return {series["labels"]["reason"] for series in result.series("ekssim_pods_unplaced") if series["last"]}


def ran(folder: Path, manifests: list[Any], of: dict[str, Any], **options: Any) -> Result:
    """Loads and runs, with what has to hold for every real input."""
    loaded = resolved(folder, manifests, of)
    assert loaded.document is not None
    checks = check(loaded)
    assert checks["ok"], "\n".join(one.text() for one in engine.complaints_of(checks))
    assert_fields_are_modelled_or_listed(loaded.document["manifests"], checks)
    result = Scenario._checked(loaded).run(**options)
    assert_every_pod_is_accounted_for(result, replicas_of(loaded.document["manifests"]))
    return result


# --- applications

APPLICATIONS = {
    "Online Boutique": ["online-boutique/*.yaml"],
    "Sock Shop": ["sock-shop/complete-demo.yaml"],
    "Sock Shop with its autoscalers": ["sock-shop/**/*.yaml"],
    "kube-prometheus": ["kube-prometheus/**/*.yaml"],
}


@pytest.mark.parametrize("name", sorted(APPLICATIONS))
def test_applications_are_read_and_placed(workloads: Path, _engine: None, name: str) -> None:
    result = ran(workloads, APPLICATIONS[name], cluster(group("workers", "m5.2xlarge", 6)))
    assert result.pods["unplaced_at_end"] == 0
    assert result.ignored


def test_kube_prometheus_has_what_its_operator_makes(workloads: Path, _engine: None) -> None:
    """FR-25: the StatefulSets of the Prometheus and the Alertmanager object, and nothing is passed over."""
    loaded = resolved(workloads, ["kube-prometheus/**/*.yaml"], cluster(group("workers", "m5.2xlarge", 3)))
    assert loaded.document is not None
    loaded.document["behaviour"] = [
        {"for": "StatefulSet/monitoring/prometheus-k8s", "ready": "20s", "telemetry": {"scrapes": "all"}}
    ]
    checks = check(loaded)
    assert checks["ok"], "\n".join(one.text() for one in engine.complaints_of(checks))
    # Its ServiceMonitors are not in the folder: the agent has nothing to scrape, and its operator is there.
    assert {one.rule for one in engine.complaints_of(checks, "warnings")} == {"EKS911"}
    ignored = {one["path"] for one in checks["ignored"]}
    assert "Prometheus/monitoring/k8s spec.replicas" not in ignored
    assert "Prometheus/monitoring/k8s spec.resources.requests.memory" not in ignored
    assert "Prometheus/monitoring/k8s spec.alerting.alertmanagers.port" in ignored
    assert not [path for path in ignored if path.startswith("StatefulSet/")]
    result = Scenario._checked(loaded).run()
    # Two of Prometheus and three of Alertmanager, as their objects have it.
    ready = result.series("kube_statefulset_status_replicas_ready")
    assert {series["labels"]["workload"]: series["last"] for series in ready} == {
        "prometheus-k8s": 2,
        "alertmanager-main": 3,
    }


def test_an_application_on_too_small_a_cluster_is_refused_with_reasons(workloads: Path, _engine: None) -> None:
    result = ran(workloads, ["online-boutique/*.yaml"], cluster(group("workers", "t3.small", 1)))
    assert result.pods["unplaced_at_end"] > 0


def test_every_manifest_of_the_folder_is_read(workloads: Path) -> None:
    """Also those that no test simulates: whatever is YAML and no template resolves without an error."""
    read = 0
    for path in sorted(workloads.rglob("*.y*ml")):
        if "{{" in path.read_text(encoding="utf-8", errors="replace"):
            continue
        file = read_file(path)
        assert [one.text() for one in file.complaints if one.is_error] == []
        read += len(file.documents)
    assert read > 100


def test_online_boutique_is_resolved_in_a_fifth_of_a_second(workloads: Path) -> None:
    resolved(workloads, ["online-boutique/*.yaml"], cluster())
    started = time.process_time()
    resolved(workloads, ["online-boutique/*.yaml"], cluster())
    assert time.process_time() - started < 0.2


def test_changing_a_modelled_field_changes_the_spec(workloads: Path, _engine: None) -> None:
    """Each field that is not listed as ignored is changed in turn; the Spec differs, or the change is refused."""
    manifests = resolved(workloads, ["online-boutique/*.yaml"], cluster()).document or {}
    (frontend,) = (
        one for one in manifests["manifests"] if one["kind"] == "Deployment" and one["metadata"]["name"] == "frontend"
    )
    of = cluster(group("workers", "m5.xlarge", 3))
    base = check(resolved(workloads, [frontend], of))
    if "spec" not in base:
        pytest.skip("the engine gives no fingerprint of the Spec")
    ignored = {
        one["path"].partition(" ")[2] for one in base["ignored"] if one["path"].startswith("Deployment/default/")
    }

    def places(value: Any, path: str, keys: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                yield from places(item, f"{path}.{key}" if path else key, (*keys, key))
        elif isinstance(value, list) and value:
            for index, item in enumerate(value):
                yield from places(item, path, (*keys, index))
        else:
            yield path, keys

    unchanged = []
    for path, keys in places(frontend, "", ()):
        if path in ignored:
            continue
        changed = copy.deepcopy(frontend)
        owner: Any = changed
        for key in keys[:-1]:
            owner = owner[key]
        owner[keys[-1]] = mutated(owner[keys[-1]])
        result = resolve_value(
            {"apiVersion": "ekssim.dev/v1alpha1", "kind": "Scenario", "cluster": of, "run": RUN, "manifests": [changed]}
        )
        checks = check(result)
        if checks["ok"] and checks["spec"] == base["spec"] and checks["ignored"] == base["ignored"]:
            unchanged.append(path)
    assert unchanged == []


def mutated(value: Any) -> Any:
    """Another value of the same kind that makes sense where the first did."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        quantity = re.fullmatch(r"(\d+)(m|Mi|Gi|)", value)
        return f"{int(quantity[1]) + 1}{quantity[2]}" if quantity else value + "x"
    return "x"


# --- kube-burner


def rendered(workloads: Path, job_file: str, name: str, iterations: int) -> list[Any]:
    """The objects of a kube-burner job: its templates with the few variables that these ones use."""
    job_path = workloads / "kube-burner" / job_file
    jobs = read_file(job_path).documents[0].plain()["jobs"]
    (job,) = (one for one in jobs if one["name"] == name)
    objects: list[Any] = []
    for iteration in range(1, iterations + 1):
        for template in job["objects"]:
            text = (job_path.parent / template["objectTemplate"]).read_text(encoding="utf-8")
            for replica in range(1, template["replicas"] + 1):
                values = {"Iteration": iteration, "Replica": replica, "JobName": name, **template.get("inputVars", {})}
                filled = re.sub(r"\{\{\s*\.(\w+)\s*\}\}", lambda match, v=values: str(v[match[1]]), text)  # type: ignore[misc]
                (document,) = read_text(filled, template["objectTemplate"]).documents
                value = document.plain()
                value["metadata"]["namespace"] = job["namespace"]
                objects.append(value)
    return objects


DENSITIES = {
    "kubelet-density": ("kubelet-density/kubelet-density.yml", 25),
    "kubelet-density-cni": ("kubelet-density-cni/kubelet-density-cni.yml", 50),
    "kubelet-density-heavy": ("kubelet-density-heavy/kubelet-density-heavy.yml", 30),
    "kubelet-density-cni-networkpolicy": (
        "kubelet-density-cni-networkpolicy/kubelet-density-cni-networkpolicy.yml",
        50,
    ),
}


@pytest.mark.parametrize("name", sorted(DENSITIES))
def test_density_jobs_fill_the_nodes_they_ask_for(workloads: Path, _engine: None, name: str) -> None:
    file, iterations = DENSITIES[name]
    objects = rendered(workloads, file, name, iterations)
    labelled = ran(workloads, objects, cluster(group("workers", "m5.2xlarge", 3, labels=WORKER)))
    assert labelled.pods["unplaced_at_end"] == 0
    # Their node selector asks for a label that EKS nodes do not have by themselves.
    plain = ran(workloads, objects, cluster(group("workers", "m5.2xlarge", 3)))
    asked = sum(one["kind"] in ("Pod", "Deployment") for one in objects)
    assert plain.pods["unplaced_at_end"] == asked
    assert reasons_at_end(plain) == {"unschedulable-NodeAffinity"}


# --- GOV.UK


def pod_spec(rows: list[dict[str, str]], arch: str) -> dict[str, Any]:
    containers = []
    for row in rows:
        resources: dict[str, dict[str, str]] = {}
        for kind in ("request", "limit"):
            amounts = {what: row[f"{what}_{kind}"] for what in ("cpu", "memory") if row[f"{what}_{kind}"]}
            if amounts:
                resources[f"{kind}s"] = amounts
        name = row.get("container") or "job"
        containers.append({"name": name, "image": f"govuk/{name}:1", "resources": resources})
    spec: dict[str, Any] = {"containers": containers}
    if arch:
        spec["nodeSelector"] = {"kubernetes.io/arch": arch}
    return spec


def govuk_applications(workloads: Path) -> list[Any]:
    with (workloads / "govuk-production/workloads.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    by_name: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_name.setdefault(row["workload"], []).append(row)
    objects = []
    for name, containers in by_name.items():
        first = containers[0]
        spec = pod_spec(containers, first["arch"])
        if first["termination_grace_seconds"]:
            spec["terminationGracePeriodSeconds"] = int(first["termination_grace_seconds"])
        labels = {"app": name}
        template = {"metadata": {"labels": labels}, "spec": spec}
        body = {"replicas": int(first["replicas"]), "selector": {"matchLabels": labels}, "template": template}
        metadata = {"name": name, "namespace": "apps"}
        objects.append({"apiVersion": "apps/v1", "kind": first["kind"], "metadata": metadata, "spec": body})
    return objects


def govuk_cronjobs(workloads: Path) -> list[Any]:
    with (workloads / "govuk-production/cronjobs.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    objects = []
    for row in rows:
        spec: dict[str, Any] = {"schedule": row["schedule"], "suspend": row["suspend"] == "true"}
        if row["time_zone"]:
            spec["timeZone"] = row["time_zone"]
        pod = {**pod_spec([row], row["arch"]), "restartPolicy": "Never"}
        spec["jobTemplate"] = {"spec": {"template": {"spec": pod}}}
        metadata = {"name": row["cronjob"], "namespace": "apps"}
        objects.append({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec})
    return objects


def test_govuk_runs_a_day_on_arm(workloads: Path, _engine: None) -> None:
    objects = govuk_applications(workloads) + govuk_cronjobs(workloads)
    assert sum(one["kind"] == "CronJob" for one in objects) == 60
    on_arm = cluster(group("arm", "m7g.4xlarge", 16), group("intel", "m5.2xlarge", 2))
    loaded = resolved(workloads, objects, on_arm)
    assert loaded.document is not None
    assert list(loaded.document["timeZones"]) == ["Europe/London"]
    result = ran(workloads, objects, on_arm, until="10m")
    assert result.pods["unplaced_at_end"] == 0
    # A whole day, so that each schedule of every day comes due; what begins in the last minutes may not have ended.
    day = Scenario._checked(loaded).with_set({"run.for": "24h"}).run()
    specs = [one["spec"] for one in objects if one["kind"] == "CronJob"]
    daily = sum(spec["schedule"].endswith("* * *") and not spec["suspend"] for spec in specs)
    assert daily > 30
    assert day.pods["finished"] >= daily - 2


def test_govuk_on_intel_alone_is_refused_by_architecture(workloads: Path, _engine: None) -> None:
    objects = govuk_applications(workloads)
    result = ran(workloads, objects, cluster(group("intel", "m5.4xlarge", 16)))
    for_arm = [one for one in objects if "nodeSelector" in one["spec"]["template"]["spec"]]
    assert result.pods["unplaced_at_end"] == replicas_of(for_arm)
    assert reasons_at_end(result) == {"unschedulable-NodeAffinity"}


# --- eksctl


def test_every_eksctl_example_is_a_cluster(workloads: Path, _engine: None) -> None:
    files = sorted((workloads / "eksctl-examples").glob("*.yaml"))
    assert len(files) >= 14
    for file in files:
        config = read_file(file).documents[0].plain()
        loaded = resolved(workloads, [], {"from": f"eksctl-examples/{file.name}"})
        checks = check(loaded)
        assert checks["ok"], file.name + "\n" + "\n".join(one.text() for one in engine.complaints_of(checks))
        warned = {one["rule"] for one in checks["warnings"]}
        has_nodes = bool(config.get("nodeGroups") or config.get("managedNodeGroups"))
        assert ("EKS901" in warned) == (not has_nodes), file.name
        result = Scenario._checked(loaded).run(until="1m")
        assert (result.nodes["at_start"] > 0) == has_nodes, file.name

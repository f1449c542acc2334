"""Builders: what they make is what a file would hold, and they answer mistakes in their own words."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import ekssim
import pytest
from ekssim.builders import base

WORKERS = ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=3, private_networking=True)
CLUSTER = ekssim.Cluster(
    region="eu-central-1",
    version="1.34",
    name="shop",
    vpc=ekssim.Vpc(cidr="10.0.0.0/16", private={"eu-central-1a": ekssim.Subnet("10.0.0.0/22", in_use=61)}),
    node_groups=[WORKERS],
    addons=[ekssim.Addon("vpc-cni", configuration={"env": {"WARM_ENI_TARGET": "2"}})],
)


def test_a_cluster_is_eksctl_s() -> None:
    assert CLUSTER.to_dict() == {
        "metadata": {"region": "eu-central-1", "version": "1.34", "name": "shop"},
        "managedNodeGroups": [
            {"name": "workers", "instanceType": "m5.large", "desiredCapacity": 3, "privateNetworking": True}
        ],
        "vpc": {"cidr": "10.0.0.0/16", "subnets": {"private": {"eu-central-1a": {"cidr": "10.0.0.0/22", "inUse": 61}}}},
        "addons": [{"name": "vpc-cni", "configurationValues": {"env": {"WARM_ENI_TARGET": "2"}}}],
    }


def test_a_deployment_is_kubernetes_s() -> None:
    web = ekssim.Deployment(
        "web", namespace="shop", replicas=2, cpu="250m", memory_limit="1Gi", more={"spec": {"paused": True}}
    )
    assert web.to_dict() == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "replicas": 2,
            "paused": True,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [
                        {
                            "name": "web",
                            "image": "nginx:1.27",
                            "resources": {"requests": {"cpu": "250m"}, "limits": {"memory": "1Gi"}},
                        }
                    ]
                },
            },
        },
    }


def test_a_cron_job_s_pods_end() -> None:
    tick = ekssim.CronJob("tick", schedule="* * * * *", completions=4, concurrency_policy="Forbid").to_dict()
    assert tick["spec"]["concurrencyPolicy"] == "Forbid"
    job = tick["spec"]["jobTemplate"]["spec"]
    assert job["completions"] == 4 and job["template"]["spec"]["restartPolicy"] == "Never"


def test_sections_speak_the_file_s_words() -> None:
    behaviour = ekssim.Behaviour("Deployment/shop/*", ready=ekssim.Lognormal(p50="18s", p95=timedelta(seconds=45)))
    assert behaviour.to_dict() == {
        "for": "Deployment/shop/*",
        "ready": {"lognormal": {"p50": "18s", "p95": "45000000us"}},
    }
    change = ekssim.Change(at="2h", duration="10m", fault="zone-outage", zone="eu-central-1b", name="outage")
    assert change.to_dict() == {
        "at": "2h",
        "for": "10m",
        "fault": "zone-outage",
        "zone": "eu-central-1b",
        "name": "outage",
    }
    assert ekssim.RunSettings("1h", warm_up="5m").to_dict() == {"for": "1h", "warmUp": "5m"}
    traffic = ekssim.Traffic("Service/shop/web", rate="200/s", request=ekssim.Request(cpu="12ms", bytes_out="2Ki"))
    assert traffic.to_dict()["request"] == {"cpu": "12ms", "bytesOut": "2Ki"}


@pytest.mark.parametrize(
    ("builder", "wrong", "meant"),
    [
        (ekssim.NodeGroup, "instance_typ", "instance_type"),
        (ekssim.NodeGroup, "instanceType", "instance_type"),
        (ekssim.Cluster, "nodegroups", "node_groups"),
        (ekssim.RunSettings, "warmup", "warm_up"),
        (ekssim.Deployment, "replica", "replicas"),
        (ekssim.Change, "duratoin", "duration"),
    ],
)
def test_a_wrong_keyword_is_answered_with_the_one_that_was_meant(builder: Any, wrong: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"{wrong}.*did you mean {meant}"):
        builder("x", **{wrong: 1})


def test_builders_are_values() -> None:
    assert copy.deepcopy(CLUSTER) == CLUSTER
    assert ekssim.NodeGroup("a") != ekssim.NodeGroup("b")


# --- with the engine


def shop(**changes: Any) -> ekssim.Scenario:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")
    sections: dict[str, Any] = {
        "name": "shop",
        "cluster": CLUSTER,
        "manifests": [
            ekssim.Deployment("web", namespace="shop", replicas=4, cpu="250m", memory="128Mi"),
            ekssim.StatefulSet("db", namespace="shop", cpu="250m"),
            ekssim.DaemonSet("agent", cpu="10m"),
            ekssim.Job("load", completions=2),
            ekssim.CronJob("tick", schedule="*/5 * * * *"),
            ekssim.Service("web", namespace="shop"),
            ekssim.HorizontalPodAutoscaler("web", namespace="shop", max_replicas=8, cpu=50),
        ],
        "behaviour": [
            ekssim.Behaviour("Deployment/shop/web", ready=ekssim.Lognormal(p50="4s", p95="9s")),
            ekssim.Behaviour("CronJob/default/tick", run_time=ekssim.Exponential(mean=timedelta(seconds=20))),
        ],
        "traffic": [ekssim.Traffic("Service/shop/web", rate="40/s", request=ekssim.Request(cpu="10ms"))],
        "timeline": [ekssim.Change(at="20m", scale="StatefulSet/shop/db", replicas=2)],
        "patches": [ekssim.Patch("DaemonSet/kube-system/aws-node", env={"WARM_ENI_TARGET": "1"})],
        "expect": [ekssim.Expectation("p99(ekssim_pod_start_seconds) < 90s", name="starts quickly")],
        "run": ekssim.RunSettings("40m", seed=3),
    }
    return ekssim.Scenario(**{**sections, **changes})


def test_a_scenario_of_builders_runs() -> None:
    result = shop().run()
    assert result.verdict == "pass"
    assert result.seed == 3
    assert result.pods["created"] >= 4 + 1 + 3 + 2 + 8


def test_a_scenario_of_builders_is_that_of_dicts() -> None:
    dicts = {
        "cluster": CLUSTER.to_dict(),
        "manifests": [base.plain(one) for one in [ekssim.CronJob("tick", schedule="*/5 * * * *")]],
        "run": {"for": "40m", "seed": 3},
    }
    built = ekssim.Scenario(
        cluster=CLUSTER,
        manifests=[ekssim.CronJob("tick", schedule="*/5 * * * *")],
        run=ekssim.RunSettings("40m", seed=3),
    )
    assert built == ekssim.Scenario(**dicts)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"cluster": ekssim.Cluster(region="mars-1", node_groups=[WORKERS])}, "cluster.region"),
        (
            {
                "cluster": ekssim.Cluster(
                    region="eu-central-1", node_groups=[WORKERS, ekssim.NodeGroup("b", instance_type="m5.lrge")]
                )
            },
            "cluster.node_groups[1].instance_type",
        ),
        ({"run": ekssim.RunSettings("60")}, "run.for_"),
        (
            {"behaviour": [ekssim.Behaviour("Deployment/shop/web", ready=ekssim.Lognormal(p50="4"))]},
            "behaviour[0].ready",
        ),
        ({"timeline": [ekssim.Change(at="20m", scale="Deployment/shop/wbe", replicas=2)]}, "timeline[0].scale"),
        ({"manifests": [ekssim.Deployment("web", namespace="shop", cpu="25O")]}, "manifests[0].cpu"),
        ({"expect": [ekssim.Expectation("p99(ekssim_pod_start) < 90s")]}, "expect[0].that"),
        ({"behavior": []}, "behavior"),
    ],
)
def test_complaints_name_the_builder_s_path(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ekssim.InputError) as caught:
        shop(**changes)
    places = [str(one.place) for one in caught.value.complaints]
    assert any(one.startswith(place) for one in places), places


def test_a_change_may_be_built_too() -> None:
    simulation = shop().simulate().until("10m").apply(ekssim.Change(scale="StatefulSet/shop/db", replicas=3))
    pods = simulation.until("15m").pods()
    assert pods["workload"].count("db") == 3

"""Telemetry from a scenario to its numbers (FR-25 to FR-29): what follows from rates, times and prices alone."""

from __future__ import annotations

from typing import Any

import ekssim
import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")

REPORTS = "scenarios/field-reports"
OWN_NODE = [
    {"for": "Deployment/shop/web", "ready": "5s", "telemetry": {"samples": 300}},
    {"for": "DaemonSet/monitoring/agent", "ready": "2s", "telemetry": {"scrapes": "own-node"}},
]


def total(result: ekssim.Result, metric: str, **labels: str) -> float:
    return sum(float(one["total"]) for one in result.series(metric, **labels))


def test_of_ten_agents_that_scrape_everything_nine_are_rejected() -> None:
    result = ekssim.load(f"{REPORTS}/fr_26_duplicate_scrapes.yaml").run()
    sent = total(result, "prometheus_remote_storage_samples_total")
    # A hundred pods and ten node exporters, 300 samples each half minute, ten times, for 59 minutes.
    assert sent == pytest.approx(110 * 300 / 30 * 10 * 59 * 60, rel=1e-6)
    assert total(result, "prometheus_remote_storage_samples_failed_total") == pytest.approx(0.9 * sent, rel=1e-6)


def test_monitors_are_read_and_what_they_say_beyond_it_is_ignored() -> None:
    result = ekssim.load(f"{REPORTS}/fr_26_duplicate_scrapes.yaml").with_set({"behaviour": OWN_NODE}).run()
    ignored = [one["path"] for one in result.to_dict()["ignored"] if one["path"].startswith("ServiceMonitor/")]
    assert ignored == ["ServiceMonitor/monitoring/web spec.endpoints.port"]
    assert "telemetry.writeAheadLog.volume of DaemonSet/monitoring/agent" in {
        one["what"] for one in result.to_dict()["assumptions"]
    }


def test_monitors_that_the_timeline_changes_are_followed_from_then_on() -> None:
    merge = {"spec": {"endpoints": [{"port": "metrics", "interval": "15s"}]}}
    result = (
        ekssim.load(f"{REPORTS}/fr_26_duplicate_scrapes.yaml")
        .with_set(
            {
                "behaviour": OWN_NODE,
                "timeline": [{"at": "31m", "apply": "ServiceMonitor/monitoring/web", "merge": merge}],
            }
        )
        .run()
    )
    # A thousand a second of a hundred pods, then two thousand, and a hundred of ten node exporters, after a minute.
    scraped = total(result, "prometheus_remote_storage_samples_in_total")
    assert scraped == pytest.approx((1000 * 30 + 2000 * 29 + 100 * 59) * 60, rel=1e-6)


def test_an_hpa_sees_what_a_faster_scrape_tells_from_then_on() -> None:
    """FR-28: what is scraped each minute is half of it old, then five seconds for three of four half hours."""
    at_once = {"customMetrics[0].via.exporter.interval": "0s", "customMetrics[0].via.adapter.interval": "0s"}
    slow = ekssim.load(f"{REPORTS}/fr_28_slow_metrics.yaml").with_set(at_once)
    merge = {"spec": {"endpoints": [{"port": "metrics", "interval": "10s"}]}}
    faster = {"at": "30m", "apply": "ServiceMonitor/monitoring/queue-exporter", "merge": merge}
    ages = [
        float(form.run().series("ekssim_hpa_metric_age_seconds")[0]["mean"])
        for form in (slow, slow.with_set({"timeline": [faster]}))
    ]
    assert ages[0] == pytest.approx(30, abs=3)
    assert ages[1] == pytest.approx((30 + 3 * 5) / 4, abs=3)


def test_a_sidecar_may_be_taken_away_and_leaves_its_pods_unobserved() -> None:
    remove = {
        "at": "20m",
        "apply": "Deployment/shop/web",
        "json6902": [{"op": "remove", "path": "/spec/template/spec/containers/1"}],
    }
    result = ekssim.load(f"{REPORTS}/fr_25_agent_per_node_or_sidecar.yaml").with_set({"timeline": [remove]}).run()
    assert result.series("ekssim_telemetry_pods_unobserved")[0]["last"] == 100


def test_the_share_of_who_counts_the_money_is_part_of_the_bill() -> None:
    result = ekssim.load(f"{REPORTS}/fr_29_who_pays.yaml").run()
    bill = total(result, "ekssim_cost_usd_total")
    for by in ("requests", "use"):
        assert total(result, "ekssim_workload_cost_usd_total", by=by) == pytest.approx(bill, rel=1e-6)
        assert 0 < total(result, "ekssim_workload_cost_usd_total", by=by, namespace="opencost") < bill


def test_an_hpa_on_metrics_server_holds_while_that_is_down() -> None:
    """HPA-20, HPA-22: what it sees is at most two resolutions old, and without it the size stays."""

    def run(timeline: list[dict[str, Any]]) -> ekssim.Result:
        return ekssim.Scenario(
            cluster=ekssim.Cluster(
                region="eu-central-1",
                version="1.34",
                node_groups=[ekssim.NodeGroup("workers", instance_type="m5.xlarge", desired_capacity=4)],
                addons=[ekssim.Addon("metrics-server")],
            ),
            manifests=[
                ekssim.Deployment("web", namespace="shop", replicas=2, cpu="500m", memory="64Mi"),
                ekssim.Service("web", namespace="shop"),
                ekssim.HorizontalPodAutoscaler("web", namespace="shop", min_replicas=2, max_replicas=10, cpu=50),
            ],
            behaviour=[ekssim.Behaviour("Deployment/shop/web", ready="5s")],
            traffic=[
                ekssim.Traffic(
                    "Service/shop/web",
                    rate={"steps": {"0s": "40/s", "20m": "150/s"}},
                    request=ekssim.Request(cpu="10ms"),
                )
            ],
            timeline=timeline,
            run=ekssim.RunSettings("30m", seed=5),
        ).run()

    def replicas(result: ekssim.Result) -> float:
        return float(result.series("kube_horizontalpodautoscaler_status_desired_replicas")[0]["last"])

    served = run([])
    # 1.5 cores where a pod of half a core should use half of it.
    assert replicas(served) >= 6
    age = served.series("ekssim_hpa_metric_age_seconds")[0]
    assert 0 < age["max"] <= 2 * 15 + 1
    crash = {"at": "15m", "for": "15m", "fault": "container-crash", "workload": "Deployment/kube-system/metrics-server"}
    silent = run([crash])
    assert replicas(silent) == 2
    conditions = silent.series(
        "kube_horizontalpodautoscaler_status_condition", condition="ScalingActive", status="false"
    )
    assert conditions[0]["last"] == 1


def assumptions_of(result: ekssim.Result) -> dict[str, dict[str, Any]]:
    return {one["what"]: one for one in result.to_dict()["assumptions"]}


def test_the_way_of_a_metric_is_read_from_the_monitoring_stack() -> None:
    """FR-28: what an HPA sees is as old as the scrape of the Prometheus object's, by the adapter's own rule."""
    scenario = ekssim.load(f"{REPORTS}/fr_28_monitoring_stack.yaml")
    result = scenario.run()
    via = assumptions_of(result)["customMetrics.http_requests_per_second.via"]
    assert via["value"] == (
        "Deployment/shop/web, scraped each 60s by StatefulSet/monitoring/prometheus-k8s, of whom "
        "Deployment/monitoring/prometheus-adapter asks the rate over 5m"
    )
    assert via["rule"] == "read from ConfigMap/monitoring/adapter-config rules[0] and ServiceMonitor/shop/web"
    age = result.series("ekssim_hpa_metric_age_seconds")[0]
    assert 45 < age["max"] <= 60
    assert result.series("kube_statefulset_status_replicas_ready", statefulset="prometheus-k8s")[0]["last"] == 2
    # With the ServiceMonitor out of its reach nothing can be told, and says so.
    away = scenario.with_set(
        {"patches": [{"target": "ServiceMonitor/shop/web", "merge": {"metadata": {"labels": {"release": "other"}}}}]}
    ).run()
    assert "selects no monitor" in assumptions_of(away)["customMetrics.http_requests_per_second.via"]["rule"]

"""The table of advice: what is set, what VPA, Goldilocks and KRR say, and why there is nothing."""

from __future__ import annotations

import io
from typing import Any

import ekssim
from ekssim.render_advice import advice_lines, advice_table
from rich.console import Console

MIB = 1 << 20
NOTHING = {
    "namespace": "shop",
    "workload": "web",
    "workload_kind": "Deployment",
    "container": "nginx",
    "cpu_request_cores": 1.0,
    "cpu_limit_cores": None,
    "memory_request_bytes": 512 * MIB,
    "memory_limit_bytes": None,
    "vpa": None,
    "vpa_target_cpu_cores": None,
    "krr_cpu_info": "No data",
    "krr_memory_info": "Not enough data",
    "krr_severity": "UNKNOWN",
}
ADVISED = {
    **NOTHING,
    "vpa": "web",
    "vpa_lower_cpu_cores": 0.1,
    "vpa_lower_memory_bytes": 200 * MIB,
    "vpa_target_cpu_cores": 0.2,
    "vpa_target_memory_bytes": 250 * MIB,
    "vpa_upper_cpu_cores": 0.4,
    "vpa_upper_memory_bytes": 300 * MIB,
    "goldilocks_guaranteed_cpu_cores": 0.2,
    "goldilocks_guaranteed_memory_bytes": 250 * MIB,
    "goldilocks_burstable_request_cpu_cores": 0.1,
    "goldilocks_burstable_request_memory_bytes": 200 * MIB,
    "goldilocks_burstable_limit_cpu_cores": 0.4,
    "goldilocks_burstable_limit_memory_bytes": 300 * MIB,
    "goldilocks_cost_usd_per_hour": 0.05,
    "goldilocks_guaranteed_cost_usd_per_hour": 0.02,
    "goldilocks_guaranteed_difference_usd_per_hour": -0.03,
    "goldilocks_burstable_cost_usd_per_hour": 0.0625,
    "goldilocks_burstable_difference_usd_per_hour": 0.0125,
    "krr_cpu_request_cores": 0.066,
    "krr_cpu_limit_cores": 0.096,
    "krr_cpu_info": "",
    "krr_memory_request_bytes": 230 * MIB,
    "krr_memory_limit_bytes": 230 * MIB,
    "krr_memory_info": "",
    "krr_severity": "CRITICAL",
}


def test_what_is_not_known_is_a_dash() -> None:
    row = ADVISED | {
        name: None for name in ADVISED if name.endswith("_memory_bytes") and name.startswith(("vpa_", "goldilocks_"))
    }
    row |= {"goldilocks_burstable_cost_usd_per_hour": None, "goldilocks_burstable_difference_usd_per_hour": None}
    lines = advice_lines(row)
    assert lines[1][:3] == ("  VPA web", "200m -", "100m - to 400m -")
    assert lines[2][1:4] == ("200m -", "200m -", "$0.0200 (-$0.0300)")
    assert lines[3][1:4] == ("100m -", "400m -", "-")


def test_advice_of_memory_alone_is_shown() -> None:
    row = ADVISED | {
        name: None for name in ADVISED if name.endswith("_cpu_cores") and name.startswith(("vpa_", "goldilocks_"))
    }
    assert advice_lines(row)[1][1] == "- 250Mi"


def test_a_container_without_advice_says_why() -> None:
    assert advice_lines(NOTHING) == [
        ("Deployment/shop/web nginx", "1000m 512Mi", "not set", "", ""),
        ("  KRR", "CPU No data, memory Not enough data", "", "", "UNKNOWN"),
    ]


def test_what_is_said_stands_below_what_is_set() -> None:
    assert advice_lines(ADVISED) == [
        ("Deployment/shop/web nginx", "1000m 512Mi", "not set", "$0.0500", ""),
        ("  VPA web", "200m 250Mi", "100m 200Mi to 400m 300Mi", "", ""),
        ("  Goldilocks, guaranteed", "200m 250Mi", "200m 250Mi", "$0.0200 (-$0.0300)", ""),
        ("  Goldilocks, burstable", "100m 200Mi", "400m 300Mi", "$0.0625 (+$0.0125)", ""),
        ("  KRR", "CPU 66m to 96m, memory 230Mi", "", "", "CRITICAL"),
    ]


def test_a_run_shows_the_table_if_it_was_asked_for() -> None:
    console = Console(file=io.StringIO(), width=160)
    for part in advice_table({"advice": [ADVISED]}):
        console.print(part)
    assert "Goldilocks, burstable" in console.file.getvalue()  # type: ignore[attr-defined]
    assert advice_table({}) == []


SCENARIO: dict[str, Any] = {
    "cluster": {
        "metadata": {"name": "shop", "region": "eu-central-1", "version": "1.34"},
        "managedNodeGroups": [{"name": "workers", "instanceType": "m5.large", "desiredCapacity": 2}],
    },
    "manifests": [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {
                "replicas": 2,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {
                    "metadata": {"labels": {"app": "web"}},
                    "spec": {
                        "containers": [{"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "500m"}}}]
                    },
                },
            },
        }
    ],
    "behaviour": [{"for": "Deployment/shop/web", "usage": {"cpu": "200m", "memory": "400Mi"}}],
    "advice": {},
    "run": {"for": "2h"},
}


def test_a_result_has_it_as_rows() -> None:
    row = ekssim.Scenario(**SCENARIO).run().advice[0]
    # VPA-31: the 95th percentile; the peak and 15 % of it.
    assert row["krr_cpu_request_cores"] == 0.2
    assert row["krr_memory_request_bytes"] == 460 * MIB
    # 300m less, and no memory requested before.
    assert row["krr_severity"] == "WARNING"
    assert row["vpa"] is None
    assert {type(value) for value in row.values()} <= {str, float, int, type(None)}


def test_the_report_shows_it_in_html_too() -> None:
    result = ekssim.Scenario(**SCENARIO).run()
    assert "What containers should request" in result._repr_html_()
    assert ekssim.Scenario(**{k: v for k, v in SCENARIO.items() if k != "advice"}).run().advice == []

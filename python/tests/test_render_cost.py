"""The table of costs: kinds of the bill, and workloads by requests and by use, idle and shared last."""

from __future__ import annotations

import io

import ekssim
from ekssim.costs import by_kind, by_workload
from ekssim.render_cost import cost_table
from rich.console import Console

DOCUMENT = {
    "metrics": {
        "ekssim_cost_usd_total": [
            {"labels": {"kind": "node", "node_group": "a", "capacity_type": "spot"}, "total": 2.0},
            {"labels": {"kind": "node", "node_group": "b", "capacity_type": "spot"}, "total": 1.0},
            {"labels": {"kind": "node", "node_group": "b", "capacity_type": "on-demand"}, "total": 4.0},
            {"labels": {"kind": "control-plane"}, "total": 0.5},
        ],
        "ekssim_workload_cost_usd_total": [
            {"labels": {"workload": "__shared__", "by": "requests"}, "total": 0.5},
            {"labels": {"workload": "__idle__", "by": "requests"}, "total": 5.0},
            {
                "labels": {"workload_kind": "Deployment", "namespace": "shop", "workload": "web", "by": "requests"},
                "total": 0.5,
            },
            {
                "labels": {"workload_kind": "Deployment", "namespace": "shop", "workload": "api", "by": "requests"},
                "total": 1.5,
            },
            {
                "labels": {"workload_kind": "Deployment", "namespace": "shop", "workload": "api", "by": "use"},
                "total": 0.25,
            },
        ],
    }
}


def test_kinds_are_added_up_and_the_largest_comes_first() -> None:
    assert list(by_kind(DOCUMENT).items()) == [("nodes, on-demand", 4.0), ("nodes, spot", 3.0), ("control-plane", 0.5)]


def test_workloads_come_by_what_they_request_and_the_rest_last() -> None:
    assert list(by_workload(DOCUMENT)) == ["Deployment/shop/api", "Deployment/shop/web", "idle", "shared"]
    assert by_workload(DOCUMENT)["Deployment/shop/api"] == (1.5, 0.25)


def test_the_table_names_the_bill_and_is_left_out_where_there_is_none() -> None:
    console = Console(file=io.StringIO(), width=120)
    for part in cost_table(DOCUMENT):
        console.print(part)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "What it cost: $7.50" in text
    assert "Deployment/shop/api" in text and "$1.50" in text
    assert cost_table({"metrics": {}}) == []


def test_what_a_run_costs_is_what_its_workloads_add_up_to() -> None:
    """FR-29, through the whole package."""
    document = ekssim.load("scenarios/field-reports/fr_29_who_pays.yaml").run(seed=7).to_dict()
    for column in (0, 1):
        assert abs(sum(amounts[column] for amounts in by_workload(document).values()) - document["cost_usd"]) < 1e-3

"""The library of field reports: all of them are there, and the README's table says what they show."""

from __future__ import annotations

import pytest
from ekssim import engine
from field_report_table import FOLDER, README, report_of, scenario_files, table, with_table

# Every component that the two reports name, by a word that a scenario in which it takes part has.
SYSTEMS = (
    "aws-node",
    "cilium",
    "kube-proxy",
    "kube-dns",
    "coredns",
    "cluster-proportional-autoscaler",
    "HorizontalPodAutoscaler",
    "Cluster Autoscaler",
    "ScaledObject",
    "Karpenter",
    "VerticalPodAutoscaler",
    "Goldilocks",
    "kube-state-metrics",
    "node-exporter",
    "metrics-server",
    "opencost",
    "aws-load-balancer-controller",
    "external-dns",
    "(IRSA)",
    "ExternalSecret",
    "Vault",
    "spegel",
    "nomad",
    "envoy",
    "PodDisruptionBudget",
    "PriorityClass",
)


def test_every_field_report_has_a_scenario() -> None:
    assert {report_of(file) for file in scenario_files()} == {f"FR-{n}" for n in range(1, 40)}


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_of_the_reports_takes_part_somewhere(system: str) -> None:
    texts = (file.read_text(encoding="utf-8").lower() for file in FOLDER.glob("*.yaml"))
    assert any(system.lower() in text for text in texts)


@pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")
def test_the_table_of_the_readme_is_what_the_scenarios_show() -> None:
    readme = README.read_text(encoding="utf-8")
    assert readme == with_table(readme, table(scenario_files())), (
        "write it anew with: python python/tests/field_report_table.py renew"
    )

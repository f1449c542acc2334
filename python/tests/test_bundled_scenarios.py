"""The bundled scenarios keep their promise: each form ends as it announces, and what is broken has a remedy."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import ekssim
import pytest
from ekssim import engine

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
# A file of another kind beside them (a manifest, an eksctl cluster) is not one.
NAMES = sorted(
    str(file.relative_to(SCENARIOS).with_suffix(""))
    for file in SCENARIOS.rglob("*.yaml")
    if "kind: Scenario" in file.read_text(encoding="utf-8")
)
# Where a warning tells the story before anything runs.
WARNED_OF = {
    "incidents/wrong_max_pods": {"EKS909"},
    "field-reports/fr_25_agent_per_node_or_sidecar": {"EKS904"},
    "field-reports/fr_07_creating_pods_and_autoscaler": {"EKS909"},
    "field-reports/fr_20_two_cnis": {"EKS920"},
    "field-reports/fr_21_bootstrap_deadlock": {"EKS960"},
}

pytestmark = pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")
each_scenario = pytest.mark.parametrize("name", NAMES)


def path_of(name: str) -> Path:
    return SCENARIOS / f"{name}.yaml"


@functools.cache
def forms_of(name: str) -> list[dict[str, Any]]:
    """The results of the scenario as written and of its variants."""
    command = [sys.executable, "-m", "ekssim", "test", str(path_of(name)), "-o", "json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode in (0, 1), finished.stderr
    document = json.loads(finished.stdout)
    return list(document["results"]) if "results" in document else [document]


def shown(form: dict[str, Any]) -> str:
    what = ", ".join(f"{key} {value}" for key, value in form.get("label", {}).items())
    lines = [f"{form['scenario']} [{what}]: {form['verdict']}, announced: {form.get('expect_verdict', 'pass')}"]
    for one in form["expectations"]:
        lines.append(f"  {one['verdict']}  {one['name']}: {one['that']} (observed {one.get('observed')})")
    return "\n".join(lines)


@each_scenario
def test_every_form_ends_as_it_announces(name: str) -> None:
    others = [form for form in forms_of(name) if form["verdict"] != form.get("expect_verdict", "pass")]
    assert not others, "\n".join(map(shown, others))


@each_scenario
def test_what_is_broken_has_a_remedy_that_passes(name: str) -> None:
    forms = forms_of(name)
    assert any(form["verdict"] == "pass" for form in forms), "\n".join(map(shown, forms))


@each_scenario
def test_nothing_is_warned_of_but_what_the_story_is_about(name: str) -> None:
    warnings = ekssim.load(path_of(name)).warnings
    assert {warning.rule for warning in warnings} == WARNED_OF.get(name, set()), "\n".join(map(str, warnings))

"""The bundled scenarios keep their promise: each form ends as it announces, and what is broken has a remedy."""

from __future__ import annotations

from pathlib import Path

import ekssim
import pytest
from ekssim import engine
from scenario_forms import Form, forms_of

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
# A file of another kind beside them (a manifest, an eksctl cluster) is not one.
NAMES = sorted(
    str(file.relative_to(SCENARIOS).with_suffix(""))
    for file in SCENARIOS.rglob("*.yaml")
    if "kind: Scenario" in file.read_text(encoding="utf-8")
)
# Where a warning tells the story before anything runs.
WARNED_OF = {
    "field-reports/fr_03_wrong_max_pods": {"EKS909"},
    "field-reports/fr_07_creating_pods_and_autoscaler": {"EKS909"},
    "field-reports/fr_20_two_cnis": {"EKS920"},
    "field-reports/fr_21_bootstrap_deadlock": {"EKS960"},
    "field-reports/fr_25_agent_per_node_or_sidecar": {"EKS904"},
}

pytestmark = pytest.mark.skipif(not engine.has_core(), reason="the extension module is not built")
each_scenario = pytest.mark.parametrize("name", NAMES)


def path_of(name: str) -> Path:
    return SCENARIOS / f"{name}.yaml"


def shown(form: Form) -> str:
    what = ", ".join(f"{key} {value}" for key, value in form.get("label", {}).items())
    lines = [f"{form['scenario']} [{what}]: {form['verdict']}, announced: {form.get('expect_verdict', 'pass')}"]
    for one in form["expectations"]:
        lines.append(f"  {one['verdict']}  {one['name']}: {one['that']} (observed {one.get('observed')})")
    return "\n".join(lines)


@each_scenario
def test_every_form_ends_as_it_announces(name: str) -> None:
    others = [form for form in forms_of(path_of(name)) if form["verdict"] != form.get("expect_verdict", "pass")]
    assert not others, "\n".join(map(shown, others))


@each_scenario
def test_what_is_broken_has_a_remedy_that_passes(name: str) -> None:
    forms = forms_of(path_of(name))
    assert any(form["verdict"] == "pass" for form in forms), "\n".join(map(shown, forms))


@each_scenario
def test_nothing_is_warned_of_but_what_the_story_is_about(name: str) -> None:
    warnings = ekssim.load(path_of(name)).warnings
    assert {warning.rule for warning in warnings} == WARNED_OF.get(name, set()), "\n".join(map(str, warnings))

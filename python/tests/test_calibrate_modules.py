"""The rig says which kernel modules were loaded while it ran, in the profile and on the screen, however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

pytest.importorskip("ekssim._core", reason="the extension module is not built")

from ekssim.calibrate.modules import loaded
from ekssim.calibrate.plan import Plan
from ekssim.calibrate.probe import Findings
from ekssim.cli.app import app
from ekssim.errors import Error

BEFORE = "nf_tables 372736 0 - Live 0x0000000000000000\n"
AFTER = BEFORE + "xt_nat 16384 1 - Live 0x0000000000000000\nip_vs 212992 2 ip_vs_rr, Live 0x0000000000000000\n"


def seen(plan: Plan) -> dict[str, Any]:
    """What a run hands back that has measured nothing."""
    run = {"observations": [], "rounds": 2, "seconds": 1.0, "packets": {}, "left_out": {}}
    return run | {"routed": {"first": 80.0, "last": 80.0}, "steal_share": 0.0}


def test_modules_are_read_by_name(tmp_path: Path) -> None:
    file = tmp_path / "modules"
    assert loaded(file) == frozenset(), "a kernel with everything built in has no such file"
    file.write_text(AFTER)
    assert loaded(file) == {"nf_tables", "xt_nat", "ip_vs"}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """One with modules, whose list the run changes."""
    file = tmp_path / "modules"
    file.write_text(BEFORE)
    monkeypatch.setattr("ekssim.calibrate.modules.loaded", lambda: loaded(file))
    monkeypatch.setattr(
        "ekssim.calibrate.probe.probe", lambda: Findings(kernel="6.18.0", cores=[0], compiler="cc", ip="ip")
    )
    monkeypatch.chdir(tmp_path)
    yield file


def run_that(file: Path, ends: Any) -> Any:
    def run_plan(found: object, plan: Plan, progress: object) -> dict[str, Any]:
        file.write_text(AFTER)
        return dict(ends(plan))

    return run_plan


def test_profile_and_screen_say_what_was_loaded(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ekssim.calibrate.runner.run_plan", run_that(machine, seen))
    done = CliRunner().invoke(app, ["calibrate", "datapath", "--name", "here"])
    assert done.exit_code == 0, done.output
    assert "ip_vs, xt_nat" in " ".join(done.output.split()) and "modprobe -r" in done.output
    profile = yaml.safe_load((machine.parent / "here.datapath.yaml").read_text())
    assert profile["kernel"]["modules_loaded"] == ["ip_vs", "xt_nat"]


def test_run_that_fails_says_it_too(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(plan: Plan) -> dict[str, Any]:
        raise Error("the calibration failed: no route")

    monkeypatch.setattr("ekssim.calibrate.runner.run_plan", run_that(machine, fails))
    from ekssim.calibrate import calibrate_datapath

    with pytest.raises(Error, match=r"no route; kernel modules loaded meanwhile.*: ip_vs, xt_nat"):
        calibrate_datapath("here")


def test_nothing_is_said_where_nothing_was_loaded(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ekssim.calibrate.runner.run_plan", lambda found, plan, progress: seen(plan))
    done = CliRunner().invoke(app, ["calibrate", "datapath", "--name", "here"])
    assert done.exit_code == 0 and "modprobe" not in done.output
    profile = yaml.safe_load((machine.parent / "here.datapath.yaml").read_text())
    assert profile["kernel"]["modules_loaded"] == []


def test_help_says_it() -> None:
    done = CliRunner().invoke(app, ["calibrate", "--help"])
    assert "modules" in done.output

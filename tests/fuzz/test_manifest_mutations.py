"""Mutated manifests are scenarios or complaints with a place: some of them here, many more under `./dev fuzz`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("manifest_mutations.py")
RUNS = 150


@pytest.fixture(scope="module", name="_engine")
def fixture_engine() -> None:
    pytest.importorskip("ekssim._core", reason="the extension module is not built")


@pytest.fixture(scope="module")
def mutations(_engine: None):
    specification = importlib.util.spec_from_file_location("ekssim_manifest_mutations", PROGRAM)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def read_mutations(first: int, runs: int, **environment: str) -> None:
    command = [sys.executable, str(PROGRAM), "--first", str(first), "--runs", str(runs)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=600, env={**os.environ, **environment}
    )
    # The seed and the command that repeats it are part of what is printed.
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert f"runs {runs} " in done.stdout


def test_mutated_bundled_scenarios_are_read_or_refused(_engine: None) -> None:
    read_mutations(1, RUNS, EKSSIM_WORKLOADS=os.devnull)


def test_mutated_real_manifests_are_read_or_refused(mutations) -> None:
    if mutations.workloads_folder() is None:
        pytest.skip("real workloads are not there: EKSSIM_WORKLOADS names no folder")
    read_mutations(100_001, RUNS)


def test_one_seed_is_one_mutation(mutations) -> None:
    text = (mutations.ROOT / "scenarios" / "incidents" / "node_down.yaml").read_text(encoding="utf-8")
    assert mutations.mutated(text, 7) == mutations.mutated(text, 7)
    assert (
        len({mutations.mutated(text, seed) for seed in range(50)}) > 35
    )  # some hit a line at which they have nothing to do


def test_what_is_no_complaint_is_a_finding(mutations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge itself can fail: an exception, a defect's exit code, a refusal without words or without a place."""
    scenario = tmp_path / "scenario.yaml"

    def says(text: str, code: int):
        def program(_words: list[str]) -> int:
            print(text)
            return code

        return program

    def raises(_words: list[str]) -> int:
        raise RecursionError("too deep")

    for program, word in (
        (raises, "RecursionError"),
        (says("", 3), "exit code 3"),
        (says('{"complaints": []}', 2), "without a complaint"),
        (says('{"complaints": [{"message": "x"}]}', 2), "without a place"),
    ):
        monkeypatch.setattr(mutations, "ekssim", program)
        assert word in str(mutations.finding_of(scenario)[0])
    monkeypatch.setattr(mutations, "ekssim", says('{"complaints": []}', 0))
    assert mutations.finding_of(scenario) == (None, True)

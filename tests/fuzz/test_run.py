"""The driver of `./dev fuzz` sees what its targets print: runs are counted, and no finding goes unseen."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def driver():
    pytest.importorskip("ekssim")
    specification = importlib.util.spec_from_file_location("ekssim_fuzz_run", Path(__file__).with_name("run.py"))
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def bench(driver, tmp_path: Path):
    return driver.Bench(tmp_path, tmp_path / "findings", 2)


def test_a_crash_is_a_finding_with_its_command(driver, bench) -> None:
    row = driver.Row("fuzz_cron", 1)
    output = (
        "broken: the next instant lies ahead\n==7== ERROR: libFuzzer: deadly signal\n"
        "artifact_prefix='f/fuzz_cron-'; Test unit written to f/fuzz_cron-crash-1\nstat::number_of_executed_units: 12\n"
    )
    driver.note(row, bench, output, 77)
    assert row.runs == 12
    assert row.findings == [
        f"broken: the next instant lies ahead\n  repeat it with: {bench.build / 'fuzz_cron'} f/fuzz_cron-crash-1"
    ]


def test_a_slow_input_alone_is_none(driver, bench) -> None:
    row = driver.Row("fuzz_cron", 1)
    output = "Slowest unit: 12 s:\nTest unit written to f/fuzz_cron-slow-unit-1\nstat::number_of_executed_units: 3\n"
    driver.note(row, bench, output, 0)
    assert (row.runs, row.findings) == (3, [])


def test_drawn_scenarios_and_mutations_are_counted(driver, bench) -> None:
    row = driver.Row("simulation", 1)
    output = "finding: seed 9 at 1s: it broke\n  repeat it with: x\nruns 4 accepted 3 events 9 findings 1 next 5\n"
    driver.note(row, bench, output, 1)
    assert row.runs == 4
    assert row.findings == ["seed 9 at 1s: it broke\n  repeat it with: x"]


@pytest.mark.parametrize("target", ["simulation", "manifests", "fuzz_cron"])
def test_a_program_that_ends_without_a_word_is_a_finding(driver, bench, target: str) -> None:
    row = driver.Row(target, 1)
    driver.note(row, bench, "seed 3\nTimeout (0:01:00)!\n", 1)
    assert len(row.findings) == 1
    assert "Timeout" in row.findings[0]


def test_the_shares_make_a_whole_and_every_target_has_its_program(driver) -> None:
    assert sum(driver.SHARES.values()) == pytest.approx(1)
    here = {file.stem for file in Path(__file__).parent.glob("fuzz_*.cpp")}
    assert here == {target for target in driver.SHARES if target.startswith("fuzz_")}
    assert (ROOT / "tests" / "fuzz" / "simulation_fuzz.cpp").exists()

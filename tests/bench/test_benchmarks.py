"""Every benchmark that takes no minutes still runs, and its ways of doing the same work still agree: each checks that
itself and reports an error instead of a time. Times are not looked at."""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("EKSSIM_BUILD_DIR", ROOT / "build" / "dev")) / "ekssim_bench"


def test_benchmarks_run(tmp_path):
    if not PROGRAM.exists():
        pytest.skip("no benchmarks: run ./dev build, or name a build with EKSSIM_BUILD_DIR")
    report = tmp_path / "report.json"
    # A small step of each: the large sizes ask for nothing new.
    chosen = (
        "^(addresses/(pool_decision|address_store)|engine/(fork|fingerprint)/1000$|engine/hold/1000/|engine/mm1/"
        "|ca/estimate|karpenter/benchmark/400x5000$|sizing/even)"
    )
    subprocess.run(
        [
            PROGRAM,
            f"--benchmark_filter={chosen}",
            "--benchmark_min_time=0.001",
            f"--benchmark_out={report}",
            "--benchmark_out_format=json",
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    ran = json.loads(report.read_text())["benchmarks"]
    assert {name.split("/")[1] for name in (one["name"] for one in ran)} == {
        "pool_decision",
        "address_store",
        "fork",
        "fingerprint",
        "hold",
        "mm1",
        "estimate",
        "estimate-plainly",
        "benchmark",
        "even",
    }
    assert not [one for one in ran if one.get("error_occurred")]

"""The installed C++ package: a project that knows none of our third-party libraries can build against it and run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("EKSSIM_BUILD_DIR", ROOT / "build" / "dev"))


def run(*command: object) -> str:
    finished = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (BUILD / "CMakeCache.txt").is_file():
        pytest.skip("no build to install from: run ./dev build, or name one with EKSSIM_BUILD_DIR")
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--component", "cpp", "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def program(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("consumer")
    search = f"-DCMAKE_PREFIX_PATH={prefix}"
    run("cmake", "-G", "Ninja", "-S", HERE, "-B", folder, search, "-DCMAKE_BUILD_TYPE=Release")
    run("cmake", "--build", folder)
    return folder / "consumer"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "cronjobs.json"
    command = [sys.executable, "-m", "ekssim", "resolve", ROOT / "scenarios" / "one_minute_cronjobs.yaml"]
    file.write_text(run(*command))
    return file


def test_the_example_forks_a_cluster_and_sizes_a_fleet(program: Path, scenario: Path) -> None:
    lines = run(program, scenario, '{"delete": "CronJob/reports/*"}').splitlines()
    assert re.fullmatch(r"ekssim \d+\.\d+\.\d+", lines[0])
    told = re.compile(r"(as it is|changed): (\d+) pods waited \d+ s, ([0-9.]+) USD, fingerprint [0-9a-f]{16}")
    base, changed = (told.fullmatch(line) for line in lines[1:3])
    assert base and changed
    # Without the CronJobs nobody starts in the second half hour; nodes cost the same.
    assert int(changed[2]) < int(base[2])
    assert changed[3] == base[3]
    assert json.loads(lines[3])["max_pods"] == 29  # 3 interfaces x 9 addresses + 2 (IPAM-180)
    # 16 cores on nodes of 8: two of the cheaper type, four pods each.
    assert lines[4] == "fleet: 2 nodes, 0.578 USD per hour, at least 0.578"


def test_the_example_says_all_that_is_wrong(program: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    finished = subprocess.run([program, broken, "{}"], capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert "error[EKS" in finished.stderr


def test_the_installed_package_names_no_third_party_library(prefix: Path) -> None:
    third_party = re.compile(r"eigen|boost|\bfmt|nlohmann|pybind11|gtest|benchmark", re.IGNORECASE)
    include = re.compile(r"^\s*#\s*include\s*[<\"](Eigen|boost|fmt|nlohmann|pybind11|gtest|benchmark)/", re.MULTILINE)
    package_files = list(prefix.rglob("*.cmake"))
    headers = list(prefix.rglob("*.hpp"))
    assert package_files and headers
    assert [file.name for file in package_files if third_party.search(file.read_text())] == []
    assert [file.name for file in headers if include.search(file.read_text())] == []
    assert [file.name for file in package_files if str(ROOT) in file.read_text()] == []

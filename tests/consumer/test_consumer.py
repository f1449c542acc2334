"""The installed C++ package: a project that knows none of our third-party libraries can build against it and run."""

from __future__ import annotations

import os
import re
import subprocess
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


def test_a_project_builds_against_the_installed_package_and_runs(prefix: Path, tmp_path: Path) -> None:
    run(
        "cmake",
        "-G",
        "Ninja",
        "-S",
        HERE,
        "-B",
        tmp_path,
        f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_BUILD_TYPE=Release",
    )
    run("cmake", "--build", tmp_path)
    assert re.fullmatch(r"ekssim \d+\.\d+\.\d+: refused\n", run(tmp_path / "consumer"))


def test_the_installed_package_names_no_third_party_library(prefix: Path) -> None:
    third_party = re.compile(r"eigen|boost|\bfmt|nlohmann|pybind11|gtest|benchmark", re.IGNORECASE)
    include = re.compile(r"^\s*#\s*include\s*[<\"](Eigen|boost|fmt|nlohmann|pybind11|gtest|benchmark)/", re.MULTILINE)
    package_files = list(prefix.rglob("*.cmake"))
    headers = list(prefix.rglob("*.hpp"))
    assert package_files and headers
    assert [file.name for file in package_files if third_party.search(file.read_text())] == []
    assert [file.name for file in headers if include.search(file.read_text())] == []
    assert [file.name for file in package_files if str(ROOT) in file.read_text()] == []

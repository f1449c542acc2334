"""The same fingerprint from g++ and clang++, debug and release, one thread and two.

The everyday tests hold the build at hand against the stored numbers; `./dev test --matrix` builds all four.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("EKSSIM_BUILD_DIR", ROOT / "build" / "dev"))
COMPILERS = {"g++": "g++", "clang++": "clang++-19"}

specification = importlib.util.spec_from_file_location(
    "ekssim_fingerprints", Path(__file__).with_name("fingerprints.py")
)
assert specification is not None and specification.loader is not None
fingerprints = importlib.util.module_from_spec(specification)
sys.modules[specification.name] = fingerprints
specification.loader.exec_module(fingerprints)


def run(*command: object) -> None:
    finished = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    pytest.importorskip("ekssim", reason="the package is not installed: run ./dev build")
    return fingerprints.resolve(tmp_path_factory.mktemp("resolved"))


@pytest.mark.parametrize("threads", fingerprints.THREAD_COUNTS)
def test_this_build_has_the_stored_fingerprints(threads: int, scenarios: list[Path]) -> None:
    if not (BUILD / "CMakeCache.txt").is_file():
        pytest.skip("no build: run ./dev build, or name one with EKSSIM_BUILD_DIR")
    run("cmake", "--build", BUILD, "--target", "ekssim_matrix")
    assert fingerprints.measure(BUILD / "ekssim_matrix", threads, scenarios) == fingerprints.stored()


@pytest.fixture(
    scope="module", params=[(name, kind) for name in COMPILERS for kind in ("Debug", "Release")], ids="-".join
)
def program(request: pytest.FixtureRequest) -> Path:
    """ekssim_matrix as built by one compiler in one way, in a folder that is kept so that the next time is quick."""
    name, kind = request.param
    compiler = shutil.which(COMPILERS[name])
    if compiler is None:
        pytest.fail(f"{COMPILERS[name]} is missing: apt-get install {COMPILERS[name].replace('++', '')}")
    folder = ROOT / "build" / f"matrix-{name}-{kind}"
    options = [f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_BUILD_TYPE={kind}"]
    options += ["-DEKSSIM_USE_CCACHE=ON", "-DCMAKE_UNITY_BUILD=ON"]
    run("cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, *options)
    run("cmake", "--build", folder, "-j", os.cpu_count() or 1, "--target", "ekssim_matrix")
    return folder / "ekssim_matrix"


@pytest.mark.matrix
@pytest.mark.parametrize("threads", fingerprints.THREAD_COUNTS)
def test_every_compiler_has_the_stored_fingerprints(threads: int, program: Path, scenarios: list[Path]) -> None:
    assert fingerprints.measure(program, threads, scenarios) == fingerprints.stored()


def test_every_bundled_scenario_has_a_stored_fingerprint() -> None:
    assert {f"scenario/{file.stem}" for file in fingerprints.scenario_files()} <= set(fingerprints.stored())

"""`pip install .` into a fresh virtual environment, once with the system's headers and once with header wheels from
PyPI.

The package is built as a user would build it, with build isolation, and imported from a folder that is not the source
tree.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(command: list[str], folder: Path, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | variables
    finished = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def install_and_look(folder: Path, **variables: str) -> str:
    """Installs into a fresh environment; returns what pip said while building."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    pip = [str(programs / "python"), "-m", "pip", "install", "-v", "--disable-pip-version-check"]
    said = run([*pip, f"--config-settings=build-dir={folder / 'build'}", str(ROOT)], folder, **variables)
    program = "import importlib.metadata, ekssim; print(ekssim.__version__, importlib.metadata.version('ekssim'))"
    imported, installed = run([str(programs / "python"), "-c", program], folder).split()
    assert imported == installed
    assert imported in run([str(programs / "ekssim"), "version"], folder)
    scenarios = "import importlib.resources as r; print(len(list((r.files('ekssim') / '_scenarios').iterdir())))"
    assert int(run([str(programs / "python"), "-c", scenarios], folder)) > 0
    return said


def test_a_fresh_environment_can_install_and_import_the_package(tmp_path: Path) -> None:
    install_and_look(tmp_path)


@pytest.mark.long
def test_a_machine_without_the_headers_gets_them_as_wheels(tmp_path: Path) -> None:
    install_and_look(tmp_path, EKSSIM_HEADERS="wheels")
    cache = (tmp_path / "build" / "CMakeCache.txt").read_text()
    for name in ("EIGEN", "BOOST", "FMT", "JSON"):
        (line,) = (line for line in cache.splitlines() if line.startswith(f"EKSSIM_{name}_FOLDER:"))
        assert "site-packages" in line, line


def test_the_source_archive_holds_what_a_build_needs_and_no_tests(tmp_path: Path) -> None:
    pytest.importorskip("scikit_build_core", reason="scikit-build-core is missing: pip install scikit-build-core")
    program = f"import ekssim_build; print(ekssim_build.build_sdist({str(tmp_path)!r}))"
    backend = {**os.environ, "PYTHONPATH": str(ROOT / "python" / "build_backend")}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=backend, capture_output=True, check=True)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    assert {"CMakeLists.txt", "libsim/simulation.hpp", "models/catalog/data/prices.tsv"} <= set(names)
    for sources in ("python/ekssim", "python/src", "scenarios", "models/scenario/schema"):
        files = [file for file in (ROOT / sources).rglob("*.*") if file.suffix in (".cpp", ".json", ".py", ".yaml")]
        assert files and {str(file.relative_to(ROOT)) for file in files} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "python/tests/", "bench/", "build/", ".venv/"))]


def test_header_wheels_are_asked_for_only_where_the_system_lacks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scikit_build_core", reason="scikit-build-core is missing: pip install scikit-build-core")
    spec = importlib.util.spec_from_file_location("ekssim_build", ROOT / "python" / "build_backend" / "ekssim_build.py")
    assert spec is not None and spec.loader is not None
    backend = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "ekssim_build", backend)
    spec.loader.exec_module(backend)

    monkeypatch.setenv("EKSSIM_HEADERS", "wheels")
    monkeypatch.chdir(ROOT)
    wheels = {wheel.requirement for wheel in backend.HEADER_WHEELS}
    assert wheels <= set(backend.get_requires_for_build_wheel())

    monkeypatch.delenv("EKSSIM_HEADERS")
    monkeypatch.setattr(backend, "_system_folders", lambda: [])
    assert wheels <= set(backend.get_requires_for_build_wheel())


def test_headers_on_the_compilers_path_need_no_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scikit_build_core", reason="scikit-build-core is missing: pip install scikit-build-core")
    monkeypatch.syspath_prepend(str(ROOT / "python" / "build_backend"))
    import ekssim_build

    for wheel in ekssim_build.HEADER_WHEELS:
        header = tmp_path / wheel.header
        header.parent.mkdir(parents=True, exist_ok=True)
        header.touch()
    monkeypatch.delenv("EKSSIM_HEADERS", raising=False)
    monkeypatch.setenv("CPLUS_INCLUDE_PATH", str(tmp_path))
    assert ekssim_build.missing_on_system() == []

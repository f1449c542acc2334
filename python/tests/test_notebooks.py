"""The notebooks run from their paired text, quickly, and draw. Each ends with assertions of what its story says."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")
for needed in ("matplotlib", "pandas", "xarray", "distributed"):
    pytest.importorskip(needed, reason=f"{needed} is not installed: pip install 'ekssim[notebooks,frames,dask]'")

FOLDER = Path(__file__).parents[2] / "notebooks"
# The one of data paths has a test of its own.
NOTEBOOKS = sorted(path.name for path in FOLDER.glob("*.py") if path.name != "data_paths.py")
LONGEST_SECONDS = 30


def test_there_are_notebooks_and_no_outputs_are_kept() -> None:
    told = ("first_run", "cronjob_churn", "comparing_cnis", "sweep_with_dask", "custom_policy", "sizing")
    assert {f"{name}.py" for name in told} <= set(NOTEBOOKS)
    assert not list(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_and_draws(
    name: str, read_notebook: Callable[[Path], Any], execute_notebook: Callable[[Path], Any]
) -> None:
    first, last = read_notebook(FOLDER / name).cells[0], read_notebook(FOLDER / name).cells[-1]
    assert first.cell_type == "markdown" and first.source.startswith("# ") and "pip install" in first.source
    assert "assert " in last.source
    before = processor_seconds()
    notebook = execute_notebook(FOLDER / name)
    assert 0 < processor_seconds() - before < LONGEST_SECONDS
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 1
    assert [output["text"] for output in outputs if output.get("name") == "stderr"] == []


def processor_seconds() -> float:
    """Of kernels that have ended, and of what they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

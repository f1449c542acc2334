"""What all tests of the Python package begin with."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True, scope="session")
def usual_signals() -> None:
    """Programs that run in the background begin with some signals ignored, and hand that on to theirs: tests that send
    them would wait for nothing."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def read_notebook() -> Callable[[Path], Any]:
    """A notebook of its paired text: cells are marked in a file of Python, and there are no outputs in it."""
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed: pip install 'ekssim[notebooks]'")
    return lambda path: jupytext.read(path)


@pytest.fixture(scope="session")
def execute_notebook(read_notebook: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """The same with what its cells print and draw, in a kernel of its own. An error in a cell is the test's."""
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed: pip install 'ekssim[notebooks]'")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: pip install 'ekssim[notebooks]'")

    def execute(path: Path) -> Any:
        notebook = read_notebook(path)
        place = {"metadata": {"path": str(path.parent)}}
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
        return notebook

    return execute

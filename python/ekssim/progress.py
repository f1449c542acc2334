"""Bars of progress for terminals and notebooks: tqdm's where it is installed, Rich's otherwise.

with shown(True, "replicate") as told:
    told({"finished": 3, "of": 100})
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ekssim.engine import Progress

__all__ = ["shown"]


@contextlib.contextmanager
def shown(progress: Progress | bool | None, title: str) -> Iterator[Progress | None]:
    """What to tell: the caller's own function, or a bar if the caller said True, or nothing."""
    if not isinstance(progress, bool):
        yield progress
    elif progress:
        with _bar(title) as move:
            yield lambda state: move(*_done_of(state))
    else:
        yield None


def _done_of(state: dict[str, Any]) -> tuple[float, float]:
    """How much is done of how much, of runs or within one."""
    if "finished" in state:
        return float(state["finished"]), float(state["of"])
    most = max(1, int(state.get("replications", 1)))
    whole = float(state["of_seconds"]) or 1.0
    return int(state.get("replication", 0)) + float(state["simulated_seconds"]) / whole, float(most)


@contextlib.contextmanager
def _bar(title: str) -> Iterator[Callable[[float, float], None]]:
    try:
        with warnings.catch_warnings():
            # In a notebook without widgets it says so, and writes a line of text instead, which is what is wanted.
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        from rich.progress import Progress as RichProgress

        with RichProgress(transient=True) as rich:
            task = rich.add_task(title, total=None)
            yield lambda done, of: rich.update(task, completed=done, total=of)
        return
    with tqdm(desc=title, total=1, leave=False, bar_format="{desc} {percentage:3.0f}% |{bar}| {elapsed}") as bar:

        def move(done: float, of: float) -> None:
            bar.total = of
            # Runs side by side report in any order; a bar only grows.
            bar.n = max(bar.n, done)
            bar.refresh()

        yield move

"""How far a run has come, on stderr: a bar in a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Final

from ekssim.durations import shown

__all__ = ["ProgressDisplay"]

_LINE_SECONDS: Final = 5.0
# Most runs are over before a bar could be read.
_QUIET_SECONDS: Final = 0.3


def _speed(events: float, seconds: float) -> str:
    rate = events / seconds if seconds > 0 else 0.0
    for factor, unit in ((1e6, "M"), (1e3, "k")):
        if rate >= factor:
            return f"{rate / factor:.1f} {unit} events/s"
    return f"{rate:.0f} events/s"


class ProgressDisplay:
    """Used as a context; it is itself the callback that the engine tells its progress."""

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        self._title = title
        self._quiet = quiet
        self._started = time.monotonic()
        self._last_line = self._started
        self._bar: Any = None
        self._task: Any = None
        self._is_terminal = sys.stderr.isatty()

    def __enter__(self) -> ProgressDisplay:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, state: dict[str, Any]) -> bool:
        if self._quiet:
            return True
        now = time.monotonic()
        elapsed = now - self._started
        if self._is_terminal:
            if elapsed >= _QUIET_SECONDS:
                self._show_bar(state, elapsed)
        elif now - self._last_line >= _LINE_SECONDS:
            self._last_line = now
            print(
                f"ekssim: {self._title}: {_position(state)}, {_speed(state.get('events', 0), elapsed)}",
                file=sys.stderr,
                flush=True,
            )
        return True

    def _show_bar(self, state: dict[str, Any], elapsed: float) -> None:
        if self._bar is None:
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            from ekssim.cli.output import console

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                TextColumn("{task.percentage:>3.0f}%"),
                TextColumn("{task.fields[position]}"),
                TextColumn("{task.fields[speed]}"),
                TimeRemainingColumn(),
                console=console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(self._title, total=1.0, position="", speed="")
            self._bar.start()
        self._bar.update(
            self._task,
            completed=min(1.0, _share_done(state)),
            position=_position(state),
            speed=_speed(state.get("events", 0), elapsed),
        )


def _share_done(state: dict[str, Any]) -> float:
    if "share" in state:
        return float(state["share"])
    of_seconds = float(state.get("of_seconds") or 0.0)
    within = float(state.get("simulated_seconds") or 0.0) / of_seconds if of_seconds else 0.0
    replications = max(1, int(state.get("replications") or 1))
    return (int(state.get("replication") or 0) + within) / replications


def _position(state: dict[str, Any]) -> str:
    if "finished" in state:
        return f"{state['finished']} of {state['of']} runs"
    stage = state.get("stage")
    if stage:
        # Of a sizing: packing, simulating, what if.
        return f"{stage}, {int(state.get('replication') or 0) + 1} of {int(state.get('replications') or 1)}"
    text = f"{shown(float(state.get('simulated_seconds') or 0.0))} of {shown(float(state.get('of_seconds') or 0.0))}"
    replications = int(state.get("replications") or 1)
    if replications > 1:
        text += f", replication {int(state.get('replication') or 0) + 1} of {replications}"
    return text

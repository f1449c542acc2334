"""Levels over time in a terminal: a line of blocks each, for those that changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ekssim.costs import usd
from ekssim.durations import shown

__all__ = ["Sparkline", "timelines"]

_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN = "_.-=+*#@"
_COLUMNS = 48


class Sparkline:
    """Values from 0 to `top` as a row of blocks; of signs where the terminal knows no blocks."""

    def __init__(self, values: list[float], top: float, style: str = "cyan") -> None:
        self.values = values
        self.top = top
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        marks = _BLOCKS if (options.encoding or "").lower().startswith("utf") else _PLAIN
        text = ""
        for value in self.values[: options.max_width]:
            # What is there at all is seen to be more than nothing.
            height = 0 if value <= 0 or self.top <= 0 else max(1, round(value / self.top * (len(marks) - 1)))
            text += marks[height] if value > 0 else " "
        yield Segment(text.ljust(min(len(self.values), options.max_width)), Style.parse(self.style))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(8, len(self.values)), len(self.values))


def timelines(document: Mapping[str, Any]) -> list[RenderableType]:
    """Nothing where the result keeps no levels over time, or none of them changed."""
    from ekssim.pages.charts import levels_of, pick, summed
    from ekssim.pages.svg import sparkline_points

    series = document.get("series") or {}
    until = float(series.get("until_seconds") or 0.0)
    levels = levels_of(document)
    lines = (
        ("pods waiting", pick(levels, "waiting_pods"), "red"),
        ("pods ready", pick(levels, "pods", state="ready"), "green"),
        ("free addresses", pick(levels, "addresses", state="free"), "cyan"),
        ("cooling addresses", pick(levels, "addresses", state="cooling"), "magenta"),
        ("ready nodes", pick(levels, "ready_nodes"), "blue"),
        ("USD an hour", pick(levels, "cost", part="total"), "yellow"),
    )
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for justify in ("left", "left", "right"):
        table.add_column(justify=justify, no_wrap=True)
    for name, found, style in lines:
        at, values = summed(found)
        if len(values) < 2 or max(values) <= 0:
            continue
        text = usd if name.startswith("USD") else (lambda value: f"{value:,.0f}")
        columns = sparkline_points(at, values, until, _COLUMNS)
        told = f"{text(min(values))} to {text(max(values))}, {text(values[-1])} at the end"
        table.add_row(f"  {name}", Sparkline(columns, max(values), style), told)
    if not table.row_count:
        return []
    title = Text.assemble(("Over time", "bold"), f": the most in each {shown(until / _COLUMNS)}")
    return [Group(title, table)]

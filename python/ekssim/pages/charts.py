"""Which pictures a run has, out of the levels over time that its result keeps: addresses, pods, nodes, money, subnets.

Each is a picture with the numbers of its lines beside it, for those who read rather than see. A result without levels
over time has no pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ekssim.costs import usd
from ekssim.pages.svg import Line, area_chart, is_dense, line_chart
from ekssim.render import number

__all__ = ["Chart", "LegendRow", "Level", "charts_of", "levels_of", "overlay_charts", "summed"]

_LINES_SHOWN = 6
_FLAT = 6  # a line so many times lower than the tallest is hard to read beside it
_VARIANTS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A line of a picture in numbers, already as text."""

    label: str
    colour: int
    dash: int
    least: str
    most: str
    last: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: its title, a sentence, the SVG (two where some lines have an axis of their own), and its lines in
    numbers.
    """

    title: str
    sentence: str
    svg: str
    is_area: bool = False
    legend: list[LegendRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Level:
    """A series of a result: it holds each value from its time on."""

    name: str
    labels: Mapping[str, str]
    at: list[float]
    values: list[float]


def levels_of(document: Mapping[str, Any]) -> list[Level]:
    return [
        Level(
            str(one.get("name", "")),
            dict(one.get("labels") or {}),
            [float(at) for at in one.get("at_seconds") or ()],
            [float(value) for value in one.get("values") or ()],
        )
        for one in (document.get("series") or {}).get("list") or ()
        if one.get("at_seconds")
    ]


def pick(levels: Iterable[Level], name: str, **labels: str) -> list[Level]:
    return [one for one in levels if one.name == name and all(one.labels.get(k) == v for k, v in labels.items())]


def summed(levels: Sequence[Level]) -> tuple[list[float], list[float]]:
    """The sum of levels as times and values.

    >>> summed([Level("a", {}, [0, 2], [1, 3]), Level("a", {}, [0, 5], [10, 20])])
    ([0, 2, 5], [11.0, 13.0, 23.0])
    """
    changes: dict[float, float] = {}
    times: list[float] = []
    sums: list[float] = []
    for level in levels:
        last = 0.0
        for at, value in zip(level.at, level.values, strict=True):
            changes[at] = changes.get(at, 0.0) + value - last
            last = value
    total = 0.0
    for time in sorted(changes):
        total += changes[time]
        times.append(time)
        sums.append(total)
    return (times, sums) if times else ([0.0], [0.0])


def _count(value: float) -> str:
    # Sums of decimal fractions may end in dust.
    return number(round(value, 6))


def _usd_hour(value: float) -> str:
    return f"{usd(value)}/h"


def _weight(level: Level, until: float) -> float:
    """Its integral over time."""
    ends = [*level.at[1:], until]
    return sum(value * (end - at) for at, value, end in zip(level.at, level.values, ends, strict=True))


def _panels(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that would lie flat beside the tall ones get an axis of their own below."""
    tallest = max(max(line.values) for line in lines)
    low = [line for line in lines if 0 < max(line.values) * _FLAT < tallest]
    return [[line for line in lines if line not in low], low] if low else [list(lines)]


def _legend(lines: Sequence[Line], text_of: Callable[[float], str]) -> list[LegendRow]:
    return [
        LegendRow(
            line.label,
            line.colour,
            line.dash,
            text_of(min(line.values)),
            text_of(max(line.values)),
            text_of(line.values[-1]),
        )
        for line in lines
    ]


class _Pictures:
    """The pictures of one run, one method each; each answers with nothing where there is nothing to see."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        series = document.get("series") or {}
        self.levels = levels_of(document)
        self.until = float(series.get("until_seconds") or 0.0)
        self.warm_up = float(series.get("warm_up_seconds") or 0.0)

    def _chart(
        self, title: str, sentence: str, lines: list[Line], text_of: Callable[[float], str] = _count, area: bool = False
    ) -> Chart:
        draw = area_chart if area else line_chart
        lines = [replace(line, dash=0) if is_dense(line) else line for line in lines]
        svg = ""
        for panel in [lines] if area else _panels(lines):
            peaks = "; ".join(f"{line.label}: at most {text_of(max(line.values))}" for line in panel)
            svg += draw(title, f"{sentence} {peaks}.", panel, self.until, text_of, warm_up=self.warm_up)
        return Chart(title, sentence, svg, area, _legend(lines, text_of))

    def addresses(self) -> Chart | None:
        states = {"free": 0, "assigned": 1, "cooling": 2}
        lines = [
            Line(state, level.at, level.values, colour, colour)
            for state, colour in states.items()
            for level in pick(self.levels, "addresses", state=state)
        ]
        if not lines or not any(max(line.values) for line in lines):
            return None
        sentence = "What the nodes' network plugins hold: free, in use by pods, and cooling down after a pod."
        return self._chart("Addresses of the nodes", sentence, lines)

    def pods(self) -> Chart | None:
        lines = [Line("ready", level.at, level.values, 0) for level in pick(self.levels, "pods", state="ready")]
        lines += [Line("waiting", level.at, level.values, 2, 1) for level in pick(self.levels, "waiting_pods")]
        lines += [Line("other", level.at, level.values, 7, 2) for level in pick(self.levels, "pods", state="other")]
        if not lines or not any(max(line.values) for line in lines):
            return None
        sentence = "Pods that are neither finished nor removed; other: stopping, crashed, or on a node that is gone."
        return self._chart("Pods", sentence, lines)

    def waiting(self) -> Chart | None:
        causes = sorted(
            pick(self.levels, "pods", state="waiting"),
            key=lambda level: (-_weight(level, self.until), level.labels.get("cause", "")),
        )
        if not causes:
            return None
        lines = [
            Line(level.labels.get("cause", ""), level.at, level.values, 1 + index)
            for index, level in enumerate(causes[:_LINES_SHOWN])
        ]
        if len(causes) > _LINES_SHOWN:
            rest = causes[_LINES_SHOWN:]
            lines.append(Line(f"{len(rest)} other causes", *summed(rest), 7))
        sentence = "Pods that have not started yet, on top of each other, by what they wait for."
        return self._chart("Waiting pods by cause", sentence, lines, area=True)

    def nodes(self) -> Chart | None:
        groups = sorted(
            pick(self.levels, "nodes", state="ready"),
            key=lambda level: (-max(level.values), level.labels.get("node_group", "")),
        )
        lines = [
            Line(f"{level.labels.get('node_group', '')}, ready", level.at, level.values, index, index % 3)
            for index, level in enumerate(groups[:_LINES_SHOWN])
        ]
        if len(groups) > _LINES_SHOWN:
            rest = groups[_LINES_SHOWN:]
            lines.append(Line(f"{len(rest)} other groups, ready", *summed(rest), 6, 1))
        not_ready = pick(self.levels, "nodes", state="not-ready")
        if not_ready:
            lines.append(Line("not ready", *summed(not_ready), 7, 2))
        if not lines:
            return None
        return self._chart("Nodes", "Nodes by group; not ready: launching, joining, or silent.", lines)

    def cost(self) -> Chart | None:
        lines = [
            Line(label, level.at, level.values, colour, dash)
            for part, label, colour, dash in (("total", "all", 0, 0), ("idle", "idle nodes", 3, 1))
            for level in pick(self.levels, "cost", part=part)
        ]
        if not lines or not any(max(line.values) for line in lines):
            return None
        sentence = "What the cluster costs an hour; idle: what of the nodes no pod requests."
        return self._chart("Cost an hour", sentence, lines, _usd_hour)

    def subnets(self) -> Chart | None:
        # A subnet that nobody takes addresses from tells nothing.
        moving = [level for level in pick(self.levels, "subnet_free_addresses") if len(level.values) > 1]
        moving.sort(key=lambda level: (min(level.values), level.labels.get("subnet", "")))
        lines = [
            Line(level.labels.get("subnet", ""), level.at, level.values, index, index % 3)
            for index, level in enumerate(moving[:_LINES_SHOWN])
        ]
        if not lines:
            return None
        sentence = "Addresses that the subnets have left for ENIs"
        more = len(moving) - len(lines)
        sentence += f"; {more} subnets with more room are left out." if more > 0 else "."
        return self._chart("Free addresses of subnets", sentence, lines)


def charts_of(document: Mapping[str, Any]) -> list[Chart]:
    """The pictures of a run, those first that most questions are about."""
    pictures = _Pictures(document)
    drawn = (
        pictures.addresses(),
        pictures.waiting(),
        pictures.pods(),
        pictures.nodes(),
        pictures.cost(),
        pictures.subnets(),
    )
    return [chart for chart in drawn if chart is not None]


def overlay_charts(documents: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Chart]:
    """The same level of several runs in one picture each; those beyond the eighth are left out."""
    runs = [_Pictures(document) for document in documents[:_VARIANTS_SHOWN]]
    until = max((run.until for run in runs), default=0.0)
    left_out = len(documents) - len(runs)
    more = f" The first {len(runs)} of {len(documents)} are shown." if left_out > 0 else ""
    quantities: tuple[tuple[str, str, Callable[[_Pictures], list[Level]], Callable[[float], str]], ...] = (
        ("Waiting pods", "Pods that have not started yet.", lambda run: pick(run.levels, "waiting_pods"), _count),
        ("Ready pods", "Pods that are ready.", lambda run: pick(run.levels, "pods", state="ready"), _count),
        (
            "Free addresses of the nodes",
            "What the nodes' network plugins can give to new pods at once.",
            lambda run: pick(run.levels, "addresses", state="free"),
            _count,
        ),
        ("Ready nodes", "Nodes of all groups.", lambda run: pick(run.levels, "ready_nodes"), _count),
        ("Cost an hour", "What the cluster costs.", lambda run: pick(run.levels, "cost", part="total"), _usd_hour),
    )
    found = []
    for title, sentence, levels_in, text_of in quantities:
        lines = [
            Line(name, *summed(levels_in(run)), index, index % 3, run.until)
            for index, (run, name) in enumerate(zip(runs, names, strict=False))
            if run.levels
        ]
        if len(lines) < 2 or not any(max(line.values) for line in lines):
            continue
        lines = [replace(line, dash=0) if is_dense(line) else line for line in lines]
        svg = line_chart(title, sentence + more, lines, until, text_of)
        found.append(Chart(title, sentence + more, svg, False, _legend(lines, text_of)))
    return found

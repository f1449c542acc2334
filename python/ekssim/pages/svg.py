"""Pictures as SVG text: lines and areas of steps, and points. They need no script and no style but a few classes.

A picture is as wide as its place and its text keeps its size: the lines are stretched, positions of text are shares of
the width. Colours are classes (`s0`, `s1`, …) that the page's style gives their shades, so that dark themes and paper
have their own. Each picture has a title and a description for those who do not see it; the numbers stand in a table
beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

__all__ = [
    "COLOURS",
    "Axis",
    "Line",
    "Point",
    "area_chart",
    "is_dense",
    "line_chart",
    "point_chart",
    "sparkline_points",
    "time_axis",
    "value_axis",
]

# How many shades the style knows.
COLOURS = 8
_WIDTH = 1000  # of the stretched part, in its own units
_COLUMNS = 400  # as fine as a picture is
_HEIGHT = 150
# Around the stretched part, in pixels: top, right, bottom, left.
_MARGINS = (8, 12, 24, 54)
_DAY = 86_400.0
_TIME_STEPS = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0 * m for m in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * h for h in (1, 2, 3, 6, 12)),
    *(_DAY * d for d in (1, 2, 7, 14, 28, 91, 182, 365)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A level that holds from each of `at` to the next; `at` begins at 0. `colour` picks the shade, `dash` the
    pattern of the line: 0 is solid. It ends at `until`, or with the picture.
    """

    label: str
    at: Sequence[float]
    values: Sequence[float]
    colour: int = 0
    dash: int = 0
    until: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A labelled place in a plane; `interval` is a range of its y, `name` is written beside it."""

    label: str
    x: float
    y: float
    colour: int = 0
    interval: tuple[float, float] | None = None
    marked: bool = False
    name: str = ""


def is_dense(line: Line) -> bool:
    """Whether the line turns so often that a pattern of dashes could not be told from its turns."""
    return len(line.at) > 100


# --- scales -----------------------------------------------------------------------------------------------------------


def value_ticks(top: float, count: int = 4, *, whole: bool = False) -> list[float]:
    """Round values from 0 to one at or above `top`, so many of them at most, but for the first; whole ones alone where
    only those make sense.

    >>> value_ticks(97), value_ticks(1), value_ticks(1, whole=True), value_ticks(0)
    ([0.0, 25.0, 50.0, 75.0, 100.0], [0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 1.0], [0.0, 1.0])
    """
    if top <= 0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(top))
    for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        step = power * factor
        steps = math.ceil(top / step - 1e-9)
        if steps <= count and (not whole or step.is_integer()):
            return [step * i for i in range(steps + 1)]
    return [0.0, power * 10]


def time_ticks(until: float, count: int = 6) -> list[float]:
    """Round times from 0 to `until`.

    >>> time_ticks(3600)
    [0.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0]
    """
    step = next((step for step in _TIME_STEPS if until / step <= count), max(_TIME_STEPS[-1], until / count))
    return [step * i for i in range(int(until / step + 1e-9) + 1)]


def time_text(seconds: float, until: float) -> str:
    """An axis' text: days, hours, minutes or seconds since the start, whichever the whole is about."""
    if seconds == 0:
        return "0"
    for size, unit in ((_DAY, "d"), (3600.0, "h"), (60.0, "m")):
        if until >= 2 * size or (until >= size and seconds % size == 0):
            whole = seconds / size
            return f"{whole:.4g}{unit}"
    return f"{seconds:.4g}s"


# --- pieces -----------------------------------------------------------------------------------------------------------


def _number(value: float) -> str:
    """As few digits as a picture needs."""
    return f"{value:.1f}".removesuffix(".0")


def _steps(at: Sequence[float], values: Sequence[float], until: float, top: float, end: float | None = None) -> str:
    """The path of a level that holds between its changes. What changes within a four-hundredth of the width shows as an
    upright from the least to the greatest value.
    """
    scale = _COLUMNS / until if until > 0 else 0.0
    columns: dict[int, list[float]] = {}
    for time, value in zip(at, values, strict=True):
        columns.setdefault(min(_COLUMNS, int(time * scale)), []).append(value)

    def height(value: float) -> str:
        return _number(_HEIGHT - value / top * _HEIGHT)

    # A level that changes once in a column changes where it does; one that changes often fills the column.
    exact = {min(_COLUMNS, int(time * scale)): time for time in at}
    path, last = "", ""
    for column, held in columns.items():
        x = exact[column] * scale if len(held) == 1 else float(column)
        heights = [height(value) for value in (held if len(held) < 4 else (held[0], min(held), max(held), held[-1]))]
        if not path:
            path, last = f"M{_number(x * _WIDTH / _COLUMNS)} {heights[0]}", heights[0]
        moves = ""
        for one in heights:
            if one != last:
                moves += f"V{one}"
                last = one
        if moves:
            path += f"H{_number(x * _WIDTH / _COLUMNS)}{moves}"
    return path + f"H{_number(min(1.0, end / until) * _WIDTH) if end is not None and until > 0 else _WIDTH}"


def _frame(
    title: str,
    description: str,
    inside: str,
    y_ticks: Sequence[tuple[float, str]],
    x_ticks: Sequence[tuple[float, str]],
    *,
    points: str = "",
    shade: float = 0.0,
) -> str:
    """Axes around the stretched part. Ticks are pairs of a share of the axis and its text."""
    rows = "".join(
        f'<line class="grid" x1="0" x2="100%" y1="{_number(_HEIGHT * (1 - share))}" '
        f'y2="{_number(_HEIGHT * (1 - share))}"/>'
        f'<text class="tick" x="-6" y="{_number(_HEIGHT * (1 - share) + 4)}" text-anchor="end">{escape(text)}</text>'
        for share, text in y_ticks
    )
    columns = ""
    for share, text in x_ticks:
        # At the edges text would hang over.
        anchor = "start" if share < 0.02 else "end" if share > 0.97 else "middle"
        columns += (
            f'<text class="tick" x="{_number(share * 100)}%" y="{_HEIGHT + 18}" text-anchor="{anchor}">'
            f"{escape(text)}</text>"
        )
    warm = f'<rect class="warm" x="0" y="0" width="{_number(shade * 100)}%" height="{_HEIGHT}"/>' if shade else ""
    top, right, bottom, left = _MARGINS
    # Shares of the width are of what the padding leaves.
    style = (
        f"box-sizing:border-box;width:100%;height:{top + _HEIGHT + bottom}px;"
        f"padding:{top}px {right}px {bottom}px {left}px;overflow:visible"
    )
    return (
        f'<svg class="chart" role="img" aria-label="{escape(title)}" style="{style}">'
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{warm}{rows}"
        f'<svg width="100%" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" '
        f'overflow="visible">{inside}</svg>{points}{columns}</svg>'
    )


def _time_ticks(until: float) -> list[tuple[float, str]]:
    return [(tick / until, time_text(tick, until)) for tick in time_ticks(until)] if until > 0 else [(0.0, "0")]


def _value_ticks(
    top: float, lines: Sequence[Line], text_of: Callable[[float], str]
) -> tuple[float, list[tuple[float, str]]]:
    """The top of the axis, and its ticks as shares of it."""
    are_counts = all(float(value).is_integer() for line in lines for value in line.values)
    ticks = value_ticks(top, whole=are_counts)
    return ticks[-1], [(tick / ticks[-1], text_of(tick)) for tick in ticks]


# --- pictures ---------------------------------------------------------------------------------------------------------


def line_chart(
    title: str,
    description: str,
    lines: Sequence[Line],
    until: float,
    text_of: Callable[[float], str],
    *,
    warm_up: float = 0.0,
) -> str:
    """Levels over time. `text_of` writes the values of the axis; the warm-up is shaded."""
    top, ticks = _value_ticks(max((max(line.values, default=0.0) for line in lines), default=0.0), lines, text_of)
    inside = "".join(
        f'<path class="line s{line.colour} d{line.dash}{" dense" if is_dense(line) else ""}" '
        f'vector-effect="non-scaling-stroke" '
        f'd="{_steps(line.at, line.values, until, top, line.until)}"/>'
        for line in reversed(lines)  # the first on top
    )
    shade = min(1.0, warm_up / until) if until > 0 else 0.0
    return _frame(title, description, inside, ticks, _time_ticks(until), shade=shade)


def area_chart(
    title: str,
    description: str,
    lines: Sequence[Line],
    until: float,
    text_of: Callable[[float], str],
    *,
    warm_up: float = 0.0,
) -> str:
    """Levels over time on top of each other, the first at the bottom."""
    at, stacks = _stacked(lines, until)
    top, ticks = _value_ticks(max(stacks[-1], default=0.0) if stacks else 0.0, lines, text_of)
    inside = ""
    # From the tallest to the lowest, each over the one before.
    for line, heights in reversed(list(zip(lines, stacks, strict=True))):
        path = _steps(at, heights, until, top)
        inside += f'<path class="area f{line.colour}" d="{path}V{_HEIGHT}H0Z"/>'
    shade = min(1.0, warm_up / until) if until > 0 else 0.0
    return _frame(title, description, inside, ticks, _time_ticks(until), shade=shade)


def _stacked(lines: Sequence[Line], until: float, columns: int = _COLUMNS) -> tuple[list[float], list[list[float]]]:
    """Running sums at common times: of each column of time its first and last change and that to the greatest sum."""
    times = sorted({time for line in lines for time in line.at})
    places = [0] * len(lines)
    kept: dict[int, list[tuple[float, list[float]]]] = {}
    for time in times:
        heights: list[float] = []
        for index, line in enumerate(lines):
            while places[index] + 1 < len(line.at) and line.at[places[index] + 1] <= time:
                places[index] += 1
            heights.append((heights[-1] if heights else 0.0) + line.values[places[index]])
        kept.setdefault(int(time / until * columns) if until > 0 else 0, []).append((time, heights))
    points: list[tuple[float, list[float]]] = []
    for column in kept.values():
        middle = max(column[1:-1], key=lambda entry: entry[1][-1], default=None)
        points += [column[0], *([middle] if middle else []), *(column[-1:] if len(column) > 1 else [])]
    return [time for time, _ in points], [[heights[i] for _, heights in points] for i in range(len(lines))]


@dataclass(frozen=True, slots=True)
class Axis:
    """Round values over a range, as pairs of a value and its text."""

    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        low, high = self.ticks[0][0], self.ticks[-1][0]
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.0

    def shares(self) -> list[tuple[float, str]]:
        return [(self.share(value), text) for value, text in self.ticks]


def value_axis(values: Sequence[float], text_of: Callable[[float], str], *, from_zero: bool = True) -> Axis:
    """Round values that hold all of these; not from 0 if that leaves most of the axis empty and may be left out."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if from_zero or low <= 0.5 * high:
        return Axis([(tick, text_of(tick)) for tick in value_ticks(high)])
    step = value_ticks(max(high - low, high * 0.02))[1]
    first = math.floor(low / step - 1e-9)
    last = max(first + 1, math.ceil(high / step + 1e-9))
    return Axis([(step * i, text_of(step * i)) for i in range(first, last + 1)])


def time_axis(values: Sequence[float]) -> Axis:
    """The same for seconds, from 0, in round minutes, hours or days."""
    high = max(values, default=0.0)
    if high < 1:
        return value_axis(values, lambda seconds: f"{seconds * 1000:.4g} ms")
    ticks = time_ticks(high, 4)
    if ticks[-1] < high:
        ticks.append(ticks[-1] + (ticks[1] if len(ticks) > 1 else high))
    return Axis([(tick, time_text(tick, high)) for tick in ticks])


def point_chart(title: str, description: str, points: Sequence[Point], x_axis: Axis, y_axis: Axis) -> str:
    """Places in a plane; intervals are bars, marked points are ringed and named. All others have their names as
    tooltips: a table beside the picture has them too.
    """
    marks = ""
    for point in points:
        x, y = f"{_number(x_axis.share(point.x) * 100)}%", _number(_HEIGHT * (1 - y_axis.share(point.y)))
        if point.interval:
            low, high = (_number(_HEIGHT * (1 - y_axis.share(end))) for end in point.interval)
            marks += f'<line class="bar s{point.colour}" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>'
        if point.marked:
            marks += f'<circle class="ring" cx="{x}" cy="{y}" r="9"/>'
        marks += (
            f'<circle class="dot f{point.colour}" cx="{x}" cy="{y}" r="5"><title>{escape(point.label)}</title></circle>'
        )
        if point.name:
            is_right = x_axis.share(point.x) > 0.6
            offset = f'dx="{-14 if is_right else 14}" text-anchor="{"end" if is_right else "start"}"'
            marks += f'<text class="name" x="{x}" y="{y}" dy="4" {offset}>{escape(point.name)}</text>'
    return _frame(title, description, "", y_axis.shares(), x_axis.shares(), points=marks)


def sparkline_points(at: Sequence[float], values: Sequence[float], until: float, columns: int) -> list[float]:
    """The greatest value in each of so many equal stretches of time, with the level that it begins with.

    >>> sparkline_points([0, 5, 6], [1, 9, 2], 10, 5)
    [1, 1, 9, 2, 2]
    """
    most = [-math.inf] * columns
    width = until / columns if until > 0 else 0.0
    for index, (time, value) in enumerate(zip(at, values, strict=True)):
        end = at[index + 1] if index + 1 < len(at) else until
        first = min(columns - 1, int(time / width)) if width else 0
        # What ends where a stretch begins is not in it.
        last = min(columns - 1, max(first, math.ceil(end / width) - 1)) if width else columns - 1
        for column in range(first, last + 1):
            most[column] = max(most[column], value)
    return most

"""Traces: the points of a CSV file in place of its path."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ekssim.resolve.documents import maps_of
from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import BYTES_MAX, Node, near_miss

TRACE_POINTS_MAX: Final = 200_000
TRACE_COMPLAINTS_MAX: Final = 20
# Of one pod; the engine knows the same bounds.
USAGE_CORES_MAX: Final = 1_000
USAGE_BYTES_MAX: Final = 8 << 40

# What makes a trace of the rows of its file, each with its line; what is wrong with a line is told.
_Complain = Callable[..., None]
_TraceReader = Callable[[Iterator[tuple[int, list[str]]], _Complain], dict[str, Any]]


def read_in_traces(files: ProjectFiles, scenario: Node) -> None:
    for section, read in (("behaviour", _usage_trace), ("traffic", _rate_trace)):
        node = scenario.get(section)
        if node is not None:
            for owner in list(maps_of(node)):
                assert owner.entries is not None
                entry = owner.entries.get("trace")
                if entry is not None and isinstance(entry.node.scalar, str):
                    entry.node = _trace(files, entry.node, read)


def _trace(files: ProjectFiles, node: Node, read: _TraceReader) -> Node:
    """A trace in place of the name of its file."""
    document: dict[str, Any] = {"file": node.scalar}
    path = files.existing_file_named_by(node)
    if path is not None:
        document |= _read_trace(files, path, read)
    return Node.of(document, node.at)


def _read_trace(files: ProjectFiles, path: Path, read: _TraceReader) -> dict[str, Any]:
    name = files.name_of(path)
    index = len(files.names)
    files.names.append(name)
    found = 0

    def complain(line: int, message: str, hint: str = "") -> None:
        nonlocal found
        found += 1
        if found > TRACE_COMPLAINTS_MAX:
            raise _EnoughSaid
        files.complain("EKS030", (index, line, 1 if line else 0), message, hint)

    try:
        if path.stat().st_size > BYTES_MAX:
            complain(0, f"{name} is larger than {BYTES_MAX >> 20} MB", "thin it out")
            return {}
        with path.open(encoding="utf-8-sig", newline="") as stream:
            trace = read(_rows(stream), complain)
            if not found and not trace.get("points"):
                complain(0, f"there is no point in the trace {name}", "lines such as 0,350 and 60,410")
            # What is left of a trace with wrong lines would only look wrong again.
            return {} if found else trace
    except _EnoughSaid:
        return {}
    except (OSError, ValueError, csv.Error) as error:
        files.complain("EKS030", (index, 0, 0), f"{name} cannot be read as CSV: {error}")
        return {}


class _EnoughSaid(Exception):
    """A trace in which every line is wrong is wrong in one way."""


def _rows(stream: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their lines; those without a value and comments are left out."""
    rows = csv.reader(stream)
    for row in rows:
        if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
            yield rows.line_num, [cell.strip() for cell in row]


def _next_time(text: str, last: float | None, line: int, complain: _Complain) -> float | None:
    """The time of a row, if it comes after that of the row before."""
    time = _seconds(text)
    if time is None:
        complain(line, f'"{text}" is not a time', "seconds as a number, or with a unit such as 5m")
    elif last is not None and time <= last:
        complain(line, f"time {text} does not come after the line before it", "times rise from 0")
        return None
    return time


def _rate_trace(rows: Iterator[tuple[int, list[str]]], complain: _Complain) -> dict[str, Any]:
    """Two columns, time and value; a line of titles may precede them."""
    points: list[list[float]] = []
    for line, row in rows:
        if len(row) != 2:
            complain(line, f"a line of a trace has two columns, this one has {len(row)}", "time,value")
            continue
        value = _number(row[1])
        if not points and value is None and _seconds(row[0]) is None:
            continue  # the titles of the columns
        time = _next_time(row[0], points[-1][0] if points else None, line, complain)
        if value is None:
            complain(line, f'"{row[1]}" is not a number', "a value without a unit")
        if len(points) >= TRACE_POINTS_MAX:
            complain(line, f"the trace has more than {TRACE_POINTS_MAX:,} points", "thin it out")
            break
        if time is not None and value is not None:
            points.append([time, value])
    return {"points": points}


def _usage_trace(rows: Iterator[tuple[int, list[str]]], complain: _Complain) -> dict[str, Any]:
    """What each pod uses, over the simulated time, each line holding until the next.

    The first line has the titles of the columns, in any order:

    - `seconds`, from the start of the run, rising from 0 (`90`, or with a unit as in `5m`);
    - `cpu` in cores or with a unit (`0.35`, `350m`);
    - `memory` with a unit (`600Mi`), or `memory_bytes` without one.

    Either cpu or memory may be missing. Cores and bytes are what comes out.
    """
    titles_line, titles = next(rows, (0, []))
    known = {"seconds": _seconds, "cpu": _quantity, "memory": _memory, "memory_bytes": _number}
    columns = ["memory" if title == "memory_bytes" else title for title in titles]
    unknown = [title for title in titles if title not in known]
    if unknown or "seconds" not in columns or len(columns) < 2 or len(set(columns)) < len(columns):
        hint = near_miss(unknown[0], list(known)) if unknown and "seconds" in columns else ""
        message = f'the first line names the columns, and "{",".join(titles)}" are none'
        complain(titles_line, message, hint or "seconds,cpu,memory")
        return {}
    time_column = columns.index("seconds")
    points: list[list[float]] = []
    last: float | None = None
    for line, row in rows:
        if len(row) != len(columns):
            complain(
                line, f"a line of this trace has {len(columns)} columns, this one has {len(row)}", ",".join(titles)
            )
            continue
        if len(points) >= TRACE_POINTS_MAX:
            complain(line, f"the trace has more than {TRACE_POINTS_MAX:,} points", "thin it out")
            break
        point: list[float] = []
        for column, (title, text) in enumerate(zip(titles, row, strict=True)):
            if column == time_column:
                value = _next_time(text, last, line, complain)
                if value and last is None:
                    complain(line, f"the trace begins at {text}, not at 0", "say what is used from the start")
                last = value if value is not None else last
            else:
                value = known[title](text)
                if value is None or value < 0:
                    complain(line, f'{title} is "{text}"', _ADVICE[title])
                elif value > (USAGE_CORES_MAX if title == "cpu" else USAGE_BYTES_MAX):
                    complain(line, f"{title} is {text}, more than any pod uses", _ADVICE[title])
            if value is not None:
                point.append(value)
        if len(point) == len(columns):
            points.append(point)
    return {"columns": columns, "points": points}


_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s|m|h|d)?\Z")


def _seconds(text: str) -> float | None:
    match = _DURATION.match(text.strip())
    return float(match.group(1)) * _UNITS[match.group(2) or "s"] if match else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


_SUFFIXES: Final = {
    "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
}  # fmt: skip
_QUANTITY: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([a-zA-Z]*)\Z")
_ADVICE: Final = {
    "cpu": "in cores, or with a unit such as 350m",
    "memory": "write the unit, such as 600Mi; plain bytes stand in a column memory_bytes",
    "memory_bytes": "a number of bytes without a unit; 600Mi stands in a column memory",
}


def _quantity(text: str) -> float | None:
    """A quantity as Kubernetes writes it.

    >>> _quantity("350m"), _quantity("600Mi"), _quantity("2"), _quantity("10Gb")
    (0.35, 629145600, 2, None)
    """
    match = _QUANTITY.match(text)
    factor = _SUFFIXES.get(match.group(2)) if match else None
    if match is None or factor is None:
        return None
    # Rounded to a billionth, so that no digit comes out that nobody wrote.
    value = round(float(match.group(1)) * factor, 9)
    return int(value) if value.is_integer() else value


def _memory(text: str) -> float | None:
    """The same, but a bare number is refused: nobody could tell bytes from mebibytes."""
    return _quantity(text) if text == "0" or not text[-1:].isdigit() else None

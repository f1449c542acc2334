"""Traces: the points of a CSV file in place of its path."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Final

from ekssim.resolve.documents import maps_of
from ekssim.resolve.project_files import ProjectFiles
from ekssim.yaml_reader import BYTES_MAX, Entry, Node

TRACE_POINTS_MAX: Final = 200_000
_UNITS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(us|ms|s|m|h|d)?\Z")


def read_in_traces(files: ProjectFiles, scenario: Node) -> None:
    for section in ("behaviour", "traffic"):
        node = scenario.get(section)
        if node is not None:
            for owner in list(maps_of(node)):
                assert owner.entries is not None
                entry = owner.entries.get("trace")
                if entry is not None and isinstance(entry.node.scalar, str):
                    entry.node = _trace(files, entry.node)


def _trace(files: ProjectFiles, node: Node) -> Node:
    trace = Node.of({"file": node.scalar, "points": []}, node.at)
    path = files.existing_file_named_by(node)
    if path is not None:
        assert trace.entries is not None
        trace.entries["points"] = Entry(node.at, Node.of(_points(files, path), node.at))
    return trace


def _points(files: ProjectFiles, path: Path) -> list[list[float]]:
    name = files.name_of(path)
    index = len(files.names)
    files.names.append(name)

    def refused(line: int, message: str, hint: str = "") -> list[list[float]]:
        files.complain("EKS030", (index, line, 1 if line else 0), message, hint)
        return []

    points: list[list[float]] = []
    try:
        if path.stat().st_size > BYTES_MAX:
            return refused(0, f"{name} is larger than {BYTES_MAX >> 20} MB", "thin it out")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.reader(stream)
            for row in rows:
                if not any(cell.strip() for cell in row) or row[0].lstrip().startswith("#"):
                    continue
                line = rows.line_num
                if len(row) != 2:
                    return refused(line, f"a line of a trace has two columns, this one has {len(row)}", "time,value")
                time, value = _seconds(row[0]), _number(row[1])
                if time is None or value is None:
                    if not points and _number(row[0]) is None and _number(row[1]) is None and _seconds(row[0]) is None:
                        continue  # the titles of the columns
                    which = row[0] if time is None else row[1]
                    return refused(
                        line, f'"{which.strip()}" is not a number', "time in seconds or with a unit, value as a number"
                    )
                if time < 0 or (points and time <= points[-1][0]):
                    return refused(
                        line, f"time {row[0].strip()} does not come after the line before it", "times rise from 0"
                    )
                if len(points) >= TRACE_POINTS_MAX:
                    return refused(line, f"the trace has more than {TRACE_POINTS_MAX:,} points", "thin it out")
                points.append([time, value])
    except (OSError, ValueError, csv.Error) as error:
        return refused(0, f"{name} cannot be read as CSV: {error}")
    if not points:
        return refused(0, f"there is no point in the trace {name}", "lines such as 0,350 and 60,410")
    return points


def _seconds(text: str) -> float | None:
    match = _DURATION.match(text.strip())
    return float(match.group(1)) * _UNITS[match.group(2) or "s"] if match else None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

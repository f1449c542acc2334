"""Parts of a result document as tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ekssim.table import Table

__all__ = ["histogram_of", "table_of", "timeline_of"]

_LISTS = ("expectations", "advice", "assumptions", "ignored", "warnings")


def table_of(document: Mapping[str, Any], name: str) -> Table:
    if name == "waiting":
        causes = document.get("waiting", {}).get("by_cause", {})
        return Table.of({"cause": list(causes), "seconds": [float(seconds) for seconds in causes.values()]})
    if name == "runs":
        return Table.of_rows(run_rows(document))
    if name == "metrics":
        return Table.of_rows(_flat_series(document.get("metrics", {})))
    if name in _LISTS:
        return Table.of_rows({key: _cell(value) for key, value in row.items()} for row in document.get(name, ()))
    raise KeyError(f"there is no table {name!r}; there are waiting, runs, metrics, {', '.join(_LISTS)}")


def run_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a run and quantity."""
    runs = document.get("runs", {})
    first = runs.get("first_replication", 0)
    return [
        {
            "replication": first + index,
            "quantity": one["name"],
            "unit": one["unit"],
            "value": None if value is None else float(value),
        }
        for one in runs.get("quantities", ())
        for index, value in enumerate(one["values"])
    ]


def histogram_of(metrics: Mapping[str, Any], metric: str, labels: Mapping[str, str]) -> Table:
    counts: dict[tuple[float, float], int] = {}
    for series in metrics.get(metric, ()):
        if all(series["labels"].get(label) == value for label, value in labels.items()):
            for low, high, count in series.get("buckets", ()):
                counts[float(low), float(high)] = counts.get((float(low), float(high)), 0) + count
    if not counts:
        known = [name for name, series in metrics.items() if any("buckets" in one for one in series)]
        raise KeyError(f"no samples of {metric!r} with these labels; distributions with samples: {', '.join(known)}")
    edges = sorted(counts)
    return Table.of(
        {
            "low": [low for low, _ in edges],
            "high": [high for _, high in edges],
            "count": [counts[edge] for edge in edges],
        }
    )


def timeline_of(series: Mapping[str, Any], name: str, labels: Mapping[str, str]) -> Table:
    rows = [
        {"at_seconds": float(at), **one["labels"], "value": float(value)}
        for one in series.get("list", ())
        if one["name"] == name and all(one["labels"].get(label) == value for label, value in labels.items())
        for at, value in _until_the_end(one, float(series["until_seconds"]))
    ]
    if not rows:
        known = list(dict.fromkeys(one["name"] for one in series.get("list", ())))
        told = f"there are {', '.join(known)}" if known else "this result kept none: run with series=True"
        raise KeyError(f"there is no level over time {name!r} with these labels; {told}")
    return Table.of_rows(rows)


def _until_the_end(series: Mapping[str, Any], end: float) -> list[tuple[float, float]]:
    """The changes, and the last value once more where the run ended, so that lines drawn of them reach that far."""
    points = list(zip(series["at_seconds"], series["values"], strict=True))
    return points if points[-1][0] >= end else [*points, (end, points[-1][1])]


def _flat_series(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "metric": metric,
            **series["labels"],
            **{
                key: value if key == "count" else float(value)
                for key, value in series.items()
                if key not in ("labels", "buckets")
            },
        }
        for metric, all_series in metrics.items()
        for series in all_series
    ]


def _cell(value: Any) -> Any:
    """A table has no room for what has parts: those are JSON there. Numbers are all of one kind."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value

"""The page of a sweep, or of any several runs: one row a run, and cost against waiting time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ekssim.costs import counted_hours, per_hour, per_month, prices_text, usd
from ekssim.durations import shown
from ekssim.labels import label_text, shown_value
from ekssim.pages.charts import overlay_charts
from ekssim.pages.svg import Point, point_chart, time_axis, value_axis
from ekssim.render import number

__all__ = ["context", "runs_of"]

_POINTS_SHOWN = 300


def runs_of(document: Mapping[str, Any]) -> list[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Pairs of a label and a result, of a sweep's document or of what `-o json` prints of several runs."""
    if "results" in document:
        pairs = []
        for one in document["results"]:
            label = dict(one.get("label") or {})
            pairs.append((label or {"scenario": one.get("scenario") or one.get("file", "")}, one))
        return pairs
    return [(dict(one.get("label") or {}), one.get("result") or {}) for one in document.get("variants") or ()]


def _chart(runs: list[tuple[dict[str, Any], Mapping[str, Any]]]) -> dict[str, str] | None:
    colours = {"pass": 3, "fail": 1, "inconclusive": 6}
    points = [
        Point(
            f"{label_text(label)}: {usd(hourly)} an hour, pods waited {shown(_waited(result))} an hour",
            hourly,
            _waited(result),
            colours.get(str(result.get("verdict")), 7),
        )
        for label, result in runs[:_POINTS_SHOWN]
        if (hourly := per_hour(result)) is not None
    ]
    if len(points) < 2 or not any(point.x for point in points) or not any(point.y for point in points):
        return None
    title = "Cost against waiting time"
    sentence = "Each dot is a run: what it costs an hour (to the right), and how long pods waited an hour (upwards)."
    x_axis = value_axis([point.x for point in points], usd, from_zero=False)
    y_axis = time_axis([point.y for point in points])
    return {"title": title, "sentence": sentence, "svg": point_chart(title, sentence, points, x_axis, y_axis)}


def _waited(result: Mapping[str, Any]) -> float:
    """Seconds that pods waited in an hour that counts."""
    hours = counted_hours(result)
    return float((result.get("waiting") or {}).get("seconds") or 0.0) / hours if hours else 0.0


def context(document: Mapping[str, Any]) -> dict[str, Any]:
    runs = runs_of(document)
    finished = [(label, result) for label, result in runs if "verdict" in result]
    paths = list(dict.fromkeys(path for label, _ in runs for path in label))
    names = list(dict.fromkeys(str(one["name"]) for _, result in finished for one in result.get("expectations") or ()))
    rows = []
    for label, result in runs:
        seen = {str(one["name"]): one for one in result.get("expectations") or ()}
        verdict = str(result.get("verdict", "none"))
        rows.append(
            {
                "label": [shown_value(label[path]) if path in label else "" for path in paths],
                "verdict": verdict,
                "word": ({"inconclusive": "open"}.get(verdict, verdict) if "verdict" in result else "no run").upper(),
                "cells": [
                    {
                        "verdict": str(seen[name].get("verdict", "")),
                        "text": number(seen[name].get("observed"), str(seen[name].get("unit") or "")),
                    }
                    if name in seen
                    else None
                    for name in names
                ],
                "waited": shown(float((result.get("waiting") or {}).get("seconds") or 0.0)),
                "unplaced": number((result.get("pods") or {}).get("unplaced_at_end", 0)),
                "nodes": number((result.get("nodes") or {}).get("max", 0)),
                "hour": usd(per_hour(result)),
                "month": usd(per_month(result)),
                "fingerprint": str(result.get("fingerprint", "")),
            }
        )
    first = finished[0][1] if finished else {}
    passing = sum(1 for _, result in finished if result.get("verdict") == "pass")
    scenarios = list(dict.fromkeys(str(result.get("scenario", "")) for _, result in finished))
    return {
        "title": f"{', '.join(scenarios[:3])}{' …' if len(scenarios) > 3 else ''}: {number(len(runs))} runs",
        "sentence": f"{passing} of {len(runs)} hold all that is expected.",
        "paths": paths,
        "names": names,
        "rows": rows,
        "chart": _chart(finished),
        "charts": overlay_charts([one for _, one in finished], [label_text(label) for label, _ in finished]),
        "identity": f"ekssim {first.get('ekssim', '?')}, seed {first.get('seed', '?')}, {prices_text(first)}",
    }

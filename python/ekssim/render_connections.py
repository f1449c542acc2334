"""How connections fared in a run, as people read it: how many, how long opening one took, what failed and why, and the
cores that all of it took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ekssim.durations import shown

_WAYS_SHOWN = 8


def _series(document: Mapping[str, Any], metric: str) -> list[Mapping[str, Any]]:
    return list((document.get("metrics") or {}).get(metric) or [])


def _way(labels: Mapping[str, str]) -> tuple[str, str]:
    return labels.get("from", ""), labels.get("to", "")


def _value(one: Mapping[str, Any], aggregate: str) -> float:
    return float(one.get(aggregate) or 0.0)


def worst_causes(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, float]]:
    """By way and cause, the largest share of its connections that failed at a time; the worst first."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for one in _series(document, "ekssim_connections_failing_share"):
        most = _value(one, "max")
        if most > 0:
            labels = one.get("labels") or {}
            found.setdefault(_way(labels), {})[labels.get("cause", "")] = most
    return {way: dict(sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))) for way, causes in found.items()}


def cores_by_layer(document: Mapping[str, Any]) -> dict[str, float]:
    """Cores on average over the run, the largest first."""
    found = {
        (one.get("labels") or {}).get("layer", ""): _value(one, "mean")
        for one in _series(document, "ekssim_network_cpu_cores")
    }
    return dict(sorted(((k, v) for k, v in found.items() if v > 0), key=lambda pair: (-pair[1], pair[0])))


def _by_way(document: Mapping[str, Any], metric: str, aggregate: str) -> dict[tuple[str, str], float]:
    return {_way(one.get("labels") or {}): _value(one, aggregate) for one in _series(document, metric)}


def connection_rows(document: Mapping[str, Any]) -> dict[str, Any]:
    """As text: `rows` of way, most a second, time to open one, p99 at worst and what failed at worst, the busiest way
    first; `layers`, the cores by what they were spent on. Empty where no traffic says its connections.
    """
    rates = _by_way(document, "ekssim_connections_per_second", "max")
    ways = sorted((way for way, rate in rates.items() if rate > 0), key=lambda way: (-rates[way], way))
    mean = _by_way(document, "ekssim_connect_seconds", "mean")
    p99 = _by_way(document, "ekssim_connect_p99_seconds", "max")
    causes = worst_causes(document)
    layers = cores_by_layer(document)
    parts = ", ".join(f"{layer} {cores:.2g}" for layer, cores in layers.items())
    return {
        "rows": [
            (
                f"{way[0]} -> {way[1]}",
                f"{rates[way]:,.4g}",
                shown(mean.get(way, 0.0)),
                shown(p99.get(way, 0.0)),
                ", ".join(f"{cause} {share:.3g}%" for cause, share in _percent(causes.get(way, {})).items()),
            )
            for way in ways
        ],
        "layers": f"{sum(layers.values()):.3g} cores, {parts}" if layers and ways else "",
    }


def connections_table(document: Mapping[str, Any]) -> list[RenderableType]:
    """Nothing where no traffic says its connections."""
    found = connection_rows(document)
    rows = found["rows"]
    if not rows:
        return []
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("  connections", no_wrap=True)
    table.add_column("most a second", justify="right", no_wrap=True)
    table.add_column("to open one", justify="right", no_wrap=True)
    table.add_column("p99 at worst", justify="right", no_wrap=True)
    table.add_column("failing at worst")
    for way, rate, mean, p99, failing in rows[:_WAYS_SHOWN]:
        told = Text(failing, style="red") if failing else Text("none", style="dim")
        table.add_row(f"  {way}", rate, mean, p99, told)
    if len(rows) > _WAYS_SHOWN:
        table.add_row(Text(f"  {len(rows) - _WAYS_SHOWN} more", style="dim"), "", "", "", "")
    title = Text.assemble(("How connections fared", "bold"))
    if found["layers"]:
        title.append(f": {found['layers']}")
    return [Group(title, table)]


def _percent(shares: Mapping[str, float]) -> dict[str, float]:
    return {cause: share * 100 for cause, share in shares.items()}

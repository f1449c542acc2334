"""What a run cost, as people read it: the kinds of the bill, and who takes how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_WORKLOADS_SHOWN = 8
_ROWS = {"__idle__": "idle", "__shared__": "shared"}


def _totals(document: Mapping[str, Any], metric: str) -> list[tuple[Mapping[str, str], float]]:
    series = (document.get("metrics") or {}).get(metric) or []
    return [(one.get("labels") or {}, float(one.get("total") or 0.0)) for one in series]


def by_kind(document: Mapping[str, Any]) -> dict[str, float]:
    """USD of the whole run by kind of cost, the largest first; nodes on demand and spot apart."""
    found: dict[str, float] = {}
    for labels, usd in _totals(document, "ekssim_cost_usd_total"):
        kind = labels.get("kind", "")
        if kind == "node":
            kind = f"nodes, {labels.get('capacity_type', '')}"
        found[kind] = found.get(kind, 0.0) + usd
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def by_workload(document: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """USD of the whole run by workload, by requests and by use, the largest by requests first; idle and shared last."""
    found: dict[str, list[float]] = {}
    for labels, usd in _totals(document, "ekssim_workload_cost_usd_total"):
        name = labels.get("workload", "")
        title = _ROWS.get(name, f"{labels.get('workload_kind', '')}/{labels.get('namespace', '')}/{name}")
        found.setdefault(title, [0.0, 0.0])[0 if labels.get("by") == "requests" else 1] += usd
    rest = set(_ROWS.values())
    ordered = sorted(found.items(), key=lambda pair: (pair[0] in rest, -pair[1][0], pair[0]))
    return {name: (amounts[0], amounts[1]) for name, amounts in ordered}


def _usd(amount: float) -> str:
    return f"${amount:,.2f}"


def cost_table(document: Mapping[str, Any]) -> list[RenderableType]:
    """Nothing where the run cost nothing."""
    kinds = by_kind(document)
    total = sum(kinds.values())
    if not total:
        return []
    title = Text.assemble(("What it cost", "bold"), f": {_usd(total)} by list price, ")
    title.append(", ".join(f"{name} {_usd(usd)}" for name, usd in kinds.items() if round(usd, 2)))
    workloads = by_workload(document)
    if not workloads:
        return [title]
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("  whose", no_wrap=True)
    table.add_column("by requests", justify="right", no_wrap=True)
    table.add_column("by use", justify="right", no_wrap=True)
    rest = set(_ROWS.values())
    named = [name for name in workloads if name not in rest]
    shown = named[:_WORKLOADS_SHOWN]
    for name in shown:
        table.add_row(f"  {name}", *map(_usd, workloads[name]))
    if len(named) > len(shown):
        left = [workloads[name] for name in named[len(shown) :]]
        table.add_row(f"  {len(left)} more", _usd(sum(one[0] for one in left)), _usd(sum(one[1] for one in left)))
    for name in _ROWS.values():
        if name in workloads:
            table.add_row(Text(f"  {name}", style="dim"), *map(_usd, workloads[name]))
    return [Group(title, table)]

"""What a run cost, as people read it: an hour and a month, the kinds of the bill, and who takes how much of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ekssim.costs import HOURS_A_MONTH, IDLE, SHARED, by_kind, by_workload, per_hour, per_month, prices_text, usd

__all__ = ["cost_table"]

_WORKLOADS_SHOWN = 8


def cost_table(document: Mapping[str, Any]) -> list[RenderableType]:
    """Nothing where the run cost nothing."""
    kinds = by_kind(document)
    total = sum(kinds.values())
    if not total:
        return []
    hourly = per_hour(document, total)
    title = Text.assemble(("What it cost", "bold"), f": {usd(total)}")
    if hourly is not None:
        title.append(f", {usd(hourly)} an hour, {usd(hourly * HOURS_A_MONTH)} a month of {HOURS_A_MONTH} hours")
    title.append(f", at {prices_text(document)}: ")
    title.append(", ".join(f"{name} {usd(amount)}" for name, amount in kinds.items() if round(amount, 2)))
    workloads = by_workload(document)
    if not workloads:
        return [title]
    has_use = any(amounts[1] for name, amounts in workloads.items() if name not in (IDLE, SHARED))
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("  whose", no_wrap=True)
    for column in ("by requests", "an hour", "a month", *(("by use", "an hour", "a month") if has_use else ())):
        table.add_column(column, justify="right", no_wrap=True)

    def row(name: str, amounts: tuple[float, float], style: str = "") -> None:
        cells = [
            text
            for amount in amounts[: 2 if has_use else 1]
            for text in (usd(amount), usd(per_hour(document, amount)), usd(per_month(document, amount)))
        ]
        table.add_row(Text(f"  {name}", style=style), *cells)

    named = [name for name in workloads if name not in (IDLE, SHARED)]
    shown = named[:_WORKLOADS_SHOWN]
    for name in shown:
        row(name, workloads[name])
    if len(named) > len(shown):
        left = [workloads[name] for name in named[len(shown) :]]
        row(f"{len(left)} more", (sum(one[0] for one in left), sum(one[1] for one in left)))
    for name in (IDLE, SHARED):
        if name in workloads:
            row(name, workloads[name], "dim")
    return [Group(title, table)]

"""What a run cost, out of its document: by kind of the bill and by workload, for the whole run, an hour and a month.

All amounts are US dollars. A month has 730 hours, as in AWS's own price pages; costs count from the end of the warm-up.

    >>> document = {"cost_usd": 3.0, "simulated_seconds": 7200, "warm_up_seconds": 1800}
    >>> counted_hours(document), per_hour(document), per_month(document)
    (1.5, 2.0, 1460.0)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "HOURS_A_MONTH",
    "IDLE",
    "SHARED",
    "by_kind",
    "by_workload",
    "counted_hours",
    "per_hour",
    "per_month",
    "prices_text",
    "usd",
]

HOURS_A_MONTH = 730
IDLE = "idle"
SHARED = "shared"
_ROWS = {"__idle__": IDLE, "__shared__": SHARED}


def _totals(document: Mapping[str, Any], metric: str) -> list[tuple[Mapping[str, str], float]]:
    series = (document.get("metrics") or {}).get(metric) or []
    return [(one.get("labels") or {}, float(one.get("total") or 0.0)) for one in series]


def by_kind(document: Mapping[str, Any]) -> dict[str, float]:
    """Dollars of the whole run by kind of cost, the largest first; nodes on demand and spot apart."""
    found: dict[str, float] = {}
    for labels, amount in _totals(document, "ekssim_cost_usd_total"):
        kind = labels.get("kind", "")
        if kind == "node":
            kind = f"nodes, {labels.get('capacity_type', '')}"
        found[kind] = found.get(kind, 0.0) + amount
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def by_workload(document: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Dollars of the whole run by workload, by requests and by use, the largest by requests first; idle and shared
    last.
    """
    found: dict[str, list[float]] = {}
    for labels, amount in _totals(document, "ekssim_workload_cost_usd_total"):
        name = labels.get("workload", "")
        title = _ROWS.get(name, f"{labels.get('workload_kind', '')}/{labels.get('namespace', '')}/{name}")
        found.setdefault(title, [0.0, 0.0])[0 if labels.get("by") == "requests" else 1] += amount
    rest = set(_ROWS.values())
    ordered = sorted(found.items(), key=lambda pair: (pair[0] in rest, -pair[1][0], pair[0]))
    return {name: (amounts[0], amounts[1]) for name, amounts in ordered}


def counted_hours(document: Mapping[str, Any]) -> float:
    """The hours in which costs were counted: of the run, without its warm-up."""
    seconds = float(document.get("simulated_seconds") or 0.0) - float(document.get("warm_up_seconds") or 0.0)
    return max(0.0, seconds) / 3600


def per_hour(document: Mapping[str, Any], amount: float | None = None) -> float | None:
    """Dollars an hour of this amount, or of all that the run cost; None where no time was counted."""
    hours = counted_hours(document)
    if amount is None:
        amount = float(document.get("cost_usd") or 0.0)
    return amount / hours if hours > 0 else None


def per_month(document: Mapping[str, Any], amount: float | None = None) -> float | None:
    hourly = per_hour(document, amount)
    return None if hourly is None else hourly * HOURS_A_MONTH


def prices_text(document: Mapping[str, Any]) -> str:
    """Whose prices these are: `list prices of 2026-08-18`."""
    date = document.get("prices_date")
    return f"list prices of {date}" if date else "list prices"


def usd(amount: float | None) -> str:
    """Dollars: with cents, and where that says nothing with as many digits as it takes to see something.

    >>> usd(1234.5), usd(0.0042), usd(0), usd(None)
    ('$1,234.50', '$0.0042', '$0.00', '-')
    """
    if amount is None:
        return "-"
    sign = "-" if amount < 0 else ""
    size = abs(amount)
    if size < 5e-7:
        return "$0.00"
    if size < 0.095:
        return f"{sign}${float(f'{size:.2g}'):.6f}".rstrip("0")
    return f"{sign}${size:,.2f}"

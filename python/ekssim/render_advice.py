"""What Goldilocks and KRR advise for the containers of a run, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

_ROWS_SHOWN = 20
_SEVERITIES = {"CRITICAL": "red", "WARNING": "yellow", "OK": "green", "GOOD": "green"}


def cores(value: Any) -> str:
    return "-" if value is None else f"{round(float(value) * 1000)}m"


def mebibytes(value: Any) -> str:
    return "-" if value is None else f"{float(value) / (1 << 20):.0f}Mi"


def _both(cpu: Any, memory: Any) -> str:
    return "not set" if cpu is None and memory is None else f"{cores(cpu)} {mebibytes(memory)}"


def _usd(value: float) -> str:
    return f"${value:.4f}"


def _difference(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{_usd(abs(value))}"


def _pair(row: Mapping[str, Any], prefix: str) -> str:
    return f"{cores(row.get(f'{prefix}_cpu_cores'))} {mebibytes(row.get(f'{prefix}_memory_bytes'))}"


def _krr(row: Mapping[str, Any], resource: str, unit: str) -> str:
    """Its request, with the limit where it is another one, or why there is none."""
    if row.get(f"krr_{resource}_info"):
        return str(row[f"krr_{resource}_info"])
    show = cores if resource == "cpu" else mebibytes
    request, limit = (row.get(f"krr_{resource}_{what}_{unit}") for what in ("request", "limit"))
    return show(request) if limit in (None, request) else f"{show(request)} to {show(limit)}"


def advice_lines(row: Mapping[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Who says it, CPU and memory to request, to limit, what it would cost: one line each for what is set and said."""
    title = f"{row['workload_kind']}/{row['namespace']}/{row['workload']} {row['container']}"
    has_vpa = row.get("goldilocks_cost_usd_per_hour") is not None
    lines = [
        (
            title,
            _both(row["cpu_request_cores"], row["memory_request_bytes"]),
            _both(row["cpu_limit_cores"], row["memory_limit_bytes"]),
            _usd(row["goldilocks_cost_usd_per_hour"]) if has_vpa else "",
            "",
        )
    ]
    if has_vpa:
        bounds = f"{_pair(row, 'vpa_lower')} to {_pair(row, 'vpa_upper')}"
        lines.append((f"  VPA {row['vpa']}", _pair(row, "vpa_target"), bounds, "", ""))
        guaranteed = _pair(row, "goldilocks_guaranteed")
        for name, request, limit in (
            ("guaranteed", guaranteed, guaranteed),
            ("burstable", _pair(row, "goldilocks_burstable_request"), _pair(row, "goldilocks_burstable_limit")),
        ):
            cost = row[f"goldilocks_{name}_cost_usd_per_hour"]
            difference = row[f"goldilocks_{name}_difference_usd_per_hour"]
            shown = "-" if cost is None else f"{_usd(cost)} ({_difference(difference)})"
            lines.append((f"  Goldilocks, {name}", request, limit, shown, ""))
    elif row.get("vpa"):
        lines.append((f"  VPA {row['vpa']}", "nothing yet", "", "", ""))
    cpu, memory = _krr(row, "cpu", "cores"), _krr(row, "memory", "bytes")
    lines.append(("  KRR", f"CPU {cpu}, memory {memory}", "", "", str(row["krr_severity"])))
    return lines


def advice_table(document: Mapping[str, Any]) -> list[RenderableType]:
    """Nothing where the scenario does not ask for it."""
    rows = list(document.get("advice") or ())
    if not rows:
        return []
    title = Text.assemble(("What containers should request", "bold"), ": of one pod, costs an hour")
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    table.add_column("  whose", overflow="fold")
    table.add_column("request", overflow="fold")
    table.add_column("limit", overflow="fold")
    table.add_column("cost", justify="right", no_wrap=True)
    table.add_column("severity", no_wrap=True)
    for row in rows[:_ROWS_SHOWN]:
        for who, request, limit, cost, severity in advice_lines(row):
            table.add_row(f"  {who}", request, limit, cost, Text(severity, style=_SEVERITIES.get(severity, "dim")))
    parts: list[RenderableType] = [title, table]
    if len(rows) > _ROWS_SHOWN:
        parts.append(Text(f"  and {len(rows) - _ROWS_SHOWN} more (-o json lists all)", style="dim"))
    return [Group(*parts)]

"""A sizing for the terminal: the sentence, the ranked fleets, who pays for what, what would change the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ekssim.costs import HOURS_A_MONTH
from ekssim.durations import shown

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["cells_of", "sizing"]

_WORKLOADS_SHOWN = 8
_LINES_SHOWN = 8
_RISKS = {"low": "green", "some": "yellow", "high": "red", "unknown": "dim"}

HEADINGS = ("#", "fleet", "USD/h", "USD/month", "bound", "gap", "binds", "p99 start", "stuck", "risk", "verdict")


def cells_of(candidate: Mapping[str, Any]) -> list[str]:
    """What a table shows of a candidate, in the order of HEADINGS."""
    price = candidate["price"]
    simulation = candidate["simulation"]
    p99 = simulation["pod_start_p99_seconds"] if simulation else None
    stuck = f"{simulation['stuck_runs']} of {simulation['replications']}" if simulation else "-"
    label = candidate["label"]
    if candidate["nodes_added"]:
        label += f"  (+{candidate['nodes_added']})"
    share = max((value for value in candidate["used"].values() if value is not None), default=0.0)
    return [
        str(candidate["rank"]),
        label,
        f"{price['usd_per_hour']:.3f}",
        f"{price['usd_per_month']:,.0f}",
        f"{price['lower_bound_usd_per_hour']:.3f}",
        f"{price['gap'] * 100:.1f}%",
        f"{candidate['binds']} {share * 100:.0f}%",
        "-" if p99 is None else shown(p99),
        stuck,
        str(candidate["risk"]),
        str(candidate["verdict"]),
    ]


def sizing(document: Mapping[str, Any]) -> RenderableType:
    """Everything of a sizing that people read first."""
    parts: list[RenderableType] = [Text(document["recommendation"]["sentence"], style="bold")]
    parts += [Text(f"  {reason}") for reason in document["recommendation"]["reasons"]]
    parts += [Text(""), _candidates(document)]
    chosen = _chosen(document)
    if chosen is not None:
        parts += [Text(""), _bill(chosen, document)]
    parts += _exact(document.get("exact"))
    parts += _sensitivity(document["sensitivity"])
    parts += _lists(document)
    return Group(*parts)


def _chosen(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    wanted = document["recommendation"]["candidate"]
    return next((one for one in document["candidates"] if one["id"] == wanted), None)


def _candidates(document: Mapping[str, Any]) -> RenderableType:
    pods = sum(int(one["replicas"]) for one in document["workloads"])
    title = Text.assemble(
        ("Fleets", "bold"), f" for {pods:,} pods of {len(document['workloads'])} workloads in {document['region']}"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="dim")
    for at, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="right" if 2 <= at <= 5 else "left", no_wrap=at != 1, overflow="fold")
    for candidate in document["candidates"]:
        cells: list[Any] = list(cells_of(candidate))
        cells[9] = Text(cells[9], style=_RISKS.get(cells[9], ""))
        table.add_row(*cells)
    note = Text(
        f"Nodes with their root volumes; the control plane costs {_control_plane(document):.2f} USD/h more. "
        f"Prices as of {document['prices_date']}.",
        style="dim",
    )
    return Group(title, table, note)


def _control_plane(document: Mapping[str, Any]) -> float:
    candidates = document["candidates"]
    return float(candidates[0]["price"]["control_plane_usd_per_hour"]) if candidates else 0.0


def _bill(candidate: Mapping[str, Any], document: Mapping[str, Any]) -> RenderableType:
    price = candidate["price"]
    workloads = sorted(price["workloads"], key=lambda one: (-one["usd_per_hour"], one["workload"]))
    rows = [(one["workload"], one["usd_per_hour"]) for one in workloads[:_WORKLOADS_SHOWN]]
    rest = workloads[_WORKLOADS_SHOWN:]
    if rest:
        rows.append((f"{len(rest)} more", sum(one["usd_per_hour"] for one in rest)))
    rows += [
        ("DaemonSets", price["daemon_sets_usd_per_hour"]),
        ("kept back by system and kubelet", price["system_usd_per_hour"]),
        ("idle", price["idle_usd_per_hour"]),
    ]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    whole = price["usd_per_hour"] or 1.0
    for name, usd in rows:
        table.add_row(f"  {name}", f"{usd:.3f}", f"{usd * HOURS_A_MONTH:,.0f}", f"{usd / whole * 100:.0f}%")
    return Group(Text.assemble(("Who pays", "bold"), f" of {candidate['label']}: USD an hour, a month, share"), table)


def _exact(exact: Mapping[str, Any] | None) -> list[RenderableType]:
    if not exact:
        return []
    fleet = " + ".join(f"{one['nodes']} \u00d7 {one['instance_type']}" for one in exact["groups"])
    line = (
        f"  {fleet}: {exact['usd_per_hour']:.3f} USD/h, bound {exact['lower_bound_usd_per_hour']:.3f}, "
        f"gap {exact['gap'] * 100:.2f}% ({exact['columns']:,} patterns, {exact['seconds']:.1f} s, {exact['status']})"
    )
    return [Text(""), Text(f"As an integer program ({exact['solver']})", style="bold"), Text(line)]


def _sensitivity(entries: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    if not entries:
        return []
    changing = [one for one in entries if one["changes_answer"]]
    title = f"What would change the answer ({len(changing)} of {len(entries)} that were tried)"
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    for one in changing:
        answer = str(one["answer"] or "no fleet is left")
        style = "" if one["changes_type"] else "dim"
        table.add_row(
            f"  {one['what']}: {one['from']} -> {one['to']}",
            Text(answer, style=style),
            f"{one['change_usd_per_hour']:+.3f} USD/h",
        )
    return [Text(""), Text(title, style="bold"), table]


def _lists(document: Mapping[str, Any]) -> list[RenderableType]:
    parts: list[RenderableType] = []
    misfits = document["misfits"]
    if misfits:
        parts += [Text(""), Text(f"No node holds these ({len(misfits)}): they are in no fleet", style="bold red")]
        parts += [Text(f"  {one['workload']}: {one['why']}") for one in misfits[:_LINES_SHOWN]]
    left_out = document["not_regarded"]
    if left_out:
        parts += [Text(""), Text("The packing does not regard", style="bold")]
        parts += [Text(f"  {one['what']}{_times(one['count'])}: {one['why']}") for one in left_out]
    assumptions = document["assumptions"]
    if assumptions:
        parts += [Text(""), Text(f"Assumed ({len(assumptions)}; -o json lists all)", style="bold")]
        parts += [Text(f"  {one['what']}: {one['value']} ({one['rule']})") for one in assumptions[:_LINES_SHOWN]]
    warnings = document["warnings"]
    if warnings:
        parts += [Text(""), Text(f"Warnings ({len(warnings)})", style="bold yellow")]
        parts += [Text(f"  warning[{one['rule']}]: {one['message']}") for one in warnings[:_LINES_SHOWN]]
    return parts


def _times(count: int) -> str:
    return f" ({count} workloads)" if count > 1 else ""

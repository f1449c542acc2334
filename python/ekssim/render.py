"""Results as people read them: verdicts first, then where waiting time went, then the counts and what was assumed.

Rich lays the report out for terminals; ekssim.pages makes HTML of the same. Numbers come from the result document
alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ekssim.costs import HOURS_A_MONTH, per_hour, per_month, prices_text, usd
from ekssim.durations import shown
from ekssim.labels import shown_value
from ekssim.render_advice import advice_table
from ekssim.render_connections import connections_table
from ekssim.render_cost import cost_table
from ekssim.render_timelines import timelines

__all__ = [
    "as_text",
    "comparison",
    "difference_rows",
    "identity",
    "letter",
    "number",
    "report",
    "sweep_table",
    "verdict_line",
]

_COLOURS: Final = {"pass": "green", "fail": "red", "inconclusive": "yellow", "none": "dim", "warn": "yellow"}
_ASSUMPTIONS_SHOWN: Final = 8
_WARNINGS_SHOWN: Final = 10
_CAUSES_SHOWN: Final = 12
_GROUPS_SHOWN: Final = 5


class Bar:
    """A horizontal bar for a share between 0 and 1, in eighths of a cell, or of # signs where the terminal knows no
    blocks.
    """

    def __init__(self, share: float, width: int = 24, style: str = "cyan") -> None:
        self.share = min(1.0, max(0.0, share))
        self.width = width
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(self.width, options.max_width)
        eighths = round(self.share * width * 8)
        if self.share > 0:
            eighths = max(1, eighths)
        if (options.encoding or "").lower().startswith("utf"):
            text = "█" * (eighths // 8) + ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")[eighths % 8]
        else:
            text = "#" * -(-eighths // 8)
        yield Segment(text.ljust(width), Style.parse(self.style))

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(4, self.width)


# --- numbers ----------------------------------------------------------------------------------------------------------


def number(value: Any, unit: str = "") -> str:
    """A number with its unit, to about four digits."""
    if isinstance(value, bool) or value is None:
        return "-" if value is None else str(value).lower()
    if not isinstance(value, (int, float)):
        return str(value)
    if unit in ("s", "seconds"):
        return shown(float(value))
    if unit in ("bytes", "B"):
        for factor, name in ((1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
            if abs(value) >= factor:
                return f"{value / factor:.4g} {name}"
        return f"{value:.0f} B"
    if unit in ("%", "share"):
        return f"{value * 100:.3g}%" if unit == "share" else f"{value:.3g}%"
    if float(value).is_integer() and abs(value) < 1e15:
        text = f"{int(value):,}"
    else:
        text = f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{text} {unit}" if unit else text


def _speed(document: Mapping[str, Any]) -> str:
    wall = float(document.get("wall_seconds") or 0.0)
    simulated = float(document.get("simulated_seconds") or 0.0)
    parts = [f"{shown(simulated)} simulated in {shown(wall)}"]
    if wall > 0:
        runs = max(1, int(document.get("replications") or 1))
        parts.append(f"{number(float(f'{simulated * runs / wall:.2g}'))} times real time")
        events = float(document.get("events") or 0)
        parts.append(f"{number(float(f'{events / wall:.2g}'))} events/s")
    return ", ".join(parts)


def identity(document: Mapping[str, Any]) -> str:
    """What names a run exactly: version, seed, fingerprint."""
    replications = int(document.get("replications") or 1)
    runs = f", {replications} replications" if replications > 1 else ""
    return (
        f"ekssim {document.get('ekssim', '?')}, seed {document.get('seed', '?')}{runs}"
        f", fingerprint {document.get('fingerprint', '?')}"
    )


# --- parts of the report ----------------------------------------------------------------------------------------------


def _verdict(word: str) -> Text:
    mark = {"pass": "PASS", "fail": "FAIL", "inconclusive": "OPEN", "none": "NONE"}.get(word, word.upper())
    return Text(mark, style=f"bold {_COLOURS.get(word, 'white')}")


def observation(expectation: Mapping[str, Any]) -> str:
    """What was observed against what was allowed."""
    unit = str(expectation.get("unit") or "")
    parts = [f"observed {number(expectation.get('observed'), unit)}"]
    interval = expectation.get("interval")
    if interval and len(interval) == 2 and interval[0] != interval[1]:
        parts.append(f"[{number(interval[0], unit)}, {number(interval[1], unit)}]")
    if expectation.get("limit") is not None:
        parts.append(f"limit {number(expectation['limit'], unit)}")
    return " ".join(parts[:-1]) + (", " if len(parts) > 1 else "") + parts[-1] if len(parts) > 1 else parts[0]


def verdict_line(expectation: Mapping[str, Any]) -> Text:
    """One expectation on one line, as `ekssim test` prints it."""
    verdict = str(expectation.get("verdict", "none"))
    line = Text.assemble(
        _verdict(verdict), "  ", (str(expectation.get("name", "")), "bold"), "  ", observation(expectation)
    )
    if expectation.get("severity") == "warn" and verdict != "pass":
        line.append("  (warning only)", style="yellow")
    return line


def _expectation_details(expectation: Mapping[str, Any]) -> list[Text]:
    lines = [Text(f"      {expectation.get('that', '')}", style="dim")]
    if expectation.get("message"):
        lines.append(Text(f"      {expectation['message']}"))
    groups = [_labels(group) for group in expectation.get("groups") or ()]
    if groups:
        more = f" and {len(groups) - _GROUPS_SHOWN} more" if len(groups) > _GROUPS_SHOWN else ""
        lines.append(Text(f"      does not hold for {'; '.join(groups[:_GROUPS_SHOWN])}{more}"))
    breach = expectation.get("first_breach")
    if breach:
        group = _labels(breach.get("group") or {})
        where = f" for {group}" if group else ""
        at = shown(float(breach.get("at_seconds", 0)))
        run = f", replication {breach['replication']}" if breach.get("replication") else ""
        lines.append(Text(f"      first broken at {at}{where}, seed {breach.get('seed')}{run}"))
    if expectation.get("replay"):
        lines.append(Text(f"      replay: {expectation['replay']}", style="dim"))
    if expectation.get("place"):
        lines.append(Text(f"      {expectation['place']}", style="dim"))
    return lines


def _labels(labels: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items())


def waiting_table(waiting: Mapping[str, Any]) -> RenderableType:
    """Where waiting time went: one line a cause, the largest first."""
    by_cause = [(cause, float(seconds)) for cause, seconds in (waiting.get("by_cause") or {}).items() if seconds]
    by_cause.sort(key=lambda pair: (-pair[1], pair[0]))
    total = float(waiting.get("seconds") or 0.0)
    pods = number(waiting.get("pods", 0))
    title = Text.assemble(("Where waiting time went", "bold"), f": {pods} pods waited {shown(total)} together")
    if not by_cause:
        return title
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    largest = by_cause[0][1]
    for cause, seconds in by_cause[:_CAUSES_SHOWN]:
        share = seconds / total if total else 0.0
        table.add_row(f"  {cause}", shown(seconds), f"{share * 100:.1f}%", Bar(seconds / largest))
    if len(by_cause) > _CAUSES_SHOWN:
        rest = sum(seconds for _, seconds in by_cause[_CAUSES_SHOWN:])
        table.add_row(
            f"  {len(by_cause) - _CAUSES_SHOWN} more", shown(rest), f"{rest / total * 100:.1f}%" if total else "", ""
        )
    return Group(title, table)


def _counts(title: str, counts: Mapping[str, Any]) -> Text:
    parts = ", ".join(f"{number(value)} {key.replace('_', ' ')}" for key, value in counts.items())
    return Text.assemble((title, "bold"), f": {parts or 'none'}")


def _exposure(document: Mapping[str, Any]) -> list[RenderableType]:
    """What of the cluster the internet reaches (FR-14)."""
    exposure = document.get("exposure")
    if not exposure:
        return []
    ranges = ", ".join(str(each) for each in exposure.get("reached_from") or ())
    endpoint = f"API server from {ranges}, behind {exposure.get('guarded_by')}" if ranges else "not the API server"
    balancers = ", ".join(str(each) for each in exposure.get("load_balancers") or ())
    return [Text.assemble(("Open to the internet", "bold"), f": {endpoint}{'; ' + balancers if balancers else ''}")]


def _assumptions(document: Mapping[str, Any], *, everything: bool) -> list[RenderableType]:
    assumptions = list(document.get("assumptions") or ())
    if not assumptions:
        return []
    listed = assumptions if everything else assumptions[:_ASSUMPTIONS_SHOWN]
    lines: list[RenderableType] = [Text(f"Assumed, since the scenario does not say ({len(assumptions)})", style="bold")]
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    table.add_column(style="dim", overflow="fold")
    for assumption in listed:
        table.add_row(
            f"  {assumption.get('what', '')}", str(assumption.get("value", "")), str(assumption.get("rule", ""))
        )
    lines.append(table)
    if len(listed) < len(assumptions):
        lines.append(Text(f"  and {len(assumptions) - len(listed)} more (-o json lists all)", style="dim"))
    return lines


def _warnings(document: Mapping[str, Any]) -> list[RenderableType]:
    warnings = list(document.get("warnings") or ())
    if not warnings:
        return []
    lines: list[RenderableType] = [Text(f"Warnings ({len(warnings)})", style="bold yellow")]
    for warning in warnings[:_WARNINGS_SHOWN]:
        place = warning.get("place")
        if isinstance(place, Mapping):
            place = f"{place.get('file')}:{place.get('line')}:{place.get('column')}"
        text = Text(f"  {place}: " if place else "  ")
        text.append(f"warning[{warning.get('rule')}]", style="yellow").append(f": {warning.get('message', '')}")
        lines.append(text)
    if len(warnings) > _WARNINGS_SHOWN:
        lines.append(Text(f"  and {len(warnings) - _WARNINGS_SHOWN} more (-o json lists all)", style="dim"))
    return lines


def ignored_lines(ignored: Sequence[Mapping[str, Any]], *, show: bool) -> list[RenderableType]:
    """How many fields of the manifests the model does not use; which ones, if asked for."""
    if not ignored:
        return []
    count = sum(int(one.get("count", 1)) for one in ignored)
    if not show:
        fields = "field is" if count == 1 else "fields are"
        return [Text(f"{count:,} {fields} not modelled and ignored (--show-ignored lists them)", style="dim")]
    lines: list[RenderableType] = [Text(f"Not modelled and ignored ({count:,})", style="bold")]
    lines += [Text(f"  {one.get('count', 1):>6}  {one.get('path', '')}") for one in ignored]
    return lines


def report(document: Mapping[str, Any], *, quiet: bool = False, show_ignored: bool = False) -> RenderableType:
    """The whole report of one run."""
    verdict = str(document.get("verdict", "none"))
    head = Text.assemble(_verdict(verdict), "  ", (str(document.get("scenario", "")), "bold"))
    if document.get("interrupted"):
        head.append("  interrupted: what follows is the part that was simulated", style="yellow")
    parts: list[RenderableType] = [head]
    expectations = list(document.get("expectations") or ())
    for expectation in expectations:
        parts.append(Text("  ").append_text(verdict_line(expectation)))
        if not quiet and expectation.get("verdict") != "pass":
            parts += _expectation_details(expectation)
    if not expectations and not quiet:
        parts.append(Text("  nothing is expected of this scenario; `expect` says what should hold", style="dim"))
    if not quiet:
        parts += [Text(), waiting_table(document.get("waiting") or {}), Text()]
        parts += [_counts("Pods", document.get("pods") or {}), _counts("Nodes", document.get("nodes") or {})]
        parts += _exposure(document)
        parts += timelines(document)
        parts += connections_table(document)
        parts += cost_table(document)
        parts += advice_table(document)
        for section in (_assumptions(document, everything=False), _warnings(document)):
            if section:
                parts += [Text(), *section]
        ignored = ignored_lines(list(document.get("ignored") or ()), show=show_ignored)
        if ignored:
            parts += [Text(), *ignored]
        parts.append(Text())
    parts.append(Text(f"{identity(document)}; {_speed(document)}", style="dim"))
    return Group(*parts)


# --- several runs -----------------------------------------------------------------------------------------------------


def difference_rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of each quantity `what`, `first` (of the first variant) and `cells`, one for each other variant: `value`,
    `difference`, `interval`, `half` (of its width), and `is_clear` where the interval does not hold zero. All as text;
    empty text where a quantity is zero in both.
    """
    others = max(0, len(document.get("variants") or ()) - 1)
    nothing = {"value": "", "difference": "", "interval": "", "half": "", "is_clear": False}
    rows: dict[str, dict[str, Any]] = {}
    for one in document.get("differences") or ():
        unit = str(one.get("unit") or "")
        what = str(one.get("metric") or one.get("expectation") or "")
        row = rows.setdefault(what, {"what": what, "first": "", "cells": [dict(nothing) for _ in range(others)]})
        row["first"] = money_or_number(one.get("a"), unit)
        interval: Sequence[float] = one.get("interval") or ()
        difference = money_or_number(one.get("difference"), unit)
        if isinstance(one.get("difference"), (int, float)) and one["difference"] > 0:
            difference = f"+{difference}"
        row["cells"][int(one.get("variant", 1)) - 1] = {
            "value": money_or_number(one.get("b"), unit),
            "difference": difference,
            "interval": f"[{money_or_number(interval[0], unit)}, {money_or_number(interval[1], unit)}]"
            if len(interval) == 2
            else "-",
            "half": money_or_number((interval[1] - interval[0]) / 2, unit) if len(interval) == 2 else "",
            "is_clear": len(interval) == 2 and (interval[0] > 0 or interval[1] < 0),
        }
    return list(rows.values())


def money_or_number(value: Any, unit: str) -> str:
    """A number with its unit; dollars with their sign."""
    if unit in ("USD", "USD/h") and isinstance(value, (int, float)):
        return usd(value)
    return number(value, unit)


def comparison(document: Mapping[str, Any]) -> RenderableType:
    """Paired differences, in one table however many variants there are: each of them against the first."""
    variants = list(document.get("variants") or ())
    names = list(document.get("names") or [str(one.get("scenario", index)) for index, one in enumerate(variants)])
    parts: list[RenderableType] = []
    for index, variant in enumerate(variants):
        label = Text.assemble(
            (f"{letter(index)}  ", "bold"), _verdict(str(variant.get("verdict", "none"))), f"  {names[index]}"
        )
        hourly = per_hour(variant)
        if hourly:
            label.append(f"  {usd(hourly)} an hour, {usd(per_month(variant))} a month", style="dim")
        parts.append(label)
    rows = difference_rows(document)
    if rows:
        # Beyond three variants there is no room for columns of differences and intervals: they stand below the values.
        is_wide = len(variants) <= 3
        table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
        table.add_column("quantity", overflow="fold")
        table.add_column(letter(0), justify="right", no_wrap=True)
        for index in range(1, len(variants)):
            table.add_column(letter(index), justify="right", no_wrap=True)
            if is_wide:
                table.add_column(f"{letter(index)} - {letter(0)}", justify="right", no_wrap=True)
                table.add_column("95% interval", justify="right", no_wrap=True, style="dim")
        for one in rows:
            row: list[RenderableType] = [one["what"], one["first"]]
            for cell in one["cells"]:
                difference = Text(cell["difference"], style="bold" if cell["is_clear"] else "dim")
                if is_wide:
                    row += [cell["value"], difference, cell["interval"]]
                    continue
                lines = Text(cell["value"])
                if cell["half"]:
                    lines.append("\n").append_text(difference).append(f"\n± {cell['half']}", style="dim")
                row.append(lines)
            table.add_row(*row)
        parts += [Text(), table]
        below = "" if is_wide else f"below each value how much more it is than {letter(0)}'s; "
        parts.append(Text(f"{below}a difference in bold is clear: its 95% interval does not hold zero", style="dim"))
    if variants and any(one.get("cost_usd") for one in variants):
        parts.append(Text(f"costs at {prices_text(variants[0])}, a month of {HOURS_A_MONTH} hours", style="dim"))
    parts += [Text(f"{letter(index)}  {identity(variant)}", style="dim") for index, variant in enumerate(variants)]
    return Group(*parts)


def letter(index: int) -> str:
    """What a variant is called in a table: a, b, …, z, 27, …"""
    return chr(ord("a") + index) if index < 26 else str(index + 1)


def sweep_table(runs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> RenderableType:
    """Runs side by side: their labels, verdicts, and what each expectation saw."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    paths = list(dict.fromkeys(path for label, _ in runs for path in label))
    for path in paths:
        table.add_column(path, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    expectations = list(
        dict.fromkeys(str(one["name"]) for _, result in runs for one in result.get("expectations") or ())
    )
    for name in expectations:
        table.add_column(name, justify="right", overflow="fold")
    for column in ("waited", "unplaced", "nodes", "an hour", "a month"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("fingerprint", no_wrap=True, style="dim")
    for label, result in runs:
        seen = {str(one["name"]): one for one in result.get("expectations") or ()}
        row: list[RenderableType] = [shown_value(label[path]) if path in label else "" for path in paths]
        row.append(_verdict(str(result.get("verdict", "none"))))
        for name in expectations:
            one = seen.get(name)
            style = _COLOURS.get(str(one.get("verdict")), "") if one else ""
            row.append(Text(number(one.get("observed"), str(one.get("unit") or "")) if one else "-", style=style))
        row.append(shown(float((result.get("waiting") or {}).get("seconds") or 0.0)))
        row.append(number((result.get("pods") or {}).get("unplaced_at_end", 0)))
        row.append(number((result.get("nodes") or {}).get("max", 0)))
        row += [usd(per_hour(result)), usd(per_month(result))]
        row.append(str(result.get("fingerprint", "")))
        table.add_row(*row)
    parts: list[RenderableType] = [table]
    if runs:
        first = runs[0][1]
        told = f"ekssim {first.get('ekssim', '?')}, seed {first.get('seed', '?')}; costs at {prices_text(first)}"
        parts.append(Text(f"{told}, a month of {HOURS_A_MONTH} hours", style="dim"))
    return Group(*parts)


def as_text(renderable: RenderableType, width: int = 120) -> str:
    """Anything that Rich can show, without colours."""
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None, highlight=False, markup=False, emoji=False).print(renderable)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())

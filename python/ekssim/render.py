"""Results as people read them: verdicts first, then where waiting time went, then the counts and what was assumed.

Rich lays the report out for terminals; the same report becomes HTML in a notebook. Numbers come from the result
document alone.
"""

from __future__ import annotations

import html as html_module
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from ekssim.durations import shown
from ekssim.render_advice import advice_html, advice_table
from ekssim.render_connections import connections_table
from ekssim.render_cost import cost_table

__all__ = ["comparison", "html_of", "html_report", "identity", "report", "sweep_table", "verdict_line"]

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


def comparison(document: Mapping[str, Any]) -> RenderableType:
    """Paired differences: the first variant against each of the others."""
    variants = list(document.get("variants") or ())
    names = list(document.get("names") or [str(one.get("scenario", index)) for index, one in enumerate(variants)])
    parts: list[RenderableType] = []
    for index, variant in enumerate(variants):
        label = Text.assemble(
            (f"{_letter(index)}  ", "bold"), _verdict(str(variant.get("verdict", "none"))), f"  {names[index]}"
        )
        parts.append(label)
    table = Table(box=None, pad_edge=False, padding=(0, 1), header_style="bold")
    table.add_column("quantity", overflow="fold")
    several = len(variants) > 2
    if several:
        table.add_column("pair", no_wrap=True)
    for column in ("a", "b", "difference", "95% interval"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in document.get("differences") or ():
        unit = str(one.get("unit") or "")
        what = str(one.get("metric") or one.get("expectation") or "")
        interval: Sequence[float] = one.get("interval") or ()
        is_clear = len(interval) == 2 and (interval[0] > 0 or interval[1] < 0)
        difference = number(one.get("difference"), unit)
        if isinstance(one.get("difference"), (int, float)) and one["difference"] > 0:
            difference = f"+{difference}"
        row: list[RenderableType] = [what]
        if several:
            row.append(f"{_letter(0)}, {_letter(int(one.get('variant', 1)))}")
        row += [number(one.get("a"), unit), number(one.get("b"), unit)]
        row.append(Text(difference, style="bold" if is_clear else "dim"))
        row.append(f"[{number(interval[0], unit)}, {number(interval[1], unit)}]" if len(interval) == 2 else "-")
        table.add_row(*row)
    if table.row_count:
        parts += [Text(), table]
        parts.append(Text("a difference in bold is clear: its interval does not hold zero", style="dim"))
    parts += [Text(f"{_letter(index)}  {identity(variant)}", style="dim") for index, variant in enumerate(variants)]
    return Group(*parts)


def _letter(index: int) -> str:
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
    for column in ("waited", "unplaced", "nodes", "cost"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("fingerprint", no_wrap=True, style="dim")
    for label, result in runs:
        seen = {str(one["name"]): one for one in result.get("expectations") or ()}
        row: list[RenderableType] = [_shown_value(label[path]) if path in label else "" for path in paths]
        row.append(_verdict(str(result.get("verdict", "none"))))
        for name in expectations:
            one = seen.get(name)
            style = _COLOURS.get(str(one.get("verdict")), "") if one else ""
            row.append(Text(number(one.get("observed"), str(one.get("unit") or "")) if one else "-", style=style))
        row.append(shown(float((result.get("waiting") or {}).get("seconds") or 0.0)))
        row.append(number((result.get("pods") or {}).get("unplaced_at_end", 0)))
        row.append(number((result.get("nodes") or {}).get("max", 0)))
        row.append(f"${float(result.get('cost_usd') or 0.0):,.2f}")
        row.append(str(result.get("fingerprint", "")))
        table.add_row(*row)
    parts: list[RenderableType] = [table]
    if runs:
        first = runs[0][1]
        parts.append(Text(f"ekssim {first.get('ekssim', '?')}, seed {first.get('seed', '?')}", style="dim"))
    return Group(*parts)


def _shown_value(value: Any) -> str:
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- notebooks --------------------------------------------------------------------------------------------------------


def html_of(renderable: RenderableType, width: int = 120) -> str:
    """Anything that Rich can show, as one block of HTML."""
    console = Console(record=True, width=width, file=io.StringIO(), force_jupyter=False)
    console.print(renderable)
    return console.export_html(
        inline_styles=True, code_format='<pre style="font-family: monospace; line-height: 1.3">{code}</pre>'
    )


def html_report(document: Mapping[str, Any]) -> str:
    """A result as a table of verdicts and a table of causes."""
    escape = html_module.escape
    verdict = str(document.get("verdict", "none"))
    colour = {"pass": "#1a7f37", "fail": "#cf222e", "inconclusive": "#9a6700"}.get(verdict, "#57606a")
    rows = []
    for one in document.get("expectations") or ():
        shade = {"pass": "#1a7f37", "fail": "#cf222e", "inconclusive": "#9a6700"}.get(
            str(one.get("verdict")), "#57606a"
        )
        rows.append(
            f'<tr><td style="color:{shade}"><b>{escape(str(one.get("verdict", "")))}</b></td>'
            f'<td style="text-align:left">{escape(str(one.get("name", "")))}</td>'
            f'<td style="text-align:left"><code>{escape(str(one.get("that", "")))}</code></td>'
            f"<td>{escape(observation(one))}</td></tr>"
        )
    waiting = document.get("waiting") or {}
    total = float(waiting.get("seconds") or 0.0)
    causes = sorted(
        ((str(c), float(s)) for c, s in (waiting.get("by_cause") or {}).items() if s), key=lambda p: (-p[1], p[0])
    )
    bars = [
        f'<tr><td style="text-align:left">{escape(cause)}</td><td>{escape(shown(seconds))}</td>'
        f'<td style="text-align:left"><div style="background:#0969da;height:0.8em;'
        f'width:{seconds / causes[0][1] * 12:.2f}em"></div></td></tr>'
        for cause, seconds in causes[:_CAUSES_SHOWN]
    ]
    return (
        f'<div><b>{escape(str(document.get("scenario", "")))}</b> <b style="color:{colour}">{escape(verdict)}</b>'
        f"<table>{''.join(rows)}</table>"
        f"<div>{escape(number(waiting.get('pods', 0)))} pods waited {escape(shown(total))} together</div>"
        f"<table>{''.join(bars)}</table>{advice_html(document)}"
        f'<div style="opacity:0.7">{escape(identity(document))}; {escape(_speed(document))}</div></div>'
    )

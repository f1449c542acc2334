"""A sizing as Markdown: for a pull request, or a ticket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ekssim.costs import HOURS_A_MONTH
from ekssim.render_sizing import HEADINGS, cells_of

__all__ = ["markdown_of"]


def markdown_of(document: Mapping[str, Any]) -> str:
    """The whole text, with an end of line."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    recommendation = document["recommendation"]
    yield f"# Sizing of {_escaped(document['scenario'])}"
    yield ""
    yield f"**{_escaped(recommendation['sentence'])}**"
    yield ""
    yield from (f"- {_escaped(reason)}" for reason in recommendation["reasons"])
    yield ""
    yield "## Fleets"
    yield ""
    yield from _table(HEADINGS, [cells_of(one) for one in document["candidates"]])
    yield ""
    yield f"Nodes with their root volumes; prices as of {document['prices_date']}, {document['region']}, before tax."
    chosen = [one for one in document["candidates"] if one["id"] == recommendation["candidate"]]
    for candidate in chosen:
        price = candidate["price"]
        yield ""
        yield f"## Who pays of {_escaped(candidate['label'])}"
        yield ""
        rows = [[one["workload"], *_usd(one["usd_per_hour"])] for one in price["workloads"]]
        rows.append(["DaemonSets", *_usd(price["daemon_sets_usd_per_hour"])])
        rows.append(["kept back by system and kubelet", *_usd(price["system_usd_per_hour"])])
        rows.append(["idle", *_usd(price["idle_usd_per_hour"])])
        yield from _table(("workload", "USD/h", "USD/month"), rows)
    yield ""
    yield "## What was sized"
    yield ""
    yield from _table(
        ("workload", "pods", "because", "CPU", "memory MiB"),
        [
            [one["workload"], str(one["replicas"]), one["why"], f"{one['cpu_milli']}m", f"{one['memory_mib']:.0f}"]
            for one in document["workloads"]
        ],
    )
    changing = [one for one in document["sensitivity"] if one["changes_answer"]]
    if changing:
        yield ""
        yield "## What would change the answer"
        yield ""
        yield from _table(
            ("assumption", "to", "answer", "USD/h"),
            [
                [one["what"], one["to"], str(one["answer"] or "none"), f"{one['change_usd_per_hour']:+.3f}"]
                for one in changing
            ],
        )
    for title, entries in (("Not regarded by the packing", "not_regarded"), ("Without a node", "misfits")):
        if document[entries]:
            yield ""
            yield f"## {title}"
            yield ""
            for one in document[entries]:
                yield f"- {_escaped(one.get('what') or one.get('workload'))}: {_escaped(one['why'])}"
    yield ""
    yield "## Assumptions"
    yield ""
    for one in document["assumptions"]:
        yield f"- {_escaped(one['what'])}: {_escaped(one['value'])} ({_escaped(one['rule'])})"
    yield ""
    yield f"ekssim {document['ekssim']}, seed {document['seed']}."


def _usd(per_hour: float) -> list[str]:
    return [f"{per_hour:.3f}", f"{per_hour * HOURS_A_MONTH:.0f}"]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(headings) + " |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield "| " + " | ".join(_escaped(cell) for cell in row) + " |"


def _escaped(text: Any) -> str:
    """Names come from users: nothing of them may end a cell or begin a tag."""
    return str(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")

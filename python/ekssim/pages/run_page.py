"""The page of one run: verdicts with reasons, where waiting time went, levels over time, money, what was assumed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ekssim.pages.charts import charts_of
from ekssim.pages.parts import cost_of, identity_rows, verdicts_of, waiting_of
from ekssim.render import identity, number
from ekssim.render_advice import advice_lines
from ekssim.render_connections import connection_rows

__all__ = ["context"]

_LISTED = 400  # of what is assumed, ignored or warned of: a page stays small


def _place(warning: Mapping[str, Any]) -> str:
    place = warning.get("place")
    if isinstance(place, Mapping):
        return f"{place.get('file')}:{place.get('line')}:{place.get('column')}"
    return str(place or "")


def _tiles(
    document: Mapping[str, Any], cost: Mapping[str, Any], waiting: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    pods, nodes = document.get("pods") or {}, document.get("nodes") or {}
    tiles = [
        (
            "Pods created",
            number(pods.get("created", 0)),
            f"{number(pods.get('placed', 0))} placed, {number(pods.get('unplaced_at_end', 0))} unplaced at the end",
        ),
        ("Pods waited", waiting["total"], f"together, {waiting['pods']} pods"),
        (
            "Nodes",
            number(nodes.get("at_end", 0)),
            f"{number(nodes.get('at_start', 0))} at the start, {number(nodes.get('max', 0))} at most",
        ),
    ]
    if cost["is_there"]:
        tiles.append(("Cost an hour", cost["hour"], f"{cost['month']} a month"))
    return tiles


def context(document: Mapping[str, Any]) -> dict[str, Any]:
    cost, waiting = cost_of(document), waiting_of(document)
    verdicts = verdicts_of(document)
    verdict = str(document.get("verdict", "none"))
    failing = sum(1 for one in verdicts if one["verdict"] == "fail")
    sentence = {
        "pass": f"All {len(verdicts)} expectations hold." if len(verdicts) > 1 else "The expectation holds.",
        "fail": f"{failing} of {len(verdicts)} expectations {'does' if failing == 1 else 'do'} not hold.",
        "inconclusive": "The runs do not decide whether the expectations hold.",
        "none": "Nothing is expected of this scenario.",
    }.get(verdict, "")
    if document.get("expect_verdict") == "fail" and verdict == "fail":
        sentence += " The scenario announces that."
    ignored = list(document.get("ignored") or ())
    charts = charts_of(document)
    replications = int(document.get("replications") or 1)
    return {
        "title": str(document.get("scenario", "")),
        "verdict": verdict,
        "word": {"inconclusive": "open"}.get(verdict, verdict).upper(),
        "sentence": sentence,
        "interrupted": bool(document.get("interrupted")),
        "tiles": _tiles(document, cost, waiting),
        "verdicts": verdicts,
        "waiting": waiting,
        "charts": charts,
        "charts_of_first": replications > 1,
        "has_warm_up": bool(document.get("warm_up_seconds")) and bool(charts),
        "cost": cost,
        "connections": connection_rows(document),
        "advice": [line for row in (document.get("advice") or ()) for line in advice_lines(row)][:_LISTED],
        "assumptions": list(document.get("assumptions") or ())[:_LISTED],
        "assumption_count": len(document.get("assumptions") or ()),
        "ignored": ignored[:_LISTED],
        "ignored_count": sum(int(one.get("count", 1)) for one in ignored),
        "ignored_paths": len(ignored),
        "warnings": [{**one, "place": _place(one)} for one in document.get("warnings") or ()][:_LISTED],
        "warning_count": len(document.get("warnings") or ()),
        "identity": identity_rows(document),
        "identity_line": identity(document),
    }

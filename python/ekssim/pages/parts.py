"""What pages of several kinds have in common: verdicts, waiting time, money, and what a run was made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ekssim.costs import (
    HOURS_A_MONTH,
    IDLE,
    SHARED,
    by_kind,
    by_workload,
    counted_hours,
    per_hour,
    per_month,
    prices_text,
    usd,
)
from ekssim.durations import shown
from ekssim.labels import label_text
from ekssim.render import number, observation

__all__ = ["cost_of", "identity_rows", "verdicts_of", "waiting_of"]

_GROUPS_SHOWN = 12
_WORKLOADS_SHOWN = 40


def verdicts_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of each expectation its verdict, what was seen, and the rows of what else is to be said."""
    found = []
    for one in document.get("expectations") or ():
        rows: list[tuple[str, str, bool]] = [("Expected", str(one.get("that", "")), True)]
        if one.get("message"):
            rows.append(("Seen", str(one["message"]), False))
        groups = [label_text(group) for group in one.get("groups") or ()]
        if groups:
            more = f" and {len(groups) - _GROUPS_SHOWN} more" if len(groups) > _GROUPS_SHOWN else ""
            rows.append(("Does not hold for", "; ".join(groups[:_GROUPS_SHOWN]) + more, False))
        breach = one.get("first_breach")
        if breach:
            group = label_text(breach.get("group") or {})
            run = f", replication {breach['replication']}" if breach.get("replication") else ""
            where = f" for {group}" if group else ""
            at = shown(float(breach.get("at_seconds") or 0.0))
            rows.append(("First broken", f"at {at}{where}, seed {breach.get('seed')}{run}", False))
        if one.get("replay"):
            rows.append(("To get there again", str(one["replay"]), True))
        if one.get("place"):
            rows.append(("Written at", str(one["place"]), True))
        verdict = str(one.get("verdict", "none"))
        found.append(
            {
                "verdict": verdict,
                "word": {"inconclusive": "open"}.get(verdict, verdict).upper(),
                "name": str(one.get("name", "")),
                "observation": observation(one),
                "is_warning": one.get("severity") == "warn",
                "rows": rows,
            }
        )
    return found


def _meanings() -> dict[str, str]:
    """Of each cause that a pod can wait for; empty where the engine is not there to say."""
    from ekssim import engine
    from ekssim.errors import Error

    try:
        return {str(one["name"]): str(one["meaning"]) for one in engine.call("causes")}
    except Error:
        return {}


def waiting_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Waiting time by cause, the largest first, with the share of each."""
    waiting = document.get("waiting") or {}
    total = float(waiting.get("seconds") or 0.0)
    by_cause = [(str(cause), float(seconds)) for cause, seconds in (waiting.get("by_cause") or {}).items() if seconds]
    by_cause.sort(key=lambda pair: (-pair[1], pair[0]))
    meanings = _meanings()
    return {
        "pods": number(waiting.get("pods", 0)),
        "total": shown(total),
        "rows": [
            {
                "cause": cause,
                "meaning": meanings.get(cause, ""),
                "time": shown(seconds),
                "percent": f"{seconds / total * 100:.1f} %" if total else "",
                "width": round(seconds / by_cause[0][1] * 100, 2),
            }
            for cause, seconds in by_cause
        ],
    }


def _amounts(document: Mapping[str, Any], amount: float) -> tuple[str, str, str]:
    return usd(amount), usd(per_hour(document, amount)), usd(per_month(document, amount))


def cost_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What a run cost: all of it, by kind and by workload, each for the run, an hour and a month."""
    total = float(document.get("cost_usd") or 0.0)
    workloads = by_workload(document)
    named = [(name, amounts) for name, amounts in workloads.items() if name not in (IDLE, SHARED)]
    listed, rest = named[:_WORKLOADS_SHOWN], named[_WORKLOADS_SHOWN:]
    if rest:
        together = (sum(one[1][0] for one in rest), sum(one[1][1] for one in rest))
        listed.append((f"{len(rest)} smaller workloads", together))

    def row(name: str, amounts: tuple[float, float]) -> dict[str, Any]:
        run, hour, month = _amounts(document, amounts[0])
        share = f"{amounts[0] / total * 100:.1f} %" if total else ""
        use = usd(per_month(document, amounts[1]))
        return {"name": name, "run": run, "hour": hour, "month": month, "share": share, "month_by_use": use}

    run, hour, month = _amounts(document, total)
    return {
        "is_there": total > 0,
        "has_use": any(amounts[1] for _, amounts in named),
        "run": run,
        "hour": hour,
        "month": month,
        "hours_a_month": HOURS_A_MONTH,
        "counted": shown(counted_hours(document) * 3600),
        "prices": prices_text(document),
        "kinds": [
            dict(zip(("name", "run", "hour", "month"), (kind, *_amounts(document, amount)), strict=True))
            for kind, amount in by_kind(document).items()
            if amount
        ],
        "workloads": [row(name, amounts) for name, amounts in listed],
        "rest": [
            row(
                {IDLE: "idle: of the nodes what no pod takes", SHARED: "shared: what is no node's"}[name],
                workloads[name],
            )
            for name in (IDLE, SHARED)
            if name in workloads
        ],
    }


def identity_rows(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What names a run exactly, and what it was made of."""
    inputs = document.get("inputs") or {}
    rows = [("Scenario", str(document.get("scenario", "")))]
    if inputs.get("file"):
        rows.append(("File", str(inputs["file"])))
    if inputs.get("set"):
        rows.append(("Values set", label_text(inputs["set"])))
    if inputs.get("command"):
        rows.append(("To run it again", str(inputs["command"])))
    replications = int(document.get("replications") or 1)
    rows += [
        ("Simulated", shown(float(document.get("simulated_seconds") or 0.0))),
        ("Of it warm-up", shown(float(document.get("warm_up_seconds") or 0.0))),
        ("Runs", number(replications)),
        ("Seed", str(document.get("seed", ""))),
        ("Fingerprint", str(document.get("fingerprint", ""))),
        ("Events", number(document.get("events", 0))),
        ("Prices", prices_text(document)),
        ("Version", f"ekssim {document.get('ekssim', '?')}"),
    ]
    return [row for row in rows if row != ("Of it warm-up", "0s")]

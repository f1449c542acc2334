"""`explain`: what a metric, a rule or a cause means; why a pod waited, why a node is still there, why an HPA wants its
size; what becomes of a connection, and how much more nodes' networks bear; why an expectation failed; what limits a
node's pods; who reaches whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ekssim import engine
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import print_json
from ekssim.cli.work import Settings, find_scenarios, load_scenario
from ekssim.durations import microseconds
from ekssim.errors import Error
from ekssim.yaml_reader import near_miss

__all__ = ["explain"]

_WHATS = ("metric", "rule", "cause", "pod", "node", "hpa", "path", "capacity", "expectation", "max-pods", "snat")
_AT_A_TIME = ("pod", "node", "hpa")


def explain(what: str, names: Sequence[str], at: str | None, asked: Mapping[str, Any], settings: Settings) -> int:
    """`asked` holds the options of max-pods and snat that were given."""
    if what not in _WHATS:
        hint = near_miss(what, _WHATS)
        raise Error(f"explain knows no {what}; it explains {', '.join(_WHATS)}{'; ' + hint if hint else ''}")
    if what in ("max-pods", "snat"):
        from ekssim.cli.explain_addresses import explain_max_pods, explain_snat

        return (explain_max_pods if what == "max-pods" else explain_snat)(names, asked, settings)
    if what in ("path", "capacity"):
        return _explain_connections(what, names, at, dict(asked), settings)
    if asked:
        raise Error(f"explain {what} has no option --{next(iter(asked)).replace('_', '-')}")
    most = 2 if what in (*_AT_A_TIME, "expectation") else 1
    if len(names) > most:
        raise Error(f"explain {what} takes {most} names at most; what is {names[most]}?")
    name = names[0] if names else None
    file = Path(names[1]) if len(names) > 1 else None
    if what == "metric":
        return _listed(engine.call("metrics"), "name", name, "metric", settings)
    if what == "rule":
        return _listed(engine.rules(), "rule", name.upper() if name else None, "rule", settings)
    if what == "cause":
        return _listed(_causes(), "name", name, "cause", settings)
    if name is None:
        raise Error(f"explain {what} needs a name")
    scenario = load_scenario(file if file is not None else _only_scenario(), settings)
    if what in _AT_A_TIME:
        question = {what: name, **_instant(at)}
        return _answer(scenario.explain(question, seed=settings.seed), f"{name} in {scenario.name}", settings)
    return _answer(scenario.explain({"expectation": name}, seed=settings.seed), name, settings)


def _explain_connections(
    what: str, names: Sequence[str], at: str | None, asked: dict[str, Any], settings: Settings
) -> int:
    """`path FROM TO [FILE]`, or `capacity [FILE] --node NODE`."""
    node = asked.pop("node", None) if what == "capacity" else None
    if asked:
        raise Error(f"explain {what} has no option --{next(iter(asked)).replace('_', '-')}")
    ends = 2 if what == "path" else 0
    if len(names) < ends:
        raise Error("explain path needs from where to where: ekssim explain path Deployment/shop/web Service/shop/api")
    if len(names) > ends + 1:
        raise Error(f"explain {what} takes {ends + 1} names at most; what is {names[ends + 1]}?")
    scenario = load_scenario(Path(names[ends]) if len(names) > ends else _only_scenario(), settings)
    if what == "path":
        question: dict[str, Any] = {"path": {"from": names[0], "to": names[1]}}
        title = f"{names[0]} to {names[1]} in {scenario.name}"
    else:
        question = {"capacity": node or ""}
        title = f"capacity of {node or 'the nodes'} in {scenario.name}"
    return _answer(scenario.explain({**question, **_instant(at)}, seed=settings.seed), title, settings)


def _instant(at: str | None) -> dict[str, Any]:
    if at is None:
        return {}
    try:
        return {"at_us": microseconds(at)}
    except ValueError as error:
        raise Error(f"--at: {error}") from error


def _only_scenario() -> Path:
    found = find_scenarios([Path()])
    if len(found) == 1:
        return found[0]
    what = "there is no scenario" if not found else f"there are {len(found)} scenarios"
    raise Error(f"{what} in this folder; name one: ekssim explain pod shop/web-0 sale-day.yaml --at 1h")


def _causes() -> list[dict[str, Any]]:
    causes = engine.call("causes")
    return [dict(one) if isinstance(one, Mapping) else {"name": str(one)} for one in causes]


def _listed(entries: Sequence[Mapping[str, Any]], key: str, name: str | None, kind: str, settings: Settings) -> int:
    """One entry in full, or all of them in a table."""
    if name is None:
        if settings.outputs.json:
            print_json([dict(entry) for entry in entries])
            return ExitCode.PASS
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        for entry in entries:
            table.add_row(str(entry[key]), str(entry.get("title") or entry.get("meaning") or ""))
        settings.outputs.show(table)
        return ExitCode.PASS
    for entry in entries:
        if entry[key] == name:
            if settings.outputs.json:
                print_json(dict(entry))
            else:
                settings.outputs.show(_entry(entry, key))
            return ExitCode.PASS
    hint = near_miss(name, [entry[key] for entry in entries])
    raise Error(f"there is no {kind} {name}{'; ' + hint if hint else f'; ekssim explain {kind} lists all'}")


def _entry(entry: Mapping[str, Any], key: str) -> RenderableType:
    lines: list[RenderableType] = [Text(str(entry[key]), style="bold")]
    for field, value in entry.items():
        if field == key or value in ("", None, []):
            continue
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        lines.append(Text(f"  {shown}" if field in ("title", "text", "meaning") else f"  {field}: {shown}"))
    return Group(*lines)


def _answer(answer: Mapping[str, Any], title: str, settings: Settings) -> int:
    if settings.outputs.json:
        print_json(dict(answer))
        return ExitCode.PASS
    lines: list[RenderableType] = [Text(title, style="bold")]
    lines += [Text(f"  {line}") for line in answer.get("text") or ()]
    if not answer.get("text"):
        lines += [Text(f"  {key}: {value}") for key, value in answer.items() if key != "text"]
    if "fingerprint" in answer:
        lines.append(
            Text(
                f"ekssim {engine.version()}, seed {answer.get('seed', '?')}, fingerprint {answer['fingerprint']}",
                style="dim",
            )
        )
    settings.outputs.show(Group(*lines))
    return ExitCode.PASS

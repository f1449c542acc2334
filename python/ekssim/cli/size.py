"""`size`: the fleet to buy, for people, programs, spreadsheets and pages."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import complain, console, print_json
from ekssim.cli.progress import ProgressDisplay
from ekssim.cli.work import ask_engine, overrides_of
from ekssim.errors import Error, InputError
from ekssim.sizing import Sizing, _size

__all__ = ["Outputs", "parse_outputs", "share_of", "size"]

_KNOWN = "human, json, csv=DIR, md=FILE, html=FILE"


@dataclass(slots=True)
class Outputs:
    """What is written, and where to."""

    stdout: list[str] = field(default_factory=list)
    files: list[tuple[str, Path]] = field(default_factory=list)


def parse_outputs(words: Sequence[str]) -> Outputs:
    outputs = Outputs()
    for word in words:
        kind, separator, target = word.partition("=")
        if kind in ("human", "json") and not separator:
            outputs.stdout.append(kind)
        elif kind in ("csv", "md", "html") and target:
            outputs.files.append((kind, Path(target)))
        else:
            raise Error(f"-o {word}: there is no such output; there are {_KNOWN}")
    outputs.stdout = outputs.stdout or ["human"]
    return outputs


def share_of(text: str) -> float:
    """20% or 0.2; ValueError where it is neither."""
    number, percent = (text[:-1], True) if text.endswith("%") else (text, False)
    try:
        return float(number) / (100.0 if percent else 1.0)
    except ValueError:
        raise ValueError(f"headroom is {text!r}, and has to be a share such as 20%") from None


def size(
    sources: Sequence[Path],
    wishes: Mapping[str, Any],
    outputs: Outputs,
    *,
    region: str | None,
    exact_seconds: float | None,
    set_: Sequence[str],
    root: Path | None,
    quiet: bool,
) -> int:
    ask_engine()
    try:
        overrides = {one[0]: one[1] for one in overrides_of(set_)}
        with ProgressDisplay("sizing", quiet=quiet) as progress:
            found, was_interrupted = _size(
                [os.fspath(one) for one in sources],
                wishes,
                region=region,
                exact_seconds=exact_seconds,
                progress=progress,
                root=root,
                overrides=overrides,
            )
    except InputError as error:
        complain(error)
        return ExitCode.INPUT_ERROR
    if "human" in outputs.stdout:
        console(stderr="json" in outputs.stdout).print(found)
    if "json" in outputs.stdout:
        print_json(found.to_dict())
    for kind, target in outputs.files:
        _write(kind, target, found)
    if was_interrupted:
        print("ekssim: interrupted; the answer is what was known by then", file=sys.stderr)
        return ExitCode.INTERRUPTED
    return _code(found)


def _code(found: Sizing) -> ExitCode:
    if found.best is not None:
        return ExitCode.PASS
    undecided = any(one.document["risk"] == "some" for one in found.candidates)
    return ExitCode.INCONCLUSIVE if undecided else ExitCode.FAILED


def _write(kind: str, target: Path, found: Sizing) -> None:
    try:
        if kind == "csv":
            target.mkdir(parents=True, exist_ok=True)
            for name, rows in _tables(found):
                with (target / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
                    csv.writer(stream).writerows(rows)
            return
        text = found.to_markdown() if kind == "md" else _page(found)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Error(f"{target} cannot be written: {error.strerror or error}") from error


def _page(found: Sizing) -> str:
    from ekssim.pages import page

    return page(found.to_dict())


def _tables(found: Sizing) -> Iterator[tuple[str, list[list[Any]]]]:
    yield "candidates", _rows(_candidate_row(one.document) for one in found.candidates)
    yield "density", _rows(found.density())
    yield "workloads", _rows(found.workloads)
    yield "sensitivity", _rows(found.sensitivity)
    yield (
        "cost",
        _rows(
            {"candidate": one.id, **entry} for one in found.candidates for entry in one.document["price"]["workloads"]
        ),
    )


def _candidate_row(one: Mapping[str, Any]) -> dict[str, Any]:
    price = one["price"]
    simulation = one["simulation"] or {}
    plain = ("rank", "id", "label", "kind", "purchase", "nodes", "nodes_added", "binds", "risk", "verdict")
    return {
        **{key: one[key] for key in plain},
        **{
            key: price[key]
            for key in ("usd_per_hour", "usd_per_month", "static_usd_per_hour", "lower_bound_usd_per_hour", "gap")
        },
        **{key: simulation.get(key) for key in ("replications", "pod_start_p99_seconds", "stuck_share")},
    }


def _rows(entries: Any) -> list[list[Any]]:
    listed = [dict(one) for one in entries]
    if not listed:
        return []
    return [list(listed[0]), *(list(one.values()) for one in listed)]

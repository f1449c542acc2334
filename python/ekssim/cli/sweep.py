"""`sweep`: one scenario with every combination of some values, side by side."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ekssim.cli.exit_codes import ExitCode, worst
from ekssim.cli.output import Outcome, write_all
from ekssim.cli.run import _show_trouble, judged
from ekssim.cli.work import Settings, ask_engine, run_file
from ekssim.errors import Error, InputError
from ekssim.render import sweep_table
from ekssim.resolve import parse_set

__all__ = ["split_values", "sweep"]

COMBINATIONS_MAX = 10_000


def split_values(text: str) -> list[str]:
    """Values between commas; commas inside brackets, braces and quotes belong to a value.

    >>> split_values("m5.large, {a: 1, b: 2},'x,y'")
    ['m5.large', '{a: 1, b: 2}', "'x,y'"]
    """
    values = [""]
    depth = 0
    quote = ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth <= 0:
            values.append("")
            continue
        values[-1] += character
    return [value.strip() for value in values]


def sweep(path: Path, over: Sequence[str], settings: Settings) -> int:
    ask_engine()
    axes: list[list[tuple[str, Any]]] = []
    for text in over:
        name, separator, values = text.partition("=")
        if not separator or not name.strip():
            raise Error(
                f"--over {text}: it is PATH=A,B,C, such as cluster.managedNodeGroups[workers].desiredCapacity=3,6"
            )
        axis = []
        for value in split_values(values):
            override, complaints = parse_set(f"{name}={value}")
            if override is None:
                raise InputError(complaints)
            axis.append(override)
        axes.append(axis)
    combinations = list(itertools.islice(itertools.product(*axes), COMBINATIONS_MAX + 1))
    if len(combinations) > COMBINATIONS_MAX:
        raise Error(f"these are more than {COMBINATIONS_MAX:,} combinations")
    outcomes: list[Outcome] = []
    codes: list[ExitCode] = []
    base = list(settings.overrides)
    for combination in combinations:
        settings.overrides = [*base, *combination]
        for outcome, code in run_file(path, settings):
            outcome.label = {**dict(combination), **outcome.label}
            outcomes.append(outcome)
            codes.append(code if code is not ExitCode.PASS else judged(outcome, code))
            _show_trouble(outcome)
        if codes[-1] is ExitCode.INTERRUPTED:
            break
    results = [(outcome.label, outcome.result) for outcome in outcomes if outcome.result is not None]
    settings.outputs.show(sweep_table(results))
    write_all(settings.outputs, outcomes)
    # A sweep looks for the value that holds: verdicts are what it reports, not how it went.
    return worst(code if code in _TROUBLE else ExitCode.PASS for code in codes)


_TROUBLE = (ExitCode.INPUT_ERROR, ExitCode.DEFECT, ExitCode.INTERRUPTED)

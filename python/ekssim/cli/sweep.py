"""`sweep`: one scenario with every combination of some values, side by side."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ekssim.cli.exit_codes import ExitCode, worst
from ekssim.cli.output import Outcome, write_all
from ekssim.cli.progress import ProgressDisplay
from ekssim.cli.run import _show_trouble, judged
from ekssim.cli.work import Settings, ask_engine, load_variants, take_error, take_result
from ekssim.errors import Error, InputError
from ekssim.render import sweep_table
from ekssim.resolve import Override, parse_set
from ekssim.result import Result
from ekssim.scenario import Scenario
from ekssim.sweeping import run_apart

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
    runs, was_interrupted = _run_all(path, combinations, settings)
    for outcome, code in runs:
        outcomes.append(outcome)
        codes.append(code)
        _show_trouble(outcome)
    if was_interrupted:
        codes.append(ExitCode.INTERRUPTED)
    results = [(outcome.label, outcome.result) for outcome in outcomes if outcome.result is not None]
    settings.outputs.show(sweep_table(results))
    write_all(settings.outputs, outcomes)
    # A sweep looks for the value that holds: verdicts are what it reports, not how it went.
    return worst(code if code in _TROUBLE else ExitCode.PASS for code in codes)


def _run_all(
    path: Path, combinations: Sequence[Sequence[Override]], settings: Settings
) -> tuple[list[tuple[Outcome, ExitCode]], bool]:
    """Runs every form of the file with every combination, as many at a time as there may be. What became of each that
    was over, in their order, and whether somebody pressed Ctrl-C.
    """
    base = list(settings.overrides)
    found: list[tuple[Outcome, ExitCode | Scenario]] = []
    for combination in combinations:
        settings.overrides = [*base, *combination]
        variants, wrong = load_variants(path, settings)
        if wrong is not None:
            wrong[0].label = dict(combination)
            found.append(wrong)
        for label, variant in variants:
            whole_label = {**dict(combination), **label}
            outcome = Outcome(str(path), variant.name, variant.folder, whole_label, warnings=variant.warnings)
            found.append((outcome, variant))
    settings.overrides = base
    forms = [form for _, form in found if isinstance(form, Scenario)]
    options = {
        "seed": settings.seed,
        "replications": _fixed(settings.replications),
        "series": False,
        "until": settings.until,
    }
    with ProgressDisplay(path.stem, quiet=settings.quiet) as progress:
        results, was_interrupted = run_apart(forms, options, settings.jobs, progress)
    of_forms = iter(results)
    runs: list[tuple[Outcome, ExitCode]] = []
    for outcome, form in found:
        if not isinstance(form, Scenario):
            runs.append((outcome, form))
            continue
        result = next(of_forms)
        if isinstance(result, Result):
            take_result(outcome, result, path, settings, form)
            runs.append((outcome, judged(outcome, ExitCode.PASS)))
        elif result is not None:
            runs.append((outcome, take_error(outcome, result)))
    return runs, was_interrupted


def _fixed(replications: Any) -> Any:
    """One number where the least and the most are the same: then it is known what runs there will be."""
    if isinstance(replications, Mapping) and replications.get("min") == replications.get("max"):
        return replications.get("min")
    return replications


_TROUBLE = (ExitCode.INPUT_ERROR, ExitCode.DEFECT, ExitCode.INTERRUPTED)

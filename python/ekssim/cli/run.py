"""`run` and `test`: the same work, reported in full or judged line by line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from ekssim.cli.exit_codes import ExitCode, worst
from ekssim.cli.output import Outcome, show_complaints, write_all
from ekssim.cli.work import Settings, ask_engine, find_scenarios, run_file
from ekssim.render import identity, report, sweep_table, verdict_line

__all__ = ["run", "test"]


def run(paths: Sequence[Path], settings: Settings) -> int:
    ask_engine()
    outcomes: list[Outcome] = []
    codes: list[ExitCode] = []
    outputs = settings.outputs
    draws = settings.series or bool(outputs.html) or (outputs.human and not settings.quiet)
    for path in paths:
        of_file: list[Outcome] = []
        for outcome, code in run_file(path, settings, keeps_series=draws):
            of_file.append(outcome)
            codes.append(code)
            _show_run(outcome, settings)
        outcomes += of_file
        results = [(outcome.label, outcome.result) for outcome in of_file if outcome.result is not None]
        if len(results) > 1:
            settings.outputs.show(sweep_table([(label, result) for label, result in results]))
        if codes and codes[-1] is ExitCode.INTERRUPTED:
            break
    write_all(settings.outputs, outcomes, series=settings.series)
    return worst(codes)


def _show_run(outcome: Outcome, settings: Settings) -> None:
    _show_trouble(outcome)
    if outcome.result is None:
        return
    if outcome.label:
        settings.outputs.show(Text(outcome.title, style="bold"))
    settings.outputs.show(report(outcome.result, quiet=settings.quiet, show_ignored=settings.show_ignored))
    settings.outputs.show(Text())


def _show_trouble(outcome: Outcome) -> None:
    show_complaints(outcome.complaints, outcome.sources())
    if outcome.defect is not None:
        print(f"ekssim: a defect of ours; this run is unusable, please report it\n{outcome.defect}", file=sys.stderr)


def test(paths: Sequence[Path], settings: Settings) -> int:
    ask_engine()
    outcomes: list[Outcome] = []
    codes: list[ExitCode] = []
    for path in find_scenarios(paths):
        for outcome, code in run_file(path, settings):
            outcomes.append(outcome)
            codes.append(judged(outcome, code))
            _show_test(outcome, codes[-1], settings)
        if codes and codes[-1] is ExitCode.INTERRUPTED:
            break
    code = worst(codes)
    _show_tally(codes, settings)
    write_all(settings.outputs, outcomes)
    return code


def judged(outcome: Outcome, code: ExitCode) -> ExitCode:
    """The exit code of one run by its verdict and the verdict that its scenario announces."""
    if code is not ExitCode.PASS or outcome.result is None:
        return code
    verdict = outcome.result.get("verdict", "none")
    if verdict == "none":
        return ExitCode.NOTHING_RUN
    if verdict == outcome.expected_verdict:
        return ExitCode.PASS
    return ExitCode.INCONCLUSIVE if verdict == "inconclusive" else ExitCode.FAILED


def _show_test(outcome: Outcome, code: ExitCode, settings: Settings) -> None:
    _show_trouble(outcome)
    result = outcome.result
    if result is None:
        settings.outputs.show(Text.assemble(("ERROR", "bold red"), f"  {outcome.title}"))
        return
    word, style = {
        ExitCode.PASS: ("PASS", "bold green"),
        ExitCode.FAILED: ("FAIL", "bold red"),
        ExitCode.INCONCLUSIVE: ("OPEN", "bold yellow"),
        ExitCode.NOTHING_RUN: ("NONE", "bold yellow"),
        ExitCode.INTERRUPTED: ("STOP", "bold yellow"),
    }[code]
    head = Text.assemble((word, style), "  ", (outcome.title, "bold"), (f"  {identity(result)}", "dim"))
    settings.outputs.show(head)
    if code is ExitCode.NOTHING_RUN:
        settings.outputs.show(Text("  nothing is expected of this scenario, so nothing was judged", style="yellow"))
    if outcome.expected_verdict != "pass":
        settings.outputs.show(
            Text(f"  the scenario announces the verdict {outcome.expected_verdict}; it is {result.get('verdict')}")
        )
    for expectation in result.get("expectations") or ():
        settings.outputs.show(Text("  ").append_text(verdict_line(expectation)))
        if expectation.get("verdict") != "pass" and outcome.expected_verdict == "pass" and not settings.quiet:
            for key in ("that", "place", "replay"):
                if expectation.get(key):
                    settings.outputs.show(Text(f"        {expectation[key]}", style="dim"))


def _show_tally(codes: Sequence[ExitCode], settings: Settings) -> None:
    words = {
        ExitCode.PASS: "passed",
        ExitCode.FAILED: "failed",
        ExitCode.INCONCLUSIVE: "inconclusive",
        ExitCode.INPUT_ERROR: "with wrong input",
        ExitCode.DEFECT: "with a defect of ours",
        ExitCode.NOTHING_RUN: "without expectations",
        ExitCode.INTERRUPTED: "interrupted",
    }
    parts = [f"{codes.count(code)} {word}" for code, word in words.items() if code in codes]
    settings.outputs.show(Text(", ".join(parts) or "no scenario was found, nothing was run"))

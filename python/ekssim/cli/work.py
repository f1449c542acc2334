"""What run, test, compare and sweep have in common: loading files, running what they hold, collecting what became of
it.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ekssim import engine
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.export import ExportWish, write_exports
from ekssim.cli.output import Outcome, Outputs
from ekssim.cli.progress import ProgressDisplay
from ekssim.diagnostics import Complaint
from ekssim.durations import microseconds
from ekssim.errors import DefectError, Error, InputError
from ekssim.resolve import Override, holds_scenario, parse_set, resolve_file
from ekssim.result import Result
from ekssim.scenario import Scenario

__all__ = [
    "Settings",
    "find_scenarios",
    "load_scenario",
    "load_variants",
    "overrides_of",
    "run_file",
    "take_error",
    "take_result",
]

_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(slots=True)
class Settings:
    """The options that all commands on scenarios share."""

    outputs: Outputs
    overrides: list[Override] = field(default_factory=list)
    seed: int | None = None
    replications: Any = None
    replication: int | None = None
    jobs: int = 1
    until: str | None = None
    root: Path | None = None
    quiet: bool = False
    show_ignored: bool = False
    series: bool = False  # in what is written as JSON
    exports: list[ExportWish] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.until is not None:
            try:
                microseconds(self.until)
            except ValueError as error:
                raise Error(f"--until: {error}") from error


def overrides_of(texts: Sequence[str]) -> list[Override]:
    """The values of --set; InputError names all that cannot be read."""
    overrides: list[Override] = []
    complaints: list[Complaint] = []
    for text in texts:
        override, wrong = parse_set(text)
        complaints += wrong
        if override is not None:
            overrides.append(override)
    if complaints:
        raise InputError(complaints)
    return overrides


def load_scenario(path: Path, settings: Settings) -> Scenario:
    return Scenario._checked(resolve_file(path, settings.root, settings.overrides), str(path))


def load_variants(
    path: Path, settings: Settings
) -> tuple[list[tuple[dict[str, Any], Scenario]], tuple[Outcome, ExitCode] | None]:
    """The forms of a file with their labels; or what is wrong with it, and none."""
    try:
        return load_scenario(path, settings).variants(), None
    except (InputError, DefectError) as error:
        outcome = Outcome(str(path), path.stem, path.parent)
        return [], (outcome, take_error(outcome, error))


def take_error(outcome: Outcome, error: InputError | DefectError) -> ExitCode:
    if isinstance(error, InputError):
        outcome.complaints = list(error.complaints)
        return ExitCode.INPUT_ERROR
    outcome.defect = str(error)
    return ExitCode.DEFECT


def take_result(outcome: Outcome, result: Result, path: Path, settings: Settings, scenario: Scenario) -> dict[str, Any]:
    document = result.to_dict()
    document["inputs"] = inputs_of(path, settings, scenario, document)
    outcome.result = document
    # A variant may announce another verdict than the scenario that it is a form of.
    outcome.expected_verdict = str(document.get("expect_verdict", outcome.expected_verdict))
    return document


def run_file(path: Path, settings: Settings, *, keeps_series: bool = False) -> Iterator[tuple[Outcome, ExitCode]]:
    """Runs a file, each variant of its matrix on its own; says for each what became of it. `keeps_series`: results have
    levels over time, for pictures.
    """
    variants, wrong = load_variants(path, settings)
    if wrong is not None:
        yield wrong
    for label, variant in variants:
        outcome = Outcome(str(path), variant.name, variant.folder, label, warnings=variant.warnings)
        code = ExitCode.PASS
        try:
            options = variant._run_options(
                settings.seed, settings.replications, settings.jobs, settings.until, True, series=keeps_series
            )
            if settings.replication is not None:
                options["replication"] = settings.replication
            with ProgressDisplay(outcome.title, quiet=settings.quiet) as progress:
                result, was_interrupted = variant._run(options, progress)
            document = take_result(outcome, result, path, settings, variant)
            if not was_interrupted:
                write_exports(variant, label, settings, outcome.title)
            if was_interrupted:
                document["interrupted"] = True
                code = ExitCode.INTERRUPTED
        except (InputError, DefectError) as error:
            code = take_error(outcome, error)
        except KeyboardInterrupt:
            if outcome.result is None:
                raise
            code = ExitCode.INTERRUPTED  # while the export was made: the result is whole
        yield outcome, code
        if code is ExitCode.INTERRUPTED:
            return


def inputs_of(path: Path, settings: Settings, scenario: Scenario, result: Mapping[str, Any]) -> dict[str, Any]:
    """What a run was made of: the file, the values set over it, and the command that repeats it."""
    values = {name: value for name, value in scenario._overrides}
    words = ["ekssim", "run", str(path), "--seed", str(result.get("seed", 0))]
    if settings.replication is not None:
        words += ["--replication", str(settings.replication)]
    elif int(result.get("replications") or 1) > 1:
        words += ["--replications", str(result["replications"])]
    if settings.until is not None:
        words += ["--until", settings.until]
    for name, value in values.items():
        # As it was written, unless that would be read as something else than a text.
        is_plain = isinstance(value, str) and parse_set(f"{name}={value}")[0] == (name, value)
        words += ["--set", f"{name}={value if is_plain else json.dumps(value, ensure_ascii=False)}"]
    return {"file": str(path), "set": values, "command": shlex.join(words)}


def find_scenarios(paths: Sequence[Path]) -> list[Path]:
    """The files named, and in folders every file that holds a scenario, in the order of their names."""
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.suffix in _SUFFIXES and not hidden and file.is_file() and holds_scenario(file):
                found[file] = None
    return list(found)


def ask_engine() -> None:
    """Fails early, with advice, where the extension module is missing."""
    engine.core()

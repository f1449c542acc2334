"""`validate` and `resolve`: everything that can be said about a scenario without running it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ekssim import engine
from ekssim.cli.exit_codes import ExitCode, worst
from ekssim.cli.output import Outcome, console, print_json, show_complaints, write_all
from ekssim.cli.work import Settings, find_scenarios
from ekssim.diagnostics import Complaint, Place, SourceLines, show_file
from ekssim.errors import InputError
from ekssim.resolve import resolve_file
from ekssim.scenario import check, merged, warnings_of

__all__ = ["resolve", "validate"]


def validate(paths: Sequence[Path], settings: Settings) -> int:
    outcomes: list[Outcome] = []
    documents = []
    codes: list[ExitCode] = []
    for path in find_scenarios(paths):
        resolved = resolve_file(path, settings.root, settings.overrides)
        checks = check(resolved)
        complaints = [one for one in merged([*resolved.complaints, *engine.complaints_of(checks)]) if one.is_error]
        warnings = warnings_of(resolved, checks)
        valid = not complaints and bool(checks.get("ok"))
        outcome = Outcome(str(path), path.stem, resolved.folder, complaints=complaints, warnings=warnings)
        outcomes.append(outcome)
        codes.append(ExitCode.PASS if valid else ExitCode.INPUT_ERROR)
        if settings.outputs.human:
            show_complaints([*complaints, *([] if settings.quiet else warnings)], outcome.sources())
            _say(path, checks, valid=valid, settings=settings, errors=len(complaints), warnings=len(warnings))
        documents.append(
            {
                "file": str(path),
                "ok": valid,
                "complaints": [one.to_dict() for one in complaints],
                "warnings": [one.to_dict() for one in warnings],
                "assumptions": checks.get("assumptions", []),
                "ignored": checks.get("ignored", []),
                "summary": checks.get("summary", {}),
            }
        )
    outputs = settings.outputs
    if outputs.json:
        print_json(
            {"ekssim": engine.version(), **documents[0]}
            if len(documents) == 1
            else {"ekssim": engine.version(), "files": documents}
        )
        outputs.stdout = [one for one in outputs.stdout if one != "json"]
        write_all(outputs, outcomes)
        outputs.stdout.append("json")
    else:
        write_all(outputs, outcomes)
    if not documents:
        print("ekssim: no scenario was found", file=sys.stderr)
    return worst(codes)


def _say(path: Path, checks: dict[str, object], *, valid: bool, settings: Settings, errors: int, warnings: int) -> None:
    summary = checks.get("summary")
    counts = ", ".join(f"{number:,} {what}" for what, number in summary.items()) if isinstance(summary, dict) else ""
    noted = f"; {warnings} warning{'s' if warnings != 1 else ''}" if warnings else ""
    stream = sys.stderr if settings.outputs.json else sys.stdout
    if not valid:
        print(f"{show_file(path)}: {errors} error{'s' if errors != 1 else ''}{noted}", file=stream)
        return
    print(f"{show_file(path)}: valid{': ' + counts if counts else ''}{noted} (ekssim {engine.version()})", file=stream)
    ignored = checks.get("ignored")
    if isinstance(ignored, list) and ignored and not settings.quiet:
        from ekssim.render import ignored_lines

        for line in ignored_lines(ignored, show=settings.show_ignored):
            console(stderr=settings.outputs.json).print(line)


def resolve(path: Path, settings: Settings, *, compact: bool) -> int:
    resolved = resolve_file(path, settings.root, settings.overrides)
    for override, _ in resolved.overrides:
        # Laying values over a document is the loader's work; doing it here too could only come out differently.
        message = f"{override} cannot be set here: resolve prints what the files say"
        resolved.complaints.append(
            Complaint("EKS032", message, "give --set to run, test or validate", place=Place(f"--set {override}"))
        )
    if resolved.has_errors:
        raise InputError(merged(resolved.complaints), folder=str(resolved.folder))
    show_complaints(merged(resolved.complaints), SourceLines(resolved.folder))
    document = dict(resolved.document or {})
    if compact:
        print(json.dumps(document, ensure_ascii=False, separators=(",", ":")))
    else:
        places = document.pop("places", {})
        text = json.dumps(document, ensure_ascii=False, indent=2)
        # A place a line keeps the bookkeeping readable and short.
        lines = ",\n".join(
            f"    {json.dumps(pointer, ensure_ascii=False)}: {json.dumps(place)}" for pointer, place in places.items()
        )
        print(f'{text[:-2]},\n  "places": {{\n{lines}\n  }}\n}}' if places else text)
    return ExitCode.PASS

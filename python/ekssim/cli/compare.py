"""`compare`: paired differences between scenarios, or between the variants of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import Outcome, print_json, write_all, write_page
from ekssim.cli.progress import ProgressDisplay
from ekssim.cli.work import Settings, ask_engine, load_scenario
from ekssim.comparison import compare_scenarios
from ekssim.errors import Error, InputError
from ekssim.labels import label_text
from ekssim.scenario import Scenario

__all__ = ["compare"]


def compare(paths: Sequence[Path], settings: Settings, replications: int) -> int:
    ask_engine()
    scenarios: list[Scenario] = []
    labels: list[dict[str, object]] = []
    names: list[str] = []
    wrong: list[InputError] = []
    for path in paths:
        try:
            scenario = load_scenario(path, settings)
            variants = scenario.variants()
        except InputError as error:
            wrong.append(error)
            continue
        for label, variant in variants:
            scenarios.append(variant)
            labels.append(label)
            values = label_text(label)
            names.append(f"{path.name} [{values}]" if values else path.name)
    if wrong:
        from ekssim.cli.output import complain

        for one in wrong:
            complain(one)
        return ExitCode.INPUT_ERROR
    if len(scenarios) < 2:
        raise Error(
            "compare needs two scenarios (ekssim compare before.yaml after.yaml), or one with variants or a matrix"
        )
    with ProgressDisplay("comparing", quiet=settings.quiet) as progress:
        found, was_interrupted = compare_scenarios(
            scenarios,
            names=names,
            seed=settings.seed,
            replications=replications,
            jobs=settings.jobs,
            series=settings.series or bool(settings.outputs.html),
            progress=progress,
        )
    settings.outputs.show(found.__rich__())
    outcomes = [
        Outcome(str(scenario.path), name, scenario.folder, dict(label), result.to_dict(), warnings=scenario.warnings)
        for scenario, name, label, result in zip(scenarios, names, labels, found.variants, strict=False)
    ]
    document = found.to_dict()
    for variant, scenario in zip(document.get("variants", ()), scenarios, strict=False):
        variant["inputs"] = {"file": str(scenario.path or ""), "set": dict(scenario._overrides)}
    for target in settings.outputs.html:
        write_page(target, document)
    settings.outputs.files = [one for one in settings.outputs.files if one[0] != "html"]
    if settings.outputs.json:
        if not settings.series:
            for variant in document.get("variants", ()):
                variant.pop("series", None)
        print_json(document)
        settings.outputs.stdout = [one for one in settings.outputs.stdout if one != "json"]
    write_all(settings.outputs, outcomes)
    return ExitCode.INTERRUPTED if was_interrupted else ExitCode.PASS

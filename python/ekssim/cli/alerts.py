"""`alerts`: the user's own Prometheus rules on the series of a simulated run."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from ekssim import engine
from ekssim.cli.exit_codes import ExitCode, worst
from ekssim.cli.output import complain, print_json
from ekssim.cli.progress import ProgressDisplay
from ekssim.cli.work import Settings, ask_engine, load_scenario
from ekssim.durations import shown
from ekssim.errors import Error, InputError
from ekssim.labels import label_text
from ekssim.openmetrics import interval_us
from ekssim.prometheus.judge import judge
from ekssim.prometheus.rules import Group, read_rules
from ekssim.prometheus.server import ADVICE, are_installed
from ekssim.scenario import Scenario

__all__ = ["FORMAT", "alerts"]

FORMAT: Final = "ekssim.dev/alerts/v1alpha1"
_FIRINGS_SHOWN: Final = 5
_STATES: Final = {
    "fires": ("FIRES", "bold red"),
    "pending": ("pending", "yellow"),
    "silent": ("silent", "green"),
    "not-judged": ("not judged", "dim"),
    "refused": ("refused", "bold yellow"),
}


def alerts(files: Sequence[Path], settings: Settings, scrape_interval: str, evaluation_interval: str) -> int:
    if len(files) < 2:
        raise Error("alerts needs rules and a scenario: ekssim alerts rules.yaml scenario.yaml")
    if settings.outputs.files or settings.outputs.github:
        raise Error("alerts has the outputs human and json")
    for option, text in (("--scrape-interval", scrape_interval), ("--evaluation-interval", evaluation_interval)):
        try:
            interval_us(text)
        except ValueError as error:
            raise Error(f"{option}: {error}") from error
    if not are_installed():
        raise Error(f"prometheus and promtool are not installed, and rules are judged by the real programs: {ADVICE}")
    ask_engine()
    *rule_files, scenario_file = files
    try:
        groups = read_rules(rule_files)
        scenario = load_scenario(scenario_file, settings)
        variants = scenario.variants()
    except InputError as error:
        complain(error)
        return ExitCode.INPUT_ERROR
    runs: list[dict[str, Any]] = []
    codes: list[ExitCode] = []
    for label, variant in variants:
        try:
            runs.append(_run(variant, label, groups, settings, scrape_interval, evaluation_interval))
        except InputError as error:
            complain(error)
            codes.append(ExitCode.INPUT_ERROR)
            continue
        except KeyboardInterrupt:
            codes.append(ExitCode.INTERRUPTED)
            break
        codes.append(_code(runs[-1]))
        _show(runs[-1], settings)
    if settings.outputs.json:
        print_json({"ekssim": engine.version(), "format": FORMAT, "runs": runs})
    return worst(codes)


def _run(
    scenario: Scenario,
    label: Mapping[str, Any],
    groups: Sequence[Group],
    settings: Settings,
    scrape_interval: str,
    evaluation_interval: str,
) -> dict[str, Any]:
    title = f"{scenario.name} [{label_text(label)}]" if label else scenario.name
    with ProgressDisplay(title, quiet=settings.quiet) as progress:
        options = scenario._run_options(settings.seed, None, 1, settings.until, True)
        result, was_interrupted = scenario._run(options | {"replication": settings.replication or 0}, progress)
        if was_interrupted:
            raise KeyboardInterrupt
        found = judge(
            scenario,
            groups,
            scrape_interval=scrape_interval,
            evaluation_interval=evaluation_interval,
            seed=settings.seed,
            replication=settings.replication or 0,
            until=settings.until,
            progress=progress,
        )
    document = result.to_dict()
    breaches = {
        one["name"]: one["first_breach"]["at_seconds"]
        for one in document.get("expectations") or ()
        if one.get("first_breach")
    }
    head = {key: document.get(key) for key in ("scenario", "seed", "fingerprint", "verdict")}
    return {**head, "label": dict(label), "first_breach_seconds": breaches, **found}


def _code(run: Mapping[str, Any]) -> ExitCode:
    counted = [one for one in run["alerts"] if one["reads_metrics"]]
    if any(one["state"] == "fires" for one in counted):
        return ExitCode.FAILED
    judged = [one for one in counted if one["state"] in ("silent", "pending")]
    return ExitCode.PASS if judged else ExitCode.NOTHING_RUN


def _time(seconds: float | None) -> str:
    return "-" if seconds is None else shown(seconds)


def _show(run: Mapping[str, Any], settings: Settings) -> None:
    label = label_text(run["label"])
    title = Text(f"{run['scenario']} [{label}]" if label else str(run["scenario"]), style="bold")
    since = run["first_affected_seconds"]
    words = "no pod is affected" if since is None else f"first affected pod after {_time(since)}"
    settings.outputs.show(title.append(f"  {words}", style="dim"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("alert", "state", "fires at", "for", "after first affected", "what"):
        table.add_column(column, overflow="fold")
    for alert in run["alerts"]:
        word, style = _STATES[alert["state"]]
        state = Text(word, style=style)
        if not alert["firings"]:
            table.add_row(alert["name"], state, "", "", "", _reason(alert))
        for number, firing in enumerate(alert["firings"][:_FIRINGS_SHOWN]):
            cause = firing["first_affected_cause"]
            lasted = _time(firing["lasted_seconds"])
            table.add_row(
                "" if number else alert["name"],
                "" if number else state,
                _time(firing["fired_seconds"]),
                lasted if firing["resolved_seconds"] is not None else f"{lasted}, to the end",
                _time(firing["after_first_affected_seconds"]) + (f" ({cause})" if cause else ""),
                _labels(firing["labels"]),
            )
        if len(alert["firings"]) > _FIRINGS_SHOWN:
            table.add_row("", "", f"and {len(alert['firings']) - _FIRINGS_SHOWN} more", "", "", "")
    settings.outputs.show(table)
    if run["missing"]:
        settings.outputs.show(Text("ekssim does not produce", style="yellow"))
        for name, rules in run["missing"].items():
            settings.outputs.show(Text(f"  {name}  ({', '.join(rules)})", style="yellow"))
    if not settings.quiet and any(one["state"] == "refused" for one in run["alerts"]):
        print("ekssim: Prometheus refuses expressions; see the table", file=sys.stderr)


def _reason(alert: Mapping[str, Any]) -> str:
    if alert["state"] == "not-judged":
        return "asks for what ekssim does not produce"
    if alert["state"] == "refused":
        return str(alert["error"])
    if alert["state"] == "pending":
        return f"held for {_time(alert['longest_pending_seconds'])} of {_time(alert['for_seconds'])} at most"
    return "its expression never held"


def _labels(labels: Mapping[str, str]) -> str:
    """What tells it from the others: the targets' and the rule's own labels say little."""
    return " ".join(f"{key}={value}" for key, value in sorted(labels.items()) if key not in ("job", "metrics_path"))

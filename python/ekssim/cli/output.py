"""Where results and complaints go: people, one JSON document, a page of HTML, JUnit, GitHub, SARIF, CSV.

Results go to stdout, chatter to stderr. With `-o json`, stdout is one document and nothing else; what people would read
goes to stderr then.
"""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ekssim.diagnostics import Complaint, Place, SourceLines, github_annotations, plain, sarif, show_file, styled
from ekssim.errors import Error, InputError
from ekssim.labels import label_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["Outcome", "Outputs", "complain", "console", "parse_outputs", "print_json"]

_STDOUT_FORMATS = ("human", "json", "github")
_FILE_FORMATS = ("html", "junit", "sarif", "csv")


def console(*, stderr: bool = False) -> Console:
    """A Rich console that keeps lines whole when nobody sees them, and honours NO_COLOR."""
    from rich.console import Console

    stream: IO[str] = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or os.environ.get("COLUMNS") else 160
    # Words of the user's are never taken for markup, emoji or numbers to colour.
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=False)


@dataclass(slots=True)
class Outputs:
    """The formats asked for, with the file or folder of each that has one."""

    stdout: list[str] = field(default_factory=lambda: ["human"])
    files: list[tuple[str, Path]] = field(default_factory=list)

    @property
    def json(self) -> bool:
        return "json" in self.stdout

    @property
    def html(self) -> list[Path]:
        """The pages asked for."""
        return [target for kind, target in self.files if kind == "html"]

    @property
    def human(self) -> bool:
        return "human" in self.stdout

    @property
    def github(self) -> bool:
        return "github" in self.stdout

    def show(self, renderable: RenderableType) -> None:
        """For people: on stdout, or on stderr where a program reads stdout."""
        if self.human:
            console(stderr=self.json).print(renderable)


def parse_outputs(words: Sequence[str]) -> Outputs:
    stdout: list[str] = []
    files: list[tuple[str, Path]] = []
    for word in words:
        kind, separator, target = word.partition("=")
        if kind in _STDOUT_FORMATS and not separator:
            stdout.append(kind)
        elif kind in _FILE_FORMATS and target:
            files.append((kind, Path(target)))
        else:
            known = "human, json, github, html=FILE, junit=FILE, sarif=FILE, csv=DIR"
            raise Error(f"-o {word}: there is no such output; there are {known}")
    return Outputs(stdout or ["human"], files)


def complain(error: InputError, *, warnings: Sequence[Complaint] = ()) -> None:
    """Shows complaints on stderr with their source lines."""
    show_complaints([*error.complaints, *warnings], SourceLines(error.folder))


def show_complaints(complaints: Sequence[Complaint], sources: SourceLines) -> None:
    if not complaints:
        return
    out = console(stderr=True)
    if out.is_terminal and not out.no_color:
        for complaint in complaints:
            out.print(styled(complaint, sources), soft_wrap=True)
        return
    # Plain text needs no Rich: one write a complaint, lines never wrapped.
    for complaint in complaints:
        print(plain(complaint, sources), file=sys.stderr)


def print_json(document: Any) -> None:
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Outcome:
    """What became of one file or one variant of it, for all outputs alike."""

    file: str
    name: str
    folder: Path
    label: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    complaints: list[Complaint] = field(default_factory=list)
    warnings: list[Complaint] = field(default_factory=list)
    defect: str | None = None
    expected_verdict: str = "pass"

    @property
    def title(self) -> str:
        label = label_text(self.label)
        return f"{self.name} [{label}]" if label else self.name

    def sources(self) -> SourceLines:
        return SourceLines(self.folder)


def write_page(target: Path, document: Mapping[str, Any]) -> None:
    """The document as a page of HTML."""
    from ekssim.pages import page

    text = page(document)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Error(f"{target} cannot be written: {error.strerror or error}") from error


def write_all(outputs: Outputs, outcomes: Sequence[Outcome], *, series: bool = False) -> None:
    """Everything but what people read: JSON and GitHub to stdout, the others to their files. With `series`, JSON has
    levels over time too; pages always have, where the results keep them.
    """
    if outputs.json:
        print_json(json_document(outcomes, series=series))
    for target in outputs.html:
        if any(outcome.result is not None for outcome in outcomes):
            write_page(target, json_document(outcomes))
    if outputs.github:
        text = github_text(outcomes)
        if text:
            print(text, file=sys.stderr if outputs.json else sys.stdout)
    for kind, target in outputs.files:
        try:
            if kind == "csv":
                _write_csv(target, outcomes)
            elif kind != "html":
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(_junit(outcomes) if kind == "junit" else _sarif(outcomes), encoding="utf-8")
        except OSError as error:
            raise Error(f"{target} cannot be written: {error.strerror or error}") from error


def json_document(outcomes: Sequence[Outcome], *, series: bool = True) -> dict[str, Any]:
    """The result itself where there is one, else a list of results; with or without levels over time."""
    documents = []
    for outcome in outcomes:
        if outcome.result is not None:
            document = {key: value for key, value in outcome.result.items() if series or key != "series"}
        elif outcome.defect is not None:
            document = {"defect": outcome.defect}
        else:
            document = {"complaints": [one.to_dict() for one in outcome.complaints]}
        if len(outcomes) > 1:
            document = {"file": outcome.file, "label": outcome.label, **document}
        documents.append(document)
    if len(documents) == 1:
        return documents[0]
    return {"format": "ekssim.dev/results/v1alpha1", "results": documents}


def place_of(text: Any, folder: Path) -> tuple[str, int, int] | None:
    """`file:line:column` of a result as a path from here, a line and a column."""
    if not isinstance(text, str) or not text:
        return None
    file, _, column = text.rpartition(":")
    file, _, line = file.rpartition(":")
    if not file or not line.isdigit() or not column.isdigit():
        return None
    return show_file(folder / file), int(line), int(column)


def github_text(outcomes: Sequence[Outcome]) -> str:
    parts: list[str] = []
    for outcome in outcomes:
        if outcome.complaints or outcome.warnings:
            parts.append(github_annotations([*outcome.complaints, *outcome.warnings], outcome.sources()))
        for one in (outcome.result or {}).get("expectations") or ():
            verdict = one.get("verdict")
            if verdict == "pass" or outcome.expected_verdict == verdict:
                continue
            place = place_of(one.get("place"), outcome.folder)
            level = "warning" if verdict == "inconclusive" or one.get("severity") == "warn" else "error"
            complaint = Complaint(
                "expectation",
                f"{outcome.title}: {one.get('name')}: {verdict}, {_observation(one)} ({one.get('that')})",
                severity=level,
                place=Place(os.path.abspath(place[0]), place[1], place[2]) if place else None,
            )
            parts.append(github_annotations([complaint], SourceLines()))
    return "\n".join(part for part in parts if part)


def _observation(expectation: Mapping[str, Any]) -> str:
    from ekssim.render import observation

    return observation(expectation)


def _junit(outcomes: Sequence[Outcome]) -> str:
    import xml.etree.ElementTree as ElementTree

    suites = ElementTree.Element("testsuites", name="ekssim")
    for outcome in outcomes:
        result = outcome.result or {}
        expectations = list(result.get("expectations") or ())
        suite = ElementTree.SubElement(suites, "testsuite", name=outcome.title, file=outcome.file)
        failures = errors = 0
        properties = ElementTree.SubElement(suite, "properties")
        for key in ("ekssim", "seed", "replications", "fingerprint"):
            if key in result:
                ElementTree.SubElement(properties, "property", name=key, value=str(result[key]))
        if outcome.result is None:
            case = ElementTree.SubElement(suite, "testcase", name="load", classname=outcome.title)
            text = outcome.defect or "\n".join(one.text() for one in outcome.complaints)
            error = ElementTree.SubElement(case, "error", message=_xml(text.split("\n")[0]))
            error.text = _xml(text)
            errors = 1
        elif outcome.expected_verdict != "pass":
            # A scenario that shows a broken form is one case: did it come out as it should?
            case = ElementTree.SubElement(
                suite, "testcase", name=f"verdict is {outcome.expected_verdict}", classname=outcome.title
            )
            if result.get("verdict") != outcome.expected_verdict:
                message = f"the verdict is {result.get('verdict')}"
                ElementTree.SubElement(case, "failure", message=message, type=str(result.get("verdict")))
                failures = 1
            expectations = [one for one in expectations if one.get("verdict") == "pass"]
        for one in expectations:
            case = ElementTree.SubElement(suite, "testcase", name=_xml(str(one.get("name"))), classname=outcome.title)
            verdict = one.get("verdict")
            if verdict != "pass" and one.get("severity") != "warn":
                failures += 1
                failure = ElementTree.SubElement(case, "failure", message=_xml(_observation(one)), type=str(verdict))
                lines = [str(one.get("that")), str(one.get("place") or ""), str(one.get("replay") or "")]
                failure.text = _xml("\n".join(line for line in lines if line))
        count = len(suite.findall("testcase"))
        suite.set("tests", str(count))
        suite.set("failures", str(failures))
        suite.set("errors", str(errors))
        suite.set("time", f"{float(result.get('wall_seconds') or 0.0):.3f}")
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Without the characters that XML has no form for."""
    return "".join(character if character in "\t\n\r" or character >= " " else "?" for character in text)


def _sarif(outcomes: Sequence[Outcome]) -> str:
    from ekssim import engine

    titles = {rule["rule"]: (rule["title"], rule["text"]) for rule in engine.rules()}
    complaints = [(one, outcome.sources()) for outcome in outcomes for one in [*outcome.complaints, *outcome.warnings]]
    return json.dumps(sarif(complaints, titles, engine.version()), ensure_ascii=False, indent=2) + "\n"


def _write_csv(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """One table a kind of thing, a row with the scenario's name, label, version, seed and fingerprint in front."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = ("scenario", "label", "ekssim", "seed", "fingerprint")
    runs: list[list[Any]] = []
    expectations: list[list[Any]] = []
    waiting: list[list[Any]] = []
    metrics: list[list[Any]] = []
    aggregates = ("mean", "min", "max", "last", "p50", "p90", "p95", "p99", "total", "count")
    for outcome in outcomes:
        result = outcome.result
        if result is None:
            continue
        label = label_text(outcome.label)
        own = [outcome.name, label, result.get("ekssim"), result.get("seed"), result.get("fingerprint")]
        pods, nodes = result.get("pods") or {}, result.get("nodes") or {}
        runs.append(
            [
                *own,
                result.get("verdict"),
                result.get("replications"),
                result.get("simulated_seconds"),
                result.get("events"),
            ]
            + [pods.get(key) for key in ("created", "placed", "finished", "failed", "unplaced_at_end")]
            + [nodes.get(key) for key in ("at_start", "at_end", "max")]
        )
        for one in result.get("expectations") or ():
            low, high = one.get("interval") or (None, None)
            row = [one.get(key) for key in ("name", "that", "verdict", "observed")]
            row += [low, high, one.get("limit"), one.get("unit")]
            row += [(one.get("first_breach") or {}).get("at_seconds"), one.get("place")]
            expectations.append([*own, *row])
        for cause, seconds in ((result.get("waiting") or {}).get("by_cause") or {}).items():
            waiting.append([*own, cause, seconds])
        for metric, series in (result.get("metrics") or {}).items():
            for one in series:
                labels = ",".join(f"{key}={value}" for key, value in sorted((one.get("labels") or {}).items()))
                metrics.append([*own, metric, labels, *(one.get(key) for key in aggregates)])
    counts = (
        "created",
        "placed",
        "finished",
        "failed",
        "unplaced_at_end",
        "nodes_at_start",
        "nodes_at_end",
        "nodes_max",
    )
    judgement: tuple[str, ...] = (
        "name",
        "that",
        "verdict",
        "observed",
        "interval_low",
        "interval_high",
        "limit",
        "unit",
    )
    judgement += ("first_breach_seconds", "place")
    tables = {
        "runs": ([*identity, "verdict", "replications", "simulated_seconds", "events", *counts], runs),
        "expectations": ([*identity, *judgement], expectations),
        "waiting": ([*identity, "cause", "seconds"], waiting),
        "metrics": ([*identity, "metric", "labels", *aggregates], metrics),
    }
    for name, (titles, rows) in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(titles)
            writer.writerows(rows)

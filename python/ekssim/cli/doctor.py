"""`doctor`: what is installed, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from ekssim import bundled, engine
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import print_json
from ekssim.cli.work import Settings
from ekssim.errors import Error
from ekssim.resolve import project_root

__all__ = ["doctor"]


@dataclass(slots=True)
class Finding:
    what: str
    found: str
    advice: str = ""
    needed: bool = True

    @property
    def state(self) -> str:
        return "ok" if not self.advice else ("missing" if self.needed else "absent")


def doctor(settings: Settings) -> int:
    findings = [
        Finding("ekssim", engine.version()),
        Finding("Python", f"{platform.python_version()} ({sys.executable})"),
        Finding("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"),
        *_engine(),
        _yaml(),
        _package("typer"),
        _package("rich"),
        _time_zones(),
        _package("pyarrow", "pip install 'ekssim[arrow]', for nodes(), pods() and addresses() as tables", needed=False),
        _scenarios(),
        _terminal(),
        Finding("project root", str(project_root(Path.cwd()))),
        _tool("git", "marks the project root by its .git", needed=False),
        _tool("prometheus", "evaluates rules for ekssim alerts: apt-get install prometheus", needed=False),
        _tool("promtool", "comes with prometheus", needed=False),
        _tool("g++", "compiles the library: apt-get install g++", needed=False),
        _tool("clang++-19", "the second compiler of ./dev test --matrix: apt-get install clang-19", needed=False),
        _tool("cmake", "builds the library: apt-get install cmake", needed=False),
    ]
    missing = [one for one in findings if one.state == "missing"]
    if settings.outputs.json:
        document: dict[str, Any] = {"ekssim": engine.version(), "ok": not missing}
        document["findings"] = [
            {"what": one.what, "found": one.found, "state": one.state, "advice": one.advice} for one in findings
        ]
        print_json(document)
    else:
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        colours = {"ok": "green", "missing": "red", "absent": "yellow"}
        for one in findings:
            text = f"{one.found}; {one.advice}" if one.found and one.advice else one.found or one.advice
            table.add_row(Text(one.state, style=colours[one.state]), one.what, text)
        settings.outputs.show(table)
        settings.outputs.show(Text(f"{len(missing)} missing" if missing else "nothing that is needed is missing"))
    return ExitCode.INPUT_ERROR if missing else ExitCode.PASS


def _engine() -> list[Finding]:
    try:
        core = engine.core()
    except Error as error:
        return [Finding("engine", "", str(error))]
    return [
        Finding("engine", f"{Path(str(core.__file__)).name}, compiled by {core.compiler()}"),
        Finding("catalogue", f"facts about EC2 as of {core.catalogue_date()}"),
    ]


def _yaml() -> Finding:
    import yaml

    with_libyaml = bool(getattr(yaml, "__with_libyaml__", False))
    found = f"PyYAML {yaml.__version__}, {'with' if with_libyaml else 'without'} libyaml"
    advice = "" if with_libyaml else "files are read about twenty times slower; a wheel of PyYAML from PyPI has it"
    return Finding("YAML", found, advice, needed=False)


def _package(name: str, advice: str = "", *, needed: bool = True) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(name, "", advice or f"pip install {name}", needed)
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "found")


def _time_zones() -> Finding:
    from ekssim import time_zones

    if importlib.util.find_spec("tzdata") is not None:
        return Finding("time zones", f"tzdata {importlib.metadata.version('tzdata')}")
    if time_zones.is_known("Europe/London"):
        return Finding(
            "time zones", "those of the system", "pip install tzdata, so that every machine counts alike", needed=False
        )
    return Finding("time zones", "", "pip install tzdata")


def _scenarios() -> Finding:
    names = bundled.names()
    if not names:
        return Finding("bundled scenarios", "", "install the package again; ekssim demo needs them")
    return Finding("bundled scenarios", f"{len(names)} in {bundled.folder()}")


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    kind = "terminal" if sys.stdout.isatty() else "no terminal"
    colour = "NO_COLOR is set" if os.environ.get("NO_COLOR") else f"TERM={os.environ.get('TERM', '')}"
    encoding = sys.stdout.encoding or "unknown"
    advice = "" if encoding.lower().startswith("utf") else "set LANG=C.UTF-8, so that bars and letters show"
    return Finding("terminal", f"{kind}, {size.columns} columns, {encoding}, {colour}", advice, needed=False)


def _tool(name: str, advice: str, *, needed: bool) -> Finding:
    path = shutil.which(name)
    return Finding(name, path) if path else Finding(name, "", advice, needed)

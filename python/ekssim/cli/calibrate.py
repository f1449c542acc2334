"""`calibrate datapath`: measures this machine's data path and writes the profile."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from ekssim.calibrate import calibrate_datapath
from ekssim.calibrate.defaults import DEFAULTS
from ekssim.calibrate.modules import told
from ekssim.calibrate.profile import write
from ekssim.cli.exit_codes import ExitCode
from ekssim.cli.output import console, print_json
from ekssim.cli.work import Settings
from ekssim.errors import Error

__all__ = ["calibrate"]

_LINE_SECONDS = 5.0
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def calibrate(
    what: str, settings: Settings, *, full: bool, name: str, file: Path | None, force: bool, rounds: int | None
) -> int:
    if what != "datapath":
        raise typer.BadParameter(
            f"there is nothing to calibrate called {what}; there are datapath and network", param_hint="WHAT"
        )
    if not _NAME.fullmatch(name):
        raise typer.BadParameter(f"{name} is no name: small letters, digits, - and .", param_hint="--name")
    file = file or Path(f"{name}.datapath.yaml")
    if file.suffix not in (".yaml", ".yml", ".json"):
        raise typer.BadParameter(f"{file} ends neither in .yaml nor in .json", param_hint="--write")
    # Said before the minute of measuring, not after it.
    if file.exists() and not force:
        raise Error(f"{file} exists; --force overwrites it, --write FILE or --name NAME takes another")
    if not file.absolute().parent.is_dir():
        raise Error(f"the folder of {file} does not exist")
    with _Progress(quiet=settings.quiet) as progress:
        profile = calibrate_datapath(name, full=full, rounds=rounds, progress=progress)
    measured = profile["run"]["kind"] != "none"
    if measured:
        write(profile, file)
    if settings.outputs.json:
        print_json(profile)
    if settings.outputs.human:
        _show(profile, settings, file if measured else None)
    return ExitCode.PASS


def _show(profile: dict[str, Any], settings: Settings, file: Path | None) -> None:
    show = settings.outputs.show
    machine, kernel = profile["machine"], profile["kernel"]
    show(Text(f"{machine['processor']}, {kernel['system']} {kernel['release']}"))
    if file is None:
        show(Text(f"Nothing was measured: {profile['left_out']['everything']}.", style="yellow"))
        show(Text("These coefficients stay at their defaults; no profile was written.\n"))
    else:
        run = profile["run"]
        took = f"{run['rounds']} rounds in {run['seconds']:.0f} s"
        show(Text(f"{took}; this machine takes {machine['factor']:.2f} times as long as the one of the defaults"))
        if profile["noise"]["noisy"]:
            why = "; ".join(profile["noise"]["why"])
            show(Text(f"noisy: {why}. Defaults stay where they are, with wider ranges.", style="yellow"))
    if kernel["modules_loaded"]:
        show(Text(told(kernel["modules_loaded"]), style="yellow"))
    show(_table(profile["coefficients"]))
    _show_defaults(profile, settings)
    for check, one in profile["behaviours"].items():
        if file is not None and one["verdict"] != "skipped":
            style = "green" if one["verdict"] == "pass" else "red"
            show(Text.assemble((one["verdict"], style), f"  {check.replace('_', ' ')}: {one['why']}"))
    if file is not None:
        show(Text(f"\nprofile {profile['name']}: {file}"))


def _table(coefficients: dict[str, Any]) -> Table:
    """What was measured, beside the defaults, and what the profile has of it."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("coefficient", no_wrap=True)
    for title in ("default", "measured", "ratio", "in the profile", "range"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    table.add_column("meaning", overflow="fold")
    for name, one in coefficients.items():
        if one["seen"] is None:
            continue
        default = DEFAULTS[name]
        ratio = f"{one['seen'] / default.value:.2f}" if default.value else ""
        ends = f"{one['low']:.3g} to {one['high']:.3g}"
        style = "" if one["measured"] else "yellow"
        cells = (f"{default.value:g}", f"{one['seen']:.3g}", ratio, f"{one['value']:.3g}", ends)
        table.add_row(name, *cells, one["unit"], default.meaning, style=style)
    if not table.row_count:
        table.show_header = False
    return table


def _show_defaults(profile: dict[str, Any], settings: Settings) -> None:
    """What stays at its default, by reason."""
    reasons: dict[str, list[str]] = {}
    for name, one in profile["coefficients"].items():
        if not one["measured"]:
            why = one["method"].partition(": ")[2]
            reasons.setdefault(why, []).append(f"{name} {one['value']:.3g}")
    for name, why in profile["not_measurable"].items():
        reasons.setdefault(why, []).append(name)
    settings.outputs.show(Text("\nat their defaults:", style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", ratio=2)
    table.add_column(overflow="fold", ratio=3)
    for why, names in reasons.items():
        table.add_row(why, ", ".join(names))
    for what, why in profile["left_out"].items():
        if what != "everything":
            table.add_row(f"left out: {what}", why)
    settings.outputs.show(table)


class _Progress:
    """How far the measuring is, on stderr: a bar in a terminal, a line every few seconds elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._last = quiet, 0.0
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> _Progress:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = console(stderr=True)
        if not self._quiet and self._console.is_terminal:
            columns = (TextColumn("calibrating"), BarColumn(bar_width=30), TextColumn("{task.percentage:>3.0f}%"))
            self._bar = Progress(
                *columns, TimeElapsedColumn(), TextColumn("{task.description}"), console=self._console, transient=True
            )
            self._task = self._bar.add_task("", total=1.0)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: float) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done, description=stage)
            return
        now = time.monotonic()
        if not self._quiet and now - self._last >= _LINE_SECONDS:
            self._last = now
            self._console.print(f"ekssim: calibrating: {done:.0%}, {stage}")

"""`run --export FORMAT=FILE`: the series of a run for other programs."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ekssim.cli.progress import ProgressDisplay
from ekssim.errors import Error
from ekssim.labels import label_text
from ekssim.openmetrics import export, interval_us
from ekssim.scenario import Scenario

if TYPE_CHECKING:
    from ekssim.cli.work import Settings

__all__ = ["ExportWish", "parse_exports", "write_exports"]

_FORMATS: Final = ("openmetrics",)


@dataclass(frozen=True, slots=True)
class ExportWish:
    target: Path
    scrape_interval: str


def parse_exports(words: Sequence[str], scrape_interval: str, scenarios: int) -> list[ExportWish]:
    """Raises Error, with what there is, for anything else."""
    wishes: list[ExportWish] = []
    for word in words:
        kind, _, target = word.partition("=")
        if kind not in _FORMATS or not target:
            known = ", ".join(f"{name}=FILE" for name in _FORMATS)
            raise Error(f"--export {word}: there is no such export; there are {known}")
        wishes.append(ExportWish(Path(target), scrape_interval))
    if wishes and scenarios > 1:
        raise Error("--export writes the series of one scenario; run the others on their own")
    try:
        interval_us(scrape_interval)
    except ValueError as error:
        raise Error(f"--scrape-interval: {error}") from error
    return wishes


def _target_of(wish: ExportWish, label: Mapping[str, Any]) -> Path:
    """The form as written has the file itself; the others of a scenario have theirs beside it, named by their label."""
    if dict(label) in ({}, {"variant": "as written"}):
        return wish.target
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", label_text(label)).strip("-.")
    return wish.target.with_name(f"{wish.target.stem}-{slug}{wish.target.suffix}")


def write_exports(scenario: Scenario, label: Mapping[str, Any], settings: Settings, title: str) -> None:
    for wish in settings.exports:
        target = _target_of(wish, label)
        with ProgressDisplay(f"{title}: exporting", quiet=settings.quiet) as progress:
            written = export(
                scenario,
                target,
                scrape_interval=wish.scrape_interval,
                seed=settings.seed,
                replication=settings.replication or 0,
                until=settings.until,
                progress=progress,
            )
        if not settings.quiet:
            print(
                f"ekssim: {written.path}: {written.samples:,} samples of {written.scrapes:,} scrapes", file=sys.stderr
            )

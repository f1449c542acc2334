"""A run as Prometheus would have scraped it, written as one OpenMetrics text at simulated instants.

    scenario.export_openmetrics("run.om", scrape_interval="30s")

    promtool tsdb create-blocks-from openmetrics run.om data/
    prometheus --storage.tsdb.path=data --storage.tsdb.retention.time=100y

The run that is scraped is one of its own, of the given replication: results and fingerprints of others stay as they
are. All counts begin with the run, the warm-up included. Scraped are the start, every multiple of the interval, and
the end.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ekssim import engine
from ekssim.durations import microseconds
from ekssim.errors import DefectError, Error, InputError

if TYPE_CHECKING:
    from ekssim.scenario import Scenario

__all__ = ["SCRAPE_INTERVAL", "Export", "export"]

# As kube-prometheus scrapes (its ServiceMonitors: interval 30s).
SCRAPE_INTERVAL: Final = "30s"
_SECOND: Final = 1_000_000
_INTERVAL_MIN_US: Final = _SECOND


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: where, how much, and where on the calendar it lies (seconds since 1970)."""

    path: Path
    scrapes: int
    samples: int
    start_unix_seconds: int
    end_unix_seconds: float


def interval_us(interval: str | timedelta) -> int:
    """The scrape interval in microseconds; ValueError where there is none shorter than what Prometheus allows."""
    us = microseconds(interval)
    if us < _INTERVAL_MIN_US or us % _SECOND != 0:
        raise ValueError(f"a scrape interval is a whole number of seconds and at least 1s, not {interval}")
    return us


def _instants(end_us: int, step_us: int) -> Iterator[int]:
    yield from range(0, end_us, step_us)
    yield end_us


def export(
    scenario: Scenario,
    path: str | os.PathLike[str],
    *,
    scrape_interval: str | timedelta = SCRAPE_INTERVAL,
    seed: int | None = None,
    replication: int = 0,
    until: str | timedelta | None = None,
    progress: engine.Progress | None = None,
) -> Export:
    """Writes the series of one run. The file appears when it is whole.

    Raises ValueError for a wrong interval, InputError for a scenario that cannot run, Error where nothing can be
    written, KeyboardInterrupt where Ctrl-C or `progress` ended it.
    """
    step_us = interval_us(scrape_interval)
    options = scenario._run_options(seed, None, 1, until, False) | {"replication": replication, "skip_warm_up": False}
    core = engine.core()
    try:
        scraper = core.Scraper(scenario._text(), json.dumps(options))
        if scraper.complaints:
            raise InputError(engine.complaints_of(json.loads(scraper.complaints)), folder=os.fspath(scenario.folder))
        scrapes = 0
        for at_us in _instants(scraper.end_us, step_us):
            scraper.scrape_at(at_us)
            scrapes += 1
            if progress is not None and progress(_state(at_us, scraper)) is False:
                raise KeyboardInterrupt
        samples = int(scraper.samples)
        target = Path(path)
        _write(target, scraper)
    except core.Defect as error:
        raise DefectError(str(error)) from None
    start = int(scraper.start_unix_seconds)
    return Export(target, scrapes, samples, start, start + scraper.end_us / _SECOND)


def _state(at_us: int, scraper: Any) -> dict[str, Any]:
    return {
        "simulated_seconds": at_us / _SECOND,
        "of_seconds": scraper.end_us / _SECOND,
        "events": int(scraper.events),
        "replication": 0,
        "replications": 1,
    }


def _write(target: Path, scraper: Any) -> None:
    """Piece by piece into a file beside it, which then takes its name."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                while text := scraper.next_text():
                    stream.write(text)
            # As any other file that a program writes, not as a temporary one.
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(name, 0o666 & ~mask)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise Error(f"{target} cannot be written: {error.strerror or error}") from error

"""A Prometheus of our own over the exported series of a run: data made by promtool, a server on loopback, queries.

    with Server(folder, export.path, lookback_seconds=30) as server:
        server.instant('sum(ekssim_pods_waiting)', at)

Both programs are the user's own installation. The server listens on 127.0.0.1 and ends with the block.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from ekssim.errors import Error

__all__ = ["ADVICE", "QueryError", "Series", "Server", "are_installed", "run_promtool"]

ADVICE: Final = (
    "apt-get install prometheus (Debian, Ubuntu), brew install prometheus, or put both programs of a release from "
    "https://prometheus.io/download on the PATH"
)
_START_SECONDS: Final = 60.0
# Prometheus answers a range query with 11,000 points a series at most.
_STEPS_A_QUERY: Final = 10_000


class QueryError(Error):
    """Prometheus refuses an expression; the text is its own."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and (seconds since 1970, value) in the order of time."""

    labels: dict[str, str]
    points: list[tuple[float, float]]


def are_installed() -> bool:
    return shutil.which("prometheus") is not None and shutil.which("promtool") is not None


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Error(f"{name} is not installed, and rules are judged by the real one: {ADVICE}")
    return path


def run_promtool(*arguments: str) -> str:
    """What promtool prints; Error with its own words where it fails."""
    done = subprocess.run([_program("promtool"), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Error(f"promtool {' '.join(arguments[:2])}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class Server:
    """`folder` is ours alone and empty; blocks of data are made in it. `lookback_seconds`: how old a sample may be that
    an expression still sees. A series that ended is seen for that long, where a Prometheus that scrapes would know it
    to be stale at the next scrape: the scrape interval is right.
    """

    def __init__(self, folder: Path, openmetrics: Path, *, lookback_seconds: float) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._lookback = f"{max(1, round(lookback_seconds))}s"
        self._process: subprocess.Popen[bytes] | None = None
        self._log = folder / "prometheus.log"
        self._url = ""
        _program("prometheus")
        run_promtool("tsdb", "create-blocks-from", "openmetrics", "-q", str(openmetrics), str(self._data))

    @property
    def url(self) -> str:
        return self._url

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        config = self._folder / "prometheus.yml"
        config.write_text("global: {}\n", encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        command = [
            _program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={self._data}",
            # Simulated time has nothing to do with today.
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--query.lookback-delta={self._lookback}",
            "--log.level=warn",
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                words = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
                raise Error(f"prometheus does not start: {words[-1] if words else 'it says nothing'}")
            time.sleep(0.05)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def record(self, rules: Sequence[Path], start: float, end: float, interval_seconds: float) -> None:
        """Adds the series of recording rules, which the server knows after a new start."""
        run_promtool(
            *("tsdb", "create-blocks-from", "rules", f"--url={self._url}", f"--start={start:.3f}", f"--end={end:.3f}"),
            *(f"--output-dir={self._data}", f"--eval-interval={round(interval_seconds)}s", *map(str, rules)),
        )
        self.stop()
        self.start()

    def instant(self, expression: str, at: float) -> list[Series]:
        """The value of each series of the expression at one instant, seconds since 1970."""
        data = self._ask("query", {"query": expression, "time": f"{at:.3f}"})
        if data["resultType"] == "scalar":
            return [Series({}, [_point(data["result"])])]
        return [Series(one["metric"], [_point(one["value"])]) for one in data["result"]]

    def over(self, expression: str, start: float, end: float, step_seconds: float) -> list[Series]:
        """The values of the expression at start, start + step, … up to end."""
        found: dict[tuple[tuple[str, str], ...], Series] = {}
        for first, last in _pieces(start, end, step_seconds):
            asked = {"query": expression, "start": f"{first:.3f}", "end": f"{last:.3f}", "step": f"{step_seconds:g}"}
            for one in self._ask("query_range", asked)["result"]:
                series = found.setdefault(tuple(sorted(one["metric"].items())), Series(one["metric"], []))
                series.points.extend(map(_point, one["values"]))
        return list(found.values())

    def metric_names(self) -> set[str]:
        return set(self._ask("label/__name__/values", {}))

    def _is_ready(self) -> bool:
        try:
            with self._open(urllib.request.Request(f"{self._url}/-/ready")):
                return True
        except OSError:
            return False

    def _ask(self, what: str, arguments: dict[str, str]) -> Any:
        # In the body: expressions may be longer than an address.
        body = urllib.parse.urlencode(arguments).encode() if arguments else None
        request = urllib.request.Request(f"{self._url}/api/v1/{what}", data=body)
        try:
            with self._open(request) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            text = error.read().decode("utf-8", "replace")
            with contextlib.suppress(ValueError, KeyError):
                text = json.loads(text)["error"]
            raise QueryError(text) from None
        except OSError as error:
            raise Error(f"prometheus does not answer: {error}") from error

    def _open(self, request: urllib.request.Request) -> Any:
        # Loopback is never asked for by way of somebody's proxy.
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120)


def _point(pair: Any) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def _pieces(start: float, end: float, step: float) -> Iterator[tuple[float, float]]:
    first = 0
    count = int((end - start) / step + 1e-9) + 1
    while first < count:
        last = min(first + _STEPS_A_QUERY, count) - 1
        yield start + first * step, start + last * step
        first = last + 1

"""Export of events as an agent such as Hubble's has it: a ring buffer that the programs in the path write to, and a
reader that takes them out.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

from ekssim.calibrate.topology import run

__all__ = ["RING_BYTES", "Reader", "reader_us"]

RING_BYTES: Final = 1 << 20
_WINDOWS: Final = 10


class Reader:
    """Reads the ring buffer behind this descriptor until it is closed."""

    def __init__(self, program: Path, ring: int) -> None:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [str(program), str(ring), str(RING_BYTES)]
        self._process = subprocess.Popen(command, text=True, pass_fds=(ring,), **pipes)
        self._answer()

    @staticmethod
    def build(folder: Path, compiler: str) -> Path:
        source, program = Path(__file__).parent / "programs" / "events.c", folder / "events"
        run(compiler, "-O2", "-o", str(program), str(source), seconds=120)
        return program

    def seen(self) -> tuple[int, int]:
        """Events until now, and the reader's CPU time in ns."""
        assert self._process.stdin is not None
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        events, cpu_ns = self._answer().split()
        return int(events), int(cpu_ns)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = str(self._process.stdout.readline())
        if not line:
            said = self._process.stderr.read().strip() if self._process.stderr is not None else ""
            raise OSError(said or "the reader of events ended early")
        return line


def reader_us(traffic: Any, reader: Reader, command: str) -> list[float]:
    """CPU time of the reader for each event, window by window of this traffic."""
    found = []
    for _ in range(_WINDOWS):
        events, cpu_ns = reader.seen()
        traffic.ask(command)
        more_events, more_ns = reader.seen()
        if more_events > events:
            found.append((more_ns - cpu_ns) / 1e3 / (more_events - events))
    return found

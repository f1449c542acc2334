"""Drives the rig's traffic program: a client and a server in two namespaces, told by lines of text what to do."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ekssim.calibrate.addresses import BACKEND_PORT
from ekssim.calibrate.topology import Triple, run

__all__ = ["Tally", "Traffic", "build"]


def build(folder: Path, compiler: str) -> Path:
    """Compiles the program, whose source travels with the package."""
    source, program = Path(__file__).parent / "programs" / "traffic.c", folder / "traffic"
    run(compiler, "-O2", "-o", str(program), str(source), "-lm", seconds=120)
    return program


@dataclass(frozen=True, slots=True)
class Tally:
    done: int
    failed: int
    wall_ns: int
    client_ns: int
    server_ns: int
    latency_ns: int

    @property
    def run_us(self) -> float:
        """Run time of both ends per transaction (DPR-5)."""
        return (self.client_ns + self.server_ns) / 1e3 / max(1, self.done)

    @property
    def wall_us(self) -> float:
        return self.wall_ns / 1e3 / max(1, self.done)


class Traffic:
    """One client and its servers."""

    def __init__(self, program: Path, triple: Triple, cores: tuple[int, int], group: Path | None = None) -> None:
        command = [str(program), triple.backend, str(BACKEND_PORT), str(cores[1]), triple.client, str(cores[0])]
        if group is not None:
            command.append(str(group / "cgroup.procs"))
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self._process = subprocess.Popen(command, text=True, **pipes)
        self._answer()

    def ask(self, command: str) -> Tally:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return Tally(*map(int, self._answer().split()))

    def close(self) -> None:
        # The servers end with the client, which the kernel sees to.
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = str(self._process.stdout.readline())
        if not line:
            said = self._process.stderr.read().strip() if self._process.stderr is not None else ""
            raise OSError(said or "the traffic program ended early")
        return line

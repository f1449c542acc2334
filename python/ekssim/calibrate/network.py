"""The card stage (DPR-9): the rig's client and server on two nodes, over the real network between them.

The client measures round trip, requests on an open connection and new connections, and both ends read the counters of
their cards' allowances before and after. It needs no rights and makes no namespaces; it makes real traffic, for a few
seconds, to the one address that it was given.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ekssim.calibrate import allowances
from ekssim.calibrate.traffic import Tally, build
from ekssim.errors import Error

__all__ = ["DEFAULT_PORT", "SCHEMA", "call", "serve"]

SCHEMA: Final = "ekssim.dev/network-measurement/v1alpha1"
DEFAULT_PORT: Final = 9475
_MESSAGE: Final = struct.pack("=I", 64).ljust(64, b"x")  # as the traffic program has it: the length first
_PINGS: Final = 200
_PATIENCE_SECONDS: Final = 5.0
# Within struct tcp_info (linux/tcp.h).
_SEGMENT, _PATH_MTU, _ROUND_TRIP, _LEAST_ROUND_TRIP = 16, 60, 68, 148


@dataclass(frozen=True, slots=True)
class _Tcp:
    segment_bytes: int
    path_mtu: int
    smoothed_us: int
    least_us: int


def serve(port: int, ready: Callable[[], None], wait: Callable[[], None]) -> dict[str, Any]:
    """Answers until `wait` returns or is interrupted; returns what the allowances' counters did meanwhile."""
    before = allowances.of_all_interfaces()
    with tempfile.TemporaryDirectory(prefix="ekssim-") as folder:
        program = _built(Path(folder))
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [str(program), "-", str(port), str(_core()), "none", "0"]
        server = subprocess.Popen(command, text=True, **pipes)
        try:
            assert server.stdout is not None and server.stderr is not None
            if not server.stdout.readline():
                raise Error(f"port {port} cannot be served: {server.stderr.read().strip()}")
            ready()
            wait()
        finally:
            server.kill()
            server.communicate()
    after = allowances.of_all_interfaces()
    return {"schema": SCHEMA, "role": "server", "port": port} | _counted(before, after)


def call(address: str, port: int, seconds: float) -> dict[str, Any]:
    """Measures against a server; an Error where none answers."""
    before = allowances.of_all_interfaces()
    tcp = _ping(address, port)
    ip = socket.gethostbyname(address)
    with tempfile.TemporaryDirectory(prefix="ekssim-") as folder:
        program = _built(Path(folder))
        ms = round(1000 * seconds)
        command = [str(program), "none", str(port), "0", "-", str(_core())]
        told = f"open {ms} {ip} {port} 0\nshort {ms} {ip} {port} 0\n"
        done = subprocess.run(
            command, input=told, capture_output=True, text=True, timeout=60 + 4 * seconds, check=False
        )
    lines = done.stdout.splitlines()[1:]
    if len(lines) != 2:
        raise Error(f"the traffic program ended early: {done.stderr.strip() or f'exit code {done.returncode}'}")
    request, connection = (Tally(*map(int, line.split())) for line in lines)
    document = {
        "schema": SCHEMA,
        "role": "client",
        "address": address,
        "port": port,
        "round_trip_us": {"least": tcp.least_us, "smoothed": tcp.smoothed_us},
        "segment_bytes": tcp.segment_bytes,
        "path_mtu": tcp.path_mtu,
        "request": _shown(request),
        "connection": _shown(connection),
    }
    return document | _counted(before, allowances.of_all_interfaces())


def _built(folder: Path) -> Path:
    compiler = shutil.which(os.environ.get("CC") or "cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Error("no C compiler; install gcc or set CC")
    return build(folder, compiler)


def _core() -> int:
    return max(os.sched_getaffinity(0))


def _shown(tally: Tally) -> dict[str, float | int]:
    """Of a closed loop: one after the other, so that its rate is what one thread gets."""
    return {
        "per_second": round(tally.done * 1e9 / max(1, tally.wall_ns), 1),
        "wall_us": round(tally.wall_us, 2),
        "client_cpu_us": round(tally.run_us, 2),
        "done": tally.done,
        "failed": tally.failed,
    }


def _counted(before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]) -> dict[str, Any]:
    return {"allowances": {"before": before, "after": after, "exceeded": allowances.exceeded(before, after)}}


def _ping(address: str, port: int) -> _Tcp:
    """Questions one after the other; the round trip is what the kernel's TCP makes of them."""
    try:
        with socket.create_connection((address, port), timeout=_PATIENCE_SECONDS) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(_PINGS):
                connection.sendall(_MESSAGE)
                answered = 0
                while answered < len(_MESSAGE):
                    more = connection.recv(len(_MESSAGE) - answered)
                    if not more:
                        raise Error(f"what answers at {address} port {port} is no `ekssim calibrate network --server`")
                    answered += len(more)
            told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
    except OSError as error:
        raise Error(
            f"nothing answers at {address} port {port}: {error}; start `ekssim calibrate network --server` there and "
            f"let its security group take this port"
        ) from error
    places = (_SEGMENT, _PATH_MTU, _ROUND_TRIP, _LEAST_ROUND_TRIP)
    return _Tcp(*(int(struct.unpack_from("=I", told, place)[0]) for place in places))

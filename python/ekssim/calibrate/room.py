"""The room in which the rig works: namespaces of its own for network, mounts, processes and IPC, and a guard outside.

`python -m ekssim.calibrate.room` reads its orders as one line of JSON on standard input, works, and tells progress and
result as lines of JSON. The guard stays outside the process namespace and ends everything inside when the work is over,
when it takes too long, or when whoever gave the orders is gone, which the end of standard input tells; the kernel ends
it when the guard itself is killed. What the work makes lives in namespaces and in memory below a /run of its own, and
goes with them; only the control group stands outside, and the guard removes it. Its name has the guard's process id, so
that nobody else's is taken for ours, and the next room removes what a killed guard has left.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any, Final

from ekssim.calibrate import linux
from ekssim.calibrate.topology import PREFIX

__all__ = ["GROUP", "Refused", "main"]

GROUP: Final = "ekssim-calibrate-"  # and the guard's process id
_LOCK: Final = "\0ekssim-calibrate"  # a socket in the abstract name space: it goes with the process
_NAMES: Final = Path("/run/netns")
_GROUPS: Final = Path("/run/cgroup")
_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Refused(Exception):
    """Something of that name is there already and is not ours to touch."""


def main() -> int:
    orders = json.loads(_first_line(sys.stdin.fileno()))
    try:
        lock = _only_one()
        _refuse_strangers()
    except Refused as reason:
        _tell({"refused": str(reason)})
        return 2
    own = f"{GROUP}{os.getpid()}"
    orders["group"] = own
    with lock:
        # Until the guard can end the worker, a signal waits.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        for number in _SIGNALS:
            signal.signal(number, lambda number, _: sys.exit(128 + number))
        _move_in()
        for group in _abandoned_groups():
            _remove_group(group)
        alive, held = os.pipe()  # the guard holds its end for as long as it lives
        worker = os.fork()
        if worker == 0:
            os.close(held)
            _work_and_leave(orders, alive)
        os.close(alive)
        try:
            return _guard(worker, time.monotonic() + float(orders.get("deadline_seconds", 600)))
        finally:
            _remove_group(_GROUPS / own)


def _first_line(file: int) -> bytes:
    """Byte by byte, so that nothing behind it is taken: what comes later is for the guard."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(file, 1)):
        line += byte
    return line


def _tell(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _only_one() -> socket.socket:
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        lock.bind(_LOCK)
    except OSError:
        lock.close()
        raise Refused("another calibration runs on this machine; two would measure each other") from None
    return lock


def _refuse_strangers() -> None:
    """DPR-1: the names that the rig uses must be free, although its own are not visible outside."""
    names = sorted(path.name for path in _NAMES.glob(f"{PREFIX}*")) if _NAMES.is_dir() else []
    if names:
        raise Refused(
            f"there are network namespaces called {', '.join(names[:3])}; remove them with `ip netns delete NAME`"
        )


def _move_in() -> None:
    linux.unshare(linux.NEW_MOUNTS | linux.NEW_NETWORK | linux.NEW_PROCESSES | linux.NEW_IPC)
    linux.mount("private", "/")
    # Names of namespaces, the lock of iptables, programs: all of it in memory, and seen by nobody else.
    linux.mount("tmpfs", "/run")
    _GROUPS.mkdir()
    with contextlib.suppress(OSError):
        linux.mount("cgroup2", str(_GROUPS))


def _work_and_leave(orders: dict[str, Any], alive: int) -> None:
    """The first process of the namespace: when it ends, the kernel ends all others in it."""
    code = 0
    try:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        linux.die_with_parent(alive)
        linux.mount("proc", "/proc")
        from ekssim.calibrate.work import work

        work(orders, _tell)
    except BaseException as error:
        _tell({"error": f"{type(error).__name__}: {error}"})
        code = 1
    finally:
        sys.stdout.flush()
        os._exit(code)


def _guard(worker: int, deadline: float) -> int:
    """Waits for the end of the work, of the time or of standard input, whichever comes first."""
    ended = os.pidfd_open(worker)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        while True:
            ready, _, _ = select.select([ended, sys.stdin.fileno()], [], [], max(0.0, deadline - time.monotonic()))
            if ended in ready:
                break
            if not ready:
                _tell({"error": "it took too long and was ended"})
                break
            if not os.read(sys.stdin.fileno(), 4096):
                break
    finally:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(ended, signal.SIGKILL)
        os.close(ended)
        status = os.waitpid(worker, 0)[1]
    return os.waitstatus_to_exitcode(status)


def _abandoned_groups() -> list[Path]:
    """Those of guards that are gone, with nobody in them: process ids of other containers mean nothing here."""
    abandoned = []
    for group in sorted(_GROUPS.glob(f"{GROUP}*")):
        with contextlib.suppress(OSError, ValueError):
            if linux.is_alive(int(group.name.removeprefix(GROUP))):
                continue
            if "populated 0" in (group / "cgroup.events").read_text():
                abandoned.append(group)
    return abandoned


def _remove_group(root: Path) -> None:
    # The last processes in a group may take a moment to go.
    for _ in range(50):
        if not root.is_dir():
            return
        with contextlib.suppress(OSError):
            for folder in root.iterdir():
                if folder.is_dir():
                    folder.rmdir()
            root.rmdir()
            return
        time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())

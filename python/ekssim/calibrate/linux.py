"""The few calls of the Linux kernel that Python's library lacks: namespaces, mounts and bpf(2). For root, on Linux."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import select
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = [
    "NEW_IPC",
    "NEW_MOUNTS",
    "NEW_NETWORK",
    "NEW_PROCESSES",
    "bpf",
    "capabilities",
    "die_with_parent",
    "inside",
    "is_alive",
    "mount",
    "unshare",
]

NEW_MOUNTS: Final = 0x00020000
NEW_IPC: Final = 0x08000000
NEW_PROCESSES: Final = 0x20000000
NEW_NETWORK: Final = 0x40000000

_MS_REC_PRIVATE: Final = 0x4000 | (1 << 18)
_PR_SET_PDEATHSIG: Final = 1
_SIGKILL: Final = 9
_BPF_CALL: Final = {"x86_64": 321, "aarch64": 280}
_CAP_NET_ADMIN, _CAP_SYS_ADMIN = 12, 21


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(answer: int, what: str) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return answer


def capabilities() -> list[str]:
    """Those of the rights needed that this process lacks; empty means that it has them."""
    try:
        status = Path("/proc/self/status").read_text()
        effective = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff:"))
    except (OSError, StopIteration):
        return ["CAP_SYS_ADMIN", "CAP_NET_ADMIN"]
    wanted = {"CAP_SYS_ADMIN": _CAP_SYS_ADMIN, "CAP_NET_ADMIN": _CAP_NET_ADMIN}
    return [name for name, bit in wanted.items() if not int(effective, 16) >> bit & 1]


def unshare(kinds: int) -> None:
    _checked(_libc().unshare(kinds), "unshare")


def die_with_parent(alive: int) -> None:
    """The kernel kills this process when its parent ends. `alive` is the end of a pipe whose other end only the parent
    holds: a parent that was gone before the kernel was told would never be noticed, and is a ProcessLookupError.
    """
    _checked(_libc().prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0), "prctl")
    poll = select.poll()
    poll.register(alive, select.POLLIN)
    if poll.poll(0):
        raise ProcessLookupError(errno.ESRCH, "the parent is gone")


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def mount(kind: str, target: str) -> None:
    """Mounts a file system of this kind; kind "private" keeps all later mounts to this mount namespace."""
    if kind == "private":
        _checked(_libc().mount(b"none", target.encode(), None, ctypes.c_ulong(_MS_REC_PRIVATE), None), "mount")
    else:
        name = kind.encode()
        _checked(_libc().mount(name, target.encode(), name, ctypes.c_ulong(0), None), f"mount {kind} at {target}")


@contextlib.contextmanager
def inside(network: Path) -> Iterator[None]:
    """This thread is in that network namespace for as long as the context lasts."""
    here = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        _enter(network)
        try:
            yield
        finally:
            _enter(Path(f"/proc/self/fd/{here}"))
    finally:
        os.close(here)


def _enter(network: Path) -> None:
    file = os.open(network, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _checked(_libc().setns(file, NEW_NETWORK), f"setns {network}")
    finally:
        os.close(file)


def bpf(command: int, layout: str, *values: int) -> int:
    """bpf(2) with its attributes packed by `layout`, in the machine's own order and size."""
    number = _BPF_CALL.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, f"bpf(2) is not known on {platform.machine()}")
    packed = struct.pack(f"={layout}", *values).ljust(128, b"\0")
    attributes = ctypes.create_string_buffer(packed, len(packed))
    return _checked(_libc().syscall(ctypes.c_long(number), command, attributes, len(packed)), "bpf")

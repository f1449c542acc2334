"""What it costs to remove an entry of connection tracking: the end of its life, which no run time of the ends holds.

In life a worker of the kernel removes entries when their time is over. Here all entries of one namespace are removed at
once, through netlink, and the time that takes is divided by their number.
"""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path
from typing import Final

from ekssim.calibrate import linux

__all__ = ["removal_us"]

_NETFILTER: Final = 12  # the netlink family
_DELETE: Final = 1 << 8 | 2  # of the subsystem of connection tracking
_REQUEST_AND_ACKNOWLEDGE: Final = 1 | 4
_FEWEST: Final = 1000
_COUNT: Final = Path("/proc/sys/net/netfilter/nf_conntrack_count")


def removal_us(network: Path) -> float | None:
    """us of CPU an entry, of the entries of this namespace; None where there are too few or the kernel cannot do it."""
    with linux.inside(network):
        entries = int(_COUNT.read_text())
        if entries < _FEWEST:
            return None
        try:
            full, empty = _remove_all(), _remove_all()  # the second passes through the table and finds nothing
        except OSError:
            return None
    return max(0.0, full - empty) / entries


def _remove_all() -> float:
    """us of CPU of removing all entries of the namespace that this thread is in."""
    message = struct.pack("=IHHII", 20, _DELETE, _REQUEST_AND_ACKNOWLEDGE, 1, 0) + struct.pack(
        "=BBH", socket.AF_INET, 0, 0
    )
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as kernel:
        begin = time.thread_time_ns()
        kernel.send(message)
        answer = kernel.recv(4096)
        took = time.thread_time_ns() - begin
    (error,) = struct.unpack_from("=i", answer, 16)
    if error:
        raise OSError(-error, "connections cannot be removed")
    return took / 1e3

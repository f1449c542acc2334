"""The counters of an interface's driver, as `ethtool -S` shows them; of EC2's those of its allowances (DPD-28).

They say how often packets were queued or dropped because the instance had used up its bandwidth, packets or tracked
connections. AWS publishes no sizes of the last two, so that only a counter that moves tells.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import socket
import struct
from pathlib import Path
from typing import Final

__all__ = ["counters", "exceeded", "of_all_interfaces"]

_SIOCETHTOOL: Final = 0x8946
_SET_INFO, _STRINGS, _STATISTICS = 0x37, 0x1B, 0x1D  # linux/ethtool.h: GSSET_INFO, GSTRINGS, GSTATS
_STATISTICS_SET: Final = 1
_NAME_BYTES: Final = 32
_INTERFACES: Final = Path("/sys/class/net")
_ENDING: Final = "_allowance_exceeded"


def counters(interface: str) -> dict[str, int]:
    """By name; none where the driver has none. An OSError where there is no such interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
        count = struct.unpack_from("=I", _ask(asked, interface, struct.pack("=IIQI", _SET_INFO, 0, 2, 0)), 16)[0]
        if not count:
            return {}
        room = bytes(count * _NAME_BYTES)
        names = _ask(asked, interface, struct.pack("=III", _STRINGS, _STATISTICS_SET, count) + room)[12:]
        values = _ask(asked, interface, struct.pack("=II", _STATISTICS, count) + bytes(8 * count))[8:]
    found = {}
    for i in range(count):
        name = names[i * _NAME_BYTES : (i + 1) * _NAME_BYTES].split(b"\0")[0].decode(errors="replace")
        found[name] = int(struct.unpack_from("=Q", values, 8 * i)[0])
    return found


def of_all_interfaces(folder: Path = _INTERFACES) -> dict[str, dict[str, int]]:
    """The allowances' counters of each interface that has any."""
    found = {}
    for interface in sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []:
        with contextlib.suppress(OSError):
            own = {name: value for name, value in counters(interface).items() if name.endswith(_ENDING)}
            if own:
                found[interface] = own
    return found


def exceeded(before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """What has moved, by interface and counter."""
    moved: dict[str, dict[str, int]] = {}
    for interface, now in after.items():
        for name, value in now.items():
            more = value - before.get(interface, {}).get(name, 0)
            if more:
                moved.setdefault(interface, {})[name] = more
    return moved


def _ask(asked: socket.socket, interface: str, request: bytes) -> bytes:
    """The kernel writes its answer where the request stands."""
    room = array.array("B", request)
    place, _ = room.buffer_info()
    name = interface.encode()
    if len(name) > 15:
        raise OSError(f"{interface} is no name of an interface")
    fcntl.ioctl(asked, _SIOCETHTOOL, struct.pack("16sP16x", name, place))
    return room.tobytes()

"""Creates eBPF maps, loads programs and attaches them. All of it lives as long as this process holds a descriptor."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ekssim.calibrate import linux

__all__ = ["Held", "service_key", "service_value"]

_MAP_CREATE, _MAP_UPDATE, _PROG_LOAD, _LINK_CREATE = 0, 2, 5, 28
_HASH, _LRU_HASH, _RING = 1, 9, 27
_FOR_PACKETS, _FOR_SOCKET_ADDRESSES = 3, 18
_TCX_INGRESS, _AT_CONNECT4 = 46, 10
_LICENSE: Final = b"Apache-2.0\0"


def service_key(address: str, port: int, protocol: int) -> bytes:
    return socket.inet_aton(address) + struct.pack(">H", port) + struct.pack("=H", protocol)


def service_value(address: str, port: int) -> bytes:
    return socket.inet_aton(address) + struct.pack(">H", port) + b"\0\0"


@dataclass(slots=True)
class Held:
    """The descriptors of one variant's maps, programs and links."""

    files: list[int] = field(default_factory=list)
    events: int | None = None  # the ring buffer, where there is one

    def close(self) -> None:
        for file in self.files:
            os.close(file)
        self.files.clear()

    def _keep(self, file: int) -> int:
        self.files.append(file)
        return file

    def service_map(self, entries: int) -> int:
        return self._keep(linux.bpf(_MAP_CREATE, "5I", _HASH, 8, 8, entries, 0))

    def flow_map(self, entries: int) -> int:
        return self._keep(linux.bpf(_MAP_CREATE, "5I", _LRU_HASH, 16, 8, entries, 0))

    def ring(self, size: int) -> int:
        """A ring buffer of so many bytes, a power of two."""
        return self._keep(linux.bpf(_MAP_CREATE, "5I", _RING, 0, 0, size, 0))

    def put(self, map_file: int, key: bytes, value: bytes) -> None:
        key_at = ctypes.create_string_buffer(key, len(key))
        value_at = ctypes.create_string_buffer(value, len(value))
        addresses = ctypes.addressof(key_at), ctypes.addressof(value_at)
        linux.bpf(_MAP_UPDATE, "I4xQQQ", map_file, *addresses, 0)

    def _load(self, kind: int, program: bytes, attach_type: int) -> int:
        code = ctypes.create_string_buffer(program, len(program))
        licence = ctypes.create_string_buffer(_LICENSE, len(_LICENSE))
        log = ctypes.create_string_buffer(65536)
        # After the licence: level, size and place of the verifier's log, version, flags, name (16), interface, type.
        layout = "IIQQIIQII16xII"
        common = kind, len(program) // 8, ctypes.addressof(code), ctypes.addressof(licence)
        try:
            return self._keep(linux.bpf(_PROG_LOAD, layout, *common, 0, 0, 0, 0, 0, 0, attach_type))
        except OSError as error:
            try:
                linux.bpf(_PROG_LOAD, layout, *common, 1, len(log), ctypes.addressof(log), 0, 0, 0, attach_type)
            except OSError:
                said = log.value.decode(errors="replace").strip().splitlines()
                raise OSError(error.errno, f"{error.strerror}: {' / '.join(said[-3:])}") from error
            raise

    def attach_to_packets(self, program: bytes, network: Path, interface: int) -> None:
        """At the ingress of an interface of that network namespace; needs Linux 6.6 (tcx)."""
        file = self._load(_FOR_PACKETS, program, 0)
        with linux.inside(network):
            self._keep(linux.bpf(_LINK_CREATE, "4I", file, interface, _TCX_INGRESS, 0))

    def attach_to_connect(self, program: bytes, group: Path) -> None:
        """At connect() of all processes of a control group."""
        file = self._load(_FOR_SOCKET_ADDRESSES, program, _AT_CONNECT4)
        group_file = os.open(group, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._keep(linux.bpf(_LINK_CREATE, "4I", file, group_file, _AT_CONNECT4, 0))
        finally:
            os.close(group_file)

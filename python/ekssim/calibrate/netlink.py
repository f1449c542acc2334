"""As much of generic netlink as programming IPVS takes: attributes, messages, and a socket that waits for answers."""

from __future__ import annotations

import errno
import os
import socket
import struct
from types import TracebackType
from typing import Final

__all__ = ["GenericNetlink", "attribute", "message", "nested"]

_ALIGN: Final = 4
_HEADER: Final = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_REQUEST, _ACK = 1, 4
_ERROR: Final = 2  # type of an answer
_CONTROLLER, _GET_FAMILY = 16, 3
_FAMILY_ID, _FAMILY_NAME = 1, 2
_NESTED: Final = 1 << 15
_GENERIC: Final = 16  # NETLINK_GENERIC
_IN_FLIGHT: Final = 64  # messages sent before their answers are read


def attribute(kind: int, value: bytes) -> bytes:
    length = 4 + len(value)
    return struct.pack("=HH", length, kind) + value + b"\0" * (-length % _ALIGN)


def nested(kind: int, *attributes: bytes) -> bytes:
    return attribute(kind | _NESTED, b"".join(attributes))


def message(family: int, command: int, sequence: int, *attributes: bytes) -> bytes:
    """One that wants an acknowledgement."""
    body = struct.pack("=BBH", command, 1, 0) + b"".join(attributes)
    return _HEADER.pack(_HEADER.size + len(body), family, _REQUEST | _ACK, sequence, 0) + body


class GenericNetlink:
    """A socket of the network namespace in which it is opened."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _GENERIC)
        self._socket.settimeout(10)
        self._socket.bind((0, 0))
        self._sequence = 0

    def __enter__(self) -> GenericNetlink:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def family(self, name: str) -> int:
        """Its number; an OSError where the kernel has none of that name."""
        answer = self._ask(_CONTROLLER, _GET_FAMILY, attribute(_FAMILY_NAME, name.encode() + b"\0"))
        place = 4
        while place + 4 <= len(answer):
            length, kind = struct.unpack_from("=HH", answer, place)
            if kind == _FAMILY_ID:
                return int(struct.unpack_from("=H", answer, place + 4)[0])
            place += length + -length % _ALIGN
        raise OSError(errno.ENOENT, f"no generic netlink family {name}")

    def send(self, family: int, command: int, bodies: list[bytes]) -> None:
        """All of them, each acknowledged; the first refusal is an OSError."""
        for begin in range(0, len(bodies), _IN_FLIGHT):
            some = bodies[begin : begin + _IN_FLIGHT]
            for body in some:
                self._sequence += 1
                self._socket.send(message(family, command, self._sequence, body))
            wanted = len(some)
            while wanted:
                wanted -= sum(kind == _ERROR for kind, _ in self._receive())

    def _ask(self, family: int, command: int, body: bytes) -> bytes:
        """The contents of the answer that comes before the acknowledgement."""
        self._sequence += 1
        self._socket.send(message(family, command, self._sequence, body))
        found = b""
        while True:
            for kind, contents in self._receive():
                if kind == _ERROR:
                    return found
                found = contents

    def _receive(self) -> list[tuple[int, bytes]]:
        data, found, place = self._socket.recv(1 << 16), [], 0
        while place + _HEADER.size <= len(data):
            length, kind, _, _, _ = _HEADER.unpack_from(data, place)
            contents = data[place + _HEADER.size : place + length]
            if kind == _ERROR:
                number = -int(struct.unpack_from("=i", contents)[0])
                if number:
                    raise OSError(number, os.strerror(number))
            found.append((kind, contents))
            place += length + -length % _ALIGN
        return found

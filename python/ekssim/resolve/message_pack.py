"""MessagePack, as far as recorded traces are written in it: one value, as plain Python.

>>> unpacked(bytes([0x82, 0xA1, 0x61, 0x01, 0xA1, 0x62, 0x92, 0xC3, 0xC0]))
{'a': 1, 'b': [True, None]}
"""

from __future__ import annotations

import struct
from typing import Any, Final

__all__ = ["PackError", "unpacked"]

_DEPTH_MAX: Final = 100
_SIMPLE: Final = {0xC0: None, 0xC2: False, 0xC3: True}
# By first byte: the format of a number, or of the length of what follows.
_NUMBERS: Final = {
    0xCA: ">f",
    0xCB: ">d",
    0xCC: ">B",
    0xCD: ">H",
    0xCE: ">I",
    0xCF: ">Q",
    0xD0: ">b",
    0xD1: ">h",
    0xD2: ">i",
    0xD3: ">q",
}
_TEXTS: Final = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I"}
_BINARIES: Final = {0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
_LISTS: Final = {0xDC: ">H", 0xDD: ">I"}
_MAPS: Final = {0xDE: ">H", 0xDF: ">I"}


class PackError(ValueError):
    """The bytes are no MessagePack; `offset` is where that shows."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at byte {offset}")
        self.offset = offset


def unpacked(data: bytes) -> Any:
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise PackError("something follows the value", reader.at)
    return value


def _unchanging(key: Any) -> Any:
    return tuple(_unchanging(one) for one in key) if isinstance(key, list) else key


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def value(self, depth: int) -> Any:
        if depth > _DEPTH_MAX:
            raise PackError("values are nested too deeply", self.at)
        start = self.at
        first = self._take(1)[0]
        if first <= 0x7F:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first <= 0x8F:
            return self._map(first & 0x0F, depth)
        if first <= 0x9F:
            return self._list(first & 0x0F, depth)
        if first <= 0xBF:
            return self._text(first & 0x1F)
        if first in _SIMPLE:
            return _SIMPLE[first]
        if first in _NUMBERS:
            return self._number(_NUMBERS[first])
        if first in _TEXTS:
            return self._text(self._number(_TEXTS[first]))
        if first in _BINARIES:
            return self._take(self._number(_BINARIES[first]))
        if first in _LISTS:
            return self._list(self._number(_LISTS[first]), depth)
        if first in _MAPS:
            return self._map(self._number(_MAPS[first]), depth)
        raise PackError(f"0x{first:02x} is no type of value that traces have", start)

    def _take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise PackError("the text ends in the middle of a value", len(self.data))
        taken = self.data[self.at : self.at + count]
        self.at += count
        return taken

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _text(self, length: int) -> str:
        start = self.at
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError as error:
            raise PackError("a text is not UTF-8", start) from error

    def _list(self, count: int, depth: int) -> list[Any]:
        return [self.value(depth + 1) for _ in range(count)]

    def _map(self, count: int, depth: int) -> dict[Any, Any]:
        entries = {}
        for _ in range(count):
            start = self.at
            key = self.value(depth + 1)
            if isinstance(key, dict):
                raise PackError("a key is a map", start)
            # Python's keys do not change, so that a list becomes a tuple.
            entries[_unchanging(key)] = self.value(depth + 1)
        return entries

"""A small assembler for eBPF: instructions with labels in, the kernel's eight-byte words out.

With it the rig's programs need no compiler that knows eBPF. Register names are plain numbers; 10 is the frame pointer.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

__all__ = ["Assembler"]

_SIZES = {1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18}
_JUMPS = {"==": 0x10, ">": 0x20, "!=": 0x50}


@dataclass(slots=True)
class Assembler:
    words: list[tuple[int, int, int, int]] = field(default_factory=list)  # code, registers, offset, immediate
    _labels: dict[str, int] = field(default_factory=dict)
    _jumps: list[tuple[int, str]] = field(default_factory=list)

    def _add(self, code: int, to: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> None:
        self.words.append((code, to | source << 4, offset, value))

    def label(self, name: str) -> None:
        self._labels[name] = len(self.words)

    def set(self, to: int, value: int) -> None:
        self._add(0xB7, to, value=value)

    def copy(self, to: int, source: int) -> None:
        self._add(0xBF, to, source)

    def add(self, to: int, value: int) -> None:
        self._add(0x07, to, value=value)

    def load(self, size: int, to: int, source: int, offset: int) -> None:
        self._add(0x61 | _SIZES[size], to, source, offset)

    def store(self, size: int, to: int, offset: int, source: int) -> None:
        self._add(0x63 | _SIZES[size], to, source, offset)

    def map(self, to: int, file: int) -> None:
        """The address of the map behind this descriptor, which takes two words."""
        self._add(0x18, to, 1, value=file)
        self._add(0)

    def call(self, helper: int) -> None:
        self._add(0x85, value=helper)

    def jump(self, label: str) -> None:
        self._jumps.append((len(self.words), label))
        self._add(0x05)

    def jump_if(self, register: int, relation: str, value: int, label: str) -> None:
        self._jumps.append((len(self.words), label))
        self._add(0x05 | _JUMPS[relation], register, value=value)

    def jump_if_register(self, register: int, relation: str, other: int, label: str) -> None:
        self._jumps.append((len(self.words), label))
        self._add(0x0D | _JUMPS[relation], register, other)

    def exit(self) -> None:
        self._add(0x95)

    def assembled(self) -> bytes:
        words = list(self.words)
        for place, name in self._jumps:
            code, registers, _, value = words[place]
            words[place] = (code, registers, self._labels[name] - place - 1, value)
        return b"".join(struct.pack("<BBhi", *word) for word in words)

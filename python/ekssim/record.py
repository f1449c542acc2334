"""What a sweep has finished, as lines of JSON in a file, so that it can be interrupted and resumed.

The first line says what the file is about: the version of ekssim and a digest of scenario, values, seed and
replications. Each further line is one finished piece: its key, what came out, and who worked on it. A line is written
whole and at once; a last line that was cut off is dropped, and its piece done again.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ekssim.errors import Error

__all__ = ["FORMAT", "Record"]

FORMAT = "ekssim.dev/sweep/v1alpha1"


class Record:
    """The file while a sweep works on it. Nobody else may: it is locked."""

    def __init__(self, path: str | os.PathLike[str], about: dict[str, Any]) -> None:
        self.path = Path(path)
        self._about = {"format": FORMAT, **about}
        self._file: IO[bytes] | None = None
        self.finished: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Record:
        self._file = open(self.path, "a+b")
        try:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Error(f"{self.path} is in use: another sweep writes to it") from error
            self._read()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, key: str, piece: dict[str, Any]) -> None:
        self.finished[key] = piece
        self._write({"key": key, **piece})

    def _write(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        self._file.flush()

    def _read(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        text = self._file.read()
        if text and not text.startswith(b'{"format":"ekssim.dev/sweep'):
            raise Error(f"{self.path} is no file of a sweep")
        whole, end, rest = text.rpartition(b"\n")
        if rest:
            # A write that was cut off.
            self._file.truncate(len(whole) + len(end))
        if not whole:
            self._write(self._about)
            return
        lines = whole.split(b"\n")
        try:
            header, *pieces = (json.loads(line) for line in lines)
        except ValueError as error:
            raise Error(f"{self.path} is damaged ({error}): name another file, or remove it to begin anew") from error
        self._check(header)
        self.finished = {piece.pop("key"): piece for piece in pieces}

    def _check(self, header: Any) -> None:
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise Error(f"{self.path} is no file of a sweep, or one of another format")
        for key, value in self._about.items():
            if header.get(key) != value:
                raise Error(
                    f"{self.path} is of another sweep: its {key} is {header.get(key)!r}, here it is {value!r}. Name "
                    "another file, or remove it to begin anew"
                )

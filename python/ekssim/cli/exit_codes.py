"""What the program's exit codes mean, and which one wins where several apply."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

__all__ = ["ExitCode", "worst"]


class ExitCode(IntEnum):
    PASS = 0
    FAILED = 1
    INPUT_ERROR = 2
    DEFECT = 3
    INCONCLUSIVE = 4
    NOTHING_RUN = 5
    INTERRUPTED = 130


_ORDER = (
    ExitCode.INTERRUPTED,
    ExitCode.DEFECT,
    ExitCode.INPUT_ERROR,
    ExitCode.FAILED,
    ExitCode.INCONCLUSIVE,
    ExitCode.PASS,
    ExitCode.NOTHING_RUN,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code of several runs together; nothing at all is NOTHING_RUN."""
    return min(codes, key=_ORDER.index, default=ExitCode.NOTHING_RUN)

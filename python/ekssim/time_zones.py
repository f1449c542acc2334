"""The offsets of a time zone as a table, so that the model needs no time zone database and every machine counts alike.

    >>> table("Etc/UTC")
    {'first_offset': 0, 'transitions': []}
    >>> table("Europe/London")["transitions"][-1][1]
    0

The data of the `tzdata` package go before those of the system: two machines with the same packages agree about the
future.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

__all__ = ["is_known", "names", "table"]

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(2110, 1, 1, tzinfo=UTC)
# No zone on record has changed its offset there and back within this many days since 1970.
_STEP: Final = timedelta(days=3)
_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*\Z")


@functools.cache
def names() -> frozenset[str]:
    """Every IANA zone for which there are data."""
    return frozenset(available_timezones())


def is_known(name: str) -> bool:
    return _zone(name) is not None


@functools.cache
def _zone(name: str) -> ZoneInfo | None:
    if not _NAME.match(name):
        return None
    *folders, file = name.split("/")
    try:
        resource = importlib.resources.files(".".join(["tzdata.zoneinfo", *folders])).joinpath(file)
        with resource.open("rb") as stream:
            return ZoneInfo.from_file(stream, key=name)
    except (ImportError, OSError, ValueError, TypeError):
        pass
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return None


@functools.cache
def table(name: str) -> dict[str, Any]:
    """The offset from UTC in seconds at the beginning of 1970, and each later change up to 2110 with the instant it
    begins.
    """
    zone = _zone(name)
    if zone is None:
        raise KeyError(name)

    def offset_at(instant: datetime) -> int:
        return int(instant.astimezone(zone).utcoffset().total_seconds())  # type: ignore[union-attr]

    first_offset = offset = offset_at(_FIRST)
    transitions: list[list[int]] = []
    before = _FIRST
    while before < _LAST:
        after = before + _STEP
        if (changed := offset_at(after)) != offset:
            low, high = int(before.timestamp()), int(after.timestamp())
            while high - low > 1:
                middle = (low + high) // 2
                if offset_at(_FIRST + timedelta(seconds=middle)) == offset:
                    low = middle
                else:
                    high = middle
            transitions.append([high, changed])
            offset = changed
        before = after
    return {"first_offset": first_offset, "transitions": transitions}

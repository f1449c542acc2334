"""Durations as people write them ("90s", "2h30m", "1d") and as the engine counts them: whole microseconds.

>>> microseconds("2h30m")
9000000000
>>> shown(7212)
'2h 0m 12s'
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

__all__ = ["microseconds", "shown"]

_UNITS: Final = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_PART: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,9}))?(us|ms|s|m|h|d)")
_MICROSECONDS_MAX: Final = 100 * 366 * _UNITS["d"]


def microseconds(duration: str | timedelta) -> int:
    """The duration in microseconds; ValueError says what is wrong with it."""
    if isinstance(duration, timedelta):
        total = duration // timedelta(microseconds=1)
    elif isinstance(duration, str):
        text = duration.strip()
        parts = list(_PART.finditer(text))
        if not parts or "".join(part.group() for part in parts) != text:
            hint = f"; did you mean {text}s?" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else ""
            raise ValueError(f'"{duration}" is no duration: write it with units, such as 90s, 15m or 2h30m{hint}')
        total = 0
        for part in parts:
            whole, fraction, unit = part.groups()
            total += int(whole) * _UNITS[unit]
            if fraction:
                total += int(fraction) * _UNITS[unit] // 10 ** len(fraction)
    else:
        raise TypeError(f"a duration is a text such as '2h' or a timedelta, not {type(duration).__name__}")
    if not 0 <= total <= _MICROSECONDS_MAX:
        raise ValueError(f"{duration} is outside 0 to 100 years")
    return total


def shown(seconds: float) -> str:
    """Seconds in the largest units that fit, to about three digits."""
    if seconds < 0:
        return "-" + shown(-seconds)
    if seconds < 0.0005:
        return f"{seconds * 1e6:.0f} us" if seconds else "0s"
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 60:
        return f"{seconds:.3g}s"
    whole = round(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    while parts and parts[0][0] == 0:
        parts.pop(0)
    while len(parts) > 1 and parts[-1][0] == 0:
        parts.pop()
    return " ".join(f"{number}{unit}" for number, unit in parts)

"""What `explain` is asked: one thing, by name, and an instant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from ekssim.durations import microseconds

__all__ = ["KINDS", "question"]

KINDS = ("pod", "node", "hpa", "path", "capacity", "expectation")


def question(what: Mapping[str, Any] | None, at: str | timedelta | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's form of it.

    >>> question(None, "1h", {"pod": "shop/web-0"})
    {'pod': 'shop/web-0', 'at_us': 3600000000}
    """
    whole = {**(what or {}), **asked}
    for name in whole:
        if name not in (*KINDS, "at_us"):
            near = difflib.get_close_matches(name, KINDS, 1)
            hint = f"did you mean {near[0]}?" if near else f"it explains {', '.join(KINDS)}"
            raise TypeError(f"explain() got an unexpected keyword argument {name!r}: {hint}")
    if sum(name in whole for name in KINDS) != 1:
        raise TypeError(f"explain() takes one of {', '.join(KINDS)}")
    if isinstance(whole.get("path"), tuple):
        whole["path"] = dict(zip(("from", "to"), whole["path"], strict=True))
    if at is not None:
        whole["at_us"] = microseconds(at)
    return whole

"""From the instants at which an alert's expression had a result to when the alert was pending and when it fired.

What Prometheus does at each evaluation of an alerting rule (rules/alerting.go, AlertingRule.Eval), for one label set:

- with a result, an alert that was not active becomes pending; one that has been active for `for` fires;
- without a result, a pending alert is forgotten; a firing one goes on for `keep_firing_for`, counted from the first
  evaluation without a result, and is then resolved.

>>> [one.fired for one in firings([0, 1, 2, 3, 6], steps=8, step_seconds=60, for_seconds=120)]
[2]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Firing", "firings", "longest_pending"]


@dataclass(frozen=True, slots=True)
class Firing:
    """Numbers of evaluations: since when it was active, when it fired, when it was resolved (None: not any more)."""

    active: int
    fired: int
    resolved: int | None


def firings(
    present: Iterable[int],
    *,
    steps: int,
    step_seconds: float,
    for_seconds: float = 0.0,
    keep_firing_seconds: float = 0.0,
) -> list[Firing]:
    """`present`: the numbers of those evaluations, of `steps` in all, at which the expression had this label set."""
    has_result = set(present)
    found: list[Firing] = []
    active: int | None = None
    fired: int | None = None
    keeps_since: int | None = None
    for step in range(steps):
        if step in has_result:
            keeps_since = None
            if active is None:
                active = step
        elif active is not None:
            if fired is not None and keep_firing_seconds > 0:
                keeps_since = step if keeps_since is None else keeps_since
                if (step - keeps_since) * step_seconds < keep_firing_seconds:
                    continue
            if fired is not None:
                found.append(Firing(active, fired, step))
            active = fired = keeps_since = None
            continue
        if active is not None and fired is None and (step - active) * step_seconds >= for_seconds:
            fired = step
    if active is not None and fired is not None:
        found.append(Firing(active, fired, None))
    return found


def longest_pending(present: Iterable[int]) -> int:
    """Evaluations from the first to the last of the longest stretch with a result: what `for` is held against."""
    longest = 0
    first = last = -2
    for step in sorted(present):
        first = step if step != last + 1 else first
        last = step
        longest = max(longest, last - first)
    return longest

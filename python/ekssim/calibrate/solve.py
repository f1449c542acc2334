"""A linear problem of named coefficients, solved by the engine's least squares; what it cannot tell apart is fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Solution", "Solver", "engine_solver", "solve"]

# {"design", "observed"} to {"values", "identified"}.
Solver = Callable[[dict[str, Any]], dict[str, Any]]


def engine_solver(problem: dict[str, Any]) -> dict[str, Any]:
    from ekssim import engine

    return dict(engine.call("least_squares", problem))


@dataclass(slots=True)
class Solution:
    values: dict[str, float]
    samples: dict[str, list[float]]  # of each coefficient, one for each further column of observations
    residuals: list[float]  # of each row, relative to what was observed
    fixed: list[str] = field(default_factory=list)  # could not be told apart from others, and kept the value given


def solve(
    rows: Sequence[Mapping[str, float]],
    observed: Sequence[Sequence[float]],
    given: Callable[[str], float],
    fix_order: Sequence[str],
    solver: Solver = engine_solver,
) -> Solution:
    """Finds the coefficients of `rows` that explain `observed`: first the whole sample, then resamples.

    Rows are weighted by what was observed, so that errors count relatively. Of coefficients that only occur together
    the first in `fix_order` is taken as `given`, then the problem is looked at again.
    """
    names = sorted({name for row in rows for name in row})
    weights = [1.0 / abs(value) for value in observed[0]]
    fixed: list[str] = []
    rank = {name: place for place, name in reversed(list(enumerate(fix_order)))}
    while True:
        free = [name for name in names if name not in fixed]
        left = [
            [
                weight * (value - sum(row.get(name, 0.0) * given(name) for name in fixed))
                for row, weight, value in zip(rows, weights, column, strict=True)
            ]
            for column in observed
        ]
        design = [[weight * row.get(name, 0.0) for name in free] for row, weight in zip(rows, weights, strict=True)]
        answer = solver({"design": design, "observed": left})
        unclear = [name for name, clear in zip(free, answer["identified"], strict=True) if not clear]
        if not unclear:
            break
        fixed.append(min(unclear, key=lambda name: (rank.get(name, len(rank)), name)))
    values = {name: answer["values"][0][i] for i, name in enumerate(free)}
    samples = {name: [column[i] for column in answer["values"][1:]] for i, name in enumerate(free)}
    everything = values | {name: given(name) for name in fixed}
    residuals = [
        sum(times * everything[name] for name, times in row.items()) * weight - 1.0
        for row, weight in zip(rows, weights, strict=True)
    ]
    return Solution(values, samples, residuals, fixed)

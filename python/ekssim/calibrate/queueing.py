"""The two shapes of a queue, from runs at several loads: extra work at little load, and waiting at much.

DPC-15: S(rho) = S_sat (1 + s_idle (1 - rho)). DPC-16: T = S (1 + kappa rho / (1 - rho)).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, Final

from ekssim.calibrate.solve import Solver

__all__ = ["fit_loads"]

_FEWEST_LOADS: Final = 3
_RESAMPLES: Final = 200
_WORST_ERROR: Final = 0.25  # of the mean time; DPC-16 found 18 % over all variants
_HIGHEST_LOAD: Final = 0.97  # beyond it the waiting says more about the length of the run


def fit_loads(
    loads: Sequence[dict[str, float]], solver: Solver, seed: int = 1
) -> dict[str, tuple[float, float, float, int]]:
    """Value, low, high and number of loads of `s_idle` and `kappa`; empty where they cannot be had from these."""
    usable = [one for one in loads if 0 < one["rho"] < _HIGHEST_LOAD and not one["failed"]]
    if len(usable) < _FEWEST_LOADS:
        return {}
    value = _once(usable, solver)
    if min(value.values()) <= 0 or _worst_error(usable, value["kappa"]) > _WORST_ERROR:
        return {}
    chance = random.Random(seed)
    samples: list[dict[str, float]] = []
    while len(samples) < _RESAMPLES:
        drawn = [usable[chance.randrange(len(usable))] for _ in usable]
        if len({one["rho"] for one in drawn}) >= _FEWEST_LOADS:
            samples.append(_once(drawn, solver))
    found = {}
    for name in value:
        ordered = sorted(sample[name] for sample in samples)
        low, high = ordered[round(0.025 * (len(ordered) - 1))], ordered[round(0.975 * (len(ordered) - 1))]
        found[name] = (value[name], low, high, len(usable))
    return found


def _worst_error(loads: Sequence[dict[str, float]], kappa: float) -> float:
    times = [(one["run_us"] * (1 + kappa * one["rho"] / (1 - one["rho"])), one["latency_us"]) for one in loads]
    return max(abs(modelled / measured - 1) for modelled, measured in times)


def _once(loads: Sequence[dict[str, float]], solver: Solver) -> dict[str, float]:
    line: dict[str, Any] = {
        "design": [[1.0, 1.0 - one["rho"]] for one in loads],
        "observed": [[one["run_us"] for one in loads]],
    }
    saturated, idle = solver(line)["values"][0]
    # Relative to the waiting at each load, so that the highest one does not outweigh all others.
    lengths = [one["rho"] / (1.0 - one["rho"]) for one in loads]
    curve: dict[str, Any] = {
        "design": [[one["run_us"] * length / one["latency_us"]] for one, length in zip(loads, lengths, strict=True)],
        "observed": [[1.0 - one["run_us"] / one["latency_us"] for one in loads]],
    }
    return {"s_idle": idle / saturated, "kappa": solver(curve)["values"][0][0]}

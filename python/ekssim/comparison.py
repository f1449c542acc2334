"""What one form of a cluster does differently from another: paired differences, always with an interval.

Both sides of a pair see the same chance, so that what differs between them is the change and not the weather; the
interval is Student's over the pairs.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ekssim import engine
from ekssim.costs import per_hour
from ekssim.errors import InputError
from ekssim.labels import label_text
from ekssim.result import Result
from ekssim.scenario import Scenario, load
from ekssim.simulation import Simulation, replayed

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Comparison", "compare", "interval_of"]

REPLICATIONS = 10
CONFIDENCE = 0.95


class Comparison:
    """The results of the variants, and how each differs from the first. Shows itself as a table."""

    __slots__ = ("_document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = dict(document)

    @property
    def variants(self) -> list[Result]:
        return [Result(one) for one in self._document.get("variants", ())]

    @property
    def differences(self) -> list[dict[str, Any]]:
        """One entry a quantity: `a`, `b`, `difference` and its `interval`."""
        return list(self._document.get("differences", ()))

    @property
    def interrupted(self) -> bool:
        return any(one.interrupted for one in self.variants)

    def to_dict(self) -> dict[str, Any]:
        return dict(self._document)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Comparison):
            return NotImplemented
        return self.variants == other.variants and self.differences == other.differences

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ekssim.Comparison of {len(self.variants)} variants, {len(self.differences)} differences>"

    def __str__(self) -> str:
        from ekssim.render import as_text

        return as_text(self.__rich__())

    def __rich__(self) -> RenderableType:
        from ekssim.render import comparison

        return comparison(self._document)

    def _repr_html_(self) -> str:
        from ekssim.pages import cell

        return cell(self._document)


def compare(
    *variants: Scenario | Simulation | str | os.PathLike[str],
    seed: int | None = None,
    replications: int = REPLICATIONS,
    jobs: int = 1,
    series: bool = True,
    progress: engine.Progress | None = None,
) -> Comparison:
    """Compares two or more scenarios (or files), or two or more simulations, the first with each of the others.

    `series` keeps what pictures are drawn from, of the first run of each.

    Simulations are repeated from their start under further seeds, each with its own steps, to give the differences an
    interval.
    """
    if len(variants) < 2:
        raise ValueError("compare needs at least two variants")
    if replications < 2:
        raise ValueError("an interval needs at least two replications")
    if all(isinstance(one, Simulation) for one in variants):
        return _compare_simulations([one for one in variants if isinstance(one, Simulation)], replications)
    scenarios: list[Scenario] = []
    for one in variants:
        if isinstance(one, Simulation):
            raise TypeError("compare takes scenarios or simulations, not both")
        scenarios.append(one if isinstance(one, Scenario) else load(one))
    found, was_interrupted = compare_scenarios(
        scenarios, seed=seed, replications=replications, jobs=jobs, series=series, progress=progress
    )
    if was_interrupted:
        raise KeyboardInterrupt
    return found


def compare_scenarios(
    scenarios: Sequence[Scenario],
    *,
    names: Sequence[str] | None = None,
    seed: int | None = None,
    replications: int = REPLICATIONS,
    jobs: int = 1,
    series: bool = False,
    progress: engine.Progress | None = None,
) -> tuple[Comparison, bool]:
    """The comparison, partial where somebody pressed Ctrl-C, and whether somebody did."""
    options: dict[str, Any] = scenarios[0]._run_options(seed, replications, jobs, None, True, series=series)
    # Each document brings its own overrides.
    del options["set"]
    options["sets"] = [[list(pair) for pair in one._overrides] for one in scenarios]
    texts = "[" + ",".join(one._text() for one in scenarios) + "]"
    with engine.Ticker(progress) as ticker:
        answer = engine.call("compare", texts, options, ticker)
    if answer.get("complaints"):
        raise InputError(engine.complaints_of(answer), folder=os.fspath(scenarios[0].folder))
    document = dict(answer)
    document["variants"] = [
        one._with_file_warnings(result) for one, result in zip(scenarios, document.get("variants", ()), strict=False)
    ]
    document["names"] = list(names) if names else _names(scenarios)
    return Comparison(document), ticker.interrupted


def _names(scenarios: Sequence[Scenario]) -> list[str]:
    """The files' names; where a file is there in several forms, with the values that not all forms share."""
    names = [Path(one.path).name if one.path else one.name for one in scenarios]
    if len(set(names)) == len(names):
        return names
    shared = [pair for pair in scenarios[0]._overrides if all(pair in one._overrides for one in scenarios)]
    found = []
    for name, one in zip(names, scenarios, strict=True):
        own = {path: value for path, value in one._overrides if (path, value) not in shared}
        found.append(f"{name} [{label_text(own) or 'as written'}]")
    return found


def _compare_simulations(simulations: Sequence[Simulation], replications: int) -> Comparison:
    first_seed = simulations[0].result().seed
    results = [simulation.result().to_dict() for simulation in simulations]
    values = [[quantities(result)] for result in results]
    for further in range(1, replications):
        for index, simulation in enumerate(simulations):
            again = replayed(simulation._scenario, first_seed + further, simulation._steps)
            values[index].append(quantities(again.result().to_dict()))
    differences = []
    for index in range(1, len(simulations)):
        # A cause that one run never met took no time in it.
        for what in dict.fromkeys(what for run in (*values[0], *values[index]) for what in run):
            _, unit = next(run[what] for run in (*values[0], *values[index]) if what in run)
            pairs = [
                (a.get(what, (0.0, unit))[0], b.get(what, (0.0, unit))[0])
                for a, b in zip(values[0], values[index], strict=True)
            ]
            if not any(a or b for a, b in pairs):
                continue
            gaps = [b - a for a, b in pairs]
            differences.append(
                {
                    "metric": what,
                    "unit": unit,
                    "variant": index,
                    "a": sum(a for a, _ in pairs) / len(pairs),
                    "b": sum(b for _, b in pairs) / len(pairs),
                    "difference": sum(gaps) / len(gaps),
                    "interval": list(interval_of(gaps, CONFIDENCE)),
                }
            )
    names = [
        f"{simulation.scenario.name} ({'ab'[index] if index < 2 else index + 1})"
        for index, simulation in enumerate(simulations)
    ]
    return Comparison({"variants": results, "differences": differences, "names": names, "replications": replications})


def quantities(result: Mapping[str, Any]) -> dict[str, tuple[float, str]]:
    """The numbers of a result that are worth comparing, each with its unit."""
    found: dict[str, tuple[float, str]] = {}
    for expectation in result.get("expectations", ()):
        if isinstance(expectation.get("observed"), (int, float)):
            found[str(expectation["name"])] = (float(expectation["observed"]), str(expectation.get("unit") or ""))
    waiting = result.get("waiting", {})
    if "seconds" in waiting:
        found["waiting seconds"] = (float(waiting["seconds"]), "s")
    for cause, seconds in waiting.get("by_cause", {}).items():
        found[f"waiting for {cause}"] = (float(seconds), "s")
    for key, number in result.get("pods", {}).items():
        found[f"pods {key.replace('_', ' ')}"] = (float(number), "")
    if "cost_usd" in result:
        found["cost"] = (float(result["cost_usd"]), "USD")
        hourly = per_hour(result)
        if hourly is not None:
            found["cost an hour"] = (hourly, "USD/h")
    return found


def interval_of(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """Student's interval for the mean.

    >>> low, high = interval_of([1.0, 2.0, 3.0], 0.95)
    >>> round(low, 3), round(high, 3)
    (-0.484, 4.484)
    """
    count = len(values)
    mean = math.fsum(values) / count
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    half = _student_quantile(0.5 + confidence / 2, count - 1) * math.sqrt(variance / count)
    return mean - half, mean + half


def _student_quantile(probability: float, degrees: int) -> float:
    """The t value that a Student variable stays below with this probability (at least one half), by bisection."""
    low, high = 0.0, 1.0
    while _student_below(high, degrees) < probability:
        high *= 2.0
    for _ in range(100):
        middle = (low + high) / 2
        if _student_below(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _student_below(value: float, degrees: int) -> float:
    """Student's distribution function for value >= 0, as the finite sums for odd and even degrees of freedom."""
    angle = math.atan2(value, math.sqrt(degrees))
    cosine_squared = math.cos(angle) ** 2
    if degrees % 2 == 1:
        term = math.cos(angle)
        total = term if degrees > 1 else 0.0
        for index in range(3, degrees - 1, 2):
            term *= cosine_squared * (index - 1) / index
            total += term
        inside = 2 / math.pi * (angle + math.sin(angle) * total)
    else:
        term = total = 1.0
        for index in range(2, degrees - 1, 2):
            term *= cosine_squared * (index - 1) / index
            total += term
        inside = math.sin(angle) * total
    return 0.5 + inside / 2

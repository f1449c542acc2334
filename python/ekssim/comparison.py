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
from ekssim.errors import Error, InputError
from ekssim.labels import label_text
from ekssim.progress import shown
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
    *variants: Scenario | Simulation | Result | str | os.PathLike[str],
    seed: int | None = None,
    replications: int = REPLICATIONS,
    jobs: int = 1,
    series: bool = True,
    executor: Any = None,
    progress: engine.Progress | bool | None = None,
) -> Comparison:
    """Compares two or more scenarios (or files), simulations, or results, the first with each of the others.

    `series` keeps what pictures are drawn from, of the first run of each.

    Scenarios are run as often as `replications` says, by `executor` where one is given. Simulations are repeated from
    their start under further seeds, each with its own steps, to give the differences an interval. Results are taken as
    they are: they must be of the same seed and of equally many runs, at least two. Raises Error where they are not.
    """
    if len(variants) < 2:
        raise ValueError("compare needs at least two variants")
    if replications < 2:
        raise ValueError("an interval needs at least two replications")
    if all(isinstance(one, Simulation) for one in variants):
        return _compare_simulations([one for one in variants if isinstance(one, Simulation)], replications)
    if all(isinstance(one, Result) for one in variants):
        return _compare_results([one for one in variants if isinstance(one, Result)])
    scenarios: list[Scenario] = []
    for one in variants:
        if isinstance(one, (Simulation, Result)):
            raise TypeError("compare takes scenarios, simulations or results, all of one kind")
        scenarios.append(one if isinstance(one, Scenario) else load(one))
    if executor is not None or any(one._policies for one in scenarios):
        # The engine's own comparison knows neither others who work nor policies; the pairs are the same.
        results = [
            one.replicate(replications, seed=seed, jobs=jobs, executor=executor, series=series, progress=progress)
            for one in scenarios
        ]
        return _compare_results(results, _names(scenarios))
    with shown(progress, "compare") as told:
        found, was_interrupted = compare_scenarios(
            scenarios, seed=seed, replications=replications, jobs=jobs, series=series, progress=told
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
        answer = ticker.call("compare", texts, options)
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
    values = [_quantities([result]) for result in results]
    for index, simulation in enumerate(simulations):
        again = [
            replayed(simulation._scenario, first_seed + further, simulation._steps).result().to_dict()
            for further in range(1, replications)
        ]
        values[index] = _quantities([results[index], *again])
    names = [
        f"{simulation.scenario.name} ({'ab'[index] if index < 2 else index + 1})"
        for index, simulation in enumerate(simulations)
    ]
    document = {"variants": results, "differences": _differences(values), "names": names, "replications": replications}
    return Comparison(document)


def _compare_results(results: Sequence[Result], names: Sequence[str] | None = None) -> Comparison:
    documents = [result.to_dict() for result in results]
    kinds = {(result.seed, len(result.runs)) for result in results}
    if len(kinds) > 1:
        told = ", ".join(f"{runs} runs of seed {seed}" for seed, runs in sorted(kinds))
        raise Error(f"only results of the same seed and of equally many runs make pairs; these are of {told}")
    if len(results[0].runs) < 2:
        raise Error("a difference without an interval says nothing: compare results of replicate(10)")
    if names is None:
        names = [
            f"{result.scenario} ({'ab'[index] if index < 2 else index + 1})" for index, result in enumerate(results)
        ]
    return Comparison(
        {
            "variants": documents,
            "differences": _differences([_quantities([one]) for one in documents]),
            "names": list(names),
            "replications": len(results[0].runs),
        }
    )


# By name: unit, and the value of each run.
_Quantities = dict[str, tuple[str, list[float | None]]]
_CAUSE = "waiting for "


def _quantities(documents: Sequence[Mapping[str, Any]]) -> _Quantities:
    """The numbers of all runs of these results, one result after the other."""
    counts = [len(document["runs"]["fingerprints"]) for document in documents]
    found: _Quantities = {}
    for name, unit in dict.fromkeys(
        (one["name"], one["unit"]) for document in documents for one in document["runs"]["quantities"]
    ):
        values: list[float | None] = []
        for document, count in zip(documents, counts, strict=True):
            own = next((one["values"] for one in document["runs"]["quantities"] if one["name"] == name), None)
            values += own if own is not None else [0.0 if name.startswith(_CAUSE) else None] * count
        found[name] = (unit, values)
    return found


def _differences(values: Sequence[_Quantities]) -> list[dict[str, Any]]:
    """The first with each of the others, as the engine's own comparison has it."""
    first = values[0]
    differences = []
    for index, other in enumerate(values[1:], 1):
        for name in dict.fromkeys((*first, *other)):
            unit = first[name][0] if name in first else other[name][0]
            count = len(next(iter(first.values()))[1])
            absent: list[float | None] = [0.0 if name.startswith(_CAUSE) else None] * count
            a = first[name][1] if name in first else absent
            b = other[name][1] if name in other else absent
            pairs = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
            if len(pairs) < count or not any(x or y for x, y in pairs):
                continue
            gaps = [y - x for x, y in pairs]
            differences.append(
                {
                    "metric": name,
                    "unit": unit,
                    "variant": index,
                    "a": sum(x for x, _ in pairs) / count,
                    "b": sum(y for _, y in pairs) / count,
                    "difference": sum(gaps) / count,
                    "interval": list(interval_of(gaps, CONFIDENCE)),
                }
            )
    return differences


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

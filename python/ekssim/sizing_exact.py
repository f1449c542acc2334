"""The packing as an integer program, solved with HiGHS: `--exact`.

A pattern is what one node holds: so many pods of each workload, within every room of its type. Column generation finds
the patterns that the linear relaxation wants (Gilmore and Gomory, 1961), each from a knapsack over one type; the
relaxation's value over the best knapsack's ratio is a bound for all fleets (Farley, 1990). An integer program over the
patterns found, those of the heuristic's fleets among them, then makes the fleet.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ekssim.errors import Error

__all__ = ["need_highs", "solve"]

_EPSILON = 1e-7


def need_highs() -> Any:
    """The module highspy; Error says how to get it."""
    try:
        import highspy
    except ImportError:
        raise Error("--exact needs the solver HiGHS: pip install 'ekssim[exact]', or pip install highspy") from None
    return highspy


@dataclass(slots=True)
class _Type:
    name: str
    room: list[int]
    price: float
    most: list[int]  # of each workload alone


@dataclass(slots=True)
class _Mix:
    """Workloads that some type holds, and types that are not dominated by a cheaper one."""

    names: list[str]
    each: list[list[int]]
    replicas: list[int]
    types: list[_Type]
    copies: int
    patterns: dict[tuple[int, tuple[int, ...]], None] = field(default_factory=dict)


def _mix_of(mix: Mapping[str, Any]) -> _Mix:
    kept = [w for w in mix["workloads"] if w["replicas"] > 0 and any(w["allowed"])]
    types = []
    for at, kind in enumerate(mix["types"]):
        most = []
        for workload in kept:
            fits = min(
                (room // need for room, need in zip(kind["room"], workload["each"], strict=True) if need > 0), default=0
            )
            bounds = [fits, workload["replicas"], workload["most_per_node"] or workload["replicas"]]
            most.append(min(bounds) if workload["allowed"][at] else 0)
        if any(most):
            types.append(_Type(kind["name"], kind["room"], kind["usd_per_hour"], most))
    types.sort(key=lambda one: one.price)
    useful: list[_Type] = []
    for one in types:
        if not any(_dominates(other, one) for other in useful):
            useful.append(one)
    return _Mix(
        [w["name"] for w in kept], [w["each"] for w in kept], [w["replicas"] for w in kept], useful, mix["copies"]
    )


def _dominates(other: _Type, one: _Type) -> bool:
    """Whether the other holds whatever this one holds; it is not dearer."""
    return all(a >= b for a, b in zip(other.room, one.room, strict=True)) and all(
        a >= b for a, b in zip(other.most, one.most, strict=True)
    )


def solve(mix: Mapping[str, Any], *, seconds: float, start: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The cheapest fleet found within the time, and a bound that is proven: both in USD an hour, for all zones.

    `start` are candidates whose packings are patterns to begin with.
    """
    highspy = need_highs()
    began = time.monotonic()
    problem = _mix_of(mix)
    if not problem.names:
        raise Error("--exact: there is no workload that some instance type holds")
    _add_first_patterns(problem, start)
    bound, status = _generate(highspy, problem, began, seconds)
    groups, price = _master(highspy, problem, max(seconds - (time.monotonic() - began), seconds / 4))
    copies = problem.copies
    return {
        "usd_per_hour": price * copies,
        "lower_bound_usd_per_hour": bound * copies,
        "gap": price / bound - 1.0 if bound > 0 else 0.0,
        "columns": len(problem.patterns),
        "types_considered": len(problem.types),
        "seconds": time.monotonic() - began,
        "status": status,
        "solver": f"HiGHS {highspy.Highs().version()}",
        "groups": [{"instance_type": name, "nodes": nodes * copies} for name, nodes in sorted(groups.items())],
    }


def _add_first_patterns(problem: _Mix, start: Sequence[Mapping[str, Any]]) -> None:
    # A type filled with one workload alone makes the relaxation feasible.
    for t, kind in enumerate(problem.types):
        for w, most in enumerate(kind.most):
            if most > 0:
                problem.patterns[(t, tuple(most if v == w else 0 for v in range(len(problem.names))))] = None
    for candidate in start:
        for entry in candidate.get("packing") or ():
            counts = tuple(int(entry["pods"].get(name, 0)) for name in problem.names)
            for t, kind in enumerate(problem.types):
                if kind.name == entry["instance_type"] and _fits(problem, kind, counts):
                    problem.patterns[(t, counts)] = None


def _fits(problem: _Mix, kind: _Type, counts: Sequence[int]) -> bool:
    if any(count > most for count, most in zip(counts, kind.most, strict=True)):
        return False
    return all(
        sum(count * each[r] for count, each in zip(counts, problem.each, strict=True)) <= kind.room[r]
        for r in range(len(kind.room))
    )


def _quiet(highspy: Any) -> Any:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    return solver


def _cover(highspy: Any, problem: _Mix, *, integer: bool) -> Any:
    """A model in which every pod is on some node: one row a workload, one column a pattern."""
    solver = _quiet(highspy)
    infinity = highspy.kHighsInf
    for replicas in problem.replicas:
        solver.addRow(float(replicas), infinity, 0, [], [])
    for t, counts in problem.patterns:
        _add_column(solver, infinity, problem.types[t].price, counts)
    if integer:
        for column in range(len(problem.patterns)):
            solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    return solver


def _add_column(solver: Any, infinity: float, price: float, counts: Sequence[int]) -> None:
    rows = [w for w, count in enumerate(counts) if count > 0]
    solver.addCol(price, 0.0, infinity, len(rows), rows, [float(counts[w]) for w in rows])


def _generate(highspy: Any, problem: _Mix, began: float, seconds: float) -> tuple[float, str]:
    """Adds patterns until none is worth adding; answers the best bound proven on the way."""
    solver = _cover(highspy, problem, integer=False)
    bound = 0.0
    for _ in range(10_000):
        solver.run()
        value = solver.getInfo().objective_function_value
        duals = [max(0.0, dual) for dual in solver.getSolution().row_dual]
        best_ratio = 1.0
        is_exact = True
        added = 0
        for t, kind in enumerate(problem.types):
            if time.monotonic() - began > seconds:
                return bound, "time limit: the bound is valid, and could be higher"
            # What the node could be worth at most is cheap to know, and tells most types apart.
            least = _relaxed_worth(problem, kind, duals)
            if least <= kind.price * (1.0 + _EPSILON):
                continue
            worth, counts, proven = _knapsack(highspy, problem, kind, duals)
            best_ratio = max(best_ratio, proven / kind.price)
            if worth > kind.price * (1.0 + _EPSILON) and (t, counts) not in problem.patterns:
                problem.patterns[(t, counts)] = None
                _add_column(solver, highspy.kHighsInf, kind.price, counts)
                added += 1
                is_exact = False
        # With duals divided by the ratio no pattern is worth more than its price, so that they are feasible.
        dual_value = sum(dual * replicas for dual, replicas in zip(duals, problem.replicas, strict=True))
        bound = max(bound, min(value, dual_value) / best_ratio)
        if not added:
            return bound, "optimal relaxation" if is_exact else "relaxation within tolerance"
    return bound, "too many rounds"


def _relaxed_worth(problem: _Mix, kind: _Type, duals: Sequence[float]) -> float:
    """No less than the best pattern's worth: the least of the fractional knapsacks over single rooms."""
    least = math.inf
    for r, room in enumerate(kind.room):
        worth, left = 0.0, float(room)
        items = []
        for w, most in enumerate(kind.most):
            if most <= 0 or duals[w] <= 0.0:
                continue
            need = problem.each[w][r]
            if need == 0:
                worth += duals[w] * most
            else:
                items.append((duals[w] / need, need, most, duals[w]))
        items.sort(reverse=True)
        for _, need, most, dual in items:
            taken = min(float(most), left / need)
            worth += dual * taken
            left -= taken * need
            if left <= 0:
                break
        least = min(least, worth)
    return least


def _knapsack(highspy: Any, problem: _Mix, kind: _Type, duals: Sequence[float]) -> tuple[float, tuple[int, ...], float]:
    """The pattern that is worth most at these duals, its worth, and what no pattern is worth more than."""
    solver = _quiet(highspy)
    chosen = [w for w, most in enumerate(kind.most) if most > 0 and duals[w] > 0.0]
    rooms = [r for r in range(len(kind.room)) if any(problem.each[w][r] for w in chosen)]
    for r in rooms:
        # Of one size, so that memory in KiB and devices are as exact as each other.
        solver.addRow(-highspy.kHighsInf, 1.0 if kind.room[r] > 0 else 0.0, 0, [], [])
    for w in chosen:
        rows = [i for i, r in enumerate(rooms) if problem.each[w][r] > 0]
        values = [problem.each[w][rooms[i]] / max(kind.room[rooms[i]], 1) for i in rows]
        solver.addCol(-duals[w], 0.0, float(kind.most[w]), len(rows), rows, values)
    for column in range(len(chosen)):
        solver.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    solver.run()
    counts = [0] * len(problem.names)
    for w, count in zip(chosen, solver.getSolution().col_value, strict=True):
        counts[w] = round(count)
    while not _fits(problem, kind, counts):  # the solver's tolerance let in a pod too many
        counts[max(range(len(counts)), key=counts.__getitem__)] -= 1
    worth = sum(dual * count for dual, count in zip(duals, counts, strict=True))
    proven = max(worth, -solver.getInfo().mip_dual_bound)
    return worth, tuple(counts), proven


def _master(highspy: Any, problem: _Mix, seconds: float) -> tuple[dict[str, int], float]:
    solver = _cover(highspy, problem, integer=True)
    solver.setOptionValue("time_limit", seconds)
    solver.run()
    groups: dict[str, int] = {}
    price = 0.0
    for (t, _), nodes in zip(problem.patterns, solver.getSolution().col_value, strict=True):
        number = round(nodes)
        if number > 0:
            kind = problem.types[t]
            groups[kind.name] = groups.get(kind.name, 0) + number
            price += number * kind.price
    if not groups:
        raise Error("--exact: HiGHS found no fleet in the time that it was given; give it more with --exact-seconds")
    return groups, price

"""From what was seen to coefficients: medians over rounds, least squares, bootstrap, and what is accepted (DPR-5).

A coefficient that was not measured, or not well enough, keeps its default, and says why. Where the machine takes
another time than the one of the defaults, these are multiplied by its factor, so that one profile has one machine's
numbers.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any, Final

from ekssim.calibrate.defaults import DEFAULTS, SLOPES
from ekssim.calibrate.design import DPC_10, programming_rows, row
from ekssim.calibrate.plan import Variant
from ekssim.calibrate.queueing import fit_loads
from ekssim.calibrate.solve import Solution, Solver, engine_solver, solve

__all__ = ["Coefficient", "Noise", "factor_of", "fit", "judge_noise"]

RESAMPLES: Final = 400
_WORST_RESIDUAL: Final = 0.10  # DPR-5, of slopes
_WIDEST_INTERVAL: Final = 0.15
_MOST_MOVED: Final = 0.10  # DPR-6
_MOST_STEAL: Final = 0.05
_MOST_OTHERS: Final = 0.10  # of the core, while queues are measured
_ONE_SAMPLE: Final = 0.10  # half the range of what was timed once a size
# Of coefficients that only occur together, which keep their default: the slopes, the endpoints, then what comes first.
_FIX_ORDER: Final = (
    "c_ep_legacy",
    "c_ep_inft_warm",
    "c_rule_flat",
    *sorted(name for name in DEFAULTS if name.startswith("c_rule_") and name != "c_rule_flat"),
    "w_nat",
    "n_nat",
    "w_hop",
    *DEFAULTS,
)


@dataclass(frozen=True, slots=True)
class Coefficient:
    value: float
    low: float
    high: float
    n: int  # samples behind it; 0 where it was not measured
    method: str
    seen: float | None = None  # what the fit gave, taken over or not

    @property
    def measured(self) -> bool:
        return not self.method.startswith("default")


@dataclass(frozen=True, slots=True)
class Noise:
    """DPR-6: whether the machine kept still while it was measured."""

    moved_share: float
    steal_share: float

    @property
    def reasons(self) -> list[str]:
        reasons = []
        if self.moved_share > _MOST_MOVED:
            reasons.append(f"the routed path moved by {self.moved_share:.0%} between first and last")
        if self.steal_share > _MOST_STEAL:
            reasons.append(f"the hypervisor took {self.steal_share:.0%} of the time")
        return reasons


def judge_noise(raw: dict[str, Any]) -> Noise:
    first, last = float(raw["routed"]["first"]), float(raw["routed"]["last"])
    return Noise(abs(last / first - 1.0) if first > 0 else 0.0, float(raw["steal_share"]))


@dataclass(slots=True)
class _Observation:
    variant: Variant
    workload: str
    values: list[float]


def _observations(raw: dict[str, Any]) -> tuple[list[_Observation], str]:
    """With the routed path's wobble taken out, round by round; and which clock was used."""
    seen = [one for one in raw["observations"] if all(value > 0 for value in one["run_us"])]
    routed = {one["workload"]: one for one in seen if one["variant"]["mode"] == "routed"}
    # A kernel that accounts interrupts apart leaves their time out of the tasks'; both ends fill the core, so that the
    # median of the wall time is theirs.
    clock = "run_us" if raw.get("run_time_is_whole", True) else "wall_us"
    cleaned = []
    for one in seen:
        reference = routed.get(one["workload"]) or routed.get("short")
        values = list(one[clock])
        if reference is not None:
            middle = median(reference[clock])
            values = [value * middle / other for value, other in zip(values, reference[clock], strict=True)]
        variant = Variant(**(one["variant"] | {"workloads": tuple(one["variant"]["workloads"])}))
        cleaned.append(_Observation(variant, one["workload"], values))
    return cleaned, clock


def factor_of(raw: dict[str, Any]) -> float:
    """How long this machine takes for the routed path, against the machine of the defaults."""
    observations, _ = _observations(raw)
    ratios = []
    for one in observations:
        if one.variant.mode == "routed" and one.workload in ("short", "open"):
            made = row(one.variant, one.workload, DPC_10)
            ratios.append(median(one.values) / sum(times * DEFAULTS[name].value for name, times in made.items()))
    return sum(ratios) / len(ratios) if ratios else 1.0


def fit(
    raw: dict[str, Any], left_out: dict[str, str], *, solver: Solver = engine_solver, seed: int = 1
) -> dict[str, Coefficient]:
    """All coefficients of DEFAULTS, in their order."""
    observations, clock = _observations(raw)
    packets = {kind: raw.get("packets", {}).get(kind) or number for kind, number in DPC_10.items()}
    noise, factor = judge_noise(raw), factor_of(raw)

    def given(name: str) -> float:
        known = DEFAULTS.get(name)
        return 0.0 if known is None else known.value * (factor if known.scales else 1.0)

    found: dict[str, Coefficient] = {}
    if observations:
        rows = [row(one.variant, one.workload, packets) for one in observations]
        solution = solve(rows, _columns(observations, seed), given, _FIX_ORDER, solver)
        found |= _accepted(rows, solution, [len(one.values) for one in observations], clock)
        found |= _with_removal(found, raw.get("removal_us"))
    found |= _reader(raw.get("reader_us", []))
    found |= _programming(raw.get("programming", []), given, solver)
    found |= _queue(raw, clock, solver, seed)
    whole: dict[str, Coefficient] = {}
    for name, default in DEFAULTS.items():
        times = factor if default.scales and not noise.reasons else 1.0
        label = f"default times {times:.2f}" if times != 1.0 and default.value else "default"
        kept = Coefficient(default.value * times, default.low * times, default.high * times, 0, "")
        one = found.get(name)
        if one is None:
            whole[name] = replace(kept, method=f"{label}: {_why_not(name, left_out)}")
        elif one.method.startswith("default"):
            whole[name] = replace(kept, n=one.n, seen=one.seen, method=one.method.replace("default", label, 1))
        elif noise.reasons:
            low, high = min(kept.low, one.low), max(kept.high, one.high)
            why = f"default with a wider range: {'; '.join(noise.reasons)}"
            whole[name] = Coefficient(kept.value, low, high, one.n, why, one.seen)
        else:
            whole[name] = one
    return whole


def _queue(raw: dict[str, Any], clock: str, solver: Solver, seed: int) -> dict[str, Coefficient]:
    loads = raw.get("loads", [])
    if not loads:
        return {}
    short = next(
        one for one in raw["observations"] if one["variant"]["mode"] == "routed" and one["workload"] == "short"
    )
    others = 1.0 - median(short["run_us"]) / median(short["wall_us"])
    problem = "fewer than three loads without failures, or no queue of this shape"
    if clock != "run_us":
        problem = "the kernel accounts interrupts apart, so that the load is not known"
    elif others > _MOST_OTHERS:
        problem = f"others took {others:.0%} of the core, and waiting for them is no queue"
    else:
        queue = fit_loads(loads, solver, seed)
        if queue:
            method = "least squares over loads"
            return {
                name: Coefficient(value, low, high, n, method, value) for name, (value, low, high, n) in queue.items()
            }
    return {name: Coefficient(0, 0, 0, 0, f"default: {problem}") for name in ("kappa", "s_idle")}


def _columns(observations: Sequence[_Observation], seed: int) -> list[list[float]]:
    """The medians, then those of resampled rounds; one draw of rounds is one for all variants."""
    rounds = min(len(one.values) for one in observations)
    chance = random.Random(seed)
    columns = [[median(one.values) for one in observations]]
    for _ in range(RESAMPLES):
        drawn = [chance.randrange(rounds) for _ in range(rounds)]
        columns.append([median(one.values[i] for i in drawn) for one in observations])
    return columns


def _interval(samples: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(samples)
    return ordered[round(0.025 * (len(ordered) - 1))], ordered[round(0.975 * (len(ordered) - 1))]


def _accepted(
    rows: Sequence[dict[str, float]], solution: Solution, rounds: Sequence[int], clock: str
) -> dict[str, Coefficient]:
    method = f"least squares over {'run' if clock == 'run_us' else 'wall'} time, bootstrap of rounds"
    found = {}
    for name, value in solution.values.items():
        if name not in DEFAULTS:
            continue
        within = [i for i, one in enumerate(rows) if name in one]
        low, high = _interval(solution.samples[name])
        # A slope of nothing is judged against the smallest one that matters, its default's upper end.
        against = DEFAULTS[name].high if name == "c_rule_flat" else abs(value)
        problem = ""
        if name in SLOPES:
            worst = max(abs(solution.residuals[i]) for i in within)
            widest = 1.0 if name == "c_rule_flat" else _WIDEST_INTERVAL
            if worst >= _WORST_RESIDUAL:
                problem = f"the line does not fit, residual {worst:.0%}"
            elif (high - low) / 2 >= widest * against:
                problem = f"the interval is too wide, {low:.3g} to {high:.3g}"
        if not problem and value <= 0 and name != "c_rule_flat":
            problem = f"lost in the noise, {low:.3g} to {high:.3g}"
        n = sum(rounds[i] for i in within)
        if name != "c_rule_flat":  # nothing takes less than no time
            low, high = max(0.0, low), max(0.0, high)
        found[name] = Coefficient(value, low, high, n, f"default: {problem}" if problem else method, value)
    for name in solution.fixed:
        if name in DEFAULTS:
            found[name] = Coefficient(0, 0, 0, 0, "default: what ran does not tell it from others")
    return found


def _with_removal(found: dict[str, Coefficient], removal_us: float | None) -> dict[str, Coefficient]:
    """An entry over its life (n_trk) has an end as well, which falls to a worker of the kernel."""
    whole = {}
    for name in ("n_trk", "n_trk_udp"):
        one = found.get(name)
        if one is None or not one.measured:
            continue
        if removal_us is None:
            whole[name] = replace(one, method="default: the kernel does not tell what the removal of an entry costs")
        else:
            value, low, high = one.value + removal_us, one.low + removal_us, one.high + removal_us
            whole[name] = Coefficient(value, low, high, one.n, f"{one.method}; removal apart", value)
    return whole


def _reader(seen: Sequence[float]) -> dict[str, Coefficient]:
    """What is behind the path. The rig's reader only looks at each event: an agent decodes it too and takes more, so
    that this is a bound and moves no default.
    """
    if not seen:
        return {}
    value = median(seen)
    method = "default: the rig's own reader, which decodes nothing, takes what was seen; an agent takes more"
    return {"h_evt_agent": Coefficient(value, min(seen), max(seen), len(seen), method, value)}


def _programming(seen: Sequence[dict[str, Any]], given: Any, solver: Solver) -> dict[str, Coefficient]:
    """Each kind of rules and each operation is a line of its own; a size was timed once."""
    found: dict[str, Coefficient] = {}
    for kind in dict.fromkeys(str(one["kind"]) for one in seen):
        by_operation = list(zip(*(programming_rows(one) for one in seen if one["kind"] == kind), strict=True))
        for operation in by_operation:
            rows = [made for made, _ in operation]
            solution = solve(rows, [[observed for _, observed in operation]], given, (), solver)
            worst = max(abs(residual) for residual in solution.residuals)
            for name, value in solution.values.items():
                if name not in DEFAULTS or len(rows) <= len(solution.values):
                    continue
                wide = max(_ONE_SAMPLE, worst) * abs(value)
                method = "least squares over sizes, CPU time of one run each"
                if worst >= _WORST_RESIDUAL:
                    method = f"default: the line does not fit, residual {worst:.0%}"
                elif value <= 0:
                    method = "default: lost in the noise"
                found[name] = Coefficient(value, value - wide, value + wide, len(rows), method, value)
    return found


def _why_not(name: str, left_out: dict[str, str]) -> str:
    """The reason of the mode that would have shown it, or that this run did not ask."""
    shown_by = {
        "legacy": "iptables-legacy", "bare": "iptables-legacy", "nat": "iptables-legacy", "inft": "iptables-nft",
        "inx": "iptables-nft", "nft": "nftables", "ebl": "ebpf-legacy", "ebh": "ebpf-hostrouting", "sock": "socket-lb",
        "masq": "masquerade", "trk": "conntrack", "ipvs": "ipvs",
        "evt": "ebpf-events",
    }  # fmt: skip
    for part in name.split("_"):
        mode = shown_by.get(part)
        reasons = [why for what, why in left_out.items() if mode and what.split(" with ")[0] == mode]
        if reasons:
            return reasons[0]
    return "this run does not measure it"

"""The work inside the room: build, verify, measure, and hand back what was seen. Nothing is judged here."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from ekssim.calibrate.behaviours import behaviours
from ekssim.calibrate.conntrack import removal_us
from ekssim.calibrate.events import Reader, reader_us
from ekssim.calibrate.plan import Plan
from ekssim.calibrate.programming import programming
from ekssim.calibrate.topology import run
from ekssim.calibrate.traffic import Traffic, build
from ekssim.calibrate.variants import Built, Tools, own_group

__all__ = ["work"]

Tell = Callable[[dict[str, Any]], None]

BULK_BYTES: Final = 256 << 10
_ROUTED_WINDOWS = 5
_LOAD_MS = 2500
_WHOLE = 0.75  # the receiving half of a packet to oneself is about half of it


def work(orders: dict[str, Any], tell: Tell) -> None:
    plan = Plan.from_dict(orders["plan"])
    started = time.monotonic()
    run("ip", "link", "set", "lo", "up")
    tell({"stage": "build", "done": 0.0})
    folder = Path("/run/ekssim")
    folder.mkdir()
    traffic = build(folder, orders["compiler"])
    core = orders["cores"][-1]
    reader = Reader.build(folder, orders["compiler"])
    tools = Tools(traffic, core, own_group(orders["group"]), reader, orders["front_end"])
    left_out: dict[str, str] = {}
    built = _build_all(plan, tools, left_out, tell)
    steal = _steal()
    measured = _measure(plan, built, orders, started, tell)
    measured["steal_share"] = _share(steal, _steal())
    tell({"stage": "loads", "done": 0.8})
    routed = next((one for one in built if one.variant.mode == "routed"), None)
    if routed is not None:
        measured["loads"] = _loads(plan, routed)
        if plan.two_cores:
            measured["two_cores"] = _two_cores(plan, routed, traffic, (orders["cores"][-2], core))
    exporting = next((one for one in built if one.reader is not None), None)
    if exporting is not None and exporting.reader is not None:
        command = _command("short", plan, exporting.destination, 0)
        measured["reader_us"] = reader_us(exporting.traffic, exporting.reader, command)
    tracked = next((one for one in built if one.variant.mode == "conntrack"), None)
    if tracked is not None:
        measured["removal_us"] = removal_us(tracked.triple.path(tracked.triple.node))
    for one in built:
        one.remove()
    if plan.behaviours:
        tell({"stage": "behaviours", "done": 0.85})
        measured["behaviours"] = behaviours(tools)
    if plan.programming:
        measured["programming"] = programming(plan.programming, [one.variant.mode for one in built], tell)
    if tools.group is not None:
        for group in (*tools.group.iterdir(),):
            if group.is_dir():
                group.rmdir()
    shutil.rmtree(folder)
    measured["left_out"] = left_out
    measured["seconds"] = time.monotonic() - started
    tell({"result": measured})


def _build_all(plan: Plan, tools: Tools, left_out: dict[str, str], tell: Tell) -> list[Built]:
    """What cannot be built or does not connect stays out, with the reason."""
    built = []
    for number, variant in enumerate(plan.variants):
        tell({"stage": f"build {variant.name}", "done": 0.2 * number / len(plan.variants)})
        try:
            one = Built.build(f"v{number}", variant, tools)
        except Exception as error:
            left_out[variant.name] = str(error)
            continue
        try:
            one.verify()
        except OSError as error:
            left_out[variant.name] = str(error)
            one.remove()
            continue
        built.append(one)
    return built


def _command(workload: str, plan: Plan, destination: str, cache_bytes: int) -> str:
    if workload == "bulk":
        return f"open {plan.window_ms} {destination} {BULK_BYTES}"
    if workload == "cold":
        return f"cold {plan.cold_ms} {destination} {3 * cache_bytes}"
    return f"{workload} {plan.window_ms} {destination} 0"


def _measure(plan: Plan, built: list[Built], orders: dict[str, Any], started: float, tell: Tell) -> dict[str, Any]:
    """Rounds of one window a variant and workload, in another order each round (DPR-4)."""
    routed = next((one for one in built if one.variant.mode == "routed"), None)
    windows = [(one, workload) for one in built for workload in one.variant.workloads]
    run_us: list[list[float]] = [[] for _ in windows]
    wall_us: list[list[float]] = [[] for _ in windows]
    failed = [0] * len(windows)
    for one, workload in windows:  # once to warm up, and to see the packets
        one.traffic.ask(_command(workload, replace(plan, window_ms=30, cold_ms=30), one.destination, 1 << 20))
    first = _routed(plan, routed)
    order = list(range(len(windows)))
    shuffle = random.Random(orders.get("seed", 1))
    rounds, begin = 0, time.monotonic()
    until = max(begin, started + plan.seconds)
    round_seconds = 0.0
    while rounds < plan.rounds or time.monotonic() + round_seconds < until:
        shuffle.shuffle(order)
        round_begin = time.monotonic()
        for number in order:
            one, workload = windows[number]
            tally = one.traffic.ask(_command(workload, plan, one.destination, orders["cache_bytes"]))
            failed[number] += tally.failed
            run_us[number].append(tally.run_us if tally.done else 0.0)
            wall_us[number].append(tally.wall_us if tally.done else 0.0)
        rounds += 1
        round_seconds = time.monotonic() - round_begin
        of_rounds = max(plan.rounds, rounds + int(max(0.0, until - time.monotonic()) / round_seconds))
        tell({"stage": f"round {rounds} of {of_rounds}", "done": 0.2 + 0.6 * rounds / of_rounds})
    observations = [
        {"variant": asdict(one.variant), "workload": workload, "run_us": run_us[i], "wall_us": wall_us[i],
         "failed": failed[i]}
        for i, (one, workload) in enumerate(windows)
    ]  # fmt: skip
    return {
        "rounds": rounds,
        "observations": observations,
        "routed": {"first": first, "last": _routed(plan, routed)},
        "packets": _packets(routed),
        "run_time_is_whole": _run_time_is_whole(routed),
    }


def _routed(plan: Plan, routed: Built | None) -> float:
    if routed is None:
        return 0.0
    command = _command("short", plan, routed.destination, 0)
    return median(routed.traffic.ask(command).run_us for _ in range(_ROUTED_WINDOWS))


def _run_time_is_whole(routed: Built | None) -> bool:
    """Whether the scheduler's run time holds the network's work, or the kernel accounts interrupts apart."""
    if routed is None:
        return True
    shortest = routed.traffic.ask("clocks")
    return shortest.client_ns > _WHOLE * shortest.wall_ns


def _packets(routed: Built | None) -> dict[str, float]:
    """Packets per transaction through the node, counted rather than taken from DPC-10."""
    if routed is None:
        return {}
    counted = {}
    for workload in ("short", "open", "udp"):
        before = routed.triple.packets(routed.triple.node, "client")
        done = routed.traffic.ask(f"{workload} 50 {routed.destination} 0").done
        counted[workload] = (routed.triple.packets(routed.triple.node, "client") - before) / max(1, done)
    return counted


def _loads(plan: Plan, routed: Built) -> list[dict[str, float]]:
    """Open loop: connections come at random times, at several shares of what the core can do."""
    if not plan.loads:
        return []
    # What a connection costs in this workload at high load says how many the core can do.
    busy = routed.traffic.ask(f"short {plan.window_ms} {routed.destination} 0")
    work_us = routed.traffic.ask(f"load {0.8e6 / busy.run_us} {_LOAD_MS // 2} {routed.destination} 1").run_us
    seen = []
    for number, share in enumerate(plan.loads):
        tally = routed.traffic.ask(f"load {share * 1e6 / work_us} {_LOAD_MS} {routed.destination} {number + 2}")
        rho = (tally.client_ns + tally.server_ns) / max(1, tally.wall_ns)
        latency_us = tally.latency_ns / 1e3 / max(1, tally.done)
        seen.append({"rho": rho, "run_us": tally.run_us, "latency_us": latency_us, "failed": tally.failed})
    return seen


def _two_cores(plan: Plan, routed: Built, program: Path, cores: tuple[int, int]) -> dict[str, float]:
    """The routed variant once more with its ends on two cores."""
    routed.traffic.close()
    pair = Traffic(program, routed.triple, cores)
    try:
        return {
            workload: median(pair.ask(_command(workload, plan, routed.destination, 0)).run_us for _ in range(5))
            for workload in ("short", "open")
        }
    finally:
        routed.traffic = pair


def _steal() -> list[int]:
    """Ticks of all cores since boot, as /proc/stat has them: user, nice, system, idle, iowait, irq, softirq, steal."""
    return [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def _share(before: list[int], after: list[int]) -> float:
    passed = [b - a for a, b in zip(before, after, strict=True)]
    return passed[7] / max(1, sum(passed))

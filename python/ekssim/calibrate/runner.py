"""Starts the room, passes its progress on, and brings back what it saw. However this ends, the room ends with it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ekssim.calibrate.plan import Plan
from ekssim.calibrate.probe import Findings
from ekssim.errors import Error

__all__ = ["run_plan"]

_BUILD_AND_MORE_SECONDS = 600.0
# So long may a round of the full plan take on a machine that does other things too; one took 13 s.
_SECONDS_A_ROUND = 40.0


def run_plan(found: Findings, plan: Plan, progress: Callable[[str, float], None]) -> dict[str, Any]:
    fronts = {"iptables-legacy": found.iptables_legacy, "iptables-nft": found.iptables_nft, "nftables": found.nft}
    orders = {
        "plan": plan.to_dict(),
        "compiler": found.compiler,
        "cores": found.cores,
        "cache_bytes": found.cache_bytes,
        "front_end": next((name for name, version in fronts.items() if version), None),
        "deadline_seconds": max(2 * plan.seconds, _SECONDS_A_ROUND * plan.rounds) + _BUILD_AND_MORE_SECONDS,
    }
    command = [sys.executable, "-m", "ekssim.calibrate.room"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    # A session of its own: Ctrl-C reaches us alone, and the room ends when its input does, after its cleaning.
    room = subprocess.Popen(command, text=True, start_new_session=True, **pipes)
    assert room.stdin is not None and room.stdout is not None and room.stderr is not None
    answer: dict[str, Any] | None = None
    try:
        with contextlib.suppress(BrokenPipeError):  # it ended already; it has said why
            room.stdin.write(json.dumps(orders) + "\n")
            room.stdin.flush()
        for line in room.stdout:
            message = json.loads(line)
            if "stage" in message:
                progress(str(message["stage"]), float(message["done"]))
            else:
                answer = message
    finally:
        with contextlib.suppress(BrokenPipeError):
            room.stdin.close()
        room.wait()
    if answer is None:
        said = room.stderr.read().strip().splitlines()
        raise Error(f"the calibration ended early: {said[-1] if said else f'exit code {room.returncode}'}")
    if "refused" in answer:
        raise Error(f"calibrate: {answer['refused']}")
    if "error" in answer:
        raise Error(f"the calibration failed: {answer['error']}")
    return dict(answer["result"])

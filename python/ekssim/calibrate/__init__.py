"""Calibration: the coefficients of the data-path model, measured on the machine at hand.

`calibrate_datapath` probes the machine, plans, lets the rig work in namespaces of its own, fits, and returns the
profile as a document. Modules by their place in that: `probe`, `plan`; inside the rig `room`, `work`, `variants`,
`topology`, `traffic`, `netlink`, the rules and eBPF programs, `behaviours`, `programming`; and afterwards `design`,
`solve`, `queueing`, `fit`, `profile`. `modules` looks at the kernel before and after. `defaults` has the numbers that
are compared with.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ekssim.errors import Error

__all__ = ["calibrate_datapath"]


def calibrate_datapath(
    name: str,
    *,
    full: bool = False,
    rounds: int | None = None,
    progress: Callable[[str, float], None] = lambda stage, done: None,
) -> dict[str, Any]:
    """Measures, and returns the profile; where that is impossible, the defaults with the reason.

    `rounds` runs exactly so many instead of as many as there is time for. Raises `ekssim.Error` where the rig refuses
    to start, such as beside another calibration.
    """
    from ekssim.calibrate.modules import loaded, told
    from ekssim.calibrate.plan import full_plan, quick_plan
    from ekssim.calibrate.probe import probe
    from ekssim.calibrate.profile import of_defaults, profile_of
    from ekssim.calibrate.runner import run_plan

    found = probe()
    if found.hindrance is not None:
        return of_defaults(name, found, found.hindrance)
    plan = full_plan(found) if full else quick_plan(found)
    if rounds is not None:
        plan.rounds, plan.seconds = rounds, 0.0
    before = loaded()
    try:
        raw = run_plan(found, plan, progress)
    except Error as error:
        more = sorted(loaded() - before)
        if not more:
            raise
        raise Error(f"{error}; {told(more)}") from error
    raw["modules"] = sorted(loaded() - before)
    return profile_of(name, found, plan, raw)

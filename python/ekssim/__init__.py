"""ekssim: discrete-event simulation and capacity planning for AWS EKS.

    import ekssim

    s = ekssim.load("sale-day.yaml")
    r = s.run(seed=7)                       # verdict, metrics, waiting, fingerprint
    sim = s.simulate(seed=7).until("2h")    # a cluster to look at, fork and change

Names are loaded when they are first used, so that `import ekssim` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ekssim import decisions
    from ekssim.comparison import Comparison, compare
    from ekssim.diagnostics import Complaint, Place
    from ekssim.errors import DefectError, Error, InputError
    from ekssim.result import Result, Sweep
    from ekssim.scenario import Scenario, load
    from ekssim.simulation import Simulation
    from ekssim.sizing import Sizing, size

    __version__: str

__all__ = [
    "Comparison",
    "Complaint",
    "DefectError",
    "Error",
    "InputError",
    "Place",
    "Result",
    "Scenario",
    "Simulation",
    "Sizing",
    "Sweep",
    "__version__",
    "compare",
    "decisions",
    "load",
    "size",
]

_HOMES = {
    "Comparison": "comparison",
    "compare": "comparison",
    "Complaint": "diagnostics",
    "Place": "diagnostics",
    "DefectError": "errors",
    "Error": "errors",
    "InputError": "errors",
    "Result": "result",
    "Sweep": "result",
    "Scenario": "scenario",
    "load": "scenario",
    "Simulation": "simulation",
    "Sizing": "sizing",
    "size": "sizing",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from ekssim.engine import version

        value: Any = version()
    elif name == "decisions":
        value = importlib.import_module("ekssim.decisions")
    elif name in _HOMES:
        value = getattr(importlib.import_module(f"ekssim.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'ekssim' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

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
    from ekssim.builders import (
        Addon,
        Behaviour,
        Change,
        Cluster,
        Container,
        CronJob,
        DaemonSet,
        Deployment,
        Expectation,
        Exponential,
        HorizontalPodAutoscaler,
        Job,
        Lognormal,
        NodeGroup,
        Patch,
        Request,
        RunSettings,
        Service,
        StatefulSet,
        Subnet,
        Traffic,
        Vpc,
    )
    from ekssim.comparison import Comparison, compare
    from ekssim.diagnostics import Complaint, Place
    from ekssim.errors import DefectError, Error, InputError, PolicyError
    from ekssim.policy import Policy, PolicyMetric, PolicyView
    from ekssim.result import Result
    from ekssim.scenario import Scenario, load
    from ekssim.simulation import Happened, Simulation
    from ekssim.sizing import Sizing, size
    from ekssim.sweep import Sweep
    from ekssim.table import Table

    __version__: str

__all__ = [
    "Addon",
    "Behaviour",
    "Change",
    "Cluster",
    "Comparison",
    "Complaint",
    "Container",
    "CronJob",
    "DaemonSet",
    "DefectError",
    "Deployment",
    "Error",
    "Expectation",
    "Exponential",
    "Happened",
    "HorizontalPodAutoscaler",
    "InputError",
    "Job",
    "Lognormal",
    "NodeGroup",
    "Patch",
    "Place",
    "Policy",
    "PolicyError",
    "PolicyMetric",
    "PolicyView",
    "Request",
    "Result",
    "RunSettings",
    "Scenario",
    "Service",
    "Simulation",
    "Sizing",
    "StatefulSet",
    "Subnet",
    "Sweep",
    "Table",
    "Traffic",
    "Vpc",
    "__version__",
    "compare",
    "decisions",
    "load",
    "size",
]

_HOMES = {
    "Addon": "builders",
    "Behaviour": "builders",
    "Change": "builders",
    "Cluster": "builders",
    "Container": "builders",
    "CronJob": "builders",
    "DaemonSet": "builders",
    "Deployment": "builders",
    "Expectation": "builders",
    "Exponential": "builders",
    "HorizontalPodAutoscaler": "builders",
    "Job": "builders",
    "Lognormal": "builders",
    "NodeGroup": "builders",
    "Patch": "builders",
    "Request": "builders",
    "RunSettings": "builders",
    "Service": "builders",
    "StatefulSet": "builders",
    "Subnet": "builders",
    "Traffic": "builders",
    "Vpc": "builders",
    "Comparison": "comparison",
    "compare": "comparison",
    "Complaint": "diagnostics",
    "Place": "diagnostics",
    "DefectError": "errors",
    "Error": "errors",
    "InputError": "errors",
    "PolicyError": "errors",
    "Policy": "policy",
    "PolicyMetric": "policy",
    "PolicyView": "policy",
    "Result": "result",
    "Scenario": "scenario",
    "load": "scenario",
    "Happened": "simulation",
    "Simulation": "simulation",
    "Sizing": "sizing",
    "size": "sizing",
    "Sweep": "sweep",
    "Table": "table",
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

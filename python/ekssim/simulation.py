"""A cluster that runs: advance it, look at it, fork it, change one branch and compare.

    sim = scenario.simulate(seed=7).until("2h")
    a, b = sim.fork(), sim.fork().apply({"scale": "Deployment/shop/web", "replicas": 30})
    ekssim.compare(a.until("24h"), b.until("24h"))

Both branches see the same arrivals and start-up times, since chance is keyed by owner and not by order.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ekssim import engine
from ekssim.durations import microseconds, shown
from ekssim.errors import DefectError, Error, InputError
from ekssim.result import Result

if TYPE_CHECKING:
    import pyarrow

    from ekssim.scenario import Scenario

__all__ = ["Simulation"]

# A step that was taken: ("until", microseconds) or ("apply", change).
_Step = tuple[str, Any]


class Simulation:
    """A run under way. `until` and `apply` change it and answer with it, so that calls chain; `fork` copies it.

    It remembers its scenario, seed and steps, which is how it is pickled and how a comparison repeats it under other
    seeds.
    """

    __slots__ = ("_core", "_scenario", "_seed", "_steps")

    def __init__(self, scenario: Scenario, seed: int | None = None) -> None:
        self._scenario = scenario
        self._seed = seed
        self._steps: list[_Step] = []
        text, options = scenario._text(), json.dumps(scenario._run_options(seed, None, 1, None, True, series=True))
        self._core = self._guarded(lambda: engine.core().Simulation(text, options))
        # A simulation that could not be opened keeps what was wrong; asking it raises that.
        self._asked(lambda: self._core.complaints)

    def until(self, time: str | timedelta) -> Simulation:
        """Advances to this offset from the start: every event before it has happened."""
        end = microseconds(time)
        if end < self._core.now_us:
            raise ValueError(f"the simulation is at {shown(self.now_seconds)}, past {time}; fork an earlier one")
        return self._step(("until", end))

    def apply(self, change: Mapping[str, Any]) -> Simulation:
        """Changes the cluster now: an entry of a timeline without its time, such as {"scale": …, "replicas": 3} or
        {"apply": "CronJob/reports/*", "merge": {…}}; {"patch": {"target": …, "env": …}} is another form of the latter.

        Raises InputError, and changes nothing, for what a cluster cannot follow while it runs.
        """
        return self._step(("apply", copy.deepcopy(dict(change))))

    def fork(self) -> Simulation:
        """A copy that goes its own way from here."""
        other = Simulation.__new__(Simulation)
        other._scenario = self._scenario
        other._seed = self._seed
        other._steps = list(self._steps)
        other._core = self._guarded(self._core.fork)
        return other

    __copy__ = fork

    def __deepcopy__(self, _: Any) -> Simulation:
        return self.fork()

    # --- what can be seen

    @property
    def scenario(self) -> Scenario:
        return self._scenario

    @property
    def now_seconds(self) -> float:
        return float(self._core.now_us) / 1e6

    @property
    def fingerprint(self) -> str:
        return str(self._core.fingerprint)

    def nodes(self) -> pyarrow.Table:
        """The nodes as they are now, one a row."""
        return self._table("nodes")

    def pods(self) -> pyarrow.Table:
        """The pods that exist now, one a row."""
        return self._table("pods")

    def addresses(self) -> pyarrow.Table:
        """The addresses that the nodes' network plugins hold now, one a row."""
        return self._table("addresses")

    def columns(self, name: str) -> dict[str, Any]:
        """The same as plain columns, for those who have no Arrow: `columns("nodes")`, `"pods"` or `"addresses"`."""
        return dict(self._asked(lambda: self._core.table(name)))

    def draw_requests(self, class_name: str, count: int = 1000) -> dict[str, Any]:
        """Single requests of a class of traffic, drawn from how its connections fare now: for traces and percentiles.

        `class_name` as in the label `class` of the metrics, such as "outside -> Service/shop/web"; at most 5000
        requests, each of which stands for `requests_per_second` / `count`. Columns: "us" (until the network has
        answered, without the time that the pod works; or until the client knows that it failed), "failed_by" (dns,
        rule, endpoint, table, port, quota; None: it works), "has_connected" (False: on a connection that was open),
        "from_node" and "to_node". The same seed, class and instant give the same requests, whatever becomes of other
        classes; the run goes on as if nobody had asked.
        """
        return dict(self._asked(lambda: self._core.draw_requests(class_name, count)))

    def result(self) -> Result:
        """The result up to now."""
        return self._scenario._result(self._asked(self._core.result))

    # --- values

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Simulation):
            return NotImplemented
        return (self._core.now_us, self.fingerprint, self._scenario) == (
            other._core.now_us,
            other.fingerprint,
            other._scenario,
        )

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (replayed, (self._scenario, self._seed, self._steps))

    def __repr__(self) -> str:
        return (
            f"<ekssim.Simulation {self._scenario.name!r} at {shown(self.now_seconds)}, fingerprint {self.fingerprint}>"
        )

    # --- within

    def _step(self, step: _Step) -> Simulation:
        kind, argument = step
        if kind == "until":
            self._asked(lambda: self._core.until(argument))
        else:
            self._asked(lambda: self._core.apply(json.dumps(argument)))
        self._steps.append(step)
        return self

    def _table(self, name: str) -> pyarrow.Table:
        try:
            import pyarrow
        except ImportError as error:
            message = "tables need Arrow: pip install 'ekssim[arrow]', or use columns() for plain lists"
            raise Error(message) from error
        return pyarrow.table(self.columns(name))

    def _guarded(self, call: Callable[[], Any]) -> Any:
        """What the engine answers; its defects are DefectError."""
        module = engine.core()
        try:
            return call()
        except module.Defect as error:
            raise DefectError(str(error)) from None

    def _asked(self, call: Callable[[], Any]) -> Any:
        """The same for what answers with a document: complaints are InputError."""
        answer = self._guarded(call)
        document = engine.unpacked(answer) if answer else {}
        if isinstance(document, Mapping) and document.get("complaints"):
            raise InputError(engine.complaints_of(document), folder=os.fspath(self._scenario.folder))
        return document


def replayed(scenario: Scenario, seed: int | None, steps: list[_Step]) -> Simulation:
    """The simulation that these steps lead to."""
    simulation = Simulation(scenario, seed)
    for step in steps:
        simulation._step(step)
    return simulation

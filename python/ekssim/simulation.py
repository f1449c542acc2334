"""A cluster that runs: advance it, look at it, fork it, change one branch and compare.

    sim = scenario.simulate(seed=7).until("2h")
    a, b = sim.fork(), sim.fork().apply({"scale": "Deployment/shop/web", "replicas": 30})
    ekssim.compare(a.until("24h"), b.until("24h"))

Both branches see the same arrivals and start-up times, since chance is keyed by owner and not by order.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from ekssim import engine
from ekssim.builders.base import plain
from ekssim.durations import microseconds, shown
from ekssim.errors import InputError
from ekssim.questions import question
from ekssim.result import Result
from ekssim.table import Table

if TYPE_CHECKING:
    from ekssim.builders import Change
    from ekssim.scenario import Scenario

__all__ = ["Happened", "Simulation"]

# A step that was taken: ("until", microseconds), ("events", count) or ("apply", change).
_Step = tuple[str, Any]


class Happened(NamedTuple):
    """An event that a simulation has handled: its kind, such as PodArrival, and when it was due."""

    event: str
    at_seconds: float


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
        self._core = engine.guarded(lambda: engine.core().Simulation(text, options, scenario._entries()))
        # A simulation that could not be opened keeps what was wrong; asking it raises that.
        self._asked(lambda: self._core.complaints)

    def until(self, time: str | timedelta) -> Simulation:
        """Advances to this offset from the start: every event before it has happened."""
        end = microseconds(time)
        if end < self._core.now_us:
            raise ValueError(f"the simulation is at {shown(self.now_seconds)}, past {time}; fork an earlier one")
        return self._step(("until", end))

    def step(self) -> Happened | None:
        """Handles the next event alone, and answers with it; None where nothing is pending."""
        answer = self._asked(self._core.step)
        if answer is None:
            return None
        if self._steps and self._steps[-1][0] == "events":
            self._steps[-1] = ("events", self._steps[-1][1] + 1)
        else:
            self._steps.append(("events", 1))
        return Happened(answer["event"], answer["at_seconds"])

    def apply(self, change: Change | Mapping[str, Any]) -> Simulation:
        """Changes the cluster now: Change(scale="Deployment/shop/web", replicas=3), or as a dict an entry of a timeline
        without its time, such as {"scale": …, "replicas": 3} or
        {"apply": "CronJob/reports/*", "merge": {…}}; {"patch": {"target": …, "env": …}} is another form of the latter.

        Raises InputError, and changes nothing, for what a cluster cannot follow while it runs.
        """
        return self._step(("apply", plain(change)))

    def fork(self) -> Simulation:
        """A copy that goes its own way from here. Raises PolicyError if it follows a policy that cannot be copied."""
        for held in self._scenario._policies:
            held.require_copies("a fork")
        other = Simulation.__new__(Simulation)
        other._scenario = self._scenario
        other._seed = self._seed
        other._steps = list(self._steps)
        other._core = engine.guarded(self._core.fork)
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

    def nodes(self) -> Table:
        """The nodes as they are now, one a row: a table that pandas, polars, DuckDB and pyarrow read as it is."""
        return self._table("nodes")

    def pods(self) -> Table:
        """The pods that exist now, one a row."""
        return self._table("pods")

    def addresses(self) -> Table:
        """The addresses that the nodes' network plugins hold now, one a row."""
        return self._table("addresses")

    def columns(self, name: str) -> dict[str, Any]:
        """The same as plain columns: `columns("nodes")`, `"pods"` or `"addresses"`."""
        return self._table(name).columns()

    def explain(
        self, what: Mapping[str, Any] | None = None, *, at: str | timedelta | None = None, **asked: Any
    ) -> dict[str, Any]:
        """As Scenario.explain, of this run with what was done to it; about now where no time is given."""
        asks = json.dumps(question(what, at, asked))
        return dict(self._asked(lambda: self._core.explain(asks)))

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
        elif kind == "events":
            for _ in range(argument):
                self._asked(self._core.step)
        else:
            self._asked(lambda: self._core.apply(json.dumps(argument)))
        self._steps.append(step)
        return self

    def _table(self, name: str) -> Table:
        return Table(engine.guarded(lambda: self._core.table(name)))

    def _asked(self, call: Callable[[], Any]) -> Any:
        """What the engine answers, as a document; complaints are InputError."""
        answer = engine.guarded(call)
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

"""The fleet to buy for a scenario, or for plain manifests: why, and how sure that is.

>>> import ekssim
>>> shop = {
...     "apiVersion": "apps/v1",
...     "kind": "Deployment",
...     "metadata": {"name": "web", "namespace": "shop"},
...     "spec": {
...         "replicas": 6,
...         "selector": {"matchLabels": {"app": "web"}},
...         "template": {
...             "metadata": {"labels": {"app": "web"}},
...             "spec": {
...                 "containers": [
...                     {"name": "web", "image": "web:1", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}
...                 ]
...             },
...         },
...     },
... }
>>> sizing = ekssim.size([shop], region="eu-central-1", families=["m7g", "c7g"], simulate=False)
>>> sizing.best.meets_objectives is None  # nothing was simulated
True
>>> sizing.best.usd_per_hour >= sizing.best.lower_bound_usd_per_hour
True
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ekssim import engine
from ekssim.diagnostics import Complaint
from ekssim.errors import InputError
from ekssim.resolve import holds_scenario
from ekssim.scenario import Scenario, load

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["Candidate", "Group", "Sizing", "size"]

ARCHITECTURES: Final = ("amd64", "arm64")
PURCHASES: Final = ("on-demand", "spot", "reserved-1y", "reserved-3y")
MOST_HEADROOM: Final = 0.9

Source = Scenario | str | os.PathLike[str] | Sequence[str | os.PathLike[str] | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Group:
    """The nodes of one instance type in a fleet. Prices are in USD an hour; a node pays both."""

    group: str
    instance_type: str
    nodes: int
    nodes_static: int
    purchase: str
    usd_per_hour_each: float
    volume_usd_per_hour_each: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fleet that was looked at closely. Prices are in USD an hour, of nodes and root volumes."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.document["id"])

    @property
    def label(self) -> str:
        """Such as "7 × m7g.xlarge"."""
        return str(self.document["label"])

    @property
    def rank(self) -> int:
        return int(self.document["rank"])

    @property
    def static_rank(self) -> int:
        """By price, before anything was simulated."""
        return int(self.document["static_rank"])

    @property
    def nodes(self) -> int:
        return int(self.document["nodes"])

    @property
    def groups(self) -> list[Group]:
        return [Group(**one) for one in self.document["groups"]]

    @property
    def usd_per_hour(self) -> float:
        return float(self.document["price"]["usd_per_hour"])

    @property
    def usd_per_month(self) -> float:
        return float(self.document["price"]["usd_per_month"])

    @property
    def lower_bound_usd_per_hour(self) -> float:
        """What no fleet of its kind can cost less than: proven, for the packing alone."""
        return float(self.document["price"]["lower_bound_usd_per_hour"])

    @property
    def gap(self) -> float:
        """Price of the packing over its bound, less one."""
        return float(self.document["price"]["gap"])

    @property
    def binds(self) -> str:
        return str(self.document["binds"])

    @property
    def meets_objectives(self) -> bool | None:
        """None where it was not simulated, or is not decided."""
        simulation = self.document["simulation"]
        verdict = simulation["verdict"] if simulation else None
        return {"pass": True, "fail": False, "error": False}.get(str(verdict))

    @property
    def pod_start_p99_seconds(self) -> float | None:
        """The mean over runs of each run's 99th percentile; None where no pod started."""
        simulation = self.document["simulation"]
        value = simulation["pod_start_p99_seconds"] if simulation else None
        return None if value is None else float(value)

    @property
    def stuck_share(self) -> float | None:
        """The share of runs in which some pod waited for five minutes and more."""
        simulation = self.document["simulation"]
        return float(simulation["stuck_share"]) if simulation else None

    def __repr__(self) -> str:
        verdict = {True: "meets the objectives", False: "does not meet the objectives", None: "not decided"}
        return f"<ekssim Candidate {self.label}: {self.usd_per_hour:.2f} USD/h, {verdict[self.meets_objectives]}>"


class Sizing:
    """What `size` answers: the recommendation, the candidates, the density table. Shows itself as a table."""

    __slots__ = ("_document",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = dict(document)

    @property
    def sentence(self) -> str:
        """The recommendation."""
        return str(self._document["recommendation"]["sentence"])

    @property
    def reasons(self) -> list[str]:
        return list(self._document["recommendation"]["reasons"])

    @property
    def candidates(self) -> list[Candidate]:
        """In order of rank: by price those that meet the objectives, then the others."""
        return [Candidate(one) for one in self._document["candidates"]]

    @property
    def best(self) -> Candidate | None:
        """The recommended fleet; None where none of them meets the objectives."""
        wanted = self._document["recommendation"]["candidate"]
        return next((one for one in self.candidates if one.id == wanted), None)

    @property
    def is_reversed(self) -> bool:
        """Whether the simulation found the cheapest packing wanting."""
        return bool(self._document["selection"]["reversed"])

    @property
    def workloads(self) -> list[dict[str, Any]]:
        """What was sized: pods at their peak, what each asks for, and why so many."""
        return list(self._document["workloads"])

    @property
    def sensitivity(self) -> list[dict[str, Any]]:
        """What would be bought with one assumption changed."""
        return list(self._document["sensitivity"])

    @property
    def assumptions(self) -> list[dict[str, Any]]:
        return list(self._document["assumptions"])

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(self._document["warnings"])

    @property
    def exact(self) -> dict[str, Any] | None:
        """What the integer program came to, if it was asked for."""
        found = self._document.get("exact")
        return dict(found) if found else None

    @property
    def interrupted(self) -> bool:
        return bool(self._document.get("interrupted"))

    def density(self, workload: str | None = None) -> list[dict[str, Any]]:
        """How many pods fit a node alone and what binds: one row a type and workload, or a type of one workload."""
        table = self._document["density"]
        names = table["workloads"]
        if workload is not None and workload not in names:
            raise KeyError(f"{workload} is not among the workloads that were sized: {', '.join(names)}")
        rows = []
        for at, kind in enumerate(table["types"]):
            for column, name in enumerate(names):
                if workload is not None and name != workload:
                    continue
                bound = table["binds"][at][column]
                rows.append(
                    {
                        "instance_type": kind["instance_type"],
                        "purchase": kind["purchase"],
                        "group": kind["group"],
                        "workload": name,
                        "pods": table["counts"][at][column],
                        "binds": None if bound < 0 else table["rooms"][bound],
                        "usd_per_hour": kind["usd_per_hour"],
                    }
                )
        return rows

    def to_dict(self) -> dict[str, Any]:
        return dict(self._document)

    def to_markdown(self) -> str:
        from ekssim.sizing_markdown import markdown_of

        return markdown_of(self._document)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sizing):
            return NotImplemented
        return _without_clock(self._document) == _without_clock(other._document)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ekssim.Sizing of {self._document['scenario']!r}: {self.sentence}>"

    def __rich__(self) -> RenderableType:
        from ekssim.render_sizing import sizing

        return sizing(self._document)

    def _repr_html_(self) -> str:
        from ekssim.pages import cell

        return cell(self._document)


def size(
    source: Source,
    *,
    architectures: Sequence[str] = (),
    families: Sequence[str] = (),
    types: Sequence[str] = (),
    older_generations: bool = False,
    purchases: Sequence[str] = ("on-demand",),
    zones: Sequence[str] = (),
    region: str | None = None,
    nodes_min: int = 0,
    nodes_max: int | None = None,
    headroom: float = 0.0,
    survive_zone_loss: bool = False,
    top: int = 5,
    replications: int | Mapping[str, int] | None = None,
    seed: int | None = None,
    jobs: int = 1,
    effort: int = 1,
    simulate: bool = True,
    exact: bool = False,
    exact_seconds: float = 60.0,
    progress: engine.Progress | None = None,
) -> Sizing:
    """Finds the cheapest fleet that holds the workloads and meets the objectives.

    `source` is a scenario (or its file), or a list of manifests: files, folders, or objects as dicts. The objectives
    are the scenario's `expect`; without any, that every pod is placed and 99 % of pods start within a minute.

    - `architectures`: amd64, arm64; `families` such as m7g; `types` such as m7g.xlarge. Empty: all
      that AWS calls current, or with `older_generations` all.
    - `purchases`: on-demand, spot, reserved-1y, reserved-3y. Each has candidates of its own.
    - `zones`, `region`: where the nodes stand; the scenario's unless given.
    - `nodes_min`, `nodes_max`: bounds on the number of nodes.
    - `headroom`: share of the CPU, memory and pods of each node to leave free, 0 to 0.9.
    - `survive_zone_loss`: the other zones hold everything when any one is gone.
    - `top`: how many fleets are simulated; `replications` of each: a number, or {"min", "max"}.
    - `effort`: work of the packing, about a second each; `simulate=False` leaves it at the packing.
    - `exact`: also solves the packing as an integer program (needs highspy), for `exact_seconds` at most.

    Raises InputError for a wrong scenario or wrong wishes, ValueError for values out of range, KeyboardInterrupt after
    Ctrl-C.
    """
    answer, was_interrupted = _size(
        source,
        wishes_of(
            architectures=architectures,
            families=families,
            types=types,
            older_generations=older_generations,
            purchases=purchases,
            zones=zones,
            nodes_min=nodes_min,
            nodes_max=nodes_max,
            headroom=headroom,
            survive_zone_loss=survive_zone_loss,
            top=top,
            replications=replications,
            seed=seed,
            jobs=jobs,
            effort=effort,
            simulate=simulate,
        ),
        region=region,
        exact_seconds=exact_seconds if exact else None,
        progress=progress,
    )
    if was_interrupted:
        raise KeyboardInterrupt
    return answer


def wishes_of(
    *,
    architectures: Sequence[str],
    families: Sequence[str],
    types: Sequence[str],
    older_generations: bool,
    purchases: Sequence[str],
    zones: Sequence[str],
    nodes_min: int,
    nodes_max: int | None,
    headroom: float,
    survive_zone_loss: bool,
    top: int,
    replications: int | Mapping[str, int] | None,
    seed: int | None,
    jobs: int,
    effort: int,
    simulate: bool,
) -> dict[str, Any]:
    """The wishes as the engine reads them; ValueError names the one that is out of range, and the range."""
    for name, words, known in (("architectures", architectures, ARCHITECTURES), ("purchases", purchases, PURCHASES)):
        for word in words:
            if word not in known:
                raise ValueError(f"{name}: {word!r} is none of {', '.join(known)}")
    if not purchases:
        raise ValueError(f"purchases: there has to be one of {', '.join(PURCHASES)}")
    for name, value, least in (("nodes_min", nodes_min, 0), ("top", top, 1), ("jobs", jobs, 1), ("effort", effort, 1)):
        if value < least:
            raise ValueError(f"{name} is {value}, and has to be {least} or more")
    if not 0.0 <= headroom <= MOST_HEADROOM:
        raise ValueError(f"headroom is {headroom:g}, and has to be a share from 0 to {MOST_HEADROOM:g}")
    if nodes_max is not None and nodes_max < max(nodes_min, 1):
        raise ValueError(f"nodes_max is {nodes_max}, and has to be {max(nodes_min, 1)} or more")
    wishes: dict[str, Any] = {
        "architectures": list(dict.fromkeys(architectures)),
        "families": list(families),
        "types": list(types),
        "older_generations": older_generations,
        "purchases": list(dict.fromkeys(purchases)),
        "zones": list(zones),
        "nodes_min": nodes_min,
        "nodes_max": nodes_max,
        "headroom": headroom,
        "survive_zone_loss": survive_zone_loss,
        "top": top,
        "effort": effort,
        "simulate": simulate,
        "seed": seed,
        "jobs": jobs,
    }
    if replications is not None:
        both = {"min": replications, "max": replications} if isinstance(replications, int) else dict(replications)
        if not 1 <= both["min"] <= both["max"]:
            raise ValueError(f"replications are {both['min']} to {both['max']}, and have to be 1 or more, in order")
        wishes["replications"] = both
    return wishes


def _size(
    source: Source,
    wishes: Mapping[str, Any],
    *,
    region: str | None = None,
    exact_seconds: float | None = None,
    progress: engine.Progress | None = None,
    root: str | os.PathLike[str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> tuple[Sizing, bool]:
    """The answer, partial where somebody pressed Ctrl-C, and whether somebody did."""
    if exact_seconds is not None:
        from ekssim.sizing_exact import need_highs

        need_highs()
    scenario, assumed = _scenario_of(source, region, wishes["zones"], root, overrides or {})
    wishes = dict(wishes)
    if assumed:
        # The zones are those of the cluster that was made.
        wishes["zones"] = []
    options = {**scenario._options(), "wishes": wishes, "mix": exact_seconds is not None}
    with engine.Ticker(progress) as ticker:
        document = engine.call("size", scenario._text(), options, ticker)
    if document.get("complaints"):
        raise InputError(engine.complaints_of(document), folder=os.fspath(scenario.folder))
    document["assumptions"] = [*assumed, *document["assumptions"]]
    document["warnings"] = [*_file_warnings(scenario), *document["warnings"]]
    mix = document.pop("mix", None)
    if mix is not None and exact_seconds is not None and not ticker.interrupted:
        from ekssim.sizing_exact import solve

        document["exact"] = solve(mix[0], seconds=exact_seconds, start=document["candidates"])
    document["interrupted"] = bool(document.get("interrupted")) or ticker.interrupted
    return Sizing(document), ticker.interrupted


def _file_warnings(scenario: Scenario) -> list[dict[str, Any]]:
    """What the reader of files warned about, which the engine knows nothing of."""
    own: list[Complaint] = [one for one in scenario._resolved.complaints if not one.is_error]
    return [{"rule": one.rule, "message": one.message, "place": str(one.place) if one.place else ""} for one in own]


def _scenario_of(
    source: Source,
    region: str | None,
    zones: Sequence[str],
    root: str | os.PathLike[str] | None,
    overrides: Mapping[str, Any],
) -> tuple[Scenario, list[dict[str, str]]]:
    """The scenario to size, and what was assumed to make one."""
    from ekssim.sizing_input import scenario_around

    if isinstance(source, (str, os.PathLike)):
        source = [source]
    if not isinstance(source, Scenario):
        named = [Path(one) for one in source if not isinstance(one, Mapping)]
        scenarios = [one for one in named if one.is_file() and holds_scenario(one)]
        if not scenarios:
            return scenario_around(source, region=region, zones=zones, root=root, set=overrides)
        if len(source) > 1:
            raise InputError(
                [
                    Complaint(
                        "EKS021",
                        f"{scenarios[0]} is a scenario, and stands beside {len(source) - 1} other",
                        "size one scenario, or manifests; a scenario names its own manifests",
                    )
                ]
            )
        source = load(scenarios[0], root=root, set=overrides)
    return (source.with_set({"cluster.metadata.region": region}) if region is not None else source), []


def _without_clock(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != "wall_seconds"}

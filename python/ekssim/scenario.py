"""A scenario as a value: what a file says, with everything it names read in, checked, and ready to run.

>>> import ekssim
>>> workers = ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=2)
>>> s = ekssim.Scenario(
...     name="two nodes",
...     cluster=ekssim.Cluster(region="eu-central-1", node_groups=[workers]),
...     run=ekssim.RunSettings("10m"),
... )
>>> s.name
'two nodes'
>>> s == s.with_set({"run.for": "20m"})
False
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ekssim import engine
from ekssim.builders.base import camel, plain, where
from ekssim.diagnostics import Complaint, Place
from ekssim.durations import microseconds
from ekssim.errors import InputError
from ekssim.progress import shown
from ekssim.questions import question
from ekssim.resolve import FILE_PATHS, Resolved, resolve_file, resolve_value
from ekssim.result import Result

if TYPE_CHECKING:
    from ekssim.builders import Cluster, RunSettings
    from ekssim.openmetrics import Export
    from ekssim.policy import HeldPolicy, Policy
    from ekssim.simulation import Simulation
    from ekssim.sweep import Sweep

__all__ = ["Scenario", "load"]

API_VERSION = "ekssim.dev/v1alpha1"
# What the engine would say only because a file could not be read: nothing that matches, nothing that is there.
_FOLLOW_UPS = frozenset(("EKS103", "EKS304", "EKS306", "EKS401", "EKS510", "EKS604"))


def load(
    path: str | os.PathLike[str], *, set: Mapping[str, Any] | None = None, root: str | os.PathLike[str] | None = None
) -> Scenario:
    """Reads and checks a scenario file.

    `set` overrides values by path, as `--set` does; `root` is the folder outside which nothing is read. Raises
    InputError with every complaint about the file and what it names.
    """
    return Scenario._checked(resolve_file(path, root, list((set or {}).items())), os.fspath(path))


class Scenario:
    """A checked scenario. It does not change: `with_set` and `variants` answer with others.

    The sections of a scenario file are the arguments; what they hold is what the file would hold, as dicts and lists or
    as the builders of ekssim.builders. Paths in them are relative to `folder` (the current folder). Raises InputError
    if anything is wrong; its complaints name the places in the arguments, such as cluster.node_groups[0].instance_type.
    """

    __slots__ = ("_checks", "_overrides", "_policies", "_resolved", "_source")

    _resolved: Resolved
    _overrides: tuple[tuple[str, Any], ...]
    _checks: dict[str, Any]
    _source: str | None
    _policies: tuple[HeldPolicy, ...]

    def __init__(
        self,
        *,
        cluster: Cluster | Mapping[str, Any],
        run: RunSettings | Mapping[str, Any],
        manifests: Sequence[Any] | None = None,
        name: str | None = None,
        folder: str | os.PathLike[str] | None = None,
        root: str | os.PathLike[str] | None = None,
        set: Mapping[str, Any] | None = None,
        **sections: Any,
    ) -> None:
        document: dict[str, Any] = {"apiVersion": API_VERSION, "kind": "Scenario"}
        metadata = dict(sections.pop("metadata", None) or {})
        if name is not None:
            metadata["name"] = name
        if metadata:
            document["metadata"] = metadata
        given = {"cluster": cluster, "manifests": manifests, "run": run}
        given |= {camel(section): value for section, value in sections.items()}
        document.update({section: plain(value) for section, value in given.items() if value is not None})
        resolved = resolve_value(document, folder, root, list((set or {}).items()))
        try:
            self._fill(resolved, check(resolved), None)
        except InputError as error:
            raise InputError([_placed(one, given) for one in error.complaints], error.folder) from None

    def _fill(self, resolved: Resolved, checks: dict[str, Any], source: str | None) -> None:
        complaints = resolved.complaints + engine.complaints_of(checks)
        if resolved.has_errors or not checks.get("ok"):
            raise InputError(merged(complaints), folder=os.fspath(resolved.folder))
        self._resolved = resolved
        self._overrides = tuple(resolved.overrides)
        self._checks = checks
        self._source = source
        self._policies = ()

    @classmethod
    def _checked(cls, resolved: Resolved, source: str | None = None) -> Scenario:
        scenario = cls.__new__(cls)
        scenario._fill(resolved, check(resolved), source)
        return scenario

    # --- what it is

    @property
    def name(self) -> str:
        metadata = self.document.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str):
            return name
        return Path(self._source).stem if self._source else "scenario"

    @property
    def path(self) -> str | None:
        """The file it was read from."""
        return self._source

    @property
    def folder(self) -> Path:
        """The folder that the files in its places are relative to."""
        return self._resolved.folder

    @property
    def document(self) -> dict[str, Any]:
        """The resolved document: what `ekssim resolve` prints."""
        assert self._resolved.document is not None
        return self._resolved.document

    @property
    def warnings(self) -> list[Complaint]:
        return warnings_of(self._resolved, self._checks)

    @property
    def assumptions(self) -> list[dict[str, Any]]:
        """What the scenario does not say and the model needs: what, value and rule of each default."""
        return list(self._checks.get("assumptions", ()))

    @property
    def ignored(self) -> list[dict[str, Any]]:
        """The fields of Kubernetes and eksctl objects that the model does not use, with how often each occurs."""
        return list(self._checks.get("ignored", ()))

    @property
    def summary(self) -> dict[str, Any]:
        """How many nodes, workloads, pods and subnets there are at the start."""
        return dict(self._checks.get("summary", {}))

    # --- others like it

    def with_set(self, values: Mapping[str, Any]) -> Scenario:
        """The scenario with other values at these paths: `s.with_set({"run.for": "2h"})`."""
        if any(path in FILE_PATHS for path in values):
            # These name files, which have to be read.
            if self._source is None:
                raise ValueError(f"only a scenario from a file can be given other {' or '.join(FILE_PATHS)}")
            overrides = [*self._overrides, *values.items()]
            other_files = Scenario._checked(resolve_file(self._source, self._resolved.root, overrides), self._source)
            return other_files._following(self._policies)
        other = copy.copy(self._resolved)
        other.overrides = [*self._overrides, *values.items()]
        other.complaints = list(self._resolved.complaints)
        return Scenario._checked(other, self._source)._following(self._policies)

    def with_policy(self, scaler: str, policy: Policy) -> Scenario:
        """The scenario with a policy of your own in the place of a HorizontalPodAutoscaler's decisions, such as
        "HorizontalPodAutoscaler/shop/web" (see ekssim.policy).

        The controller still looks every 15 s, reads the metrics, keeps to minReplicas and maxReplicas and shows its
        status; tolerance, stabilisation and `behavior` do not apply. A policy that cannot be pickled can follow one
        run, once; forks, replications and other processes are then a PolicyError.
        """
        from ekssim.policy import HeldPolicy

        name = scaler.removeprefix("HorizontalPodAutoscaler/")
        known = self._checks.get("horizontal_scalers", [])
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f'did you mean "{near[0]}"?' if near else f"there are: {', '.join(known)}" if known else ""
            raise InputError([Complaint("EKS304", f"no HorizontalPodAutoscaler is called {name}", hint)])
        others = tuple(one for one in self._policies if one.scaler != name)
        return copy.copy(self)._following((*others, HeldPolicy(name, policy)))

    def variants(self) -> list[tuple[dict[str, Any], Scenario]]:
        """The scenario's forms with their labels: its `variants`, each in every combination of its `matrix`.

        The scenario alone, with an empty label, where it has neither.
        """
        if not (self.document.get("matrix") or self.document.get("variants")):
            return [({}, self)]
        answer = engine.call("variants", self._text(), self._options())
        if isinstance(answer, Mapping):
            raise InputError(engine.complaints_of(answer), folder=os.fspath(self.folder))
        found: list[tuple[dict[str, Any], Scenario]] = [
            (dict(one["label"]), self.with_set(dict(map(tuple, one["set"])))) for one in answer
        ]
        return found or [({}, self)]

    # --- runs

    def run(
        self,
        seed: int | None = None,
        *,
        replications: int | Mapping[str, int] | None = None,
        jobs: int = 1,
        until: str | timedelta | None = None,
        judge: bool = True,
        series: bool = True,
        progress: engine.Progress | bool | None = None,
    ) -> Result:
        """Simulates the scenario and judges its expectations.

        Seed, replications and end are those of the scenario unless given here. `series` keeps what pictures are drawn
        from, `Result.over_time`, of the first run. `progress` is called with a dict now and then; if it answers False,
        the run ends early and the result says `interrupted`. With True a bar is shown.
        """
        options = self._run_options(seed, replications, jobs, until, judge, series=series)
        with shown(progress, self.name) as told:
            result, was_interrupted = self._run(options, told)
        if was_interrupted:
            raise KeyboardInterrupt
        return result

    def replicate(
        self,
        replications: int,
        *,
        seed: int | None = None,
        jobs: int | None = None,
        executor: Any = None,
        resume: str | os.PathLike[str] | None = None,
        series: bool = False,
        progress: engine.Progress | bool | None = None,
    ) -> Result:
        """Runs the scenario that many times, each run with its own stream of chance under one seed.

        The runs are done side by side: on `jobs` threads (as many as there are processors), or by `executor`, which is
        one of concurrent.futures or a Dask client (whose workers have ekssim installed; what a worker was at when it
        died is done again, and noted in `Result.retries`). With `resume` each finished run is kept in that file, and
        the same call goes on from there. `progress` is called with {"finished", "of"}, or True for a bar. None of
        these changes the result. Ctrl-C, or a notebook's stop button, ends it with KeyboardInterrupt.
        """
        from ekssim.sweeping import replicate

        return replicate(
            self, replications, seed=seed, jobs=jobs, executor=executor, resume=resume, series=series, progress=progress
        )

    def export_openmetrics(
        self,
        path: str | os.PathLike[str],
        *,
        scrape_interval: str | timedelta = "30s",
        seed: int | None = None,
        replication: int = 0,
        until: str | timedelta | None = None,
        progress: engine.Progress | None = None,
    ) -> Export:
        """Writes the series of one run as Prometheus would have scraped them; see `ekssim.openmetrics`.

        Raises ValueError for an interval that is no whole number of seconds, InputError for a scenario that cannot run,
        Error where the file cannot be written.
        """
        from ekssim.openmetrics import export

        return export(
            self,
            path,
            scrape_interval=scrape_interval,
            seed=seed,
            replication=replication,
            until=until,
            progress=progress,
        )

    def simulate(self, seed: int | None = None) -> Simulation:
        """The scenario at its start, to be advanced, forked and looked at."""
        from ekssim.simulation import Simulation

        return Simulation(self, seed)

    def sweep(
        self,
        over: Mapping[str, Sequence[Any]],
        *,
        seed: int | None = None,
        replications: int | Mapping[str, int] | None = None,
        jobs: int | None = None,
        executor: Any = None,
        resume: str | os.PathLike[str] | None = None,
        series: bool = False,
        progress: engine.Progress | bool | None = None,
    ) -> Sweep:
        """Runs every combination of the values at these paths, each as often as `replications` says.

        All runs are done side by side, as by `replicate`, whose other arguments mean the same here.
        """
        from ekssim.sweeping import sweep

        return sweep(
            self,
            over,
            seed=seed,
            replications=replications,
            jobs=jobs,
            executor=executor,
            resume=resume,
            series=series,
            progress=progress,
        )

    def explain(
        self,
        what: Mapping[str, Any] | None = None,
        *,
        at: str | timedelta | None = None,
        seed: int | None = None,
        **asked: Any,
    ) -> dict[str, Any]:
        """Why a pod waited (pod="shop/web-0", at="1h"), a node is still there (node="workers-2"), a
        HorizontalPodAutoscaler wants its size (hpa="shop/web"), or an expectation failed (expectation=NAME); what
        becomes of connections (path=("Deployment/shop/web", "Service/shop/api")), and how much more of them nodes would
        bear (capacity=NODE, "" for all). The same as a dict: {"pod": "shop/web-0", "at_us": 3600000000}. At the end of
        the run where no time is given.

        Every answer has "text", the lines that `ekssim explain` prints, and but for expectations "seed" and "spec" (the
        fingerprint of the input). Beside them:

        - of a pod and of a node "autoscalers", a list with one entry for each of Cluster Autoscaler and Karpenter that
          is there and has something to say: "who", "says" (a sentence), "groups" (of each node group or NodePool
          "group", "says" and whether it "helps"; for pods alone) and "event" (as `kubectl describe pod` shows it, ""
          where there is none);
        - of a pod "pod", "node" (where it is, "" if nowhere) and "nodes" (what the scheduler's plugins say of each;
          None where no time is given);
        - of a node "node", "instance_type", "zone", "at_seconds", "state", "cordoned", "pods", "requested_cpu_share",
          "requested_memory_share";
        - of an HPA "hpa", "target", "at_seconds", "last_look_seconds" (None: it has not looked yet), "min_replicas",
          "max_replicas", "replicas", "proposed", "desired", "stabilisation" and "limits" (lines), "conditions" ("type",
          "status", "reason", "message") and "metrics": of each "metric", "target", "reading", and either its "fault"
          or "ratio" (from which the size follows, with "pods_without_sample" and "unready_pods" in their places),
          "held_by_them" (nothing is changed because they would turn the ratio around), "within_tolerance", "proposes",
          "wins"; and "decided_by_policy", what a policy of yours said at the last look (None where the controller
          itself decides): then nothing wins, and "stabilisation", "limits" and "conditions" are empty;
        - of a path "paths", one for each class of traffic from there to there: "class", "connections_per_second",
          "connect_mean_us", "connect_p90_us", "connect_p99_us", "request_us" (a request more), "network_us", "failing"
          ("cause", "share", "known_after_seconds"), "wait_seconds", "wrong_pod_share", "stale_share" (of the callers,
          whose open connection leads to nobody), "network" and "stages": of the nodes in each role
          "role", "nodes", "share", "mode", "writer", "rules" (live, frozen, coming, none), "migration", "version",
          "service" ("position" among the rules, "endpoints_known", "_stale", "_missing"), "load_mean", "load_most",
          "tables" and "hops" ("hop", "rules", "cpu_us" of a connection with its first request; "idle_us", "now_us",
          "request_us" as time), "assumptions";
        - of capacity "nodes", the first to break first: "node", "mode", "node_cores", "application_cores", "cores" (by
          what they are spent on), "network_cores", "load", "limits" ("limit", "used", "cap", "reached_at_multiple" of
          today's traffic), "breaks_first", "at_multiple", "proxies" ("kind", "pods", "proxies", "memory_mb",
          "pods_that_fail_together"); "modes": the same of the first node with each data path, and
          "spared_share" of its cores; "cores" of all nodes, "assumptions".
        """
        asks = question(what, at, asked)
        options = self._run_options(seed, None, 1, None, True)
        answer = engine.call("explain", self._text(), options, asks, policies=self._entries())
        if answer.get("complaints"):
            raise InputError(engine.complaints_of(answer), folder=os.fspath(self.folder))
        return dict(answer)

    # --- values

    def _key(self) -> tuple[Any, ...]:
        return (_without_places(self.document), self._overrides, self._policies)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Scenario) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.name, len(self._overrides)))

    def __copy__(self) -> Scenario:
        return _restored(self._resolved, self._checks, self._source, self._policies)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restored, (self._resolved, self._checks, self._source, self._policies))

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {what}" for what, number in self.summary.items())
        return f"<ekssim.Scenario {self.name!r}{': ' + counts if counts else ''}>"

    # --- within the package

    def _text(self) -> str:
        return self._resolved.text()

    def _options(self) -> dict[str, Any]:
        return {"set": [list(one) for one in self._overrides]}

    def _run(self, options: dict[str, Any], progress: engine.Progress | None = None) -> tuple[Result, bool]:
        """The result, partial where somebody pressed Ctrl-C, and whether somebody did."""
        with engine.Ticker(progress) as ticker:
            answer = ticker.call("run", self._text(), options, policies=self._entries())
        return self._result(answer), ticker.interrupted

    def _following(self, policies: tuple[HeldPolicy, ...]) -> Scenario:
        self._policies = policies
        return self

    def _entries(self) -> list[tuple[str, bytes, Any]]:
        """The policies for the engine, for one run."""
        return [one.entry() for one in self._policies]

    def _run_options(
        self,
        seed: int | None,
        replications: int | Mapping[str, int] | None,
        jobs: int,
        until: str | timedelta | None,
        judge: bool,
        *,
        series: bool = False,
    ) -> dict[str, Any]:
        options = self._options()
        options["series"] = series
        options["jobs"] = jobs
        options["judge"] = judge
        if seed is not None:
            options["seed"] = seed
        if replications is not None:
            options["replications"] = (
                {"min": replications, "max": replications} if isinstance(replications, int) else dict(replications)
            )
        if until is not None:
            options["until_us"] = microseconds(until)
        return options

    def _result(self, answer: Mapping[str, Any], retries: Sequence[Mapping[str, Any]] = ()) -> Result:
        if answer.get("complaints"):
            raise InputError(engine.complaints_of(answer), folder=os.fspath(self.folder))
        return Result(self._with_file_warnings(answer), self, retries)

    def _with_file_warnings(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The engine knows nothing of what the YAML reader warned about."""
        document = dict(answer)
        own = [
            {"rule": one.rule, "message": one.message, "place": str(one.place) if one.place else ""}
            for one in self._resolved.complaints
            if not one.is_error
        ]
        document["warnings"] = own + list(document.get("warnings", ()))
        # Nor of the folder that the reader stands in: a command to repeat a run must work from there.
        if self._source is not None:
            files = (self._resolved.document or {}).get("files") or [""]
            name = str(files[0])
            document["expectations"] = [
                {**one, "replay": one["replay"].replace(f"ekssim run {name} ", f"ekssim run {self._source} ")}
                if name and "replay" in one
                else one
                for one in document.get("expectations", ())
            ]
        return document


def check(resolved: Resolved) -> dict[str, Any]:
    """What the engine says about a resolved document; an empty answer where there is none."""
    if resolved.document is None:
        return {"ok": False, "complaints": []}
    if resolved.has_errors and not engine.has_core():
        return {"ok": False, "complaints": []}
    answer: dict[str, Any] = engine.call("load", resolved.text(), {"set": [list(one) for one in resolved.overrides]})
    if resolved.has_errors:
        # The files' own mistakes come first; what only follows from them would mislead.
        said = {complaint.place for complaint in resolved.complaints if complaint.is_error}
        kept = [
            one.to_dict()
            for one in engine.complaints_of(answer)
            if one.rule not in _FOLLOW_UPS and one.place not in said
        ]
        return {"ok": False, "complaints": kept, "warnings": answer.get("warnings", [])}
    return answer


def merged(complaints: Sequence[Complaint]) -> list[Complaint]:
    """Each complaint once, in the order of files and lines where they have a place; errors alone if there are any."""
    doubts = {complaint.place: complaint for complaint in complaints if not complaint.is_error and complaint.place}
    errors = []
    for complaint in complaints:
        if complaint.is_error:
            doubt = doubts.get(complaint.place) if complaint.place is not None else None
            if doubt is not None and not complaint.hint:
                # "must be a text, not false" says little to somebody who wrote `no`.
                complaint = dataclasses.replace(complaint, hint=f"{doubt.message}; {doubt.hint}")
            errors.append(complaint)
    kept: dict[tuple[Any, ...], Complaint] = {}
    for complaint in errors or complaints:
        place = complaint.place
        key = (complaint.rule, place.file, place.line, place.column) if place and place.line else (complaint,)
        kept.setdefault(key, complaint)
    files: dict[str, int] = {}
    for complaint in kept.values():
        if complaint.place is not None:
            files.setdefault(complaint.place.file, len(files))

    def position(complaint: Complaint) -> tuple[int, int, int]:
        place = complaint.place
        return (files[place.file], place.line, place.column) if place else (len(files), 0, 0)

    return sorted(kept.values(), key=position)


def warnings_of(resolved: Resolved, checks: Mapping[str, Any]) -> list[Complaint]:
    own = [complaint for complaint in resolved.complaints if not complaint.is_error]
    return merged(own + engine.complaints_of(checks, "warnings"))


def _placed(complaint: Complaint, given: Mapping[str, Any]) -> Complaint:
    """With the path in the arguments in the place of a file's line."""
    if complaint.place is not None or not complaint.pointer:
        return complaint
    tokens = [one.replace("~1", "/").replace("~0", "~") for one in complaint.pointer.strip("/").split("/")]
    return dataclasses.replace(complaint, place=Place(where(given, tokens).lstrip(".")))


def _without_places(document: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key not in ("places", "files")}


def _restored(
    resolved: Resolved, checks: dict[str, Any], source: str | None, policies: tuple[HeldPolicy, ...] = ()
) -> Scenario:
    scenario = Scenario.__new__(Scenario)
    scenario._fill(resolved, checks, source)
    return scenario._following(policies)

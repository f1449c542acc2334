"""What a run found: verdicts, where waiting time went, metrics, and the fingerprint that names it all.

A Result is a value: two are equal if everything is but wall time and memory, which alone may differ between two runs of
one scenario and seed, and whether levels over time were kept.

    >>> r = Result({"scenario": "demo", "seed": 7, "verdict": "pass", "wall_seconds": 0.1})
    >>> r.verdict, r.passed
    ('pass', True)
    >>> r == Result({**r.to_dict(), "wall_seconds": 0.2})
    True
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ekssim.errors import Error

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ekssim.scenario import Scenario
    from ekssim.table import Table

__all__ = ["Result"]

_MAY_DIFFER = frozenset(("wall_seconds", "peak_memory_bytes", "series"))


class Result:
    """The result document of a run, with names for its parts. In a notebook, under Rich and printed it is a report."""

    __slots__ = ("_document", "_retries", "_scenario")

    def __init__(
        self, document: Mapping[str, Any], scenario: Scenario | None = None, retries: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        self._document = dict(document)
        self._scenario = scenario
        self._retries = [dict(one) for one in retries]

    def to_dict(self) -> dict[str, Any]:
        """The result document: what `-o json` prints."""
        return copy.deepcopy(self._document)

    def to_json(self, *, indent: int | None = None) -> str:
        return json.dumps(self._document, ensure_ascii=False, indent=indent)

    @property
    def scenario(self) -> str:
        return str(self._document.get("scenario", ""))

    @property
    def seed(self) -> int:
        return int(self._document.get("seed", 0))

    @property
    def replications(self) -> int:
        return int(self._document.get("replications", 1))

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that two runs share exactly if they are the same."""
        return str(self._document.get("fingerprint", ""))

    @property
    def verdict(self) -> str:
        """`pass`, `fail`, `inconclusive`, or `none` where nothing was expected."""
        return str(self._document.get("verdict", "none"))

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"

    @property
    def interrupted(self) -> bool:
        """The run was ended early; its numbers are those up to then."""
        return bool(self._document.get("interrupted", False))

    @property
    def expectations(self) -> list[dict[str, Any]]:
        return list(self._document.get("expectations", ()))

    @property
    def waiting(self) -> dict[str, Any]:
        """Pods and seconds waited, and `by_cause`, whose parts sum to the whole."""
        return dict(self._document.get("waiting", {}))

    @property
    def pods(self) -> dict[str, int]:
        return dict(self._document.get("pods", {}))

    @property
    def nodes(self) -> dict[str, int]:
        return dict(self._document.get("nodes", {}))

    @property
    def metrics(self) -> dict[str, list[dict[str, Any]]]:
        """The series of each metric, each with its labels and aggregates."""
        return dict(self._document.get("metrics", {}))

    def series(self, metric: str, **labels: str) -> list[dict[str, Any]]:
        """The series of one metric whose labels have these values."""
        return [
            one
            for one in self.metrics.get(metric, ())
            if all(one.get("labels", {}).get(label) == value for label, value in labels.items())
        ]

    def table(self, name: str) -> Table:
        """One part of the result as a table: `waiting` (cause, seconds), `metrics` (one row a series, with its labels
        as columns), `expectations`, `runs` (replication, quantity, unit, value: what each run came to), `advice`,
        `assumptions`, `ignored` or `warnings`. Raises KeyError for another name.
        """
        from ekssim.result_tables import table_of

        return table_of(self._document, name)

    def histogram(self, metric: str, **labels: str) -> Table:
        """How often a distribution, such as ekssim_pod_start_seconds, had which values, in the first run.

        Columns: `low` and `high` (in the metric's unit; from `low` up to, but not including, `high`) and `count`, over
        all series whose labels have these values. Buckets are at most 1/16 of their values wide; those without a sample
        are left out. Raises KeyError where there is no such distribution, or it has no sample.
        """
        from ekssim.result_tables import histogram_of

        return histogram_of(self.metrics, metric, labels)

    def timeline(self, name: str, **labels: str) -> Table:
        """A level over time, of those in `over_time`: columns `at_seconds`, the labels, `value`, which holds until the
        next row with the same labels; the last row is at the end of the run. Raises KeyError for a name that is not
        there.
        """
        from ekssim.result_tables import timeline_of

        return timeline_of(self._document.get("series", {}), name, labels)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """What each run came to: `replication`, `fingerprint`, and one entry a quantity (None: nothing was seen)."""
        kept = self._document.get("runs", {})
        return [
            {
                "replication": kept.get("first_replication", 0) + index,
                "fingerprint": fingerprint,
                **{one["name"]: one["values"][index] for one in kept["quantities"]},
            }
            for index, fingerprint in enumerate(kept.get("fingerprints", ()))
        ]

    @property
    def retries(self) -> list[dict[str, Any]]:
        """The runs that had to be begun more than once: `replication` and `attempts`, each with `worker`, `pid` and,
        for those that came to nothing, `error`. They change nothing in the result."""
        return copy.deepcopy(self._retries)

    def explain(self, what: Mapping[str, Any] | None = None, **asked: Any) -> dict[str, Any]:
        """As Scenario.explain, of the run that this is the result of. Raises Error for a result that was read in."""
        if self._scenario is None:
            raise Error("a result that was read in does not know its scenario: ask that, with seed=" + str(self.seed))
        return self._scenario.explain(what, seed=self.seed, **asked)

    @property
    def over_time(self) -> dict[str, Any]:
        """Levels over time of the first run, for pictures; empty where the run did not keep them.

        `list` holds one entry a series: `name`, `labels`, `unit`, and `values` from each of `at_seconds` on, the last
        until `until_seconds`. There are "addresses" by state (free, assigned, cooling; "subnet_addresses" by subnet
        too), "subnet_free_addresses", "pods" by state (ready, waiting by cause, other), "nodes" by node_group and state
        (ready, not-ready), "waiting_pods" and "ready_nodes" in all, and "cost" (total, idle) in USD an hour. A series
        has 1924 points at most, one of a subnet or node group 484; where there were more changes, first, last, least
        and greatest of each stretch of time are kept, so that no peak is lost.
        """
        return copy.deepcopy(dict(self._document.get("series", {})))

    @property
    def advice(self) -> list[dict[str, Any]]:
        """What VerticalPodAutoscalers, Goldilocks and KRR say of each container at the end of the run, where the
        scenario has the section `advice`: flat rows, such as `pandas.DataFrame` takes. Amounts are in cores, bytes and
        US dollars an hour; None is not set, or not known. The columns:

        - namespace, workload, workload_kind, container: whose;
        - cpu_request_cores, cpu_limit_cores, memory_request_bytes, memory_limit_bytes: what its template says now;
        - vpa: the VerticalPodAutoscaler that watches it, and vpa_lower_*, vpa_target_*, vpa_upper_*, each with
          _cpu_cores and _memory_bytes: what that recommends;
        - goldilocks_guaranteed_*, goldilocks_burstable_request_*, goldilocks_burstable_limit_*, likewise: what
          Goldilocks makes of it;
        - goldilocks_cost_usd_per_hour: of what is set; goldilocks_guaranteed_cost_usd_per_hour and
          goldilocks_burstable_cost_usd_per_hour: of what is advised, and with _difference_ for _cost_ how much more
          that is. A resource of which nothing is recommended costs what is set; burstable is None while the upper
          bound is unlimited;
        - krr_cpu_request_cores, krr_cpu_limit_cores, krr_memory_request_bytes, krr_memory_limit_bytes: what KRR
          advises, krr_cpu_info and krr_memory_info why it does not ("No data", "Not enough data", "HPA detected"), and
          krr_severity: UNKNOWN, GOOD, OK, WARNING, CRITICAL.
        """
        return [dict(row) for row in self._document.get("advice", ())]

    @property
    def simulated_seconds(self) -> float:
        return float(self._document.get("simulated_seconds", 0.0))

    @property
    def wall_seconds(self) -> float:
        return float(self._document.get("wall_seconds", 0.0))

    @property
    def events(self) -> int:
        return int(self._document.get("events", 0))

    @property
    def assumptions(self) -> list[dict[str, Any]]:
        return list(self._document.get("assumptions", ()))

    @property
    def ignored(self) -> list[dict[str, Any]]:
        return list(self._document.get("ignored", ()))

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return list(self._document.get("warnings", ()))

    def _same(self) -> dict[str, Any]:
        return {key: value for key, value in self._document.items() if key not in _MAY_DIFFER}

    def __eq__(self, other: object) -> bool:
        return self._same() == other._same() if isinstance(other, Result) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.scenario, self.seed, self.fingerprint))

    def __copy__(self) -> Result:
        return Result(self._document, self._scenario, self._retries)

    def __repr__(self) -> str:
        return f"<ekssim.Result {self.scenario!r}: {self.verdict}, seed {self.seed}, fingerprint {self.fingerprint}>"

    def __str__(self) -> str:
        from ekssim.render import as_text

        return as_text(self.__rich__())

    def __rich__(self) -> RenderableType:
        from ekssim.render import report

        return report(self._document)

    def _repr_html_(self) -> str:
        from ekssim.pages import cell

        return cell(self._document)

"""Since when pods are affected: they wait for something that no usual start of a pod waits for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ekssim.prometheus.server import Server

__all__ = ["USUAL_CAUSES", "Affected", "Since"]

# Every pod that starts passes through these.
USUAL_CAUSES: Final = ("scheduling", "sandbox-start", "image-pull", "init-containers", "container-start", "readiness")


@dataclass(frozen=True, slots=True)
class Since:
    seconds: float  # since the start of the run
    cause: str  # that of most pods then


@dataclass(slots=True)
class Affected:
    """Pods waiting by workload and cause at each scrape: {(namespace, workload): {scrape: {cause: pods}}}."""

    step_seconds: float = 30.0
    pods: dict[tuple[str, str], dict[int, dict[str, float]]] = field(default_factory=dict)

    @classmethod
    def ask(cls, server: Server, start: float, end: float, step_seconds: float) -> Affected:
        usual = "|".join(USUAL_CAUSES)
        expression = f'sum by (namespace, workload, cause) (ekssim_pods_waiting{{cause!~"{usual}"}}) > 0'
        found = cls(step_seconds)
        for one in server.over(expression, start, end, step_seconds):
            at = found.pods.setdefault((one.labels["namespace"], one.labels["workload"]), {})
            for instant, pods in one.points:
                at.setdefault(round((instant - start) / step_seconds), {})[one.labels["cause"]] = pods
        return found

    @property
    def first(self) -> float | None:
        """Seconds until the first pod of all is affected; to within one scrape."""
        steps = [step for by_step in self.pods.values() for step in by_step]
        return min(steps) * self.step_seconds if steps else None

    def before(self, labels: Mapping[str, str], seconds: float) -> Since | None:
        """The beginning of the stretch in which pods are affected at this time, or the last one before it. Of the
        workload or namespace that the labels name; of all where they name none.
        """
        merged: dict[int, dict[str, float]] = {}
        for (namespace, workload), by_step in self.pods.items():
            if labels.get("namespace", namespace) != namespace or labels.get("workload", workload) != workload:
                continue
            for step, causes in by_step.items():
                into = merged.setdefault(step, {})
                for cause, pods in causes.items():
                    into[cause] = into.get(cause, 0.0) + pods
        earlier = [step for step in merged if step * self.step_seconds <= seconds]
        if not earlier:
            return None
        first = max(earlier)
        while first - 1 in merged:
            first -= 1
        causes = merged[first]
        return Since(first * self.step_seconds, min(causes, key=lambda cause: (-causes[cause], cause)))

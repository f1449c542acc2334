"""The sections of a scenario beside cluster and objects. Texts with units everywhere: "90s", "2h", "5%", "200/s"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ekssim.builders.base import Built, Distribution, Duration, Path, Quantity

__all__ = [
    "Behaviour",
    "Change",
    "Expectation",
    "Exponential",
    "Lognormal",
    "Patch",
    "Request",
    "RunSettings",
    "Traffic",
]


@dataclass(kw_only=True)
class Lognormal(Built):
    """A law of chance by its median and one of two quantiles: `Lognormal(p50="18s", p95="45s")`."""

    p50: Duration
    p95: Duration | None = None
    p99: Duration | None = None

    def to_dict(self) -> dict[str, Any]:
        return {"lognormal": super().to_dict()}


@dataclass(kw_only=True)
class Exponential(Built):
    """A law of chance by its mean."""

    mean: Duration

    def to_dict(self) -> dict[str, Any]:
        return {"exponential": super().to_dict()}


@dataclass(kw_only=True)
class Behaviour(Built):
    """What a manifest cannot say of its pods: `Behaviour("Deployment/shop/web", ready=Lognormal(p50="9s"))`."""

    for_: str = field(kw_only=False)
    """Kind/namespace/name; shell wildcards allowed."""
    ready: Distribution | None = None
    """From the start of the containers to ready."""
    run_time: Distribution | None = None
    """From the start of the containers to their end, of pods that end."""
    stop_time: Distribution | None = None
    init_time: Distribution | None = None
    failure_rate: str | None = None
    """Runs that end with an error: "1%"."""
    usage: Mapping[str, Any] | None = None
    """What each pod really uses: {"cpu": "350m", "memory": "600Mi"} or {"trace": "usage.csv"}."""
    image_size: Quantity | None = None
    more: Mapping[str, Any] | None = None


@dataclass(kw_only=True)
class Request(Built):
    """What one request takes of the pod that answers it."""

    cpu: Duration | None = None
    """Time of one core."""
    memory: Quantity | None = None
    """While it is under way."""
    retries: int | None = None
    bytes_in: Quantity | None = None
    bytes_out: Quantity | None = None


@dataclass(kw_only=True)
class Traffic(Built):
    """Who asks whom how much: `Traffic("Service/shop/web", rate="200/s", request=Request(cpu="12ms"))`."""

    to: str = field(kw_only=False)
    """Service/namespace/name, Kind/namespace/name of a workload, or Queue/name."""
    from_: str | None = None
    """`outside` (default), or the workload that asks."""
    rate: str | Mapping[str, Any] | None = None
    """"200/s", {"steps": {"0s": "100/s", "2h": "900/s"}}, {"sine": {…}} or {"trace": "rate.csv"}."""
    per_request: float | None = None
    """Requests made for each one that `from_` answers."""
    request: Request | Mapping[str, Any] | None = None
    connections: str | Mapping[str, Any] | None = None
    """`keep-alive`, `short`, or {"requestsPer": 50, "hold": "30s"}."""
    work: Distribution | None = None
    """Of a queue: how long a worker takes for a message."""
    workers: str | None = None
    more: Mapping[str, Any] | None = None


@dataclass(kw_only=True)
class Change(Built):
    """Something that happens to the cluster: an entry of the timeline, and what `Simulation.apply` takes without times.

    `Change(at="30m", scale="Deployment/shop/web", replicas=120)`,
    `Change(at="2h", duration="10m", fault="zone-outage", zone="eu-central-1b", name="outage")`.
    """

    at: Duration | None = None
    every: Duration | None = None
    between: Sequence[Duration] | None = None
    duration: Duration | None = None
    """How long it lasts; then what was before holds again."""
    name: str | None = None
    """For `when="during NAME"` of expectations."""
    scale: str | None = None
    replicas: int | None = None
    apply: str | None = None
    """Kind/namespace/name of what env, image, resources or merge change."""
    env: Mapping[str, str] | None = None
    image: str | None = None
    resources: Mapping[str, Any] | None = None
    merge: Mapping[str, Any] | None = None
    create: str | None = None
    delete: str | None = None
    upgrade: str | None = None
    fault: str | None = None
    zone: str | None = None
    node_group: str | None = None
    share: str | None = None
    count: int | None = None
    more: Mapping[str, Any] | None = None
    """What a fault says beside this, in the file's words."""

    _places: ClassVar[Mapping[str, Path]] = {"duration": ("for",)}


@dataclass(kw_only=True)
class Patch(Built):
    """Changes objects of the manifests: `Patch("DaemonSet/kube-system/aws-node", env={"WARM_ENI_TARGET": "2"})`."""

    target: str = field(kw_only=False)
    """Kind/namespace/name; shell wildcards allowed."""
    env: Mapping[str, str] | None = None
    image: str | None = None
    replicas: int | None = None
    resources: Mapping[str, Any] | None = None
    merge: Mapping[str, Any] | None = None
    """A strategic merge patch."""
    json6902: Sequence[Mapping[str, Any]] | None = None


@dataclass(kw_only=True)
class Expectation(Built):
    """What should be: `Expectation("p99(ekssim_pod_start_seconds) < 90s", name="pods start quickly")`."""

    that: str = field(kw_only=False)
    name: str | None = None
    when: str | None = None
    """`always` (default), `at end`, `during NAME`, or `between 1h and 2h`."""
    severity: str | None = None
    """`error` (default) or `warn`."""
    allow_empty: bool | None = None


@dataclass(kw_only=True)
class RunSettings(Built):
    """How long and how often: `RunSettings("24h", warm_up="10m", seed=7)`."""

    for_: Duration = field(kw_only=False)
    """Simulated time."""
    warm_up: Duration | None = None
    """What happens before it counts for no expectation."""
    start: str | None = None
    """The instant on the calendar at which the run starts: "2026-11-02T08:00:00Z"."""
    seed: int | None = None
    replications: Mapping[str, int] | None = None
    """{"min": 20, "max": 500}: as many as the expectations need."""
    opening: str | None = None
    """`settled` (default: all runs already) or `empty`."""
    more: Mapping[str, Any] | None = None

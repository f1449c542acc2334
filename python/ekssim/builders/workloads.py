"""Kubernetes objects, thin: what comes out are the real ones, and `more` reaches every field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ekssim.builders.base import Built, Path, Quantity, laid_over, plain

__all__ = [
    "Container",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Job",
    "Service",
    "StatefulSet",
]


@dataclass(kw_only=True)
class Container(Built):
    """A container: `Container("web", image="nginx:1.27", cpu="250m", memory="256Mi")`."""

    name: str = field(kw_only=False)
    image: str = "nginx:1.27"
    cpu: Quantity | None = None
    """What it requests, in cores: "250m"."""
    memory: Quantity | None = None
    """What it requests, in bytes: "256Mi"."""
    cpu_limit: Quantity | None = None
    memory_limit: Quantity | None = None
    more: Mapping[str, Any] | None = None

    _places: ClassVar[Mapping[str, Path]] = {
        "cpu": ("resources", "requests", "cpu"),
        "memory": ("resources", "requests", "memory"),
        "cpu_limit": ("resources", "limits", "cpu"),
        "memory_limit": ("resources", "limits", "memory"),
    }


@dataclass(kw_only=True)
class _Workload(Built):
    """What all who make pods have. One container unless `containers` are given; `pod` is laid over the pod's spec,
    `more` over the whole object."""

    name: str = field(kw_only=False)
    namespace: str = "default"
    image: str = "nginx:1.27"
    cpu: Quantity | None = None
    """What its container requests, in cores: "250m"."""
    memory: Quantity | None = None
    """What its container requests, in bytes: "256Mi"."""
    cpu_limit: Quantity | None = None
    memory_limit: Quantity | None = None
    containers: Sequence[Container | Mapping[str, Any]] | None = None
    """In the place of image, cpu and memory."""
    labels: Mapping[str, str] | None = None
    """Of its pods; app: NAME where nothing is said."""
    node_selector: Mapping[str, str] | None = None
    tolerations: Sequence[Mapping[str, Any]] | None = None
    priority_class: str | None = None
    pod: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None

    _kind: ClassVar[tuple[str, str]] = ("", "")
    # Where the pod's template is, and what it must say of restarts.
    _template: ClassVar[Path] = ("spec", "template")
    _restart: ClassVar[str | None] = None

    def to_dict(self) -> dict[str, Any]:
        api_version, kind = self._kind
        document: dict[str, Any] = {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": self._spec(),
        }
        inner = document
        for key in self._template[:-1]:
            inner = inner.setdefault(str(key), {})
        inner[str(self._template[-1])] = self._pod_template()
        return laid_over(document, plain(self.more or {}))

    def _spec(self) -> dict[str, Any]:
        return {}

    def _labels(self) -> dict[str, str]:
        return dict(self.labels) if self.labels is not None else {"app": self.name}

    def _pod_template(self) -> dict[str, Any]:
        own = Container(
            self.name,
            image=self.image,
            cpu=self.cpu,
            memory=self.memory,
            cpu_limit=self.cpu_limit,
            memory_limit=self.memory_limit,
        )
        spec: dict[str, Any] = {"containers": plain(self.containers if self.containers is not None else [own])}
        for key, value in (
            ("restartPolicy", self._restart),
            ("nodeSelector", self.node_selector),
            ("tolerations", self.tolerations),
            ("priorityClassName", self.priority_class),
        ):
            if value is not None:
                spec[key] = plain(value)
        return {"metadata": {"labels": self._labels()}, "spec": laid_over(spec, plain(self.pod or {}))}

    def _place(self, name: str) -> Path:
        spec = (*self._template, "spec")
        container = (*spec, "containers", 0)
        resources = (*container, "resources")
        if name == "containers":
            return (*spec, "containers")
        places: dict[str, Path] = {
            "name": ("metadata", "name"),
            "namespace": ("metadata", "namespace"),
            "image": (*container, "image"),
            "cpu": (*resources, "requests", "cpu"),
            "memory": (*resources, "requests", "memory"),
            "cpu_limit": (*resources, "limits", "cpu"),
            "memory_limit": (*resources, "limits", "memory"),
            "labels": (*self._template, "metadata", "labels"),
            "node_selector": (*spec, "nodeSelector"),
            "tolerations": (*spec, "tolerations"),
            "priority_class": (*spec, "priorityClassName"),
            "pod": spec,
            "replicas": ("spec", "replicas"),
            "completions": (*self._template[:-1], "completions"),
            "parallelism": (*self._template[:-1], "parallelism"),
            "backoff_limit": (*self._template[:-1], "backoffLimit"),
        }
        return places.get(name) or ("spec", *super()._place(name))


@dataclass(kw_only=True)
class _Served(_Workload):
    def _spec(self) -> dict[str, Any]:
        replicas = getattr(self, "replicas", None)
        spec: dict[str, Any] = {} if replicas is None else {"replicas": replicas}
        return {**spec, "selector": {"matchLabels": self._labels()}}


@dataclass(kw_only=True)
class Deployment(_Served):
    """`Deployment("web", namespace="shop", replicas=3, cpu="250m", memory="256Mi")`."""

    replicas: int = 1
    _kind: ClassVar[tuple[str, str]] = ("apps/v1", "Deployment")


@dataclass(kw_only=True)
class StatefulSet(_Served):
    """Pods with names, one after the other."""

    replicas: int = 1
    _kind: ClassVar[tuple[str, str]] = ("apps/v1", "StatefulSet")


@dataclass(kw_only=True)
class DaemonSet(_Served):
    """One pod a node."""

    _kind: ClassVar[tuple[str, str]] = ("apps/v1", "DaemonSet")


@dataclass(kw_only=True)
class Job(_Workload):
    """Pods that run to their end."""

    completions: int | None = None
    parallelism: int | None = None
    backoff_limit: int | None = None
    _kind: ClassVar[tuple[str, str]] = ("batch/v1", "Job")
    _restart: ClassVar[str | None] = "Never"

    def _spec(self) -> dict[str, Any]:
        return _job_spec(self.completions, self.parallelism, self.backoff_limit)


@dataclass(kw_only=True)
class CronJob(_Workload):
    """A Job at every tick of `schedule`, such as "*/5 * * * *"."""

    schedule: str
    completions: int | None = None
    parallelism: int | None = None
    backoff_limit: int | None = None
    concurrency_policy: str | None = None
    """Allow (default), Forbid or Replace."""
    suspend: bool | None = None
    time_zone: str | None = None
    _kind: ClassVar[tuple[str, str]] = ("batch/v1", "CronJob")
    _template: ClassVar[Path] = ("spec", "jobTemplate", "spec", "template")
    _restart: ClassVar[str | None] = "Never"

    def _spec(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"schedule": self.schedule}
        for key, value in (
            ("concurrencyPolicy", self.concurrency_policy),
            ("suspend", self.suspend),
            ("timeZone", self.time_zone),
        ):
            if value is not None:
                spec[key] = value
        return {**spec, "jobTemplate": {"spec": _job_spec(self.completions, self.parallelism, self.backoff_limit)}}


def _job_spec(completions: int | None, parallelism: int | None, backoff_limit: int | None) -> dict[str, Any]:
    named = {"completions": completions, "parallelism": parallelism, "backoffLimit": backoff_limit}
    return {key: value for key, value in named.items() if value is not None}


@dataclass(kw_only=True)
class Service(Built):
    """In front of the pods with these labels; those of the workload of the same name where nothing is said."""

    name: str = field(kw_only=False)
    namespace: str = "default"
    selector: Mapping[str, str] | None = None
    port: int = 80
    type: str | None = None
    """ClusterIP (default), NodePort or LoadBalancer."""
    more: Mapping[str, Any] | None = None

    _places: ClassVar[Mapping[str, Path]] = {
        "name": ("metadata", "name"),
        "namespace": ("metadata", "namespace"),
        "selector": ("spec", "selector"),
        "port": ("spec", "ports", 0, "port"),
        "type": ("spec", "type"),
    }

    def to_dict(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"selector": dict(self.selector or {"app": self.name}), "ports": [{"port": self.port}]}
        if self.type is not None:
            spec["type"] = self.type
        document = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": spec,
        }
        return laid_over(document, plain(self.more or {}))


@dataclass(kw_only=True)
class HorizontalPodAutoscaler(Built):
    """Scales a workload by the CPU (or memory) of its pods, in per cent of what they request.

    `metrics` are whole entries of the object, in the place of cpu and memory; `target` is Kind/name, by default the
    Deployment of the same name.
    """

    name: str = field(kw_only=False)
    namespace: str = "default"
    max_replicas: int
    min_replicas: int = 1
    target: str | None = None
    cpu: int | None = None
    memory: int | None = None
    metrics: Sequence[Mapping[str, Any]] | None = None
    behavior: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None

    _places: ClassVar[Mapping[str, Path]] = {
        "name": ("metadata", "name"),
        "namespace": ("metadata", "namespace"),
        "max_replicas": ("spec", "maxReplicas"),
        "min_replicas": ("spec", "minReplicas"),
        "target": ("spec", "scaleTargetRef"),
        "metrics": ("spec", "metrics"),
        "behavior": ("spec", "behavior"),
    }

    def to_dict(self) -> dict[str, Any]:
        kind, _, name = (self.target or f"Deployment/{self.name}").rpartition("/")
        metrics = list(plain(self.metrics or ()))
        for resource, share in (("cpu", self.cpu), ("memory", self.memory)):
            if share is not None:
                target = {"type": "Utilization", "averageUtilization": share}
                metrics.append({"type": "Resource", "resource": {"name": resource, "target": target}})
        spec: dict[str, Any] = {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": kind or "Deployment", "name": name},
            "minReplicas": self.min_replicas,
            "maxReplicas": self.max_replicas,
        }
        if metrics:
            spec["metrics"] = metrics
        if self.behavior is not None:
            spec["behavior"] = plain(self.behavior)
        document = {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": spec,
        }
        return laid_over(document, plain(self.more or {}))

"""Scenarios without YAML: dataclasses with the keywords of eksctl, Kubernetes and scenario files, in snake_case.

    >>> from ekssim.builders import CronJob, NodeGroup
    >>> NodeGroup("workers", instance_typ="m5.large")
    Traceback (most recent call last):
    TypeError: NodeGroup() got an unexpected keyword argument 'instance_typ': did you mean instance_type?
    >>> CronJob("tick", schedule="* * * * *").to_dict()["spec"]["schedule"]
    '* * * * *'

Everything takes plain dicts too, and every builder's `more` reaches what it has no keyword for.
"""

from __future__ import annotations

from ekssim.builders.cluster import Addon, Cluster, NodeGroup, Subnet, Vpc
from ekssim.builders.scenario import (
    Behaviour,
    Change,
    Expectation,
    Exponential,
    Lognormal,
    Patch,
    Request,
    RunSettings,
    Traffic,
)
from ekssim.builders.workloads import (
    Container,
    CronJob,
    DaemonSet,
    Deployment,
    HorizontalPodAutoscaler,
    Job,
    Service,
    StatefulSet,
)

__all__ = [
    "Addon",
    "Behaviour",
    "Change",
    "Cluster",
    "Container",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Expectation",
    "Exponential",
    "HorizontalPodAutoscaler",
    "Job",
    "Lognormal",
    "NodeGroup",
    "Patch",
    "Request",
    "RunSettings",
    "Service",
    "StatefulSet",
    "Subnet",
    "Traffic",
    "Vpc",
]

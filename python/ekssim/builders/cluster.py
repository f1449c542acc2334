"""The cluster: nodes, subnets and add-ons, in the words of eksctl's ClusterConfig."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ekssim.builders.base import Built, Path

__all__ = ["Addon", "Cluster", "NodeGroup", "Subnet", "Vpc"]


@dataclass(kw_only=True)
class NodeGroup(Built):
    """Equal nodes of an Auto Scaling group.

    >>> NodeGroup("workers", instance_type="m5.large", desired_capacity=3).to_dict()
    {'name': 'workers', 'instanceType': 'm5.large', 'desiredCapacity': 3}
    """

    name: str = field(kw_only=False)
    instance_type: str | None = None
    """An EC2 type, such as m5.xlarge; m5.large where nothing is said."""
    instance_types: Sequence[str] | None = None
    desired_capacity: int | None = None
    """Nodes at the start."""
    min_size: int | None = None
    max_size: int | None = None
    spot: bool | None = None
    availability_zones: Sequence[str] | None = None
    subnets: Sequence[str] | None = None
    """Keys, ids or zones of the VPC's subnets."""
    private_networking: bool | None = None
    max_pods_per_node: int | None = None
    volume_size: int | None = None
    """GiB of the root volume; 80 where nothing is said."""
    labels: Mapping[str, str] | None = None
    taints: Sequence[Mapping[str, str]] | None = None
    """Each with `key`, `value` and `effect`."""
    kubelet_extra_config: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None


@dataclass(kw_only=True)
class Subnet(Built):
    """A subnet: `Subnet("10.0.0.0/22", in_use=61)`."""

    cidr: str = field(kw_only=False)
    az: str | None = None
    """Its zone, where the name under which it stands is not the zone's."""
    in_use: int | None = None
    """Addresses that others hold."""
    id: str | None = None
    tags: Mapping[str, str] | None = None
    more: Mapping[str, Any] | None = None


@dataclass(kw_only=True)
class Vpc(Built):
    """The network. Subnets stand under the name of their zone, or under any name if they say their `az`."""

    cidr: str | None = None
    """192.168.0.0/16 where nothing is said."""
    private: Mapping[str, Subnet] | None = None
    public: Mapping[str, Subnet] | None = None
    extra_cidrs: Sequence[str] | None = None
    """Secondary ranges, such as 100.64.0.0/16."""
    more: Mapping[str, Any] | None = None

    _places: ClassVar[Mapping[str, Path]] = {
        "private": ("subnets", "private"),
        "public": ("subnets", "public"),
        "extra_cidrs": ("extraCIDRs",),
    }


@dataclass(kw_only=True)
class Addon(Built):
    """An EKS add-on: `Addon("vpc-cni", configuration={"env": {"WARM_ENI_TARGET": "2"}})`."""

    name: str = field(kw_only=False)
    version: str | None = None
    configuration: Mapping[str, Any] | None = None
    """Its configurationValues."""
    more: Mapping[str, Any] | None = None

    _places: ClassVar[Mapping[str, Path]] = {"configuration": ("configurationValues",)}


@dataclass(kw_only=True)
class Cluster(Built):
    """An EKS cluster.

    >>> Cluster(region="eu-central-1", node_groups=[NodeGroup("workers", desired_capacity=2)]).to_dict()
    {'metadata': {'region': 'eu-central-1'}, 'managedNodeGroups': [{'name': 'workers', 'desiredCapacity': 2}]}
    """

    region: str | None = None
    """Such as eu-central-1; may be missing only where `from_` says it."""
    version: str | None = None
    """Of Kubernetes, as a text: "1.34"."""
    name: str | None = None
    node_groups: Sequence[NodeGroup | Mapping[str, Any]] | None = None
    """Managed node groups."""
    self_managed_node_groups: Sequence[NodeGroup | Mapping[str, Any]] | None = None
    vpc: Vpc | Mapping[str, Any] | None = None
    addons: Sequence[Addon | Mapping[str, Any]] | None = None
    availability_zones: Sequence[str] | None = None
    from_: str | Mapping[str, Any] | None = None
    """An eksctl file; all else lies over it."""
    data_path: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None

    _places: ClassVar[Mapping[str, Path]] = {
        "region": ("metadata", "region"),
        "version": ("metadata", "version"),
        "name": ("metadata", "name"),
        "node_groups": ("managedNodeGroups",),
        "self_managed_node_groups": ("nodeGroups",),
    }

"""What is measured: the variants of the data path that this machine can have, how large, and for how long.

The quick plan takes a minute: the two ends alone, routed, conntrack, iptables as installed at two sizes, nftables,
eBPF. The full one takes six minutes and has all forms, sizes and workloads.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ekssim.calibrate.probe import Findings
from ekssim.calibrate.services import Services

__all__ = ["MODES", "Plan", "Variant", "full_plan", "quick_plan"]

# In the order in which they are built. `direct` has no node between client and backend.
MODES = (
    "direct",
    "routed",
    "conntrack",
    "masquerade",
    "iptables-legacy",
    "iptables-nft",
    "nftables",
    "ipvs",
    "ebpf-legacy",
    "ebpf-hostrouting",
    "ebpf-events",
    "socket-lb",
)


@dataclass(frozen=True, slots=True)
class Variant:
    mode: str
    services: int = 0  # 0: none; the client calls the backend's own address
    endpoints: int = 1
    comments: bool = True
    workloads: tuple[str, ...] = ("short", "open")

    @property
    def name(self) -> str:
        text = self.mode if not self.services else f"{self.mode} with {self.services} services"
        if self.endpoints > 1:
            text += f", {self.endpoints} endpoints"
        return text if self.comments else f"{text}, no comments"

    def of_services(self) -> Services:
        return Services(self.services, endpoints=self.endpoints, comments=self.comments)


@dataclass(slots=True)
class Plan:
    kind: str
    variants: list[Variant]
    rounds: int = 10  # at least
    seconds: float = 60.0  # rounds go on while there is time
    window_ms: int = 150
    cold_ms: int = 400
    loads: tuple[float, ...] = ()
    behaviours: bool = False
    two_cores: bool = False
    programming: tuple[tuple[int, int], ...] = ()  # services, endpoints each
    left_out: dict[str, str] = field(default_factory=dict)  # mode: why it is not measured

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Plan:
        variants = [Variant(**(one | {"workloads": tuple(one["workloads"])})) for one in document["variants"]]
        programming = tuple((int(services), int(endpoints)) for services, endpoints in document["programming"])
        return cls(**(document | {"variants": variants, "loads": tuple(document["loads"]), "programming": programming}))


def _absent(found: Findings) -> dict[str, str]:
    """Modes that cannot be had here, and why."""
    absent: dict[str, str] = {}
    if not found.iptables_legacy:
        absent["iptables-legacy"] = "no iptables-legacy program"
    if not found.iptables_nft:
        absent["iptables-nft"] = "no iptables-nft program"
    if not found.nft:
        absent["nftables"] = "no nft program"
    if not (found.iptables_legacy or found.iptables_nft or found.nft):
        absent |= dict.fromkeys(("conntrack", "masquerade", "ipvs"), "no iptables and no nft program")
    if found.bpf_jit is None:
        why = "the kernel has no eBPF"
        absent |= dict.fromkeys(("ebpf-legacy", "ebpf-hostrouting", "ebpf-events", "socket-lb"), why)
    elif found.kernel_version < (6, 6):
        why = "the rig attaches its eBPF programs as Linux 6.6 and newer can (tcx)"
        absent |= dict.fromkeys(("ebpf-legacy", "ebpf-hostrouting", "ebpf-events"), why)
    if not found.ipvs:
        absent["ipvs"] = "the kernel has no IPVS"
    return absent


def _plan(found: Findings, kind: str, variants: list[Variant], **more: Any) -> Plan:
    absent = _absent(found)
    plan = Plan(kind, [one for one in variants if one.mode not in absent], **more)
    plan.left_out = absent
    return plan


def quick_plan(found: Findings) -> Plan:
    # The forms of iptables cannot be told apart without both at one size; the installed one is measured at two.
    installed = found.installed or "iptables-legacy"
    variants = [
        Variant("direct"),
        Variant("routed"),
        Variant("conntrack"),
        Variant("iptables-legacy", 1),
        Variant("iptables-nft", 1),
        Variant(installed, 5000, workloads=("short",)),
        Variant("nftables", 1),
        Variant("ipvs", 1),
        Variant("ebpf-legacy", 1),
        Variant("ebpf-hostrouting", 1),
        Variant("ebpf-events", 1),
        Variant("socket-lb", 1),
    ]
    return _plan(found, "quick", variants)


def full_plan(found: Findings) -> Plan:
    plain, slope = ("short", "open"), ("short",)
    with_udp, with_cold = (*plain, "udp"), ("short", "cold")
    variants = [
        Variant("direct", workloads=plain),
        Variant("routed", workloads=(*with_udp, "bulk")),
        Variant("conntrack", workloads=with_udp),
        Variant("masquerade"),
        Variant("iptables-legacy", 1, workloads=(*plain, "cold")),
        Variant("iptables-legacy", 1000, workloads=slope),
        Variant("iptables-legacy", 5000, workloads=with_cold),
        Variant("iptables-legacy", 20000, workloads=with_cold),
        Variant("iptables-legacy", 1, comments=False, workloads=with_cold),
        Variant("iptables-legacy", 5000, comments=False, workloads=slope),
        Variant("iptables-legacy", 20000, comments=False, workloads=with_cold),
        Variant("iptables-legacy", 1, endpoints=100, workloads=slope),
        Variant("iptables-legacy", 1, endpoints=1000, workloads=slope),
        Variant("iptables-nft", 1, workloads=(*plain, "udp", "cold")),
        Variant("iptables-nft", 1000, workloads=("short", "udp")),
        Variant("iptables-nft", 5000, workloads=("short", "udp", "cold")),
        Variant("iptables-nft", 1, endpoints=1000, workloads=slope),
        Variant("nftables", 1),
        Variant("nftables", 5000),
        Variant("ipvs", 1),
        Variant("ipvs", 5000),
        Variant("ebpf-legacy", 1),
        Variant("ebpf-legacy", 5000),
        Variant("ebpf-hostrouting", 1),
        Variant("ebpf-events", 1),
        Variant("socket-lb", 1, workloads=with_udp),
    ]
    return _plan(
        found,
        "full",
        variants,
        seconds=240.0,
        loads=(0.2, 0.4, 0.6, 0.75, 0.85),
        behaviours=True,
        two_cores=len(found.cores) > 1,
        programming=((100, 2), (1000, 2), (1000, 6), (5000, 2)),
    )

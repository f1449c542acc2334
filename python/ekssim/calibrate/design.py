"""What each observation is made of: the formulas of the model (DPC-10 to DPC-12) as rows of a linear problem.

Names that begin with an underscore are costs that only the rig has, such as both ends of a UDP flow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ekssim.calibrate.plan import Variant

__all__ = ["BULK_KIB", "DPC_10", "programming_rows", "row"]

BULK_KIB: Final = 256
DPC_10: Final = {"short": 10.0, "open": 2.0, "udp": 2.0}  # packets of a transaction
_NS: Final = 1e-3  # observations are in us

_PER_PACKET: Final = {
    "direct": (),
    "routed": ("w_hop",),
    "conntrack": ("w_hop", "w_trk"),
    "masquerade": ("w_hop", "w_trk", "w_masq"),
    "iptables-legacy": ("w_hop", "w_trk", "w_nat"),
    "iptables-nft": ("w_hop", "w_trk", "w_nat", "w_inx"),
    "nftables": ("w_hop", "w_trk", "w_nft"),
    "ipvs": ("w_hop", "w_trk", "w_nft", "ipvs_w"),
    "ebpf-legacy": ("w_hop", "w_ebl"),
    "ebpf-hostrouting": ("w_ebh",),
    "ebpf-events": ("w_hop", "w_ebl", "h_evt_path"),  # each packet is an event
    "socket-lb": ("w_hop",),
}
_PER_CONNECTION: Final = {
    "direct": (),
    "routed": (),
    "conntrack": ("n_trk",),
    "masquerade": ("n_trk", "n_masq"),
    "iptables-legacy": ("n_trk", "n_nat"),
    "iptables-nft": ("n_trk", "n_nat", "n_inx"),
    "nftables": ("n_trk", "n_nft"),
    "ipvs": ("n_trk", "n_nft", "ipvs_new"),
    "ebpf-legacy": ("n_ebl",),
    "ebpf-hostrouting": ("n_ebh",),
    "ebpf-events": ("n_ebl",),
    "socket-lb": ("n_sock",),
}


def _form(variant: Variant) -> str | None:
    """How coefficients call the kind of rules that are walked, or None where their number does not matter."""
    if variant.mode == "iptables-legacy":
        return "legacy" if variant.comments else "bare"
    return "inft" if variant.mode == "iptables-nft" else None


def row(variant: Variant, workload: str, packets: Mapping[str, float]) -> dict[str, float]:
    """Each coefficient with how often it is in one transaction of the workload."""
    form, scanned = _form(variant), variant.services * _NS
    if workload == "cold":
        return {f"_cold_{form}": 1.0, f"c_rule_{form}_cold": scanned}
    if workload == "udp" and form is not None:
        # Translation of UDP costs something else; only the slope is wanted.
        return {f"_udp_{form}": 1.0, f"c_rule_{form}_udp": scanned}
    ends = {"short": "k_conn", "open": "k_req", "bulk": "k_req", "udp": "_udp"}[workload]
    kind = "open" if workload == "bulk" else workload
    made = {ends: 1.0} | dict.fromkeys(_PER_PACKET[variant.mode], packets.get(kind, DPC_10[kind]))
    if workload == "bulk":
        made["c_byte"] = float(BULK_KIB)
    elif workload == "udp":
        made |= {f"{name}_udp": 1.0 for name in _PER_CONNECTION[variant.mode]}
    elif workload == "short":
        made |= dict.fromkeys(_PER_CONNECTION[variant.mode], 1.0)
        if form is not None:
            made[f"c_rule_{form}_warm"] = scanned
            made["c_ep_inft_warm" if form == "inft" else "c_ep_legacy"] = (variant.endpoints + 1) / 2 * _NS
        elif variant.services:
            made["c_rule_flat"] = scanned
    return made


def programming_rows(seen: Mapping[str, Any]) -> list[tuple[dict[str, float], float]]:
    """The rows of one size of one kind of rules (DPC-50), with what was observed of each, in us."""
    n, r, m = float(seen["services"]), float(seen["rules"]), float(seen["elements"])
    short = {"iptables-legacy": "legacy", "iptables-nft": "inft", "nftables": "nft"}[seen["kind"]]
    full: dict[str, float] = {f"_{short}_start": 1.0, f"sync_{short}_full": m if short == "nft" else r}
    if short == "nft":
        full["sync_nft_square"] = n * m
        one = {"sync_nft_base": 1.0, "sync_nft_service": n}
    elif short == "legacy":
        one = {"sync_legacy_base": 1.0, "sync_legacy_rule": r, "sync_legacy_service": n}
    else:
        one = {"_inft_one": 1.0, "sync_inft_service": n}
    rows = [(full, float(seen["full_us"])), (one, float(seen["one_us"]))]
    if short == "nft":
        rows.append(({"_nft_list": 1.0, "sync_nft_list_chains": n}, float(seen["list_us"])))
    return rows

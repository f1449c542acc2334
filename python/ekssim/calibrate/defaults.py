"""The defaults of what the rig can measure, by the model's own names: the one place where the rig has numbers.

CPU times are those of one core of the machine of the defaults. What the rig has no way to measure, and why, is in
`UNMEASURED`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULTS", "SLOPES", "UNMEASURED", "Default"]


@dataclass(frozen=True, slots=True)
class Default:
    value: float
    low: float
    high: float
    unit: str
    meaning: str

    @property
    def scales(self) -> bool:
        """Whether another machine differs by its own factor: CPU time does, the shape of a queue does not."""
        return self.unit.endswith("of CPU")


_US, _NS = "us of CPU", "ns of CPU"

DEFAULTS: dict[str, Default] = {
    "k_conn": Default(93.9, 90, 100, _US, "both sockets of a short connection"),
    "k_req": Default(19.1, 18, 20, _US, "both sockets of a request on an open connection"),
    "w_hop": Default(1.5, 1.4, 1.6, _US, "a packet routed through the host's namespace"),
    "w_trk": Default(1.12, 1.0, 1.3, _US, "conntrack and fixed filter rules, a packet"),
    "n_trk": Default(7.5, 6, 9, _US, "a conntrack entry over its life, TCP"),
    "n_trk_udp": Default(4.5, 3.6, 5.4, _US, "the same, UDP"),
    "w_nat": Default(0.33, 0.231, 0.429, _US, "translation by iptables, a packet"),
    "n_nat": Default(3.0, 2.1, 3.9, _US, "translation by iptables, a connection"),
    "w_nft": Default(0.21, 0.147, 0.273, _US, "translation by nftables, a packet"),
    "n_nft": Default(2.2, 1.54, 2.86, _US, "translation by nftables, a connection"),
    "w_inx": Default(0.3, 0.15, 0.45, _US, "iptables-nft beyond legacy, a packet"),
    "n_inx": Default(2.5, 1.25, 3.75, _US, "iptables-nft beyond legacy, a connection"),
    "c_rule_legacy_warm": Default(6.8, 6.5, 9.5, _NS, "a service scanned, legacy, in the cache"),
    "c_rule_legacy_cold": Default(22, 17.4, 24, _NS, "the same, from memory"),
    "c_rule_bare_warm": Default(4.8, 4.5, 5.5, _NS, "legacy without comments, in the cache"),
    "c_rule_bare_cold": Default(15, 14, 16, _NS, "the same, from memory"),
    "c_rule_inft_warm": Default(19, 14, 21, _NS, "a service scanned, iptables-nft, in the cache"),
    "c_rule_inft_cold": Default(21, 19, 23, _NS, "the same, from memory"),
    "c_rule_inft_udp": Default(14, 14, 23, _NS, "iptables-nft, UDP"),
    "c_rule_flat": Default(0, -0.1, 0.5, _NS, "nftables and eBPF, a service on the node"),
    "c_ep_legacy": Default(80, 72, 88, _NS, "an endpoint's rule visited, legacy"),
    "c_ep_inft_warm": Default(150, 135, 165, _NS, "the same, iptables-nft"),
    "w_ebl": Default(0.75, 0.75, 2.25, _US, "eBPF with the host's routing, a packet, beside w_hop"),
    "n_ebl": Default(2.9, 2.9, 8.7, _US, "the same, a new flow"),
    "w_ebh": Default(0.95, 0.95, 2.85, _US, "eBPF host routing, a packet, instead of w_hop"),
    "n_ebh": Default(4.0, 4.0, 12.0, _US, "the same, a new flow"),
    "n_sock": Default(0.7, 0.5, 1.5, _US, "the load balancer in the socket, a connect"),
    "n_sock_udp": Default(1.5, 0.5, 1.5, _US, "the same, a UDP flow"),
    "w_masq": Default(0.4, 0.28, 0.52, _US, "source translation, a packet"),
    "n_masq": Default(2.7, 1.89, 3.51, _US, "source translation, a connection"),
    "c_byte": Default(0.35, 0.30, 0.39, _US, "a KiB copied, both ends and one hop"),
    "kappa": Default(0.8, 0.5, 1.1, "factor", "shape of the queue"),
    "s_idle": Default(0.45, 0.3, 0.55, "factor", "extra work where there is little load"),
    "sync_legacy_full": Default(12.6, 11.3, 13.9, _US, "a rule, iptables-legacy, all anew"),
    "sync_legacy_base": Default(5000, 4000, 6000, _US, "one change, iptables-legacy"),
    "sync_legacy_rule": Default(5.5, 5, 6, _US, "and each rule in the table"),
    "sync_legacy_service": Default(13.7, 12.3, 15.1, _US, "and each service port"),
    "sync_inft_full": Default(30, 27, 33, _US, "a rule, iptables-nft, into an empty table"),
    "sync_inft_service": Default(80, 50, 110, _US, "one change, iptables-nft, each service port"),
    "sync_nft_full": Default(25, 22.5, 27.5, _US, "an element, nftables, all anew"),
    "sync_nft_square": Default(0.012, 0.0108, 0.0132, _US, "and times the service ports"),
    "sync_nft_base": Default(5000, 4000, 6000, _US, "one change, nftables"),
    "sync_nft_service": Default(16, 14.4, 17.6, _US, "and each service port"),
    "sync_nft_list_chains": Default(20, 18, 22, _US, "listing chains, nftables, each service port"),
}

# The slopes that DPR-5 accepts only where the line fits.
SLOPES = frozenset(name for name in DEFAULTS if name.startswith(("c_rule", "c_ep", "sync_")))

_OTHER = {
    "c_ep_inft_cold": "no workload of the rig empties the caches with many endpoints",
    "h_evt_path": "the rig's eBPF programs export no events",
    "h_evt_agent": "the rig's eBPF programs export no events",
    "x_chain": "needs two CNIs on a real node",
    "ipvs_new": "the rig programs no IPVS",
    "ipvs_w": "the rig programs no IPVS",
    "sync_ebpf_full": "an agent's programming is not the kernel's alone",
    "l7_envoy": "needs a proxy",
    "l7_lean": "needs a proxy",
    "l7_ztun": "needs a proxy",
    "rtt_zone": "needs a second node",
    "rtt_xzone": "needs a second node",
}
UNMEASURED: dict[str, str] = dict(sorted(_OTHER.items()))

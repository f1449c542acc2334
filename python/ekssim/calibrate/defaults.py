"""The defaults of what the rig can measure, as the model has them.

CPU times are those of one core of the machine of the defaults. What the rig has no way to measure, and why, is in
`UNMEASURED`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from ekssim.engine import core

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


# What the rig can measure, in the order of its tables; the numbers are the model's own.
_MEASURED = (
    "k_conn",
    "k_req",
    "w_hop",
    "w_trk",
    "n_trk",
    "n_trk_udp",
    "w_nat",
    "n_nat",
    "w_nft",
    "n_nft",
    "w_inx",
    "n_inx",
    "c_rule_legacy_warm",
    "c_rule_legacy_cold",
    "c_rule_bare_warm",
    "c_rule_bare_cold",
    "c_rule_inft_warm",
    "c_rule_inft_cold",
    "c_rule_inft_udp",
    "c_rule_flat",
    "c_ep_legacy",
    "c_ep_inft_warm",
    "w_ebl",
    "n_ebl",
    "w_ebh",
    "n_ebh",
    "n_sock",
    "n_sock_udp",
    "w_masq",
    "n_masq",
    "ipvs_new",
    "ipvs_w",
    "h_evt_path",
    "h_evt_agent",
    "c_byte",
    "kappa",
    "s_idle",
    "sync_legacy_full",
    "sync_legacy_base",
    "sync_legacy_rule",
    "sync_legacy_service",
    "sync_inft_full",
    "sync_inft_service",
    "sync_nft_full",
    "sync_nft_square",
    "sync_nft_base",
    "sync_nft_service",
    "sync_nft_list_chains",
)


def _of_the_model() -> dict[str, Default]:
    rows = {row["id"]: row for row in json.loads(core().datapath_coefficients())}
    kept = ("value", "low", "high", "unit", "meaning")
    return {name: Default(**{field: rows[name][field] for field in kept}) for name in _MEASURED}


DEFAULTS: dict[str, Default] = _of_the_model()

# The slopes that DPR-5 accepts only where the line fits.
SLOPES = frozenset(name for name in DEFAULTS if name.startswith(("c_rule", "c_ep", "sync_")))

_OTHER = {
    "c_ep_inft_cold": "no workload of the rig empties the caches with many endpoints",
    "x_chain": "needs two CNIs on a real node",
    "sync_ebpf_full": "an agent's programming is not the kernel's alone",
    "l7_envoy": "needs a proxy",
    "l7_lean": "needs a proxy",
    "l7_ztun": "needs a proxy",
    "rtt_zone": "needs a second node",
    "rtt_xzone": "needs a second node",
}
UNMEASURED: dict[str, str] = dict(sorted(_OTHER.items()))

"""How long programming takes (DPR-7): the whole table, one changed service, and listing, at several sizes.

Times are CPU time of the program that does it, kernel included. A step of more than a minute ends its series.
"""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Callable, Sequence
from typing import Any, Final

from ekssim.calibrate import iptables_rules, nft_rules
from ekssim.calibrate.services import Services
from ekssim.calibrate.topology import Triple
from ekssim.calibrate.variants import load_iptables, load_nft

__all__ = ["programming"]

_LONGEST_SECONDS: Final = 60.0


def programming(
    sizes: Sequence[tuple[int, int]], modes: Sequence[str], tell: Callable[[dict[str, Any]], None]
) -> list[dict[str, Any]]:
    """For each kind of rules among `modes` and each (services, endpoints)."""
    kinds = [kind for kind in ("iptables-legacy", "iptables-nft", "nftables") if kind in modes]
    seen: list[dict[str, Any]] = []
    for kind in kinds:
        for number, (count, endpoints) in enumerate(sizes):
            done = 0.88 + 0.12 * (kinds.index(kind) + number / len(sizes)) / len(kinds)
            tell({"stage": f"program {kind}, {count} services", "done": done})
            services = Services(count, endpoints=endpoints, other_endpoints=endpoints)
            try:
                seen.append(_one(kind, f"p{len(seen)}", services))
            except (OSError, subprocess.TimeoutExpired):
                break
    return seen


def _one(kind: str, name: str, services: Services) -> dict[str, Any]:
    triple = Triple(name)
    triple.build()
    try:
        if kind == "nftables":
            full, one = nft_rules.services(services), nft_rules.one_changed_service(services)
            times = {
                "full_us": _cpu_us(lambda: load_nft(triple, full, _LONGEST_SECONDS)),
                "one_us": _cpu_us(lambda: load_nft(triple, one, _LONGEST_SECONDS)),
                "list_us": _cpu_us(lambda: triple.inside(triple.node, "nft", "list", "chains")),
            }
        else:
            full, one = iptables_rules.services(services), iptables_rules.one_changed_service(services)
            times = {
                "full_us": _cpu_us(lambda: load_iptables(triple, kind, full, seconds=_LONGEST_SECONDS)),
                "one_us": _cpu_us(lambda: load_iptables(triple, kind, one, keep=True, seconds=_LONGEST_SECONDS)),
                "list_us": _cpu_us(lambda: triple.inside(triple.node, f"{kind}-save", "-t", "nat")),
            }
    finally:
        triple.remove()
    sizes = {"services": services.count, "rules": services.rules, "elements": services.elements}
    return {"kind": kind, **sizes, **times}


def _cpu_us(what: Callable[[], Any]) -> float:
    def children() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (used.ru_utime + used.ru_stime) * 1e6

    before = children()
    what()
    return children() - before

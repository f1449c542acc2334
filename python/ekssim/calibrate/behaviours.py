"""Checks of behaviour (DPR-8): what the model takes for granted of the kernel, each with its known outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ekssim.calibrate import iptables_rules
from ekssim.calibrate.addresses import BACKEND, BACKEND_PORT, SERVICE_PORT, UNREACHABLE
from ekssim.calibrate.services import Services
from ekssim.calibrate.topology import Triple
from ekssim.calibrate.traffic import Traffic
from ekssim.calibrate.variants import Tools, load_iptables

__all__ = ["NAMES", "behaviours"]

_TRIES: Final = 100
# Of 100 fair tosses 99.9 % end between these.
_FEWEST, _MOST = 33, 67
_POOL, _WANTED = 100, 140

NAMES: Final = ("table_full", "rules_flushed", "half_dead_service", "port_pool")


def behaviours(tools: Tools) -> dict[str, dict[str, str]]:
    """Each: pass, fail or skipped, and why."""
    checks: dict[str, Callable[[Tools], tuple[bool, str]]] = {
        "rules_flushed": _rules_flushed,
        "half_dead_service": _half_dead_service,
        "port_pool": _port_pool,
    }
    seen = {"table_full": _verdict("skipped", "its limit is the whole machine's, which the rig does not change")}
    for name, check in checks.items():
        if tools.front_end not in ("iptables-legacy", "iptables-nft"):
            seen[name] = _verdict("skipped", "no iptables program")
            continue
        try:
            held, why = check(tools)
            seen[name] = _verdict("pass" if held else "fail", why)
        except OSError as error:
            seen[name] = _verdict("skipped", str(error))
    return seen


def _verdict(verdict: str, why: str) -> dict[str, str]:
    return {"verdict": verdict, "why": why}


class _Stage:
    """A triple with rules and traffic, for the time of one check."""

    def __init__(self, name: str, tools: Tools, rules: str) -> None:
        self.triple, self._tools = Triple(name), tools
        self._rules = rules

    def __enter__(self) -> _Stage:
        self.triple.build()
        self.load(self._rules)
        self.traffic = Traffic(self._tools.traffic, self.triple, (self._tools.core, self._tools.core))
        return self

    def __exit__(self, *_: Any) -> None:
        self.traffic.close()
        self.triple.remove()

    def load(self, rules: str, *, keep: bool = False) -> None:
        assert self._tools.front_end is not None
        load_iptables(self.triple, self._tools.front_end, rules, keep=keep)


def _rules_flushed(tools: Tools) -> tuple[bool, str]:
    """DPC-55: open connections live on by the stored translation, new ones fail."""
    services = Services(1)
    with _Stage("flushed", tools, iptables_rules.services(services)) as stage:
        before = stage.traffic.ask(f"keep {services.called} {SERVICE_PORT}").done
        stage.load(iptables_rules.without_services(), keep=True)
        kept = stage.traffic.ask("ask").done
        new = stage.traffic.ask(f"connect 5 200 {services.called} {SERVICE_PORT}").done
    told = f"the open connection {'answers' if kept else 'is dead'}, {new} of 5 new ones succeed"
    return bool(before and kept and not new), told


def _half_dead_service(tools: Tools) -> tuple[bool, str]:
    """DPS-10: with one of two endpoints unreachable half of the new connections fail."""
    services = Services(1, endpoints=2, backends=(BACKEND, UNREACHABLE))
    with _Stage("half", tools, iptables_rules.services(services)) as stage:
        failed = stage.traffic.ask(f"connect {_TRIES} 50 {services.called} {SERVICE_PORT}").failed
    return _FEWEST <= failed <= _MOST, f"{failed} of {_TRIES} new connections fail; 50 expected"


def _port_pool(tools: Tools) -> tuple[bool, str]:
    """DPC-36: what is over the number of source ports fails, the rest does not."""
    with _Stage("pool", tools, iptables_rules.masquerade(f"2000-{2000 + _POOL - 1}")) as stage:
        done = stage.traffic.ask(f"hold {_WANTED} 50 {BACKEND} {BACKEND_PORT}").done
    return done == _POOL, f"{done} of {_WANTED} connections succeed with {_POOL} ports"

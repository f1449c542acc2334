"""How late a change reaches the kernels, and what fails until then (DPS-6, 10, 17, 24)."""

from __future__ import annotations

from typing import Any, Final

from ekssim.decisions import rule_sync
from matplotlib.axes import Axes

from data_path_figures.figure import STYLES, Figure, decades, grouped, lines

__all__ = ["after_rollout", "half_dead", "new_nodes", "stops", "sync_lags"]

SIZES: Final = [100, 200, 500, 1000, 2000, 5000, 7500, 10_000, 12_500, 15_000, 17_500, 20_000]
MODES: Final = ("iptables-legacy", "iptables-nft", "nftables", "ebpf-hostrouting")
ENDPOINTS: Final = 2
ADDRESS_RESTS_S: Final = 30  # VPC CNI (DPD-34)


def _sync(mode: str, services: int, **more: Any) -> dict[str, Any]:
    return dict(rule_sync(mode=mode, services=services, endpoints=ENDPOINTS, **more))


def sync_lags() -> Figure:
    """From a change of endpoints to the kernel, at worst, with changes all the time and a full sync in the way."""
    answers = {mode: [_sync(mode, size) for size in SIZES] for mode in MODES}
    lags = {mode: [one["lag_after_full_seconds"] for one in row] for mode, row in answers.items()}
    wrong = {
        mode: next((size for size, one in zip(SIZES, row, strict=True) if one["may_reach_wrong_pod"]), None)
        for mode, row in answers.items()
    }
    commented = _sync("iptables-legacy", 20_000, comments=True)["lag_seconds"]
    sentence = (
        f"At 20 000 services a change takes {commented['lone']:.1f} s with iptables-legacy with comments and up to "
        f"{commented['most'] - commented['lone']:.1f} s more. Behind a full sync it is "
        f"{lags['iptables-legacy'][-1]:.0f} s there, {lags['iptables-nft'][-1]:.0f} s with iptables-nft, "
        f"{lags['nftables'][-1]:.0f} s with nftables and {lags['ebpf-hostrouting'][-1]:.1f} s with eBPF. Lines above "
        f"{ADDRESS_RESTS_S} s can lead to the pod that has the address next: iptables-nft from "
        f"{_size(wrong['iptables-nft'])} services on, nftables from {_size(wrong['nftables'])}."
    )

    def draw(axes: Axes) -> None:
        lines(axes, SIZES, lags, xlabel="services of two endpoints", ylabel="lag behind a full sync, s")
        decades(axes)
        axes.axhline(ADDRESS_RESTS_S, color="grey", linestyle=":")
        axes.text(SIZES[0], ADDRESS_RESTS_S * 1.15, "addresses rest 30 s", color="grey")

    numbers = {"lag_s": lags, "wrong_pod_from": wrong, "commented": commented}
    return Figure(("DPS-6", "DPS-17"), numbers, sentence, draw)


def _size(services: int | None) -> str:
    return "no number of" if services is None else grouped(services)


def new_nodes() -> Figure:
    """For how long all services are dead on a node that joins."""
    first = {mode: [_sync(mode, size)["first_seconds"] for size in SIZES] for mode in MODES}
    sentence = (
        f"On a new node services are dead until the first sync ends: at 20 000 services "
        f"{first['nftables'][-1]:.0f} s with nftables, {first['iptables-nft'][-1]:.1f} s with iptables-nft, "
        f"{first['iptables-legacy'][-1]:.1f} s with iptables-legacy and {first['ebpf-hostrouting'][-1]:.2f} s with "
        f"eBPF, whatever the pods' readiness says."
    )

    def draw(axes: Axes) -> None:
        lines(axes, SIZES, first, xlabel="services of two endpoints", ylabel="dead services on a new node, s")
        decades(axes)

    return Figure(("DPS-6", "DPC-54"), {"first_s": first}, sentence, draw)


def after_rollout() -> Figure:
    """One of four endpoints is replaced at second 0; nodes sync at times of their own, evenly spread."""
    services, removed, endpoints = 10_000, 1, 4
    lags: dict[str, dict[str, float]] = {}
    for mode in MODES:
        answer = rule_sync(mode=mode, services=services, endpoints=endpoints, removed=removed)
        lags[mode] = dict(answer["lag_seconds"]) | {"stale": answer["stale_share"]}
    ends = {mode: lag["most"] for mode, lag in lags.items()}
    sentence = (
        f"After a rollout that replaces one of four endpoints, {100 * lags['nftables']['stale']:.0f} % of new "
        f"connections go to the one that is gone, until the nodes have synced: with 10 000 services all have after "
        f"{ends['iptables-legacy']:.1f} s with iptables-legacy, {ends['iptables-nft']:.1f} s with iptables-nft, "
        f"{ends['nftables']:.1f} s with nftables and {ends['ebpf-hostrouting']:.2f} s with eBPF."
    )

    def draw(axes: Axes) -> None:
        for mode, lag in lags.items():
            times = [0, lag["lone"], lag["most"], max(ends.values()) * 1.05]
            shares = [100 * lag["stale"]] * 2 + [0, 0]
            axes.plot(times, shares, label=mode, linewidth=2, **STYLES[mode])
        axes.set(xlabel="seconds after the change", ylabel="new connections that go\nto a removed endpoint, %")
        axes.legend(loc="upper right", frameon=False)

    return Figure(("DPC-53", "DPC-50"), {"lag_s": lags}, sentence, draw)


def stops() -> Figure:
    """A pod that stops at SIGTERM, behind a preStop hook that sleeps."""
    sleeps = [step / 20 for step in range(101)]
    lags = {mode: _sync(mode, 20_000)["lag_seconds"]["most"] for mode in MODES}
    fails = {mode: [max(0.0, lag - sleep) for sleep in sleeps] for mode, lag in lags.items()}
    needed = max(lags.values())
    sentence = (
        f"A pod that stops without a preStop delay is called for the sync lag of the slowest node, at 20 000 services "
        f"{lags['iptables-legacy']:.1f} s with iptables-legacy, {lags['nftables']:.1f} s with nftables and "
        f"{lags['iptables-nft']:.1f} s with iptables-nft; a delay as long as the lag, here at most {needed:.1f} s, "
        f"leaves no failure."
    )

    def draw(axes: Axes) -> None:
        lines(axes, sleeps, fails, xlabel="preStop delay, s", ylabel="seconds in which connections fail")

    return Figure(("DPS-24",), {"lag_s": lags, "fails_s": fails, "sleeps": sleeps}, sentence, draw)


def half_dead() -> Figure:
    """Endpoints of which one is unreachable, with retries that choose anew."""
    retries = [0, 1, 2, 3]
    shares = {
        endpoints: rule_sync(mode="nftables", services=1, endpoints=endpoints, removed=1)["stale_share"]
        for endpoints in (2, 4)
    }
    fails = {endpoints: [100 * share ** (1 + retry) for retry in retries] for endpoints, share in shares.items()}
    sentence = (
        f"With one of two endpoints unreachable {fails[2][0]:.0f} % of new connections fail, {fails[2][1]:.0f} % with "
        f"a retry and {fails[2][2]:.1f} % with two; with one of four it is {fails[4][0]:.0f} % and {fails[4][1]:g} %."
    )

    def draw(axes: Axes) -> None:
        looks = ((-0.2, "#0072B2"), (0.2, "#56B4E9"))
        for (place, colour), (endpoints, values) in zip(looks, fails.items(), strict=True):
            axes.bar(
                [retry + place for retry in retries], values, 0.4, label=f"one of {endpoints} endpoints", color=colour
            )
        axes.set_xticks(retries)
        axes.set(xlabel="retries", ylabel="connections that fail, %")
        axes.legend(frameon=False)

    return Figure(("DPS-10",), {"fails_percent": fails}, sentence, draw)

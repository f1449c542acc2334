"""What a connection costs as services and endpoints grow in number (DPS-1, 2, 4, 5, 25)."""

from __future__ import annotations

from typing import Any, Final

from ekssim.decisions import path_cost
from matplotlib.axes import Axes

from data_path_figures.figure import MODES, Figure, lines, thousands

__all__ = ["connect_times", "low_load", "many_endpoints", "open_connections", "scan_slopes", "strangers"]

SERVICES: Final = [1, 500, 1000, 1001, 2000, 5000, 10_000, 15_000, 20_000, 25_000, 30_000]
# Published 99th percentiles of iptables at 5000, 10000 and 30000 services, in ms (DPD-12: kubernetes.io, 2025).
PUBLISHED_P99_MS: Final = {5000: 0.156, 10_000: 0.262, 30_000: 0.716}


def connect_times() -> Figure:
    """Mean time of connect() between pods on two nodes of a zone, unloaded."""
    means = {mode: [_connect_ms(mode, count) for count in SERVICES] for mode in MODES}
    growth = {mode: 1000 * (values[-1] - values[0]) for mode, values in means.items()}
    flat = max(abs(growth[mode]) for mode in MODES if not mode.startswith("iptables"))
    sentence = (
        f"From one service to 30 000 a connection through iptables-legacy gets slower by "
        f"{growth['iptables-legacy']:.0f} us and one through iptables-nft by {growth['iptables-nft']:.0f} us; with "
        f"nftables, IPVS and eBPF it changes by {flat:.2f} us."
    )

    def draw(axes: Axes) -> None:
        lines(axes, SERVICES, means, xlabel="service ports on each node", ylabel="mean time of connect, ms")
        axes.set_ylim(bottom=0)
        thousands(axes.xaxis)

    return Figure(("DPS-1", "DPD-11", "DPD-14"), {"mean_ms": means, "growth_us": growth}, sentence, draw)


def _connect_ms(mode: str, services: int) -> float:
    return float(path_cost(mode=mode, services=services)["connect_ms"]["mean"])


def scan_slopes() -> Figure:
    """What each service more costs a new connection, with warm and with cold caches."""
    kinds: dict[str, dict[str, Any]] = {
        "iptables-legacy,\ncomments": {"mode": "iptables-legacy", "comments": True},
        "iptables-legacy,\nno comments": {"mode": "iptables-legacy", "comments": False},
        "iptables-nft": {"mode": "iptables-nft"},
        "nftables": {"mode": "nftables"},
        "eBPF": {"mode": "ebpf-hostrouting"},
    }
    warm, cold = (
        [
            path_cost(services=5000, coefficients={"heat": heat}, **asked)["scan_ns_per_service"]
            for asked in kinds.values()
        ]
        for heat in (0, 1)
    )
    sizes, times = list(PUBLISHED_P99_MS), list(PUBLISHED_P99_MS.values())
    published = [1e6 * (times[j] - times[i]) / (sizes[j] - sizes[i]) for i, j in ((0, 1), (1, 2), (0, 2))]
    sentence = (
        f"A service costs {warm[0]:.1f} ns with legacy iptables and comments, {warm[1]:.1f} without, {warm[2]:.0f} "
        f"with iptables-nft and {warm[3]:.0f} with nftables or eBPF. Cold caches make it {cold[0]:.0f} ns, which is "
        f"what the published 99th percentile rises by ({min(published):.1f} to {max(published):.1f} ns, grey)."
    )

    def draw(axes: Axes) -> None:
        places = range(len(kinds))
        axes.bar([place - 0.2 for place in places], warm, 0.4, label="warm", color="#56B4E9")
        axes.bar([place + 0.2 for place in places], cold, 0.4, label="cold", color="#0072B2")
        axes.axhspan(min(published), max(published), color="grey", alpha=0.4, label="published p99")
        axes.set_xticks(list(places), list(kinds))
        axes.set_ylabel("ns for each service")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)

    return Figure(("DPS-1", "DPA-1"), {"warm_ns": warm, "cold_ns": cold, "published_ns": published}, sentence, draw)


def open_connections() -> Figure:
    """A request on an open connection beside a connection for each request, both against one service."""
    requests, connections = {}, {}
    for mode in MODES:
        answers = [path_cost(mode=mode, services=count) for count in SERVICES]
        requests[mode] = [one["request_us"]["value"] / answers[0]["request_us"]["value"] for one in answers]
        connections[mode] = [one["connection_us"]["value"] / answers[0]["connection_us"]["value"] for one in answers]
    most = max(abs(share - 1) for values in requests.values() for share in values)
    sentence = (
        f"A request on an open connection costs the same whatever the number of services: over all six modes it moves "
        f"by {100 * most:.1f} %. A connection for each request costs {connections['iptables-legacy'][-1]:.1f} times "
        f"as much with iptables-legacy at 30 000 services, and {connections['iptables-nft'][-1]:.1f} times with "
        f"iptables-nft."
    )

    def draw(axes: Axes) -> None:
        shown = {mode: connections[mode] for mode in ("iptables-legacy", "iptables-nft")}
        lines(axes, SERVICES, shown, xlabel="service ports on each node", ylabel="CPU time, times that of one service")
        flat = [max(requests[mode][i] for mode in MODES) for i in range(len(SERVICES))]
        axes.plot(SERVICES, flat, color="black", linewidth=2, label="open connection,\nall modes")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
        axes.set_ylim(bottom=0)
        thousands(axes.xaxis)

    return Figure(("DPS-2", "DPD-5"), {"request": requests, "connection": connections}, sentence, draw)


def strangers() -> Figure:
    """From a load balancer straight to a pod: no service is asked for, and all rules are walked nevertheless."""
    costs = {
        mode: [
            path_cost(mode=mode, services=count, route="ip-target", to_service=False)["connection_us"]["value"]
            for count in SERVICES
        ]
        for mode in MODES
    }
    ratio = {mode: values[-1] / values[0] for mode, values in costs.items()}
    sentence = (
        f"A connection that is to no service at all, from a load balancer to a pod's address, costs the node "
        f"{ratio['iptables-legacy']:.1f} times as much CPU at 30 000 services as at one with iptables-legacy, "
        f"{ratio['iptables-nft']:.1f} times with iptables-nft, and {ratio['nftables']:.2f} times with nftables."
    )

    def draw(axes: Axes) -> None:
        lines(axes, SERVICES, costs, xlabel="service ports on the node", ylabel="CPU time of a connection, us")
        axes.set_ylim(bottom=0)
        thousands(axes.xaxis)

    return Figure(("DPS-4", "DPD-3"), {"us": costs, "ratio": ratio}, sentence, draw)


def many_endpoints() -> Figure:
    """One service with more and more endpoints."""
    sizes = [1, 250, 500, 1000, 2000, 3000, 4000, 5000]
    added = {}
    for mode in MODES:
        costs = [path_cost(mode=mode, services=1, endpoints=size)["connection_us"]["value"] for size in sizes]
        added[mode] = [cost - costs[0] for cost in costs]
    sentence = (
        f"One service with 5000 endpoints makes each new connection {added['iptables-legacy'][-1]:.0f} us dearer with "
        f"iptables-legacy and {added['iptables-nft'][-1]:.0f} us with iptables-nft, which try half of them on average, "
        f"and {added['nftables'][-1]:.0f} us with nftables or eBPF, which look one up."
    )

    def draw(axes: Axes) -> None:
        lines(axes, sizes, added, xlabel="endpoints of the service", ylabel="more CPU time of a connection, us")
        thousands(axes.xaxis)

    return Figure(("DPS-5", "DPD-2"), {"endpoints": sizes, "added_us": added}, sentence, draw)


def low_load() -> Figure:
    """Requests on open connections at little load: the 99th percentile that an application sees."""
    application_ms = 1.0  # what it does itself: the rule is about what shows beside that
    network = {mode: path_cost(mode=mode, services=1000, load=0.05)["request_ms"]["p99"] for mode in MODES}
    seen = {mode: application_ms + value for mode, value in network.items()}
    spread = max(seen.values()) / min(seen.values()) - 1
    sentence = (
        f"At little load no mode shows: the 99th percentiles of requests to an application that takes 1 ms lie within "
        f"{100 * spread:.1f} % of each other."
    )

    def draw(axes: Axes) -> None:
        places = range(len(MODES))
        axes.bar(places, [application_ms] * len(MODES), color="lightgrey", label="the application")
        axes.bar(places, list(network.values()), bottom=application_ms, color="#0072B2", label="network and nodes")
        axes.set_xticks(list(places), [mode.replace("-", "-\n") for mode in MODES])
        axes.set_ylabel("99th percentile, ms")
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)

    return Figure(("DPS-25",), {"p99_ms": seen, "spread": spread}, sentence, draw)

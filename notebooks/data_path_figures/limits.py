"""Tables, ports and quotas as they fill (DPS-7, 8, 9, 14, 18)."""

from __future__ import annotations

from typing import Any, Final

from ekssim.decisions import connection_capacity, conntrack_fill
from matplotlib.axes import Axes

from data_path_figures.figure import Figure, grouped, lines, thousands

__all__ = ["conntrack_course", "flood", "frontends", "resolver", "source_ports"]

RATE: Final = 5000
QUESTIONS_TO_THE_RESOLVER: Final = 4  # of the ten of an external name with ndots 5 (DPS-14)


def conntrack_course() -> Figure:
    """5000 short connections a second into kube-proxy's smallest table, closed by the client."""
    course = conntrack_fill(connections_per_second=RATE)
    steps = [
        (0.0, 1.0),
        (course["refuses_at_seconds"], course["success_while_full"]),
        (course["recovers_at_seconds"], course["success_later"]),
    ]
    sentence = (
        f"{RATE} short connections a second fill a table of {grouped(course['limit'])} in {steps[1][0]:.0f} s; then "
        f"{100 * steps[1][1]:.1f} % of new ones succeed until the first entries expire at {steps[2][0]:.0f} s, and "
        f"{100 * steps[2][1]:.0f} % from then on. Open connections do not notice. "
        f"{grouped(course['connections_per_second_max'])} a second would go on for ever."
    )

    def draw(axes: Axes) -> None:
        times = [time for time, _ in steps] + [240]
        shares = [100 * share for _, share in steps]
        axes.step(times, [*shares, shares[-1]], where="post", linewidth=2, color="#D55E00", label="succeed")
        axes.set(xlabel="seconds", ylabel="new connections that succeed, %", ylim=(0, 105))
        beside = axes.twinx()
        entries = [min(course["limit"], RATE * second) for second in range(241)]
        beside.plot(range(241), entries, color="#0072B2", linestyle="--")
        beside.set_ylabel("entries (dashed)")
        beside.spines["top"].set_visible(False)
        beside.set_ylim(bottom=0)
        thousands(beside.yaxis)

    return Figure(("DPS-7", "DPC-33"), {"course": course}, sentence, draw)


def flood() -> Figure:
    """Half-open connections beside answered ones, and as many answered ones instead."""
    half_open = conntrack_fill(connections_per_second=500, unanswered_per_second=RATE)
    answered = conntrack_fill(connections_per_second=500 + RATE)
    sentence = (
        f"{RATE} connections a second that nobody answers fill the table in {half_open['full_at_seconds']:.0f} s and "
        f"hurt none of the 500 beside them, because their entries give way; as many answered ones leave "
        f"{100 * answered['success_later']:.0f} % of all."
    )

    def draw(axes: Axes) -> None:
        later = [100 * one["success_later"] for one in (half_open, answered)]
        axes.bar(
            ["500/s answered and\n5000/s half-open", "5500/s answered"], later, width=0.5, color=["#009E73", "#D55E00"]
        )
        axes.set(ylabel="answered connections that\nsucceed in the long run, %", ylim=(0, 105))

    return Figure(("DPS-8", "DPC-32"), {"half_open": half_open, "answered": answered}, sentence, draw)


def source_ports() -> Figure:
    """A scraper that connects out through one node's address, and something else beside it."""
    rates = list(range(50, 1501, 50))
    succeed: dict[str, list[float]] = {"api.example.com": [], "other.example.com": []}
    for rate in rates:
        classes = [
            {"role": "egress", "connections_per_second": each, "destination": destination}
            for destination, each in (("api.example.com", rate), ("other.example.com", 50))
        ]
        for limit in connection_capacity(mode="nftables", classes=classes, cores=16)["limits"]:
            if limit["limit"] == "source_ports":
                succeed[limit["destination"]].append(100 * min(1.0, limit["cap"] / limit["used"]))
    busy, other = succeed.values()
    breaks = next(rate for rate, share in zip(rates, busy, strict=True) if share < 100)
    sentence = (
        f"Up to about {breaks - 50} short connections a second to one destination all succeed; at {rates[-1]} a second "
        f"{busy[-1]:.0f} % do, because their source ports rest for two minutes. Those to another destination succeed "
        f"at {min(other):.0f} %."
    )

    def draw(axes: Axes) -> None:
        lines(axes, rates, succeed, xlabel="connections a second to api.example.com", ylabel="succeed, %")
        axes.set_ylim(0, 105)
        thousands(axes.xaxis)

    return Figure(("DPS-9", "DPC-36"), {"breaks": breaks, "succeed_percent": succeed}, sentence, draw)


def frontends() -> Figure:
    """Services of four endpoints in Cilium's map of 65536."""
    sizes = list(range(1000, 30_001, 500))
    classes = [{"role": "client", "connections_per_second": 1}]
    dead = []
    for size in sizes:
        capacity = connection_capacity(mode="ebpf-hostrouting", classes=classes, services=size, endpoints=4, cores=4)
        limit = next(one for one in capacity["limits"] if one["limit"] == "lb_map")
        dead.append(100 * max(0.0, 1 - limit["cap"] / limit["used"]))
    first = next(size for size, share in zip(sizes, dead, strict=True) if share > 0)
    sentence = (
        f"Services of four endpoints fit up to {grouped(first - 500)}, and of {grouped(sizes[-1])} there are "
        f"{dead[-1]:.0f} % missing, on all nodes alike."
    )

    def draw(axes: Axes) -> None:
        lines(axes, sizes, {"dead": dead}, xlabel="services of four endpoints", ylabel="services that are missing, %")
        thousands(axes.xaxis)

    return Figure(("DPS-18", "DPD-19"), {"first": first, "dead_percent": dead}, sentence, draw)


def resolver() -> Figure:
    """External names, none of them cached, of which four questions each reach the VPC's resolver."""
    rates = list(range(32, 1025, 32))
    lost = []
    for rate in rates:
        arguments: dict[str, Any] = {"resolver_packets_per_second": rate * QUESTIONS_TO_THE_RESOLVER}
        limits = connection_capacity(mode="nftables", classes=[], cores=4, **arguments)["limits"]
        multiple = next(one for one in limits if one["limit"] == "resolver")["multiple"]
        lost.append(100 * max(0.0, 1 - multiple))
    most = max(rate for rate, share in zip(rates, lost, strict=True) if share == 0)
    sentence = (
        f"Up to {most} external lookups a second no question is lost; at {rates[-1]} it is {lost[-1]:.0f} % of them, "
        f"each a wait of 5 s."
    )

    def draw(axes: Axes) -> None:
        lines(axes, rates, {"lost": lost}, xlabel="external lookups a second from one ENI", ylabel="lost questions, %")

    return Figure(("DPS-14", "DPD-30"), {"most": most, "lost_percent": lost}, sentence, draw)

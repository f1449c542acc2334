"""The model beside what others have published, and where they contradict each other (DPS-3, DPA-6)."""

from __future__ import annotations

from typing import Final

from ekssim.decisions import path_cost
from matplotlib.axes import Axes

from data_path_figures.figure import STYLES, Figure, grouped, thousands

__all__ = ["contradiction", "crossover"]

# DPD-20: short connections a second across nodes of four vCPUs, in another cloud than AWS (imroc/tke-guide).
SIZES: Final = [0, 5000, 10_000, 20_000, 30_000]
IPTABLES: Final = [31365, 22237, 17261, 12916, 9057]
CHAINED: Final = [13826, 12774, 11895, 11815, 10286]
OVERLAY: Final = [14193, 13122, 12746, 13080, 12879]
# DPD-17: thousands of short connections a second, 32 processes, bare metal with 100 Gbit/s (cilium.io, 2021).
HOST_ROUTING, LEGACY_ROUTING, KUBE_PROXY = 199, 165, 136


def crossover() -> Figure:
    """Time for a connection, 1/rate, rises in a straight line; one factor on the model's slope is fitted."""
    first = 1e6 / IPTABLES[0]
    slope = path_cost(mode="iptables-legacy", services=SIZES[-1])["scan_ns_per_service"] * 1e-3
    rises = [(1e6 / rate - first, slope * size) for rate, size in zip(IPTABLES, SIZES, strict=True)]
    factor = sum(seen * made for seen, made in rises) / sum(made * made for _, made in rises)
    fitted = [1e6 / (first + factor * made) for _, made in rises]
    errors = [abs(made / seen - 1) for made, seen in zip(fitted, IPTABLES, strict=True)]
    meets = {
        name: (1e6 * len(row) / sum(row) - first) / (factor * slope)
        for name, row in (("chained", CHAINED), ("overlay", OVERLAY))
    }
    sentence = (
        f"The straight line of 1/rate meets the published row of kube-proxy within {100 * max(errors):.0f} %, with one "
        f"factor fitted; it falls to Cilium's flat rates at about {grouped(meets['overlay'])} services with an overlay "
        f"and {grouped(meets['chained'])} chained."
    )

    def draw(axes: Axes) -> None:
        across = list(range(0, 30_001, 500))
        curve = [1e6 / (first + factor * slope * size) for size in across]
        axes.plot(across, curve, label="model, one factor fitted", **STYLES["iptables-legacy"])
        axes.plot(SIZES, IPTABLES, "o", color="#0072B2", label="kube-proxy iptables, published")
        axes.plot(SIZES, CHAINED, "s--", color="#CC79A7", label="Cilium chained, published")
        axes.plot(SIZES, OVERLAY, "^--", color="#E69F00", label="Cilium overlay, published")
        for size in meets.values():
            axes.axvline(size, color="grey", linewidth=1, linestyle=":")
        axes.set(xlabel="services", ylabel="short connections a second", ylim=(0, None))
        axes.legend(loc="upper right", frameon=False)
        thousands(axes.xaxis)
        thousands(axes.yaxis)

    return Figure(("DPS-3", "DPC-19"), {"fitted": fitted, "errors": errors, "meets": meets}, sentence, draw)


def contradiction() -> Figure:
    """How many times as many short connections Cilium makes as kube-proxy, with few services."""
    model = {
        mode: path_cost(mode=mode, services=1, cores=4)["connections_per_second_max"]
        for mode in ("iptables-legacy", "ebpf-legacy", "ebpf-hostrouting")
    }
    ratios = {
        "tke-guide:\nchained": CHAINED[0] / IPTABLES[0],
        "tke-guide:\noverlay": OVERLAY[0] / IPTABLES[0],
        "cilium.io:\nlegacy routing": LEGACY_ROUTING / KUBE_PROXY,
        "cilium.io:\nhost routing": HOST_ROUTING / KUBE_PROXY,
        "model:\nlegacy routing": model["ebpf-legacy"] / model["iptables-legacy"],
        "model:\nhost routing": model["ebpf-hostrouting"] / model["iptables-legacy"],
    }
    chained, _, _, host, _, ours = ratios.values()
    sentence = (
        f"With few services one publication (tke-guide) has Cilium {1 / chained:.1f} times slower than kube-proxy, "
        f"another (cilium.io) {host:.1f} times faster, and the model {ours:.1f} times faster: it has the sign of the "
        f"second, and nothing in it gives the first. This is open. Calibrate your own machine before you trust an "
        f"absolute comparison at few services."
    )

    def draw(axes: Axes) -> None:
        colours = ["#D55E00"] * 2 + ["#009E73"] * 2 + ["#0072B2"] * 2
        axes.bar(range(len(ratios)), [ratio - 1 for ratio in ratios.values()], bottom=1, color=colours)
        axes.axhline(1, color="black", linewidth=1)
        axes.set_xticks(range(len(ratios)), list(ratios), fontsize=8)
        axes.set(ylabel="Cilium's short connections\nover kube-proxy's", ylim=(0, 1.8))

    return Figure(("DPA-6", "DPD-17", "DPD-20"), {"ratios": ratios}, sentence, draw)

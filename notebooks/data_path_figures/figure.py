"""What a figure is, and how all of them look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import fill
from typing import Any, Final

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis

__all__ = ["MODES", "STYLES", "Figure", "decades", "grouped", "lines", "thousands"]

MODES: Final = ("iptables-legacy", "iptables-nft", "nftables", "ipvs", "ebpf-legacy", "ebpf-hostrouting")
# Colours of Okabe and Ito, which colour-blind readers tell apart; strokes differ where lines lie on each other.
STYLES: Final[dict[str, dict[str, Any]]] = {
    "iptables-legacy": {"color": "#0072B2", "linestyle": "-"},
    "iptables-nft": {"color": "#D55E00", "linestyle": "-"},
    "nftables": {"color": "#009E73", "linestyle": (0, (6, 2))},
    "ipvs": {"color": "#000000", "linestyle": ":"},
    "ebpf-legacy": {"color": "#CC79A7", "linestyle": "--"},
    "ebpf-hostrouting": {"color": "#E69F00", "linestyle": "-."},
}


@dataclass(frozen=True, slots=True)
class Figure:
    rules: tuple[str, ...]
    numbers: Mapping[str, Any]
    sentence: str
    draw: Callable[[Axes], None]

    def drawn(self) -> plt.Figure:
        figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        self.draw(axes)
        return figure

    def show(self) -> None:
        """For a cell of the notebook: the picture, and under it the sentence."""
        self.drawn()
        plt.show()
        plt.close()
        print(fill(f"{self.sentence} ({', '.join(self.rules)})", 110))


def lines(axes: Axes, across: list[float], series: Mapping[str, list[float]], **labels: str) -> None:
    """A line for each, in the style of its mode, with a legend beside the picture."""
    for name, values in series.items():
        axes.plot(across, values, label=name, linewidth=2, **STYLES.get(name, {}))
    axes.set(**labels)
    if len(series) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)


def grouped(number: float) -> str:
    """30 000"""
    return f"{number:,.0f}".replace(",", " ")


def thousands(axis: Axis) -> None:
    axis.set_major_formatter(lambda value, _: grouped(value))


def decades(axes: Axes) -> None:
    """Both axes by powers of ten, with numbers that can be read."""
    axes.set(xscale="log", yscale="log")
    thousands(axes.xaxis)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")

"""Proxies on layer 7, beside each pod or one for each node, and what a kind of target adds (DPS-19, 20, 22)."""

from __future__ import annotations

from typing import Any, Final

from ekssim.decisions import connection_capacity, path_cost
from matplotlib.axes import Axes

from data_path_figures.figure import Figure, grouped, lines

__all__ = ["node_or_pods", "policy", "targets"]

SIDECAR_MB: Final = 60  # Istio 1.24 (DPD-25); taken for an Envoy of the node as well
CORES: Final = 4
PUBLISHED: Final = {"none": [99985, 101514], "node-proxy": [13883, 11483]}  # DPD-22: requests a second on 4 cores


def policy() -> Figure:
    """Requests on open connections, with and without a policy on layer 7. What a request takes without one, the
    application's work included, is the published run's; what Envoy adds is the model's.
    """
    request_us = {
        layer7: path_cost(mode="ebpf-hostrouting", layer7=layer7)["request_us"]["value"]
        for layer7 in ("none", "node-proxy")
    }
    envoy_us = request_us["node-proxy"] - request_us["none"]
    without = sum(PUBLISHED["none"]) / 2
    rates = {"none": without, "node-proxy": CORES * 1e6 / (CORES * 1e6 / without + envoy_us)}
    p99 = {
        layer7: path_cost(mode="ebpf-hostrouting", layer7=layer7, load=0.1, cores=CORES)["request_ms"]["p99"]
        for layer7 in ("none", "node-proxy")
    }
    falls = 1 - rates["node-proxy"] / rates["none"]
    published = [1 - after / before for before, after in zip(*PUBLISHED.values(), strict=True)]
    sentence = (
        f"A policy on layer 7 takes {100 * falls:.0f} % of a saturated rate of requests (published: "
        f"{100 * min(published):.0f} and {100 * max(published):.0f} %), because Envoy adds {envoy_us:.0f} us of CPU to "
        f"each; at little load it moves the 99th percentile by {p99['node-proxy'] - p99['none']:.2f} ms."
    )

    def draw(axes: Axes) -> None:
        for place, (layer7, rate) in enumerate(rates.items()):
            colour = "#0072B2" if place else "grey"
            axes.bar(place - 0.2, rate / 1000, 0.4, color=colour, label="model" if place else "taken from there")
            seen = sum(PUBLISHED[layer7]) / 2
            axes.bar(place + 0.2, seen / 1000, 0.4, color="lightgrey", label="published" if place else None)
        axes.set_xticks([0, 1], ["no policy", "policy on layer 7"])
        axes.set_ylabel("thousand requests a second, four cores")
        axes.legend(frameon=False)

    return Figure(("DPS-19", "DPD-22"), {"rates": rates, "falls": falls, "p99_ms": p99}, sentence, draw)


def node_or_pods() -> Figure:
    """Fifty pods on a node, called and calling as much: cores of proxies, and their memory."""
    pods = 50
    rates = [0, 500, 1000, 1500, 2000, 2500, 3000]
    cores = {kind: [_layer7_cores(kind, rate) for rate in rates] for kind in ("node-proxy", "two-sidecars", "ztunnel")}
    ratio = cores["two-sidecars"][-1] / cores["node-proxy"][-1]
    sentence = (
        f"At {rates[-1]} requests a second one Envoy of the node takes {cores['node-proxy'][-1]:.1f} cores and "
        f"sidecars {cores['two-sidecars'][-1]:.1f}, {ratio:.0f} times as much, because each request passes two. Memory "
        f"goes with proxies and not with requests: {grouped(pods * SIDECAR_MB)} MB of {pods} sidecars, {SIDECAR_MB} of "
        f"one Envoy, with which on the other hand all {pods} pods fail."
    )

    def draw(axes: Axes) -> None:
        named = {
            f"one Envoy a node, {SIDECAR_MB} MB": cores["node-proxy"],
            f"{pods} sidecars, {grouped(pods * SIDECAR_MB)} MB": cores["two-sidecars"],
            "one ztunnel a node (layer 4)": cores["ztunnel"],
        }
        lines(axes, rates, named, xlabel="requests a second that the node's pods get", ylabel="cores of proxies")

    numbers = {"cores": cores, "ratio": ratio, "sidecars_mb": pods * SIDECAR_MB}
    return Figure(("DPS-20", "DPD-25"), numbers, sentence, draw)


def _layer7_cores(kind: str, requests_per_second: float) -> float:
    """Of a node whose pods make as many requests as they get, so that both ends' proxies are counted once."""
    per_connection = 100
    each = {"connections_per_second": requests_per_second / per_connection, "requests_per_connection": per_connection}
    classes = [{"role": role, "layer7": kind} | each for role in ("client", "server")]
    return float(connection_capacity(mode="nftables", classes=classes, cores=16)["cores_by_part"].get("layer7", 0.0))


def targets() -> Figure:
    """From a load balancer to a pod, by the number of nodes that have pods of the service."""
    nodes = list(range(1, 11))
    asked: dict[str, Any] = {"mode": "iptables-nft", "services": 100}
    by_node = [path_cost(route="instance-target", local_share=1 / count, **asked) for count in nodes]
    costs = {
        "instance targets": [answer["connection_us"]["value"] for answer in by_node],
        "ip targets": [path_cost(route="ip-target", **asked)["connection_us"]["value"]] * len(nodes),
    }
    hops = [1 - 1 / count for count in nodes]
    sentence = (
        f"With pods on ten nodes {100 * hops[-1]:.0f} % of connections to instance targets take a second node, and a "
        f"connection costs {costs['instance targets'][-1]:.0f} us of CPU in all, against "
        f"{costs['ip targets'][-1]:.0f} us with ip targets whatever the number of nodes. What of these hops crosses "
        f"zones is billed in both directions."
    )

    def draw(axes: Axes) -> None:
        lines(axes, nodes, costs, xlabel="nodes with pods of the service", ylabel="CPU time of a connection, us")
        axes.set_ylim(bottom=0)

    return Figure(("DPS-22", "DPC-5"), {"us": costs, "second_hop": hops}, sentence, draw)

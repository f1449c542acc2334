"""Builds one variant: its namespaces, its rules or programs, and the pair of ends that drive it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from ekssim.calibrate import bpf_programs, iptables_rules, ipvs_rules, linux, nft_rules
from ekssim.calibrate.addresses import BACKEND, BACKEND_PORT, SERVICE_PORT, service
from ekssim.calibrate.bpf_load import Held, service_key, service_value
from ekssim.calibrate.events import RING_BYTES, Reader
from ekssim.calibrate.plan import Variant
from ekssim.calibrate.topology import Triple, run
from ekssim.calibrate.traffic import Traffic

__all__ = ["Built", "Tools", "load_iptables", "load_nft", "own_group"]

_TCP, _UDP = 6, 17


@dataclass(frozen=True, slots=True)
class Tools:
    """What building needs besides the variant."""

    traffic: Path
    core: int
    group: Path | None  # a control group of the rig's own, for the program at connect()
    reader: Path  # of exported events
    front_end: str | None  # for the plain rules of conntrack and masquerade: iptables-legacy, iptables-nft or nftables


def load_iptables(triple: Triple, front_end: str, text: str, *, keep: bool = False, seconds: float = 60) -> None:
    flags = ["--noflush"] if keep else []
    triple.inside(triple.node, f"{front_end}-restore", *flags, text=text, seconds=seconds)


def load_nft(triple: Triple, text: str, seconds: float = 60) -> None:
    triple.inside(triple.node, "nft", "-f", "-", text=text, seconds=seconds)


@dataclass(slots=True)
class Built:
    variant: Variant
    triple: Triple
    traffic: Traffic
    held: Held = field(default_factory=Held)
    reader: Reader | None = None

    @property
    def destination(self) -> str:
        """What the client calls: address and port."""
        if not self.variant.services:
            return f"{BACKEND} {BACKEND_PORT}"
        return f"{self.variant.of_services().called} {SERVICE_PORT}"

    @classmethod
    def build(cls, name: str, variant: Variant, tools: Tools) -> Built:
        triple = Triple(name, with_node=variant.mode != "direct")
        held = Held()
        triple.build()
        try:
            group = _programmed(variant, triple, tools, held)
            reader = Reader(tools.reader, held.events) if held.events is not None else None
            traffic = Traffic(tools.traffic, triple, (tools.core, tools.core), group)
        except BaseException:
            held.close()
            triple.remove()
            raise
        return cls(variant, triple, traffic, held, reader)

    def verify(self) -> None:
        """Fifty connections, as DPR-2 wants it."""
        tally = self.traffic.ask(f"connect 50 500 {self.destination}")
        if tally.failed:
            raise OSError(f"{tally.failed} of 50 connections failed")

    def remove(self) -> None:
        self.traffic.close()
        if self.reader is not None:
            self.reader.close()
        self.held.close()
        self.triple.remove()


def _programmed(variant: Variant, triple: Triple, tools: Tools, held: Held) -> Path | None:
    """Puts in what makes the variant; returns the control group that the client joins, if any."""
    mode = variant.mode
    if mode in ("conntrack", "masquerade"):
        _plain_rules(mode, triple, tools.front_end)
    elif mode in ("iptables-legacy", "iptables-nft"):
        load_iptables(triple, mode, iptables_rules.services(variant.of_services()))
    elif mode == "nftables":
        load_nft(triple, nft_rules.services(variant.of_services()))
    elif mode == "ipvs":
        _plain_rules("conntrack", triple, tools.front_end)
        _virtual_servers(variant, triple)
    elif mode.startswith("ebpf-"):
        _packet_programs(variant, triple, held)
    elif mode == "socket-lb":
        if tools.group is None:
            raise OSError("no control group of the rig's own could be made")
        services = _service_map(variant, held)
        group = tools.group / triple.name
        group.mkdir()
        held.attach_to_connect(bpf_programs.at_connect(services), group)
        return group
    return None


def _plain_rules(mode: str, triple: Triple, front_end: str | None) -> None:
    if front_end == "nftables":
        load_nft(triple, nft_rules.masquerade() if mode == "masquerade" else nft_rules.conntrack_only())
    elif front_end is not None:
        text = iptables_rules.masquerade() if mode == "masquerade" else iptables_rules.conntrack_only()
        load_iptables(triple, front_end, text)
    else:
        raise OSError("no iptables and no nft program")


def _virtual_servers(variant: Variant, triple: Triple) -> None:
    if not Path("/proc/net/ip_vs").exists():
        run("modprobe", "ip_vs_rr")
    services = variant.of_services()
    run("ip", "-n", triple.node, "-batch", "-", text=ipvs_rules.addresses(services), seconds=60)
    triple.inside(triple.node, "sysctl", "-q", "-e", "-w", ipvs_rules.SETTINGS)
    with linux.inside(triple.path(triple.node)):
        ipvs_rules.program(services)


def _service_map(variant: Variant, held: Held) -> int:
    services = held.service_map(2 * variant.services + 2)
    for number in range(variant.services):
        for protocol in (_TCP, _UDP):
            key = service_key(service(number), SERVICE_PORT, protocol)
            held.put(services, key, service_value(BACKEND, BACKEND_PORT))
    return services


def _packet_programs(variant: Variant, triple: Triple, held: Held) -> None:
    services, flows = _service_map(variant, held), held.flow_map(1 << 18)
    if variant.mode == "ebpf-events":
        held.events = held.ring(RING_BYTES)
    for forward, near, far in ((True, "client", "backend"), (False, "backend", "client")):
        redirect = None
        if variant.mode == "ebpf-hostrouting":
            far_pod = triple.backend if forward else triple.client
            interface, own_address = triple.link(triple.node, far)
            _, pod_address = triple.link(far_pod, "eth0")
            redirect = bpf_programs.Redirect(interface, pod_address, own_address)
        program = bpf_programs.at_packets(services, flows, forward=forward, redirect=redirect, events=held.events)
        held.attach_to_packets(program, triple.path(triple.node), triple.link(triple.node, near)[0])


def own_group(name: str) -> Path | None:
    """A control group of the rig's own below the root of the unified hierarchy, or None where there is none."""
    folder = Path("/run/cgroup") / name
    try:
        os.makedirs(folder)
    except OSError:
        return None
    return folder

"""The namespaces of a variant: client, node and backend, joined by pairs of virtual interfaces.

Names are as `ip netns` has them, below /run/netns, which inside the rig is its own and ends with it.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ekssim.calibrate.addresses import BACKEND, CLIENT, NODE_BACKEND, NODE_CLIENT, UNREACHABLE

__all__ = ["PREFIX", "Triple", "run"]

PREFIX = "ekssim-"  # of all names of namespaces


def run(*command: str, text: str | None = None, seconds: float | None = None) -> str:
    """Runs a program to its end; what it complains about becomes the error."""
    finished = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds, check=False)
    if finished.returncode != 0:
        said = (finished.stderr.strip() or finished.stdout.strip()).splitlines()
        raise OSError(f"{' '.join(command[:6])}: {said[-1] if said else f'exit code {finished.returncode}'}")
    return finished.stdout


@dataclass(frozen=True, slots=True)
class Triple:
    name: str
    with_node: bool = True

    @property
    def client(self) -> str:
        return f"{PREFIX}{self.name}-client"

    @property
    def node(self) -> str:
        return f"{PREFIX}{self.name}-node"

    @property
    def backend(self) -> str:
        return f"{PREFIX}{self.name}-backend"

    @property
    def names(self) -> list[str]:
        return [self.client, self.node, self.backend] if self.with_node else [self.client, self.backend]

    def inside(self, name: str, *command: str, text: str | None = None, seconds: float | None = None) -> str:
        return run("ip", "netns", "exec", name, *command, text=text, seconds=seconds)

    def build(self) -> None:
        for name in self.names:
            run("ip", "netns", "add", name)
            quiet = ("net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
            # A long line of short connections must not run out of ports of its own.
            own = ("net.ipv4.ip_local_port_range=1024 65535", "net.ipv4.tcp_tw_reuse=1")
            forwarding = ("net.ipv4.ip_forward=1", "net.ipv4.conf.all.rp_filter=0")
            self.inside(name, "sysctl", "-q", "-e", "-w", *quiet, *own, *forwarding)
        if self.with_node:
            self._cable(self.client, "eth0", CLIENT, self.node, "client", NODE_CLIENT)
            self._cable(self.backend, "eth0", BACKEND, self.node, "backend", NODE_BACKEND)
            self._ip(self.client, f"route add default via {NODE_CLIENT}")
            self._ip(self.backend, f"route add default via {NODE_BACKEND}")
            self._ip(self.node, f"route add blackhole {UNREACHABLE}/32")
        else:
            self._cable(self.client, "eth0", CLIENT, self.backend, "eth0", BACKEND)
            self._ip(self.client, f"route add {BACKEND}/32 dev eth0")
            self._ip(self.backend, f"route add {CLIENT}/32 dev eth0")

    def remove(self) -> None:
        for name in self.names:
            run("ip", "netns", "delete", name)

    def link(self, name: str, interface: str) -> tuple[int, bytes]:
        """Its number and hardware address."""
        shown = json.loads(run("ip", "-n", name, "-j", "link", "show", "dev", interface))[0]
        return int(shown["ifindex"]), bytes.fromhex(str(shown["address"]).replace(":", ""))

    def packets(self, name: str, interface: str) -> int:
        """How many packets the interface has carried, both ways."""
        folder = f"/sys/class/net/{interface}/statistics"
        shown = self.inside(name, "cat", f"{folder}/rx_packets", f"{folder}/tx_packets")
        return sum(int(number) for number in shown.split())

    @staticmethod
    def path(name: str) -> Path:
        return Path("/run/netns") / name

    @staticmethod
    def _ip(name: str, command: str) -> None:
        run("ip", "-n", name, *command.split())

    def _cable(self, one: str, device: str, address: str, other: str, its_device: str, its_address: str) -> None:
        run("ip", "-n", one, "link", "add", "dev", device, "type", "veth", "peer", "name", its_device, "netns", other)
        for name, interface, own in ((one, device, address), (other, its_device, its_address)):
            self._ip(name, f"address add {own}/24 dev {interface}")
            self._ip(name, f"link set {interface} up")
            self._ip(name, "link set lo up")

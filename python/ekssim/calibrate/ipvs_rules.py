"""Services as kube-proxy's IPVS mode makes them: a virtual server for each port, with its endpoints behind it by
translation, chosen in turn, and the addresses on an interface of their own so that the node takes packets to them.

Numbers are those of the kernel's include/uapi/linux/ip_vs.h.
"""

from __future__ import annotations

import socket
import struct
from typing import Final

from ekssim.calibrate.addresses import SERVICE_PORT, service
from ekssim.calibrate.netlink import GenericNetlink, attribute, nested
from ekssim.calibrate.services import Services

__all__ = ["FAMILY", "SETTINGS", "addresses", "destinations", "program", "virtual_servers"]

FAMILY: Final = "IPVS"
# As kube-proxy sets it, so that conntrack sees translated packets.
SETTINGS: Final = "net.ipv4.vs.conntrack=1"

_NEW_SERVICE, _NEW_DESTINATION = 1, 5  # commands
_SERVICE, _DESTINATION = 1, 2  # what a command holds
_TCP, _UDP = 6, 17
_NO_FLAGS: Final = struct.pack("=II", 0, 0xFFFFFFFF)  # flags, and which of them are meant
_WHOLE_ADDRESS: Final = struct.pack(">I", 0xFFFFFFFF)
_BY_TRANSLATION, _WEIGHT = 0, 1


def addresses(of: Services) -> str:
    """For `ip -batch -`: as kube-proxy does, on an interface of the kernel that carries nothing and never leaves it."""
    lines = ["link add kube-ipvs0 type dummy"]
    lines += [f"address add {service(number)}/32 dev kube-ipvs0" for number in range(of.count)]
    return "\n".join(lines) + "\n"


def virtual_servers(of: Services) -> list[bytes]:
    """The contents of one message each."""
    return [
        nested(
            _SERVICE,
            *_key(number, protocol),
            attribute(6, b"rr\0"),  # the scheduler
            attribute(7, _NO_FLAGS),
            attribute(8, struct.pack("=I", 0)),  # no persistence
            attribute(9, _WHOLE_ADDRESS),
        )
        for number, protocol in _ports(of)
    ]


def destinations(of: Services) -> list[bytes]:
    made = []
    for number, protocol in _ports(of):
        for endpoint in of.endpoints_of(number):
            address, port = endpoint.split(":")
            there = nested(
                _DESTINATION,
                attribute(1, _address(address)),
                attribute(2, struct.pack(">H", int(port))),
                attribute(3, struct.pack("=I", _BY_TRANSLATION)),
                attribute(4, struct.pack("=I", _WEIGHT)),
                attribute(5, struct.pack("=I", 0)),  # no thresholds of connections
                attribute(6, struct.pack("=I", 0)),
                attribute(11, struct.pack("=H", socket.AF_INET)),
            )
            made.append(nested(_SERVICE, *_key(number, protocol)) + there)
    return made


def program(of: Services) -> None:
    """In the network namespace in which it is called."""
    with GenericNetlink() as kernel:
        family = kernel.family(FAMILY)
        kernel.send(family, _NEW_SERVICE, virtual_servers(of))
        kernel.send(family, _NEW_DESTINATION, destinations(of))


def _ports(of: Services) -> list[tuple[int, int]]:
    """As in the other modes, only the called service has UDP."""
    return [(number, _TCP) for number in range(of.count)] + [(of.count - 1, _UDP)]


def _key(number: int, protocol: int) -> tuple[bytes, ...]:
    return (
        attribute(1, struct.pack("=H", socket.AF_INET)),
        attribute(2, struct.pack("=H", protocol)),
        attribute(3, _address(service(number))),
        attribute(4, struct.pack(">H", SERVICE_PORT)),
    )


def _address(text: str) -> bytes:
    """Room for an IPv6 address; an IPv4 one stands at its beginning."""
    return socket.inet_aton(text).ljust(16, b"\0")

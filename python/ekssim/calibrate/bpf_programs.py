"""The rig's own eBPF programs: a load balancer for packets, as an agent would have it, and one at connect().

A packet from the client is looked up among the known flows; a new one is looked up among the services, and both of its
directions are written down. Addresses and ports are replaced; then the packet goes on through the host's stack, or
straight into the other pod. Maps, all in network order: services {address, port, protocol} to {backend, port}; flows
{source, destination, ports, protocol} to {new address, new port}.
"""

from __future__ import annotations

from dataclasses import dataclass

from ekssim.calibrate.bpf_assembler import Assembler

__all__ = ["Redirect", "at_connect", "at_packets"]

_LOOKUP, _UPDATE, _STORE_BYTES, _L3_CHECKSUM, _L4_CHECKSUM, _REDIRECT_PEER = 1, 2, 9, 10, 11, 155
_RING_OUTPUT = 130
_DATA, _DATA_END = 76, 80  # in struct __sk_buff
_IPV4, _PLAIN_HEADER, _TCP, _UDP = 0x0008, 0x45, 6, 17  # the first as a little-endian machine reads it
_ADDRESS_IN_PSEUDO_HEADER, _ZERO_MEANS_NONE = 0x10, 0x20
_KEY, _SERVICE, _VALUE, _BACK_KEY, _BACK_VALUE, _SCRATCH = -16, -24, -32, -48, -56, -72


@dataclass(frozen=True, slots=True)
class Redirect:
    """Straight into the peer of this interface, with these hardware addresses."""

    interface: int
    destination: bytes
    source: bytes


def at_packets(
    services: int, flows: int, *, forward: bool, redirect: Redirect | None, events: int | None = None
) -> bytes:
    """For the ingress of a pod's interface on the node: the client's (`forward`) or the backend's. With a ring buffer
    for `events` each translated packet is one, and tells its flow.
    """
    code = Assembler()
    code.copy(6, 1)
    code.load(4, 2, 6, _DATA)
    code.load(4, 3, 6, _DATA_END)
    code.copy(4, 2)
    code.add(4, 42)
    code.jump_if_register(4, ">", 3, "pass")
    code.load(2, 5, 2, 12)
    code.jump_if(5, "!=", _IPV4, "pass")
    code.load(1, 5, 2, 14)
    code.jump_if(5, "!=", _PLAIN_HEADER, "pass")
    code.load(1, 7, 2, 23)
    code.jump_if(7, "==", _TCP, "known protocol")
    code.jump_if(7, "!=", _UDP, "pass")
    code.label("known protocol")
    for source, to in ((26, _KEY), (30, _KEY + 4), (34, _KEY + 8)):
        code.load(4, 5, 2, source)
        code.store(4, 10, to, 5)
    code.store(4, 10, _KEY + 12, 7)
    _lookup(code, flows, _KEY)
    code.jump_if(0, "!=", 0, "known flow")
    if forward:
        _new_flow(code, services, flows)
        code.jump("translate")
    else:
        code.jump("pass")
    code.label("known flow")
    code.load(4, 8, 0, 0)
    code.load(4, 9, 0, 4)
    code.label("translate")
    _translate(code, forward=forward)
    if events is not None:
        code.map(1, events)
        code.copy(2, 10)
        code.add(2, _KEY)
        code.set(3, 16)
        code.set(4, 0)
        code.call(_RING_OUTPUT)
    if redirect is not None:
        _redirect(code, redirect)
        code.exit()
    code.label("pass")
    code.set(0, 0)
    code.exit()
    return code.assembled()


def at_connect(services: int) -> bytes:
    """For connect() of the processes of a group: replaces the address of a service before any packet is sent."""
    address, port, protocol = 4, 24, 36  # in struct bpf_sock_addr
    code = Assembler()
    code.copy(6, 1)
    code.load(4, 5, 6, address)
    code.store(4, 10, _KEY, 5)
    code.load(4, 5, 6, port)
    code.store(2, 10, _KEY + 4, 5)
    code.load(4, 5, 6, protocol)
    code.store(2, 10, _KEY + 6, 5)
    _lookup(code, services, _KEY)
    code.jump_if(0, "==", 0, "done")
    code.load(4, 5, 0, 0)
    code.store(4, 6, address, 5)
    code.load(2, 5, 0, 4)
    code.store(4, 6, port, 5)
    code.label("done")
    code.set(0, 1)
    code.exit()
    return code.assembled()


def _lookup(code: Assembler, map_file: int, key: int) -> None:
    code.map(1, map_file)
    code.copy(2, 10)
    code.add(2, key)
    code.call(_LOOKUP)


def _update(code: Assembler, map_file: int, key: int, value: int) -> None:
    code.map(1, map_file)
    code.copy(2, 10)
    code.add(2, key)
    code.copy(3, 10)
    code.add(3, value)
    code.set(4, 0)
    code.call(_UPDATE)


def _new_flow(code: Assembler, services: int, flows: int) -> None:
    """Looks the service up and writes both directions; the backend's address and port are in registers 8 and 9 then."""
    code.load(4, 5, 10, _KEY + 4)
    code.store(4, 10, _SERVICE, 5)
    code.load(2, 5, 10, _KEY + 10)
    code.store(2, 10, _SERVICE + 4, 5)
    code.store(2, 10, _SERVICE + 6, 7)
    _lookup(code, services, _SERVICE)
    code.jump_if(0, "==", 0, "pass")
    code.load(4, 8, 0, 0)
    code.load(4, 9, 0, 4)
    code.store(4, 10, _VALUE, 8)
    code.store(4, 10, _VALUE + 4, 9)
    _update(code, flows, _KEY, _VALUE)
    code.store(4, 10, _BACK_KEY, 8)
    code.load(4, 5, 10, _KEY)
    code.store(4, 10, _BACK_KEY + 4, 5)
    code.store(2, 10, _BACK_KEY + 8, 9)
    code.load(2, 5, 10, _KEY + 8)
    code.store(2, 10, _BACK_KEY + 10, 5)
    code.store(4, 10, _BACK_KEY + 12, 7)
    code.load(4, 5, 10, _KEY + 4)
    code.store(4, 10, _BACK_VALUE, 5)
    code.load(2, 5, 10, _KEY + 10)
    code.store(4, 10, _BACK_VALUE + 4, 5)
    _update(code, flows, _BACK_KEY, _BACK_VALUE)


def _translate(code: Assembler, *, forward: bool) -> None:
    """Puts register 8 for the address and 9 for the port, and repairs the check sums."""
    address_at, port_at = (30, 36) if forward else (26, 34)
    old_address, old_port = (_KEY + 4, _KEY + 10) if forward else (_KEY, _KEY + 8)
    code.jump_if(7, "==", _UDP, "udp sums")
    for label, sum_at, flags in (("", 50, 0), ("udp sums", 40, _ZERO_MEANS_NONE)):
        if label:
            code.label(label)
        for size, old, new, more in ((4, old_address, 8, _ADDRESS_IN_PSEUDO_HEADER), (2, old_port, 9, 0)):
            code.copy(1, 6)
            code.set(2, sum_at)
            code.load(size, 3, 10, old)
            code.copy(4, new)
            code.set(5, size | more | flags)
            code.call(_L4_CHECKSUM)
        if not label:
            code.jump("header sum")
    code.label("header sum")
    code.copy(1, 6)
    code.set(2, 24)
    code.load(4, 3, 10, old_address)
    code.copy(4, 8)
    code.set(5, 4)
    code.call(_L3_CHECKSUM)
    for size, at, register in ((4, address_at, 8), (2, port_at, 9)):
        code.store(4, 10, _SCRATCH, register)
        _store_bytes(code, at, size)


def _store_bytes(code: Assembler, at: int, size: int) -> None:
    code.copy(1, 6)
    code.set(2, at)
    code.copy(3, 10)
    code.add(3, _SCRATCH)
    code.set(4, size)
    code.set(5, 0)
    code.call(_STORE_BYTES)


def _redirect(code: Assembler, redirect: Redirect) -> None:
    hardware = redirect.destination + redirect.source
    for place in range(0, 12, 4):
        code.set(5, int.from_bytes(hardware[place : place + 4], "little", signed=True))
        code.store(4, 10, _SCRATCH + place, 5)
    _store_bytes(code, 0, 12)
    code.set(1, redirect.interface)
    code.set(2, 0)
    code.call(_REDIRECT_PEER)

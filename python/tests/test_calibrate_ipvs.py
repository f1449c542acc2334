"""IPVS in the rig: what it would send to the kernel, read back by the kernel's own layout of attributes."""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

import pytest

pytest.importorskip("ekssim._core", reason="the extension module is not built")

from ekssim.calibrate import ipvs_rules
from ekssim.calibrate.netlink import GenericNetlink, attribute, message
from ekssim.calibrate.probe import _has_ipvs
from ekssim.calibrate.services import Services

NESTED = 0x8000


def attributes(data: bytes) -> dict[int, bytes]:
    """As the kernel walks them: length and kind, contents, padding to four bytes."""
    found, place = {}, 0
    while place < len(data):
        length, kind = struct.unpack_from("=HH", data, place)
        assert kind & ~NESTED not in found
        found[kind & ~NESTED] = data[place + 4 : place + length]
        place += (length + 3) // 4 * 4
    assert place == len(data)
    return found


def port(data: bytes) -> int:
    return int.from_bytes(data, "big")


def number(data: bytes) -> int:
    return int.from_bytes(data, sys.byteorder)


def test_virtual_servers_hold_what_the_kernel_demands_of_a_whole_one() -> None:
    """DPR-3; net/netfilter/ipvs/ip_vs_ctl.c: scheduler, flags, timeout and netmask beside the key."""
    seen = []
    for body in ipvs_rules.virtual_servers(Services(3)):
        server = attributes(attributes(body)[1])
        assert server.keys() == {1, 2, 3, 4, 6, 7, 8, 9}
        assert number(server[1]) == socket.AF_INET and len(server[3]) == 16
        assert server[6] == b"rr\0" and server[7] == bytes(4) + b"\xff" * 4
        assert number(server[8]) == 0 and server[9] == b"\xff" * 4
        seen.append((number(server[2]), socket.inet_ntoa(server[3][:4]), port(server[4])))
    tcp, udp = socket.IPPROTO_TCP, socket.IPPROTO_UDP
    assert seen == [(tcp, "198.19.0.1", 80), (tcp, "198.19.0.2", 80), (tcp, "198.19.0.3", 80), (udp, "198.19.0.3", 80)]


def test_destinations_stand_behind_their_server_by_translation() -> None:
    """DPR-3: one for each endpoint of each port; weight 1, no thresholds, IPv4."""
    bodies = ipvs_rules.destinations(Services(2, endpoints=3))
    assert len(bodies) == 1 + 3 + 3
    for body in bodies:
        whole = attributes(body)
        assert whole.keys() == {1, 2}
        assert attributes(whole[1]).keys() == {1, 2, 3, 4}
        there = attributes(whole[2])
        assert {kind: number(there[kind]) for kind in (3, 4, 5, 6, 11)} == {3: 0, 4: 1, 5: 0, 6: 0, 11: socket.AF_INET}
    called = attributes(attributes(bodies[-1])[2])
    assert socket.inet_ntoa(called[1][:4]) == "198.18.2.2" and port(called[2]) == 8080


def test_node_takes_packets_to_all_addresses_of_services() -> None:
    """As kube-proxy does it: IPVS sees only what is for the node itself."""
    lines = ipvs_rules.addresses(Services(300)).splitlines()
    assert lines[0] == "link add kube-ipvs0 type dummy" and len(lines) == 301
    assert lines[-1] == "address add 198.19.1.50/32 dev kube-ipvs0"


def test_messages_are_framed_as_generic_netlink() -> None:
    """linux/netlink.h and genetlink.h: length, type, request with acknowledgement, sequence, port; command, version."""
    whole = message(27, 5, 9, attribute(3, b"abc"))
    assert struct.unpack_from("=IHHII", whole) == (len(whole), 27, 5, 9, 0)
    assert whole[16:20] == bytes([5, 1, 0, 0])
    assert whole[20:] == struct.pack("=HH", 7, 3) + b"abc\0" and len(whole) == 28


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="netlink is Linux's")
def test_kernel_answers_the_same_framing() -> None:
    """The controller of generic netlink is family 16 everywhere, and knows no family of ours."""
    with GenericNetlink() as kernel:
        assert kernel.family("nlctrl") == 16
        with pytest.raises(OSError):
            kernel.family("ekssim")
        # 100 are more than are in flight at a time; each is acknowledged.
        kernel.send(16, 3, [attribute(2, b"nlctrl\0")] * 100)
        with pytest.raises(OSError):
            kernel.send(16, 3, [attribute(2, b"nlctrl\0"), attribute(2, b"ekssim\0")])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="netlink is Linux's")
def test_without_ipvs_programming_it_fails_with_the_reason() -> None:
    if Path("/proc/net/ip_vs").exists():
        pytest.skip("this kernel has IPVS, and its table is not the test's to change")
    with pytest.raises(OSError):
        ipvs_rules.program(Services(1))


def test_probe_finds_ipvs_loaded_built_in_or_as_a_module(tmp_path: Path) -> None:
    """DPR-2."""
    table = tmp_path / "ip_vs"
    assert not _has_ipvs(table, tmp_path)
    (tmp_path / "modules.dep").write_text("kernel/net/netfilter/nf_nat.ko.xz: kernel/net/nf_defrag.ko.xz\n")
    assert not _has_ipvs(table, tmp_path)
    (tmp_path / "modules.builtin").write_text("kernel/net/netfilter/ipvs/ip_vs.ko\n")
    assert _has_ipvs(table, tmp_path)
    (tmp_path / "modules.builtin").write_text("")
    (tmp_path / "modules.dep").write_text("kernel/net/netfilter/ipvs/ip_vs.ko.zst: kernel/net/x.ko.zst\n")
    assert _has_ipvs(table, tmp_path)
    (tmp_path / "modules.dep").write_text("")
    table.write_text("IP Virtual Server version 1.2.1 (size=4096)\n")
    assert _has_ipvs(table, tmp_path)
